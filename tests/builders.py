"""Mentions and events with harmless defaults, and how to wait for what happens elsewhere."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID, uuid4

from redis.asyncio import Redis

from chassis.work import Received
from contracts import (
    Assessment,
    Event,
    Kind,
    Legitimacy,
    Mention,
    MentionAssessed,
    MentionReceived,
    Permission,
    Sentiment,
    Severity,
    Topic,
    mention_id,
)

NOON = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)


def a_permission(**changes: Any) -> Permission:
    usual: dict[str, Any] = {"reply_allowed": True, "reason": "public reply", "max_length": 500, "replies_max": 3}
    return Permission(**(usual | changes))


def a_mention(external_id: str = "1", **changes: Any) -> Mention:
    channel = changes.get("channel", "x")
    usual: dict[str, Any] = {
        "mention_id": mention_id(channel, external_id),
        "version": 1,
        "channel": channel,
        "external_id": external_id,
        "company": "harbour",
        "account": "@harbourvale",
        "author": "@someone",
        "author_key": f"key-{external_id}",
        "text": "Queue at the Camden High Street branch is out of the door, 40 minutes so far",
        "posted_at": NOON,
        "received_at": NOON,
        "waiting_since": NOON,
        "permission": a_permission(),
    }
    return Mention(**(usual | changes))


def a_mention_received(external_id: str = "1", **changes: Any) -> MentionReceived:
    return MentionReceived(mention=a_mention(external_id, **changes))


def an_assessment(**changes: Any) -> Assessment:
    usual: dict[str, Any] = {
        "sentiment": Sentiment.NEGATIVE,
        "anger": 1,
        "kind": Kind.COMPLAINT,
        "legitimacy": Legitimacy.LEGITIMATE,
        "legitimacy_confidence": 0.9,
        "topics": (Topic.WAIT_TIME,),
        "severity": Severity.MINOR,
        "language": "en",
        "assessor": "lexicon@1",
    }
    return Assessment(**(usual | changes))


def a_mention_assessed(external_id: str = "1", *, assessment: Any = None, **changes: Any) -> MentionAssessed:
    return MentionAssessed(mention=a_mention(external_id, **changes), assessment=assessment or an_assessment())


def received(event: Event, event_id: UUID | None = None, at: datetime = NOON) -> Received[Any]:
    """`event` as the bus hands it to a handler."""
    return Received(id=event_id or uuid4(), time=at, data=event)


async def entries_of(redis: Redis, stream: str) -> list[tuple[bytes, dict[bytes, bytes]]]:
    """Every entry of `stream`: its id and its fields."""
    return cast("list[tuple[bytes, dict[bytes, bytes]]]", await redis.xrange(stream))


async def eventually(
    condition: Callable[[], bool] | Callable[[], Awaitable[bool]], seconds: float = 10, every: float = 0.02
) -> None:
    """Wait until `condition` holds; fail with its source line when it does not within `seconds`."""
    give_up = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer if isinstance(answer, bool) else await answer:
            return
        if time.monotonic() > give_up:
            raise AssertionError(f"still not so after {seconds} s")
        await asyncio.sleep(every)
