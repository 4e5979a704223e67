"""What the chaos runs send, at 20 mentions a second, and what must have come of it in the end.

Seven in ten mentions concern no branch, a quarter are complaints about 20 branches, one in twenty deliveries is a
repeat. A delivery is tried again until it is acknowledged: only what was acknowledged can be lost.
"""

import asyncio
import json
import random
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from chassis.webhooks import sign

MENTIONS = 500
PER_SECOND = 20.0
REPEATS_SHARE = 0.05
INCIDENTS_SHARE = 0.25
BRANCHES = (
    *("High Street", "Station Road", "Market Hall", "Harbourside", "Castle Gate", "Mill Lane", "Abbey Square"),
    *("Canal Street", "Priory Park", "Guildhall", "Minster Yard", "Foundry Road", "Sea View", "North Cross"),
    *("Tarnside", "Beacon Hill", "Bridge End", "Kings Wynd", "Palm Court", "Dock Street"),
)
ELSEWHERE = (
    "Love the new app, well done!",
    "Waited {n} minutes on hold and then cut off. Twice.",
    "You should really open on Sundays, just an idea.",
    "you are all scum, rot in hell",
    "Charged twice for one order, {n} days and no refund.",
    "Great service today, thank you Team!",
    "What time do you close today?",
)


def write_mentions(seed: int, count: int = MENTIONS) -> list[dict[str, Any]]:
    """`count` different mentions; the same for the same seed."""
    chance = random.Random(seed)
    return [_mention(chance, number) for number in range(count)]


def _mention(chance: random.Random, number: int) -> dict[str, Any]:
    minutes = chance.randint(15, 59)
    if chance.random() < INCIDENTS_SHARE:
        text = f"Queue at your {chance.choice(BRANCHES)} branch is out of the door, {minutes} minutes and counting"
        account = "@harbourvale"
    else:
        text, account = chance.choice(ELSEWHERE).format(n=minutes), f"@business-{number % 60}"
    return {
        "channel": "x",
        "external_id": f"chaos-{number}",
        "account": account,
        "author": f"@author-{number}",
        "text": text,
        "posted_at": datetime.now(UTC).isoformat(),
    }


@dataclass
class Sender:
    """Delivers mentions to `urls` in turn until each is acknowledged. `refusals`: how often it waited, by status."""

    urls: list[str]
    secret: str
    acknowledged: set[str] = field(default_factory=set)
    refusals: dict[str, int] = field(default_factory=dict)
    finished_at: float = 0.0
    seconds: list[float] = field(default_factory=list)
    """How long each answer took."""

    async def send_all(self, mentions: list[dict[str, Any]], seed: int, per_second: float = PER_SECOND) -> None:
        """Spread over the time they take at `per_second`, with repeats between."""
        chance = random.Random(seed + 1)
        deliveries = list(mentions) + chance.choices(mentions, k=int(len(mentions) * REPEATS_SHARE))
        began, tasks = time.monotonic(), []
        async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
            for number, mention in enumerate(deliveries):
                await asyncio.sleep(max(began + number / per_second - time.monotonic(), 0))
                tasks.append(asyncio.create_task(self.deliver(client, mention, number)))
            await asyncio.gather(*tasks)
        self.finished_at = time.monotonic()

    async def deliver(self, client: httpx.AsyncClient, mention: dict[str, Any], number: int) -> None:
        """Once, until it is acknowledged."""
        body = json.dumps(mention).encode()
        while True:
            headers = sign(self.secret, f"delivery-{number}", int(time.time()), body)
            url = self.urls[number % len(self.urls)]
            try:
                answer = await client.post(f"{url}/v1/mentions", content=body, headers=headers)
            except httpx.TransportError as error:
                self._count(type(error).__name__)
            else:
                self.seconds.append(answer.elapsed.total_seconds())
                if answer.is_success:
                    self.acknowledged.add(mention["external_id"])
                    return
                self._count(str(answer.status_code))
                assert answer.status_code in {429, 503}, answer.text
                if answer.status_code == 503:
                    assert "retry-after" in answer.headers
            number += 1
            await asyncio.sleep(0.2)

    def _count(self, what: str) -> None:
        self.refusals[what] = self.refusals.get(what, 0) + 1
