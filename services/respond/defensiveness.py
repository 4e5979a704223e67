"""Measures how defensive a text is, clause by clause and as a whole, and says which clause it is and how. Pure.

A text is blocked where its worst clause and the whole together say so, or where one clause alone says so loudly.
Weights: `model/`, made by `python -m services.respond.training`.
"""

import json
import zlib
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from math import sqrt
from typing import Any

from services.respond.features import BITS, Seen, look

KINDS = (
    "denial",
    "blame_customer",
    "blame_third_party",
    "policy_shield",
    "excuse",
    "minimising",
    "sarcasm",
    "arguing",
    "image_protection",
)
KIND_BITS = 14
TEXTS_KEPT = 1_024
MANIFEST, TABLES = "defensiveness.json", "defensiveness.z"


@dataclass(frozen=True)
class Judged:
    """`score` ≥ 0: defensive. `clauses`: span, kind and score of each clause to be named, the worst first."""

    score: float
    clauses: tuple[tuple[int, int, str, float], ...]

    @property
    def defensive(self) -> bool:
        return self.score >= 0


@dataclass(frozen=True)
class Scale:
    """One linear head: eight-bit weights of the grams with their common scale, weights of the stances, and a bias."""

    grams: Sequence[int]
    scale: float
    stances: Mapping[str, float]
    bias: float
    mask: int = (1 << BITS) - 1

    def weigh(self, seen: Seen) -> float:
        """Above 0 the head says yes."""
        table, mask = self.grams, self.mask
        total = sum([table[place & mask] for place in seen.grams])
        weights = self.stances
        extra = sum(weights[name] for name in sorted(seen.stances) if name in weights)
        return total * self.scale / sqrt(max(len(seen.grams), 1)) + extra + self.bias


@dataclass(frozen=True)
class Detector:
    """Weights and how to apply them."""

    clause: Scale
    whole: Scale
    kinds: Mapping[str, Scale]
    together_min: float
    clause_min: float

    def judge(self, text: str) -> Judged:
        """How defensive `text` is."""
        whole, seen = look(text)
        weighed = sorted(((self.clause.weigh(one), one) for one in seen), key=lambda pair: (-pair[0], pair[1].start))
        worst = weighed[0][0]
        score = max(worst + self.whole.weigh(whole) - self.together_min, worst - self.clause_min)
        if score < 0:
            return Judged(score, ())
        named = [pair for place, pair in enumerate(weighed) if place == 0 or pair[0] >= self.clause_min]
        return Judged(score, tuple((one.start, one.end, self.kind_of(one), weight) for weight, one in named))

    def kind_of(self, seen: Seen) -> str:
        """What kind of defence a clause is, if it is any."""
        return max(KINDS, key=lambda kind: self.kinds[kind].weigh(seen))


def load_detector(manifest: str, tables: bytes) -> Detector:
    """The detector out of the two files that training wrote."""
    raw: dict[str, Any] = json.loads(manifest)
    flat = array("b")
    flat.frombytes(zlib.decompress(tables))
    size, small = 1 << BITS, 1 << KIND_BITS
    heads = {"clause": flat[:size], "whole": flat[size : 2 * size]}
    for place, kind in enumerate(KINDS):
        start = 2 * size + place * small
        heads[kind] = flat[start : start + small]
    scales = {
        name: Scale(
            table,
            raw["heads"][name]["scale"],
            raw["heads"][name]["stances"],
            raw["heads"][name]["bias"],
            len(table) - 1,
        )
        for name, table in heads.items()
    }
    kinds = {kind: scales[kind] for kind in KINDS}
    return Detector(scales["clause"], scales["whole"], kinds, raw["together_min"], raw["clause_min"])


@cache
def detector() -> Detector:
    """The one that comes with this version."""
    folder = resources.files("services.respond").joinpath("model")
    return load_detector(folder.joinpath(MANIFEST).read_text("utf-8"), folder.joinpath(TABLES).read_bytes())


@lru_cache(TEXTS_KEPT)
def judge(text: str) -> Judged:
    """How defensive `text` is, by the weights of this version; our own last texts are remembered."""
    return detector().judge(text)
