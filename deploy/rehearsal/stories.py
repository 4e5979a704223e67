"""A story as it is written: who says what and when, and what is expected. Pure.

One JSON object a line. Times are seconds after `start_at`. What is wrong is named with its line and field; a field
nobody here plays is kept and named, so that a story never passes for what it did not do.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, TypeAlias

from pydantic import AliasChoices, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

SECONDS_MAX = 366 * 24 * 3_600

Seconds = Annotated[float, Field(ge=0, le=SECONDS_MAX)]
Text = Annotated[str, Field(min_length=1, max_length=10_000)]
Id = Annotated[str, Field(min_length=1, max_length=100)]


def _channel_name(value: Any) -> Any:
    """Google Reviews is google_reviews."""
    return re.sub(r"[^a-z0-9]+", "_", value.strip().lower()).strip("_") if isinstance(value, str) else value


Channel = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$"), BeforeValidator(_channel_name)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow")

    @property
    def not_played(self) -> tuple[str, ...]:
        """Fields nobody here reads."""
        return tuple(self.model_extra or ())


class Said(_Part):
    """One mention, as its author posts it."""

    id: Id
    at_s: Seconds
    author: Id
    channel: Channel
    text: Text
    account: str | None = Field(default=None, description="The account it is written to; otherwise the company's")
    place_name: str | None = None
    branch_code: str | None = None
    lat: float | None = Field(default=None, ge=-90, le=90)
    lon: float | None = Field(default=None, ge=-180, le=180)
    thread: str | None = None
    in_reply_to: str | None = Field(
        default=None,
        validation_alias=AliasChoices("in_reply_to", "reply_to"),
        description="The mention whose thread it continues",
    )
    url: str | None = None
    permission: Mapping[str, Any] | None = None
    reply_allowed: bool | None = None


class Answers(_Part):
    """What somebody who was asked says, in their own words."""

    at_s: Seconds
    text: Text
    branch_id: str | None = None
    process_id: str | None = None
    owner: str | None = Field(default=None, description="A region's owner")
    role: str | None = Field(default=None, description="Who of the branch: manager, deputy, region_owner")
    by: str | None = Field(default=None, description="Their name, for who reads the story")
    incident: str | None = Field(default=None, description="The story's name of it, where there are several")

    @property
    def whose(self) -> str | None:
        """Whose answer it is."""
        return self.branch_id or self.process_id or self.owner


class Edits(_Part):
    """The author changes a mention."""

    at_s: Seconds
    mention: Id
    text: Text


class Deletes(_Part):
    """The author takes a mention back."""

    at_s: Seconds
    mention: Id


class Picks(_Part):
    """A region's owner says which branch it is."""

    at_s: Seconds
    branch_id: Id
    owner: str | None = None
    incident: str | None = None


class Approves(_Part):
    """A person decides about a text that waits for one."""

    at_s: Seconds
    mention: Id
    by: Id = "approver"
    text: str | None = None
    reject: str | None = Field(default=None, description="Why it is refused")


Input: TypeAlias = Said | Answers | Edits | Deletes | Picks | Approves


class Story(_Part):
    """One rehearsal."""

    id: Id
    company: Id
    start_at: AwareDatetime
    title: str = ""
    mentions: tuple[Said, ...] = Field(min_length=1)
    manager_answers: tuple[Answers, ...] = ()
    edits: tuple[Edits, ...] = ()
    deletes: tuple[Deletes, ...] = ()
    owner_picks: tuple[Picks, ...] = ()
    approvals: tuple[Approves, ...] = ()
    until_s: Seconds | None = Field(default=None, description="How long it goes on; otherwise a while after the last")
    expected: Mapping[str, Any] = Field(default_factory=dict)

    def at(self, seconds: float) -> datetime:
        """The moment `seconds` into the story."""
        return self.start_at + timedelta(seconds=seconds)

    def external_id(self, mention: str) -> str:
        """The channel's id of a mention: no two stories share one."""
        return f"{self.id}-{mention}"

    @property
    def inputs(self) -> list[Input]:
        """Everything that people do, in order of time; what is said comes before what is done about it."""
        parts = (
            self.mentions,
            self.edits,
            self.deletes,
            self.owner_picks,
            self.manager_answers,
            self.approvals,
        )
        return sorted((item for part in parts for item in part), key=lambda item: item.at_s)

    @property
    def unplayed(self) -> list[str]:
        """What people do that nobody here plays, by its path."""
        own = [name for name, value in (self.model_extra or {}).items() if _is_acted(value)]
        for name in ACTIONS:
            for number, item in enumerate(getattr(self, name)):
                own += [f"{name}.{number}.{extra}" for extra in item.not_played if extra not in NOTES]
        return own

    @property
    def unread(self) -> list[str]:
        """What is said about the story or its mentions that nothing here depends on, by its path."""
        own = [name for name, value in (self.model_extra or {}).items() if not _is_acted(value) and name not in NOTES]
        for number, said in enumerate(self.mentions):
            own += [f"mentions.{number}.{extra}" for extra in said.not_played if extra not in NOTES]
        return own


def _is_acted(value: Any) -> bool:
    """A list of things with a time: somebody does something."""
    return isinstance(value, list) and any(isinstance(item, Mapping) and "at_s" in item for item in value)


ACTIONS = ("manager_answers", "edits", "deletes", "owner_picks", "approvals")
NOTES = frozenset({"note", "notes", "comment", "comments", "tags", "source", "lang", "language", "name"})
"""For who reads the story."""


@dataclass(frozen=True)
class Unreadable:
    """A line that is no story: where it is, what it may be called, and each thing wrong with it."""

    line: int
    story: str
    problems: tuple[str, ...]


def read_stories(lines: Iterable[str]) -> Iterator[Story | Unreadable]:
    """Every line that is not empty, as a story or as what is wrong with it."""
    seen: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        story = _read(number, line)
        if isinstance(story, Story) and (earlier := seen.setdefault(story.id, number)) != number:
            story = Unreadable(number, story.id, (f"id: {story.id} is the story of line {earlier} already",))
        yield story


def _read(number: int, line: str) -> Story | Unreadable:
    try:
        raw = json.loads(line)
    except ValueError as error:
        return Unreadable(number, f"line {number}", (f"this is not JSON: {error}",))
    if not isinstance(raw, dict):
        return Unreadable(number, f"line {number}", ("this is not a JSON object",))
    name = str(raw.get("id") or f"line {number}")
    try:
        story = Story.model_validate(raw)
    except ValidationError as error:
        found = [f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors()]
        return Unreadable(number, name, tuple(found))
    problems = tuple(_contradictions(story))
    return Unreadable(number, name, problems) if problems else story


def _contradictions(story: Story) -> Iterator[str]:
    """Names used twice, and names of nothing."""
    known: dict[str, int] = {}
    for number, said in enumerate(story.mentions):
        if known.setdefault(said.id, number) != number:
            yield f"mentions.{number}.id: {said.id} is used twice"
    for path, mention in _references(story):
        if mention not in known:
            yield f"{path}: there is no mention {mention}"
    for number, answer in enumerate(story.manager_answers):
        if answer.whose is None:
            yield f"manager_answers.{number}: name a branch_id, a process_id or an owner"


def _references(story: Story) -> Iterator[tuple[str, str]]:
    """Where a mention is named, and which."""
    for name in ("edits", "deletes", "approvals"):
        for number, item in enumerate(getattr(story, name)):
            yield f"{name}.{number}.mention", item.mention
    for number, said in enumerate(story.mentions):
        if said.in_reply_to is not None:
            yield f"mentions.{number}.in_reply_to", said.in_reply_to
