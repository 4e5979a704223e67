"""Stream `amends:responses`, written by respond: what we decided and said. Other systems follow this one."""

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.envelope import Event, Value
from contracts.vocabulary import Decision, Kind, LoopOutcome, Purpose, ReplyKind, Topic

STREAM = "amends:responses"


class GateFinding(Value):
    """Why a text may not go out: a code, and the characters [start, end) of the text."""

    code: str
    start: int | None = Field(default=None, ge=0)
    end: int | None = Field(default=None, ge=0)


class PlanFact(Value):
    """A fact a step of a reply rests on: its name, and the event or the mention it comes from."""

    name: str
    source: str


class PlanStep(Value):
    """One act of a reply: apologise, action, effect, ask, goodwill, next_update, thank, …"""

    act: str
    facts: tuple[PlanFact, ...] = ()


class MentionResponseEvent(Event):
    """What every event about our answer to one mention says. `at` is business time."""

    stream: ClassVar[str] = STREAM

    mention_id: UUID
    mention_version: int
    company: str
    channel: str
    at: AwareDatetime

    @property
    def subject(self) -> UUID:
        return self.mention_id


class ResponseDecided(MentionResponseEvent):
    """The one decision about this version of the mention, with its reasons."""

    type: ClassVar[str] = "amends.response.decided.v1"

    decision: Decision
    reasons: tuple[str, ...]
    kind: Kind
    topic: Topic
    policy_version: str
    waiting_since: AwareDatetime


class ReplyEvent(MentionResponseEvent):
    """What every event about one reply says."""

    response_id: UUID
    reply_kind: ReplyKind
    incident_id: UUID | None = None
    purpose: Purpose | None = Field(default=None, description="What it is for, where it is none of the three kinds")
    private: bool = Field(default=False, description="To the author alone, not in public")


class ResponseDrafted(ReplyEvent):
    """A text was made from a playbook and passed the gates."""

    type: ClassVar[str] = "amends.response.drafted.v1"

    text: str
    playbook: str
    variant: str
    plan: tuple[PlanStep, ...] = Field(default=(), description="What the text does, in order, and what backs it")


class ResponseBlocked(ReplyEvent):
    """A gate refused a text; it was not sent."""

    type: ClassVar[str] = "amends.response.blocked.v1"

    findings: tuple[GateFinding, ...]


class ResponseApprovalRequested(ReplyEvent):
    """A person has to decide; it waits in the queue and never sends itself."""

    type: ClassVar[str] = "amends.response.approval_requested.v1"

    reason: str
    text: str | None = None


class ResponseApproved(ReplyEvent):
    """A person approved the text."""

    type: ClassVar[str] = "amends.response.approved.v1"

    by: str


class ResponseRejected(ReplyEvent):
    """A person refused the text."""

    type: ClassVar[str] = "amends.response.rejected.v1"

    by: str
    reason: str


class ResponseOverridden(ReplyEvent):
    """Two people let a text go out that a gate had refused, and said why."""

    type: ClassVar[str] = "amends.response.overridden.v1"

    findings: tuple[GateFinding, ...]
    by: str
    second: str = Field(description="Another person, who agreed")
    reason: str


class ResponseEscalated(ReplyEvent):
    """It waited too long for a person: the next one is asked. It is never sent by waiting."""

    type: ClassVar[str] = "amends.response.escalated.v1"

    step: int = Field(ge=1)
    to: str = Field(description="The role the policy names for this step")
    reason: str
    waiting_since: AwareDatetime


class ResponseSent(ReplyEvent):
    """The channel took our reply."""

    type: ClassVar[str] = "amends.response.sent.v1"

    text: str
    external_id: str | None = Field(default=None, description="The channel's id of our reply")
    first: bool = Field(description="The first thing this customer heard from us about this mention")
    waiting_since: AwareDatetime


class ResponseFailed(ReplyEvent):
    """The reply could not be delivered and will not be tried again by itself."""

    type: ClassVar[str] = "amends.response.failed.v1"

    reason: str


class ResponseCancelled(ReplyEvent):
    """The reply was withdrawn before it left, because the mention was deleted or changed."""

    type: ClassVar[str] = "amends.response.cancelled.v1"

    reason: str


class LoopClosed(MentionResponseEvent):
    """The customer knows how it ended."""

    type: ClassVar[str] = "amends.loop.closed.v1"

    incident_id: UUID
    outcome: LoopOutcome
    waiting_since: AwareDatetime


class AssessmentOverruled(MentionResponseEvent):
    """A person says that an assessment is wrong in one respect. It is about the mention, never about its author."""

    type: ClassVar[str] = "amends.assessment.overruled.v1"

    head: str = Field(description="What was wrong: kind, legitimacy, sentiment, severity, topic, urgent")
    from_value: str
    to_value: str
    by: str = Field(description="Role or staff id of who overruled it")
    assessor: str = Field(description="Name, version and stage of what had assessed it")
    confidence: float | None = Field(default=None, ge=0, le=1, description="How sure it was, where it says")
