"""What a stream entry holds: original bytes on one side, a typed event or the reason it is none on the other. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from pydantic_core import from_json

from chassis.work import Received
from contracts import DATA_FIELD, EVENT_BYTES_MAX, EVENT_OF_TYPE, Envelope, Event


class Malformed(Exception):
    """The entry holds no event we can read, now or ever. `reason` is a code."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True)
class Entry:
    """One entry of a stream as it was read: its id there and its fields."""

    id: str
    fields: Mapping[bytes, bytes]

    @property
    def body(self) -> bytes:
        """The original bytes; for a foreign layout all its fields as JSON."""
        if DATA_FIELD in self.fields:
            return self.fields[DATA_FIELD]
        readable = {
            key.decode("utf-8", "replace"): value.decode("utf-8", "replace") for key, value in self.fields.items()
        }
        return json.dumps(readable).encode()


@dataclass(frozen=True)
class Decoded:
    """A readable entry. `event` is None for a type this version does not know: recorded, not handled."""

    entry: Entry
    event_id: UUID
    type: str
    correlation_id: UUID | None
    event: Received[Any] | None


def decode(entry: Entry) -> Decoded:
    """Read `entry`; raise Malformed, whose message never holds what the entry said."""
    raw = _object_in(entry)
    try:
        event_id, event_type = UUID(raw["id"]), str(raw["type"])
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Malformed("no_identity", "id (a UUID) and type are needed") from None
    event_class = EVENT_OF_TYPE.get(event_type)
    if event_class is None:
        return Decoded(entry, event_id, event_type, None, None)
    try:
        envelope = _envelope_of(event_class).model_validate(raw)
    except ValidationError as error:
        raise Malformed("invalid_event", _where(error)) from None
    received = Received(
        id=event_id,
        time=envelope.time,
        data=envelope.data,
        sequence=envelope.sequence,
        traceparent=envelope.traceparent,
    )
    return Decoded(entry, event_id, event_type, envelope.correlationid, received)


@cache
def _envelope_of(event_class: type[Event]) -> type[Envelope[Any]]:
    return Envelope[event_class]  # type: ignore[valid-type]  # the class is a value here


def identity(entry: Entry) -> tuple[UUID | None, str | None]:
    """The event's id and type as far as they can be read."""
    try:
        raw = _object_in(entry)
        return UUID(raw["id"]), str(raw.get("type"))
    except (Malformed, KeyError, TypeError, ValueError, AttributeError):
        return None, None


def _object_in(entry: Entry) -> dict[str, Any]:
    body = entry.fields.get(DATA_FIELD)
    if body is None:
        raise Malformed("no_data", f"the field {DATA_FIELD.decode()} is missing")
    if len(body) > EVENT_BYTES_MAX:
        raise Malformed("too_large", f"{len(body)} bytes, the limit is {EVENT_BYTES_MAX}")
    try:
        raw = from_json(body)
    except ValueError as error:
        raise Malformed("no_json", str(error).split(" at ")[0]) from None
    if not isinstance(raw, dict):
        raise Malformed("no_object", "the entry is JSON, but not an object")
    return raw


def _where(error: ValidationError) -> str:
    problems = error.errors(include_input=False, include_context=False, include_url=False)
    return "; ".join(f"{'.'.join(map(str, p['loc']))}: {p['type']}" for p in problems[:5])
