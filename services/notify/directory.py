"""Companies, branches, regions and processes, and whom to ask: read from YAML, checked whole. Pure.

A wrong file is refused with every problem in it, each with its line and field.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
)

from contracts import Topic
from services.notify.hours import CLOSED, HoursMalformed, parse_hours

PROBLEMS_MAX = 20

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


def _none_if_empty(value: Any) -> Any:
    return None if value == "" else value


Email = Annotated[
    Annotated[str, StringConstraints(pattern=r"^[^\s@<>,]+@[^\s@<>,]+$", max_length=254)] | None,
    BeforeValidator(_none_if_empty),
]
Url = Annotated[
    Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+", max_length=2_000)] | None,
    BeforeValidator(_none_if_empty),
]


class DirectoryError(Exception):
    """The directory cannot be used. Each line of the message names a file, a line and what is wrong there."""


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _readable_hours(text: str | None) -> str | None:
    try:
        if text is not None and text != CLOSED:
            parse_hours(text)
    except HoursMalformed as error:
        raise ValueError(str(error)) from None
    return text


QuietHours = Annotated[Words | None, BeforeValidator(_none_if_empty), AfterValidator(_readable_hours)]
Language = Annotated[Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")] | None, BeforeValidator(_none_if_empty)]


class Reachable(_Entry):
    """How somebody is reached, and when not."""

    email: Email = None
    webhook_url: Url = None
    apprise: Id | None = Field(default=None, description="A name in APPRISE_URLS: chat, SMS or push")
    quiet_hours: QuietHours = Field(
        default=None, description='"22:00-07:00", "Mo-Fr 18:00-08:00; Sa-Su 00:00-24:00", or "closed" with the branch'
    )
    language: Language = Field(default=None, description="What work orders to them are written in")


class Contact(Reachable):
    """Somebody who can be asked. Without an address they are known, and cannot be reached."""

    name: Words


def _contact(value: Any) -> Any:
    """A bare name is a contact without an address."""
    return {"name": value} if isinstance(value, str) and value else _none_if_empty(value)


Person = Annotated[Contact, BeforeValidator(_contact)]
PersonOrNone = Annotated[Contact | None, BeforeValidator(_contact)]


class Company(_Entry):
    """Whom customers write to."""

    id: Id
    name: Words
    kind: Words
    account: Words
    what_helps: Mapping[Topic, tuple[Words, ...]] = Field(
        default_factory=dict, description="Instead of our suggestions: by topic, what to do, as staff should read it"
    )


class RegionOwner(Reachable):
    """Who looks after the branches of a region, and is asked when it is not clear which one it is."""

    id: Id
    name: Words
    company: Id

    @property
    def contact(self) -> Contact:
        return Contact(name=self.name, **{field: getattr(self, field) for field in Reachable.model_fields})


class Process(_Entry):
    """Something the company does the same way everywhere. Complaints about its `topics` belong to its owner."""

    id: Id
    company: Id
    matter: Words
    topics: tuple[Topic, ...] = ()
    owner: Person
    stated_name: Words | None = Field(default=None, validation_alias="public_name")

    @property
    def public_name(self) -> str:
        """The matter, as customers would say it."""
        return self.stated_name or self.matter


class Branch(_Entry):
    """A place customers come to. Coordinates are WGS 84 degrees; opening hours in OpenStreetMap's syntax."""

    id: Id
    company: Id
    name: Words
    aliases: tuple[Words, ...] = ()
    address: Words
    city: Words
    region: Words
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    postcode: Words | None = None
    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)
    landmarks: tuple[Words, ...] = ()
    inside: Words | None = Field(default=None, description="The mall, station or airport it is in")
    opening_hours: Words | None = None
    timezone: Words
    region_owner: Id
    account: Words | None = None
    store_code: Words | None = Field(default=None, description="The branch's id on channels that have one")
    manager: PersonOrNone = None
    deputy: PersonOrNone = None
    language: Language = Field(default=None, description="Of work orders; else that of the country, else English")
    what_helps: Mapping[Topic, tuple[Words, ...]] = Field(default_factory=dict, description="As of the company, here")

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (OSError, ValueError, KeyError):
            raise ValueError("is not a time zone; write one like Europe/London") from None
        return name


class _File(_Entry):
    companies: tuple[Company, ...]
    region_owners: tuple[RegionOwner, ...] = ()
    processes: tuple[Process, ...] = ()
    branches: tuple[Branch, ...] = ()
    extra_branches: tuple[Branch, ...] = ()


class Directory:
    """One state of the directory; never changed."""

    def __init__(self, file: _File) -> None:
        self.companies = file.companies
        self.region_owners = file.region_owners
        self.processes = file.processes
        self.branches = (*file.branches, *file.extra_branches)

    @classmethod
    def of(
        cls, companies: Sequence[Company], region_owners: Sequence[RegionOwner], branches: Sequence[Branch]
    ) -> "Directory":
        """A directory that was not read from a file."""
        return cls(_File(companies=tuple(companies), region_owners=tuple(region_owners), branches=tuple(branches)))

    @cached_property
    def _branch_of_id(self) -> dict[str, Branch]:
        return {branch.id: branch for branch in self.branches}

    @cached_property
    def _branches_of_company(self) -> dict[str, tuple[Branch, ...]]:
        return _grouped(self.branches)

    @cached_property
    def _owners_of_company(self) -> dict[str, tuple[RegionOwner, ...]]:
        return _grouped(self.region_owners)

    @cached_property
    def _owner_of_id(self) -> dict[str, RegionOwner]:
        return {owner.id: owner for owner in self.region_owners}

    @cached_property
    def _process_of_topic(self) -> dict[tuple[str, Topic], Process]:
        return {(process.company, topic): process for process in self.processes for topic in process.topics}

    def branch(self, branch_id: str) -> Branch:
        """Raises KeyError."""
        return self._branch_of_id[branch_id]

    def find_branch(self, branch_id: str | None) -> Branch | None:
        """The branch, or None."""
        return self._branch_of_id.get(branch_id) if branch_id is not None else None

    def branches_of(self, company: str) -> tuple[Branch, ...]:
        """A company's branches, in the file's order; none for a company we do not know."""
        return self._branches_of_company.get(company, ())

    def has_owners(self, company: str) -> bool:
        """Whether anybody there can be asked: one that is all online has processes, and no branch."""
        return company in self._branches_of_company or any(process.company == company for process in self.processes)

    def region_owners_of(self, company: str) -> tuple[RegionOwner, ...]:
        """A company's region owners, in the file's order."""
        return self._owners_of_company.get(company, ())

    def region_owner_of(self, branch: Branch) -> RegionOwner:
        """Who looks after the region of `branch`."""
        return self._owner_of_id[branch.region_owner]

    def what_helps(self, company: str, branch_id: str | None, topic: Topic) -> tuple[str, ...]:
        """What this branch, else its company, says that helps; nothing where they leave it to us."""
        branch = self.find_branch(branch_id)
        of_branch = branch.what_helps.get(topic, ()) if branch is not None and branch.company == company else ()
        of_company = (c.what_helps.get(topic, ()) for c in self.companies if c.id == company)
        return of_branch or next(of_company, ())

    def process_for(self, company: str, topic: Topic) -> Process | None:
        """The process that complaints about `topic` belong to, wherever they were met."""
        return self._process_of_topic.get((company, topic))


def _grouped(entries: Iterable[Any]) -> dict[str, tuple[Any, ...]]:
    found: dict[str, list[Any]] = {}
    for entry in entries:
        found.setdefault(entry.company, []).append(entry)
    return {company: tuple(members) for company, members in found.items()}


def load_directory(text: str, source: str, *, with_extra: bool = True) -> Directory:
    """Read `text`; `source` names it in errors. Raises DirectoryError with one line per problem."""
    try:
        # Every scalar stays a string: a post code is no number, and NO is a country.
        tree = yaml.compose(text, Loader=yaml.CBaseLoader)
        data = yaml.load(text, Loader=yaml.CBaseLoader)  # noqa: S506  # builds strings, lists and dicts only
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise DirectoryError(f"{source}:{line}: this is not YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise DirectoryError(f"{source}: this is not YAML: {error}") from None
    if not isinstance(data, dict):
        raise DirectoryError(f"{source}:1: must hold companies, region_owners, processes and branches")
    try:
        file = _File.model_validate(data)
    except ValidationError as error:
        problems = [(item["loc"], item["msg"].removeprefix("Value error, ")) for item in error.errors()]
        raise _refusal(source, tree, problems) from None
    if problems := list(_contradictions(file)):
        raise _refusal(source, tree, problems)
    return Directory(file if with_extra else file.model_copy(update={"extra_branches": ()}))


Problem = tuple[tuple[int | str, ...], str]


def _contradictions(file: _File) -> Iterator[Problem]:
    """What each entry for itself does not show: ids used twice, and ids of nothing."""
    companies = {company.id for company in file.companies}
    yield from _repeats((("companies", file.companies),))
    yield from _repeats((("region_owners", file.region_owners),))
    yield from _repeats((("processes", file.processes),))
    yield from _repeats((("branches", file.branches), ("extra_branches", file.extra_branches)))
    for section in ("region_owners", "processes", "branches", "extra_branches"):
        for index, entry in enumerate(getattr(file, section)):
            if entry.company not in companies:
                yield (section, index, "company"), f"there is no company {entry.company}"
    yield from _unowned(file)
    yield from _contested(file.processes)


def _unowned(file: _File) -> Iterator[Problem]:
    owner_company = {owner.id: owner.company for owner in file.region_owners}
    for section in ("branches", "extra_branches"):
        for index, branch in enumerate(getattr(file, section)):
            if owner_company.get(branch.region_owner) != branch.company:
                yield (section, index, "region_owner"), f"{branch.company} has no region owner {branch.region_owner}"


def _contested(processes: Sequence[Process]) -> Iterator[Problem]:
    topics = Counter((process.company, topic) for process in processes for topic in process.topics)
    for index, process in enumerate(processes):
        for topic in process.topics:
            if topics[process.company, topic] > 1:
                yield ("processes", index, "topics"), f"{topic.value} belongs to more than one process"


def _repeats(sections: Iterable[tuple[str, Sequence[Any]]]) -> Iterator[Problem]:
    """Ids used twice, in sections that share their ids."""
    seen: set[str] = set()
    for section, entries in sections:
        for index, entry in enumerate(entries):
            if entry.id in seen:
                yield (section, index, "id"), f"{entry.id} is used twice"
            seen.add(entry.id)


def _refusal(source: str, tree: Any, problems: Sequence[Problem]) -> DirectoryError:
    lines = [f"{source}:{_line_of(tree, loc)}: {_path(loc)}: {what}" for loc, what in problems[:PROBLEMS_MAX]]
    if len(problems) > PROBLEMS_MAX:
        lines.append(f"{source}: and {len(problems) - PROBLEMS_MAX} more")
    return DirectoryError("\n".join(lines))


def _path(loc: Iterable[int | str]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc).lstrip(".")


def _line_of(node: Any, loc: Iterable[int | str]) -> int:
    """The line of the innermost part of `loc` that is in the file, from 1."""
    line = int(node.start_mark.line)
    for part in loc:
        found = _step(node, part)
        if found is None:
            break
        line, node = found
    return line + 1


def _step(node: Any, part: int | str) -> tuple[int, Any] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return int(node.value[part].start_mark.line), node.value[part]
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(part):
                return int(key.start_mark.line), value
    return None
