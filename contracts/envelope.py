"""How an event travels: one CloudEvents 1.0 JSON object (structured mode) per stream entry, in the field `__data__`.

An event's id is derived from what caused it, so a repeat carries the same id and can be recognised.
Source of the attributes: the CloudEvents 1.0 specification, its JSON format, and its sequence and
distributed-tracing extensions.
"""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer

NAMESPACE = uuid5(NAMESPACE_URL, "amends:events")
DATA_FIELD = b"__data__"
EVENT_BYTES_MAX = 65_536

Sequence = Annotated[int, PlainSerializer(str, return_type=str)]


class Value(BaseModel):
    """A part of an event. Unknown fields are ignored: a reader of v1.0 reads v1.1."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Event(Value):
    """The `data` of one event: a fact, in the past tense, never changed.

    Within a version only optional fields may be added. Anything else is a new type, and both are
    published until nobody reads the old one.
    """

    type: ClassVar[str]
    stream: ClassVar[str]

    @property
    def subject(self) -> UUID:
        """What the event is about: the id of a mention or of an incident."""
        raise AttributeError(f"{type(self).__name__} says of which field its subject is")

    @property
    def correlation(self) -> UUID:
        """The mention that started it all; for what concerns a whole incident, the incident."""
        return self.subject

    @property
    def person(self) -> str | None:
        """The author_key of whoever's words or name are in it, so that an erasure finds it."""
        return None


E_co = TypeVar("E_co", bound=Event, covariant=True)


class Envelope(BaseModel, Generic[E_co]):
    """CloudEvents 1.0 attributes around `data`. Times carry a zone; `sequence` counts per subject."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: str = Field(description="The service that emitted it, e.g. /amends/ingest")
    type: str
    subject: str
    time: AwareDatetime
    datacontenttype: Literal["application/json"] = "application/json"
    correlationid: UUID
    sequence: Sequence | None = Field(default=None, description="Order per subject; a hint only")
    traceparent: str | None = Field(default=None, description="W3C trace context")
    data: E_co


def event_id(cause: UUID, event_type: str, subject: UUID, ordinal: int = 0) -> UUID:
    """The id of the event of `event_type` about `subject` that `cause` leads to; the same every time."""
    return uuid5(NAMESPACE, f"{cause}|{event_type}|{subject}|{ordinal}")


def wrap(
    event: Event,
    *,
    service: str,
    cause: UUID,
    time: datetime,
    ordinal: int = 0,
    sequence: int | None = None,
    traceparent: str | None = None,
) -> Envelope[Any]:
    """Put `event` into its envelope. `cause` is the id of what led to it (event, timer, request).

    Without a `traceparent` the trace is the correlation's: all that follows from a mention is one trace, and its
    id is the mention's.
    """
    own_id = event_id(cause, event.type, event.subject, ordinal)
    return Envelope[Any].model_construct(
        specversion="1.0",
        id=own_id,
        source=f"/amends/{service}",
        type=event.type,
        subject=str(event.subject),
        time=time,
        datacontenttype="application/json",
        correlationid=event.correlation,
        sequence=sequence,
        traceparent=traceparent or f"00-{event.correlation.hex}-{own_id.hex[:16]}-01",
        data=event,
    )
