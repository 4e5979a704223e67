"""Everything on one machine: what a second start finds, and what a service that cannot start says."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import asyncpg
import httpx
import pytest

from deploy.local.stack import Stack, StackFailed, stack
from tests.servers import ROOT

DEMO = ROOT / "deploy" / "demo"


def test_a_second_start_on_the_same_home_keeps_its_secrets_and_they_are_for_the_owner_only(tmp_path: Path) -> None:
    kept = []
    for _ in range(2):
        stack = Stack(tmp_path / "home", DEMO / "bank.yaml", DEMO / "channels.yaml", services=("ingest",), fast=True)
        stack.start()
        kept.append(stack.secrets)
        stack.stop()
    assert kept[0] == kept[1]
    assert (tmp_path / "home" / "secrets.json").stat().st_mode & 0o077 == 0


def start_some(home: Path, services: Sequence[str]) -> contextlib.AbstractContextManager[Stack]:
    return stack(home, directory=DEMO / "bank.yaml", channels=DEMO / "channels.yaml", services=services, fast=True)


async def run_as_owner(running: Stack, statement: str) -> object:
    connection = await asyncpg.connect(running.servers.database_url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def test_a_second_start_on_the_same_home_keeps_its_data(tmp_path: Path) -> None:
    with start_some(tmp_path / "home", ("ingest",)) as running:
        await run_as_owner(running, "create table kept as select 'here' as word")
    with start_some(tmp_path / "home", ("ingest",)) as running:
        assert await run_as_owner(running, "select word from kept") == "here"


def test_a_killed_service_comes_back_at_the_same_address_and_the_others_never_noticed(tmp_path: Path) -> None:
    with start_some(tmp_path / "home", ("ingest", "classify", "notify")) as running:
        killed = running.processes["classify"]
        before = {name: process.pid for name, process in running.processes.items()}
        killed.kill()
        with pytest.raises(StackFailed, match="classify has ended"):
            killed.is_ready()
        killed.start()
        killed.wait_until_ready()
        assert all(process.is_ready() for process in running.processes.values())
        after = {name: process.pid for name, process in running.processes.items()}
    assert {name for name in before if before[name] != after[name]} == {"classify"}


async def test_two_stacks_side_by_side_share_nothing_and_one_outlives_the_other(tmp_path: Path) -> None:
    with start_some(tmp_path / "one", ("ingest",)) as one:
        with start_some(tmp_path / "two", ("ingest",)) as two:
            assert not _ports(one) & _ports(two)
            assert one.secrets != two.secrets
        assert one.processes["ingest"].is_ready()
        assert await run_as_owner(one, "select 1") == 1
        with pytest.raises(StackFailed, match="ingest has ended"):
            two.processes["ingest"].is_ready()


def _ports(running: Stack) -> set[int]:
    servers = {running.servers.postgres.port, running.servers.valkey.port}
    return servers | {port for p in running.processes.values() for port in (p.http_port, p.probes_port)}


def test_a_service_that_cannot_start_is_named_with_the_end_of_its_log(tmp_path: Path) -> None:
    wrong = {"classify": {"ATTEMPTS_MAX": "many"}}
    stack = Stack(tmp_path / "home", DEMO / "bank.yaml", DEMO / "channels.yaml", wrong, ("classify",), fast=True)
    with pytest.raises(StackFailed, match="ATTEMPTS_MAX"):
        stack.start()


async def test_amends_up_says_where_everything_is_and_stops_when_told(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", "up", "--home", str(tmp_path / "up")),
        *("--directory", str(DEMO / "bank.yaml"), "--channels", str(DEMO / "channels.yaml")),
        cwd=ROOT,
        env=os.environ,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        printed = await asyncio.wait_for(_until_ready(process), 60)
        async with httpx.AsyncClient(trust_env=False, follow_redirects=True) as client:
            metrics = [line.split()[1] for line in printed if line.startswith("metrics")]
            answers = [await client.get(url) for url in metrics]
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 40) == 0
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    assert [answer.status_code for answer in answers] == [200] * 4
    secrets = json.loads(_read(tmp_path / "up" / "secrets.json"))
    assert not any(str(secret) in "\n".join(printed) for secret in secrets.values())


async def _until_ready(process: asyncio.subprocess.Process) -> list[str]:
    printed: list[str] = []
    while process.stdout is not None and not (printed and printed[-1].startswith("ready")):
        line = (await process.stdout.readline()).decode().strip()
        assert line or not printed, "it ended before it was ready"
        printed.append(line)
    return printed


def _read(path: Path) -> str:
    return path.read_text("utf-8")
