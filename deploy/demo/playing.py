"""Plays the story, or a file of mentions, against the running stack, and sums up what its events say."""

import asyncio
import contextlib
import json
import sys
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from redis.asyncio import Redis
from rich.console import Console
from rich.table import Table

from chassis.webhooks import sign
from deploy.demo.story import LOOPS_EXPECTED, MENTIONS, STAFF, Says
from deploy.demo.timeline import Story, end, follow, newest_entries
from deploy.demo.town import ChannelSink, Mail, Phone, PostOffice
from deploy.local.stack import ROOT, SERVICES, Stack

STORY_SECONDS_MAX = 240.0
QUIET_SECONDS = 3.0
PATIENCE_SECONDS = 60.0
FILE_SECONDS_MAX = 900.0


@dataclass(frozen=True)
class Addresses:
    """Where the running product is, and the secrets that its channels share with it."""

    ingest_url: str
    redis_url: str
    webhook_secret: str
    channel_webhook_secret: str


@dataclass(frozen=True)
class Demo:
    """Everything that plays. `run` tells this play's mentions from those of earlier ones."""

    addresses: Addresses
    post: PostOffice
    phone: Phone
    console: Console
    channel_port: int
    host: str = "127.0.0.1"
    run: str = "demo"


def addresses_of(stack: Stack) -> Addresses:
    """Of a stack on this machine."""
    made = stack.secrets
    return Addresses(stack.url("ingest"), stack.servers.redis_url, made.webhook_secret, made.channel_webhook_secret)


def show_where_to_look(stack: Stack, console: Console) -> None:
    """Addresses and files, for whoever wants to see more."""
    say = console.print
    say(f"  mentions go to    {stack.url('ingest')}/v1/mentions (signed, Standard Webhooks)")
    say(f"  work orders open  {stack.url('notify')}/a/… (from the e-mails' links)")
    say(f"  the queue is at   {stack.url('respond')}/v1/queue (bearer token)")
    for service in SERVICES:
        say(f"  metrics           {stack.metrics_url(service)}  ({service})")
    say(f"  logs, secrets     {stack.home}")


@dataclass(frozen=True)
class Result:
    """What the events say in the end; seconds from the first mention's posting, the fix that of the first incident."""

    mentions: int
    decisions: Counter[str]
    incidents: int
    work_orders: int
    loops_closed: int
    complete: bool
    seconds_to_first_work_order: float | None = None
    seconds_to_fix: float | None = None
    seconds_to_last_follow_up: float | None = None

    def as_json(self) -> dict[str, Any]:
        """The demo's last line."""
        decided = sum(self.decisions.values())
        return {
            "mentions": self.mentions,
            "decided": decided,
            "undecided": self.mentions - decided,
            "decisions": dict(sorted(self.decisions.items())),
            "incidents": self.incidents,
            "work_orders": self.work_orders,
            "loops_closed": self.loops_closed,
            "seconds_to_first_work_order": self.seconds_to_first_work_order,
            "seconds_to_fix": self.seconds_to_fix,
            "seconds_to_last_follow_up": self.seconds_to_last_follow_up,
        }


async def play_story(demo: Demo) -> Result:
    """Customers write, staff act, customers are told; ends when all that should happen has happened."""
    demo.console.print("\n[bold]A bank, twelve customers in one queue, and a few others[/bold]\n")
    async with _following(demo, quiet=False) as story, _staff(demo):
        await _write(demo, MENTIONS)
        complete = await _until(lambda: _is_told(story), STORY_SECONDS_MAX)
        result = sum_up(story, complete=complete)
        _show_times(demo, story, result)
    return result


def _is_told(story: Story) -> bool:
    return len(story.decisions) >= len(MENTIONS) and len(story.closed) >= LOOPS_EXPECTED


async def play_file(demo: Demo, stack: Stack, path: Path) -> Result:
    """Take in `path` with `amends import`, and wait until everything is decided and nothing more is said."""
    async with _following(demo, quiet=True) as story:
        began = time.monotonic()
        wanted = await _import(demo, stack, path)
        complete = await _until(lambda: len(story.decisions) >= wanted, FILE_SECONDS_MAX)
        decided_after = time.monotonic() - began
        await _until_quiet(story)
        result = sum_up(story, complete=complete)
        _show_split(demo, story, result, decided_after)
    return result


async def _import(demo: Demo, stack: Stack, path: Path) -> int:
    """Returns how many different mentions were taken in."""
    environment = stack.environment_of("ingest")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", "import", "--shift-to-now", str(path)),
        env=environment,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    said = out.decode().strip()
    demo.console.print(f"{path.name}: {said}")
    counts = {
        name: int(count) for count, name in (part.split(" ", 1) for part in said.split(", ") if part[0].isdigit())
    }
    return counts.get("accepted", 0)


@contextlib.asynccontextmanager
async def _following(demo: Demo, *, quiet: bool) -> AsyncGenerator[Story, None]:
    """The channels are open, and the events are read while the block runs."""
    story = Story(demo.console, datetime.now(UTC), quiet)
    redis: Redis = Redis.from_url(demo.addresses.redis_url)
    async with ChannelSink(demo.addresses.channel_webhook_secret, demo.channel_port, demo.host), redis:
        task = asyncio.create_task(follow(redis, story, await newest_entries(redis)))
        try:
            yield story
        finally:
            await end(task)


@dataclass
class _Staff:
    """People at the bank who get mail and act on it."""

    demo: Demo
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def take(self, mail: Mail) -> None:
        task = asyncio.create_task(self._act(mail))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _act(self, mail: Mail) -> None:
        answers = STAFF.get(mail.to)
        if answers is None:
            return
        await asyncio.sleep(answers.after_seconds)
        name = mail.to.partition("@")[0].replace(".", " ").title()
        self.demo.console.print(f"         [green]{name} on the phone[/green]  “{answers.told}”")
        await _patiently(lambda: self.demo.phone.tap(mail.link, answers.action, **answers.fields))


@contextlib.asynccontextmanager
async def _staff(demo: Demo) -> AsyncGenerator[_Staff, None]:
    staff, loop = _Staff(demo), asyncio.get_running_loop()

    def hand_over(mail: Mail) -> None:
        """The mail server has a thread of its own."""
        loop.call_soon_threadsafe(staff.take, mail)

    demo.post.on_mail = hand_over
    try:
        yield staff
    finally:
        demo.post.on_mail = None
        for task in list(staff.tasks):
            task.cancel()


async def _write(demo: Demo, mentions: Sequence[Says]) -> None:
    """Each customer at their time, as a channel's webhook."""
    began = time.monotonic()
    async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
        for number, says in enumerate(mentions):
            await asyncio.sleep(max(began + says.at_seconds - time.monotonic(), 0))
            await _post(demo, client, [says.as_item(f"{demo.run}-{number}", datetime.now(UTC))], f"{demo.run}-{number}")


async def _post(demo: Demo, client: httpx.AsyncClient, items: list[dict[str, Any]], webhook_id: str) -> None:
    """Until it is acknowledged, as a channel's webhooks are."""
    body = json.dumps(items).encode()

    async def deliver() -> None:
        headers = sign(demo.addresses.webhook_secret, webhook_id, int(time.time()), body)
        answer = await client.post(f"{demo.addresses.ingest_url}/v1/mentions", content=body, headers=headers)
        answer.raise_for_status()

    await _patiently(deliver)


async def _patiently(act: Callable[[], Awaitable[None]]) -> None:
    """Try again while the other side is away or busy."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return await act()
        except httpx.HTTPError:
            if time.monotonic() > give_up:
                raise
        await asyncio.sleep(0.5)


async def _until(condition: Callable[[], bool], seconds_max: float) -> bool:
    give_up = time.monotonic() + seconds_max
    while not condition():
        if time.monotonic() > give_up:
            return False
        await asyncio.sleep(0.05)
    return True


async def _until_quiet(story: Story) -> None:
    """Nothing more is said for a while: replies that were made are on their way."""

    def so_far() -> tuple[int, int, int]:
        return len(story.drafts), len(story.replies), story.asked.total()

    before, since = so_far(), time.monotonic()
    while time.monotonic() - since < QUIET_SECONDS or len(story.replies) < len(story.drafts):
        await asyncio.sleep(0.2)
        if so_far() != before:
            before, since = so_far(), time.monotonic()
        if time.monotonic() - since > 10 * QUIET_SECONDS:
            return


def sum_up(story: Story, *, complete: bool) -> Result:
    """The figures, from the events' own times."""
    first = min((_at(mention, "waiting_since") for mention in story.mentions.values()), default=None)
    earliest = min(story.incidents.values(), key=lambda data: _at(data, "at"), default={}).get("incident_id")

    def since_first(times: list[datetime]) -> float | None:
        return round((times[0] - first).total_seconds(), 2) if times and first else None

    return Result(
        mentions=len(story.mentions),
        decisions=Counter(story.decisions.values()),
        incidents=len(story.incidents),
        work_orders=len(story.notified),
        loops_closed=len(story.closed),
        complete=complete,
        seconds_to_first_work_order=since_first(sorted(_at(data, "at") for data in story.notified)),
        seconds_to_fix=since_first([_at(data, "at") for data in story.fixed if data["incident_id"] == earliest]),
        seconds_to_last_follow_up=since_first(sorted((_at(d, "at") for d in story.closed), reverse=True)),
    )


def _at(data: Any, name: str) -> datetime:
    return datetime.fromisoformat(data[name])


def _show_times(demo: Demo, story: Story, result: Result) -> None:
    queue = next((i for i, data in story.incidents.items() if data.get("branch_id") == "high-street"), None)
    told = sorted(_at(data, "at") for data in story.closed if data["incident_id"] == queue)
    first = min(_at(mention, "waiting_since") for mention in story.mentions.values())
    table = Table(title="\nHow long people waited", title_justify="left", show_header=False, box=None)
    table.add_row("to the first work order", f"{result.seconds_to_first_work_order} s")
    table.add_row("to the fix of the queue", f"{result.seconds_to_fix} s")
    if told:
        table.add_row(
            f"to the follow-up of customer {len(told)} of the queue", f"{(told[-1] - first).total_seconds():.2f} s"
        )
    table.add_row("to the last follow-up of all", f"{result.seconds_to_last_follow_up} s")
    table.add_row("customers of the queue who were told", f"{len(told)} of 12")
    demo.console.print(table)
    demo.console.print(
        "\nShortened for the demo: 2 s to take a report back (usually 60 s), 2 s of grace before an acknowledgement "
        "(5 s),\n20 s until the next colleague is asked (10 min). People think faster here than they do.\n"
    )
    demo.console.print("To look around (metrics, the page of a work order, the queue, logs): make demo KEEP=1")
    if not result.complete:
        demo.console.print("[red]Not everything happened in time.[/red] The logs say why; KEEP=1 keeps them.")


def _show_split(demo: Demo, story: Story, result: Result, seconds: float) -> None:
    table = Table(title=f"\n{result.mentions} mentions, decided {seconds:.1f} s after the import began", box=None)
    table.title_justify = "left"
    kinds = sorted(set(story.kinds.values()))
    for heading in ("decision", "mentions", *kinds):
        table.add_column(heading, justify="left" if heading == "decision" else "right")
    for decision, count in result.decisions.most_common():
        of_kind = Counter(story.kinds[m] for m, made in story.decisions.items() if made == decision)
        table.add_row(decision, str(count), *(str(of_kind[kind] or "") for kind in kinds))
    demo.console.print(table)
    reasons = ", ".join(f"{reason} {count}" for reason, count in story.asked.most_common())
    demo.console.print(f"\n{len(story.replies)} replies sent; a person is asked about {story.asked.total()}: {reasons}")
    for data in story.replies[:5]:
        mention = story.mentions[data["mention_id"]]
        demo.console.print(f"\n  [cyan]“{mention['text'][:160]}”[/cyan]\n  [blue]→ {data['text']}[/blue]", markup=True)
    if not result.complete:
        demo.console.print("[red]Not everything was decided in time.[/red]")
