"""What owners' short answers are taken for."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.answers import AnswerStatus, parse_answer
from tests.servers import ROOT

DATA = ROOT.parent / "shared" / "data" / "answers" / "answers_dev.jsonl"

FIXED = [
    ("done 5 min", 5),
    ("moved two people to the counter, 5 min", 5),
    ("Opened another till. Wait is about 10 minutes now", 10),
    ("sorted, 5-8 mins", 8),
    ("split the queue in two, quarter of them gone, 12 min", 12),
    ("all fixed", None),
    ("erledigt, 10 Minuten", 10),
]


@pytest.mark.parametrize(("text", "wait_min"), FIXED)
def test_a_measure_that_was_taken_is_a_fix_with_its_effect(text: str, wait_min: int | None) -> None:
    answer = parse_answer(text)
    assert (answer.status, answer.wait_min) == (AnswerStatus.FIXED, wait_min)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("on it", AnswerStatus.IN_PROGRESS),
        ("not fixed yet", AnswerStatus.IN_PROGRESS),
        ("engineer on his way, 30 min", AnswerStatus.IN_PROGRESS),
        ("I'll open a second desk", AnswerStatus.IN_PROGRESS),
        ("no queue now", AnswerStatus.NOT_OBSERVED),
        ("nothing here, all quiet", AnswerStatus.NOT_OBSERVED),
        ("can't see any problem", AnswerStatus.NOT_OBSERVED),
        ("cannot, till broken until Tuesday", AnswerStatus.CANNOT_FIX),
        ("impossible today, nobody else on shift", AnswerStatus.CANNOT_FIX),
        ("that's not our branch", AnswerStatus.WRONG_BRANCH),
        ("please forward to Acomb", AnswerStatus.WRONG_BRANCH),
        ("ok", AnswerStatus.UNCLEAR),
        ("7 mins", AnswerStatus.UNCLEAR),
        ("?", AnswerStatus.UNCLEAR),
        ("", AnswerStatus.UNCLEAR),
        ("fixed?", AnswerStatus.UNCLEAR),
        ("well well", AnswerStatus.UNCLEAR),
        ("Automatic reply: I am on annual leave, all done until 7 December", AnswerStatus.UNCLEAR),
    ],
)
def test_an_answer_is_understood(text: str, status: AnswerStatus) -> None:
    assert parse_answer(text).status is status


def test_a_time_ahead_is_when_it_will_be_done_and_no_wait_of_customers() -> None:
    answer = parse_answer("engineer on his way, 30 min")
    assert (answer.wait_min, answer.eta_min) == (None, 30)


def test_a_day_is_kept_in_the_owners_words() -> None:
    assert parse_answer("cannot, till broken until Tuesday").eta_text == "until Tuesday"


@pytest.mark.parametrize(
    ("text", "action", "phrase"),
    [
        ("moved two people to the counter, 5 min", "staff_reshuffled", "moved two people to the counter"),
        ("Repaired the card reader", "repaired", "repaired the card reader"),
        ("cleaned the whole floor myself", "cleaned", "cleaned the whole floor"),
        ("split quick/complex, 8 min", "queue_split", None),
        ("done", None, None),
    ],
)
def test_the_measure_is_named_in_a_code_and_in_words_customers_may_read(
    text: str, action: str | None, phrase: str | None
) -> None:
    answer = parse_answer(text)
    assert (answer.action, answer.action_phrase) == (action, phrase)


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("all good now, put Kev on the quick queue", "put a colleague on the quick queue"),
        ("moved Sam and Jo to the floor, 6 min", "moved two colleagues to the floor"),
        ("done. put kev on the till", None),
    ],
)
def test_names_of_colleagues_are_not_told_to_customers(text: str, phrase: str | None) -> None:
    assert parse_answer(text).action_phrase == phrase


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("students week. opened the second till, 12 mins", "opened the second till"),
        ("what a zoo lol, two more on the tills now, 4 min", "put two more people on the tills"),
        (
            "we've pulled 3 colleagues from the office to the counters so it moves now",
            "pulled 3 colleagues from the office to the counters",
        ),
        ("Hi,\nboth lifts have been repaired by the contractor and run again.\nRegards\nLea", "repaired both lifts"),
        ("card reader works again", "got the card reader working again"),
        ("extra desk opened, 9 min", "opened an extra desk"),
        ("because Gary forgot it AGAIN. bins emptied", "emptied the bins"),
        ("handed it to that lady with the dog", None),
        ("twee extra mensen, nu 10 min", "twee extra mensen ingezet"),
        ("tweede kassa open, 5 min", "een tweede kassa geopend"),
        ("zwei Kollegen an die Kasse geholt, jetzt 5 Min", "zwei Kollegen an die Kasse geholt"),
        ("zweiter Schalter offen, 5 Min", "einen zweiten Schalter geöffnet"),
        ("on a ouvert une deuxième caisse, 7 minutes", "ouvert une deuxième caisse"),
        ("abrimos otra caja, 10 min", "abierto otra caja"),
    ],
)
def test_the_measure_stands_after_has_in_the_owners_language_without_what_is_nobodys_business(
    text: str, phrase: str | None
) -> None:
    assert parse_answer(text).action_phrase == phrase


@pytest.mark.parametrize(
    ("text", "wait_min", "eta_min", "eta_text"),
    [
        ("done, half an hour wait", 30, None, None),
        ("opgelost, nog een kwartier wachten", 15, None, None),
        ("opened two more desks, 8-10 min", 10, None, None),
        ("sorted, was 40 min, now 5", 5, None, None),
        ("opened the till 10 minutes ago, no wait at all", 0, None, None),
        ("engineer is on the way, an hour and a half", None, 90, None),
        ("monteur onderweg, half uur", None, 30, None),
        ("in einer Viertelstunde fertig", None, 15, None),
        ("encore une demi-heure", None, 30, None),
        ("media hora más", None, 30, None),
        ("the engineer comes on Thursday at 3pm", None, None, "on Thursday at 3pm"),
        ("45 min wait at the moment, second team comes at 14:30", 45, None, "at 14:30"),
        ("refund requested, within 5 working days", None, None, "within 5 working days"),
    ],
)
def test_times_are_waits_or_when_it_is_done_or_a_day_in_the_owners_words(
    text: str, wait_min: int | None, eta_min: int | None, eta_text: str | None
) -> None:
    answer = parse_answer(text)
    assert (answer.wait_min, answer.eta_min, answer.eta_text) == (wait_min, eta_min, eta_text)


@pytest.mark.parametrize(
    "text",
    [
        "it is not fixed",
        "would be fixed if you had sent somebody",
        "maybe it's fixed",
        "yeah sure, all fixed, by magic",
        "is it fixed?",
        "restarted the till but it still does not work",
        "Hello, I am out of office. Everything has been solved until then.",
        "supposedly repaired",
        "almost done",
        "erledigt ist das noch nicht",
        "nog niet opgelost",
        "fixed it yesterday, broken again today",
    ],
)
def test_what_is_doubted_wished_denied_or_half_done_is_not_called_fixed(text: str) -> None:
    assert parse_answer(text).status is not AnswerStatus.FIXED


def test_a_greeting_a_signature_and_a_quoted_mail_say_nothing() -> None:
    mail = "Dear team,\n\nno, not yet.\n\nKind regards\nDana Fixed\nOn Monday Amends wrote:\n> done, 5 min"
    assert parse_answer(mail).status is AnswerStatus.IN_PROGRESS


def test_what_was_forwarded_below_is_not_read() -> None:
    text = "on it\n---------- Forwarded message\nall fixed, 5 min"
    assert parse_answer(text).status is AnswerStatus.IN_PROGRESS


@given(st.text(max_size=300))
def test_any_text_is_read_without_an_error(text: str) -> None:
    parse_answer(text)


@pytest.mark.skipif(not DATA.is_file(), reason="the answers to measure on are not here")
def test_on_answers_written_by_others_nine_in_ten_are_understood_and_at_most_one_is_wrongly_called_fixed() -> None:
    rows = [json.loads(line) for line in DATA.read_text("utf-8").splitlines()]
    pairs = [(parse_answer(row["text"]).status.value, row["expected"]["status"]) for row in rows]
    assert sum(found == expected for found, expected in pairs) / len(pairs) >= 0.9
    assert len([pair for pair in pairs if pair[0] == "fixed" != pair[1]]) <= 1
