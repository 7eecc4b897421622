# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

PYTHON ?= python3
ENVIRONMENT := .build/unit

.PHONY: test clean

test: $(ENVIRONMENT)/complete
	@env -i PATH="$$PATH" HOME="$$HOME" $(ENVIRONMENT)/bin/python -m pytest tests/unit
	@echo "Ran: unit tests of plugins/module_utils. Not there yet, and so not run: modules, sandbox, role, demo, sanity, lint."

$(ENVIRONMENT)/complete: tests/unit/requirements.txt
	@rm -rf $(ENVIRONMENT)
	$(PYTHON) -m venv $(ENVIRONMENT)
	$(ENVIRONMENT)/bin/python -m pip install --quiet --requirement tests/unit/requirements.txt
	@touch $@

clean:
	rm -rf .build
