"""The teacher teaches both stages: what it believes of texts nobody labelled is what the first learns to believe."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from services.classify.heads import slices
from services.classify.training.data import Row, texts_of
from services.classify.training.first import HEAD_WEIGHTS, target_table

UNLABELLED = ("goemotions.jsonl", "banking77.jsonl", "surge_toxicity.jsonl", "sms_spam.jsonl", "youtube_spam.jsonl")
"""Green sets whose own labels do not help; their words do."""
TEACHER_SHARE = 0.6
UNLABELLED_WEIGHT = 0.5
CHARACTERS_MIN = 15


def unlabelled_rows(folder: Path, most: int) -> list[Row]:
    """Texts of the green sets, spread over all of them."""
    rows = list[Row]()
    for name in UNLABELLED:
        texts = [text for text in texts_of(folder / name) if len(text) >= CHARACTERS_MIN]
        stride = max(1, len(texts) * len(UNLABELLED) // most)
        rows += [Row(f"{name}-{number}", text, {}) for number, text in enumerate(texts[::stride])]
    return rows


def taught(rows: Sequence[Row], believed: npt.NDArray[np.float32]) -> tuple[Tensor, Tensor]:
    """Aims for the first stage: labels mixed with what the teacher believes; scores in, as the teacher gives them."""
    wanted, weights = target_table(rows)
    beliefs = torch.from_numpy(believed)
    for column, (head, place) in enumerate(slices().items()):
        soft = beliefs[:, place].softmax(1)
        labelled = torch.tensor([head in row.labels for row in rows])
        mixed = wanted[:, place] * (1 - TEACHER_SHARE) + soft * TEACHER_SHARE
        wanted[:, place] = torch.where(labelled[:, None], mixed, soft)
        taught_weight = torch.full((len(rows),), HEAD_WEIGHTS[head] * UNLABELLED_WEIGHT)
        weights[:, column] = torch.where(labelled, weights[:, column], taught_weight)
    return wanted, weights
