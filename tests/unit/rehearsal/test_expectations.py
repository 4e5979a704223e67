"""Each expectation, judged on records made by hand: the right one passes, the wrong one is named."""

from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest

from contracts import mention_id
from deploy.rehearsal.expectations import ALSO_CALLED, ROWS, Problem, events_like, judge, row_for, seconds_needed
from deploy.rehearsal.record import Happening, Record, Text
from deploy.rehearsal.stories import Story

QUEUE = str(uuid5(NAMESPACE_URL, "queue"))
DIRT = str(uuid5(NAMESPACE_URL, "dirt"))


def story(expected: Mapping[str, Any], **more: Any) -> Story:
    says = {"author": "@a", "channel": "x", "text": "Queue!"}
    mentions = [says | {"id": f"m{n}", "at_s": 60 * n} for n in (1, 2, 3)]
    usual = {"id": "s", "company": "co", "start_at": "2026-11-17T09:10:00Z", "mentions": mentions}
    return Story.model_validate(usual | {"expected": expected} | more)


class Telling:
    """Writes a record line by line."""

    def __init__(self) -> None:
        self.happenings: list[Happening] = []
        self.texts: list[Text] = []
        self.order = 0

    def event(self, name: str, at_s: float = 0, **data: Any) -> "Telling":
        self.order += 1
        if (mention := data.pop("mention", None)) is not None:
            data["mention_id"] = str(mention_id("x", f"s-{mention}"))
        self.happenings.append(Happening(self.order, at_s, name, data))
        return self

    def text(self, mention: str, text: str, at_s: float = 0, kind: str = "answer", *, public: bool = True) -> "Telling":
        self.order += 1
        self.texts.append(Text(mention, text, at_s, self.order, kind, public))
        return self

    def opened(self, mention: str, incident: str = QUEUE, branch: str = "b1", at_s: float = 0) -> "Telling":
        return self.event(
            "incident.opened", at_s, mention=mention, incident_id=incident, branch_id=branch, dedup_key=f"{branch}|t"
        )

    def joined(self, mention: str, incident: str = QUEUE) -> "Telling":
        return self.event("incident.mention_added", mention=mention, incident_id=incident)

    def fixed(self, at_s: float = 600, incident: str = QUEUE, **data: Any) -> "Telling":
        return self.event("incident.fix_confirmed", at_s, incident_id=incident, **data)

    def problems(self, expected: Mapping[str, Any], *, troubles: tuple[str, ...] = (), **more: Any) -> list[Problem]:
        regions = {"b1": "north", "b2": "north"}
        return judge(Record(story(expected, **more), self.happenings, self.texts, troubles, regions))


def told_in_full() -> Telling:
    """Two customers of one queue, told before and after."""
    return (
        Telling()
        .event("response.decided", mention="m1", mention_version=1, decision="respond")
        .opened("m1")
        .text("m1", "Sorry. The manager has been told; you will hear once it is fixed.", 65, "acknowledgement")
        .joined("m2")
        .event("incident.notified", 5, incident_id=QUEUE, role="manager")
        .fixed(action="staff_reshuffled", wait_min=5)
        .text("m1", "Sorry again. The branch has moved two people; 5 minutes now. Thank you.", 601, "outcome")
        .text("m2", "Two people moved to the counter: about 5 minutes. Thanks, and sorry.", 601, "outcome")
    )


def test_a_story_that_went_as_expected_has_no_problem() -> None:
    expected = {
        "decisions": {"m1": ["respond", "acknowledge"]},
        "incidents": 1,
        "incident_of": {"m1": "i1", "m2": "i1"},
        "incident_owner": {"i1": "b1"},
        "told_when_fixed": ["m1", "m2"],
        "must_contain_any": [["two people", "counter"], ["5 min"], ["thank"]],
        "must_not_contain": ["how can we help", "policy"],
        "never_before_fix": ["fixed", "5 min", "has moved"],
        "outcome": {"i1": "fixed"},
        "wait_min": {"i1": 5},
        "work_orders": 1,
        "similarity_max": 0.9,
        "no_question": True,
        "replies": 3,
        "replies_max": {"m1": 2, "m2": 1},
        "first_reply_within_s": {"m1": 10},
        "notified_within_s": 10,
        "told_within_s": 5,
        "reopened": False,
        "acknowledged": False,
        "fix_confirmed": ["i1"],
        "replied": ["m1"],
        "no_reply": ["m3"],
        "events": ["incident.opened"],
        "no_events": ["incident.escalated"],
    }

    assert told_in_full().problems(expected) == []


WRONG: Mapping[str, Any] = {
    "decisions": {"m1": "monitor"},
    "incidents": 2,
    "incident_of": {"m1": "i1", "m2": "i2"},
    "incident_owner": {"i1": "b2"},
    "candidates": ["b1", "b2"],
    "told_when_fixed": ["m1"],
    "must_contain_any": [["plumber"]],
    "must_contain_all": ["two people", "plumber"],
    "must_not_contain": ["sorry"],
    "never_before_fix": ["has been told"],
    "first_must_contain_any": [["thank"]],
    "first_reply_only_for": ["m3"],
    "outcome": {"i1": "cannot_fix"},
    "wait_min": {"i1": 8},
    "action": {"i1": "cleaned"},
    "escalated": True,
    "fix_declined": True,
    "work_orders": 2,
    "no_work_order": ["m1"],
    "similarity_max": 0.1,
    "replies": 9,
    "replies_max": 1,
    "replies_min": 9,
    "replies_each_max": 1,
    "replied": ["m3"],
    "no_reply": True,
    "not_told_when_fixed": ["m1"],
    "private_only": ["m1"],
    "first_reply_within_s": 1,
    "notified_within_s": 1,
    "told_within_s": 0.5,
    "reopened": True,
    "fix_confirmed": False,
    "events": ["loop.closed"],
    "no_events": ["incident.opened"],
}


@pytest.mark.parametrize("key", WRONG)
def test_what_is_not_as_expected_is_named_under_its_key(key: str) -> None:
    expected = {"told_when_fixed": ["m1", "m2"]} | {key: WRONG[key]}
    found = {problem.expectation for problem in told_in_full().problems(expected)}

    assert found == {key}


def test_a_key_nobody_judges_is_named_and_fails() -> None:
    (problem,) = Telling().problems({"must_not_contian": ["policy"]})

    assert problem == Problem("not_judged", "nobody here judges must_not_contian")


def test_a_value_nobody_can_judge_is_named_and_fails() -> None:
    (problem,) = Telling().problems({"decisions": ["m1"]})

    assert problem.expectation == "not_judged"
    assert "decisions" in problem.problem


def test_what_could_not_be_played_fails_the_story() -> None:
    found = Telling().problems({}, troubles=("at 5 s: there is no open work order for b1",), power_cuts=[{"at_s": 4}])

    assert [problem.expectation for problem in found] == ["played", "not_played"]


def test_every_other_name_means_a_key_that_is_judged() -> None:
    meant = set(ALSO_CALLED.values())
    events = {"goodwill_granted", "storm_started", "statement_proposed", "insight_raised", "watch_started", "merged"}
    events |= {"promise_made", "idea_captured", "split", "walked_away"}

    assert {key for key in meant - events if row_for(key) is None} == set()
    assert not set(ALSO_CALLED) & set(ROWS)


def test_a_key_named_like_an_event_is_judged_by_it() -> None:
    assert events_like("fix_confirmed") == ("incident.fix_confirmed",)
    assert events_like("loop_closed") == ("loop.closed",)
    told = Telling().opened("m1").event("incident.reopened", mention="m2", incident_id=QUEUE)

    assert told.problems({"reopened": ["m2"]}) == []
    assert told.problems({"reopened": ["i1"]}) == []
    assert told.problems({"relapse": 1}) == []
    (problem,) = told.problems({"reopened": ["m3"]})[:1]
    assert problem.problem == "incident.reopened did not happen for m3"


def test_before_the_outcome_is_judged_for_each_incident_by_its_own() -> None:
    told = Telling().opened("m1").opened("m2", DIRT, "b2").fixed(incident=DIRT).text("m1", "It is fixed.", 700)

    assert [p.expectation for p in told.problems({"never_before_fix": ["fixed"]})] == ["never_before_fix"]
    assert told.fixed().text("m1", "Fixed!", 900).problems({"never_before_fix": ["cleaned"]}) == []


def test_without_any_outcome_every_text_is_before_it() -> None:
    told = Telling().text("m1", "All is resolved.")

    assert len(told.problems({"never_before_fix": ["resolved"]})) == 1


def test_a_reply_to_somebody_who_should_not_hear_the_outcome_is_named() -> None:
    told = told_in_full()

    assert "m2" in told.problems({"told_when_fixed": ["m1"]})[0].problem


def test_a_declined_fix_is_an_outcome_and_a_wrong_branch_is_none() -> None:
    told = Telling().opened("m1").event("incident.fix_declined", 5, incident_id=QUEUE, reason="wrong_branch")
    assert told.problems({"outcome": {"i1": None}, "fix_declined": "wrong_branch"}) == []

    passed_on = Telling().opened("m1")
    passed_on.event("incident.escalated", incident_id=QUEUE, step=2, role="region_owner", reason="wrong_branch")
    assert passed_on.problems({"fix_declined": {"i1": "wrong_branch"}}) == []

    told.event("incident.fix_declined", 9, incident_id=QUEUE, reason="not_observed").text(
        "m1", "Thanks.", 10, "outcome"
    )
    assert told.problems({"outcome": {"i1": "not_observed"}, "told_when_fixed": ["m1"]}) == []


def test_what_came_back_after_the_fix_may_keep_its_label_or_get_a_new_one() -> None:
    again = str(uuid5(NAMESPACE_URL, "again"))
    told = Telling().opened("m1").fixed().opened("m2", again)
    told.event("incident.reopened", mention="m2", incident_id=again)

    assert told.problems({"incidents": 1, "incident_of": {"m1": "i1", "m2": "i1"}}) == []
    assert told.problems({"incidents": 2, "incident_of": {"m1": "i1", "m2": "i2"}}) == []
    assert len(told.problems({"incidents": 3})) == 1


def test_the_owner_is_the_region_while_the_branch_is_in_doubt() -> None:
    candidates = [{"branch_id": "b1", "score": 0.5}, {"branch_id": "b2", "score": 0.5}]
    doubt = {"status": "ambiguous", "candidates": candidates, "confidence": 0.5}
    told = Telling().opened("m1", branch="").event("incident.located", incident_id=QUEUE, location=doubt)

    assert told.problems({"incident_owner": {"i1": "north"}, "candidates": ["b2", "b1"]}) == []
    told.event("incident.located", incident_id=QUEUE, location={"status": "branch", "branch_id": "b2"})
    assert told.problems({"incident_owner": {"i1": "b2"}}) == []


@pytest.mark.parametrize(
    "wanted", [True, 2, ["i1"], {"i1": "deputy"}, {"i1": ["north"]}, "north", {"i1": "region_owner"}]
)
def test_an_escalation_may_be_expected_in_several_words(wanted: Any) -> None:
    told = Telling().opened("m1")
    for step, role in ((2, "deputy"), (3, "region_owner")):
        told.event("incident.escalated", incident_id=QUEUE, step=step, role=role, reason="no_acknowledgement")

    assert told.problems({"escalated": wanted}) == []
    assert len(told.problems({"escalated": {"i1": "process_owner"}})) == 1
    assert told.problems({"escalated": False})


def test_nothing_is_said_to_who_took_it_back() -> None:
    deletes = [{"at_s": 400, "mention": "m1"}]
    told = Telling().text("m1", "Sorry.", 70)
    assert told.problems({"cancelled": ["m1"]}, deletes=deletes) == []

    told.text("m1", "Fixed.", 500)
    assert len(told.problems({"cancelled": ["m1"]}, deletes=deletes)) == 1


def test_where_nobody_is_told_of_a_fix_the_answers_are_looked_at() -> None:
    told = Telling().text("m1", "We open at 04:00. Anything else, we're here.").text("m2", "You are welcome!")
    expected = {"told_when_fixed": [], "must_contain_any": [["4:00", "04:00"]]}

    assert told.problems(expected | {"first_reply_only_for": ["m1"], "door_open_allowed": True}) == []
    assert [p.expectation for p in told.problems(expected)] == ["must_contain_any"]
    assert {p.expectation for p in told.problems({"door_open_allowed": False})} == {"door_open_allowed"}


def test_private_texts_are_not_public() -> None:
    told = Telling().text("m1", "A coffee on us.", public=False)

    assert told.problems({"must_not_contain": ["coffee"], "private_only": ["m1"], "private_texts": {"m1": 1}}) == []


def test_what_expects_updates_makes_the_story_last_for_days() -> None:
    assert seconds_needed({"updates_min": 1}) > 72 * 3_600
    assert seconds_needed({"incidents": 1}) == 0


def test_nobody_waits_too_long_for_a_word_while_the_matter_is_open() -> None:
    told = Telling().opened("m1").text("m1", "Noted.", 70).text("m1", "Not yet.", 300_000).fixed(400_000)

    assert len(told.problems({"update_within_s": 259_200})) == 1
    assert told.problems({"update_within_s": 300_000}) == []
