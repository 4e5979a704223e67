"""Trains the second stage: MiniLM-L6 under all heads at once, then eight bits a weight, as one ONNX file."""

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from rich.progress import Progress
from torch import Tensor, nn

from services.classify.heads import OUTPUTS
from services.classify.training.data import Row
from services.classify.training.first import loss_of, target_table
from services.classify.training.minilm import WIDTH, load_minilm, load_tokenizer

PIECES_MAX = 96
EPOCHS, BATCH = 4, 32


class SecondStageNet(nn.Module):
    """Token ids and mask → one score per class of every head."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = load_minilm()
        self.inner = nn.Linear(WIDTH, WIDTH)
        self.outer = nn.Linear(WIDTH, OUTPUTS)
        self.dropout = nn.Dropout(0.1)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        pooled = self.encoder(ids, mask)
        out: Tensor = self.outer(self.dropout(torch.tanh(self.inner(self.dropout(pooled)))))
        return out


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


def train_second(rows: Sequence[Row], seed: int, checkpoint: Path | None = None) -> SecondStageNet:
    """All layers are trained, all heads at once. `checkpoint`: where each epoch is kept, and gone on from."""
    torch.manual_seed(seed)
    net, pieces = SecondStageNet(), Pieces()
    encoded = pieces.encode([row.text for row in rows])
    wanted, weights = target_table(rows)
    slow = [p for name, p in net.named_parameters() if name.startswith("encoder")]
    fast = [p for name, p in net.named_parameters() if not name.startswith("encoder")]
    optimiser = torch.optim.AdamW([{"params": slow}, {"params": fast}], lr=1e-4, weight_decay=0.01)
    steps = EPOCHS * -(-len(rows) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, [1.2e-4, 1e-3], total_steps=steps, pct_start=0.1)
    first_epoch = _resume(checkpoint, net, optimiser, schedule)
    with Progress() as progress:
        task = progress.add_task(
            "training the second stage", total=EPOCHS * len(rows), completed=first_epoch * len(rows)
        )
        for epoch in range(first_epoch, EPOCHS):
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
