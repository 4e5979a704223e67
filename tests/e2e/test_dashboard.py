"""The dashboard on a real Prometheus that scrapes the real services: every query returns data."""

import asyncio
import json
import re
import shutil
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from deploy.demo.town import free_port
from tests.builders import eventually
from tests.e2e.test_scenarios import a_phone, heard_by, mail_to, post, says
from tests.servers import ROOT
from tests.world import World

PROMETHEUS = shutil.which("prometheus")
PANELS = json.loads((ROOT / "deploy" / "grafana" / "dashboards" / "customers.json").read_text("utf-8"))["panels"]
QUERIES = {panel["title"]: [target["expr"] for target in panel["targets"]] for panel in PANELS}

pytestmark = pytest.mark.skipif(PROMETHEUS is None, reason="prometheus is not installed (Debian: prometheus)")


@asynccontextmanager
async def prometheus(world: World) -> AsyncGenerator[str, None]:
    """A server of our own that scrapes this stack every second; its address."""
    targets = [f"127.0.0.1:{process.probes_port}" for process in world.stack.processes.values()]
    scraped = {"job_name": "amends", "metrics_path": "/metrics/", "static_configs": [{"targets": targets}]}
    address = f"127.0.0.1:{free_port()}"
    with tempfile.TemporaryDirectory(prefix="amends-prometheus-") as folder:
        config = write(
            Path(folder) / "prometheus.yml", {"global": {"scrape_interval": "1s"}, "scrape_configs": [scraped]}
        )
        process = await asyncio.create_subprocess_exec(
            *(str(PROMETHEUS), f"--config.file={config}", f"--storage.tsdb.path={folder}/data"),
            f"--web.listen-address={address}",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            yield f"http://{address}"
        finally:
            process.terminate()
            await process.wait()


def write(path: Path, content: dict[str, Any]) -> Path:
    path.write_text(yaml.safe_dump(content), "utf-8")
    return path


async def answer(client: httpx.AsyncClient, query: str) -> list[Any]:
    """What Prometheus has for `query` now, NaN left out."""
    asked = {"query": query.replace("$__rate_interval", "30s"), "time": str(time.time())}
    told = (await client.get("/api/v1/query", params=asked)).json()
    assert told["status"] == "success", told
    return [series for series in told["data"]["result"] if series["value"][1] != "NaN"]


async def play(world: World, branch: str, manager: str) -> None:
    """Two customers, one work order, taken and fixed."""
    for number in range(2):
        text = f"Queue at {branch} is out of the door, {20 + number} minutes"
        await post(world, says(f"dash-{manager}-{number}", text))
    mail = await mail_to(world, manager)
    await heard_by(world, f"dash-{manager}-1", "acknowledgement")
    async with a_phone() as phone:
        await phone.tap(mail.link, "acknowledge")
        await phone.say(mail.link, "moved two people to the counter, 5 min")
    await heard_by(world, f"dash-{manager}-1", "outcome")


async def test_every_panel_of_the_dashboard_shows_data(world: World) -> None:
    async with prometheus(world) as url, httpx.AsyncClient(base_url=url, trust_env=False, timeout=10) as client:

        async def scraping() -> bool:
            try:
                return len(await answer(client, "up == 1")) == len(world.stack.processes)
            except httpx.TransportError:
                return False

        await eventually(scraping, seconds=20, every=0.2)
        await asyncio.sleep(3)
        # A series that is new has no rate yet: the second story is what the panels show.
        for branch, manager in (("Kings Wynd", "rhona.kay"), ("Bridge End", "ewan.muir")):
            await play(world, branch, manager)
            await asyncio.sleep(4)
        empty = [title for title, queries in QUERIES.items() for query in queries if not await answer(client, query)]
    assert empty == []


def test_a_dashboard_has_a_sentence_for_every_panel_and_no_two_of_one_place() -> None:
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in PANELS]
    assert len(set(places)) == len(places)
    assert all(re.match(r".+\.$", panel["description"]) for panel in PANELS)
