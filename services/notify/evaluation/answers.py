"""How well owners' answers are understood: on our own answers, known and held apart, and on others' where they are.

The worst error is counted alone: "fixed" said of something that is not, since customers would be told.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.notify.answers import Answer, AnswerStatus, parse_answer

HERE = Path(__file__).parent
OWN = {"own_known": HERE / "answers_known.jsonl", "own_apart": HERE / "answers_apart.jsonl"}
SAYS = {
    "own_known": "our own, the families learnt from",
    "own_apart": "our own, families held apart",
    "answers": "written by others",
}

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Score:
    """Shares right, and counts of the errors that matter most."""

    rows: int
    status: float
    wait_min: float
    eta_min: float
    eta_text: float
    not_fixed: int
    wrong_fixed: int
    missed_fixed: int
    phrases: int
    phrases_kept: int


def measure(data: Path) -> tuple[str, dict[str, float]]:
    """A section of markdown, and the figures by name. `data`: a folder that may hold answers/*.jsonl."""
    sets = {name: read_rows([path]) for name, path in OWN.items()}
    others = read_rows(sorted((data / "answers").glob("*.jsonl")))
    scores = {name: score(rows) for name, rows in {**sets, "answers": others}.items() if rows}
    return _section(scores), {f"{name}_{key}": value for name, one in scores.items() for key, value in _flat(one)}


def read_rows(paths: Iterable[Path]) -> list[Row]:
    """The labelled answers in these files."""
    return [json.loads(line) for path in paths for line in path.read_text("utf-8").splitlines() if line.strip()]


def score(rows: Sequence[Row]) -> Score:
    """Hold what is understood against what was meant; a key that is not there was not said."""
    pairs = [(parse_answer(row["text"]), row["expected"]) for row in rows]
    wanted = [row["holds"] for row in rows if "holds" in row]
    kept = [_holds(parse_answer(row["text"]), row["holds"]) for row in rows if "holds" in row]
    claims = [answer for answer, meant in pairs if meant["status"] != AnswerStatus.FIXED]
    return Score(
        rows=len(pairs),
        status=_share(answer.status == meant["status"] for answer, meant in pairs),
        wait_min=_share(answer.wait_min == meant.get("wait_min") for answer, meant in pairs),
        eta_min=_share(answer.eta_min == meant.get("eta_min") for answer, meant in pairs),
        eta_text=_share(_says_when(answer, meant) for answer, meant in pairs),
        not_fixed=len(claims),
        wrong_fixed=sum(answer.status is AnswerStatus.FIXED for answer in claims),
        missed_fixed=sum(
            answer.status is not AnswerStatus.FIXED for answer, meant in pairs if meant["status"] == AnswerStatus.FIXED
        ),
        phrases=len(wanted),
        phrases_kept=sum(kept),
    )


def _share(right: Iterable[bool]) -> float:
    found = list(right)
    return round(sum(found) / len(found), 4)


def _says_when(answer: Answer, meant: Mapping[str, Any]) -> bool:
    """The day or hour is among the words; a duration may stand there in minutes instead."""
    wanted = meant.get("eta_text")
    if wanted is None or (meant.get("eta_min") is not None and answer.eta_min == meant["eta_min"]):
        return True
    return wanted.casefold() in (answer.eta_text or "").casefold()


def _holds(answer: Answer, words: Sequence[str]) -> bool:
    phrase = (answer.action_phrase or "").casefold()
    return all(word.casefold() in phrase for word in words)


def _flat(one: Score) -> list[tuple[str, float]]:
    return [
        (name, float(value))
        for name, value in vars(one).items()
        if name not in {"phrases", "phrases_kept"} or one.phrases
    ]


def _section(scores: Mapping[str, Score]) -> str:
    lines = [
        "## Owners' answers",
        "",
        "| answers | n | status | wait | until done | day or hour | wrongly “fixed” | missed “fixed” | in words |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, one in scores.items():
        words = f"{one.phrases_kept} of {one.phrases}" if one.phrases else "–"
        lines.append(
            f"| {SAYS[name]} | {one.rows} | {one.status:.1%} | {one.wait_min:.1%} | {one.eta_min:.1%} | "
            f"{one.eta_text:.1%} | {one.wrong_fixed} of {one.not_fixed} | {one.missed_fixed} | {words} |"
        )
    return "\n".join(lines) + "\n"
