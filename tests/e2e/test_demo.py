"""`make demo` as a newcomer runs it: the story to its end, and a file of one's own."""

import asyncio
import json
import os
import sys
from pathlib import Path

from tests.servers import ROOT


async def demo(**environment: str) -> tuple[int, str]:
    """Exit code and everything printed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "deploy.demo"),
        cwd=ROOT,
        env=os.environ | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await asyncio.wait_for(process.communicate(), 120)
    return process.returncode or 0, out.decode()


async def test_the_story_is_played_to_its_end_twice_at_once_without_disturbing_each_other() -> None:
    for code, printed in await asyncio.gather(demo(), demo()):
        last = json.loads(printed.splitlines()[-1])
        assert code == 0, printed
        assert (last["mentions"], last["undecided"], last["loops_closed"]) == (16, 0, 14)
        assert last["decisions"] == {"acknowledge": 1, "monitor": 1, "respond": 14}
        assert (last["incidents"], last["work_orders"]) == (3, 5)
        assert last["seconds_to_first_work_order"] < 10
        assert last["seconds_to_fix"] < last["seconds_to_last_follow_up"] < 60
        assert "12 of 12" in printed


async def test_a_file_of_ones_own_is_decided_and_its_bad_lines_are_named(tmp_path: Path) -> None:
    usual = {"channel": "x", "account": "@anybody", "author": "@a", "posted_at": "2026-01-05T10:00:00Z"}
    said = ["Love it, well done!", "40 minutes on hold and then cut off. Twice.", "you are all scum, rot"]
    lines = [json.dumps(usual | {"external_id": str(number), "text": text}) for number, text in enumerate(said)]
    path = tmp_path / "mine.jsonl"
    write(path, [*lines, "{not json"])

    code, printed = await demo(MENTIONS=str(path))

    last = json.loads(printed.splitlines()[-1])
    assert code == 0, printed
    assert (last["mentions"], last["undecided"]) == (3, 0)
    assert last["decisions"] == {"acknowledge": 1, "monitor": 1, "respond": 1}
    assert "line 4" in printed


def write(path: Path, lines: list[str]) -> None:
    path.write_text("\n".join(lines), "utf-8")
