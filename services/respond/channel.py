"""How a reply leaves: posted, signed, to the one address that speaks for our channels.

The text is read from the record at that moment, so that nothing leaves for a mention that was taken back meanwhile.
"""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from chassis.errors import NotNow, Refused
from chassis.outbound import WebhookSender
from chassis.runtime import Runtime
from chassis.service import Reliability
from chassis.work import Dispatch, Receipt
from services.respond import store
from services.respond.replying import EVERY_COMPANY, HOLDS

READY = frozenset({"drafted", "approved"})
EXTERNAL_ID_CHARACTERS_MAX = 200
HELD_SECONDS = 30.0


class ChannelAdapter:
    """Posts replies. Keyed: the webhook-id is the response's, the same however often it is sent."""

    def __init__(self, runtime: Runtime, sender: WebhookSender, url: str, reliability: Reliability) -> None:
        self.reliability = reliability
        self._runtime = runtime
        self._sender = sender
        self._url = url

    async def send(self, dispatch: Dispatch) -> Receipt:
        """Raises Refused for what is no longer to be said, and by the receiver's answer; NotNow while it is away."""
        response = await self._read(dispatch)
        answer = await self._sender.post(
            self._url, str(response.response_id), "amends.reply.v1", describe(response, repeated=dispatch.repeated)
        )
        return Receipt(external_id=read_external_id(answer), repeated=dispatch.repeated)

    async def _read(self, dispatch: Dispatch) -> store.Response:
        async with self._runtime.database.connection() as connection:
            response = await store.read_response(connection, UUID(dispatch.payload["response_id"]))
            controls = await store.active_controls(connection)
        if response is None or response.deleted or response.mention is None:
            raise Refused("the mention was taken back")
        if response.status not in READY or response.generation != dispatch.payload["generation"]:
            raise Refused("the response was changed")
        control = controls.get(EVERY_COMPANY) or controls.get(response.company)
        if control == "kill" or (control == "crisis" and response.status == "drafted"):
            raise NotNow(HOLDS[control], retry_after_seconds=HELD_SECONDS)
        return response

    async def find(self, dispatch: Dispatch) -> Receipt | None:
        """Not asked: the receiver knows our key, or nobody knows."""
        return None


def describe(response: store.Response, *, repeated: bool) -> dict[str, Any]:
    """What the channel gets."""
    mention = response.mention
    if mention is None:
        raise Refused("the mention was taken back")
    return {
        "response_id": str(response.response_id),
        "mention_id": str(response.mention_id),
        "company": response.company,
        "channel": mention.channel,
        "account": mention.account,
        "in_reply_to": mention.external_id,
        "thread": mention.thread,
        "reply_kind": response.reply_kind.value,
        "purpose": response.purpose.value if response.purpose else None,
        "private": response.private,
        "text": response.text,
        "repeated": repeated,
    }


def read_external_id(answer: bytes) -> str | None:
    """The channel's id of our reply, where it says one: {"external_id": "…"}."""
    try:
        said = json.loads(answer)
    except ValueError:
        return None
    found = said.get("external_id") if isinstance(said, Mapping) else None
    return found[:EXTERNAL_ID_CHARACTERS_MAX] if isinstance(found, str) else None
