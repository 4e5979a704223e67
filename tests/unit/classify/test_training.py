"""Labelled rows: what a file may hold, and what is said about one that cannot be used."""

import json
from pathlib import Path

import numpy as np
import pytest

from services.classify.assessor import doubt, probabilities_of
from services.classify.features import Found
from services.classify.heads import HEADS, OUTPUTS, slices
from services.classify.training.calibrating import SECOND_SHARE, calibrate, temperatures
from services.classify.training.data import DataRefused, Row, fingerprint, read_rows, targets
from services.classify.training.measuring import calibration_error, macro_f1, macro_recall


def a_file(folder: Path, *rows: object) -> Path:
    path = folder / "mine.jsonl"
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), "utf-8")
    return path


def test_a_row_may_label_some_heads_and_leave_the_others_open(tmp_path: Path) -> None:
    [row] = read_rows(a_file(tmp_path, {"text": "Late again", "kind": "complaint", "topics": ["delivery", "staff"]}))
    assert row.labels == {"kind": "complaint", "topic": "delivery"}
    assert targets([row], "sentiment") == [-1]
    assert targets([row], "kind") == [HEADS["kind"].index("complaint")]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"kind": "complaint"}, "line 1: text: is missing or empty"),
        ({"text": "x", "kind": "rant"}, "line 1: kind: 'rant' is not one of complaint, praise, question, idea, other"),
        ({"text": "x", "topics": ["price", "mood"]}, "line 1: topics: 'mood' is not one of"),
        ({"text": "x"}, "line 1: holds no label"),
        ("{", "line 1: Expecting"),
    ],
)
def test_a_row_that_cannot_be_used_is_named_with_its_line_and_field(tmp_path: Path, row: object, problem: str) -> None:
    with pytest.raises(DataRefused) as refused:
        read_rows(a_file(tmp_path, row))
    assert problem in str(refused.value)


def overconfident(rows: int) -> tuple[list[Row], "np.ndarray[tuple[int, int], np.dtype[np.float32]]"]:
    """Three of four are right, and all are said to be as good as certain."""
    scores = np.zeros((rows, OUTPUTS), dtype=np.float32)
    labelled = []
    for number in range(rows):
        labels = {head: classes[number % 4 == 0] for head, classes in HEADS.items()}
        labelled.append(Row(str(number), "text", labels))
        for place in slices().values():
            scores[number, place.start] = 12
    return labelled, scores


def test_a_temperature_above_one_takes_back_what_was_too_sure() -> None:
    rows, scores = overconfident(200)
    assert all(temperature > 2 for temperature in temperatures(scores, rows).values())


def test_calibration_asks_the_second_stage_about_its_share_of_texts_and_no_more() -> None:
    rows, scores = overconfident(400)
    scores = np.random.default_rng(1).normal(scores / 4, 1).astype(np.float32)
    calibration = calibrate(rows, [Found({}, {}, ())] * len(rows), scores, scores)
    tables = probabilities_of(scores, calibration.temperatures_first)
    asked = (doubt(tables) > calibration.unsure_above).mean()
    assert asked == pytest.approx(SECOND_SHARE, abs=0.01)


def test_macro_figures_count_every_class_alike() -> None:
    wanted, given = ["a", "a", "a", "b"], ["a", "a", "a", "a"]
    assert macro_recall(wanted, given, ["a", "b"]) == 0.5
    assert macro_f1(wanted, given, ["a", "b"]) == pytest.approx((6 / 7) / 2)


def test_without_rows_there_is_no_calibration_error() -> None:
    assert calibration_error([], [], "kind") == 0.0


def test_what_was_begun_on_other_rows_is_not_gone_on_with() -> None:
    rows = [Row("1", "Late again", {"kind": "complaint"}), Row("2", "Thanks", {"kind": "praise"})]
    other = [rows[0], Row("2", "Thanks", {"kind": "other"})]
    assert fingerprint(rows, 7) == fingerprint(list(rows), 7)
    assert len({fingerprint(rows, 7), fingerprint(other, 7), fingerprint(rows, 8), fingerprint(rows[:1], 7)}) == 4
