"""From what a person typed to tokens a model counts: words, emoji by name, stand-ins for links and numbers. Pure."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

CHARACTERS_MAX = 2_000
"""What comes after says nothing new, and costs time."""
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "…": "."})
_TOKEN = re.compile(
    r"(?P<link>https?://\S+|www\.\S+)"
    r"|(?P<handle>@\w+)"
    r"|(?P<money>[£$€₹]\s?\d[\d.,]*|\d[\d.,]*\s?(?:£|€|₹|usd|eur|gbp|naira|rand|rupees|quid|bucks)\b)"
    r"|(?P<time>\d{1,2}[:.]\d{2}\b|\d{1,2}\s?[ap]m\b)"
    r"|(?P<number>\d[\d.,]*)"
    r"|(?P<word>[^\W\d_]+(?:['-][^\W\d_]+)*|\#?\w+)"
    r"|(?P<mark>[!?.,;:)(\-]+)"
    r"|(?P<other>\S)"
)
_LONG = re.compile(r"([^\W\d_])\1{2,}")


def tokens(text: str) -> list[str]:
    """The tokens of `text`, lower-cased, in order; `<caps>` in front where most of it is shouted."""
    cut = text[:CHARACTERS_MAX].translate(_APOSTROPHES)
    shorter = _LONG.sub(r"\1\1", cut.lower())
    found = [token for match in _TOKEN.finditer(shorter) for token in _named(match)]
    return ["<caps>", *found] if is_shouted(cut) else found


def is_shouted(text: str) -> bool:
    """Whether most letters are capitals, eight of them at least."""
    capitals = sum(map(str.isupper, text))
    return capitals > 7 and capitals > 0.6 * sum(map(str.isalpha, text))


def _named(match: re.Match[str]) -> Iterator[str]:
    kind, text = match.lastgroup, match[0]
    if kind == "word":
        yield text.lstrip("#")
    elif kind == "mark":
        yield text[:3] if text[0] in "!?." else text[0]
    elif kind == "other":
        yield from _emoji(text)
    else:
        yield f"<{kind}>"


@lru_cache(4_096)
def _emoji(character: str) -> tuple[str, ...]:
    if unicodedata.category(character) in {"Mn", "Sk", "Cf"}:
        return ()  # skin colours, variation selectors and joiners
    return (f"em:{unicodedata.name(character, 'unknown').lower()}",)


def grams(words: list[str]) -> list[str]:
    """One and two in a row; a pair is joined by a space."""
    return [*words, *(f"{one} {other}" for one, other in pairwise(["<start>", *words, "<end>"]))]


def folded(text: str) -> str:
    """Lower case and plain apostrophes, with every character where it was."""
    plain = text.translate(_QUOTES)
    lowered = plain.lower()
    if len(lowered) == len(plain):
        return lowered
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in plain)


_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"'})
