"""What a line of a story file may say, and how one that is wrong is named."""

import json
from typing import Any

from deploy.rehearsal.stories import Answers, Said, Story, Unreadable, read_stories

SAID = {"id": "m1", "at_s": 0, "author": "@a", "channel": "x", "text": "Queue!"}
USUAL = {"id": "s1", "company": "copperleaf", "start_at": "2026-11-17T09:10:00Z", "mentions": [SAID]}


def read(**changes: Any) -> Story | Unreadable:
    (story,) = read_stories([json.dumps(USUAL | changes)])
    return story


def problems(**changes: Any) -> str:
    found = read(**changes)
    assert isinstance(found, Unreadable)
    return "\n".join(found.problems)


def test_a_story_is_played_in_order_of_time() -> None:
    answer = {"at_s": 30, "branch_id": "b", "text": "done"}
    story = read(mentions=[SAID, SAID | {"id": "m2", "at_s": 60}], manager_answers=[answer])

    assert isinstance(story, Story)
    assert [(type(item), item.at_s) for item in story.inputs] == [(Said, 0), (Answers, 30), (Said, 60)]


def test_a_wrong_field_is_named_by_its_path_and_line() -> None:
    lines = ["", json.dumps(USUAL), json.dumps(USUAL | {"id": "s2", "mentions": [SAID | {"at_s": "soon"}]})]
    _, wrong = read_stories(lines)

    assert isinstance(wrong, Unreadable)
    assert (wrong.line, wrong.story) == (3, "s2")
    assert wrong.problems[0].startswith("mentions.0.at_s: ")


def test_a_missing_field_is_named() -> None:
    assert "mentions.0.text: Field required" in problems(mentions=[{k: v for k, v in SAID.items() if k != "text"}])


def test_what_is_no_json_and_no_object_is_named() -> None:
    (broken,) = read_stories(["{not json"])
    (listed,) = read_stories(["[]"])

    assert isinstance(broken, Unreadable)
    assert "not JSON" in broken.problems[0]
    assert isinstance(listed, Unreadable)
    assert "not a JSON object" in listed.problems[0]


def test_a_mention_that_is_not_there_is_named() -> None:
    assert problems(deletes=[{"at_s": 1, "mention": "m9"}]) == "deletes.0.mention: there is no mention m9"


def test_an_answer_says_whose_it_is() -> None:
    assert "name a branch_id" in problems(manager_answers=[{"at_s": 1, "text": "done"}])


def test_no_two_mentions_and_no_two_stories_have_one_name() -> None:
    assert "m1 is used twice" in problems(mentions=[SAID, SAID])
    _, again = read_stories([json.dumps(USUAL), json.dumps(USUAL)])
    assert isinstance(again, Unreadable)
    assert "the story of line 1" in again.problems[0]


def test_what_somebody_does_and_nobody_plays_is_named_apart_from_what_is_only_said() -> None:
    answer = {"at_s": 5, "branch_id": "b", "text": "done", "loudly": True, "note": "in person"}
    story = read(
        weather="rain", power_cuts=[{"at_s": 9}], mentions=[SAID | {"followers": 12}], manager_answers=[answer]
    )

    assert isinstance(story, Story)
    assert story.unplayed == ["power_cuts", "manager_answers.0.loudly"]
    assert story.unread == ["weather", "mentions.0.followers"]


def test_a_channel_may_be_written_as_people_write_it() -> None:
    story = read(mentions=[SAID | {"channel": "Google Reviews"}])

    assert isinstance(story, Story)
    assert story.mentions[0].channel == "google_reviews"
