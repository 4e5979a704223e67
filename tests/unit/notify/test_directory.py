"""The directory: what it knows, and how a wrong one is refused."""

import pytest

from contracts import Topic
from services.notify.directory import DirectoryError, load_directory
from tests.unit.notify.places import COMPANY, DIRECTORY_YAML, a_directory


def test_a_branch_knows_its_manager_its_deputy_and_the_owner_of_its_region() -> None:
    directory = a_directory()
    branch = directory.branch("camden-high")
    assert branch.manager is not None
    assert branch.manager.email == "mia@harbour.example"
    assert branch.deputy is not None
    assert directory.region_owner_of(branch).name == "Tom Abel"


def test_a_process_owns_its_topics_wherever_they_are_met() -> None:
    process = a_directory().process_for(COMPANY, Topic.WEBSITE_APP)
    assert process is not None
    assert (process.public_name, process.owner.name) == ("our app", "Ida Brook")
    assert a_directory().process_for(COMPANY, Topic.WAIT_TIME) is None


def test_a_process_owner_may_be_a_bare_name_who_cannot_be_reached() -> None:
    text = DIRECTORY_YAML.replace("{name: Ida Brook, email: ida@harbour.example}", "Head of Mobile")
    process = load_directory(text, "d.yaml").process_for(COMPANY, Topic.SECURITY)
    assert process is not None
    assert (process.owner.name, process.owner.email) == ("Head of Mobile", None)


def test_a_company_that_is_all_online_has_owners_too() -> None:
    company = '{id: film, name: Film, kind: streaming, account: "@film"}'
    process = "{id: app, company: film, matter: the app, owner: Head of Film}"
    online = load_directory(f"companies: [{company}]\nprocesses: [{process}]", "d.yaml")
    assert a_directory().has_owners(COMPANY)
    assert online.has_owners("film")
    assert not online.has_owners(COMPANY)


def test_a_post_code_stays_a_string_and_norway_stays_a_country() -> None:
    text = DIRECTORY_YAML.replace("postcode: NW1 0JH", "postcode: 01067").replace("country: GB", "country: NO", 1)
    branch = load_directory(text, "d.yaml").branch("camden-high")
    assert (branch.postcode, branch.country) == ("01067", "NO")


WRONG = [
    ("deputy: {name: Dev Shah,", "deputy: {name: Dev Shah, quiet_hours: at night,", "branches[0].deputy.quiet_hours"),
    ("lat: 51.5362", "lat: north", "branches[0].lat"),
    ("lat: 51.5362", "lat: 151.5", "branches[0].lat"),
    ("region_owner: hv-south", "region_owner: hv-west", "has no region owner hv-west"),
    ("timezone: Europe/London", "timezone: Mars/Base", "is not a time zone"),
    ("- id: york-acomb", "- id: york-parliament", "york-parliament is used twice"),
    ("email: mia@harbour.example", "email: mia at harbour", "manager.email"),
    ("city: London", "town: London", "branches[0].city"),
    ("topics: [website_app, security]", "topics: [website_app, parking]", "processes[0].topics[1]"),
    ("company: harbour\n  name: Camden", "company: harbor\n  name: Camden", "there is no company harbor"),
    ("topics: [website_app, security]", "topics: [website_app, website_app]", "more than one process"),
]


@pytest.mark.parametrize(("right", "wrong", "said"), WRONG)
def test_a_wrong_directory_is_refused_with_the_line_and_the_field(right: str, wrong: str, said: str) -> None:
    text = DIRECTORY_YAML.replace(right, wrong, 1)
    line = 1 + next(
        number
        for number, (old, new) in enumerate(zip(DIRECTORY_YAML.splitlines(), text.splitlines(), strict=True))
        if old != new
    )
    with pytest.raises(DirectoryError) as refused:
        load_directory(text, "banks.yaml")
    assert said in str(refused.value)
    if "city" not in said:
        assert f"banks.yaml:{line}: " in str(refused.value)


def test_every_problem_is_named_at_once_up_to_a_limit() -> None:
    text = DIRECTORY_YAML.replace("country: GB", "country: Britain").replace("lat: ", "lat: x")
    with pytest.raises(DirectoryError) as refused:
        load_directory(text, "d.yaml")
    assert len(str(refused.value).splitlines()) == 6


@pytest.mark.parametrize("text", ["", "- a\n- b", "companies: [", "{}", "companies: 3", "a: &x [*x]"])
def test_what_is_no_directory_is_refused(text: str) -> None:
    with pytest.raises(DirectoryError, match=r"d\.yaml"):
        load_directory(text, "d.yaml")
