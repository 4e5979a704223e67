"""How good an assessor is: on our own test hands, and on other people's sets that nothing was trained on."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from contracts import Legitimacy, Urgency
from services.classify.assessor import Assessor, Judged
from services.classify.heads import HEADS
from services.classify.model import load_assessor
from services.classify.training.data import Row

BINS = 15
CHUNK = 256
UNHURRIED_SECONDS = 600.0


def measure_own(folder: Path, rows: Sequence[Row]) -> dict[str, dict[str, float]]:
    """Stage → figure → value, on labelled rows."""
    return {name: own_figures(judge_all(assessor, [r.text for r in rows]), rows) for name, assessor in stages(folder)}


def stages(folder: Path) -> list[tuple[str, Assessor]]:
    """The first stage alone, and the cascade with all the time it wants."""
    return [
        ("first", load_assessor(folder, second=False)),
        ("cascade", load_assessor(folder, seconds_max=UNHURRIED_SECONDS, threads=2)),
    ]


def judge_all(assessor: Assessor, texts: Sequence[str]) -> list[Judged]:
    """In chunks, as a service would."""
    starts = range(0, len(texts), CHUNK)
    return [judged for start in starts for judged in assessor.assess(texts[start : start + CHUNK])]


def own_figures(judged: Sequence[Judged], rows: Sequence[Row]) -> dict[str, float]:
    """Every figure of the model card, between 0 and 1."""
    figures = {f"{head}_accuracy": _accuracy(judged, rows, head) for head in ("sentiment", "anger", "kind", "topic")}
    pairs = [(one, row) for one, row in zip(judged, rows, strict=True) if row.topics]
    figures["topic_top2"] = _mean(row.topics[0] in ranked(one, "topic")[:2] for one, row in pairs)
    figures |= _urgency_figures(judged, rows) | _legitimacy_figures(judged, rows)
    for head in HEADS:
        figures[f"{head}_calibration_error"] = calibration_error(judged, rows, head)
        figures[f"{head}_accuracy_at_80"] = accuracy_at(judged, rows, head, 0.8)
    figures["second_stage_share"] = _mean(one.stage == "second" for one in judged)
    return {name: round(value, 4) for name, value in figures.items()}


def dialect_figures(assessor: Assessor, pairs: Sequence[tuple[str, str]]) -> dict[str, float]:
    """How often a dialect is judged as standard English with the same meaning is; and is called a hater's."""
    standard = judge_all(assessor, [one for one, _ in pairs])
    dialect = judge_all(assessor, [other for _, other in pairs])
    both = list(zip(standard, dialect, strict=True))
    figures = {
        f"same_{head}": _mean(ranked(a, head)[0] == ranked(b, head)[0] for a, b in both)
        for head in ("sentiment", "kind", "legitimacy")
    }
    hater = Legitimacy.HATER
    return figures | {
        "standard_called_hater": _mean(one.assessment.legitimacy is hater for one in standard),
        "dialect_called_hater": _mean(one.assessment.legitimacy is hater for one in dialect),
    }


def ranked(judged: Judged, head: str) -> list[str]:
    """Classes of a head, the most likely first."""
    chances = judged.probabilities[head]
    return sorted(chances, key=lambda name: -chances[name])


def _mean(values: Any) -> float:
    found = list(values)
    return float(np.mean(found)) if found else 0.0


def _accuracy(judged: Sequence[Judged], rows: Sequence[Row], head: str) -> float:
    pairs = zip(judged, rows, strict=True)
    return _mean(ranked(one, head)[0] == row.labels[head] for one, row in pairs if head in row.labels)


def _urgency_figures(judged: Sequence[Judged], rows: Sequence[Row]) -> dict[str, float]:
    called = np.array([one.urgency is Urgency.HIGH for one in judged])
    wanted = np.array([row.labels.get("urgency") == Urgency.HIGH for row in rows])
    return {
        "urgency_high_recall": float(called[wanted].mean()) if wanted.any() else 0.0,
        "urgency_high_precision": float(wanted[called].mean()) if called.any() else 0.0,
    }


def _legitimacy_figures(judged: Sequence[Judged], rows: Sequence[Row]) -> dict[str, float]:
    given = [str(one.assessment.legitimacy) for one in judged]
    wanted = [row.labels.get("legitimacy", "") for row in rows]
    sure = [(g, w) for g, w in zip(given, wanted, strict=True) if g != Legitimacy.UNSURE]
    legitimate = [g for g, w in zip(given, wanted, strict=True) if w == Legitimacy.LEGITIMATE]
    return {
        "legitimacy_macro_f1": macro_f1([w for _, w in sure], [g for g, _ in sure], HEADS["legitimacy"]),
        "legitimacy_macro_f1_forced": macro_f1(
            wanted, [ranked(one, "legitimacy")[0] for one in judged], HEADS["legitimacy"]
        ),
        "legitimate_called_hater": _mean(g == Legitimacy.HATER for g in legitimate),
        "legitimacy_unsure": _mean(g == Legitimacy.UNSURE for g in given),
    }


def macro_f1(wanted: Sequence[str], given: Sequence[str], classes: Sequence[str]) -> float:
    """The mean over the classes of the harmonic mean of precision and recall."""
    scores = []
    for name in classes:
        hit = sum(w == g == name for w, g in zip(wanted, given, strict=True))
        named = sum(g == name for g in given) + sum(w == name for w in wanted)
        scores.append(2 * hit / named if named else 0.0)
    return float(np.mean(scores))


def macro_recall(wanted: Sequence[str], given: Sequence[str], classes: Sequence[str]) -> float:
    """The mean over the classes of how many of each are found."""
    return _mean(_mean(g == w for w, g in zip(wanted, given, strict=True) if w == name) for name in classes)


def calibration_error(judged: Sequence[Judged], rows: Sequence[Row], head: str) -> float:
    """Expected calibration error over fifteen equal bins of the best class's probability."""
    sure, right = _sureness(judged, rows, head)
    if not len(sure):
        return 0.0
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    gaps = [
        (bins == number).mean() * abs(sure[bins == number].mean() - right[bins == number].mean())
        for number in range(BINS)
        if (bins == number).any()
    ]
    return float(sum(gaps))


def accuracy_at(judged: Sequence[Judged], rows: Sequence[Row], head: str, coverage: float) -> float:
    """How many are right of the surest `coverage` of all."""
    sure, right = _sureness(judged, rows, head)
    surest = np.argsort(-sure)[: max(1, int(len(sure) * coverage))]
    return float(right[surest].mean()) if len(sure) else 0.0


def _sureness(
    judged: Sequence[Judged], rows: Sequence[Row], head: str
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    pairs = [(one, row) for one, row in zip(judged, rows, strict=True) if head in row.labels]
    sure = np.array([max(one.probabilities[head].values()) for one, _ in pairs])
    right = np.array([ranked(one, head)[0] == row.labels[head] for one, row in pairs], dtype=bool)
    return sure, right
