"""Whose process it is, from the words of the directory; invented companies, each with other words."""

import pytest

from contracts import Topic
from services.notify.directory import Directory, load_directory
from services.notify.processes import concepts_of, process_of
from tests.unit.notify.places import DIRECTORY_YAML


def a_directory(*matters: str) -> Directory:
    processes = "\n".join(f'- {{id: p{n}, company: harbour, matter: "{m}", owner: Pat}}' for n, m in enumerate(matters))
    head, _, rest = DIRECTORY_YAML.partition("processes:")
    return load_directory(f"{head}processes:\n{processes}\nbranches:{rest.partition('branches:')[2]}", "d.yaml")


@pytest.mark.parametrize(
    ("matter", "topic", "text"),
    [
        ("verification calls", Topic.SECURITY, "asked me the name of my first pet"),
        ("verification calls", Topic.SUPPORT_RESPONSE, "how do I verify who I am if I forgot the password"),
        ("smartphone app and web portal", Topic.WEBSITE_APP, "logs me out all the time"),
        ("invoicing", Topic.BILLING, "charged for a month I was not there"),
        ("membership cancellation by post", Topic.POLICY, "three letters to cancel my membership"),
        ("refunds via web form", Topic.SUPPORT_RESPONSE, "six weeks and no refund"),
        ("verlorenes Gepäck", Topic.LOST_ITEM, "mein Koffer ist weg"),
        ("warranty repairs", Topic.SUPPORT_RESPONSE, "the repair of my kettle takes months, warranty they say"),
    ],
)
def test_a_matter_is_found_by_its_words_and_by_its_topic(matter: str, topic: Topic, text: str) -> None:
    found = process_of(a_directory(matter), "harbour", topic, text, at_branch=False)
    assert found is not None
    assert found.matter == matter


@pytest.mark.parametrize(
    ("matter", "topic", "text"),
    [
        ("verification calls", Topic.SUPPORT_RESPONSE, "nobody answers the phone"),
        ("refunds via web form", Topic.WEBSITE_APP, "the web form is down"),
        ("smartphone app", Topic.STAFF, "appalling staff"),
        ("invoicing", Topic.WAIT_TIME, "queued an hour to pay my invoice"),
        ("warranty repairs", Topic.CLEANLINESS, "dirty repair desk"),
    ],
)
def test_what_only_sounds_like_it_is_not_the_process(matter: str, topic: Topic, text: str) -> None:
    assert process_of(a_directory(matter), "harbour", topic, text, at_branch=True) is None


def test_a_wrong_label_is_the_branchs_where_the_branch_is_known() -> None:
    directory = a_directory("price labels and offers")
    assert process_of(directory, "harbour", Topic.PRICE, "label says 2, till says 3", at_branch=True) is None
    assert process_of(directory, "harbour", Topic.PRICE, "label says 2, till says 3", at_branch=False) is not None


def test_topics_that_the_directory_states_go_first() -> None:
    directory = load_directory(DIRECTORY_YAML, "d.yaml")
    found = process_of(directory, "harbour", Topic.SECURITY, "anything", at_branch=True)
    assert found is not None
    assert found.id == "hv-app"


def test_how_and_where_are_not_what_a_process_is_for() -> None:
    assert concepts_of("refunds in app and by e-mail") == concepts_of("refunds")
