"""Logistic regression over places and stances, in numpy: full batches and nothing random, so it can be repeated."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from services.respond.defensiveness import Scale
from services.respond.features import Seen, stances

STANCE_SHARE = 0.5
"""How much a stance weighs beside the grams before any weight is learned."""
STEPS = 120
PULL, STANCE_PULL = 3e-5, 1e-4
Numbers = npt.NDArray[np.float64]


class _Adam:
    """One vector of weights and how far it has moved."""

    def __init__(self, size: int) -> None:
        self.values: Numbers = np.zeros(size)
        self._mean: Numbers = np.zeros(size)
        self._square: Numbers = np.zeros(size)

    def step(self, slope: Numbers, number: int) -> None:
        pace = 0.1 * (1 - number / STEPS) + 1e-3
        self._mean = 0.9 * self._mean + 0.1 * slope
        self._square = 0.99 * self._square + 0.01 * slope**2
        mean, square = self._mean / (1 - 0.9**number), self._square / (1 - 0.99**number)
        self.values -= pace * mean / (np.sqrt(square) + 1e-8)


def fit(seen: Sequence[Seen], labels: Sequence[bool], bits: int, shares_of: Sequence[float] | None = None) -> Scale:
    """The head that tells the labels apart; both labels weigh the same, however many there are of each.

    `shares_of`: how much each one weighs among those of its label; without it, all the same.
    """
    mask = (1 << bits) - 1
    lists = [np.unique(np.fromiter((place & mask for place in one.grams), dtype=np.int64)) for one in seen]
    sizes = np.array([max(len(one.grams), 1) for one in seen], dtype=np.float64)
    flat, rows, shares = _flat(lists, sizes)
    names = sorted(stances())
    table = np.array([[name in one.stances for name in names] for one in seen], dtype=np.float64) * STANCE_SHARE
    wanted = np.array(labels, dtype=np.float64)
    weights = _weights(wanted, np.ones(len(wanted)) if shares_of is None else np.array(shares_of, dtype=np.float64))
    places, inner = np.unique(flat, return_inverse=True)
    grams, extra, bias = _Adam(len(places)), _Adam(len(names)), _Adam(1)
    for number in range(1, STEPS + 1):
        sums = np.bincount(rows, weights=grams.values[inner] * shares, minlength=len(seen))
        slope = (1 / (1 + np.exp(-(sums + table @ extra.values + bias.values[0]))) - wanted) * weights
        pulled = np.bincount(inner, weights=slope[rows] * shares, minlength=len(places))
        grams.step(pulled + PULL * grams.values, number)
        extra.step(table.T @ slope + STANCE_PULL * extra.values, number)
        bias.step(np.array([slope.sum()]), number)
    return _scale(places, grams.values, dict(zip(names, extra.values, strict=True)), float(bias.values[0]), bits)


def _weights(wanted: Numbers, shares: Numbers) -> Numbers:
    yes, no = float(shares @ wanted), float(shares @ (1 - wanted))
    weights: Numbers = shares * np.where(wanted > 0, 0.5 / yes, 0.5 / no)
    return weights


def _flat(lists: Sequence[npt.NDArray[np.int64]], sizes: Numbers) -> tuple[Any, Any, Numbers]:
    lengths = [len(one) for one in lists]
    rows = np.repeat(np.arange(len(lists)), lengths)
    shares: Numbers = np.repeat(1 / np.sqrt(sizes), lengths)
    return np.concatenate(lists), rows, shares


def _scale(places: npt.NDArray[np.int64], values: Numbers, extra: dict[str, float], bias: float, bits: int) -> Scale:
    """Eight bits a gram."""
    step = float(np.abs(values).max()) / 127
    table = np.zeros(1 << bits, dtype=np.int8)
    table[places] = np.round(values / step).astype(np.int8)
    weights = {name: round(float(value) * STANCE_SHARE, 4) for name, value in extra.items()}
    return Scale(table.tolist(), round(step, 8), weights, round(bias, 4), (1 << bits) - 1)
