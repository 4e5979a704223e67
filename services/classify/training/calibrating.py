"""Chooses temperatures and thresholds on the dev hands, which nothing was trained on."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from contracts import Legitimacy, Urgency
from services.classify.assessor import Calibration, Table, doubt, probabilities_of
from services.classify.features import Found
from services.classify.heads import HEADS, slices
from services.classify.training.data import Row, targets

TEMPERATURES = np.geomspace(0.4, 4.0, 60)
WEIGHTS = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
SECOND_SHARE = 0.9
"""How much of the dev texts the second stage is asked about: nearly all, as its four layers are meant to be quick."""
WRONG_HATER_MAX = 0.004
URGENT_PRECISION_MIN = 0.66


def calibrate(rows: Sequence[Row], found: Sequence[Found], first: Table, second: Table | None) -> Calibration:
    """From both stages' scores of `rows`; `second` None: the first stage alone."""
    alone = temperatures(first, rows)
    tables = probabilities_of(first, alone)
    if second is None:
        return Calibration(
            alone, alone, hater_min=_hater_min(tables, rows), urgent_min=_urgent_min(tables, rows, found)
        )
    weight = min(WEIGHTS, key=lambda w: _loss((1 - w) * first + w * second, rows))
    mixed = (1 - weight) * first + weight * second
    both = temperatures(mixed, rows)
    unsure_above = float(np.quantile(doubt(tables), 1 - SECOND_SHARE))
    better = probabilities_of(mixed, both)
    asked = doubt(tables) > unsure_above
    final = {head: np.where(asked[:, None], better[head], tables[head]) for head in tables}
    return Calibration(
        alone,
        both,
        second_weight=weight,
        unsure_above=unsure_above,
        hater_min=max(_hater_min(tables, rows), _hater_min(final, rows)),
        urgent_min=max(_urgent_min(tables, rows, found), _urgent_min(final, rows, found)),
    )


def temperatures(scores: Table, rows: Sequence[Row]) -> dict[str, float]:
    """Per head the one that makes the dev labels least surprising."""
    return {
        head: float(min(TEMPERATURES, key=lambda t: _surprise(scores[:, place] / t, np.array(targets(rows, head)))))
        for head, place in slices().items()
    }


def _loss(scores: Table, rows: Sequence[Row]) -> float:
    cooled = temperatures(scores, rows)
    return sum(
        _surprise(scores[:, place] / cooled[head], np.array(targets(rows, head))) for head, place in slices().items()
    )


def _surprise(scores: npt.NDArray[np.floating], wanted: npt.NDArray[np.int_]) -> float:
    known = wanted >= 0
    shifted = scores - scores.max(1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    return float(-logs[known, wanted[known]].mean())


def _hater_min(tables: Mapping[str, Table], rows: Sequence[Row]) -> float:
    """The lowest line below which hardly any legitimate mention is called a hater's."""
    wanted = np.array(targets(rows, "legitimacy"))
    classes = HEADS["legitimacy"]
    chances = tables["legitimacy"][:, classes.index(Legitimacy.HATER)]
    legitimate = wanted == classes.index(Legitimacy.LEGITIMATE)
    for line in np.arange(0.5, 0.98, 0.02):
        if (chances[legitimate] >= line).mean() <= WRONG_HATER_MAX:
            return round(float(line), 2)
    return 0.98


def _urgent_min(tables: Mapping[str, Table], rows: Sequence[Row], found: Sequence[Found]) -> float:
    """The lowest line at which two of three calls are right, the rules' own among them."""
    classes = HEADS["urgency"]
    wanted = np.array(targets(rows, "urgency")) == classes.index(Urgency.HIGH)
    chances = tables["urgency"][:, classes.index(Urgency.HIGH)]
    ruled = np.array([bool(one.urgent or one.cues.get("threat") or one.cues.get("self_harm")) for one in found])
    for line in np.arange(0.1, 0.9, 0.02):
        called = (chances >= line) | ruled
        if called.any() and wanted[called].mean() >= URGENT_PRECISION_MIN:
            return round(float(line), 2)
    return 0.9
