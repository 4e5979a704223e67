"""An answer as the features the weights are for: cues, pairs of cues, its words, and its sequence of known words. Pure.

In the sequence every word that few families share becomes "_": "the lift is back on" reads as "the till is back on".
"""

import itertools
import re
from collections.abc import Collection, Sequence

from services.notify.answer_cues import cue_names

TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)?|[^\w\s]")
TOKENS_MAX = 120
CUE, PAIR, WORD, ROW = 1.0, 0.3, 0.5, 0.4
"""How loud each kind of feature speaks before it is weighed."""


def tokens_of(folded: str) -> list[str]:
    """Words and signs; a number is a number."""
    # A full stop at the end says nothing: some write it, some do not.
    ended = folded.rstrip(" .!") or folded
    return ["#" if token.isdigit() else token for token in TOKEN.findall(ended)][:TOKENS_MAX]


def features(folded: str, said: str, shared: Collection[str]) -> dict[str, float]:
    """`folded`: the plain words; `said`: the same as written; `shared`: the words that stand for themselves."""
    tokens, cues = tokens_of(folded), sorted(set(cue_names(folded, said)))
    found = {f"c:{cue}": CUE for cue in cues}
    found |= {f"x:{one}&{two}": PAIR for one, two in itertools.combinations(cues, 2)}
    found |= {f"w:{token}": WORD for token in tokens}
    row = _row(tokens, shared)
    found |= {f"s:{' '.join(pair)}": ROW for pair in itertools.pairwise(row)}
    found |= {f"t:{' '.join(three)}": ROW for three in zip(row, row[1:], row[2:], strict=False)}
    return found


def _row(tokens: Sequence[str], shared: Collection[str]) -> list[str]:
    kept = ["^", *(token if token in shared else "_" for token in tokens), "$"]
    return [token for at, token in enumerate(kept) if not (token == "_" and kept[at - 1] == "_")]  # noqa: S105
