"""Which branch a mention is about."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts import Location, LocationStatus, Place
from services.notify.directory import load_directory
from services.notify.location import Locator, distance_m
from tests.servers import ROOT
from tests.unit.notify.places import COMPANY, a_directory

LOCATOR = Locator(a_directory())
CAMDEN, YORKS = "camden-high", ["york-acomb", "york-parliament"]
DATA = ROOT.parent / "shared" / "data" / "places"


def locate(text: str = "", **place: object) -> Location:
    return LOCATOR.locate(company=COMPANY, text=text, place=Place.model_validate(place) if place else None)


@pytest.mark.parametrize(
    "text",
    [
        "the queue at Camden High Street is out of the door",
        "CAMDEN HIGH ST. again",
        "forty minutes #CamdenHighStreet",
        "nobody at the counter in London",
        "Camdem High Street, no staff",
    ],
)
def test_words_name_the_branch(text: str) -> None:
    found = locate(text)
    assert (found.status, found.branch_id) == (LocationStatus.BRANCH, CAMDEN)
    assert found.confidence >= 0.7


def test_the_longest_words_win_over_the_town_they_hold() -> None:
    assert locate("York Acomb branch is closed").branch_id == "york-acomb"


def test_a_town_with_two_branches_is_in_doubt() -> None:
    found = locate("your York branch has no staff")
    assert (found.status, found.branch_id) == (LocationStatus.AMBIGUOUS, None)
    assert [candidate.branch_id for candidate in found.candidates] == YORKS


def test_coordinates_decide_what_the_words_leave_open() -> None:
    found = locate("your York branch has no staff", lat=53.9561, lon=-1.1271)
    assert found.branch_id == "york-acomb"
    assert set(found.evidence) == {"text_town", "coordinates"}


def test_words_count_more_than_coordinates_elsewhere() -> None:
    found = locate("home at last. Camden High Street owes me an hour", lat=53.9590, lon=-1.0811)
    assert found.branch_id == CAMDEN
    assert "coordinates" not in found.evidence


def test_coordinates_at_the_door_are_enough() -> None:
    found = locate("an hour in line", lat=51.5363, lon=-0.1401)
    assert (found.branch_id, found.evidence) == (CAMDEN, ("coordinates",))
    assert found.confidence >= 0.9


def test_coordinates_far_from_every_branch_say_nothing() -> None:
    assert locate("an hour in line", lat=48.85, lon=2.35).status is LocationStatus.NONE


def test_a_place_tag_and_the_text_together_make_us_surer_than_either() -> None:
    text, tag = locate("Camden High Street queue"), locate("queue", name="Camden High Street")
    both = locate("Camden High Street queue", name="Camden High Street")
    assert both.branch_id == CAMDEN
    assert both.confidence > max(text.confidence, tag.confidence)
    assert both.evidence == ("text_name", "place_tag")


def test_what_a_mention_says_it_is_not_is_left_out() -> None:
    assert locate("it wasn't Acomb, it was Parliament Street").branch_id == "york-parliament"


@pytest.mark.parametrize("text", ["the app logs me out", "", "🙂", "you never answer the phone"])
def test_a_matter_without_a_place_has_no_branch(text: str) -> None:
    assert locate(text) == Location(status=LocationStatus.NONE, confidence=0.0)


def test_a_company_we_do_not_know_has_no_branch() -> None:
    assert LOCATOR.locate(company="other", text="Camden High Street").status is LocationStatus.NONE


def test_distances_are_metres_along_the_ground() -> None:
    london_paris = distance_m(51.5074, -0.1278, 48.8566, 2.3522)
    assert london_paris == pytest.approx(343_500, rel=0.01)


@pytest.mark.skipif(not DATA.is_dir(), reason="the places to measure on are not here")
def test_on_places_written_by_others_seven_in_ten_come_out_right_and_few_are_confidently_wrong() -> None:
    raw = yaml.safe_load((DATA / "directory.yaml").read_text("utf-8"))
    raw.pop("extra_branches")
    locator = Locator(load_directory(yaml.safe_dump(raw), "directory.yaml"))
    right, confidently_wrong, rows = 0, 0, _rows(DATA / "places_dev.jsonl")
    for row in rows:
        place = Place(lat=row.get("lat"), lon=row.get("lon"), name=row.get("place_name"))
        found = locator.locate(company=row["company"], text=row["text"], place=place, account=row.get("account"))
        expected = row["expected"]
        same = found.status.value == expected["status"] and found.branch_id == expected.get("branch_id")
        right += same
        confidently_wrong += not same and found.status is LocationStatus.BRANCH
    assert right / len(rows) >= 0.74
    assert confidently_wrong / len(rows) <= 0.05


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
