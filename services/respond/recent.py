"""What an account said last: a new text is compared with it, and what is least like it comes first. Pure."""

import re
from collections.abc import Hashable, Iterable

from rapidfuzz import fuzz, process

SIMILAR_MAX = 85.0
RECENT_MAX = 200
_NAMES_AND_NUMBERS = re.compile(r"(?<![.!?]\s)(?<!^)\b[A-Z]\w*\b|\d+|[@#]\w+")
_SPACES = re.compile(r"\s+")


def plain(text: str) -> str:
    """`text` for comparing: without names, numbers and capitals."""
    return _SPACES.sub(" ", _NAMES_AND_NUMBERS.sub("", text)).strip().lower()


class Recent:
    """The last texts of one account, newest first, already plain; which of them hold a wording is remembered."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._texts = list(texts)[:RECENT_MAX]
        self._holding: dict[str, int] = {}
        self.worn_out: set[Hashable] = set()
        """Matters there was no new text left for; none is looked for again while this is kept."""

    def __len__(self) -> int:
        return len(self._texts)

    def add(self, text: str) -> None:
        """A new text, as it is written; the oldest is forgotten where there are too many."""
        newest = plain(text)
        self._texts.insert(0, newest)
        del self._texts[RECENT_MAX:]
        kept = (1 << len(self._texts)) - 1
        for wording, held in self._holding.items():
            self._holding[wording] = (held << 1 | (wording in newest)) & kept

    def newest(self, count: int) -> "Recent":
        """Only the last `count`."""
        return Recent(self._texts[:count])

    def holding(self, wording: str) -> int:
        """Which of them hold a wording, already plain: bit 0 is the newest."""
        if wording not in self._holding:
            self._holding[wording] = sum(1 << place for place, text in enumerate(self._texts) if wording in text)
        return self._holding[wording]

    def has_like(self, text: str) -> bool:
        """Whether one of them is nearly the same as `text`: above 85 of 100 of rapidfuzz's ratio."""
        if not self._texts:
            return False
        just_above = SIMILAR_MAX + 0.001
        return process.extractOne(plain(text), self._texts, scorer=fuzz.ratio, score_cutoff=just_above) is not None
