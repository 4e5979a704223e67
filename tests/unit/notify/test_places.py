"""How well branches are found: on our own mentions, on mentions of others where they are at hand, and how quickly."""

from pathlib import Path

import pytest

from services.notify.evaluation.places import OWN, invented, measure_set, measure_speed
from services.notify.location import Locator
from tests.servers import ROOT

DATA = ROOT.parent / "shared" / "data" / "places"
SECONDS_MAX = 15.0
"""Generous: a loaded machine. The figures themselves are in docs/notify.md."""


def check(directory: Path, mentions: Path) -> None:
    figures = measure_set(directory, [mentions]).figures("places")
    assert figures["places_branch"] >= 0.95
    assert figures["places_ambiguous"] >= 0.9
    assert figures["places_none"] >= 0.9
    assert figures["places_sure_right"] >= 0.97


def test_on_our_own_mentions_branches_doubts_and_nothing_are_told_apart() -> None:
    check(OWN / "directory.yaml", OWN / "mentions.jsonl")


@pytest.mark.skipif(not DATA.is_dir(), reason="the places to measure on are not here")
def test_on_mentions_written_by_others_too() -> None:
    check(DATA / "directory.yaml", DATA / "places_dev.jsonl")


def test_twenty_thousand_branches_are_indexed_and_a_thousand_mentions_located_in_moments() -> None:
    index_seconds, mentions_seconds = measure_speed()
    assert index_seconds + mentions_seconds < SECONDS_MAX


def test_a_long_and_strange_text_is_located_too() -> None:
    directory, _ = invented(50, 1)
    locator = Locator(directory)
    for text in ("", "#", "'", "🙂 " * 2_000, "a'b'c' " * 500, "İ ß ﬃ Ⅷ", "\x00 \n\n"):
        assert locator.locate(company="many", text=text).branch_id is None
