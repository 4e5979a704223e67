"""Which branch a mention is about."""

from datetime import UTC, datetime

import pytest

from contracts import Location, LocationStatus, Place
from services.notify.directory import load_directory
from services.notify.geography import Grid, distance_m
from services.notify.location import Locator
from tests.unit.notify.places import COMPANY, DIRECTORY_YAML, a_directory

LOCATOR = Locator(a_directory())
CAMDEN, YORKS = "camden-high", ["york-acomb", "york-parliament"]


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


def test_the_grid_finds_what_is_near_across_cells_and_the_date_line() -> None:
    grid = Grid([("here", 51.5, -0.1001), ("next", 51.5, -0.0999), ("far", 52.5, -0.1), ("fiji", -17.0, 179.999)])
    assert list(grid.near(51.5, -0.10009, 1_000)) == ["here", "next"]
    assert list(grid.near(-17.0, -179.999, 1_000)) == ["fiji"]


@pytest.mark.parametrize(
    ("text", "branch"),
    [
        ("unlike Acomb, Parliament Street never has anyone at the counter", "york-parliament"),
        ("never seen a longer queue than at Acomb", "york-acomb"),
        ("moved here from York, and Camden High Street is slower than any bank", CAMDEN),
        ("Acomb is lovely and quick. Parliament Street kept me waiting an hour", "york-parliament"),
        ("Acomb was so helpful, unlike Parliament Street where I was ignored", "york-parliament"),
        ("I don't mean Acomb, I mean Parliament Street", "york-parliament"),
        ("everyone thought Acomb. It was Parliament Street", "york-parliament"),
    ],
)
def test_the_branch_the_complaint_is_about_is_told_from_others_that_are_named(text: str, branch: str) -> None:
    assert locate(text).branch_id == branch


@pytest.mark.parametrize(
    "text",
    [
        "my sister in London ordered from your website and nothing came",
        "a London fan, and your app is broken",
        "the flight to London was late and your hotline hung up",
        "London, Ontario has no branch of yours, has it",
        "your Swindon branch is shut again",
    ],
)
def test_a_place_in_passing_and_a_place_we_are_not_in_are_no_branch(text: str) -> None:
    assert locate(text).status is LocationStatus.NONE


def test_two_branches_that_are_blamed_alike_stay_in_doubt() -> None:
    for text in (
        "neither Acomb nor Parliament Street had any cash",
        "Acomb or Parliament Street, I can't remember which",
    ):
        assert sorted(c.branch_id for c in locate(text).candidates) == YORKS
        assert locate(text).status is LocationStatus.AMBIGUOUS


def hours(text: str, posted_at: datetime | None = None) -> Location:
    yaml = DIRECTORY_YAML.replace("Mo-Fr 09:30-16:30", "Mo-Fr 09:30-16:30; Sa 10:00-13:00", 2)
    return Locator(load_directory(yaml, "d.yaml")).locate(company=COMPANY, text=text, posted_at=posted_at)


def test_opening_hours_decide_between_branches_of_a_town() -> None:
    assert hours("your York branch on Saturday, one window").branch_id == "york-parliament"
    assert hours("your York branch on Monday, one window").status is LocationStatus.AMBIGUOUS
    saturday = datetime(2026, 11, 21, 11, 0, tzinfo=UTC)
    assert hours("your York branch right now, one window", saturday).branch_id == "york-parliament"
    assert hours("why is your York branch", saturday).status is LocationStatus.AMBIGUOUS


def test_the_last_case_decides_only_between_what_the_words_leave_open() -> None:
    def last(text: str) -> Location:
        return LOCATOR.locate(company=COMPANY, text=text, last_branch="york-acomb")

    assert last("York branch, no staff").branch_id == "york-acomb"
    assert last("Camden High Street, no staff").branch_id == CAMDEN
    assert last("the same queue again").branch_id == "york-acomb"
    assert last("the app logs me out again").status is LocationStatus.NONE


def test_the_first_candidate_is_the_branch_and_the_scores_are_shares() -> None:
    found = locate("your York branch has no staff", lat=53.9561, lon=-1.1271)
    assert found.candidates[0].branch_id == found.branch_id
    assert found.candidates[0].score == found.confidence
    assert sum(candidate.score for candidate in found.candidates) <= 1.001
    assert locate("Camden High Street").confidence >= 0.8 > locate("an hour in line", lat=51.54, lon=-0.1461).confidence
