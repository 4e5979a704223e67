"""Dutch read word by word as English, so that a model that has read English sees what is meant. Pure.

A language has a table here when it has playbooks: what nobody can answer goes to a person anyway. Spans always count
the customer's own characters; only what the model reads is glossed.
"""

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources

LANGUAGES = ("nl",)
WORDS_MAX = 3
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+")


def glossed(text: str, language: str) -> str:
    """`text` with every known row of words in English; the text itself where its language has no table."""
    if language not in LANGUAGES:
        return text
    table = _table(language)
    parts, end = list[str](), 0
    words = list(_WORD.finditer(text))
    index = 0
    while index < len(words):
        count, english = _longest(words[index : index + WORDS_MAX], table, text)
        first, last = words[index], words[index + count - 1]
        parts += [text[end : first.start()], english if english is not None else text[first.start() : last.end()]]
        end, index = last.end(), index + count
    return "".join([*parts, text[end:]])


def _longest(words: list[re.Match[str]], table: Mapping[str, str], text: str) -> tuple[int, str | None]:
    """How many words were understood together, and as what; one word and None where nothing was."""
    for count in range(len(words), 0, -1):
        row = text[words[0].start() : words[count - 1].end()]
        english = table.get(" ".join(row.lower().replace("’", "'").split()))
        if english is not None:
            return count, english
    return 1, None


@cache
def _table(language: str) -> Mapping[str, str]:
    source = resources.files("services.classify").joinpath("glosses").joinpath(f"{language}.txt").read_text("utf-8")
    rows = (line.split(" = ", 1) for line in source.splitlines() if line.strip() and not line.startswith("#"))
    return {theirs.strip(): english.strip() for theirs, english in rows}
