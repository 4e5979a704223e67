"""Playbooks: what we say in which situation, as data. A language is a folder, a playbook a YAML file in it. Pure.

A reply's plan says which acts it consists of, in order; a playbook has several wordings for each act, and those that
fit the facts are combined, so that many customers of one incident read different texts. Texts are Jinja, in a sandbox
that knows the facts only. A playbook that extends another has that one's wordings where it has none of its own.
"""

import itertools
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Annotated, Any

import yaml
from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from contracts import Kind, LoopOutcome, Topic
from services.respond.facts import Facts, Fix
from services.respond.plans import ACTS, HUMOUR_MAX, Act, Fact, Plan, Situation, known_facts
from services.respond.recent import Recent, plain
from services.respond.words import Words

CHOICE = 32
"""So many combinations are looked at together, and those least like what was said go first."""


class PlaybookRefused(Exception):
    """A playbook file cannot be used. Each line of the message names the file, the place and what is wrong there."""


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
    humour: int = Field(default=0, ge=0, le=HUMOUR_MAX)
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
            and self.humour <= facts.humour
        )


AnyWording = Annotated[Wording, BeforeValidator(_plain_text)]
Wordings = Annotated[tuple[AnyWording, ...], Field(min_length=1, max_length=100)]


Acts = Mapping[Act, Wordings]
OPTIONAL = frozenset({Situation.DETAILS, Situation.GOODWILL, Situation.CLOSING, Situation.SHIPPED, Situation.DECLINED})
"""Nothing is said in these where the playbook has no words for them; a person is asked."""


MAY_LACK = frozenset({Act.NEXT_UPDATE})
"""A playbook whose matters are over within the hour says nothing about days."""


class Playbook(_Part):
    """What we say to mentions of its kinds and topics; without topics, to whatever no other playbook has.

    `slots`: what we need to act on such a mention, beside what everybody can read in it.
    """

    playbook: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    version: int = Field(ge=1)
    kinds: tuple[Kind, ...] = Field(min_length=1)
    topics: tuple[Topic, ...] = ()
    slots: tuple[str, ...] = Field(default=(), max_length=6)
    replies: Mapping[Situation, Acts]

    @property
    def name(self) -> str:
        return f"{self.playbook}@{self.version}"

    @model_validator(mode="after")
    def _complete(self) -> "Playbook":
        for kind in self.kinds:
            wanted = ACTS.get(kind, {})
            missing = [
                f"{situation}.{act}"
                for situation, acts in wanted.items()
                for act in acts
                if situation not in OPTIONAL and act not in MAY_LACK and act not in self.replies.get(situation, {})
            ]
            if missing:
                raise ValueError(f"says nothing for {', '.join(missing)}")
        return self

    def texts(self, plan: Plan, facts: Facts, seed: int, recent: Recent | None = None) -> Iterator[tuple[str, str]]:
        """Variant and text of every combination that fits, in an order that `seed` decides.

        `recent`: what the account said last; wordings that stand there come late.
        """
        parts = self._fitting(plan, facts)
        if not parts:
            return
        said = recent or Recent()
        held = [[(said.holding(_plain_wording(text)), len(text)) for _, text in part] for part in parts]
        for picks in _unlike_first(held, seed):
            picked = [part[pick] for part, pick in zip(parts, picks, strict=True)]
            variant = ".".join(str(index) for index, _ in picked)
            yield f"{plan.situation.value}-{variant}", " ".join(text for _, text in picked)

    def _fitting(self, plan: Plan, facts: Facts) -> list[list[tuple[int, str]]]:
        """Per step: index and text of the wordings that fit. Nothing, where a step has none."""
        known, context = known_facts(facts), _context(facts)
        parts = []
        for step in plan.steps:
            fitting = [
                (index, wording.said(context))
                for index, wording in enumerate(self.replies.get(plan.situation, {}).get(step.act, ()))
                if wording.fits(facts, known)
            ]
            if fitting:
                parts.append(fitting)
            elif step.act not in MAY_LACK:
                return []
        return parts


@lru_cache(4_096)
def _plain_wording(text: str) -> str:
    """The same few wordings are compared again and again; whole replies are not kept."""
    return plain(text)


Held = tuple[int, int]
"""A wording: which of the recent texts hold it, a bit each, and its length."""


def _unlike_first(parts: Sequence[Sequence[Held]], seed: int) -> Iterator[tuple[int, ...]]:
    """Every combination once; of those looked at together, the ones that have least in common with any recent text."""
    walk = _in_some_order([range(len(part)) for part in parts], seed)
    while choice := list(itertools.islice(walk, CHOICE)):
        likeness = {picks: _likeness([part[pick] for part, pick in zip(parts, picks, strict=True)]) for picks in choice}
        yield from sorted(choice, key=likeness.__getitem__)


def _likeness(picked: Sequence[Held]) -> float:
    """How much of a text, of 1, stands in the same wordings in that recent text which has most of it."""
    alike = [(-1, 0)]
    for held, length in picked:
        alike += [(both, shared + length) for those, shared in alike if (both := those & held)]
    return max(shared for _, shared in alike) / sum(length for _, length in picked)


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


def _context(facts: Facts) -> dict[str, Any]:
    return {
        "matter": facts.matter,
        "detail": facts.detail,
        "branch": facts.branch,
        "where": facts.where,
        "told": facts.told,
        "done": facts.fix.done if facts.fix else None,
        "wait": facts.fix.wait if facts.fix else None,
        "until": facts.until,
        "checked": facts.checked,
        "next": facts.next_update,
        "missing": facts.missing,
        "gift": facts.gift,
        "reason": facts.reason,
    }


_FULL = Facts(
    kind=Kind.COMPLAINT,
    topic=Topic.WAIT_TIME,
    matter="the wait",
    detail="40 minutes",
    branch="High Street",
    told="the manager",
    fix=Fix("moved staff", 5, "about 5 minutes"),
    outcome=LoopOutcome.FIXED,
    until="until Tuesday",
    place_known=True,
    checked="12 minutes",
    next_update="Thursday 19 November",
    missing="the order number",
    gift="a coffee",
    reason="it is too costly",
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
        fix=Fix("moved staff", 5, "about 5 minutes"),
        until="until Tuesday" if Fact.UNTIL in needs else None,
        checked="12 minutes" if Fact.CHECKED in needs else None,
        next_update="Thursday 19 November",
        missing="the order number",
        gift="a coffee",
        reason="it is too costly",
    )


@dataclass(frozen=True)
class Playbooks:
    """All playbooks, by language (ISO 639-1)."""

    of_language: Mapping[str, Sequence[Playbook]]
    words: Mapping[str, Words]

    @property
    def languages(self) -> frozenset[str]:
        return frozenset(self.of_language)

    def find(self, language: str, kind: Kind, topic: Topic) -> Playbook | None:
        """The playbook for the topic, else the one for all others; None: nothing to say, a person is needed."""
        books = [book for book in self.of_language.get(language, ()) if kind in book.kinds]
        special = next((book for book in books if topic in book.topics), None)
        return special or next((book for book in books if not book.topics), None)


WORDS_FILE = "words.yaml"


def load_playbooks(files: Mapping[str, str]) -> Playbooks:
    """Read `files`: "en/queue.yaml" → its text. Raises PlaybookRefused with one line per problem."""
    raw: dict[str, Any] = {}
    problems: list[str] = []
    for name, text in sorted(files.items()):
        try:
            raw[name] = yaml.safe_load(text)
        except yaml.YAMLError as error:
            problems.append(f"{name}: this is not YAML: {error}")
    found: dict[str, list[Playbook]] = {}
    words: dict[str, Words] = {}
    for name, content in raw.items():
        language, _, file = name.partition("/")
        try:
            if file == WORDS_FILE:
                words[language] = Words.model_validate(content)
            else:
                found.setdefault(language, []).append(Playbook.model_validate(_extended(name, content, raw)))
        except ValidationError as error:
            problems += [f"{name}: {'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in error.errors()]
    problems += [f"{language}/{WORDS_FILE}: is missing" for language in sorted(found.keys() - words.keys())]
    if problems:
        raise PlaybookRefused("\n".join(problems))
    return Playbooks(found, words)


def _extended(name: str, content: Any, raw: Mapping[str, Any]) -> Any:
    """`content` with what the playbook it extends has and it has not: whole acts, never single wordings.

    An act that is empty here (`next_update:`) is not taken over.
    """
    if not isinstance(content, Mapping) or "extends" not in content:
        return content
    base = raw.get(f"{name.partition('/')[0]}/{content['extends']}.yaml")
    own = {key: value for key, value in content.items() if key != "extends"}
    if not isinstance(base, Mapping):
        return own
    replies, own_replies = base.get("replies") or {}, own.get("replies") or {}
    merged = {
        situation: _without_none({**(replies.get(situation) or {}), **(own_replies.get(situation) or {})})
        for situation in (*replies, *(key for key in own_replies if key not in replies))
    }
    return own | {"replies": merged}


def _without_none(acts: Mapping[str, Any]) -> dict[str, Any]:
    return {act: wordings for act, wordings in acts.items() if wordings is not None}
