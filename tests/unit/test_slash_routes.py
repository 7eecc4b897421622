# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which way a model's name goes into a path, found out by reading."""

from __future__ import annotations

import pytest

from ansible_collections.orkes.conductor.plugins.module_utils._errors import ApiError
from ansible_collections.orkes.conductor.plugins.module_utils._slash_routes import SlashRoutes


class Server:
    def __init__(self, *taken, models=()):
        self.taken = taken
        self.models = models
        self.reads = 0

    def list_models(self, integration):
        self.reads += 1
        return [{"api": model} for model in self.models]

    def get_model(self, integration, model, raw=False):
        self.reads += 1
        if "/" in model and not raw and "encoded" not in self.taken:
            raise ApiError("GET", "/x", 400, "")
        if "/" in model and raw and "raw" not in self.taken:
            raise ApiError("GET", "/x", 404, f"No static resource {integration}/integration/{model}")
        if model in self.models:
            return {"api": model}
        raise ApiError("GET", "/x", 404, f"No such model {model}")


@pytest.mark.parametrize("models", [(), ("acme/known",), ("plain",)])
@pytest.mark.parametrize(
    ("taken", "route"), [(("encoded",), "encoded"), (("raw",), "raw"), (("encoded", "raw"), "encoded"), ((), None)]
)
def test_the_route_is_found_and_remembered(taken, route, models):
    server = Server(*taken, models=models)
    routes = SlashRoutes(server)
    assert routes.for_model("hf", "acme/tiny", list(models)) == route
    reads = server.reads
    assert routes.for_model("hf", "acme/other", list(models)) == route
    assert server.reads == reads


def test_a_name_without_a_slash_asks_nothing():
    server = Server()
    assert SlashRoutes(server).for_model("hf", "plain", []) == "encoded"
    assert server.reads == 0


def test_a_raw_name_must_not_reach_another_route():
    routes = SlashRoutes(Server("raw"))
    assert routes.for_model("hf", "acme/tags", []) is None
    assert routes.for_model("hf", "tags/acme", []) == "raw"


def test_a_lost_connection_decides_nothing():
    class Gone:
        def get_model(self, *_arguments, **_options):
            raise ApiError("GET", "/x", 503, "")

    with pytest.raises(ApiError):
        SlashRoutes(Gone()).for_model("hf", "a/b", [])


@pytest.mark.parametrize("left", [(), ("acme/left",), ("plain",)])
@pytest.mark.parametrize(("taken", "route"), [(("encoded",), "encoded"), (("raw",), "raw"), ((), None)])
def test_a_model_that_somebody_deletes_meanwhile_decides_nothing(taken, route, left):
    server = Server(*taken, models=left)
    assert SlashRoutes(server).for_model("hf", "acme/gone", ["acme/gone", "acme/gone, too", *left]) == route


def test_an_integration_that_somebody_deletes_meanwhile_decides_nothing():
    class Gone(Server):
        def list_models(self, integration):
            return None

    assert SlashRoutes(Gone("encoded")).for_model("hf", "acme/gone", ["acme/gone"]) == "encoded"


@pytest.mark.parametrize("models", [(), ("acme/known",)])
@pytest.mark.parametrize(("taken", "route"), [(("encoded",), "encoded"), (("raw",), "raw")])
@pytest.mark.parametrize("refused", range(1, 5))
def test_a_single_refusal_decides_nothing(taken, route, models, refused):
    class Once(Server):
        def get_model(self, integration, model, raw=False):
            if self.reads == refused - 1:
                self.reads += 1
                raise ApiError("GET", "/x", 400, "No")
            return super().get_model(integration, model, raw)

    server = Once(*taken, models=models)
    assert SlashRoutes(server).for_model("hf", "acme/tiny", models) == route
