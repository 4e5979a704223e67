"""Whether a complaint is about a problem that is known already, at the same place. Pure.

The same place is the ground: a branch, or a process of the company. There, the same topic (or a second one, of the same
family) is one problem unless each side names a thing and it is another one; topics of one family are one problem when
they name the same thing; near copies are one problem whatever the assessment made of them; and who complains without
saying about what (sarcasm, say) means the one thing that is going on.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from rapidfuzz import fuzz

from contracts import Topic
from services.notify.things import CONTEXT, fold

SIMILAR = 80.0
"""Of 100: above it two texts without their place names say the same. Two customers who write for themselves, about
one queue, seldom pass 60; copies with a changed word pass 85."""
UNSTATED_WITHIN = timedelta(hours=1)
"""Since the last mention, for a complaint that does not say about what to be taken for the same."""
WORDS_MIN = 3
"""Fewer words say too little to be compared."""

FAMILIES: tuple[frozenset[Topic], ...] = (
    frozenset({Topic.WAIT_TIME, Topic.STAFF, Topic.SUPPORT_RESPONSE, Topic.DELAY_CANCELLATION, Topic.OPENING_HOURS}),
    frozenset({Topic.OUTAGE, Topic.FACILITIES, Topic.ACCESSIBILITY, Topic.SAFETY, Topic.WEBSITE_APP}),
    frozenset({Topic.FACILITIES, Topic.CLEANLINESS, Topic.SAFETY}),
    frozenset({Topic.PRODUCT_QUALITY, Topic.STOCK}),
    frozenset({Topic.BILLING, Topic.PRICE, Topic.POLICY, Topic.SUPPORT_RESPONSE}),
    frozenset({Topic.LOST_ITEM, Topic.DELIVERY, Topic.DELAY_CANCELLATION}),
    frozenset({Topic.SECURITY, Topic.SUPPORT_RESPONSE, Topic.POLICY, Topic.STAFF}),
)
"""Topics that one problem is taken for, depending on what a customer stresses."""


TOLD_APART = frozenset(
    {
        Topic.FACILITIES,
        Topic.OUTAGE,
        Topic.PRODUCT_QUALITY,
        Topic.STOCK,
        Topic.ACCESSIBILITY,
        Topic.SAFETY,
        Topic.CLEANLINESS,
        Topic.LOST_ITEM,
    }
)
"""Topics under which things of all kinds are reported: there the thing named makes the problem."""


ONE_TO_CUSTOMERS = frozenset({Topic.OUTAGE, Topic.WEBSITE_APP})
"""Who cannot use a service does not know whether the service is down or the app is at fault."""


class Problem(Protocol):
    """What is known of an incident."""

    @property
    def id(self) -> UUID: ...
    @property
    def topic(self) -> Topic: ...
    @property
    def things(self) -> tuple[str, ...]: ...
    @property
    def place_name(self) -> str: ...
    @property
    def last_mention_at(self) -> datetime: ...


@dataclass(frozen=True)
class Traits:
    """What a complaint shows of its problem: topics best first, the things it names, its words and its time."""

    topic: Topic
    topics: tuple[Topic, ...]
    things: frozenset[str]
    text: str
    at: datetime
    stated: bool = True
    """Whether it says what it is about; without that it can join, and opens nothing."""
    alone: bool = False
    """One person's own matter, which only copies of the same words are about too."""


def choose(traits: Traits, problems: Iterable[Problem], quotes: Mapping[UUID, Sequence[str]]) -> UUID | None:
    """The problem, of those at one place, that `traits` is about; the closest topic first, then the latest."""
    known = list(problems)
    if not traits.stated:
        return _only_one(traits, known)
    same = [problem for problem in known if is_same(traits, problem, quotes.get(problem.id, ()))]
    best = min(same, key=lambda p: (_rank(traits, p), -p.last_mention_at.timestamp(), p.id), default=None)
    return best.id if best else None


def is_same(traits: Traits, problem: Problem, quotes: Sequence[str] = ()) -> bool:
    """Whether the two are one problem at one place."""
    if not traits.alone and _is_akin(traits, problem):
        return True
    return any(similarity(traits.text, quote, problem.place_name) >= SIMILAR for quote in quotes)


def _is_akin(traits: Traits, problem: Problem) -> bool:
    same = problem.topic is traits.topic or {problem.topic, traits.topic} == ONE_TO_CUSTOMERS
    second = problem.topic in traits.topics and _are_kin(traits.topic, problem.topic)
    if (same or second) and problem.topic is not Topic.OTHER:
        return not _are_apart(traits, problem)
    return bool(traits.things & frozenset(problem.things)) and _are_kin(traits.topic, problem.topic)


def _are_apart(traits: Traits, problem: Problem) -> bool:
    """Each names a thing, and not the same one."""
    mine, theirs = traits.things - CONTEXT, frozenset(problem.things) - CONTEXT
    return problem.topic in TOLD_APART and bool(mine and theirs) and not mine & theirs


def similarity(text: str, other: str, place_name: str = "") -> float:
    """How alike two texts are, of 100: their words without order, handles and the place's name."""
    drop = frozenset(fold(place_name).split())
    first, second = _words(text, drop), _words(other, drop)
    if min(len(first), len(second)) < WORDS_MIN:
        return 0.0
    return fuzz.ratio(" ".join(sorted(first)), " ".join(sorted(second)))


def _words(text: str, drop: frozenset[str]) -> list[str]:
    words = (word.strip(".,;:!?…'\"()“”‘’-–") for word in fold(text).split() if not word.startswith(("@", "#", "http")))
    return [word for word in words if word and word not in drop]


def _only_one(traits: Traits, known: Sequence[Problem]) -> UUID | None:
    """What is going on there; of two it could be either, so it is neither."""
    near = [p for p in known if abs(traits.at - p.last_mention_at) <= UNSTATED_WITHIN]
    near = [p for p in near if not _are_apart(traits, p)]
    return near[0].id if len(near) == 1 else None


def _rank(traits: Traits, problem: Problem) -> int:
    return traits.topics.index(problem.topic) if problem.topic in traits.topics else len(traits.topics)


def _are_kin(one: Topic, other: Topic) -> bool:
    return any(one in family and other in family for family in FAMILIES)
