"""What we publish about the events is well formed, true of the samples, and what the models say today."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker

from contracts import EVENTS, STREAMS, Event
from contracts.documents import asyncapi_document, event_schema, service_of
from docs.generate import EVENTS_FOLDER, differences, documents, main
from tests.contract.samples import sample

EVERY_EVENT = pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)


def nodes(value: Any) -> Iterator[Any]:
    yield value
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in children:
        yield from nodes(child)


def at(document: Any, reference: str) -> Any:
    for step in reference.removeprefix("#/").split("/"):
        document = document[step]
    return document


def problems(event: type[Event], content: dict[str, Any]) -> list[str]:
    validator = Draft202012Validator(event_schema(event), format_checker=FormatChecker())
    return [error.message for error in validator.iter_errors(content)]


@EVERY_EVENT
def test_a_schema_is_json_schema_2020_12(event: type[Event]) -> None:
    Draft202012Validator.check_schema(event_schema(event))


@EVERY_EVENT
def test_a_sample_is_what_its_schema_says(event: type[Event]) -> None:
    assert problems(event, sample(event.type)) == []


@EVERY_EVENT
def test_a_schema_refuses_what_is_not_this_event(event: type[Event]) -> None:
    another = "amends.something.else.v1"
    assert problems(event, sample(event.type) | {"type": another})
    assert problems(event, {name: value for name, value in sample(event.type).items() if name != "id"})
    assert problems(event, sample(event.type) | {"data": "text"})
    assert problems(event, sample(event.type) | {"sequence": 1})


@EVERY_EVENT
def test_a_schema_accepts_what_a_later_version_adds(event: type[Event]) -> None:
    content = sample(event.type)
    content["data"]["added_later"] = 1
    assert problems(event, content | {"addedlater": "x"}) == []


@EVERY_EVENT
def test_nothing_in_a_schema_may_be_null(event: type[Event]) -> None:
    assert {"type": "null"} not in list(nodes(event_schema(event)))


def test_every_reference_in_the_asyncapi_document_leads_somewhere() -> None:
    document = asyncapi_document()
    references = [node["$ref"] for node in nodes(document) if isinstance(node, dict) and "$ref" in node]
    assert len(references) > len(EVENTS)
    for reference in references:
        assert at(document, reference)


def test_streams_are_channels_and_events_are_their_messages() -> None:
    document = asyncapi_document()
    assert document["asyncapi"] == "3.0.0"
    assert [channel["address"] for channel in document["channels"].values()] == list(STREAMS)
    for channel in document["channels"].values():
        assert list(channel["messages"]) == [event.type for event in EVENTS if event.stream == channel["address"]]


def test_every_channel_is_sent_to_by_its_one_service() -> None:
    document = asyncapi_document()
    for stream in STREAMS:
        operation = document["operations"][f"{service_of(stream)}Sends"]
        assert operation["action"] == "send"
        assert at(document, operation["channel"]["$ref"])["address"] == stream


@EVERY_EVENT
def test_a_message_of_the_asyncapi_document_is_what_the_schema_says(event: type[Event]) -> None:
    document = asyncapi_document({event.type: sample(event.type)})
    message = document["components"]["messages"][event.type]
    payload = {"$ref": message["payload"]["$ref"], "components": document["components"]}
    assert [*Draft202012Validator(payload).iter_errors(message["examples"][0]["payload"])] == []


def test_what_is_committed_is_what_the_contracts_say() -> None:
    assert list(differences(documents(), EVENTS_FOLDER)) == []


def test_the_written_asyncapi_document_reads_back_the_same() -> None:
    text = documents()["asyncapi.yaml"]
    assert yaml.safe_load(text)["channels"] == asyncapi_document()["channels"]


def test_a_check_names_every_file_that_differs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([], folder=tmp_path) == 0
    assert main(["--check"], folder=tmp_path) == 0
    changed, removed, extra = "amends.loop.closed.v1.schema.json", "asyncapi.yaml", "left_over.json"
    schema = json.loads((tmp_path / changed).read_text("utf-8"))
    (tmp_path / changed).write_text(json.dumps(schema | {"title": "Other"}, indent=2), "utf-8")
    (tmp_path / removed).unlink()
    (tmp_path / extra).write_text("{}\n", "utf-8")
    capsys.readouterr()
    assert main(["--check"], folder=tmp_path) == 1
    said = capsys.readouterr()
    assert all(f"committed/{name}" in said.out for name in (changed, removed, extra))
    assert "docs.generate" in said.err
    assert main([], folder=tmp_path) == 0
    assert not (tmp_path / extra).exists()
    assert main(["--check"], folder=tmp_path) == 0
