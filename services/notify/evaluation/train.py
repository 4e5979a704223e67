"""Learns the weights of `answer_weights.json` from our own answers: `python -m services.notify.evaluation.train`.

Softmax regression by Adam, numpy only, the same result for the same data. The families held apart are never read here.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.notify.answer_features import features, tokens_of
from services.notify.answer_model import WEIGHTS
from services.notify.answer_text import own_words, plain_words
from services.notify.evaluation.patterns import made_answers

KNOWN = Path(__file__).with_name("answers_known.jsonl")
STATUSES = ("fixed", "in_progress", "cannot_fix", "not_observed", "wrong_branch", "unclear")
FAMILIES_MIN = 3
"""A word that so many families use stands for itself."""
MADE_PER_PATTERN, MADE_WEIGHT, SEED = 4, 0.3, 1
PENALTY, STEPS, RATE = 0.0001, 200, 0.05
KEPT_MIN = 0.02
"""Weights that say less are left out."""

Floats = NDArray[np.float32]


def read_rows(path: Path) -> list[Mapping[str, Any]]:
    """The labelled answers of a file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def shared_words(texts: Sequence[str], families: Sequence[str]) -> list[str]:
    """The words that stand for themselves."""
    used: defaultdict[str, set[str]] = defaultdict(set)
    for text, family in zip(texts, families, strict=True):
        for token in tokens_of(text):
            used[token].add(family)
    return sorted(token for token, where in used.items() if len(where) >= FAMILIES_MIN)


def train(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What `answer_weights.json` holds, learnt from `rows` and the made answers."""
    made = list(made_answers(MADE_PER_PATTERN, SEED))
    said = [own_words(row["text"]) for row in rows]
    shared = shared_words([plain_words(text) for text in said], [row["family"] for row in rows])
    said += [own_words(text) for text, _ in made]
    statuses = [row["expected"]["status"] for row in rows] + [status for _, status in made]
    counted = np.array([1.0] * len(rows) + [MADE_WEIGHT] * len(made), np.float32)
    found = [features(plain_words(text), text, frozenset(shared)) for text in said]
    names = _names(found)
    weights = _fit(_matrix(found, names), np.array([STATUSES.index(status) for status in statuses]), counted)
    kept = {name: [round(float(one), 2) for one in weights[at]] for at, name in enumerate(names)}
    return {
        "statuses": STATUSES,
        "bias": [round(float(one), 3) for one in weights[-1]],
        "weights": {name: row for name, row in kept.items() if max(map(abs, row)) >= KEPT_MIN},
        "shared": shared,
    }


def _names(found: Sequence[Mapping[str, float]]) -> list[str]:
    counts = Counter(name for one in found for name in one)
    return sorted(name for name, count in counts.items() if count > 1)


def _matrix(found: Sequence[Mapping[str, float]], names: Collection[str]) -> Floats:
    column = {name: at for at, name in enumerate(names)}
    matrix = np.zeros((len(found), len(column) + 1), np.float32)
    matrix[:, -1] = 1
    for row, one in enumerate(found):
        for name, value in one.items():
            if name in column:
                matrix[row, column[name]] = value
    return matrix


def _fit(matrix: Floats, labels: NDArray[np.int64], counted: Floats) -> Floats:
    weights = np.zeros((matrix.shape[1], len(STATUSES)), np.float32)
    wanted = np.eye(len(STATUSES), dtype=np.float32)[labels]
    share = (counted / counted.sum())[:, None]
    first, second = np.zeros_like(weights), np.zeros_like(weights)
    penalised = np.ones((len(weights), 1), np.float32)
    penalised[-1] = 0
    for step in range(1, STEPS + 1):
        totals = matrix @ weights
        raised = np.exp(totals - totals.max(1, keepdims=True))
        slope = matrix.T @ ((raised / raised.sum(1, keepdims=True) - wanted) * share) + PENALTY * weights * penalised
        first = np.float32(0.9) * first + np.float32(0.1) * slope
        second = np.float32(0.999) * second + np.float32(0.001) * slope**2
        scale = np.sqrt(second / np.float32(1 - 0.999**step)) + np.float32(1e-8)
        weights -= np.float32(RATE) * (first / np.float32(1 - 0.9**step)) / scale
    return weights


def main() -> None:
    """Write the weights."""
    kept = train(read_rows(KNOWN))
    lines = ",\n".join(
        f"{json.dumps(name, ensure_ascii=False)}:{json.dumps(row)}" for name, row in kept["weights"].items()
    )
    head = {name: value for name, value in kept.items() if name != "weights"}
    WEIGHTS.write_text(json.dumps(head, ensure_ascii=False)[:-1] + ',\n"weights":{\n' + lines + "}}\n", "utf-8")


if __name__ == "__main__":
    main()
