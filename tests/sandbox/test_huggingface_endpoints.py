# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Creating and changing endpoints: what is refused, what the service adds, and every switch about it."""

from __future__ import annotations

from typing import Any

import pytest
from huggingface_client import EVERYTHING, MODEL, HuggingFaceClient, changed, endpoint_body, set_token
from sandbox_process import SandboxProcess

ACME = "/v2/endpoint/acme"
TINY = f"{ACME}/tiny"
GATED = "meta-llama/Llama-3.2-1B-Instruct"


def test_a_new_endpoint(hugging: HuggingFaceClient) -> None:
    made = hugging.create(model__env={"A": "1"}, model__command=["serve"], model__args=["--x"], tags=["team-a"])
    assert {"name", "type", "provider", "compute", "model", "status", "healthRoute", "tags"} <= set(made)
    assert {"notifications", "experimentalFeatures"} <= set(made) and made["healthRoute"] == "/health"
    model, status = made["model"], made["status"]
    assert model["task"] == "text-generation" and model["env"] == {"A": "1"} and made["tags"] == ["team-a"]
    assert model["revision"] == hugging.done("GET", f"/api/models/{MODEL}")["sha"]
    assert made["compute"]["id"] == "aws-us-east-1-nvidia-l4-x1" and "measure" in made["compute"]["scaling"]
    assert status["state"] == "pending" and "url" not in status and status["message"]
    assert status["createdBy"]["name"] == status["updatedBy"]["name"] == "sandbox-user"
    assert len(status["createdAt"].partition(".")[2]) == len("123456789Z")
    read = hugging.get()
    assert {**read, "status": 0} == {**made, "status": 0}


@pytest.mark.parametrize(
    "field",
    [
        "name", "type", "provider", "provider__vendor", "provider__region", "compute", "compute__accelerator",
        "compute__instanceType", "compute__instanceSize", "compute__scaling", "compute__scaling__minReplica",
        "compute__scaling__maxReplica", "model", "model__repository", "model__framework", "model__image",
        "model__image__vLLM__url",
    ],
)  # fmt: skip
@pytest.mark.parametrize("status", [422, 400])
def test_required_fields(sandbox: SandboxProcess, hugging: HuggingFaceClient, field: str, status: int) -> None:
    sandbox.settings(huggingface_malformed_body_status=status)
    text = hugging.refused("POST", ACME, status, changed(endpoint_body(), **{field: ...}))
    assert field.rpartition("__")[2] in text
    assert hugging.done("GET", ACME)["items"] == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("type", "secret"),
        ("compute__accelerator", "tpu"),
        ("compute__scaling__minReplica", "0"),
        ("compute__scaling__maxReplica", 1.5),
        ("model__task", None),
        ("model__env", {"A": 1}),
        ("model__image", {}),
        ("model__image", {"vLLM": {"url": "a"}, "tgi": {"url": "b"}}),
        ("model__image", {"nosuch": {"url": "a"}}),
        ("model__image", {"custom": {}}),
        ("model__image", {"tgi": None}),
        ("model__image", {"tgi": {"url": "a", "port": 0}}),
        ("tags", "a"),
    ],
)
def test_values_of_the_wrong_form(hugging: HuggingFaceClient, field: str, value: Any) -> None:
    hugging.refused("POST", ACME, 422, changed(endpoint_body(), **{field: value}))


def test_bodies_that_are_none(hugging: HuggingFaceClient) -> None:
    json = {"Content-Type": "application/json"}
    for body, headers, status in ((b"{", json, 400), (b"[]", json, 400), (b"{}", {}, 415)):
        assert hugging.send("POST", ACME, data=body, headers=headers).status_code == status


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("name", "Tiny", "name"),
        ("name", "a_b", "name"),
        ("name", "", "name"),
        ("name", "a" * 33, "name"),
        ("compute__scaling__scaleToZeroTimeout", 14, "14"),
        ("compute__scaling__scaleToZeroTimeout", 2881, "2881"),
        ("compute__scaling__minReplica", 2, "replicas"),
        ("compute__scaling__minReplica", -1, "replicas"),
        ("compute__scaling__maxReplica", 0, "replicas"),
        ("compute__instanceSize", "x4", "accelerators need"),
    ],
)
def test_values_that_do_not_fit(hugging: HuggingFaceClient, field: str, value: Any, told: str) -> None:
    text = hugging.refused("POST", ACME, 400, changed(endpoint_body(), **{field: value}))
    assert text.startswith("Bad Request: ") and told in text


def test_the_limits_of_values(hugging: HuggingFaceClient) -> None:
    hugging.create("a" * 32, compute__scaling__scaleToZeroTimeout=15)
    hugging.create("9", compute__scaling__scaleToZeroTimeout=2880)
    image = {"vLLM": {"url": "a", "tensorParallelSize": 4}}
    assert hugging.create("big", compute__instanceSize="x4", model__image=image)["model"]["image"] == image


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("provider__region", "moon-1"),
        ("provider__vendor", "nobody"),
        ("compute__instanceType", "c6i"),
        ("compute__instanceSize", "medium"),
        ("compute__accelerator", "cpu"),
    ],
)
def test_hardware_that_is_not_there(hugging: HuggingFaceClient, field: str, value: str) -> None:
    text = hugging.refused("POST", ACME, 400, changed(endpoint_body(), **{field: value}))
    assert "Instance compute '" in text and f"'{value.title() if value == 'cpu' else value}'" in text
    assert text.endswith(" not found")


def test_a_field_that_an_engine_does_not_declare_is_dropped(hugging: HuggingFaceClient) -> None:
    sizes = {"tensorParallelSize": 2, "dataParallelSize": 2}
    image = {variant: {"url": "a", **sizes} for variant in ("vLLM", "sGLang", "tgi")}
    shown = {
        variant: set(hugging.create(variant.lower(), model__image={variant: given})["model"]["image"][variant])
        for variant, given in image.items()
    }
    assert shown == {"vLLM": {"url", *sizes}, "sGLang": {"url", "tensorParallelSize"}, "tgi": {"url"}}


def test_null_and_unknown_fields_say_nothing(hugging: HuggingFaceClient) -> None:
    made = hugging.create(accountId=None, nosuch=1, model__revision=None, compute__scaling__scaleToZeroTimeout=None)
    assert not {"accountId", "nosuch"} & set(made) and len(made["model"]["revision"]) == 40


@pytest.mark.parametrize("mode", ["reject", "accept"])
@pytest.mark.parametrize(
    ("switch", "field", "value"),
    [
        ("name_edges", "name", "-a"),
        ("name_edges", "name", "a-"),
        ("protected_type", "type", "protected"),
        ("unknown_framework", "model__framework", "tensorflow"),
        ("unknown_task", "model__task", "text-to-nothing"),
    ],
)
def test_switches_that_refuse(
    sandbox: SandboxProcess, hugging: HuggingFaceClient, switch: str, mode: str, field: str, value: str
) -> None:
    sandbox.settings(**{f"huggingface_{switch}": mode})
    body = changed(endpoint_body(), **{field: value})
    if mode == "reject":
        assert value in hugging.refused("POST", ACME, 400, body)
    else:
        assert value in str(hugging.done("POST", ACME, body))


@pytest.mark.parametrize("status", [409, 400])
def test_huggingface_taken_name_status(sandbox: SandboxProcess, hugging: HuggingFaceClient, status: int) -> None:
    sandbox.settings(huggingface_taken_name_status=status)
    hugging.create()
    assert "exists" in hugging.refused("POST", ACME, status, endpoint_body())
    hugging.create(namespace="sandbox-user")


@pytest.mark.parametrize(("mode", "filled"), [("minutes_15", 15), ("minutes_60", 60), ("absent", None)])
def test_huggingface_scale_to_zero_timeout(
    sandbox: SandboxProcess, hugging: HuggingFaceClient, mode: str, filled: int | None
) -> None:
    sandbox.settings(huggingface_scale_to_zero_timeout=mode)
    scaling = hugging.create()["compute"]["scaling"]
    assert scaling.get("scaleToZeroTimeout") == filled and ("scaleToZeroTimeout" in scaling) is (filled is not None)
    assert hugging.create("other", compute__scaling__scaleToZeroTimeout=99)["compute"]["scaling"][
        "scaleToZeroTimeout"
    ] == (99)


@pytest.mark.parametrize("mode", ["resolved", "echoed"])
def test_huggingface_branch_revision(sandbox: SandboxProcess, hugging: HuggingFaceClient, mode: str) -> None:
    sandbox.settings(huggingface_branch_revision=mode)
    commit = hugging.done("GET", f"/api/models/{MODEL}")["sha"]
    wanted = "main" if mode == "echoed" else commit
    assert hugging.create(model__revision="main")["model"]["revision"] == wanted
    assert hugging.create("other", model__revision=commit)["model"]["revision"] == commit
    assert hugging.create("third")["model"]["revision"] == commit
    assert "rev id" in hugging.refused("POST", ACME, 400, endpoint_body("x", model__revision="nosuch"))


@pytest.mark.parametrize("mode", ["reject", "fails"])
@pytest.mark.parametrize("name", ["nobody/nothing", GATED])
def test_huggingface_unavailable_model(
    sandbox: SandboxProcess, hugging: HuggingFaceClient, mode: str, name: str
) -> None:
    sandbox.settings(huggingface_unavailable_model=mode)
    body = endpoint_body(model__repository=name)
    if mode == "reject":
        assert name in hugging.refused("POST", ACME, 400, body)
        return
    made = hugging.done("POST", ACME, body)
    assert made["model"]["revision"] is None and made["model"]["task"]
    assert [hugging.state() for _read in range(3)] == ["pending", "initializing", "failed"]
    assert name in hugging.get()["status"]["message"]
    hugging.done("PUT", TINY, {"model": {"repository": MODEL}})
    hugging.wait()


@pytest.mark.parametrize("mode", ["kept", "merged"])
def test_huggingface_custom_image_env(sandbox: SandboxProcess, hugging: HuggingFaceClient, mode: str) -> None:
    sandbox.settings(huggingface_custom_image_env=mode)
    image = {"custom": {"url": "registry.example/a:1", "port": 80, "healthRoute": "/ready", "env": {"B": "2"}}}
    made = hugging.create(model__image=image, model__env={"A": "1"})
    assert made["healthRoute"] == "/ready"
    assert ("env" in made["model"]["image"]["custom"]) is (mode == "kept")
    assert made["model"]["env"] == ({"A": "1"} if mode == "kept" else {"A": "1", "B": "2"})


@pytest.mark.parametrize("mode", ["dropped", "kept"])
def test_huggingface_unknown_image_fields(sandbox: SandboxProcess, hugging: HuggingFaceClient, mode: str) -> None:
    sandbox.settings(huggingface_unknown_image_fields=mode)
    image = hugging.create(model__image={"tgi": {"url": "a", "quantize": "awq"}})["model"]["image"]
    assert image == {"tgi": {"url": "a", **({"quantize": "awq"} if mode == "kept" else {})}}


@pytest.mark.parametrize(("mode", "shown"), [("emptied", ""), ("masked", "********"), ("absent", None)])
def test_huggingface_secrets(sandbox: SandboxProcess, hugging: HuggingFaceClient, mode: str, shown: str | None) -> None:
    sandbox.settings(huggingface_secrets=mode)
    credentials = {"username": "ana", "password": "hidden-password"}
    image = {"custom": {"url": "a", "credentials": credentials}}
    made = hugging.create(model__secrets={"KEY": "hidden-secret"}, model__image=image)
    for answer in (made, hugging.get(), hugging.done("GET", ACME)["items"][0], hugging.stored()):
        assert "hidden" not in str(answer)
        model = answer["model"]
        if shown is None:
            assert "secrets" not in model and "credentials" not in model["image"]["custom"]
        else:
            assert model["secrets"] == {"KEY": shown}
            assert model["image"]["custom"]["credentials"] == {"username": "ana", "password": shown}
    where = {"namespace": "acme", "name": "tiny", "key": "KEY"}
    for value, equal in (("hidden-secret", True), ("other", False)):
        told = sandbox.control("POST", "/huggingface/secrets/check", {**where, "value": value})
        assert told == {"stored": True, "equal": equal}
    assert "hidden" not in str(sandbox.control("GET", "/state"))


def test_an_update_merges_what_it_names(hugging: HuggingFaceClient) -> None:
    before = hugging.run(tags=["a"], model__args=["--x"])
    update = {"compute": {"scaling": {"maxReplica": 3}}, "tags": ["b"]}
    after = hugging.done("PUT", TINY, update)
    assert after["status"]["state"] == "updating" and after["status"]["url"] == before["status"]["url"]
    before["compute"]["scaling"]["maxReplica"] = 3
    assert {**after, "status": 0} == {**before, "status": 0, "tags": ["b"]}
    fixed = hugging.done("PUT", TINY, {"name": "other", "provider": {"vendor": "gcp", "region": "us-east4"}})
    assert (fixed["name"], fixed["provider"]) == ("tiny", before["provider"])
    hugging.refused("GET", f"{ACME}/other", 404)


def test_an_update_replaces_the_image(hugging: HuggingFaceClient) -> None:
    hugging.run(model__image={"vLLM": {"url": "a", "port": 80, "healthRoute": "/ready"}})
    hugging.refused("PUT", TINY, 422, {"model": {"image": {"vLLM": {"tensorParallelSize": 1}}}})
    after = hugging.done("PUT", TINY, {"model": {"image": {"vLLM": {"url": "b"}}}})
    assert after["model"]["image"] == {"vLLM": {"url": "b"}} and after["healthRoute"] == "/health"
    after = hugging.done("PUT", TINY, {"model": {"image": {"huggingface": {}}}})
    assert after["model"]["image"] == {"huggingface": {}}


def test_an_update_of_the_model(hugging: HuggingFaceClient) -> None:
    before = hugging.run()["model"]
    after = hugging.done("PUT", TINY, {"model": {"repository": "facebook/bart-large-cnn"}})["model"]
    assert after["task"] == "summarization" and after["revision"] != before["revision"]
    back = hugging.done("PUT", TINY, {"model": {"repository": MODEL, "task": "custom"}})["model"]
    assert back["task"] == "custom" and back["revision"] == before["revision"]


@pytest.mark.parametrize(
    "update",
    [
        {"compute": {"instanceType": "nosuch"}},
        {"compute": {"scaling": {"minReplica": 5}}},
        {"compute": {"scaling": {"scaleToZeroTimeout": 5}}},
        {"model": {"repository": "nobody/nothing"}},
        {"type": "protected"},
    ],
)
def test_a_refused_update_changes_nothing(hugging: HuggingFaceClient, update: dict[str, Any]) -> None:
    before = hugging.run()
    hugging.refused("PUT", TINY, 400, update)
    assert hugging.get() == before


@pytest.mark.parametrize("mode", ["replaced", "merged"])
def test_huggingface_updated_maps(sandbox: SandboxProcess, hugging: HuggingFaceClient, mode: str) -> None:
    sandbox.settings(huggingface_updated_maps=mode)
    hugging.run(model__env={"A": "1"}, model__secrets={"S": "1"})
    model = hugging.done("PUT", TINY, {"model": {"env": {"B": "2"}, "secrets": {"T": "2"}}})["model"]
    assert model["env"] == ({"B": "2"} if mode == "replaced" else {"A": "1", "B": "2"})
    assert set(model["secrets"]) == ({"T"} if mode == "replaced" else {"S", "T"})


def test_the_list_has_pages(sandbox: SandboxProcess, hugging: HuggingFaceClient) -> None:
    names = [f"e{number:02d}" for number in range(23)]
    for name in names:
        hugging.create(name, tags=["odd"] if int(name[1:]) % 2 else [])
    hugging.create("elsewhere", namespace="sandbox-user")
    first = hugging.done("GET", ACME)
    assert len(first["items"]) == 20 and "prevCursor" not in first
    second = hugging.done("GET", ACME, params={"cursor": first["nextCursor"]})
    assert [one["name"] for one in first["items"] + second["items"]] == names
    assert "nextCursor" not in second
    assert hugging.done("GET", ACME, params={"cursor": second["prevCursor"]}) == first
    assert len(hugging.done("GET", ACME, params={"tags": "odd"})["items"]) == 11
    assert [one["name"] for one in hugging.done("GET", ACME, params={"search": "e2"})["items"]] == names[20:]
    assert len(hugging.done("GET", ACME, params={"limit": 3})["items"]) == 3
    for wrong in ({"limit": 0}, {"limit": 101}, {"limit": "x"}, {"cursor": "x"}):
        hugging.refused("GET", ACME, 400, params=wrong)
    assert hugging.stored("e00")["status"]["state"] == "pending", "a list does not move anything on"


def test_hardware(sandbox: SandboxProcess, hugging: HuggingFaceClient) -> None:
    plain, mine = (hugging.done("GET", f"/v2/provider{place}")["vendors"] for place in ("", "/acme"))
    assert [one["name"] for one in plain] == ["aws", "gcp", "azure"] and plain[2]["status"] == "not_available"
    computes = plain[0]["regions"][0]["computes"]
    assert {one["accelerator"] for one in computes} == {"cpu", "gpu", "neuron"} and "quota" not in computes[0]
    hugging.create()
    used = hugging.done("GET", "/v2/provider/acme")["vendors"][0]["regions"][0]["computes"]
    assert {one["instanceType"]: one["quota"]["usedAccelerators"] for one in used}["nvidia-l4"] == 1
    assert mine[0]["regions"][0]["computes"][3]["quota"] == {"maxAccelerators": 8, "usedAccelerators": 0}
    hugging.refused("GET", "/v2/provider/other", 403)
    HuggingFaceClient(sandbox, None).refused("GET", "/v2/provider", 401)


@pytest.mark.parametrize("status", [204, 200, 202])
def test_huggingface_delete_status(sandbox: SandboxProcess, hugging: HuggingFaceClient, status: int) -> None:
    sandbox.settings(huggingface_delete_status=status)
    hugging.create()
    hugging.done("DELETE", TINY, status=status)
    for method, path in (("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/pause")):
        text = hugging.refused(method, TINY + path, 404, {} if method == "PUT" else None)
        assert "tiny" in text
    hugging.create()


def test_who_may_manage(sandbox: SandboxProcess, hugging: HuggingFaceClient) -> None:
    acme: dict[str, Any] = {"organizations": [{"name": "acme"}]}
    scope = {"type": "org", "name": "acme", "permissions": EVERYTHING[:2]}
    reader = set_token(sandbox, "reader", **acme, global_permissions=["inference.endpoints.read"])
    writer = set_token(sandbox, "writer", **acme, global_permissions=["inference.endpoints.write"])
    scoped = set_token(sandbox, "scoped", **acme, global_permissions=[], scoped_permissions=[scope])
    stranger = set_token(sandbox, "stranger")
    hugging.create()
    assert "permissions: inference.endpoints.write" in reader.refused("DELETE", TINY, 403)
    assert "permissions: inference.endpoints.read" in writer.refused("GET", TINY, 403)
    reader.get()
    writer.create("other")
    scoped.done("POST", TINY + "/pause")
    scoped.refused("GET", "/v2/endpoint/ana", 403)
    for call in (("GET", TINY), ("DELETE", TINY), ("GET", ACME), ("POST", TINY + "/pause")):
        assert "acme" in stranger.refused(*call, 403)
    lowly = set_token(sandbox, "lowly", organizations=[{"name": "acme", "role": "read"}])
    lowly.get()
    assert "role" in lowly.refused("POST", ACME, 403, endpoint_body("x"))


def test_a_payment_method_is_needed(sandbox: SandboxProcess) -> None:
    client = set_token(sandbox, can_pay=False, organizations=[{"name": "acme", "can_pay": False}])
    for namespace in ("ana", "acme"):
        text = client.refused("POST", f"/v2/endpoint/{namespace}", 403, endpoint_body())
        assert text == f"Forbidden: Payment method required for namespace: {namespace}"
    assert client.done("GET", ACME) == {"items": []}


@pytest.mark.parametrize("status", [403, 401])
def test_huggingface_list_refusal_status(sandbox: SandboxProcess, status: int) -> None:
    sandbox.settings(huggingface_list_refusal_status=status)
    client = set_token(sandbox, organizations=[{"name": "poor", "can_pay": False}])
    client.refused("GET", ACME, status)
    client.refused("GET", TINY, 403)
    if status == 401:
        client.refused("GET", "/v2/endpoint/poor", 401)
    else:
        client.done("GET", "/v2/endpoint/poor")


@pytest.mark.parametrize("mode", ["refused", "by_role"])
def test_huggingface_classic_tokens(sandbox: SandboxProcess, hugging: HuggingFaceClient, mode: str) -> None:
    sandbox.settings(huggingface_classic_tokens=mode)
    hugging.create()
    acme: dict[str, Any] = {"organizations": [{"name": "acme"}], "global_permissions": []}
    reader, writer = (set_token(sandbox, role, role=role, **acme) for role in ("read", "write"))
    reader.refused("POST", TINY + "/pause", 403)
    if mode == "refused":
        assert "inference.endpoints.read" in reader.refused("GET", TINY, 403)
        assert "inference.endpoints.read" in writer.refused("GET", TINY, 403)
        writer.refused("POST", TINY + "/pause", 403)
    else:
        reader.get()
        writer.done("POST", TINY + "/pause")
