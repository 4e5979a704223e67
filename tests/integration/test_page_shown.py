"""The page as a phone shows it: a real browser, 375 points wide; PAGE_PICTURES names a folder for what it looks like.

What is measured is the browser's own layout: nothing is wider than the screen, and what can be tapped is as high as a
thumb.
"""

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import uvicorn

from contracts import OwnerRole, Severity, Topic
from deploy.local.children import free_port
from tests.builders import a_mention_assessed, an_assessment, eventually
from tests.integration.test_notify import Desk
from tests.integration.test_orders import DUTCH, desk, directory_yaml, start  # noqa: F401  # fixtures

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PICTURES = Path(folder).resolve() if (folder := os.environ.get("PAGE_PICTURES")) else None
WIDTH, HEIGHT = 375, 1_500

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed here")

MEASURE = """<script>
document.title = JSON.stringify({
  wide: document.documentElement.scrollWidth,
  low: [...document.querySelectorAll("button,input[type=text],textarea,.choice")]
    .filter(e => e.offsetParent && e.getBoundingClientRect().height < 44).map(e => e.outerHTML.slice(0, 80)),
});
</script>"""
"""Put into a copy of the page: the page itself has no script and allows none."""


@contextlib.asynccontextmanager
async def served(page: httpx.AsyncClient) -> AsyncGenerator[str, None]:
    """The page on a port of loopback."""
    app = page._transport.app  # type: ignore[attr-defined]  # the application under test
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", lifespan="off"))
    task = asyncio.create_task(server._serve())
    await eventually(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


async def browse(*arguments: str) -> str:
    """What chromium prints; it and its children end with this."""
    with tempfile.TemporaryDirectory(prefix="amends-browser-") as profile:
        command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        command += ["--disable-dev-shm-usage", f"--user-data-dir={profile}", f"--window-size={WIDTH},{HEIGHT}"]
        process = await asyncio.create_subprocess_exec(
            *command, *arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            out, _ = await asyncio.wait_for(process.communicate(), 60)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        return out.decode("utf-8", "replace")


async def look(desk: Desk, name: str, token: str, tmp_path: Path) -> None:  # noqa: F811
    """Photograph the page, and measure a copy of it in a frame as wide as a phone."""
    html = (await desk.page.get(f"/a/{token}")).text
    assert "<script" not in html
    if PICTURES is not None:
        async with served(desk.page) as url:
            await browse(f"--screenshot={PICTURES / name}.png", f"{url}/a/{token}")
    inner = tmp_path / "inner.html"
    inner.write_text(html.replace("</body>", f"{MEASURE}</body>"), "utf-8")
    outer = tmp_path / "outer.html"
    # A window cannot be as narrow as a phone everywhere; a frame can.
    outer.write_text(
        f'<iframe src="inner.html" style="width:{WIDTH}px;height:{HEIGHT}px;border:0" onload="'
        'document.title = this.contentDocument.title; document.body.append(document.title)"></iframe>',
        "utf-8",
    )
    dump = await browse("--allow-file-access-from-files", "--virtual-time-budget=2000", "--dump-dom", f"file://{outer}")
    found = re.search(r"<title>(.*?)</title>", dump)
    assert found is not None, dump[-500:]
    measured = json.loads(found.group(1).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
    assert measured["wide"] <= WIDTH, measured
    assert measured["low"] == []


async def test_the_page_fits_a_phone_and_what_can_be_tapped_is_as_high_as_a_thumb(desk: Desk, tmp_path: Path) -> None:  # noqa: F811
    long = "Camden High Street: " + "unbelievable" * 20
    await desk.assess(*(a_mention_assessed(str(n), text=f"{long} {n}") for n in range(3)))
    token = await desk.link()
    await look(desk, "open", token, tmp_path)
    await desk.post(token, "report", text="on it, 20 min")
    await look(desk, "acknowledged", token, tmp_path)
    await desk.post(token, "report", text="moved two people to the counter, 5 min")
    await look(desk, "reported", token, tmp_path)
    await desk.wait(timedelta(minutes=2))
    await look(desk, "resolved", token, tmp_path)


async def test_the_pages_for_picking_and_for_danger_fit_a_phone(desk: Desk, tmp_path: Path) -> None:  # noqa: F811
    await desk.assess(a_mention_assessed(text="Your York branch: queue to the pavement"))
    await look(desk, "pick", await desk.link(role=OwnerRole.REGION_OWNER), tmp_path)


async def test_a_serious_matter_is_shown_as_one(desk: Desk, tmp_path: Path) -> None:  # noqa: F811
    serious = an_assessment(topics=(Topic.SAFETY,), severity=Severity.CRITICAL)
    await desk.assess(a_mention_assessed(assessment=serious))
    await look(desk, "serious", await desk.link(), tmp_path)


@pytest.mark.parametrize("directory_yaml", [DUTCH])
async def test_the_page_is_in_the_language_of_the_branch(desk: Desk, tmp_path: Path) -> None:  # noqa: F811
    await desk.assess(a_mention_assessed())
    token = await desk.link()
    html = (await desk.page.get(f"/a/{token}")).text
    await look(desk, "dutch", token, tmp_path)

    assert '<html lang="nl">' in html
    assert "Ik ben ermee bezig" in html
    assert "Send" not in html


async def test_a_browser_that_opens_the_link_changes_nothing(desk: Desk) -> None:  # noqa: F811
    await desk.assess(a_mention_assessed())
    before = await desk.incident()

    async with served(desk.page) as url:
        shown = await browse("--dump-dom", f"{url}/a/{await desk.link()}")

    assert "Camden High Street" in shown
    assert await desk.incident() == before
    assert await desk.rows("select 1 from audit") == []
