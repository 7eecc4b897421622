# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Every target sets itself up below .build and needs nothing but make, git and Python 3.11 or newer with venv.
#
#   make test                        every test
#   make test CORE=2.21              one ansible-core alone
#   make test STEPS=ruff,unit        some steps; patterns such as 'integration-*' work, too
#   make fire                        faults everywhere, and a thousand generated cases; SEED=17, CASES=200
#   make demo                        the main job, against embedded sandboxes
#   make sandbox PORT=8700           the sandbox in the foreground; OPTIONS="--secrets clear", PROFILE=profile.json
#   make bench                       how fast it is beside others; ESTATES=large, RUNS=5, see tests/benchmark/README.md
#   make docs                        the documentation as a web site
#   make format FILES=plugins        lay out Python files

PYTHON ?= python3
PORT ?= 8700
TOOLCHAIN := $(PYTHON) -B -m tests.toolchain

.PHONY: test fire demo sandbox bench docs format clean

test:
	@$(TOOLCHAIN) test $(if $(CORE),--core '$(CORE)') $(if $(STEPS),--steps '$(STEPS)') $(if $(JOBS),--jobs '$(JOBS)')

fire:
	@$(TOOLCHAIN) fire $(if $(CASES),--cases '$(CASES)') $(if $(SEED),--seed '$(SEED)')

demo:
	@$(TOOLCHAIN) demo

sandbox:
	@exec $(TOOLCHAIN) sandbox --port '$(PORT)' --options='$(OPTIONS)' --profile='$(PROFILE)'

bench:
	@$(TOOLCHAIN) bench $(if $(ESTATES),--estates '$(ESTATES)') $(if $(RUNS),--runs '$(RUNS)') --options='$(OPTIONS)'

docs:
	@$(TOOLCHAIN) docs

format:
	@$(TOOLCHAIN) format $(FILES)

clean:
	rm -rf .build
