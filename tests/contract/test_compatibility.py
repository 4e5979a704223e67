"""Events that were published keep their shape: a change that is not additive fails here."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from contracts import EVENT_OF_TYPE, IncidentFixConfirmed
from contracts.documents import event_schema
from tests.contract.compatibility import breaking_changes

PUBLISHED = sorted((Path(__file__).parent / "published").glob("*.schema.json"))


def published(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text("utf-8")))


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.name.removesuffix(".schema.json"))
def test_a_published_event_is_changed_by_adding_only(path: Path) -> None:
    event = EVENT_OF_TYPE[path.name.removesuffix(".schema.json")]
    assert breaking_changes(published(path), event_schema(event)) == []


def test_every_event_is_published() -> None:
    assert {path.name.removesuffix(".schema.json") for path in PUBLISHED} == set(EVENT_OF_TYPE)


def a_schema() -> dict[str, Any]:
    return copy.deepcopy(event_schema(IncidentFixConfirmed))


def test_a_field_that_goes_is_a_break() -> None:
    now = a_schema()
    del now["$defs"]["IncidentFixConfirmed"]["properties"]["wait_min"]
    assert breaking_changes(a_schema(), now) == ["data.wait_min: is gone"]


def test_a_field_of_another_kind_is_a_break() -> None:
    now = a_schema()
    now["$defs"]["IncidentFixConfirmed"]["properties"]["wait_min"]["type"] = "string"
    assert breaking_changes(a_schema(), now) == ["data.wait_min: type was 'integer' and is 'string'"]


def test_a_field_that_may_now_be_missing_is_a_break() -> None:
    now = a_schema()
    now["$defs"]["IncidentFixConfirmed"]["required"].remove("role")
    assert breaking_changes(a_schema(), now) == ["data.role: was always there and may now be missing"]


def test_a_new_value_of_a_closed_set_is_a_break() -> None:
    now = a_schema()
    now["$defs"]["FixAction"]["enum"].append("demolished")
    assert breaking_changes(a_schema(), now) == ["data.action: new values ['demolished']"]


def test_a_new_optional_field_is_none() -> None:
    now = a_schema()
    now["$defs"]["IncidentFixConfirmed"]["properties"]["weather"] = {"type": "string"}
    assert breaking_changes(a_schema(), now) == []
