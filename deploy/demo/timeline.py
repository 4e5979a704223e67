"""Tells what happens as it happens, from the events on the streams: what any other system can read."""

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from redis.asyncio import Redis
from rich.console import Console
from rich.markup import escape

from contracts import DATA_FIELD, STREAMS

Data = Mapping[str, Any]

ROLE = {
    "manager": "the manager",
    "deputy": "the deputy",
    "region_owner": "the region's owner",
    "process_owner": "the process owner",
}


@dataclass
class Story:
    """What the events said so far. `quiet`: count, and print nothing per event."""

    console: Console
    began_at: datetime
    quiet: bool = False
    mentions: dict[str, Data] = field(default_factory=dict)
    decisions: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    incidents: dict[str, Data] = field(default_factory=dict)
    notified: list[Data] = field(default_factory=list)
    fixed: list[Data] = field(default_factory=list)
    replies: list[Data] = field(default_factory=list)
    closed: list[Data] = field(default_factory=list)
    drafts: list[Data] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)

    def take(self, event: Data) -> None:
        """Note one event, and say it."""
        data, name = event["data"], event["type"].removeprefix("amends.").removesuffix(".v1")
        if (tell := TELLERS.get(name)) is not None:
            line = tell(self, data)
            if line and not self.quiet:
                seconds = (datetime.fromisoformat(event["time"]) - self.began_at).total_seconds()
                self.console.print(f"[dim]{max(seconds, 0):5.1f} s[/dim]  {line}")

    def author(self, mention_id: str) -> str:
        mention = self.mentions.get(mention_id)
        return f"{mention['author']} on {mention['channel']}" if mention else "somebody"

    def place(self, data: Data) -> str:
        incident = self.incidents.get(data["incident_id"], {})
        return str(incident.get("branch_name") or incident.get("process_name") or "a branch")


def _received(story: Story, data: Data) -> str:
    mention = data["mention"]
    story.mentions[mention["mention_id"]] = mention
    return f"[cyan]{escape(story.author(mention['mention_id']))}[/cyan]  “{escape(mention['text'])}”"


def _decided(story: Story, data: Data) -> str:
    story.decisions[data["mention_id"]] = data["decision"]
    story.kinds[data["mention_id"]] = data["kind"]
    if data["decision"] in {"respond", "acknowledge"}:
        return ""
    why = ", ".join(data["reasons"][:2])
    author = escape(story.author(data["mention_id"]))
    return f"[magenta]decided[/magenta]  {author}: {data['decision']} ({why}); nothing is said in public"


def _opened(story: Story, data: Data) -> str:
    story.incidents[data["incident_id"]] = data
    return f"[yellow]incident[/yellow]  {data['topic']} at {story.place(data)}"


def _located(story: Story, data: Data) -> str:
    if data.get("branch_name"):
        known = story.incidents.get(data["incident_id"], {})
        story.incidents[data["incident_id"]] = {**known, "branch_name": data["branch_name"]}
    location = data["location"]
    evidence = ", ".join(location.get("evidence", ()))
    return f"[yellow]located[/yellow]  {story.place(data)} ({evidence}; confidence {location['confidence']:.2f})"


def _notified(story: Story, data: Data) -> str:
    story.notified.append(data)
    return f"[green]work order[/green]  delivered to {ROLE[data['role']]} of {story.place(data)} by {data['by']}"


def _acknowledged(story: Story, data: Data) -> str:
    return f"[green]taken[/green]  by {ROLE[data['role']]} of {story.place(data)}"


def _escalated(story: Story, data: Data) -> str:
    return f"[red]passed on[/red]  {data['reason']}: now {ROLE[data['role']]} is asked"


def _confirmed(story: Story, data: Data) -> str:
    story.fixed.append(data)
    wait = f", the wait is now {data['wait_min']} minutes" if data.get("wait_min") is not None else ""
    done = escape(data.get("action_phrase") or data["action"])
    return f"[bold green]fix confirmed[/bold green]  {story.place(data)} has {done}{wait}"


def _declined(story: Story, data: Data) -> str:
    return f"[red]no fix[/red]  {story.place(data)}: {data['reason']}"


def _drafted(story: Story, data: Data) -> str:
    story.drafts.append(data)
    return ""


def _asked(story: Story, data: Data) -> str:
    story.asked[data["reason"]] += 1
    return f"[magenta]a person is asked[/magenta]  about {escape(story.author(data['mention_id']))}: {data['reason']}"


def _sent(story: Story, data: Data) -> str:
    story.replies.append(data)
    return f"[blue]→ {escape(story.author(data['mention_id']))}[/blue]  {escape(data['text'])}"


def _closed(story: Story, data: Data) -> str:
    story.closed.append(data)
    return ""


TELLERS: Mapping[str, Callable[[Story, Data], str]] = {
    "mention.received": _received,
    "response.decided": _decided,
    "incident.opened": _opened,
    "incident.located": _located,
    "incident.notified": _notified,
    "incident.acknowledged": _acknowledged,
    "incident.escalated": _escalated,
    "incident.fix_confirmed": _confirmed,
    "incident.fix_declined": _declined,
    "response.drafted": _drafted,
    "response.approval_requested": _asked,
    "response.sent": _sent,
    "loop.closed": _closed,
}


Entries = list[tuple[bytes, dict[bytes, bytes]]]


async def newest_entries(redis: Redis) -> dict[str, bytes]:
    """Where each stream stands now: what was said before is another story."""
    found = {}
    for stream in STREAMS:
        newest = cast("Entries", await redis.xrevrange(stream, count=1))
        found[stream] = newest[0][0] if newest else b"0"
    return found


async def follow(redis: Redis, story: Story, after: Mapping[str, bytes]) -> None:
    """Read every stream from there on, until cancelled. A repeat, same id, is told once."""
    seen: set[str] = set()
    cursors: dict[Any, Any] = dict(after)
    while True:
        answer = cast("list[tuple[bytes, Entries]]", await redis.xread(cursors, 500, 200))
        for stream, entries in answer or []:
            for entry_id, fields in entries:
                cursors[stream.decode()] = entry_id
                event = json.loads(fields[DATA_FIELD])
                if event["id"] not in seen:
                    seen.add(event["id"])
                    story.take(event)


async def end(task: asyncio.Task[None]) -> None:
    """Cancel `task` until it has ended; what it failed with is raised.

    Once is not always enough: redis-py sends within asyncio.wait_for, and Python 3.11's forgets a cancellation that
    arrives when what it waits for has just been done.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=0.5)
    with contextlib.suppress(asyncio.CancelledError):
        task.result()
