"""Trains the second stage: MiniLM-L6 under all heads at once as a teacher, and a shorter one that learns from it.

The teacher learns from labels. The student is four of its layers; it learns the labels and what the teacher believes,
of texts nobody labelled too, and is what reads mentions: faster, so that more of them can be read again.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from rich.progress import Progress
from torch import Tensor, nn

from services.classify.heads import OUTPUTS
from services.classify.training.data import Row
from services.classify.training.first import loss_of, target_table
from services.classify.training.minilm import WIDTH, MiniLM, ShortMiniLM, load_minilm, load_tokenizer

PIECES_MAX = 96
BATCH = 32
TEACHER_EPOCHS, STUDENT_EPOCHS = 4, 3
STUDENT_LAYERS = (0, 1, 3, 5)


class SecondStageNet(nn.Module):
    """Token ids and mask → one score per class of every head."""

    def __init__(self, encoder: MiniLM) -> None:
        super().__init__()
        self.encoder = encoder
        self.inner = nn.Linear(WIDTH, WIDTH)
        self.outer = nn.Linear(WIDTH, OUTPUTS)
        self.dropout = nn.Dropout(0.1)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        pooled = self.encoder(ids, mask)
        out: Tensor = self.outer(self.dropout(torch.tanh(self.inner(self.dropout(pooled)))))
        return out

    def shortened(self, kept: Sequence[int] = STUDENT_LAYERS) -> "SecondStageNet":
        """The student before its first lesson: some of the layers, the same heads."""
        student = SecondStageNet(ShortMiniLM(self.encoder, kept))
        student.inner.load_state_dict(self.inner.state_dict())
        student.outer.load_state_dict(self.outer.state_dict())
        return student


class Pieces:
    """Texts → padded ids and mask."""

    def __init__(self) -> None:
        self.tokenizer = load_tokenizer()
        self.tokenizer.enable_truncation(PIECES_MAX)

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        return [one.ids for one in self.tokenizer.encode_batch(list(texts))]


def padded(lists: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Ids and mask, [batch, longest]."""
    longest = max(map(len, lists))
    ids = torch.tensor([[*one, *[0] * (longest - len(one))] for one in lists])
    mask = torch.tensor([[1] * len(one) + [0] * (longest - len(one)) for one in lists])
    return ids, mask


@dataclass(frozen=True)
class Lessons:
    """What is learnt: texts, with the aims and weights `target_table` gives, and how often all are read."""

    texts: Sequence[str]
    aims: tuple[Tensor, Tensor]
    epochs: int
    named: str


def train_teacher(rows: Sequence[Row], seed: int, checkpoint: Path | None = None) -> SecondStageNet:
    """All layers are trained, all heads at once. `checkpoint`: where each epoch is kept, and gone on from."""
    torch.manual_seed(seed)
    net = SecondStageNet(load_minilm())
    lessons = Lessons([row.text for row in rows], target_table(rows), TEACHER_EPOCHS, "training the teacher")
    return _trained(net, lessons, seed, checkpoint)


def train_student(
    teacher: SecondStageNet,
    rows: Sequence[Row],
    aims: tuple[Tensor, Tensor],
    seed: int,
    checkpoint: Path | None = None,
) -> SecondStageNet:
    """What the service reads with. `aims`: labels and what the teacher believes, see `teaching.py`."""
    torch.manual_seed(seed)
    lessons = Lessons([row.text for row in rows], aims, STUDENT_EPOCHS, "training the second stage")
    return _trained(teacher.shortened(), lessons, seed, checkpoint)


def _trained(net: SecondStageNet, lessons: Lessons, seed: int, checkpoint: Path | None) -> SecondStageNet:
    encoded, (wanted, weights) = Pieces().encode(lessons.texts), lessons.aims
    slow = [p for name, p in net.named_parameters() if name.startswith("encoder")]
    fast = [p for name, p in net.named_parameters() if not name.startswith("encoder")]
    optimiser = torch.optim.AdamW([{"params": slow}, {"params": fast}], lr=1e-4, weight_decay=0.01)
    steps = lessons.epochs * -(-len(encoded) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, [1.2e-4, 1e-3], total_steps=steps, pct_start=0.1)
    first_epoch = _resume(checkpoint, net, optimiser, schedule)
    with Progress() as progress:
        size = len(encoded)
        task = progress.add_task(lessons.named, total=lessons.epochs * size, completed=first_epoch * size)
        for epoch in range(first_epoch, lessons.epochs):
            net.train()
            for chosen in _batches(encoded, random.Random(seed + epoch)):
                with torch.autocast("cpu", dtype=torch.bfloat16, enabled=_halves_are_fast()):
                    scores = net(*padded([encoded[i] for i in chosen]))
                loss = loss_of(scores.float(), wanted[chosen], weights[chosen])
                optimiser.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(net.parameters(), 1.0)
                optimiser.step()
                if schedule.last_epoch < steps:
                    schedule.step()
                progress.advance(task, len(chosen))
            if checkpoint is not None:
                state = {
                    "net": net.state_dict(),
                    "optimiser": optimiser.state_dict(),
                    "schedule": schedule.state_dict(),
                }
                torch.save({"epoch": epoch + 1, **state}, checkpoint)
    net.eval()
    return net


def _halves_are_fast() -> bool:
    """Whether this processor multiplies sixteen-bit numbers itself: a step takes a third less time."""
    return bool(torch.cpu._is_avx512_bf16_supported())


def _resume(
    checkpoint: Path | None,
    net: nn.Module,
    optimiser: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
) -> int:
    if checkpoint is None or not checkpoint.exists():
        return 0
    saved = torch.load(checkpoint, weights_only=True)
    net.load_state_dict(saved["net"])
    optimiser.load_state_dict(saved["optimiser"])
    schedule.load_state_dict(saved["schedule"])
    return int(saved["epoch"])


def _batches(encoded: Sequence[Sequence[int]], chance: random.Random) -> list[list[int]]:
    """Texts of like length together, so that little is padded; batches in random order."""
    order = sorted(range(len(encoded)), key=lambda index: len(encoded[index]) + chance.random() * 6)
    batches = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
    chance.shuffle(batches)
    return batches


def score_second(net: SecondStageNet, texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """Scores, [texts, classes of all heads]."""
    encoded = Pieces().encode(texts)
    scores = np.zeros((len(texts), OUTPUTS), dtype=np.float32)
    order = sorted(range(len(texts)), key=lambda index: len(encoded[index]))
    with torch.inference_mode():
        for start in range(0, len(order), 128):
            chosen = order[start : start + 128]
            scores[chosen] = net(*padded([encoded[i] for i in chosen])).numpy()
    return scores
