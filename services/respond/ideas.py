"""Whether two customers ask for the same thing. Pure.

Only near repeats are joined: a person can tell two requesters more than one idea costs little, telling somebody of a
thing they never asked for costs trust.
"""

from collections.abc import Sequence
from uuid import UUID

from rapidfuzz import fuzz, process, utils

SAME_MIN = 88.0
CHARACTERS_MIN = 15


def same_idea(text: str, known: Sequence[tuple[UUID, str]]) -> UUID | None:
    """The idea among `known` (id and first words) that `text` asks for too."""
    if len(text) < CHARACTERS_MIN or not known:
        return None
    texts = [said for _, said in known]
    found = process.extractOne(
        text, texts, scorer=fuzz.token_sort_ratio, processor=utils.default_process, score_cutoff=SAME_MIN
    )
    return known[found[2]][0] if found else None
