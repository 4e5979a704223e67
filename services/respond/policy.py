"""What we do about a mention, by a table that operations can read and change: the first row that matches. Pure.

The same file says how much may leave without a person (autonomy), who is asked when approvals wait (approvals), and who
owns which topic (owners).
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from contracts import Assessment, Decision, Kind, Legitimacy, Permission, ReplyKind, Sentiment, Severity, Topic
from services.respond.reading import Fact, Stance

LANE_OF_SEVERITY = {Severity.CRITICAL: 1, Severity.MAJOR: 2, Severity.MINOR: 3, Severity.NONE: 4}
POSITIVE_LANE = 7

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]


class PolicyRefused(Exception):
    """The policy file cannot be used. Each line of the message names a row and what is wrong there."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Noticed(_Part):
    """What we see in a mention beyond its assessment, kept with the decision so that a back-test sees the same.

    `entry` and `claim`: ids in the company's knowledge that answer the question, or put the claim right. Of the author
    we count what they wrote to this company lately and whether we answered; no label of a mention clings to them.
    """

    asks: Fact | None = None
    entry: str | None = None
    claim: str | None = None
    stance: Stance = Stance.NONE
    thanks_only: bool = False
    injection: bool = False
    answered_before: bool = False
    earlier_mentions: int = Field(default=0, ge=0)

    @property
    def answerable(self) -> bool:
        """A question we may know the answer to."""
        return self.asks is not None or self.entry is not None


NOTHING_NOTICED = Noticed()


class When(_Part):
    """All that is stated must hold."""

    company: tuple[str, ...] | None = None
    channel: tuple[str, ...] | None = None
    kind: tuple[Kind, ...] | None = None
    legitimacy: tuple[Legitimacy, ...] | None = None
    sentiment: tuple[Sentiment, ...] | None = None
    severity: tuple[Severity, ...] | None = None
    topic: tuple[Topic, ...] | None = None
    stance: tuple[Stance, ...] | None = None
    anger_min: Annotated[int, Field(ge=0, le=3)] | None = None
    anger_max: Annotated[int, Field(ge=0, le=3)] | None = None
    urgent: bool | None = None
    language_known: bool | None = None
    reply_allowed: bool | None = None
    answerable: bool | None = None
    claim_known: bool | None = None
    thanks_only: bool | None = None
    injection: bool | None = None
    answered_before: bool | None = None
    earlier_mentions_min: Annotated[int, Field(ge=1, le=1_000)] | None = None

    def matches(self, seen: "Seen") -> bool:
        """Whether every condition that is stated holds."""
        return all(condition(wanted, seen) for condition, wanted in self.stated)

    @cached_property
    def stated(self) -> "tuple[tuple[Condition, Any], ...]":
        """The conditions that are stated, looked up once: every mention passes along all rows."""
        wanted = ((name, getattr(self, name)) for name in self.model_fields_set)
        return tuple((CONDITIONS[name], value) for name, value in wanted if value is not None)

    def covers(self, other: "When") -> bool:
        """Whether this holds wherever `other` does, as far as the conditions show by themselves."""
        return all(
            name in other.model_fields_set and _covers(name, getattr(self, name), getattr(other, name))
            for name in self.model_fields_set
        )


def _covers(name: str, wide: Any, narrow: Any) -> bool:
    if wide is None or narrow is None:
        return wide is None
    if name.endswith("_min"):
        return bool(wide <= narrow)
    if name.endswith("_max"):
        return bool(wide >= narrow)
    return set(narrow) <= set(wide) if isinstance(wide, tuple) else bool(wide == narrow)


Condition = Callable[[Any, "Seen"], bool]


def _is_one_of(value: Callable[["Seen"], Any]) -> Condition:
    return lambda wanted, seen: value(seen) in wanted


def _equals(value: Callable[["Seen"], Any]) -> Condition:
    return lambda wanted, seen: bool(value(seen) == wanted)


def _at_least(value: Callable[["Seen"], int]) -> Condition:
    return lambda wanted, seen: value(seen) >= wanted


CONDITIONS: Mapping[str, Condition] = {
    "company": _is_one_of(lambda seen: seen.company),
    "channel": _is_one_of(lambda seen: seen.channel),
    "kind": _is_one_of(lambda seen: seen.assessment.kind),
    "legitimacy": _is_one_of(lambda seen: seen.assessment.legitimacy),
    "sentiment": _is_one_of(lambda seen: seen.assessment.sentiment),
    "severity": _is_one_of(lambda seen: seen.assessment.severity),
    "topic": lambda wanted, seen: any(topic in wanted for topic in seen.assessment.topics),
    "stance": _is_one_of(lambda seen: seen.noticed.stance),
    "anger_min": _at_least(lambda seen: seen.assessment.anger),
    "anger_max": lambda wanted, seen: seen.assessment.anger <= wanted,
    "urgent": _equals(lambda seen: seen.assessment.urgent),
    "language_known": _equals(lambda seen: seen.language_known),
    "reply_allowed": _equals(lambda seen: seen.permission.reply_allowed),
    "answerable": _equals(lambda seen: seen.noticed.answerable),
    "claim_known": _equals(lambda seen: seen.noticed.claim is not None),
    "thanks_only": _equals(lambda seen: seen.noticed.thanks_only),
    "injection": _equals(lambda seen: seen.noticed.injection),
    "answered_before": _equals(lambda seen: seen.noticed.answered_before),
    "earlier_mentions_min": _at_least(lambda seen: seen.noticed.earlier_mentions),
}
"""How each condition of a row is looked up; none of them counts followers."""


class Row(_Part):
    """One row: what must hold, what we then do, and the reason that is recorded. `reply: false`: without words."""

    when: When = When()
    decision: Decision
    reason: Code
    reply: bool = True


class Autonomy(StrEnum):
    """How much leaves without a person. A rung is climbed per class of mentions, when its drafts have earned it."""

    DRAFT = "draft"
    ACKNOWLEDGE = "acknowledge"
    FULL = "full"


class Ladder(_Part):
    """Per class (a kind, or advocate and badvocate) the rung it stands on."""

    default: Autonomy = Autonomy.FULL
    classes: Mapping[str, Autonomy] = Field(default_factory=dict)


class Approvals(_Part):
    """Who is asked next when nobody decides about a text in time. Nothing is sent by waiting."""

    escalate_after_minutes: float = Field(default=30, gt=0, le=10_080)
    steps: tuple[Code, ...] = Field(default=("care_lead",), max_length=9)


class Policy(_Part):
    """The whole table. Its version is in every decision."""

    version: str = Field(min_length=1, max_length=40)
    autonomy: Ladder = Ladder()
    approvals: Approvals = Approvals()
    owners: Mapping[Topic, str] = Field(default_factory=dict, description="Who answers for a topic")
    owner_of_the_rest: str | None = Field(default=None, min_length=1, max_length=100)
    rows: tuple[Row, ...] = Field(min_length=1, max_length=200)

    def owner_of(self, topic: Topic) -> str | None:
        """Whom the company made responsible for `topic`."""
        return self.owners.get(topic, self.owner_of_the_rest)

    def needs_person(self, group: str, decision: Decision, reply_kind: ReplyKind) -> bool:
        """Whether a text of this kind waits for a person, as its class's rung has it."""
        rung = self.autonomy.classes.get(group, self.autonomy.default)
        if rung is Autonomy.ACKNOWLEDGE:
            return reply_kind is not ReplyKind.ACKNOWLEDGEMENT and decision is not Decision.ACKNOWLEDGE
        return rung is Autonomy.DRAFT


GROUPS = frozenset({*Kind, Stance.ADVOCATE, Stance.BADVOCATE})


def group_of(assessment: Assessment, noticed: Noticed) -> str:
    """The class of mentions that the ladder knows it by."""
    return noticed.stance.value if noticed.stance is not Stance.NONE else assessment.kind.value


@dataclass(frozen=True)
class Seen:
    """What the rows look at."""

    assessment: Assessment
    permission: Permission
    language_known: bool
    company: str = ""
    channel: str = ""
    noticed: Noticed = NOTHING_NOTICED


@dataclass(frozen=True)
class Verdict:
    """The decision, why, and how soon its reply is due; lower lanes go first. Silent: without words."""

    decision: Decision
    reasons: tuple[str, ...]
    lane: int
    silent: bool = False


def load_policy(text: str, source: str) -> Policy:
    """Read the table; `source` names it in errors. Raises PolicyRefused."""
    try:
        policy = Policy.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise PolicyRefused(f"{source}: this is not YAML: {error}") from None
    except ValidationError as error:
        problems = (f"{source}: {'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in error.errors())
        raise PolicyRefused("\n".join(problems)) from None
    if contradictions := _contradictions(policy):
        raise PolicyRefused("\n".join(f"{source}: {problem}" for problem in contradictions))
    return policy


def _contradictions(policy: Policy) -> list[str]:
    """What each field for itself does not show."""
    found = [
        f"autonomy.classes.{name}: is no class of mentions" for name in policy.autonomy.classes if name not in GROUPS
    ]
    if policy.rows[-1].when != When():
        found.append("the last row must hold for every mention: leave out its `when`")
    for index, row in enumerate(policy.rows):
        shadow = next((earlier for earlier in range(index) if policy.rows[earlier].when.covers(row.when)), None)
        if shadow is not None:
            found.append(f"rows.{index}.when: is never reached: row {shadow} holds wherever this one does")
    return found


def unprepared(policy: Policy, planned: Callable[[Topic], bool]) -> list[str]:
    """Topics a company should not meet unprepared: without a playbook (`planned` says) or without an owner."""
    without_plan = [f"topic {topic.value}: has no playbook" for topic in Topic if not planned(topic)]
    without_owner = [f"owners.{topic.value}: nobody owns this topic" for topic in Topic if not policy.owner_of(topic)]
    return without_plan + without_owner


def decide(
    policy: Policy,
    assessment: Assessment,
    permission: Permission,
    languages: Collection[str],
    *,
    company: str = "",
    channel: str = "",
    noticed: Noticed | None = None,
) -> Verdict:
    """The one decision about a mention. Adds the assessment's own reason codes to the row's."""
    known = assessment.language in languages
    seen = Seen(assessment, permission, known, company, channel, noticed or NOTHING_NOTICED)
    row = next(row for row in policy.rows if row.when.matches(seen))
    codes = (row.reason, *(reason.code for reason in assessment.reasons))
    return Verdict(row.decision, tuple(dict.fromkeys(codes))[:10], lane_of(assessment), silent=not row.reply)


def lane_of(assessment: Assessment) -> int:
    """Negative mentions first, the worst of them before all others."""
    if assessment.urgent:
        return 1
    if assessment.sentiment is Sentiment.POSITIVE or assessment.kind is Kind.PRAISE:
        return POSITIVE_LANE
    return LANE_OF_SEVERITY[assessment.severity]
