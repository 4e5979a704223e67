"""Trains the first stage: a table of grams, distilled word vectors and the lexicon's cues under six heads."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from rich.progress import track
from torch import Tensor, nn

from services.classify.features import Vocabulary, cue_names, cue_vector, find, gram_places
from services.classify.heads import HEADS, OUTPUTS, slices
from services.classify.lexicon import load_lexicon
from services.classify.text import folded, grams, tokens
from services.classify.training.data import Row

HIDDEN = 256
EPOCHS, BATCH = 24, 64
GRAMS_MIN = 2
GRAMS_LEFT_OUT = 0.3
HEAD_WEIGHTS = {"sentiment": 1.0, "anger": 0.5, "kind": 1.0, "legitimacy": 1.2, "topic": 1.2, "urgency": 0.8}


@dataclass(frozen=True)
class Example:
    """One text as numbers: which grams, which words, how many of each cue."""

    grams: list[int]
    words: list[int]
    cues: list[float]


class FirstStageNet(nn.Module):
    """Grams, words and cues → one score per class of every head."""

    def __init__(self, grams_count: int, vectors: npt.NDArray[np.float32], cues_count: int) -> None:
        super().__init__()
        self.grams = nn.EmbeddingBag(grams_count + 1, OUTPUTS, mode="sum", padding_idx=grams_count)
        nn.init.zeros_(self.grams.weight)
        self.vectors = nn.EmbeddingBag.from_pretrained(torch.from_numpy(vectors), mode="sum", freeze=True)
        self.inner = nn.Linear(vectors.shape[1] + cues_count, HIDDEN)
        self.outer = nn.Linear(HIDDEN, OUTPUTS)
        self.cues = nn.Linear(cues_count, OUTPUTS)
        self.dropout = nn.Dropout(0.4)

    def forward(self, batch: Sequence[Example]) -> Tensor:
        grams = self._bag(self.grams, [self._some(one.grams) for one in batch], scaled=True)
        meant = nn.functional.normalize(self._bag(self.vectors, [one.words for one in batch], scaled=False), dim=1)
        cues = torch.tensor([one.cues for one in batch])
        inner = torch.relu(self.inner(torch.cat([meant * 4, cues], 1)))
        out: Tensor = grams + self.cues(cues) + self.outer(self.dropout(inner))
        return out

    def _some(self, places: list[int]) -> list[int]:
        """Training leaves a part of the grams out, so that no single one is relied on."""
        return [place for place in places if random.random() > GRAMS_LEFT_OUT] if self.training else places

    @staticmethod
    def _bag(bag: nn.EmbeddingBag, lists: Sequence[Sequence[int]], *, scaled: bool) -> Tensor:
        offsets = torch.tensor([0, *np.cumsum([len(one) for one in lists])[:-1]], dtype=torch.long)
        flat = torch.tensor([place for one in lists for place in one], dtype=torch.long)
        summed: Tensor = bag(flat, offsets)
        if not scaled:
            return summed
        return summed / torch.tensor([max(len(one), 1) ** 0.5 for one in lists])[:, None]


def known_grams(rows: Sequence[Row]) -> list[str]:
    """Those that occur in at least two training texts."""
    counts = Counter(gram for row in rows for gram in set(grams(tokens(row.text))))
    return sorted(gram for gram, count in counts.items() if count >= GRAMS_MIN)


class Reader:
    """Turns texts into examples."""

    def __init__(self, gram_list: Sequence[str], vocabulary: Sequence[str]) -> None:
        self._grams = {gram: place for place, gram in enumerate(gram_list)}
        self._words = Vocabulary(vocabulary)
        self._lexicon = load_lexicon()
        self.cues_count = len(cue_names(self._lexicon))

    def read(self, text: str) -> Example:
        words = tokens(text)
        found = find(folded(text), self._lexicon)
        places = [place for word in words for place in self._words.places(word)]
        return Example(gram_places(words, self._grams), places, cue_vector(words, found, self._lexicon))


def target_table(rows: Sequence[Row]) -> tuple[Tensor, Tensor]:
    """Per row a distribution over every head's classes, and the weight each head has in it."""
    where = slices()
    wanted = torch.zeros(len(rows), OUTPUTS)
    weights = torch.zeros(len(rows), len(HEADS))
    for number, row in enumerate(rows):
        for column, (head, classes) in enumerate(HEADS.items()):
            if head not in row.labels:
                continue
            weights[number, column] = row.weight * HEAD_WEIGHTS[head]
            start = where[head].start
            wanted[number, start + classes.index(row.labels[head])] = 1.0
            if head == "topic" and len(row.topics) > 1:
                wanted[number, where[head]] = 0.0
                for share, topic in zip((0.7, 0.2, 0.1), row.topics, strict=False):
                    wanted[number, start + classes.index(topic)] += share
    return wanted, weights


def loss_of(scores: Tensor, wanted: Tensor, weights: Tensor, smoothing: float = 0.03) -> Tensor:
    """Cross entropy of every head, each row as heavy as it is labelled."""
    total = scores.new_zeros(())
    for column, (head, place) in enumerate(slices().items()):
        soft = wanted[:, place] * (1 - smoothing) + smoothing / len(HEADS[head])
        each = -(soft * scores[:, place].log_softmax(1)).sum(1)
        total = total + (each * weights[:, column]).sum() / len(scores)
    return total


def train_first(
    rows: Sequence[Row],
    aims: tuple[Tensor, Tensor],
    vocabulary: Sequence[str],
    vectors: npt.NDArray[np.float32],
    seed: int,
) -> tuple[FirstStageNet, list[str], Reader]:
    """The trained net, its grams, and the reader that goes with it. `aims`: as `target_table` gives them."""
    random.seed(seed)
    torch.manual_seed(seed)
    gram_list = known_grams(rows)
    reader = Reader(gram_list, vocabulary)
    examples = [reader.read(row.text) for row in track(rows, description="reading the texts")]
    net = FirstStageNet(len(gram_list), vectors, reader.cues_count)
    wanted, weights = aims
    groups: list[dict[str, Any]] = [
        {"params": net.grams.parameters(), "weight_decay": 3e-4, "lr": 6e-3},
        {"params": [*net.inner.parameters(), *net.outer.parameters(), *net.cues.parameters()], "weight_decay": 0.02},
    ]
    optimiser = torch.optim.AdamW(groups, lr=2e-3)
    steps = EPOCHS * -(-len(rows) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, [8e-3, 2e-3], total_steps=steps, pct_start=0.1)
    for _ in track(range(EPOCHS), description="training the first stage"):
        net.train()
        order = torch.randperm(len(rows))
        for start in range(0, len(rows), BATCH):
            chosen = order[start : start + BATCH]
            scores = net([examples[index] for index in chosen])
            loss = loss_of(scores, wanted[chosen], weights[chosen])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return net.eval(), gram_list, reader
