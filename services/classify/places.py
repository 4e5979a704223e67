"""Words that may name a place: a guess for notify, which knows the branches. Pure."""

import re

from contracts import PlacePhrase

_NAME = r"[A-Z][\w'’-]+(?:\s+(?:[A-Z][\w'’-]+|of|the|upon|under))*(?:\s+[A-Z][\w'’-]+)?"
_PLACE = re.compile(rf"(?:\b(?:at|in|from|near|by|outside)\s+(?:the\s+|your\s+)?|\byour\s+|\bthe\s+)({_NAME})")
_HASHTAG = re.compile(r"#([A-Z]\w+)")
_NOT_PLACES = re.compile(r"(?:I|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|Christmas|Twitter|DM)\b")


def places_in(text: str) -> tuple[PlacePhrase, ...]:
    """Words that may name a place: capitals after a preposition, and hashtags."""
    matches = [*_PLACE.finditer(text), *_HASHTAG.finditer(text)]
    return tuple(
        PlacePhrase(text=match[1], start=match.start(1), end=match.end(1))
        for match in matches
        if not _NOT_PLACES.match(match[1])
    )
