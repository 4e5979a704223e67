"""`amends incident` as a person types it, on notify's own record."""

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from chassis.clock import ManualClock
from chassis.runtime import Runtime
from contracts import Topic
from services.notify.live import LiveDirectory
from tests.builders import NOON, a_mention_assessed, an_assessment
from tests.integration.test_cli import SettingsEnv, amends
from tests.integration.test_notify import Desk, build
from tests.unit.notify.places import DIRECTORY_YAML

MakeRuntime = Callable[..., Awaitable[Runtime]]


@pytest.fixture
def directory_path(tmp_path: Path) -> Path:
    path = tmp_path / "directory.yaml"
    path.write_text(DIRECTORY_YAML, "utf-8")
    return path


@pytest.fixture
async def desk(make_runtime: MakeRuntime, directory_path: Path) -> Desk:
    clock = ManualClock(NOON)
    return build(await make_runtime("notify", clock), clock, LiveDirectory(directory_path))


@pytest.fixture
def env(settings_env: SettingsEnv, directory_path: Path) -> dict[str, str]:
    return settings_env("notify") | {
        "AMENDS_PUBLIC_URL": "http://localhost:8001",
        "ACTION_LINK_SECRET": "k" * 32,
        "DIRECTORY_PATH": str(directory_path),
        "SMTP_HOST": "localhost",
        "SMTP_FROM": "amends@harbour.example",
    }


async def test_two_incidents_are_listed_merged_shown_and_parted_again(desk: Desk, env: dict[str, str]) -> None:
    for number, (topic, text) in enumerate([(Topic.WAIT_TIME, "queue"), (Topic.CLEANLINESS, "filthy toilets")]):
        mention = a_mention_assessed(
            str(number), text=f"{text} at Camden High Street", assessment=an_assessment(topics=(topic,))
        )
        await desk.assess(mention)
        desk.clock.advance(timedelta(seconds=1))
    first, second = (row["id"] for row in await desk.rows("select id from incidents order by opened_at"))
    why = ("--by", "Ann", "--reason", "one problem")

    code, listed, problems = await amends("incident", "list", env=env)
    assert (code, problems) == (0, "")
    assert str(first) in listed
    assert listed.endswith("2 incidents\n")
    code, said, _ = await amends("incident", "merge", str(second), str(first), *why, env=env)
    assert code == 0
    _, shown, _ = await amends("incident", "show", str(first), env=env)
    assert len(json.loads(shown)["mentions"]) == 2
    code, _, _ = await amends("incident", "undo", said.split()[-1], *why, env=env)
    assert code == 0
    code, _, refused = await amends("incident", "undo", said.split()[-1], *why, env=env)
    assert (code, refused) == (1, "there is no such operation, or it is undone already\n")
    code, _, refused = await amends("incident", "show", str(UUID(int=1)), env=env)
    assert (code, refused) == (1, f"there is no incident {UUID(int=1)}\n")


async def test_a_report_says_whether_fixes_hold(desk: Desk, env: dict[str, str]) -> None:
    await desk.assess(a_mention_assessed())

    code, table, _ = await amends("incident", "report", "--days", "36500", env=env)
    assert code == 0
    assert "Camden High Street: wait_time" in table
    _, line, _ = await amends("incident", "report", "--days", "36500", "--json", env=env)
    assert json.loads(line)["incidents"] == 1
    assert (await amends("incident", "digest", env=env))[:2] == (0, "0 repeated\n")
