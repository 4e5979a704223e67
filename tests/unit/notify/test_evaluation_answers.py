"""Our own labelled answers, and what is measured on them."""

from pathlib import Path

from services.notify.answers import AnswerStatus
from services.notify.evaluation.answers import OWN, measure, read_rows
from services.notify.evaluation.patterns import made_answers

KNOWN, APART = read_rows([OWN["own_known"]]), read_rows([OWN["own_apart"]])


def test_no_family_and_no_sentence_is_both_learnt_from_and_held_apart() -> None:
    for key in ("family", "text"):
        assert not {row[key] for row in KNOWN} & {row[key] for row in APART}
    assert not {text.casefold() for text, _ in made_answers(4, 1)} & {row["text"].casefold() for row in APART}


def test_every_answer_has_a_status_we_know_and_an_identity_of_its_own() -> None:
    rows = [*KNOWN, *APART]
    assert {row["expected"]["status"] for row in rows} == set(AnswerStatus)
    assert len({row["id"] for row in rows}) == len(rows)


def test_families_held_apart_are_understood_and_seldom_wrongly_called_fixed(tmp_path: Path) -> None:
    section, figures = measure(tmp_path)

    assert figures["own_apart_status"] >= 0.8
    assert figures["own_apart_wait_min"] >= 0.95
    assert figures["own_apart_eta_min"] >= 0.95
    assert figures["own_apart_wrong_fixed"] <= 3
    assert "answers_status" not in figures
    assert "families held apart" in section


def test_answers_written_by_others_are_measured_where_they_are(tmp_path: Path) -> None:
    folder = tmp_path / "answers"
    folder.mkdir()
    line = '{"id": "1", "text": "done 5 min", "expected": {"status": "fixed", "wait_min": 5}}\n'
    (folder / "some.jsonl").write_text(line, "utf-8")

    _, figures = measure(tmp_path)

    assert (figures["answers_status"], figures["answers_wrong_fixed"]) == (1.0, 0.0)
