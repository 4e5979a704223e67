"""The committed weights are those the card speaks of: their hashes, and what they reach on the test hands."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from services.classify.model import MODEL, ModelUnreadable, load_assessor, load_manifest
from services.classify.training.data import DEV_HANDS, TEST_HANDS, TONE_HANDS, load_corpus
from services.classify.training.measuring import measure_own
from tests.servers import ROOT

SLACK = {"first": 0.005, "cascade": 0.01}
"""The second stage's eight bits round by what shares a batch: another batch size alone moved a figure by 0.0066."""


def test_every_file_is_the_one_that_was_measured() -> None:
    hashes = load_manifest(MODEL)["files"]
    assert set(hashes) == {"first_stage.npz", "second_stage.onnx", "tokenizer.json"}
    for name, wanted in hashes.items():
        assert hashlib.sha256((MODEL / name).read_bytes()).hexdigest() == wanted, name


def test_the_card_s_figures_come_out_again() -> None:
    written = load_manifest(MODEL)["metrics"]
    measured = measure_own(MODEL, load_corpus().test)
    for stage, figures in written.items():
        assert measured[stage] == pytest.approx(figures, abs=SLACK[stage]), stage


def test_onnxruntime_is_told_to_tell_nobody_before_it_is_loaded() -> None:
    asked = "import os, services.classify.second_stage; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    said = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout == "1\n"


def test_no_hand_and_no_business_is_on_two_sides() -> None:
    split = load_corpus()
    hands = [{row.id.split("-")[0] for row in rows} for rows in (split.train, split.dev, split.test, split.tone)]
    assert hands[3] == {f"h{int(hand)}" for hand in TONE_HANDS}
    assert hands[1] == {f"h{int(hand)}" for hand in DEV_HANDS}
    assert hands[2] == {f"h{int(hand)}" for hand in TEST_HANDS}
    assert not hands[0] & (hands[1] | hands[2] | hands[3])


def test_no_text_is_on_two_sides() -> None:
    split = load_corpus()
    train, dev, test, tone = (
        {" ".join(row.text.lower().split()) for row in rows}
        for rows in (split.train, split.dev, split.test, split.tone)
    )
    assert not train & (dev | test | tone)
    assert not dev & test
    assert not tone & (dev | test)


def test_a_folder_without_weights_is_refused_by_the_name_of_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelUnreadable, match=r"manifest\.json"):
        load_assessor(tmp_path)


def test_without_the_second_stage_s_file_the_first_answers_alone(tmp_path: Path) -> None:
    for name in ("manifest.json", "first_stage.npz"):
        (tmp_path / name).write_bytes((MODEL / name).read_bytes())
    [judged] = load_assessor(tmp_path).assess(["asdf qwer"])
    assert judged.stage == "first"
