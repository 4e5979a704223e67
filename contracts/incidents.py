"""Stream `amends:incidents`, written by notify: one problem at one place, from first mention to fix."""

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.envelope import Event, Value
from contracts.vocabulary import (
    DeclineReason,
    FixAction,
    LocationStatus,
    LoopOutcome,
    OwnerRole,
    Severity,
    Topic,
)

STREAM = "amends:incidents"


class Candidate(Value):
    """A branch the mention may be about, with its share of the evidence in [0, 1]."""

    branch_id: str
    score: float = Field(ge=0, le=1)


class Location(Value):
    """Which branch a mention is about, and what says so."""

    status: LocationStatus
    branch_id: str | None = None
    candidates: tuple[Candidate, ...] = Field(default=(), description="Best first")
    confidence: float = Field(ge=0, le=1)
    evidence: tuple[str, ...] = Field(default=(), description="Codes: coordinates, place_tag, text_name, text_town, …")


class IncidentEvent(Event):
    """What every event about an incident says. `at` is business time."""

    stream: ClassVar[str] = STREAM

    incident_id: UUID
    company: str
    at: AwareDatetime

    @property
    def subject(self) -> UUID:
        return self.incident_id


class IncidentOpened(IncidentEvent):
    """A problem was seen that somebody can fix. One incident per dedup_key at a time."""

    type: ClassVar[str] = "amends.incident.opened.v1"

    mention_id: UUID
    mention_version: int
    topic: Topic
    severity: Severity
    dedup_key: str
    branch_id: str | None = None
    branch_name: str | None = Field(default=None, description="As customers know it")
    process_id: str | None = None
    process_name: str | None = Field(default=None, description="The matter, as customers would say it")
    owner_role: OwnerRole
    returned: bool = Field(default=False, description="It was said to be fixed, and is back")
    earlier_incident_id: UUID | None = Field(default=None, description="The one whose fix did not hold")
    urgent: bool = Field(default=False, description="A person has to look within 15 minutes")

    @property
    def correlation(self) -> UUID:
        return self.mention_id


class IncidentLocated(IncidentEvent):
    """We know, or were told by an owner, which branch the incident is about."""

    type: ClassVar[str] = "amends.incident.located.v1"

    mention_id: UUID | None = None
    location: Location
    branch_name: str | None = None


class Venue(Value):
    """What customers may be told about a branch, as the directory has it at this moment."""

    branch_id: str
    name: str = Field(description="As customers know it")
    address: str | None = None
    country: str | None = Field(default=None, description="ISO 3166-1, two letters")
    opening_hours: str | None = Field(default=None, max_length=400, description="OpenStreetMap's opening_hours syntax")
    local_time: AwareDatetime = Field(description="When the mention was posted, by the clock of the place")


class MentionLocated(Event):
    """Where a question that is nobody's incident is about; with the branch's facts where that is clear."""

    type: ClassVar[str] = "amends.mention.located.v1"
    stream: ClassVar[str] = STREAM

    mention_id: UUID
    mention_version: int
    company: str
    at: AwareDatetime
    location: Location
    venue: Venue | None = None

    @property
    def subject(self) -> UUID:
        return self.mention_id


class IncidentMentionAdded(IncidentEvent):
    """One more customer met the same problem."""

    type: ClassVar[str] = "amends.incident.mention_added.v1"

    mention_id: UUID
    mention_version: int
    location: Location
    mentions: int = Field(ge=1, description="How many the incident has now")
    severity: Severity | None = Field(default=None, description="What it is now: it grows with mentions and customers")
    storm: bool = Field(default=False, description="Public replies are to be few: one statement tells everybody")
    operation_id: UUID | None = Field(default=None, description="Moved here by this merge or split")

    @property
    def correlation(self) -> UUID:
        return self.mention_id


class IncidentNotified(IncidentEvent):
    """The work order was delivered. Only now may a customer read that somebody has been told."""

    type: ClassVar[str] = "amends.incident.notified.v1"

    work_order_id: UUID
    step: int = Field(ge=1, description="Escalation step, from 1")
    role: OwnerRole
    by: str = Field(description="How it was delivered: email, webhook")
    suggestions: tuple[str, ...] = Field(default=(), description="Codes of what usually helps")


class IncidentAcknowledged(IncidentEvent):
    """Somebody took it."""

    type: ClassVar[str] = "amends.incident.acknowledged.v1"

    role: OwnerRole


class IncidentEscalated(IncidentEvent):
    """Nobody acknowledged in time: the next person is asked."""

    type: ClassVar[str] = "amends.incident.escalated.v1"

    step: int = Field(ge=2)
    role: OwnerRole
    reason: str


class IncidentFixConfirmed(IncidentEvent):
    """The owner says what was done. Only now may a customer read that it is fixed."""

    type: ClassVar[str] = "amends.incident.fix_confirmed.v1"

    action: FixAction
    action_phrase: str | None = Field(
        default=None,
        max_length=200,
        description='What was done, to stand after "has": "moved two people to the counter"',
    )
    wait_min: int | None = Field(default=None, ge=0, description="Customers' wait from now on, in minutes")
    role: OwnerRole


class IncidentFixDeclined(IncidentEvent):
    """The owner looked and there is no fix to report."""

    type: ClassVar[str] = "amends.incident.fix_declined.v1"

    reason: DeclineReason
    until_text: str | None = Field(
        default=None, max_length=100, description="When it will be better, in the owner's words"
    )
    role: OwnerRole


class IncidentResolved(IncidentEvent):
    """The incident takes no more mentions."""

    type: ClassVar[str] = "amends.incident.resolved.v1"

    outcome: LoopOutcome
    mentions: int = Field(ge=1)


class IncidentReopened(IncidentEvent):
    """Mentions came back after the fix."""

    type: ClassVar[str] = "amends.incident.reopened.v1"

    mention_id: UUID
    reason: str = "returned_after_fix"
    earlier_incident_id: UUID | None = Field(default=None, description="The one whose fix did not hold")


class IncidentMerged(IncidentEvent):
    """It was the same problem as another incident's, which has its mentions now (mention_added says which)."""

    type: ClassVar[str] = "amends.incident.merged.v1"

    into_incident_id: UUID
    operation_id: UUID
    mentions: int = Field(ge=0, description="How many moved")
    undoes: UUID | None = Field(default=None, description="The split this takes back")


class IncidentSplit(IncidentEvent):
    """Some of its mentions are about another problem, which has an incident of its own (mention_added says which)."""

    type: ClassVar[str] = "amends.incident.split.v1"

    into_incident_id: UUID
    operation_id: UUID
    mentions: int = Field(ge=0, description="How many moved")
    undoes: UUID | None = Field(default=None, description="The merge this takes back")


class IncidentStormStarted(IncidentEvent):
    """So many write about it at once that public replies are to be few."""

    type: ClassVar[str] = "amends.incident.storm_started.v1"

    mentions: int = Field(ge=1, description="How many wrote within `within_seconds`")
    within_seconds: int = Field(ge=1)
    severity: Severity


class IncidentStatementProposed(IncidentEvent):
    """One public statement is to tell everybody at once; a person writes or approves it. Once per incident."""

    type: ClassVar[str] = "amends.incident.statement_proposed.v1"

    topic: Topic
    place_name: str
    mentions: int = Field(ge=1)
    since: AwareDatetime = Field(description="When the first customer began to wait")


class InsightRaised(Event):
    """Something that happens again and again, or that many ask for: worth a change, not only a fix."""

    type: ClassVar[str] = "amends.insight.raised.v1"
    stream: ClassVar[str] = STREAM

    insight_id: UUID
    company: str
    at: AwareDatetime
    kind: str = Field(description="relapse, pattern, opportunity; more may come")
    topic: Topic
    thing: str | None = Field(default=None, description="What it is about, as a code: power_outlet")
    branches: tuple[str, ...] = Field(default=(), description="Ids of the branches concerned")
    count: int = Field(ge=1, description="Incidents of a relapse or a pattern, mentions of an opportunity")
    since: AwareDatetime
    next_at: AwareDatetime | None = Field(default=None, description="When a pattern is due again")
    incidents: tuple[UUID, ...] = Field(default=(), max_length=20, description="Examples, the latest first")
    mentions: tuple[UUID, ...] = Field(default=(), max_length=20, description="Examples, the latest first")

    @property
    def subject(self) -> UUID:
        return self.insight_id
