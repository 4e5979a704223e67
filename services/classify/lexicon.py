"""Reads the tables of the lexicon, once: cues by what they say, topics by the words they come with."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from contracts import Topic
from services.classify.cues import CueIndex

OPINIONS = ("positive", "negative", "angry", "rude", "insult_at_people", "threat", "self_harm", "spam")
FACTS = ("breach", "sarcasm", "question", "idea", "about_us", "detail")


@dataclass(frozen=True)
class Lexicon:
    """The names of all tables, and an index that finds every cue of every one, in that order."""

    version: str
    cues: tuple[str, ...]
    topics: tuple[Topic, ...]
    urgent: tuple[str, ...]
    index: CueIndex


@cache
def load_lexicon() -> Lexicon:
    """The tables that come with this version."""
    raw = load_tables()
    tables: dict[str, Mapping[str, list[str]]] = {
        "cue": {name: raw[name] for name in (*OPINIONS, *FACTS)},
        "topic": raw["topics"],
        "urgent": raw["urgent"],
    }
    return Lexicon(
        version=raw["version"],
        cues=tuple(tables["cue"]),
        topics=tuple(Topic(name) for name in tables["topic"]),
        urgent=tuple(tables["urgent"]),
        index=CueIndex({f"{sort} {name}": cues for sort, some in tables.items() for name, cues in some.items()}),
    )


def load_tables() -> dict[str, Any]:
    """As they stand in the file."""
    tables: dict[str, Any] = yaml.safe_load(
        resources.files("services.classify").joinpath("lexicon.yaml").read_text("utf-8")
    )
    return tables
