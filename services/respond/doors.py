"""The open door at the end of an answer: welcome after it, never instead of it. Pure.

"Anything else, we are here" is kind to somebody whose question was answered, and an insult to somebody who stated a
problem and got nothing else.
"""

import re
from collections.abc import Iterator

from contracts import GateFinding, Kind
from services.respond.facts import Facts

OPEN_DOOR = re.compile(
    r"\banything else\b|\b(?:any|more|other|further) questions?\b|\bif (?:anything|something) (?:else )?comes up\b"
    r"|\bwe(?: are|'re) (?:always |right )?here\b|\bhere (?:for you|to help|if you|whenever)\b|\bask away\b"
    r"|\bhow (?:can|may) (?:we|i) help\b|\blet us know if\b",
    re.IGNORECASE,
)
POLITE = re.compile(
    r"\b(?:hi|hello|hey|dear|good (?:morning|afternoon|evening)|thanks?|thank you|for|your|the|message|asking|question"
    r"|reaching out|writing|in touch|getting|us|to|you|we|so|much|great|there|please|just)\b",
    re.IGNORECASE,
)
WORD = re.compile(r"[^\W_]+")
OWN_WORDS_MIN = 5
"""So many words that are not courtesies make an answer where we cannot know what the answer is."""
CARRIED_MIN = 0.5
"""The share of the known answer's words that has to stand before the door."""


def is_after_answer(text: str, facts: Facts, start: int) -> bool:
    """Whether a question was answered before the character `start`."""
    if facts.kind is not Kind.QUESTION:
        return False
    before = text[:start]
    if facts.answer is None:
        return len(WORD.findall(POLITE.sub(" ", before))) >= OWN_WORDS_MIN
    wanted = {word.casefold() for word in WORD.findall(facts.answer)}
    there = {word.casefold() for word in WORD.findall(before)}
    return len(wanted & there) >= CARRIED_MIN * len(wanted)


def doors_instead_of_answers(text: str, facts: Facts) -> Iterator[GateFinding]:
    """An open door with nothing behind it."""
    if facts.kind is not Kind.QUESTION:
        return
    found = OPEN_DOOR.search(text.replace("’", "'"))
    if found is not None and not is_after_answer(text, facts, found.start()):
        yield GateFinding(code="open_door_without_answer", start=found.start(), end=found.end())
