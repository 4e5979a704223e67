"""`amends rehearse` as a team runs it: our own stories on the real services, in seconds, and judged without mercy."""

import asyncio
import json
import os
import re
import sys
import time
from pathlib import Path
from typing import Any

from tests.servers import ROOT

STORIES = ROOT / "tests" / "stories"
DIRECTORY = STORIES / "directory.yaml"
GREEN = ("own01", "own02", "own03", "own11", "own16", "own18", "own19", "own26")
"""A queue, silence, praise, spam, a deletion, two branches, an answer nobody understands."""


async def rehearse(*arguments: str) -> tuple[int, list[str], str]:
    """Exit code, lines, and what was complained about."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", "rehearse", *arguments),
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, complaints = await asyncio.wait_for(process.communicate(), 180)
    return process.returncode or 0, out.decode().splitlines(), complaints.decode()


def seconds_of(line: str) -> int | None:
    """When a line of the timeline happened; None: it tells no moment."""
    found = re.match(r" *(?:(\d+):)?(\d+):(\d\d)  ", line)
    return None if found is None else sum(int(part or 0) * 60**power for power, part in enumerate(found.groups()[::-1]))


def own(name: str) -> dict[str, Any]:
    lines = (STORIES / "stories.jsonl").read_text("utf-8").splitlines()
    return next(story for line in lines if (story := json.loads(line))["id"] == name)


def write(path: Path, *stories: dict[str, Any] | str) -> str:
    lines = [story if isinstance(story, str) else json.dumps(story) for story in stories]
    path.write_text("\n".join(lines), "utf-8")
    return str(path)


async def test_hours_of_stories_are_played_to_green_in_seconds(tmp_path: Path) -> None:
    path = write(tmp_path / "stories.jsonl", *map(own, GREEN))
    began = time.monotonic()
    code, lines, complaints = await rehearse(path, "--directory", str(DIRECTORY))
    took = time.monotonic() - began

    last = json.loads(lines[-1])
    assert (code, last["failures"], complaints) == (0, [], "")
    assert (last["stories"], last["passed"], last["not_judged"]) == (len(GREEN), len(GREEN), [])
    assert took < 150
    timeline = "\n".join(lines)
    assert "8:20  cl-quay answers" in timeline
    assert "9:20  fix confirmed" in timeline
    assert "10:00  passed on" in timeline
    assert "20:00  br-retail answers" in timeline
    for told in timeline.split("\n\n"):
        moments = [seconds for line in told.splitlines() if (seconds := seconds_of(line)) is not None]
        assert moments == sorted(moments), told


async def test_what_a_story_wrongly_expects_fails_it_and_is_named(tmp_path: Path) -> None:
    wrong: dict[str, Any] = {
        "decisions": {"m1": "monitor"},
        "incidents": 3,
        "never_before_fix": ["with the manager", "manager"],
        "told_when_fixed": ["m2"],
        "must_not_contian": ["policy"],
    }
    story = own("own01")
    bad = own("own11") | {"mentions": [{"id": "m1", "author": "@a", "channel": "x", "text": "Hi", "at_s": "later"}]}
    lost = own("own16") | {"company": "nowhere"}
    path = write(tmp_path / "s.jsonl", story | {"expected": wrong}, bad, lost, "{not json")
    code, lines, complaints = await rehearse(path, "--directory", str(DIRECTORY), "--quiet")

    last = json.loads(lines[-1])
    failed = {(failure["story"], failure["expectation"]) for failure in last["failures"]}
    assert code == 1
    assert (last["stories"], last["passed"]) == (4, 0)
    judged = {*wrong} - {"must_not_contian"} | {"not_judged"}
    assert {expectation for name, expectation in failed if name == "own01"} == judged
    assert last["not_judged"] == [{"story": "own01", "what": "nobody here judges must_not_contian"}]
    assert "line 2: mentions.0.at_s" in complaints
    assert "company: nowhere is not in the directory" in complaints
    assert "line 4: this is not JSON" in complaints


async def test_without_a_directory_or_a_story_it_does_not_begin(tmp_path: Path) -> None:
    empty = write(tmp_path / "empty.jsonl")
    broken = tmp_path / "directory.yaml"
    broken.write_text("companies: 1", "utf-8")
    for arguments in (
        (empty,),
        (empty, "--directory", str(DIRECTORY)),
        (empty, "--directory", str(broken)),
        (str(tmp_path / "nothing.jsonl"), "--directory", str(DIRECTORY)),
    ):
        code, lines, complaints = await rehearse(*arguments)
        assert (code, lines) == (2, [])
        assert complaints.startswith("rehearse: ")
