"""What a branch's short answer says: fixed, under way, not possible, not seen, not ours, or unclear. Pure.

Weights learnt from answers of our own say how likely each status is; rules stand above them. "Fixed" needs a word that
says so and no word that takes it back, since a customer may read it; words that are not understood are unclear, and
the owner is asked once more. The page shows how an answer was understood before customers are told.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from services.notify.answer_cues import cue_names
from services.notify.answer_measures import find_action, find_phrase
from services.notify.answer_model import load_model
from services.notify.answer_text import own_words, plain_words
from services.notify.answer_times import find_eta_text, read_times

FIXED_MIN = 0.6
"""Below this "fixed" is not claimed: the owner is asked."""
SURE_MIN = 0.4
"""Below this nothing is claimed."""


class AnswerStatus(StrEnum):
    """What the owner says about the problem."""

    FIXED = "fixed"
    IN_PROGRESS = "in_progress"
    CANNOT_FIX = "cannot_fix"
    NOT_OBSERVED = "not_observed"
    WRONG_BRANCH = "wrong_branch"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class Answer:
    """`wait_min`: customers' wait after the measure; `eta_min`: until it is done; both in minutes.

    `action_phrase` stands after "has" ("heeft", "hat", "a", "ha") and holds no name; `eta_text` is a time that is no
    duration, in the owner's words.
    """

    status: AnswerStatus
    action: str | None = None
    action_phrase: str | None = None
    wait_min: int | None = None
    eta_min: int | None = None
    eta_text: str | None = None


EVIDENCE = frozenset(
    [
        "done_word",
        "participle_first",
        "participle_mine",
        "participle_passive",
        "participle_after_noun",
        "participle_other",
        "again",
        "back_on",
        "now_state",
        "again_any",
        "state_out",
        "now_min",
        "resource_more",
        "number_of_people",
        "gone",
        "handed_over",
        "resolved_negative",
        "so_far",
    ]
)
"""One of these has to stand in what is called fixed."""
TAKEN_BACK = frozenset(
    ["hedge", "doubt", "counterfact", "auto_reply", "not_done", "not_yet", "relapse", "dont_tell", "question", "away"]
)
"""None of these may, unless what is said last is that it works."""
NOT_YET = frozenset({"not_done", "not_yet", "relapse"})
_OVERCOME = frozenset({"so_far", "resolved_negative"})

TIMED = frozenset({AnswerStatus.IN_PROGRESS, AnswerStatus.CANNOT_FIX})
AHEAD = frozenset({AnswerStatus.IN_PROGRESS})


def parse_answer(text: str) -> Answer:
    """Read an owner's words, up to 2,000 characters of them; later ones are a signature or a quoted mail."""
    said = own_words(text)
    status, stated = _status(said)
    if status is AnswerStatus.UNCLEAR:
        return Answer(status)
    folded = plain_words(stated)
    times = read_times(folded, done=status is AnswerStatus.FIXED, ahead=status in AHEAD)
    action = find_action(folded) if status is AnswerStatus.FIXED else None
    return Answer(
        status=status,
        action=action.value if action else None,
        action_phrase=find_phrase(stated) if status is AnswerStatus.FIXED else None,
        wait_min=times.wait_min,
        eta_min=times.eta_min,
        eta_text=find_eta_text(stated) if status in TIMED else None,
    )


def _status(said: str) -> tuple[AnswerStatus, str]:
    """The status, and the words it rests on: a question beside a statement is left out."""
    sentences = re.split(r"(?<=[.!?])\s+", said)
    stated = " ".join(sentence for sentence in sentences if not re.search(r"[?？]\W*$", sentence))
    if not re.search(r"\w", stated):
        # A sign may say it (a tick), a question does not.
        return (AnswerStatus.UNCLEAR if "?" in said or not said else _read(said)), said
    return _read(stated), stated


def _read(said: str) -> AnswerStatus:
    folded = plain_words(said)
    cues = frozenset(cue_names(folded, said))
    if "auto_reply" in cues:
        return AnswerStatus.UNCLEAR
    chances = load_model().chances(folded, said)
    best = max(chances, key=lambda status: chances[status])
    if best == AnswerStatus.FIXED and not _is_fixed(cues, chances[best]):
        return _next_best(chances, cues)
    return _sure(best, chances[best], cues)


def _sure(status: str, chance: float, cues: Collection[str]) -> AnswerStatus:
    """Where nothing is likely enough, "not yet" still says that it is under way; otherwise it is asked."""
    if chance >= SURE_MIN:
        return AnswerStatus(status)
    return AnswerStatus.IN_PROGRESS if NOT_YET & frozenset(cues) else AnswerStatus.UNCLEAR


def _is_fixed(cues: Collection[str], chance: float) -> bool:
    taken_back = any(cue in cues for cue in TAKEN_BACK) and not any(cue in cues for cue in _OVERCOME)
    return chance >= FIXED_MIN and any(cue in cues for cue in EVIDENCE) and not taken_back


def _next_best(chances: dict[str, float], cues: Collection[str]) -> AnswerStatus:
    """What else it may be: under way where the words say that it is not done."""
    if NOT_YET & frozenset(cues):
        return AnswerStatus.IN_PROGRESS
    rest = {status: chance for status, chance in chances.items() if status != AnswerStatus.FIXED}
    best = max(rest, key=lambda status: rest[status])
    return _sure(best, rest[best], cues)
