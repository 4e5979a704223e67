"""Branches from a table: what is put in, and how a wrong cell is named."""

import pytest

from services.notify.directory import DirectoryError, load_directory
from services.notify.importing import merge, read_branches
from tests.unit.notify.places import DIRECTORY_YAML

HEADER = "id,company,name,aliases,address,city,region,country,lat,lon,timezone,region_owner,manager_name,manager_email"
LEEDS = "leeds,harbour,Leeds Park Row,Park Row|Leeds city,3 Park Row,Leeds,West Yorkshire,GB,53.79,-1.54"
LEEDS += ",Europe/London,hv-north,Una Kerr,una@harbour.example"


def refusal(table: str) -> str:
    with pytest.raises(DirectoryError) as refused:
        merge(DIRECTORY_YAML, "d.yaml", table, "branches.csv")
    return str(refused.value)


def test_a_table_adds_branches_and_keeps_what_was_there() -> None:
    directory = load_directory(merge(DIRECTORY_YAML, "d.yaml", f"{HEADER}\n{LEEDS}\n", "b.csv"), "d.yaml")
    branch = directory.branch("leeds")
    assert branch.aliases == ("Park Row", "Leeds city")
    assert branch.manager is not None
    assert branch.manager.email == "una@harbour.example"
    assert directory.branch("camden-high").postcode == "NW1 0JH"


def test_a_branch_that_is_there_is_renewed() -> None:
    table = f"{HEADER}\n{LEEDS.replace('leeds,', 'york-acomb,', 1)}\n"
    directory = load_directory(merge(DIRECTORY_YAML, "d.yaml", table, "b.csv"), "d.yaml")
    assert directory.branch("york-acomb").name == "Leeds Park Row"
    assert len(directory.branches) == 3


def test_semicolons_and_a_byte_order_mark_are_what_spreadsheets_write() -> None:
    table = "\ufeff" + f"{HEADER}\n{LEEDS}\n".replace(",", ";")
    assert [row["id"] for _, row in read_branches(table, "b.csv")] == ["leeds"]


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("53.79", "north", "branches.csv:2: lat: "),
        ("GB", "Britain", "branches.csv:2: country: "),
        ("Europe/London", "Mars/Base", "branches.csv:2: timezone: "),
        ("una@harbour.example", "una at harbour", "branches.csv:2: manager_email: "),
        ("harbour,Leeds", "harbor,Leeds", "branches.csv:2: company: there is no company harbor"),
        ("hv-north", "hv-west", "branches.csv:2: region_owner: harbour has no region owner hv-west"),
        (",Una Kerr", "", "branches.csv:2: has 13 cells, the first line has 14"),
        ("id,company", "id,firm", "branches.csv:1: firm: is not a column"),
        ("id,company", "id,name", "branches.csv:1: company: the column is missing"),
    ],
)
def test_a_wrong_cell_is_named_with_its_line_and_column(right: str, wrong: str, said: str) -> None:
    assert said in refusal(f"{HEADER}\n{LEEDS}\n".replace(right, wrong, 1))


def test_a_line_is_counted_as_an_editor_counts_it() -> None:
    quoted = LEEDS.replace("3 Park Row", '"3 Park Row\nfirst floor"')
    table = f"{HEADER}\n{quoted}\n{LEEDS.replace('53.79', 'x')}\n"
    assert "branches.csv:4: lat: " in refusal(table)


def test_an_id_that_is_used_twice_is_named() -> None:
    assert "branches.csv:3: id: leeds is used on line 2 too" in refusal(f"{HEADER}\n{LEEDS}\n{LEEDS}\n")


@pytest.mark.parametrize("table", ["", "\n", '"', "id\n"])
def test_what_is_no_table_is_refused(table: str) -> None:
    assert "branches.csv:" in refusal(table)
