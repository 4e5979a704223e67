"""What mentions can be about: our twenty topics, and those a company adds with a few example sentences. Pure."""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from contracts import Lane, Severity, Topic, Urgency

EXAMPLES_MIN = 5
_Sentence = Annotated[str, Field(min_length=3, max_length=300)]


class TaxonomyRefused(ValueError):
    """A taxonomy file cannot be used. Each line of the message names a field and what is wrong with it."""


class Entry(BaseModel):
    """One of our topics: what it means, what people write, whose matter it is, how much harm is done."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    definition: str = Field(min_length=3, max_length=300)
    lane: Lane
    severity: Mapping[Urgency, Severity]
    examples: tuple[_Sentence, ...] = Field(min_length=3, max_length=50)

    @model_validator(mode="after")
    def _every_urgency_has_a_severity(self) -> "Entry":
        if missing := [urgency.value for urgency in Urgency if urgency not in self.severity]:
            raise ValueError(f"severity: says nothing about {', '.join(missing)}")
        return self


class OwnEntry(BaseModel):
    """A company's own topic, below one of ours: whatever it leaves out is that one's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    definition: str = Field(min_length=3, max_length=300)
    below: Topic
    lane: Lane | None = None
    examples: tuple[_Sentence, ...] = Field(min_length=EXAMPLES_MIN, max_length=50)


class Taxonomy(BaseModel):
    """Every topic, and the company's own by name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str = Field(min_length=1, max_length=40)
    topics: Mapping[Topic, Entry]
    own: Mapping[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")], OwnEntry] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _every_topic_is_described(self) -> "Taxonomy":
        if missing := [topic.value for topic in Topic if topic not in self.topics]:
            raise ValueError(f"topics: {', '.join(missing)} is not described")
        if taken := [name for name in self.own if name in set(Topic)]:
            raise ValueError(f"own: {taken[0]} is one of ours: choose another name")
        return self

    def severity_of(self, topic: Topic, urgency: Urgency) -> Severity:
        """Of a complaint about `topic`."""
        return self.topics[topic].severity[urgency]

    def lane_of(self, topic: Topic, own: str | None = None) -> Lane:
        """Whose matter it is: the own topic's where there is one that says so."""
        return (self.own[own].lane if own else None) or self.topics[topic].lane


@cache
def load_taxonomy() -> Taxonomy:
    """The one that comes with this version."""
    return read_taxonomy(resources.files("services.classify").joinpath("taxonomy.yaml").read_text("utf-8"))


def with_own(text: str) -> Taxonomy:
    """Ours with the topics under `own` of a company's file. Raises TaxonomyRefused."""
    raw = _parsed(text)
    if unknown := sorted(set(raw) - {"version", "own"}):
        raise TaxonomyRefused(f"{unknown[0]}: is not known here: a company's file has version and own")
    ours = load_taxonomy()
    return _checked({"topics": ours.topics, "version": raw.get("version", ours.version), "own": raw.get("own") or {}})


def read_taxonomy(text: str) -> Taxonomy:
    """A whole taxonomy. Raises TaxonomyRefused."""
    return _checked(_parsed(text))


def _parsed(text: str) -> dict[str, Any]:
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise TaxonomyRefused(f"this is not YAML: {error}") from None
    if not isinstance(raw, dict):
        raise TaxonomyRefused("this is not a mapping: it begins with version")
    return raw


def _checked(raw: Mapping[str, Any]) -> Taxonomy:
    try:
        return Taxonomy.model_validate(raw)
    except ValidationError as error:
        problems = (
            f"{'.'.join(map(str, one['loc'])) or 'file'}: {one['msg']}" for one in error.errors(include_input=False)
        )
        raise TaxonomyRefused("\n".join(problems)) from None
