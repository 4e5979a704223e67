"""How fast everything goes through all four services, beside two floors measured in the same run.

    make bench        or        python -m tests.bench.throughput --mentions 5000 [--profile respond]

A fixed mix from one seed (70 % without an incident, 25 % in 20 incidents, 5 % repeats), one process per service,
durable servers (AOF everysec, fsync on), everything on this machine. It ends when every mention is decided and every
outbox is published; each floor ends when as many rows have come through its last stages. Replies are drafted and sent
meanwhile and after: they give way to decisions. Every run is on new servers; of several the median counts, as a
machine's speed drifts. The last line is JSON.
"""

import argparse
import asyncio
import contextlib
import json
import pstats
import random
import signal
import sys
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import psutil  # type: ignore[import-untyped]  # its stubs are a package of their own
from rich.console import Console
from rich.table import Table

from chassis.settings import Settings
from chassis.webhooks import sign
from deploy.local.children import end, start_child
from deploy.local.embedded import Server, Servers, servers
from deploy.local.stack import Stack
from tests.bench import floors
from tests.bench.latency import measure_latency
from tests.chaos.load import REPEATS_SHARE, write_mentions
from tests.servers import ROOT
from tests.world import QUICK, SEED, SERVICES, running_stack, world_around

PER_REQUEST = 100
REQUESTS_AT_ONCE = 4
PATIENCE_SECONDS = 240.0
ROUNDS = 3
RAW, OURS, SINGLE = "raw floor", "ours", "FastStream, single"
AS_DEPLOYED = {name: str(Settings.model_fields[name.lower()].default) for name in QUICK}
"""The product's own clocks, where tests shorten them."""
SETTINGS = {name: AS_DEPLOYED for name in SERVICES} | {
    "ingest": AS_DEPLOYED | {"SOURCE_PER_SECOND_MAX": "100000"},
    "respond": AS_DEPLOYED | {"GRACE_SECONDS": "5", "PATIENCE_SECONDS": "60"},
}

OUTSTANDING = """
    select (select count(*) from ingest.mentions) as taken,
        (select count(*) from respond.cases where version > 0) as decided,
        (select count(*) from bus.relays as r where exists (
            select 1 from bus.outbox as o where o.service = r.service and (o.xid, o.position) > (r.xid, r.position)
        )) as unsent
"""

console = Console(stderr=True)


@dataclass(frozen=True)
class Speed:
    """One measurement. CPU seconds are by process, the two servers' among them."""

    mentions: int
    seconds: float
    cpu: Mapping[str, float]

    @property
    def per_second(self) -> float:
        return self.mentions / self.seconds

    @property
    def cpu_per_1000(self) -> float:
        """Of the four services alone."""
        return sum(self.cpu[name] for name in SERVICES) / self.mentions * 1_000


def write_deliveries(seed: int, count: int) -> list[dict[str, Any]]:
    """`count` deliveries: one in twenty is a repeat of an earlier one."""
    chance = random.Random(seed)
    repeats = int(count * REPEATS_SHARE)
    mentions = [m | {"external_id": f"bench-{n}"} for n, m in enumerate(write_mentions(seed, count - repeats))]
    for mention in chance.sample(mentions, repeats):
        mentions.insert(chance.randint(mentions.index(mention) + 1, len(mentions)), mention)
    return mentions


class CpuTimes:
    """CPU seconds that processes and their children used since it was made."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._processes = {name: psutil.Process(pid) for name, pid in pids.items()}
        self._before = {name: _cpu(process) for name, process in self._processes.items()}

    def used(self) -> dict[str, float]:
        return {name: _cpu(process) - self._before[name] for name, process in self._processes.items()}


def _cpu(process: psutil.Process) -> float:
    total = 0.0
    for one in (process, *process.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = one.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


async def measure_ours(stack: Stack, deliveries: Sequence[Mapping[str, Any]]) -> Speed:
    """From the first webhook until all is decided and every outbox is empty."""
    expected = len({delivery["external_id"] for delivery in deliveries})
    cpu = CpuTimes(_pids(stack.servers, {name: process.pid for name, process in stack.processes.items()}))
    connection = await asyncpg.connect(stack.servers.database_url)
    try:
        before = await connection.fetchval("select count(*) from ingest.mentions")
        began = time.perf_counter()
        await _post_all(stack, deliveries)
        while (left := tuple(*await connection.fetch(OUTSTANDING))) != (expected + before, expected + before, 0):
            if time.perf_counter() - began > PATIENCE_SECONDS:
                raise TimeoutError(f"after {PATIENCE_SECONDS:.0f} s (taken, decided, outboxes not empty): {left}")
            await asyncio.sleep(0.1)
        return Speed(len(deliveries), time.perf_counter() - began, cpu.used())
    finally:
        await connection.close()


async def _post_all(stack: Stack, deliveries: Sequence[Mapping[str, Any]]) -> None:
    at_once = asyncio.Semaphore(REQUESTS_AT_ONCE)
    url = f"{stack.url('ingest')}/v1/mentions"

    async def post(client: httpx.AsyncClient, start: int) -> None:
        body = json.dumps(deliveries[start : start + PER_REQUEST]).encode()
        async with at_once:
            headers = sign(stack.secrets.webhook_secret, f"bench-{start}", int(time.time()), body)
            answer = await client.post(url, content=body, headers=headers)
            answer.raise_for_status()

    async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
        await asyncio.gather(*(post(client, start) for start in range(0, len(deliveries), PER_REQUEST)))


def _pids(on: Servers, stages: Mapping[str, int]) -> dict[str, int]:
    return {**stages, "postgres": _pid(on.postgres), "valkey": _pid(on.valkey)}


def _pid(server: Server) -> int:
    if server.process is None:
        raise RuntimeError(f"{server.name} is not running")
    return server.process.pid


async def measure_floor(kind: str, on: Servers, log: Path, bodies: Sequence[bytes]) -> Speed:
    """The same number of bodies through the same number of processes on servers as durable as ours."""
    await floors.create_tables(on.database_url)
    await floors.create_groups(on.redis_url)
    connection = await asyncpg.connect(on.database_url)
    with _stages(kind, on, log) as pids:
        await asyncio.sleep(2)  # they import and connect
        cpu = CpuTimes(_pids(on, pids))
        began = time.perf_counter()
        await floors.feed(kind, on.redis_url, bodies)
        while any([await floors.rows_of(connection, stage) < len(bodies) for stage in ("notify", "respond")]):
            if time.perf_counter() - began > PATIENCE_SECONDS:
                raise TimeoutError(f"floor {kind}: not done after {PATIENCE_SECONDS:.0f} s\n{_end_of(log)}")
            await asyncio.sleep(0.02)
        speed = Speed(len(bodies), time.perf_counter() - began, cpu.used())
    await connection.close()
    return speed


def _end_of(log: Path) -> str:
    return log.read_text("utf-8", "replace")[-2_000:]


@contextlib.contextmanager
def _stages(kind: str, on: Servers, log: Path) -> Generator[dict[str, int], None, None]:
    running = {}
    try:
        with log.open("ab") as output:
            for stage in floors.STAGES:
                command = [sys.executable, "-m", "tests.bench.floors", kind, stage, on.redis_url, on.database_url]
                running[stage] = start_child(command, log=output, death=signal.SIGKILL, working_directory=ROOT)
        yield {stage: process.pid for stage, process in running.items()}
    finally:
        for process in running.values():
            end(process, signal.SIGKILL)


def run_floor(kind: str, bodies: Sequence[bytes]) -> Speed:
    """On servers of its own, started and stopped here."""
    with tempfile.TemporaryDirectory(prefix="amends-floor-") as home, servers(Path(home) / "servers") as on:
        return asyncio.run(measure_floor(kind, on, Path(home) / "floor.log", bodies))


def run_ours(deliveries: Sequence[dict[str, Any]], profile: str | None) -> Speed:
    """Throughput of the product, warm; `profile`: a service to run under cProfile."""

    async def everything() -> Speed:
        async with world_around(ground) as world:
            if profile:
                _restart_profiled(world.stack, profile, f"var/{profile}.prof")
            await _post_all(world.stack, [m | {"external_id": f"warm-{n}"} for n, m in enumerate(deliveries[:200])])
            await asyncio.sleep(3)
            return await measure_ours(world.stack, deliveries)

    with running_stack(settings=SETTINGS) as ground:
        return asyncio.run(everything())


def run_latency() -> dict[str, Any]:
    """At 50 a second, and the memory of each process after it."""
    with running_stack(settings=SETTINGS) as ground:
        return asyncio.run(measure_latency(ground, 50.0, 20.0))


def _restart_profiled(stack: Stack, service: str, path: str) -> None:
    process = stack.processes[service]
    process.stop()
    process.command = ("-m", "cProfile", "-o", str(ROOT / path), "-m", "cli", "run", service)
    process.start()
    process.wait_until_ready()


def show(speeds: Mapping[str, Speed]) -> None:
    """A table for people."""
    table = Table("", "mentions/s", "seconds", "CPU s per 1,000", *SERVICES, "postgres", "valkey")
    for name, speed in speeds.items():
        shares = [f"{speed.cpu[part] / speed.seconds:.2f}" for part in (*SERVICES, "postgres", "valkey")]
        table.add_row(name, f"{speed.per_second:,.0f}", f"{speed.seconds:.1f}", f"{speed.cpu_per_1000:.2f}", *shares)
    table.caption = "The last six columns: processors each kept busy, of 1 possible for a service."
    console.print(table)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mentions", type=int, default=5_000)
    parser.add_argument("--profile", choices=SERVICES, help="only ours, with this service under cProfile")
    arguments = parser.parse_args()
    deliveries = write_deliveries(SEED, arguments.mentions)
    bodies = [json.dumps(delivery).encode() for delivery in deliveries]
    if arguments.profile:
        show({OURS: run_ours(deliveries, arguments.profile)})
        pstats.Stats(str(ROOT / f"var/{arguments.profile}.prof")).sort_stats("tottime").print_stats(40)
        return 0
    runs: dict[str, list[Speed]] = {RAW: [], OURS: [], SINGLE: []}
    for number in range(ROUNDS):
        with console.status(f"round {number + 1} of {ROUNDS}: the raw floor"):
            runs[RAW].append(run_floor("raw", bodies))
        with console.status(f"round {number + 1} of {ROUNDS}: ours"):
            runs[OURS].append(run_ours(deliveries, None))
    with console.status("the FastStream floor, one message at a time"):
        runs[SINGLE].append(run_floor("single", bodies))
    with console.status("the time from a webhook to its decision, at 50 a second"):
        latency = run_latency()
    speeds = {
        name: sorted(speeds, key=lambda speed: speed.per_second)[len(speeds) // 2] for name, speeds in runs.items()
    }
    show(speeds)
    ours = speeds[OURS]
    figures = {
        "mentions_per_second": round(ours.per_second, 1),
        "ratio_to_raw_floor": round(ours.per_second / speeds[RAW].per_second, 3),
        "ratio_to_faststream_single": round(ours.per_second / speeds[SINGLE].per_second, 2),
        "cpu_seconds_per_1000": round(ours.cpu_per_1000, 2),
        "p50_ms": latency["p50_ms"],
        "p99_ms": latency["p99_ms"],
        "rss_mb": latency["rss_mb"],
    }
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
