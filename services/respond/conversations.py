"""When we have said all there is to say to an author, and what makes us listen again. Pure.

Walking away needs several answered rounds, hostility, and nothing new; it never meets somebody who says a new fact, was
harmed, or is in danger. For two weeks after it anything new goes to a person.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from contracts import Assessment, Decision, Severity, Topic

ROUNDS_MAX = 3
"""So many of the author's mentions were answered before this one."""
ANGER_MIN = 2
WATCH = timedelta(days=14)
MEMORY = timedelta(days=30)
"""Rounds further back belong to another conversation."""

_FACT = re.compile(r"[£$€]?\b\d[\w:.,-]*|https?://\S+")
_SMALL = frozenset({"0", "1", "2", "3"})


@dataclass(frozen=True)
class Said:
    """One earlier mention of the author."""

    text: str
    topics: tuple[Topic, ...]
    answered: bool


@dataclass(frozen=True)
class History:
    """What an author wrote to the company before, and until when we only watch."""

    earlier: tuple[Said, ...] = ()
    watch_until: datetime | None = None

    @property
    def rounds(self) -> int:
        return sum(said.answered for said in self.earlier)


class Turn(StrEnum):
    """What a conversation's history makes of the newest mention."""

    GO_ON = "go_on"
    WALK_AWAY = "walk_away"
    KEEP_WATCHING = "keep_watching"
    RESUME = "resume"


def turn_of(decision: Decision, text: str, assessment: Assessment, history: History, now: datetime) -> Turn:
    """Whether the decision of the policy stands (`GO_ON`)."""
    if decision not in {Decision.RESPOND, Decision.ACKNOWLEDGE} or is_serious(assessment):
        return Turn.GO_ON
    new = says_something_new(text, assessment, history.earlier)
    hostile = assessment.anger >= ANGER_MIN
    if history.watch_until is not None and now < history.watch_until:
        return Turn.KEEP_WATCHING if hostile and not new else Turn.RESUME
    return Turn.WALK_AWAY if history.rounds >= ROUNDS_MAX and hostile and not new else Turn.GO_ON


def is_serious(assessment: Assessment) -> bool:
    """Harm or danger: nobody walks away from that."""
    return assessment.urgent or assessment.severity in {Severity.CRITICAL, Severity.MAJOR}


def says_something_new(text: str, assessment: Assessment, earlier: Sequence[Said]) -> bool:
    """A number, an address, a place or a matter that none of the earlier mentions held."""
    before = {fact for said in earlier for fact in facts_of(said.text)}
    known_topics = {topic for said in earlier for topic in said.topics}
    whole = " ".join(said.text.casefold() for said in earlier)
    new_place = any(place.text.casefold() not in whole for place in assessment.places)
    return bool(facts_of(text) - before) or bool(set(assessment.topics) - known_topics - {Topic.OTHER}) or new_place


def facts_of(text: str) -> frozenset[str]:
    """What can be checked in a text: amounts, dates, references, links."""
    return frozenset(found.casefold().rstrip(".,") for found in _FACT.findall(text)) - _SMALL
