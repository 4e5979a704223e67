"""Everything on one machine: what a second start finds, and what a service that cannot start says."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from pathlib import Path

import httpx
import pytest

from deploy.local.stack import Stack, StackFailed
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
