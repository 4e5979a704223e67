"""The corpus and the green sets as labelled rows. What a set does not label is left open, and trains no head."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contracts import Legitimacy
from services.classify.heads import HEADS

CORPUS = Path(__file__).resolve().parent.parent / "corpus"
TEST_HANDS, DEV_HANDS, TONE_HANDS = ("06", "08"), ("07",), ("29", "30", "31")
"""Whole hands, with their businesses and voices: no style is on both sides. Tone: general posts, see `tone.py`."""


@dataclass(frozen=True)
class Row:
    """One text and what is known about it: head → class. `topics`: all of them, best first."""

    id: str
    text: str
    labels: Mapping[str, str]
    topics: tuple[str, ...] = ()
    places: tuple[tuple[int, int], ...] = ()
    weight: float = 1.0
    second: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Split:
    """What is trained on, what temperatures and thresholds are chosen on, and what is only measured."""

    train: list[Row] = field(default_factory=list)
    dev: list[Row] = field(default_factory=list)
    test: list[Row] = field(default_factory=list)
    tone: list[Row] = field(default_factory=list)


def load_corpus(folder: Path = CORPUS) -> Split:
    """Every hand's file, split by hand."""
    split = Split()
    held_apart = {TEST_HANDS: split.test, DEV_HANDS: split.dev, TONE_HANDS: split.tone}
    of_hand = {hand: rows for hands, rows in held_apart.items() for hand in hands}
    for path in sorted(folder.glob("hand*.jsonl")):
        of_hand.get(path.stem.removeprefix("hand"), split.train).extend(read_rows(path))
    return split


class DataRefused(Exception):
    """A file of labelled rows cannot be used. Each line of the message names a line, a field and what is wrong."""


def read_rows(path: Path) -> list[Row]:
    """Labelled mentions, one JSON object a line: text, and any of the heads. Raises DataRefused."""
    rows, problems = [], []
    for number, line in enumerate(path.read_text("utf-8").split("\n"), start=1):
        if line.strip():
            try:
                rows.append(_row(json.loads(line), f"{path.stem}-{number}"))
            except (ValueError, TypeError, AttributeError) as error:
                problems.append(f"{path.name}: line {number}: {error}")
    if problems:
        raise DataRefused("\n".join(problems[:20]))
    return rows


def _row(raw: Mapping[str, Any], fallback_id: str) -> Row:
    text = raw.get("text")
    if not isinstance(text, str) or not text.strip():
        raise ValueError("text: is missing or empty")
    labels = {}
    for head, classes in HEADS.items():
        value = raw.get("topics", [None])[0] if head == "topic" else raw.get(head)
        if value is None:
            continue
        if str(value) not in classes:
            raise ValueError(f"{head}: {value!r} is not one of {', '.join(classes)}")
        labels[head] = str(value)
    if not labels:
        raise ValueError(f"holds no label: name at least one of {', '.join(HEADS)} (topics for topic)")
    topics = tuple(raw.get("topics", ()))
    if unknown := [topic for topic in topics if topic not in HEADS["topic"]]:
        raise ValueError(f"topics: {unknown[0]!r} is not one of {', '.join(HEADS['topic'])}")
    places = tuple((int(start), int(end)) for start, end in raw.get("places", ()))
    return Row(str(raw.get("id", fallback_id)), text, labels, topics, places, second=raw.get("passes", {}))


def fingerprint(rows: Sequence[Row], seed: int) -> str:
    """Twelve signs that change with any text, label or weight: what was begun on other rows is not gone on with."""
    said = [[row.text, sorted(row.labels.items()), row.topics, row.weight] for row in rows]
    return hashlib.sha256(json.dumps([seed, said]).encode()).hexdigest()[:12]


def load_green(folder: Path) -> list[Row]:
    """The green sets below `folder` whose licences allow training; none where they are not there."""
    rows = list[Row]()
    for name, read in _GREEN.items():
        path = folder / name
        if path.exists():
            rows += [row for number, raw in enumerate(_objects(path)) if (row := read(f"{path.stem}-{number}", raw))]
    return rows


def load_pairs(folder: Path = CORPUS) -> list[tuple[str, str]]:
    """Thirty times the same meaning in standard English and in a dialect; only measured, never trained on."""
    return [(str(raw["standard"]), str(raw["dialect"])) for raw in _objects(folder / "dialect_pairs.jsonl")]


def texts_of(path: Path) -> list[str]:
    """The texts of a set, without its labels; none where it is not there."""
    return [str(raw["text"]) for raw in _objects(path)] if path.exists() else []


def _objects(path: Path) -> Iterator[Mapping[str, Any]]:
    for line in path.read_text("utf-8").split("\n"):
        if line.strip():
            yield json.loads(line)


def _uci(name: str, raw: Mapping[str, Any]) -> Row | None:
    """Review sentences; a handful are in another language and say nothing of what they are labelled."""
    if not raw["text"].isascii() or len(raw["text"]) < 12:
        return None
    return Row(name, raw["text"], {"sentiment": raw["sentiment"]}, weight=0.5)


def _spam(name: str, raw: Mapping[str, Any]) -> Row | None:
    return Row(name, raw["text"], {"legitimacy": Legitimacy.SPAM.value}, weight=0.3) if raw["spam"] else None


_GREEN = {"uci_sentences.jsonl": _uci, "sms_spam.jsonl": _spam, "youtube_spam.jsonl": _spam}


def targets(rows: Sequence[Row], head: str) -> list[int]:
    """Class numbers, -1 where a row says nothing about `head`."""
    classes = HEADS[head]
    return [classes.index(row.labels[head]) if head in row.labels else -1 for row in rows]
