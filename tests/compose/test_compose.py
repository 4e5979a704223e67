"""docker-compose.yml on a real engine: up, the story against it, every service killed once, down.

Runs where AMENDS_COMPOSE=1 says that an engine answers. Builds the images; nothing of it stays running.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from typing import Any

import pytest

from tests.servers import ROOT

pytestmark = pytest.mark.skipif(
    os.environ.get("AMENDS_COMPOSE") != "1", reason="no container engine (AMENDS_COMPOSE=1)"
)

SERVICES = ("ingest", "classify", "notify", "respond")
CLOCKS = {"UNDO_SECONDS": "2", "GRACE_SECONDS": "2", "ESCALATION_SECONDS": "20"}
STORY = ("--profile", "demo", "run", "--rm", "--use-aliases", "-T", "town")


def compose(*words: str, seconds: float = 900) -> str:
    """Run docker compose to its end; its stdout."""
    done = subprocess.run(
        ["docker", "compose", *words],
        cwd=ROOT,
        env=os.environ | CLOCKS,
        capture_output=True,
        text=True,
        timeout=seconds,
    )
    assert done.returncode == 0, f"docker compose {' '.join(words)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def inspect(service: str) -> dict[str, Any]:
    container = compose("ps", "-q", service).strip()
    told = subprocess.run(["docker", "inspect", container], capture_output=True, text=True, check=True).stdout
    return dict(json.loads(told)[0])


@pytest.fixture(scope="module")
def seconds_to_healthy() -> Generator[float, None, None]:
    subprocess.run([sys.executable, "deploy/secret_files.py"], cwd=ROOT, check=True)
    compose("--profile", "demo", "build", seconds=1_800)
    try:
        began = time.monotonic()
        compose("up", "--detach", "--wait", "--wait-timeout", "120")
        yield time.monotonic() - began
    finally:
        compose("--profile", "*", "down", "--volumes", "--remove-orphans")


def told_by(printed: str) -> dict[str, Any]:
    return dict(json.loads(printed.strip().splitlines()[-1]))


def test_it_is_healthy_within_a_minute_and_the_story_plays_against_it(
    seconds_to_healthy: float, record_testsuite_property: Any
) -> None:
    record_testsuite_property("seconds_to_healthy", round(seconds_to_healthy, 1))
    last = told_by(compose(*STORY, seconds=300))
    assert seconds_to_healthy < 60
    assert (last["mentions"], last["undecided"], last["incidents"], last["loops_closed"]) == (16, 0, 3, 14)


@pytest.mark.usefixtures("seconds_to_healthy")
@pytest.mark.parametrize("service", SERVICES)
def test_a_service_runs_as_nobody_special_on_a_root_it_cannot_write(service: str) -> None:
    told = inspect(service)
    host = told["HostConfig"]
    assert told["Config"]["User"] == "10001:10001"
    assert host["ReadonlyRootfs"] is True
    assert host["CapDrop"] == ["ALL"]
    assert not host["CapAdd"]
    assert "no-new-privileges:true" in host["SecurityOpt"]
    assert host["Memory"] > 0
    assert told["State"]["Health"]["Status"] == "healthy"
    assert not [value for value in told["Config"]["Env"] if "whsec_" in value or "postgresql://" in value]


@pytest.mark.usefixtures("seconds_to_healthy")
def test_only_ingest_and_the_page_are_published_and_the_queue_on_this_machine_only() -> None:
    published = {}
    for service in (*SERVICES, "postgres", "redis"):
        ports = inspect(service)["HostConfig"]["PortBindings"] or {}
        published[service] = sorted((port, b["HostIp"]) for port, bindings in ports.items() for b in bindings)
    assert published == {
        "ingest": [("8000/tcp", "")],
        "notify": [("8001/tcp", "")],
        "respond": [("8002/tcp", "127.0.0.1")],
        "classify": [],
        "postgres": [],
        "redis": [],
    }


def last_of(story: subprocess.Popen[str]) -> tuple[dict[str, Any], str]:
    """The story's last line, and all it printed; where it does not end, it fails with that and the services' logs."""
    try:
        printed, _ = story.communicate(timeout=300)
    except subprocess.TimeoutExpired:
        story.kill()
        printed, _ = story.communicate()
        pytest.fail(f"the story did not end\n{printed}\n{compose('ps', '--all')}\n{compose('logs', '--tail', '40')}")
    return told_by(printed), printed


@pytest.mark.usefixtures("seconds_to_healthy")
def test_every_service_killed_once_during_the_story_loses_nothing_and_repeats_nothing() -> None:
    story = subprocess.Popen(
        ["docker", "compose", *STORY], cwd=ROOT, env=os.environ | CLOCKS, stdout=subprocess.PIPE, text=True
    )
    before = {service: inspect(service)["RestartCount"] for service in SERVICES}
    time.sleep(2)
    for service in SERVICES:
        os.kill(int(inspect(service)["State"]["Pid"]), signal.SIGKILL)
        time.sleep(1)
    last, printed = last_of(story)
    assert (last["mentions"], last["undecided"], last["incidents"], last["loops_closed"]) == (16, 0, 3, 14), printed
    assert all(inspect(service)["RestartCount"] == before[service] + 1 for service in SERVICES)
