"""What people decide: the ladder, stop buttons, time-outs that never send, overrides by two, corrections, reports."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from chassis.errors import NotNow
from chassis.outbound import WebhookSender
from chassis.service import Reliability
from contracts import Kind, Legitimacy, Sentiment, Topic, mention_id
from services.respond.api import create_api
from services.respond.approving import NotAllowed, NothingToOverride, SamePerson
from services.respond.channel import ChannelAdapter
from services.respond.handlers import Handlers
from services.respond.overruling import Head, NoSuchValue
from services.respond.policy import Policy, load_policy
from services.respond.replying import Replying
from services.respond.settings import HERE
from tests.builders import a_mention_assessed, an_assessment
from tests.integration.test_cli import amends
from tests.integration.test_respond import GRACE_SPAN, PATIENCE, TOKEN, Desk, desk, praise
from tests.unit.chassis.test_webhooks import NEW

__all__ = ["desk"]

POLICY = load_policy((HERE / "policy.yaml").read_text("utf-8"), "policy.yaml")
DEFENSIVE = "We are sorry, but actually you are wrong about the wait."
LATER = timedelta(minutes=POLICY.approvals.escalate_after_minutes)


def unsure(external_id: str = "1") -> Any:
    return a_mention_assessed(external_id, assessment=an_assessment(legitimacy=Legitimacy.UNSURE))


def with_ladder(desk: Desk, **classes: str) -> None:
    policy = Policy.model_validate(POLICY.model_dump(by_alias=True) | {"autonomy": {"classes": classes}})
    replying = Replying(desk.handlers.replying.playbooks, desk.handlers.replying.knowing, policy)
    desk.use(Handlers(replying, policy, GRACE_SPAN, PATIENCE, replace(desk.handlers.aftercare, replying=replying)))


@pytest.mark.parametrize(
    ("rung", "complaint_waits", "praise_waits"),
    [("draft", True, True), ("acknowledge", True, False), ("full", False, False)],
)
async def test_the_ladder_says_which_texts_wait_for_a_person(
    desk: Desk, rung: str, complaint_waits: bool, praise_waits: bool
) -> None:
    with_ladder(desk, complaint=rung, praise=rung)
    await desk.handle(a_mention_assessed("1"), praise("2"))
    await desk.wait(GRACE_SPAN)

    waiting = {response.mention_id: (response.reason, bool(response.text)) for response in await desk.queued()}
    expected = {mention_id("x", "1"): complaint_waits, mention_id("x", "2"): praise_waits}
    assert waiting == {key: ("autonomy", True) for key, waits in expected.items() if waits}
    assert len(await desk.orders()) == 2 - sum(expected.values())


@pytest.mark.parametrize(("control", "reason"), [("kill", "kill_switch"), ("crisis", "crisis_pause")])
async def test_a_stop_button_keeps_texts_for_people_and_holds_what_has_not_left(
    desk: Desk, control: str, reason: str
) -> None:
    await desk.handle(praise("1"))
    (order,) = await desk.orders()
    await desk.approving.control(control, "harbour", active=True, by="Ann", reason="storm")
    await desk.handle(praise("2"))
    adapter = ChannelAdapter(desk.runtime, WebhookSender(NEW), "https://example.com", Reliability.KEYED)

    with pytest.raises(NotNow, match=reason):
        await adapter.send(order)
    assert [response.reason for response in await desk.queued()] == [reason]
    assert len(await desk.orders()) == 1
    await desk.approving.control(control, "harbour", active=False, by="Ann", reason="over")
    await desk.handle(praise("3"))
    assert len(await desk.orders()) == 2


async def test_in_a_crisis_a_persons_words_still_leave_and_after_the_kill_switch_nothing_does(desk: Desk) -> None:
    await desk.handle(unsure())
    (waiting,) = await desk.queued()
    await desk.approving.approve(waiting.response_id, waiting.generation, "Ann", "We are sorry about the wait.")
    (order,) = await desk.orders()
    adapter = ChannelAdapter(desk.runtime, WebhookSender(NEW), "https://example.com", Reliability.KEYED)
    await desk.approving.control("crisis", "*", active=True, by="Ann", reason="storm")
    assert (await adapter._read(order)).status == "approved"
    await desk.approving.control("kill", "*", active=True, by="Ann", reason="worse")
    with pytest.raises(NotNow):
        await adapter._read(order)


async def test_an_approval_that_times_out_goes_to_the_next_person_and_is_never_sent(desk: Desk) -> None:
    await desk.handle(unsure())
    lane = (await desk.queued())[0].lane
    await desk.wait(LATER)
    await desk.wait(LATER)
    await desk.wait(LATER)

    escalated = [data for name, data in await desk.told() if name == "response.escalated"]
    assert [(data["step"], data["to"]) for data in escalated] == [(1, "care_lead"), (2, "duty_manager")]
    assert (await desk.queued())[0].lane < lane
    assert await desk.orders() == []


async def test_what_was_decided_in_time_escalates_to_nobody(desk: Desk) -> None:
    await desk.handle(unsure())
    (waiting,) = await desk.queued()
    await desk.approving.reject(waiting.response_id, waiting.generation, "Ann", "not for us")
    await desk.wait(LATER)
    assert "response.escalated" not in await desk.events()


async def test_an_override_needs_a_second_person_and_a_reason_and_is_an_event(desk: Desk) -> None:
    await desk.handle(unsure())
    (waiting,) = await desk.queued()
    asked = await desk.approving.ask_override(
        waiting.response_id, waiting.generation, "Ann", "the customer asked for plain words", DEFENSIVE
    )
    before = await desk.orders()
    with pytest.raises(SamePerson):
        await desk.approving.agree_override(waiting.response_id, asked, " ann")
    await desk.approving.agree_override(waiting.response_id, asked, "Ben")

    (overridden,) = [data for name, data in await desk.told() if name == "response.overridden"]
    assert (overridden["by"], overridden["second"]) == ("Ann", "Ben")
    assert "defensive_denial" in {finding["code"] for finding in overridden["findings"]}
    assert (len(before), len(await desk.orders())) == (0, 1)
    actions = [row["action"] for row in await desk.rows("select action from audit order by position")]
    assert actions == ["override_asked", "approved"]


async def test_nobody_overrides_a_claim_of_what_has_not_happened(desk: Desk) -> None:
    await desk.handle(unsure())
    (waiting,) = await desk.queued()
    with pytest.raises(NotAllowed) as refused:
        await desk.approving.ask_override(
            waiting.response_id, waiting.generation, "Ann", "they wait for it", "Sorry! It has been fixed."
        )
    assert {finding.code for finding in refused.value.findings} == {"claims_fixed"}


async def test_a_text_without_fault_needs_no_override_and_an_edit_takes_one_back(desk: Desk) -> None:
    await desk.handle(unsure())
    (waiting,) = await desk.queued()
    with pytest.raises(NothingToOverride):
        await desk.approving.ask_override(
            waiting.response_id, waiting.generation, "Ann", "to be sure", "We are sorry about the wait."
        )
    asked = await desk.approving.ask_override(waiting.response_id, waiting.generation, "Ann", "plain words", DEFENSIVE)
    edited, findings = await desk.approving.edit(waiting.response_id, asked, "Cleo", "We are sorry about the wait.")
    with pytest.raises(NothingToOverride):
        await desk.approving.agree_override(waiting.response_id, edited, "Ben")
    assert findings == ()
    await desk.approving.approve(waiting.response_id, edited, "Ben", None)
    assert len(await desk.orders()) == 1


def a_hater(external_id: str = "1") -> Any:
    seen = {"legitimacy": Legitimacy.HATER, "legitimacy_confidence": 0.71, "assessor": "cascade@1/second"}
    return a_mention_assessed(external_id, assessment=an_assessment(**seen))


async def test_a_person_takes_back_a_hater_verdict_and_the_mention_is_answered(desk: Desk) -> None:
    await desk.handle(a_hater())
    before = await desk.texts()
    decision = await desk.overruling.overrule(mention_id("x", "1"), 1, Head.LEGITIMACY, "legitimate", "care.lead")
    await desk.timers.fire()

    assert (before, decision.value) == ([], "respond")
    (overruled,) = [data for name, data in await desk.told() if name == "assessment.overruled"]
    told = {"head": "legitimacy", "from_value": "hater", "to_value": "legitimate", "by": "care.lead"}
    assert told.items() <= overruled.items()
    assert (overruled["assessor"], overruled["confidence"]) == ("cascade@1/second", 0.71)
    decided = [data for name, data in await desk.told() if name == "response.decided"]
    assert [data["decision"] for data in decided] == ["monitor", "respond"]
    assert decided[-1]["reasons"][0] == "overruled_by_person"
    assert len(await desk.texts()) == 1
    numbers = await desk.rows("select body from bus.outbox where service = 'respond' order by position")
    sequences = [int(json.loads(row["body"])["sequence"]) for row in numbers]
    assert sequences == list(range(1, len(sequences) + 1))


async def test_what_a_person_calls_spam_is_withdrawn_and_what_was_sent_stays_said(desk: Desk) -> None:
    await desk.handle(unsure("1"), praise("2"))
    await desk.settle((await desk.orders())[0])
    first = await desk.overruling.overrule(mention_id("x", "1"), 1, Head.LEGITIMACY, "spam", "intern.7")
    second = await desk.overruling.overrule(mention_id("x", "2"), 1, Head.LEGITIMACY, "spam", "intern.7")

    assert (first.value, second.value) == ("monitor", "acknowledge")
    assert await desk.queued() == []
    assert (await desk.events()).count("response.cancelled") == 1


async def test_a_correction_to_what_it_is_already_or_to_no_word_of_ours_is_refused(desk: Desk) -> None:
    await desk.handle(a_hater())
    for to in ("hater", "nasty"):
        with pytest.raises(NoSuchValue):
            await desk.overruling.overrule(mention_id("x", "1"), 1, Head.LEGITIMACY, to, "care.lead")
    assert "assessment.overruled" not in await desk.events()


async def test_the_api_lists_decisions_corrects_them_edits_overrides_and_stops(desk: Desk) -> None:
    await desk.handle(a_hater("1"), unsure("2"))
    (waiting,) = await desk.queued()
    path, mention = f"/v1/queue/{waiting.response_id}", f"/v1/mentions/{mention_id('x', '1')}"
    transport = httpx.ASGITransport(create_api(desk.approving, desk.overruling, TOKEN))
    async with httpx.AsyncClient(transport=transport, base_url="http://queue") as client:
        assert (await client.get("/v1/mentions")).status_code == 401
        client.headers["Authorization"] = f"Bearer {TOKEN}"
        monitored = (await client.get("/v1/mentions", params={"decision": "monitor"})).json()["mentions"]
        tag = {"If-Match": (await client.get(mention)).headers["etag"]}
        body = {"by": "care.lead", "head": "legitimacy", "to": "legitimate"}
        unread = await client.post(f"{mention}/overrule", json=body)
        stale = await client.post(f"{mention}/overrule", json=body, headers={"If-Match": '"9"'})
        wrong = await client.post(f"{mention}/overrule", json=body | {"to": "nice"}, headers=tag)
        done = await client.post(f"{mention}/overrule", json=body, headers=tag)
        seen = {"If-Match": (await client.get(path)).headers["etag"]}
        edited = await client.post(f"{path}/edit", json={"by": "Ann", "text": DEFENSIVE}, headers=seen)
        seen = {"If-Match": edited.headers["etag"]}
        asked = await client.post(f"{path}/override", json={"by": "Ann", "reason": "plain words"}, headers=seen)
        agreed = await client.post(
            f"{path}/override/agree", json={"by": "Ben"}, headers={"If-Match": asked.headers["etag"]}
        )
        switch = {"active": True, "by": "Ann", "reason": "storm"}
        stopped = await client.put("/v1/controls/kill", json=switch)
        nothing = await client.put("/v1/controls/party", json=switch)
        controls = (await client.get("/v1/controls")).json()["controls"]
    assert [case["assessment"]["legitimacy"] for case in monitored] == ["hater"]
    assert (unread.status_code, stale.status_code, wrong.status_code, done.status_code) == (428, 412, 422, 200)
    assert done.json() == {"decision": "respond"}
    assert "defensive_denial" in {finding["code"] for finding in edited.json()["findings"]}
    assert (asked.status_code, agreed.status_code) == (202, 204)
    assert (stopped.status_code, nothing.status_code) == (204, 422)
    assert [(row["company"], row["control"], row["active"]) for row in controls] == [("*", "kill", True)]


def last_line(out: str) -> dict[str, Any]:
    return dict(json.loads(out.splitlines()[-1]))


async def test_overruled_assessments_are_counted_by_week(desk: Desk, settings_env: Any) -> None:
    await desk.handle(a_hater("1"), a_hater("2"), unsure("3"), praise("4"))
    await desk.overruling.overrule(mention_id("x", "1"), 1, Head.LEGITIMACY, "legitimate", "care.lead")
    await desk.overruling.overrule(mention_id("x", "3"), 1, Head.LEGITIMACY, "hater", "care.lead")
    await desk.overruling.overrule(mention_id("x", "4"), 1, Head.KIND, "idea", "care.lead")
    code, out, _ = await amends("eval", "overrides", "--last", "900w", env=settings_env("respond"))

    found = last_line(out)
    assert code == 0
    assert (found["haters"], found["wrong_haters"], found["missed_haters"]) == (2, 1, 1)
    assert (found["assessed"], found["overruled"], found["wrong_hater_rate"]) == (4, 3, 0.5)
    assert {week["assessor"] for week in found["weeks"]} == {"cascade@1/second", "lexicon@1"}
    assert "2026-11-16" in out


async def test_a_backtest_says_what_would_change_and_changes_nothing(
    desk: Desk, settings_env: Any, tmp_path: Path
) -> None:
    quiet = {"kind": Kind.OTHER, "sentiment": Sentiment.NEUTRAL, "topics": (Topic.OTHER,)}
    await desk.handle(a_mention_assessed("1"), praise("2"), a_mention_assessed("3", assessment=an_assessment(**quiet)))
    await desk.wait(GRACE_SPAN)
    before = await desk.rows("select (select count(*) from cases), (select count(*) from bus.outbox)")
    other = (HERE / "policy.yaml").read_text("utf-8").replace("2026-11-2", "mine")
    other = other.replace("decision: acknowledge, reason: praise}", "decision: monitor, reason: praise}")
    (tmp_path / "mine.yaml").write_text(other.replace("default: full", "default: draft"), "utf-8")
    env = settings_env("respond")
    same = await amends("policy", "backtest", "--last", "900w", env=env)
    changed = await amends("policy", "backtest", "--last", "900w", "--policy", str(tmp_path / "mine.yaml"), env=env)

    assert (same[0], changed[0]) == (0, 0), same[2] + changed[2]
    assert (last_line(same[1])["decisions_changed"], last_line(same[1])["texts_changed"]) == (0, 0)
    found = last_line(changed[1])
    assert (found["mentions"], found["decisions_changed"], found["policy"]) == (3, 1, "mine")
    assert found["decisions"] == [{"from": "acknowledge", "to": "monitor", "reason": "praise", "mentions": 1}]
    assert found["texts"] == {"waits for a person now": 1, "none now, made before": 1}
    assert await desk.rows("select (select count(*) from cases), (select count(*) from bus.outbox)") == before


async def test_a_policy_is_checked_and_in_production_an_unprepared_topic_fails(
    settings_env: Any, tmp_path: Path
) -> None:
    production = settings_env("respond") | {"AMENDS_MODE": "production"}
    bare = (HERE / "policy.yaml").read_text("utf-8").replace("owner_of_the_rest: care_lead", "owners: {staff: anna}")
    (tmp_path / "bare.yaml").write_text(bare, "utf-8")
    (tmp_path / "wrong.yaml").write_text("version: '1'\nrows: [{decision: shout, reason: x}]", "utf-8")
    fine = await amends("policy", "check", env=production)
    demo = await amends("policy", "check", str(tmp_path / "bare.yaml"), env=settings_env("respond"))
    strict = await amends("policy", "check", str(tmp_path / "bare.yaml"), env=production)
    wrong = await amends("policy", "check", str(tmp_path / "wrong.yaml"), env=production)

    assert (fine[0], demo[0], strict[0], wrong[0]) == (0, 0, 1, 1)
    assert "bare.yaml: owners.wait_time: nobody owns this topic" in strict[2]
    assert "staff" not in strict[2]
    assert "wrong.yaml: rows.0.decision" in wrong[2]
