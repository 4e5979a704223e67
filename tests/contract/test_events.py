"""Every event keeps its promises: a sample that parses for ever, a stable id, a frozen value, one writer."""

import hashlib
import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from contracts import (
    EVENT_BYTES_MAX,
    EVENT_OF_TYPE,
    EVENTS,
    STREAMS,
    Envelope,
    Event,
    MentionAssessed,
    MentionReceived,
    event_id,
    mention_id,
    wrap,
)
from contracts.documents import service_of
from tests.builders import a_mention, an_assessment
from tests.contract.samples import FOLDER, sample

EVERY_EVENT = pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)


def parsed(event: type[Event], content: dict[str, Any]) -> Envelope[Any]:
    return Envelope[event].model_validate(content)  # type: ignore[valid-type]  # parametrised at run time


def with_more(value: Any) -> Any:
    """`value` as a later version might send it: one unknown field in every object."""
    if isinstance(value, list):
        return [with_more(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: with_more(item) for name, item in value.items()} | {"added_later": {"any": "thing"}}


def holds(whole: Any, part: Any) -> bool:
    """Whether everything `part` says is said by `whole` too."""
    if isinstance(part, dict):
        return all(name in whole and holds(whole[name], value) for name, value in part.items())
    if isinstance(part, list):
        return len(whole) == len(part) and all(map(holds, whole, part))
    return bool(whole == part)


def test_every_event_has_a_sample_and_every_sample_an_event() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(EVENT_OF_TYPE)


def test_no_sample_was_edited_after_it_was_committed() -> None:
    recorded = (FOLDER / "SHA256SUMS").read_text("utf-8").splitlines()
    found = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}" for path in FOLDER.glob("*.json")]
    assert sorted(found) == sorted(recorded), "a sample is never edited; a change that needs it needs a new event type"


@EVERY_EVENT
def test_a_sample_says_the_same_after_a_round_trip(event: type[Event]) -> None:
    envelope = parsed(event, sample(event.type))
    written = envelope.model_dump(mode="json", exclude_none=True)
    assert holds(written, sample(event.type))
    assert parsed(event, written) == envelope


@EVERY_EVENT
def test_what_a_later_version_adds_is_ignored(event: type[Event]) -> None:
    assert parsed(event, with_more(sample(event.type))) == parsed(event, sample(event.type))


@EVERY_EVENT
def test_the_envelope_agrees_with_what_is_in_it(event: type[Event]) -> None:
    envelope = parsed(event, sample(event.type))
    assert envelope.type == event.type
    assert envelope.subject == str(envelope.data.subject)
    assert envelope.correlationid == envelope.data.correlation
    assert envelope.source == f"/amends/{service_of(event.stream)}"


@EVERY_EVENT
def test_a_name_is_a_noun_a_participle_and_a_version(event: type[Event]) -> None:
    assert re.fullmatch(r"amends\.[a-z]+\.[a-z_]+\.v\d+", event.type)
    assert re.fullmatch(r"amends:[a-z]+", event.stream)


@EVERY_EVENT
def test_an_event_never_changes(event: type[Event]) -> None:
    data = parsed(event, sample(event.type)).data
    with pytest.raises(ValidationError, match="frozen"):
        setattr(data, next(iter(event.model_fields)), None)
    assert hash(data) == hash(data.model_copy())


@EVERY_EVENT
def test_a_field_that_readers_rely_on_is_never_missing(event: type[Event]) -> None:
    needed = [name for name, field in event.model_fields.items() if field.is_required()]
    for name in needed:
        content = sample(event.type)
        del content["data"][name]
        with pytest.raises(ValidationError, match=name):
            parsed(event, content)


@EVERY_EVENT
def test_an_id_is_derived_from_its_cause(event: type[Event]) -> None:
    envelope = parsed(event, sample(event.type))
    cause = uuid4()

    def wrapped(cause: UUID, ordinal: int) -> UUID:
        return wrap(envelope.data, service="any", cause=cause, time=envelope.time, ordinal=ordinal).id

    assert wrapped(cause, 0) == wrapped(cause, 0) == event_id(cause, event.type, envelope.data.subject)
    assert len({wrapped(cause, 0), wrapped(cause, 1), wrapped(uuid4(), 0)}) == 3


@EVERY_EVENT
def test_a_sample_is_far_below_the_size_limit(event: type[Event]) -> None:
    assert len(parsed(event, sample(event.type)).model_dump_json().encode()) < EVENT_BYTES_MAX // 10


def test_ids_stay_what_they_were_when_first_published() -> None:
    """Another way of deriving ids would make every repeat look new."""
    cause = UUID("00000000-0000-0000-0000-000000000001")
    assert mention_id("x", "1") == UUID("7011845c-9a8f-5e7a-9ed5-8a48a5eed834")
    assert event_id(cause, "amends.mention.received.v1", mention_id("x", "1")) == UUID(
        "64e2ab1a-6250-5279-a299-d4bc8f5b97e4"
    )


def test_the_same_mention_has_the_same_id_however_often_it_arrives() -> None:
    received = parsed(EVENT_OF_TYPE["amends.mention.received.v1"], sample("amends.mention.received.v1"))
    mention = received.data.mention
    assert mention.mention_id == mention_id(mention.channel, mention.external_id)
    assert mention_id("x", "1") != mention_id("google", "1")


def test_no_two_events_share_a_type() -> None:
    assert len(EVENT_OF_TYPE) == len(EVENTS)


def test_every_stream_has_one_writer() -> None:
    assert len({service_of(stream) for stream in STREAMS}) == len(STREAMS)


def test_a_time_without_a_zone_is_refused() -> None:
    content = sample("amends.loop.closed.v1")
    content["data"]["at"] = "2026-03-09T09:12:04"
    with pytest.raises(ValidationError, match="timezone"):
        parsed(EVENT_OF_TYPE["amends.loop.closed.v1"], content)


def test_an_event_without_a_subject_says_so() -> None:
    with pytest.raises(AttributeError, match="subject"):
        _ = Event().subject


def test_everything_that_follows_from_a_mention_is_one_trace() -> None:
    mention = a_mention()
    cause, at = uuid4(), mention.received_at
    first = wrap(MentionReceived(mention=mention), service="ingest", cause=cause, time=at)
    then = wrap(MentionAssessed(mention=mention, assessment=an_assessment()), service="x", cause=first.id, time=at)
    traces = [str(envelope.traceparent).split("-") for envelope in (first, then)]
    assert [trace[1] for trace in traces] == [mention.mention_id.hex] * 2
    assert traces[0][2] != traces[1][2]
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", str(first.traceparent))
