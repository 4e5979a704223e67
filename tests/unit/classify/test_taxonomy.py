"""What mentions can be about: every topic is described, and a company's own are recognised by their examples."""

import subprocess
import sys

import numpy as np
import pytest
import yaml

from contracts import Lane, Severity, Topic, Urgency
from services.classify.model import load_assessor
from services.classify.taxonomy import TaxonomyRefused, load_taxonomy, with_own
from services.classify.tone import OTHER, corrected, valences_of
from tests.servers import ROOT

PETS = {
    "definition": "Animals that come along",
    "below": "policy",
    "lane": "branch",
    "examples": [
        "Are dogs allowed on the terrace?",
        "They turned us away because of my dog",
        "A bowl of water for the puppy, lovely touch",
        "Can I bring my cat on the train",
        "My terrier was welcome at the hotel",
        "The pet fee was added without a word",
        "How much is it to fly with a small dog in the cabin",
    ],
}


def own(**topics: object) -> str:
    return yaml.safe_dump({"version": "ours@1", "own": topics})


def test_every_topic_is_described_and_graded_for_every_urgency() -> None:
    taxonomy = load_taxonomy()
    assert set(taxonomy.topics) == set(Topic)
    assert all(taxonomy.severity_of(topic, Urgency.HIGH) is Severity.CRITICAL for topic in Topic)
    assert taxonomy.lane_of(Topic.SAFETY) is Lane.SAFETY


def test_no_example_stands_for_two_topics() -> None:
    examples = [text for entry in load_taxonomy().topics.values() for text in entry.examples]
    assert len(set(examples)) == len(examples)


def test_a_topic_of_one_s_own_is_recognised_in_words_its_examples_do_not_hold() -> None:
    assessor = load_assessor(second=False, taxonomy=with_own(own(pets=PETS)))
    texts = [
        "Do you let puppies into the garden?",
        "No animals in the hire car, they said",
        "The queue at the counter was out of the door",
        "My final invoice shows a month too many",
    ]
    found = [[topic.name for topic in judged.assessment.own_topics] for judged in assessor.assess(texts)]
    assert found == [["pets"], ["pets"], [], []]


def test_an_own_topic_s_lane_goes_before_that_of_the_topic_it_stands_below() -> None:
    [judged] = load_assessor(second=False, taxonomy=with_own(own(pets=PETS))).assess(["Is my dog allowed in?"])
    assert (judged.assessment.own_topics[0].below, judged.assessment.lane) == (Topic.POLICY, Lane.BRANCH)


def test_without_own_topics_nothing_is_said_of_any() -> None:
    [judged] = load_assessor(second=False).assess(["Is my dog allowed in?"])
    assert judged.assessment.own_topics == ()
    assert judged.assessment.lane is load_taxonomy().topics[judged.assessment.topics[0]].lane


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (own(pets=PETS | {"examples": ["One dog", "Two dogs"]}), "own.pets.examples"),
        (own(pets=PETS | {"below": "animals"}), "own.pets.below"),
        (own(billing=PETS), "billing is one of ours"),
        (own(**{"My Pets": PETS}), r"own\.My Pets"),
        ("topics: {}", "topics: is not known here"),
        ("- a list", "not a mapping"),
        ("own: [", "not YAML"),
    ],
)
def test_a_wrong_file_is_refused_by_the_name_of_the_field(text: str, problem: str) -> None:
    with pytest.raises(TaxonomyRefused, match=problem):
        with_own(text)


def kinds(other: float) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    table = np.full((1, 5), (1 - other) / 4, dtype=np.float32)
    table[0, OTHER] = other
    return table


def test_the_valences_are_heard_for_general_posts_and_not_for_mentions_of_a_kind() -> None:
    unsure = np.full((1, 3), 1 / 3, dtype=np.float32)
    weights = [[0.0] * 3] * 7 + [[3.0, 0.0, -3.0]]  # the compound alone
    text = ["What a wonderful, wonderful match, I love this team"]
    assert valences_of(text[0])[3] > 0.5
    assert corrected(unsure, kinds(0.9), text, weights)[0, 0] > 0.8
    assert corrected(unsure, kinds(0.05), text, weights) == pytest.approx(unsure)


def test_reading_valences_loads_nothing_that_talks_to_the_network() -> None:
    asked = "import sys, services.classify.tone; print('requests' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout == "False\n"
