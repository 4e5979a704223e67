"""What we do about a mention, by a table that operations can read and change: the first row that matches. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from contracts import Assessment, Decision, Kind, Legitimacy, Permission, Sentiment, Severity, Topic

LANE_OF_SEVERITY = {Severity.CRITICAL: 1, Severity.MAJOR: 2, Severity.MINOR: 3, Severity.NONE: 4}
POSITIVE_LANE = 7


class PolicyRefused(Exception):
    """The policy file cannot be used. Each line of the message names a row and what is wrong there."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class When(_Part):
    """All that is stated must hold."""

    kind: tuple[Kind, ...] | None = None
    legitimacy: tuple[Legitimacy, ...] | None = None
    sentiment: tuple[Sentiment, ...] | None = None
    severity: tuple[Severity, ...] | None = None
    topic: tuple[Topic, ...] | None = None
    anger_min: Annotated[int, Field(ge=0, le=3)] | None = None
    urgent: bool | None = None
    language_known: bool | None = None
    reply_allowed: bool | None = None

    def matches(self, seen: "Seen") -> bool:
        assessment = seen.assessment
        return all(
            (
                self.kind is None or assessment.kind in self.kind,
                self.legitimacy is None or assessment.legitimacy in self.legitimacy,
                self.sentiment is None or assessment.sentiment in self.sentiment,
                self.severity is None or assessment.severity in self.severity,
                self.topic is None or bool(set(assessment.topics) & set(self.topic)),
                self.anger_min is None or assessment.anger >= self.anger_min,
                self.urgent is None or assessment.urgent == self.urgent,
                self.language_known is None or seen.language_known == self.language_known,
                self.reply_allowed is None or seen.permission.reply_allowed == self.reply_allowed,
            )
        )


class Row(_Part):
    """One row: what must hold, what we then do, and the reason that is recorded."""

    when: When = When()
    decision: Decision
    reason: str = Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")


class Policy(_Part):
    """The whole table. Its version is in every decision."""

    version: str = Field(min_length=1, max_length=40)
    rows: tuple[Row, ...] = Field(min_length=1, max_length=200)


@dataclass(frozen=True)
class Seen:
    """What the rows look at."""

    assessment: Assessment
    permission: Permission
    language_known: bool


@dataclass(frozen=True)
class Verdict:
    """The decision, why, and how soon its reply is due; lower lanes go first."""

    decision: Decision
    reasons: tuple[str, ...]
    lane: int


def load_policy(text: str, source: str) -> Policy:
    """Read the table; `source` names it in errors. Raises PolicyRefused."""
    try:
        policy = Policy.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise PolicyRefused(f"{source}: this is not YAML: {error}") from None
    except ValidationError as error:
        problems = (f"{source}: {'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in error.errors())
        raise PolicyRefused("\n".join(problems)) from None
    if policy.rows[-1].when != When():
        raise PolicyRefused(f"{source}: the last row must hold for every mention: leave out its `when`")
    return policy


def decide(policy: Policy, assessment: Assessment, permission: Permission, languages: Collection[str]) -> Verdict:
    """The one decision about a mention. Adds the assessment's own reason codes to the row's."""
    seen = Seen(assessment, permission, assessment.language in languages)
    row = next(row for row in policy.rows if row.when.matches(seen))
    codes = (row.reason, *(reason.code for reason in assessment.reasons))
    return Verdict(row.decision, tuple(dict.fromkeys(codes))[:10], lane_of(assessment))


def lane_of(assessment: Assessment) -> int:
    """Negative mentions first, the worst of them before all others."""
    if assessment.urgent:
        return 1
    if assessment.sentiment is Sentiment.POSITIVE or assessment.kind is Kind.PRAISE:
        return POSITIVE_LANE
    return LANE_OF_SEVERITY[assessment.severity]
