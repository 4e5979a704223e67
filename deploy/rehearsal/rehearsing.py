"""Reads stories, plays them one after the other, judges them, and says how it went."""

import argparse
import asyncio
import json
import logging
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import structlog
from redis.exceptions import RedisError
from rich.console import Console

from deploy.demo.town import PostOffice
from deploy.local.embedded import Servers, ServersFailed, servers
from deploy.rehearsal.casting import Cast, cast
from deploy.rehearsal.expectations import ALSO_CALLED, ROWS, UNKNOWN, Problem, judge, not_judged
from deploy.rehearsal.playing import play
from deploy.rehearsal.stage import Stuck, Theatre, build_theatre
from deploy.rehearsal.stories import Story, Unreadable, read_stories
from deploy.rehearsal.telling import Teller
from services.notify.directory import Directory, DirectoryError, load_directory

WIDTH_PIPED = 140


@dataclass
class Tally:
    """How it went so far."""

    stories: int = 0
    passed: int = 0
    failures: list[dict[str, Any]] = field(default_factory=list)
    not_judged: list[dict[str, Any]] = field(default_factory=list)
    not_read: list[dict[str, Any]] = field(default_factory=list)

    def count(self, story: str, problems: Sequence[Problem], *, lenient: bool) -> list[Problem]:
        """Returns what kept the story from passing."""
        unknown = UNKNOWN if lenient else frozenset[str]()
        against = [problem for problem in problems if problem.expectation not in unknown]
        self.stories += 1
        self.passed += not against
        self.not_judged += [{"story": story, "what": what} for what in not_judged(problems)]
        self.failures += [{"story": story, "expectation": p.expectation, "problem": p.problem} for p in against]
        return against

    def as_json(self, seconds: float) -> dict[str, Any]:
        """The last line."""
        return {
            "stories": self.stories,
            "passed": self.passed,
            "failures": self.failures,
            "not_judged": self.not_judged,
            "not_read": self.not_read,
            "seconds": round(seconds, 1),
        }


@dataclass(frozen=True)
class Rehearsal:
    """What is to be played, and how it is told."""

    stories: Sequence[Story]
    directory: Directory
    cast: Cast
    console: Console
    tally: Tally
    quiet: bool
    lenient: bool

    def run(self) -> None:
        """Start the servers, play, end them. Raises ServersFailed."""
        _keep_logs_quiet()
        home = Path(tempfile.mkdtemp(prefix="amends-rehearsal-"))
        home.chmod(0o755)  # as root, the servers run as somebody else
        try:
            with servers(home / "servers", fast=True) as running, PostOffice() as post:
                asyncio.run(self._play_all(running, post, home))
        finally:
            shutil.rmtree(home, ignore_errors=True)

    async def _play_all(self, running: Servers, post: PostOffice, home: Path) -> None:
        channels = {said.channel for story in self.stories for said in story.mentions}
        theatre = await build_theatre(running, self.cast, channels, home, post)
        for story in self.stories:
            began = time.monotonic()
            teller = Teller(self.console, story, quiet=self.quiet)
            problems = await self._play_one(theatre, story, teller)
            self.tally.count(story.id, problems, lenient=self.lenient)
            teller.end(problems, time.monotonic() - began)
            self.tally.not_read += [{"story": story.id, "what": path} for path in story.unread]

    async def _play_one(self, theatre: Theatre, story: Story, teller: Teller) -> list[Problem]:
        regions = {branch.id: branch.region_owner for branch in self.directory.branches}
        try:
            return judge(await play(theatre, story, regions, teller))
        except (Stuck, OSError, asyncpg.PostgresError, asyncpg.InterfaceError, RedisError) as error:
            return [Problem("played", f"{type(error).__name__}: {error}")]


def rehearse(arguments: argparse.Namespace) -> int:
    """Read everything, then start the servers; play; say how it went. Returns the exit code."""
    began, tally = time.monotonic(), Tally()
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH_PIPED)
    try:
        directory, text = _read_directory(arguments.directory)
        stories = _playable(read_stories(_read_lines(arguments.stories)), directory, tally, arguments.only)
    except (OSError, UnicodeDecodeError, DirectoryError, ValueError) as error:
        print(f"rehearse: {error}", file=sys.stderr)
        return 2
    if not stories and not tally.stories:
        print("rehearse: there is no story to play", file=sys.stderr)
        return 2
    try:
        Rehearsal(stories, directory, cast(text), console, tally, arguments.quiet, arguments.lenient).run()
    except ServersFailed as error:
        print(f"rehearse: {error}", file=sys.stderr)
        return 2
    print(json.dumps(tally.as_json(time.monotonic() - began), ensure_ascii=False))
    return 0 if tally.passed == tally.stories else 1


def list_expectations() -> int:
    """Every key with a row, its other names, and the rule for the rest."""
    for key in ROWS:
        others = [name for name, meant in ALSO_CALLED.items() if meant == key]
        print(f"{key}{'  (also ' + ', '.join(others) + ')' if others else ''}")
    print("and any event by its name: reopened, idea_captured, insight_raised …: true, false, a number, or names")
    return 0


def _read_directory(path: Path | None) -> tuple[Directory, str]:
    if path is None:
        raise ValueError("say whose branches these are: --directory FILE")
    text = path.read_text("utf-8")
    return load_directory(text, path.name), text


def _read_lines(path: Path | None) -> list[str]:
    if path is None:
        raise ValueError("name a file of stories: amends rehearse STORY.jsonl --directory FILE")
    return path.read_text("utf-8").split("\n")


def _playable(
    read: Iterable[Story | Unreadable], directory: Directory, tally: Tally, only: Sequence[str]
) -> list[Story]:
    """The stories to play; a line that is none counts as a failure, with each thing wrong with it."""
    companies = {company.id for company in directory.companies}
    stories = []
    for item in read:
        if isinstance(item, Story) and item.company not in companies:
            item = Unreadable(0, item.id, (f"company: {item.company} is not in the directory",))
        if isinstance(item, Story):
            stories += [item] if not only or item.id in only else []
        elif not only or item.story in only:
            where = f"line {item.line}: " if item.line else ""
            problems = [Problem("story", f"{where}{problem}") for problem in item.problems]
            for problem in problems:
                print(f"rehearse: {item.story}: {problem.problem}", file=sys.stderr)
            tally.count(item.story, problems, lenient=False)
    return stories


def _keep_logs_quiet() -> None:
    """The timeline is what is read here; what a service fails at is taken from the record."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.CRITICAL)
