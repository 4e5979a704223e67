"""Prints a story as it happens: who says what, what the services do, and every text that customers read."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.markup import escape

from deploy.demo.timeline import TELLERS
from deploy.demo.timeline import Story as Told
from deploy.rehearsal.expectations import Problem
from deploy.rehearsal.stories import Story

Data = Mapping[str, Any]


def _answers(data: Data) -> str:
    return f"[green]{escape(str(data['who']))} answers[/green]  “{escape(data['text'])}”"


def _edits(data: Data) -> str:
    return f"[cyan]{escape(data['author'])} changes it[/cyan]  “{escape(data['text'])}”"


def _deletes(data: Data) -> str:
    return f"[cyan]{escape(data['author'])} takes it back[/cyan]"


def _picks(data: Data) -> str:
    return f"[green]{escape(str(data['who']))} picks[/green]  {escape(data['branch'])}"


def _approves(data: Data) -> str:
    return f"[green]{escape(data['who'])} decides[/green]  about {escape(data['mention'])}"


def _trouble(data: Data) -> str:
    return f"[red]not possible[/red]  {escape(data['what'])}"


def _too_late(data: Data) -> str:
    return f"[dim]the page takes no answer of {escape(str(data['who']))} any more[/dim]"


def _cancelled(data: Data) -> str:
    return f"[magenta]withdrawn[/magenta]  a reply: {escape(data['reason'])}"


def _blocked(data: Data) -> str:
    return f"[red]blocked[/red]  a text: {', '.join(finding['code'] for finding in data['findings'])}"


def _reopened(data: Data) -> str:
    return f"[red]it is back[/red]  {escape(str(data.get('reason', '')))}"


def _decided(told: Told, data: Data) -> str:
    why = ", ".join(data["reasons"][:2])
    return f"[magenta]decided[/magenta]  {escape(told.author(data['mention_id']))}: {data['decision']} ({why})"


def _located(told: Told, data: Data) -> str:
    candidates = [candidate["branch_id"] for candidate in data["location"].get("candidates", ())]
    if data["location"]["status"] != "ambiguous":
        return TELLERS["incident.located"](told, data)
    return f"[yellow]in doubt[/yellow]  {escape(' or '.join(candidates))}"


def _sent(told: Told, data: Data) -> str:
    private = " [dim](in private)[/dim]" if data.get("private") else ""
    return f"{TELLERS['response.sent'](told, data)}{private}"


WITH_NAMES: Mapping[str, Callable[[Told, Data], str]] = {
    **TELLERS,
    "response.decided": _decided,
    "incident.located": _located,
    "response.sent": _sent,
}

OWN: Mapping[str, Callable[[Data], str]] = {
    "answers": _answers,
    "edits": _edits,
    "deletes": _deletes,
    "picks": _picks,
    "approves": _approves,
    "trouble": _trouble,
    "too_late": _too_late,
    "response.cancelled": _cancelled,
    "response.blocked": _blocked,
    "incident.reopened": _reopened,
}


class Teller:
    """Tells one story on `console`; `quiet` tells only how it ended."""

    def __init__(self, console: Console, story: Story, *, quiet: bool = False) -> None:
        self._console = console
        self._quiet = quiet
        self._story = story
        self._told = Told(console, datetime.now(UTC), quiet=True)
        if not quiet:
            console.print(f"\n[bold]{escape(story.id)}[/bold]  {escape(story.title)} [dim]({story.company})[/dim]")

    def __call__(self, at_s: float, name: str, data: Data) -> None:
        own = OWN.get(name)
        usual = WITH_NAMES.get(name)
        # Those with names are always asked: they also remember who is who.
        named = usual(self._told, data) if usual is not None else ""
        line = own(data) if own is not None else named
        if line and not self._quiet:
            self._console.print(f"[dim]{clock(at_s):>9}[/dim]  {line}")

    def end(self, problems: Sequence[Problem], seconds: float) -> None:
        """The verdict, in one line, and a line for each problem."""
        verdict = "[red]not as expected[/red]" if problems else "[bold green]as expected[/bold green]"
        name = f"{escape(self._story.id)}  " if self._quiet else ""
        self._console.print(f"{name}{verdict} [dim]({seconds:.1f} s)[/dim]")
        for problem in problems:
            self._console.print(f"  [red]{escape(problem.expectation)}[/red]  {escape(problem.problem)}")


def clock(at_s: float) -> str:
    """Time into the story, as short as it can be read: 0:07, 12:30, 1:02:03, 3d 04:00:00."""
    minutes, seconds = divmod(max(int(at_s), 0), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days}d {hours:02}:{minutes:02}:{seconds:02}"
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
