"""Reads and compiles the tables of the lexicon assessor, once."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from contracts import Topic

OPINIONS = ("positive", "negative", "angry", "rude", "insult_at_people", "threat", "self_harm", "spam")
FACTS = ("breach", "sarcasm", "question", "idea", "about_us", "detail")


@dataclass(frozen=True)
class Lexicon:
    """Compiled tables. Every pattern matches whole words in lower-cased text."""

    version: str
    cues: Mapping[str, re.Pattern[str]]
    urgent: Mapping[str, re.Pattern[str]]
    topics: Mapping[Topic, re.Pattern[str]]


@cache
def load_lexicon() -> Lexicon:
    """The tables that come with this version."""
    raw: dict[str, Any] = yaml.safe_load(
        resources.files("services.classify").joinpath("lexicon.yaml").read_text("utf-8")
    )
    return Lexicon(
        version=raw["version"],
        cues={name: compile_cues(raw[name]) for name in (*OPINIONS, *FACTS)},
        urgent={name: compile_cues(cues) for name, cues in raw["urgent"].items()},
        topics={Topic(name): compile_cues(cues) for name, cues in raw["topics"].items()},
    )


def compile_cues(cues: Sequence[str]) -> re.Pattern[str]:
    """One pattern out of many fragments; it matches at the borders of words only."""
    longest_first = sorted(cues, key=len, reverse=True)
    flexible = [cue.replace(" ?", r"\s*").replace(" ", r"\s+") for cue in longest_first]
    return re.compile(rf"(?<!\w)(?:{'|'.join(flexible)})(?!\w)")
