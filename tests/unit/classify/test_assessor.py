"""The cascade: who reads what, what time allows, and the rules that no score may overrule."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest

from contracts import Kind, Legitimacy, Urgency
from services.classify.assessor import Assessor, Calibration, legitimacy_of, probabilities_of, topics_of, urgency_of
from services.classify.features import Found, find
from services.classify.first_stage import FirstStage
from services.classify.heads import HEADS, OUTPUTS, slices
from services.classify.lexicon import load_lexicon
from services.classify.model import MODEL
from services.classify.text import folded

NOTHING = Found({}, {}, ())


class Reader:
    """A second stage of the test's own: remembers what it read, says one thing, and takes the time it is told to."""

    def __init__(self, takes_seconds: float = 0.0) -> None:
        self.read: list[str] = []
        self.now = 0.0
        self._takes_seconds = takes_seconds

    def scores(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        self.read += texts
        self.now += self._takes_seconds
        scores = np.zeros((len(texts), OUTPUTS), dtype=np.float32)
        scores[:, slices()["kind"].start + HEADS["kind"].index(Kind.IDEA)] = 50
        return scores


@pytest.fixture(scope="module")
def first() -> FirstStage:
    return FirstStage.from_file(MODEL / "first_stage.npz")


def an_assessor(first: FirstStage, second: Reader | None, **calibration: float) -> Assessor:
    chosen = Calibration(**calibration)  # type: ignore[arg-type]  # numbers only, in these tests
    return Assessor(first, second, chosen, version="t@1", seconds_max=1.0, clock=lambda: second.now if second else 0.0)


def test_the_second_stage_reads_only_what_the_first_is_in_doubt_about(first: FirstStage) -> None:
    second = Reader()
    texts = ["asdf qwer zxcv", "Charged twice for the same ticket on 4 March, £40, no refund"]
    doubtful, sure = an_assessor(first, second, unsure_above=0.6).assess(texts)
    assert second.read == [texts[0]]
    assert (doubtful.stage, sure.stage) == ("second", "first")
    assert doubtful.assessment.kind is Kind.IDEA
    assert doubtful.assessment.assessor == "t@1/second"


def test_what_the_second_stage_has_no_time_for_keeps_the_first_answer_and_says_so(first: FirstStage) -> None:
    second = Reader(takes_seconds=5.0)
    judged = an_assessor(first, second, unsure_above=-1.0).assess([f"asdf qwer {number}" for number in range(100)])
    assert sorted(one.stage for one in judged) == ["first_only"] * 68 + ["second"] * 32
    assert len(judged) == 100


def test_without_a_second_stage_the_first_answers_alone(first: FirstStage) -> None:
    assert [one.stage for one in an_assessor(first, None, unsure_above=-1.0).assess(["hello", "bye"])] == ["first"] * 2
    assert an_assessor(first, None).assess([]) == []


def test_probabilities_sum_to_one_whatever_the_temperature(first: FirstStage) -> None:
    scores = first.scores([first.read("45 minutes in line"), first.read("")])
    for table in probabilities_of(scores, {"kind": 3.0}).values():
        assert table.sum(1) == pytest.approx([1.0, 1.0], abs=1e-5)


def test_a_breach_with_a_detail_is_legitimate_whatever_the_model_says() -> None:
    found = find(folded("you scum billed me twice on 3 May, £40"), load_lexicon())
    chances: dict[str, float] = {
        Legitimacy.HATER: 0.97,
        Legitimacy.LEGITIMATE: 0.01,
        Legitimacy.SPAM: 0.01,
        Legitimacy.OFF_TOPIC: 0.01,
    }
    assert legitimacy_of(chances, found, Kind.COMPLAINT, Calibration())[0] is Legitimacy.LEGITIMATE


def test_whoever_is_not_sure_enough_says_unsure() -> None:
    chances: dict[str, float] = {
        Legitimacy.HATER: 0.6,
        Legitimacy.LEGITIMATE: 0.3,
        Legitimacy.SPAM: 0.05,
        Legitimacy.OFF_TOPIC: 0.05,
    }
    assert legitimacy_of(chances, NOTHING, Kind.OTHER, Calibration(hater_min=0.8))[0] is Legitimacy.UNSURE
    assert legitimacy_of(chances, NOTHING, Kind.OTHER, Calibration(hater_min=0.5))[0] is Legitimacy.HATER


def test_a_danger_the_rules_know_is_urgent_whatever_the_model_says() -> None:
    chances: dict[str, float] = {Urgency.HIGH: 0.0, Urgency.NORMAL: 0.0, Urgency.LOW: 1.0}
    found = Found({}, {}, ("safety",))
    assert urgency_of(chances, found, Calibration()) is Urgency.HIGH
    assert urgency_of(chances, NOTHING, Calibration()) is Urgency.LOW


def test_topics_come_best_first_and_only_likely_ones_follow() -> None:
    chances = dict.fromkeys(HEADS["topic"], 0.0) | {"billing": 0.2, "price": 0.6, "policy": 0.1}
    assert topics_of(chances, Calibration()) == ("price", "billing")
