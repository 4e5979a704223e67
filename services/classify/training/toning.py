"""Fits how much VADER's valences say about the sentiment of general posts: on hands that train nothing else."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from services.classify.assessor import Table
from services.classify.heads import HEADS
from services.classify.tone import inputs, valences_of
from services.classify.training.data import Row, targets

STEPS, RATE, SHRINKAGE = 2_500, 0.2, 0.3
GENERAL_SHARE = 2.0
"""How much a general post counts beside a mention of the dev hands; its three sentiments count alike."""


def fit_tone(mentions: Sequence[Row], general: Sequence[Row], tables: dict[str, Table]) -> list[list[float]]:
    """[8, 3] for `Calibration.tone`. `tables`: probabilities of `mentions`, then of `general`."""
    rows = [*mentions, *general]
    wanted = np.array(targets(rows, "sentiment"))
    counts = np.bincount(wanted[len(mentions) :], minlength=len(HEADS["sentiment"]))
    balanced = GENERAL_SHARE * len(general) / len(counts) / np.maximum(counts, 1)
    weights = np.concatenate([np.ones(len(mentions)), balanced[wanted[len(mentions) :]]])
    valences = np.array([valences_of(row.text) for row in rows], dtype=np.float32)
    parts = inputs(tables["sentiment"], tables["kind"], valences).astype(np.float64)
    logs = np.log(np.maximum(tables["sentiment"], 1e-4)).astype(np.float64)
    return [[round(float(x), 4) for x in row] for row in _descend(parts, logs, wanted, weights)]


def _descend(
    parts: npt.NDArray[np.float64], logs: npt.NDArray[np.float64], wanted: npt.NDArray[np.int_], weights: Table
) -> npt.NDArray[np.float64]:
    """Multinomial logistic regression beside what is known already, by gradient descent with momentum."""
    aims = np.eye(logs.shape[1])[wanted]
    found = np.zeros((parts.shape[1], logs.shape[1]))
    speed = np.zeros_like(found)
    for _ in range(STEPS):
        scores = logs + parts @ found
        chances = np.exp(scores - scores.max(1, keepdims=True))
        chances /= chances.sum(1, keepdims=True)
        slope = parts.T @ ((chances - aims) * weights[:, None]) / weights.sum() + SHRINKAGE / len(logs) * found
        speed = 0.9 * speed + slope
        found -= RATE * speed
    return found
