"""What can be checked in a text, and what must not be shown."""

import pytest

from services.classify.evidence import facts_in, masked, personal_in


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("you took £48.20 from me", "amount", "£48.20"),
        ("that is 30 quid gone", "amount", "30 quid"),
        ("waited 45 mins", "duration", "45 mins"),
        ("half an hour for a bun", "duration", "half an hour"),
        ("the 10:42 was full", "time", "10:42"),
        ("since 3rd of May nothing", "time", "3rd of May"),
        ("order no. 88213-A is late", "order_number", "order no. 88213-A"),
        ("my flight TP 1234 left", "order_number", "TP 1234"),
        ("served by Sharon, a gem", "staff_name", "served by Sharon"),
        ("Dev was so rude to my mum", "staff_name", "Dev"),
    ],
)
def test_a_fact_that_can_be_checked_is_found_where_it_stands(text: str, kind: str, said: str) -> None:
    found = [span for span in facts_in(text) if span.kind == kind]
    assert [span.text for span in found] == [said]
    assert text[found[0].start : found[0].end] == said


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("write to ann.b@post.example please", "write to [email] please"),
        ("IBAN GB29 NWBK 6016 1331 9268 19 as I said", "IBAN [iban] as I said"),
        ("my card 4111 1111 1111 1111 was declined", "my card [card] was declined"),
        ("call me on 07700 900123 today", "call me on [phone] today"),
        ("or +44 20 7946 0958", "or [phone]"),
        ("account number: 12345678", "[account_number]"),
        ("I live at SW1A 1AA", "I live at [postcode]"),
    ],
)
def test_personal_data_is_masked_by_its_kind(text: str, hidden: str) -> None:
    assert masked(text) == hidden


@pytest.mark.parametrize(
    "text", ["45 minutes and 30 people", "1 2 3 4 5", "£1,200 on 3 May 2026", "gate 14, row 22", ""]
)
def test_ordinary_numbers_are_nobodys_data(text: str) -> None:
    assert personal_in(text) == []
    assert masked(text) == text


def test_what_is_personal_is_no_evidence() -> None:
    assert [span.kind for span in facts_in("IBAN GB29 NWBK 6016 1331 9268 19")] == []
