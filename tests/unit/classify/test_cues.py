"""The walk over a text's words finds what one pattern a table finds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.classify.cues import CueIndex, compile_cues
from services.classify.lexicon import FACTS, OPINIONS, load_lexicon, load_tables
from services.classify.text import folded
from services.classify.training.data import load_corpus

TABLES = load_tables()
ALL = [*(TABLES[name] for name in (*OPINIONS, *FACTS)), *TABLES["topics"].values(), *TABLES["urgent"].values()]
PATTERNS = [compile_cues(cues) for cues in ALL]


def by_patterns(text: str) -> list[list[tuple[int, int]]]:
    return [[match.span() for match in pattern.finditer(text)] for pattern in PATTERNS]


def starts(tables: list[list[tuple[int, int]]]) -> list[list[int]]:
    """Where each begins: which of two fragments that begin together goes first is the only thing left open."""
    return [[start for start, _ in spans] for spans in tables]


def test_of_our_own_texts_not_one_comes_out_otherwise() -> None:
    split = load_corpus()
    texts = [folded(row.text) for row in (*split.dev, *split.test, *split.train[::10])]
    index = load_lexicon().index
    assert [text for text in texts if starts(index.find(text)) != starts(by_patterns(text))] == []


@given(
    st.lists(
        st.sampled_from(
            ["not", "working", "so", "kind", "pb", "❤️", "won't", "let", "_x", "3", "!", "ß", "shout", "out"]
        )
    )
)
def test_nor_of_any_row_of_words(words: list[str]) -> None:
    text = " ".join(words)
    assert load_lexicon().index.find(text) == by_patterns(text)


@pytest.mark.parametrize(
    ("cues", "text", "spans"),
    [
        (["shout ?out"], "a shoutout, a shout  out", [(2, 10), (14, 24)]),
        (["rules?", "rule of thumb"], "the rule of thumb", [(4, 17)]),
        (["(?:so|very) kind"], "very kind, so kindly", [(0, 9)]),
        (["(?:un)?fair"], "unfair and fair", [(0, 6), (11, 15)]),
        (["❤️?"], "i ❤ it❤️", [(2, 3)]),
        (["a b", "b c"], "a b c", [(0, 3)]),
    ],
)
def test_a_fragment_matches_at_the_borders_of_words_and_none_over_another(
    cues: list[str], text: str, spans: list[tuple[int, int]]
) -> None:
    assert CueIndex({"table": cues}).find(text)[0] == spans
    if len(cues) == 1:
        assert [match.span() for match in compile_cues(cues).finditer(text)] == spans
