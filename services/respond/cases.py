"""One customer's matter, from the mention to the closed loop: what we know, and which reply is due. Pure."""

from collections.abc import Mapping
from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from contracts import (
    Assessment,
    Decision,
    FixAction,
    Kind,
    LoopOutcome,
    Mention,
    OwnerRole,
    Purpose,
    ReplyKind,
    Topic,
    Venue,
)
from services.respond.facts import Told
from services.respond.policy import Noticed
from services.respond.reading import Stance

RESPONSES = uuid5(NAMESPACE_URL, "amends:responses")

ANSWERED = frozenset({Decision.RESPOND, Decision.ACKNOWLEDGE})
"""Decisions that lead to a text of ours without a person."""


class Incident(BaseModel):
    """What notify has said about an incident, in whatever order it came."""

    model_config = ConfigDict(frozen=True)

    incident_id: UUID
    topic: Topic | None = None
    storm: bool = False
    """So many wrote that one statement tells them, and everybody is told how it ends."""
    branch_name: str | None = None
    process_name: str | None = None
    notified_at: AwareDatetime | None = None
    told_role: OwnerRole | None = None
    outcome: LoopOutcome | None = None
    outcome_at: AwareDatetime | None = None
    action: FixAction | None = None
    action_phrase: str | None = None
    wait_min: int | None = None
    until_text: str | None = None
    acknowledged_at: AwareDatetime | None = None
    eta_text: str | None = None
    sources: Mapping[str, str] = Field(default_factory=dict)

    def told(self) -> Told:
        """What a reply may rest on."""
        return Told(
            branch_name=self.branch_name,
            process_name=self.process_name,
            told_role=self.told_role if self.notified_at else None,
            outcome=self.outcome,
            action=self.action,
            action_phrase=self.action_phrase,
            wait_min=self.wait_min,
            until_text=self.until_text,
            outcome_at=self.outcome_at,
            eta_text=self.eta_text,
            sources=self.sources,
        )


class Located(BaseModel):
    """What notify said about where a question is about; without a venue: that is not clear."""

    model_config = ConfigDict(frozen=True)

    venue: Venue | None = None


class Case(BaseModel):
    """A mention we decided about.

    `replies`: the kinds that are made or sent, not those that were withdrawn; `said`: how many texts that is in public.
    """

    model_config = ConfigDict(frozen=True)

    mention_id: UUID
    version: int
    mention: Mention
    assessment: Assessment
    decision: Decision
    lane: int
    grace_over: bool = False
    first_replied_at: AwareDatetime | None = None
    closed_at: AwareDatetime | None = None
    sequence: int = 0
    replies: frozenset[ReplyKind] = frozenset()
    said: int = 0
    updates: int = 0
    asked: bool = False
    """The author was asked for details already, in this mention or in another of the last weeks."""
    earlier: tuple[str, ...] = ()
    """What the same author wrote to the company before."""
    incident: Incident | None = None
    noticed: Noticed | None = None
    silent: bool = False
    located: Located | None = None

    @property
    def needs_fix(self) -> bool:
        """A complaint waits a moment for who can fix it; who turns on a complainant has nothing to be fixed."""
        return self.assessment.kind is Kind.COMPLAINT and self.saw.stance is Stance.NONE

    @property
    def saw(self) -> Noticed:
        """What was noticed; nothing where it was decided before we looked."""
        return self.noticed or Noticed()

    @property
    def waits_for_place(self) -> bool:
        """A question about a branch waits a moment for which one."""
        return self.saw.asks is not None and self.located is None and not self.grace_over


def understood(case: Case) -> Case:
    """The case with its incident's topic where the customer names none: sarcasm about a queue is about waiting."""
    topics = [topic for topic in case.assessment.topics if topic is not Topic.OTHER]
    stated = case.assessment.topics[:1] not in {(), (Topic.OTHER,)}
    if stated or case.incident is None or case.incident.topic is None:
        return case
    ranked = tuple(dict.fromkeys((case.incident.topic, *topics)))
    return case.model_copy(update={"assessment": case.assessment.model_copy(update={"topics": ranked})})


def response_id(mention_id: UUID, kind: ReplyKind, purpose: Purpose | None = None, number: int = 1) -> UUID:
    """One per mention and kind, or purpose and number: made twice, it is the same one."""
    name = kind.value if purpose is None else f"{purpose.value}|{number}"
    return uuid5(RESPONSES, f"{mention_id}|{name}")


def due_reply(case: Case) -> ReplyKind | None:
    """Which text is to be made now, if any.

    The outcome goes to everybody, whatever was said before. Where the channel allows one reply only, that one is
    kept for the outcome as long as there is an incident that will have one.
    """
    if case.decision not in ANSWERED or case.silent:
        return None
    left = replies_left(case.mention.permission.replies_max, max(case.said, len(case.replies)))
    if left < 1 or ReplyKind.OUTCOME in case.replies:
        return None
    if not case.needs_fix:
        return ReplyKind.ANSWER if not case.replies and not case.waits_for_place else None
    if case.incident is not None and case.incident.outcome is not None:
        return ReplyKind.OUTCOME
    if case.replies:
        return None
    return _first_reply(case, left)


def _first_reply(case: Case, left: float) -> ReplyKind | None:
    if case.incident is None:
        return ReplyKind.ANSWER if case.grace_over else None
    if case.incident.storm:
        return None
    told = case.incident.notified_at is not None
    return ReplyKind.ACKNOWLEDGEMENT if left >= 2 and (told or case.grace_over) else None


PRIVATE_ONLY = frozenset({Purpose.DETAILS, Purpose.GOODWILL})
"""Never in public: details are the customer's own, and a gift is no advertisement."""
PUBLIC_ONLY = frozenset({Purpose.CLOSING})
KEPT_FOR_THE_OUTCOME = 1


def place_of(case: Case, purpose: Purpose | None) -> str | None:
    """Where a reply goes: "public" or "private"; None: the channel takes it in neither.

    After one public reply, what comes between is private where the channel can; the outcome is said in public again.
    """
    permission = case.mention.permission
    left = replies_left(permission.replies_max, max(case.said, len(case.replies)))
    if purpose is None:
        return "public"
    if permission.private_allowed and purpose not in PUBLIC_ONLY:
        return "private"
    kept = KEPT_FOR_THE_OUTCOME if purpose is Purpose.UPDATE else 0
    return "public" if purpose not in PRIVATE_ONLY and left > kept else None


def can_update(case: Case, kind: ReplyKind) -> bool:
    """Whether an update could go out after a reply of `kind`: only then may one be promised."""
    permission = case.mention.permission
    left = replies_left(permission.replies_max, max(case.said, len(case.replies)))
    return bool(permission.private_allowed) or (kind is not ReplyKind.OUTCOME and left > 1 + KEPT_FOR_THE_OUTCOME)


def is_open(case: Case) -> bool:
    """Whether the customer still waits for an end of what somebody works on."""
    return (
        case.decision in ANSWERED
        and case.needs_fix
        and case.incident is not None
        and case.incident.outcome is None
        and case.closed_at is None
        and bool(case.replies)
    )


def replies_left(replies_max: int | None, said: int) -> float:
    """How many the channel still takes in public; without a limit, any number."""
    return float("inf") if replies_max is None else replies_max - said


def is_late(reply_until: datetime | None, now: datetime) -> bool:
    """Whether the channel's reply window has closed."""
    return reply_until is not None and now >= reply_until
