"""Operations correct what grouping got wrong, and can take it back; repeated problems owe a root cause."""

from datetime import timedelta
from uuid import UUID

import pytest

from contracts import Topic
from services.notify.app import build_corrections
from services.notify.corrections import Corrections
from services.notify.regrouping import NotRegrouped
from services.notify.settings import NotifySettings
from tests.scenarios.desk import Desk


def corrections_of(desk: Desk) -> Corrections:
    assert isinstance(desk.service.settings, NotifySettings)
    return build_corrections(desk.service.settings, desk.service.runtime)


async def two_incidents(desk: Desk) -> tuple[UUID, UUID]:
    await desk.say("The card reader at Castle Gate is broken, cannot pay")
    await desk.wait(timedelta(seconds=10))
    await desk.say("The lift at your Castle Gate branch is broken")
    opened = [UUID(data["incident_id"]) for _, data in await desk.events("incident.opened")]
    assert len(opened) == 2
    return opened[0], opened[1]


async def mentions_of(desk: Desk, incident_id: UUID) -> int:
    rows = await desk.rows("select mention_id from mentions where incident_id = $1", incident_id)
    (incident,) = await desk.rows("select mentions from incidents where id = $1", incident_id)
    if rows:
        assert incident["mentions"] == len(rows)
    return len(rows)


async def test_two_broken_things_at_one_branch_are_two_incidents(desk: Desk) -> None:
    await two_incidents(desk)
    assert len(desk.mails_to("asha.rao")) == 2


async def test_merged_incidents_have_one_owner_and_one_end(desk: Desk) -> None:
    first, second = await two_incidents(desk)

    await corrections_of(desk).merge(second, first, "Ann", "the power is out")
    await desk.settle()
    await desk.answer(desk.mails_to("asha.rao")[0], "fixed the fuse")

    moved = [data for _, data in await desk.events("incident.mention_added")]
    (resolved,) = [data for _, data in await desk.events("incident.resolved")]
    page = await desk.phone.look(desk.mails_to("asha.rao")[1].link)
    assert [data["incident_id"] for data in moved] == [str(first)]
    assert (resolved["incident_id"], resolved["mentions"]) == (str(first), 2)
    assert "one problem with another work order" in page
    assert await mentions_of(desk, first) == 2


async def test_a_merge_is_undone_with_the_mentions_where_they_were(desk: Desk) -> None:
    first, second = await two_incidents(desk)
    operation = await corrections_of(desk).merge(second, first, "Ann", "the power is out")

    await corrections_of(desk).undo(operation, "Ann", "it was not")
    await desk.settle()

    (split,) = [data for _, data in await desk.events("incident.split")]
    assert split["undoes"] == str(operation)
    assert (await mentions_of(desk, first), await mentions_of(desk, second)) == (1, 1)
    (row,) = await desk.rows("select status, merged_into from incidents where id = $1", second)
    assert (row["status"], row["merged_into"]) == ("triggered", None)
    with pytest.raises(NotRegrouped):
        await corrections_of(desk).undo(operation, "Ann", "again")


async def test_a_split_gives_the_mentions_an_incident_and_a_work_order_of_their_own(desk: Desk) -> None:
    texts = ["Queue at Castle Gate is out of the door, 30 min", "Waiting 20 minutes at Castle Gate, rude staff"]
    _, other = await desk.say_all(texts)
    (opened,) = [UUID(data["incident_id"]) for _, data in await desk.events("incident.opened")]

    operation, new = await corrections_of(desk).split(opened, [other.mention_id], "Ann", "about staff", Topic.STAFF)
    await desk.settle()

    assert (await mentions_of(desk, opened), await mentions_of(desk, new)) == (1, 1)
    assert len(desk.mails_to("asha.rao")) == 2
    await corrections_of(desk).undo(operation, "Ann", "one problem after all")
    assert (await mentions_of(desk, opened), await mentions_of(desk, new)) == (2, 0)


async def test_what_has_ended_is_not_regrouped(desk: Desk) -> None:
    first, second = await two_incidents(desk)
    await desk.answer(desk.mails_to("asha.rao")[0], "fixed the reader")

    with pytest.raises(NotRegrouped, match="has ended"):
        await corrections_of(desk).merge(second, first, "Ann", "same")
    rows = await desk.rows("select mention_id from mentions where incident_id = $1", second)
    with pytest.raises(NotRegrouped, match="has to stay"):
        await corrections_of(desk).split(second, [row["mention_id"] for row in rows], "Ann", "no")


async def test_sarcasm_without_a_topic_joins_what_is_going_on_at_that_branch(desk: Desk) -> None:
    await desk.say("Queue at Castle Gate is out of the door and round the corner, 40 min")
    await desk.wait(timedelta(minutes=4))
    await desk.say("Love spending my whole lunch hour admiring the ceiling at Castle Gate. Truly. Take your time.")

    assert len(await desk.events("incident.opened")) == 1
    assert len(await desk.events("incident.mention_added")) == 1


async def test_an_unrelated_problem_at_the_same_branch_does_not_join(desk: Desk) -> None:
    await desk.say("Queue at Castle Gate is out of the door and round the corner, 40 min")
    await desk.say("The toilets at Castle Gate are filthy")

    assert len(await desk.events("incident.opened")) == 2
    assert await desk.events("incident.mention_added") == []


async def test_a_process_is_one_incident_wherever_it_was_met(desk: Desk) -> None:
    await desk.say("Your call centre asks security questions nobody can answer, which account did I open first?")
    await desk.say("Castle Gate branch could not help with the security questions from your hotline either, awful")

    (opened,) = [data for _, data in await desk.events("incident.opened")]
    assert opened["owner_role"] == "process_owner"
    assert len(desk.mails_to("vera.holt")) == 1


async def test_danger_is_asked_of_three_people_within_a_quarter_of_an_hour(desk: Desk) -> None:
    await desk.say("A ceiling tile fell on a woman at your Castle Gate branch, she is bleeding and nobody helps")
    await desk.wait(timedelta(minutes=15))

    asked = [mail.to.partition("@")[0] for mail in desk.post.mails]
    (opened,) = [data for _, data in await desk.events("incident.opened")]
    assert (opened["urgent"], opened["severity"]) == (True, "critical")
    assert asked == ["asha.rao", "neil.kerr", "gil.mason", "asha.rao"]


async def test_a_threat_of_law_without_a_place_reaches_a_person(desk: Desk) -> None:
    await desk.say("My lawyer will sue Harbourvale for this, you will hear from us in court")

    (opened,) = [data for _, data in await desk.events("incident.opened")]
    assert (opened["urgent"], opened["owner_role"]) == (True, "region_owner")
    assert len(desk.post.mails) == 1


async def test_a_problem_that_came_back_owes_a_root_cause_until_somebody_says_it(desk: Desk) -> None:
    await desk.say("Queue at your Castle Gate branch is out of the door, 40 min")
    await desk.answer(desk.mails_to("asha.rao")[0], "moved two people to the counter, 5 min")
    await desk.wait(timedelta(minutes=30))
    await desk.say("Half an hour in the queue at Castle Gate")
    await desk.answer(desk.mails_to("asha.rao")[1], "opened a third counter, 5 min")
    owed = await desk.rows(OWED)

    await corrections_of(desk).review(owed[0]["id"], "lunch breaks at the same time", "breaks are staggered", "Asha")

    assert len(owed) == 1
    assert await desk.rows(OWED) == []
    with pytest.raises(NotRegrouped, match="both needed"):
        await corrections_of(desk).review(owed[0]["id"], "lunch breaks", " ", "Asha")


OWED = "select id from incidents where returned and status = 'resolved' and id not in (select incident_id from reviews)"
