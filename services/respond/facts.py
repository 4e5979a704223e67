"""What a reply may rest on: what the customer said, what we know, and what has happened. Pure.

A text may claim only what stands here: that somebody was told, that it was fixed, what the wait is now.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from contracts import Assessment, FixAction, Kind, LoopOutcome, Mention, OwnerRole, Topic
from services.respond.words import Unit, Words, language_of

_WAITED = re.compile(
    r"\b(\d{1,3})\s?(?:\+\s?)?(min(?:ute|uut|uten)?s?|hours?|hrs?|uur|uren|days?|dag(?:en)?|weeks?|weken)\b",
    re.IGNORECASE,
)
_UNITS = {"m": Unit.MINUTE, "h": Unit.HOUR, "u": Unit.HOUR, "d": Unit.DAY, "w": Unit.WEEK}


@dataclass(frozen=True)
class Fix:
    """The owner confirmed it: what was done, and the wait from now on, in minutes and as it is said.

    `own`: these are the owner's words; `ours` are those for that kind of measure.
    """

    done: str
    wait_min: int | None = None
    wait: str | None = None
    own: bool = False
    ours: str | None = None


@dataclass(frozen=True)
class Facts:
    """Everything a text may say. `sources`: per fact, the event or the mention it comes from."""

    kind: Kind
    topic: Topic
    matter: str
    detail: str | None = None
    branch: str | None = None
    process: str | None = None
    told: str | None = None
    """Who was told, once the work order was delivered."""
    fix: Fix | None = None
    outcome: LoopOutcome | None = None
    until: str | None = None
    place_known: bool = False
    answer: str | None = None
    """What we know in reply to a question, in the words we know it in, and where that stands."""
    source: str | None = None
    checked: str | None = None
    """How long after the customer wrote somebody looked: "about 12 minutes"."""
    next_update: str | None = None
    """The day by which they hear from us again; a timer stands behind it."""
    missing: str | None = None
    """What we need and nobody knows, as it is asked."""
    gift: str | None = None
    reason: str | None = None
    """Why an idea is not built, in the words of who decided."""
    humour: int = 0
    language: str = "en"
    sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def where(self) -> str | None:
        """The branch or the matter as customers know it."""
        return self.branch or self.process


@dataclass(frozen=True)
class Told:
    """What notify said about the incident so far. `sources`: opened, located, notified, outcome → id of the event."""

    branch_name: str | None = None
    process_name: str | None = None
    told_role: OwnerRole | None = None
    outcome: LoopOutcome | None = None
    outcome_at: datetime | None = None
    action: FixAction | None = None
    action_phrase: str | None = None
    wait_min: int | None = None
    until_text: str | None = None
    eta_text: str | None = None
    sources: Mapping[str, str] = field(default_factory=dict)


_SOURCE_OF_FACT = {
    "branch": ("located", "opened"),
    "where": ("located", "opened"),
    "told": ("notified",),
    "done": ("outcome",),
    "wait": ("outcome",),
    "until": ("outcome", "acknowledged"),
    "checked": ("outcome",),
}
"""Which of the incident's events a fact rests on; all others rest on the mention."""


def gather(
    mention: Mention,
    assessment: Assessment,
    told: Told | None,
    words: Mapping[str, Words],
    *,
    humour: int = 0,
    next_update_at: datetime | None = None,
) -> Facts:
    """What is known about this mention now, in its language; where that is none of ours, in one that staff read."""
    language = assessment.language if assessment.language in words else next(iter(words))
    known, told = words[language], told or Told()
    topic = assessment.topics[0] if assessment.topics else Topic.OTHER
    return Facts(
        kind=assessment.kind,
        topic=topic,
        matter=known.matter[topic],
        detail=find_detail(mention.text, known),
        branch=told.branch_name,
        process=told.process_name,
        told=known.tellers[told.told_role] if told.told_role else None,
        fix=_fix(told, language, words),
        outcome=told.outcome,
        until=_until(told, language, words),
        place_known=bool(told.branch_name or mention.place or assessment.places),
        checked=_checked(mention, told, known),
        next_update=known.tell_day(next_update_at) if next_update_at else None,
        humour=humour,
        language=language,
        sources=_sources(told),
    )


def _sources(told: Told) -> dict[str, str]:
    found = {
        fact: next((f"{name}:{told.sources[name]}" for name in names if name in told.sources), None)
        for fact, names in _SOURCE_OF_FACT.items()
    }
    return {fact: source for fact, source in found.items() if source}


def _fix(told: Told, language: str, words: Mapping[str, Words]) -> Fix | None:
    """The owner's own words where they are in the customer's language; else ours for that kind of measure."""
    if told.outcome is not LoopOutcome.FIXED:
        return None
    known = words[language]
    wait, ours = known.tell_wait(told.wait_min), known.done[told.action or FixAction.OTHER]
    if told.action_phrase and language_of(told.action_phrase, words) == language:
        return Fix(told.action_phrase, told.wait_min, wait, own=True, ours=ours)
    return Fix(ours, told.wait_min, wait, ours=ours)


def _until(told: Told, language: str, words: Mapping[str, Words]) -> str | None:
    """A time in the owner's words; digits and days are understood anywhere, other words only in their language."""
    text = told.until_text if told.outcome is not None else told.eta_text
    if text is None:
        return None
    spoken = language_of(text, words)
    if spoken == language or (spoken is None and len(words) == 1):
        return text
    names = {name.casefold() for name in (*words[language].weekdays, *words[language].months)}
    said = {part.strip(".,").casefold() for part in text.split()}
    return text if said & names else None


def _checked(mention: Mention, told: Told, words: Words) -> str | None:
    if told.outcome is not LoopOutcome.NOT_OBSERVED or told.outcome_at is None:
        return None
    minutes = round((told.outcome_at - mention.waiting_since).total_seconds() / 60)
    return words.tell_wait(minutes) if minutes >= 1 else None


def find_detail(text: str, words: Words) -> str | None:
    """The first length of time the customer states: "40 minutes"."""
    found = _WAITED.search(text)
    return words.tell_span(int(found.group(1)), _UNITS[found.group(2)[0].lower()]) if found else None
