"""The same thing many times: deliveries of one mention, taps on one link."""

import asyncio
import html
import random
import re
from datetime import UTC, datetime

import httpx
import pytest

from tests.builders import eventually
from tests.chaos.load import PER_SECOND
from tests.world import World

FORM = re.compile(r'name="form" value="([^"]+)"')


@pytest.mark.usefixtures("staff")
@pytest.mark.parametrize("stack", [{"copies": {"ingest": 1}}], indirect=True)
async def test_r13_each_mention_delivered_up_to_five_times_on_two_processes_is_one_mention(world: World) -> None:
    chance = random.Random(world.seed)
    deliveries = 0
    async with httpx.AsyncClient(timeout=10, trust_env=False) as client:

        async def deliver_several(index: int) -> None:
            nonlocal deliveries
            times = chance.randint(1, 5)
            deliveries += times
            numbers = [index * 5 + repeat for repeat in range(times)]
            await asyncio.gather(*(world.sender.deliver(client, world.mentions[index], n) for n in numbers))

        tasks = []
        for index in range(len(world.mentions)):
            tasks.append(asyncio.create_task(deliver_several(index)))
            await asyncio.sleep(1 / PER_SECOND)
        await asyncio.gather(*tasks)
        await world.checker.wait_until_done(asyncio.get_running_loop().time(), 60)
        again = [world.sender.deliver(client, mention, 0) for mention in world.mentions]
        await asyncio.gather(*again)
    world.sender.finished_at = asyncio.get_running_loop().time()
    report = await world.finish("R13 repeated deliveries", 30, deliveries=deliveries + len(world.mentions))
    assert (report.lost, report.unexpected, report.duplicated) == (0, 0, 0), str(report)
    assert set(world.sender.refusals) <= {"429"}


async def test_r25_one_link_posted_fifty_times_by_two_people_changes_one_thing(world: World) -> None:
    item = {"channel": "x", "external_id": "tap", "account": "@harbourvale", "author": "@a"}
    item |= {"text": "Queue at your High Street branch, 40 minutes", "posted_at": datetime.now(UTC).isoformat()}
    async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
        await world.sender.deliver(client, item, 1)
        await eventually(lambda: bool(world.post.mails), seconds=20)
        link = world.post.mails[0].link
        forms = [html.unescape(FORM.findall((await client.get(link)).text)[0]) for _ in range(2)]
        taps = [
            client.post(link, data={"form": forms[n % 2], "action": "report", "text": f"done, {n % 2 + 4} min"})
            for n in range(50)
        ]
        answers = await asyncio.gather(*taps)
    assert {answer.status_code for answer in answers} <= {303, 409}
    world.sender.finished_at = asyncio.get_running_loop().time()
    report = await world.finish("R25 one link tapped fifty times", 30)
    assert (report.lost, report.unexpected, report.duplicated) == (0, 0, 0), str(report)
    rows = await world.checker.rows("select changed from notify.audit")
    assert (len(rows), sum(row["changed"] for row in rows)) == (50, 1)
    told = [heard.data["reply_kind"] for heard in world.sink.heard]
    assert told.count("outcome") == 1
    fixes = "select count(*) from bus.outbox where type = 'amends.incident.fix_confirmed.v1'"
    assert await world.checker.count(fixes) == 1
