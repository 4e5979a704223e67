"""Signed webhooks out: what the other side gets, what its answers mean, and where we never go."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from chassis.errors import NotNow, Refused
from chassis.outbound import WebhookSender, check_url, judge_response, pick_public, read_retry_after
from chassis.work import Audience, Dispatch
from contracts import OwnerRole
from deploy.demo.town import ChannelSink, free_port
from services.notify.adapters import WebhookAdapter
from services.notify.orders import SUGGESTIONS, WorkOrder
from services.notify.views import Composed, Ordered
from tests.builders import NOON
from tests.unit.chassis.test_webhooks import NEW, OLD

INCIDENT = UUID(int=5)


def an_order() -> Dispatch:
    return Dispatch(
        key="order:1",
        adapter="webhook",
        audience=Audience.STAFF,
        subject=INCIDENT,
        payload={"step": 1, "role": OwnerRole.MANAGER.value, "to": "set by the test", "name": "Mia Cole"},
        due_at=NOON,
        id=UUID(int=9),
    )


async def compose(dispatch: Dispatch) -> Composed:
    suggestions = next(iter(SUGGESTIONS.values()))
    order = WorkOrder("Customers wait too long", "Camden", "12:00", 3, ("a quote",), suggestions, False, False, False)
    ordered = Ordered(order, "https://amends.example/a/token")
    return Composed(dispatch, "order", order.subject, (ordered,), token="t" * 44)


async def test_a_work_order_reaches_the_owners_system_signed_and_is_recognised_when_it_comes_twice() -> None:
    async with ChannelSink(NEW, free_port()) as sink:
        sender = WebhookSender(NEW, trusted_network=True)
        adapter, order = WebhookAdapter(sender, compose), an_order()
        order = Dispatch(**(vars(order) | {"payload": {**order.payload, "to": sink.url}}))
        receipts = [await adapter.send(order) for _ in range(2)]
        await sender.close()
    (heard,) = sink.heard
    assert [receipt.external_id for receipt in receipts] == [str(order.id)] * 2
    assert sink.repeats == 1
    assert heard.data["incident_id"] == str(INCIDENT)
    assert heard.data["link"] == "https://amends.example/a/token"
    assert (heard.data["customers"], heard.data["quotes"]) == (3, ["a quote"])
    assert heard.data["answer_token"] == "t" * 44


async def test_a_receiver_that_does_not_know_our_key_refuses_for_good_and_one_that_is_busy_later() -> None:
    async with ChannelSink(OLD, free_port()) as sink:
        sender = WebhookSender(NEW, trusted_network=True)
        with pytest.raises(Refused, match="401"):
            await sender.post(sink.url, "id-1", "a.kind", {})
        sink.is_away = True
        with pytest.raises(NotNow) as later:
            await sender.post(sink.url, "id-1", "a.kind", {})
        await sender.close()
    assert later.value.retry_after_seconds == 1


async def test_nobody_listening_is_surely_not_sent() -> None:
    sender = WebhookSender(NEW, trusted_network=True)
    with pytest.raises(NotNow, match="ConnectError"):
        await sender.post(f"http://127.0.0.1:{free_port()}/x", "id-1", "a.kind", {})
    await sender.close()


@pytest.mark.parametrize(
    "url", ["http://example.com/x", "ftp://example.com", "https://user:pw@example.com/", "https:///x", "not a url", ""]
)
def test_only_https_without_a_user_in_it(url: str) -> None:
    with pytest.raises(Refused):
        check_url(url, trusted_network=False)


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["10.0.0.4"],
        ["192.168.1.1"],
        ["169.254.169.254"],
        ["::1"],
        ["fe80::1%eth0"],
        ["93.184.216.34", "10.0.0.4"],
        [],
    ],
)
def test_a_name_that_leads_into_a_private_network_is_refused(addresses: list[str]) -> None:
    with pytest.raises(Refused, match="private network"):
        pick_public(addresses)


def test_a_public_address_is_taken() -> None:
    assert pick_public(["93.184.216.34"]) == "93.184.216.34"


async def test_outside_a_trusted_network_loopback_is_never_called() -> None:
    async with ChannelSink(NEW, free_port()) as sink:
        sender = WebhookSender(NEW)
        with pytest.raises(Refused):
            await sender.post(sink.url.replace("http://127.0.0.1", "https://localhost"), "id-1", "a.kind", {})
        await sender.close()
    assert sink.heard == []


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, None),
        (204, None),
        (301, Refused),
        (400, Refused),
        (404, Refused),
        (429, NotNow),
        (500, NotNow),
        (503, NotNow),
    ],
)
def test_an_answer_says_done_never_or_later(status: int, outcome: type[Exception] | None) -> None:
    if outcome is None:
        judge_response(status, None, NOON)
        return
    with pytest.raises(outcome):
        judge_response(status, None, NOON)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("30", 30.0), ("Mon, 16 Nov 2026 12:01:00 GMT", 60.0), ("Mon, 16 Nov 2026 11:00:00 GMT", 0.0), ("soon", None)],
)
def test_retry_after_is_seconds_or_a_date(header: str, seconds: Any) -> None:
    assert read_retry_after(header, datetime(2026, 11, 16, 12, 0, tzinfo=UTC)) == seconds
