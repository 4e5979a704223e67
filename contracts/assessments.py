"""Stream `amends:assessments`, written by classify: what each mention is."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from contracts.envelope import Event, Value
from contracts.mentions import Mention
from contracts.vocabulary import Kind, Lane, Legitimacy, Sentiment, Severity, Topic, Urgency

STREAM = "amends:assessments"


class Reason(Value):
    """Why an assessment came out as it did: a code, and the characters [start, end) it rests on."""

    code: str
    start: int | None = Field(default=None, ge=0)
    end: int | None = Field(default=None, ge=0)


class PlacePhrase(Value):
    """Words in the text that name a place: characters [start, end)."""

    text: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)


class OwnTopic(Value):
    """A topic of the company's own that the mention is about, and the topic it stands below."""

    name: str
    below: Topic
    similarity: float = Field(ge=0, le=1, description="To the example sentences; 1 is as like as they are themselves")


class Assessment(Value):
    """What a mention is, with reasons. Probabilities are in [0, 1]."""

    sentiment: Sentiment
    anger: int = Field(ge=0, le=3, description="0 none, 1 annoyed, 2 angry, 3 furious")
    kind: Kind
    legitimacy: Legitimacy
    legitimacy_confidence: float = Field(ge=0, le=1)
    reasons: tuple[Reason, ...] = ()
    topics: tuple[Topic, ...] = Field(default=(), description="Best first")
    own_topics: tuple[OwnTopic, ...] = Field(default=(), description="The company's own, most alike first")
    lane: Lane | None = Field(default=None, description="Whose matter the first topic is by its nature")
    severity: Severity
    urgent: bool = Field(default=False, description="A person must look at once: safety, threat, self-harm, fraud")
    urgency: Urgency | None = Field(default=None, description="How soon somebody has to look; high is urgent")
    language: str = Field(description="ISO 639-1, or und where it cannot be told")
    places: tuple[PlacePhrase, ...] = ()
    assessor: str = Field(description="Name and version of what assessed it, and which stage, e.g. cascade@1/second")


class MentionAssessed(Event):
    """We know what the mention is. Carries the mention, so that readers need no other source."""

    type: ClassVar[str] = "amends.mention.assessed.v1"
    stream: ClassVar[str] = STREAM

    mention: Mention
    assessment: Assessment

    @property
    def subject(self) -> UUID:
        return self.mention.mention_id

    @property
    def person(self) -> str | None:
        return self.mention.author_key
