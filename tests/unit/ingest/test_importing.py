"""Files of mentions: what a line or a row becomes."""

import json

import pytest

from contracts import Mention
from services.ingest.importing import FileUnreadable, Line, read_lines, read_rows
from services.ingest.mentions import Deletion
from tests.unit.ingest.test_mentions import an_intake, an_item

HEADER = "channel,external_id,account,author,text,posted_at,place.lat,place.lon,place.name,deleted\n"
USUAL = "x,{id},@harbourvale,@tired,{text},2026-11-16T11:00:00+00:00,{lat},{lon},{place},\n"


def a_row(**changes: str) -> str:
    return USUAL.format(**({"id": "17", "text": "Long queue", "lat": "", "lon": "", "place": ""} | changes))


def rows(*lines: str, header: str = HEADER) -> list[Line]:
    return list(read_rows([header, *lines], an_intake()))


def test_a_row_is_the_same_mention_as_its_json() -> None:
    place = {"lat": 51.5, "lon": -0.1, "name": "High Street"}
    item = an_item(external_id="17", text="Long queue, again", posted_at="2026-11-16T11:00:00+00:00", place=place)
    [of_json] = read_lines([json.dumps(item | {"account": "@harbourvale"})], an_intake())
    [of_csv] = rows(a_row(text='"Long queue, again"', lat="51.5", lon="-0.1", place="High Street"))
    assert of_csv.item == of_json.item
    assert isinstance(of_csv.item, Mention)


def test_a_text_in_quotes_may_run_over_lines_and_the_next_row_is_still_found() -> None:
    first, second = rows(
        'x,1,@harbourvale,@tired,"one\n', 'two ""three""",2026-11-16T11:00:00+00:00,,,,\n', a_row(id="2")
    )
    assert isinstance(first.item, Mention)
    assert first.item.text == 'one\ntwo "three"'
    assert isinstance(second.item, Mention)
    assert (first.number, second.number) == (3, 4)


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_semicolons_and_tabs_part_columns_too_and_a_byte_order_mark_is_no_name(delimiter: str) -> None:
    header, row = (line.replace(",", delimiter) for line in (HEADER, a_row()))
    [line] = rows(row, header="\ufeff" + header)
    assert isinstance(line.item, Mention)


def test_a_row_with_deleted_true_takes_a_mention_back() -> None:
    [line] = rows("x,17,TRUE\n", header="channel,external_id,deleted\n")
    assert line.item == Deletion(channel="x", external_id="17", deleted=True)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (a_row(lat="far"), "line 2: place.lat: Input should be a valid number"),
        (a_row(text=""), "line 2: text: Field required"),
        (a_row().replace("+00:00", ""), "line 2: posted_at: Input should have timezone info"),
        (a_row(text="one, two"), "line 2: line: has 11 cells for 10 columns"),
        (a_row(text="x" * 200_000), "line 2: line: is not CSV we can read: field larger than field limit"),
    ],
)
def test_a_wrong_row_is_named_with_its_field_and_the_next_one_is_taken(row: str, problem: str) -> None:
    wrong, good = rows(row, a_row())
    assert wrong.item is None
    assert wrong.refusals[0].startswith(problem)
    assert isinstance(good.item, Mention)


@pytest.mark.parametrize("header", ["", "channel,external_id,txet\n", "channel,channel\n"])
def test_a_first_line_that_does_not_name_the_columns_refuses_the_file(header: str) -> None:
    with pytest.raises(FileUnreadable, match=r"line 1: columns: .* it may name account, author, .*place\.lat"):
        rows(a_row(), header=header)
