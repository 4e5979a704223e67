"""How a story's strings are looked for in a text. Pure."""

import re

_SPACES = re.compile(r"\s+")
_ALIKE = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "‑": "-", "\u00a0": " ", "\u202f": " "}
)

CONDITIONS = (
    *("once", "when", "as soon as", "until", "till", "after", "if", "before", "whether", "by the time", "the moment"),
    *("zodra", "wanneer", "als", "tot", "totdat", "nadat", "of"),
    *("sobald", "wenn", "bis", "falls", "nachdem", "ob"),
    *("dès que", "quand", "lorsque", "une fois que", "si", "jusqu'à ce que"),
    *("en cuanto", "cuando", "hasta que", "si", "una vez que"),
)
"""What makes a claim a condition: "once it is fixed" claims nothing."""
CLAUSE_CHARACTERS_MAX = 80

_ANY_CONDITION = "|".join(sorted(map(re.escape, CONDITIONS), key=len, reverse=True))
_CONDITION = re.compile(rf"\b(?:{_ANY_CONDITION})\b[^.!?;:]{{0,{CLAUSE_CHARACTERS_MAX}}}$")


def plain(text: str) -> str:
    """Lower case, one space between words, quotes and dashes of one kind."""
    return _SPACES.sub(" ", text.translate(_ALIKE)).strip().lower()


def holds(text: str, words: str) -> bool:
    """Whether `words` stand in `text`; a number at their edge is a number of its own: 5 min is not in 15 min."""
    wanted = plain(words)
    if not wanted:
        return False
    before = r"(?<![\d.,:])" if wanted[0].isdigit() else ""
    after = r"(?![\d]|[.,:]\d)" if wanted[-1].isdigit() else ""
    return re.search(before + re.escape(wanted) + after, plain(text)) is not None


def claims(text: str, words: str) -> bool:
    """Whether `text` says `words` as a fact: on word boundaries, and not within a condition."""
    wanted, read = plain(words), plain(text)
    if not wanted:
        return False
    before = r"(?<!\w)" if wanted[0].isalnum() else ""
    after = r"(?!\w)" if wanted[-1].isalnum() else ""
    return any(
        not _CONDITION.search(read[: hit.start()]) for hit in re.finditer(before + re.escape(wanted) + after, read)
    )
