"""Playbooks: what we say in which situation, as data. A language is a folder, a playbook a YAML file in it. Pure.

A reply is made of parts in order, each with several wordings; the wordings that fit the facts are combined, so that
many customers of one incident read different texts. Texts are Jinja, in a sandbox that knows the facts only.
"""

import itertools
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Annotated, Any

import yaml
from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from contracts import Kind, LoopOutcome, ReplyKind, Topic
from services.respond.facts import Facts, Fix
from services.respond.gates import plain

CHOICE = 100
"""So many combinations are looked at together, and those whose wordings were used least go first."""


class PlaybookRefused(Exception):
    """A playbook file cannot be used. Each line of the message names the file, the place and what is wrong there."""


class Situation(StrEnum):
    """What a text is for."""

    TOLD = "told"
    HEARD = "heard"
    FIXED = "fixed"
    NOT_OBSERVED = "not_observed"
    CANNOT_FIX = "cannot_fix"
    ANSWER = "answer"


class Fact(StrEnum):
    """What a wording may need, or only fit without."""

    DETAIL = "detail"
    BRANCH = "branch"
    WHERE = "where"
    WAIT = "wait"
    UNTIL = "until"
    PLACE = "place"


def situation_of(kind: ReplyKind, facts: Facts) -> Situation:
    """What a reply of `kind` has to say, as the facts stand."""
    if kind is ReplyKind.ACKNOWLEDGEMENT:
        return Situation.TOLD if facts.told else Situation.HEARD
    if kind is ReplyKind.OUTCOME and facts.outcome is not None:
        return Situation(facts.outcome.value)
    return Situation.ANSWER


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(autoescape=False, undefined=StrictUndefined)
    environment.filters["capital"] = lambda text: text[:1].upper() + text[1:]
    return environment


_JINJA = _environment()


def _plain_text(value: Any) -> Any:
    return {"text": value} if isinstance(value, str) else value


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Wording(_Part):
    """One way to say one part; fits where its needs are known, what it lacks is not, and its topics are the matter."""

    text: str = Field(min_length=1, max_length=400)
    needs: tuple[Fact, ...] = ()
    lacks: tuple[Fact, ...] = ()
    topics: tuple[Topic, ...] = ()

    @cached_property
    def template(self) -> Template:
        return _JINJA.from_string(self.text)

    @model_validator(mode="after")
    def _renders(self) -> "Wording":
        try:
            self.template.render(_context(_FULL))
            self.template.render(_context(_bare(self)))
        except TemplateError as error:
            raise ValueError(f"does not render: {error.message}") from None
        return self

    def said(self, context: Mapping[str, Any]) -> str:
        """The words, with the facts in them; most need none, and no rendering."""
        text = self.template.render(context) if "{" in self.text else self.text
        return " ".join(text.split())

    def fits(self, facts: Facts, known: Mapping[Fact, Any]) -> bool:
        return (
            all(known[fact] for fact in self.needs)
            and not any(known[fact] for fact in self.lacks)
            and (not self.topics or facts.topic in self.topics)
        )


AnyWording = Annotated[Wording, BeforeValidator(_plain_text)]
Wordings = Annotated[tuple[AnyWording, ...], Field(min_length=1, max_length=100)]


class Playbook(_Part):
    """What we say to mentions of its kinds and topics; without topics, to whatever no other playbook has."""

    playbook: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    version: int = Field(ge=1)
    kinds: tuple[Kind, ...] = Field(min_length=1)
    topics: tuple[Topic, ...] = ()
    replies: Mapping[Situation, Annotated[tuple[Wordings, ...], Field(min_length=1, max_length=6)]]

    @property
    def name(self) -> str:
        return f"{self.playbook}@{self.version}"

    @model_validator(mode="after")
    def _complete(self) -> "Playbook":
        wanted = set(Situation) if Kind.COMPLAINT in self.kinds else {Situation.ANSWER}
        if missing := sorted(wanted - set(self.replies)):
            raise ValueError(f"says nothing for {', '.join(missing)}")
        return self

    def texts(
        self, situation: Situation, facts: Facts, seed: int, recent: Sequence[str] = ()
    ) -> Iterator[tuple[str, str]]:
        """Variant and text of every combination that fits, in an order that `seed` decides.

        `recent`: what the account said last, already plain; wordings that stand there come late.
        """
        parts = self._fitting(situation, facts)
        said = "\n".join(recent)
        used = [[said.count(_plain_wording(text)) * len(text) if said else 0 for _, text in part] for part in parts]
        walk = _in_some_order([range(len(part)) for part in parts], seed)
        while choice := list(itertools.islice(walk, CHOICE)):
            choice.sort(key=lambda picks: sum(uses[pick] for uses, pick in zip(used, picks, strict=True)))
            for picks in choice:
                picked = [part[pick] for part, pick in zip(parts, picks, strict=True)]
                variant = ".".join(str(index) for index, _ in picked)
                yield f"{situation.value}-{variant}", " ".join(text for _, text in picked)

    def _fitting(self, situation: Situation, facts: Facts) -> list[list[tuple[int, str]]]:
        """Per part that has any: index and text of the wordings that fit."""
        known, context = _known(facts), _context(facts)
        parts = [
            [(index, wording.said(context)) for index, wording in enumerate(part) if wording.fits(facts, known)]
            for part in self.replies[situation]
        ]
        return [part for part in parts if part]


@lru_cache(4_096)
def _plain_wording(text: str) -> str:
    """The same few wordings are compared again and again; whole replies are not kept."""
    return plain(text)


def _in_some_order(parts: Sequence[range], seed: int) -> Iterator[tuple[int, ...]]:
    """Every combination once, without making them all: from a start that `seed` gives, in strides that miss none."""
    total = math.prod(map(len, parts))
    chance = random.Random(seed)  # noqa: S311  # variety, not secrecy
    place, stride = chance.randrange(total), chance.randrange(1, total + 1)
    while math.gcd(stride, total) > 1:
        stride += 1
    for _ in range(total):
        rest, picks = place, []
        for part in parts:
            rest, pick = divmod(rest, len(part))
            picks.append(pick)
        yield tuple(picks)
        place = (place + stride) % total


def _known(facts: Facts) -> dict[Fact, Any]:
    return {
        Fact.DETAIL: facts.detail,
        Fact.BRANCH: facts.branch,
        Fact.WHERE: facts.where,
        Fact.WAIT: tell_wait(facts.fix),
        Fact.UNTIL: facts.until,
        Fact.PLACE: facts.place_known,
    }


def _context(facts: Facts) -> dict[str, Any]:
    return {
        "matter": facts.matter,
        "detail": facts.detail,
        "branch": facts.branch,
        "where": facts.where,
        "told": facts.told,
        "done": facts.fix.done if facts.fix else None,
        "wait": tell_wait(facts.fix),
        "until": facts.until,
    }


def tell_wait(fix: Fix | None) -> str | None:
    """A wait as people say it; "under a minute" for none."""
    if fix is None or fix.wait_min is None:
        return None
    if fix.wait_min < 60:
        return {0: "under a minute", 1: "about a minute"}.get(fix.wait_min, f"about {fix.wait_min} minutes")
    hours = round(fix.wait_min / 60)
    return "about an hour" if hours == 1 else f"about {hours} hours"


_FULL = Facts(
    kind=Kind.COMPLAINT,
    topic=Topic.WAIT_TIME,
    matter="the wait",
    detail="40 minutes",
    branch="High Street",
    told="the manager",
    fix=Fix("moved staff", 5),
    outcome=LoopOutcome.FIXED,
    until="until Tuesday",
    place_known=True,
)


def _bare(wording: Wording) -> Facts:
    """Only what the wording says it needs, and what its situation always has."""
    needs = set(wording.needs)
    return Facts(
        kind=Kind.COMPLAINT,
        topic=Topic.OTHER,
        matter="the wait",
        detail="40 minutes" if Fact.DETAIL in needs else None,
        branch="High Street" if needs & {Fact.BRANCH, Fact.WHERE} else None,
        told="the manager",
        fix=Fix("moved staff", 5 if Fact.WAIT in needs else None),
        until="until Tuesday" if Fact.UNTIL in needs else None,
    )


@dataclass(frozen=True)
class Playbooks:
    """All playbooks, by language (ISO 639-1)."""

    of_language: Mapping[str, Sequence[Playbook]]

    @property
    def languages(self) -> frozenset[str]:
        return frozenset(self.of_language)

    def find(self, language: str, kind: Kind, topic: Topic) -> Playbook | None:
        """The playbook for the topic, else the one for all others; None: nothing to say, a person is needed."""
        books = [book for book in self.of_language.get(language, ()) if kind in book.kinds]
        special = next((book for book in books if topic in book.topics), None)
        return special or next((book for book in books if not book.topics), None)


def load_playbooks(files: Mapping[str, str]) -> Playbooks:
    """Read `files`: "en/queue.yaml" → its text. Raises PlaybookRefused with one line per problem."""
    found: dict[str, list[Playbook]] = {}
    problems: list[str] = []
    for name, text in sorted(files.items()):
        try:
            found.setdefault(name.split("/")[0], []).append(Playbook.model_validate(yaml.safe_load(text)))
        except yaml.YAMLError as error:
            problems.append(f"{name}: this is not YAML: {error}")
        except ValidationError as error:
            problems += [f"{name}: {'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in error.errors()]
    if problems:
        raise PlaybookRefused("\n".join(problems))
    return Playbooks(found)
