"""A gift beside the words: unconditional, private, capped, and equal for everybody in one incident. Pure.

What is given is data: a YAML file names gift and caps per company; without one nothing is given. Codes come from a
provider; one that reads them from a file stands here.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Protocol

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from contracts import Legitimacy, LoopOutcome, Topic


class GoodwillRefused(Exception):
    """The goodwill file cannot be used. Each line of the message names the place and what is wrong there."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Gift(_Part):
    """What one company gives, to whom, and how much of it at most. `gift`: per language, as the customer reads it."""

    gift: Mapping[str, Annotated[str, Field(min_length=1, max_length=120)]] = Field(min_length=1)
    value: float = Field(gt=0, le=1_000)
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    outcomes: tuple[LoopOutcome, ...] = (LoopOutcome.FIXED, LoopOutcome.CANNOT_FIX)
    topics: tuple[Topic, ...] = ()
    customers_per_incident_max: int = Field(default=50, ge=1, le=10_000)
    author_days: int = Field(default=90, ge=1, le=3_650)
    budget_30_days: float = Field(gt=0)
    codes: str | None = Field(default=None, description="A file with one code a line, beside this one")


class Goodwill(_Part):
    """The whole file: company → gift."""

    companies: Mapping[str, Gift] = Field(default_factory=dict)


class Answer(StrEnum):
    """What becomes of a possible gift."""

    GRANT = "grant"
    NOTHING = "nothing"
    ASK_PERSON = "ask_person"


@dataclass(frozen=True)
class Claim:
    """One customer whose loop was closed, and what was given so far."""

    outcome: LoopOutcome
    legitimacy: Legitimacy
    topic: Topic
    language: str
    in_incident: int
    mentions: int
    """Customers of the incident: all of them get it, or none by itself."""
    to_author: int
    spent: float


def answer_claim(gift: Gift, claim: Claim) -> Answer:
    """Equal within an incident: when not everybody could have it, a person decides for all of them."""
    if claim.legitimacy is not Legitimacy.LEGITIMATE or claim.outcome not in gift.outcomes:
        return Answer.NOTHING
    if (gift.topics and claim.topic not in gift.topics) or claim.language not in gift.gift:
        return Answer.NOTHING
    if claim.to_author:
        return Answer.ASK_PERSON
    still_to_come = max(claim.mentions - claim.in_incident, 1)
    affordable = claim.spent + still_to_come * gift.value <= gift.budget_30_days
    return Answer.GRANT if affordable and claim.mentions <= gift.customers_per_incident_max else Answer.ASK_PERSON


class CodeProvider(Protocol):
    """Where codes come from: a file here, a shop's own system elsewhere."""

    def needs_code(self, company: str) -> bool:
        """Whether this company's gift comes with a code."""

    def next_code(self, company: str, used: Collection[str]) -> str | None:
        """A code that is not `used`; None: there is none left."""


@dataclass(frozen=True)
class CouponFile:
    """Codes out of files, in their order. `codes`: company → its codes."""

    codes: Mapping[str, Sequence[str]]

    def needs_code(self, company: str) -> bool:
        return company in self.codes

    def next_code(self, company: str, used: Collection[str]) -> str | None:
        return next((code for code in self.codes.get(company, ()) if code not in used), None)


def tell_gift(gift: Gift, language: str, code: str | None) -> str:
    """As the customer reads it."""
    return gift.gift[language] + (f" ({code})" if code else "")


def load_goodwill(text: str, source: str) -> Goodwill:
    """Read the file; `source` names it in errors. Raises GoodwillRefused."""
    try:
        return Goodwill.model_validate(yaml.safe_load(text) or {})
    except yaml.YAMLError as error:
        raise GoodwillRefused(f"{source}: this is not YAML: {error}") from None
    except ValidationError as error:
        lines = (f"{source}: {'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in error.errors())
        raise GoodwillRefused("\n".join(lines)) from None
