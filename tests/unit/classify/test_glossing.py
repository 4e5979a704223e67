"""Dutch is read as English word by word; what is said about the customer's own characters stays about those."""

import pytest

from contracts import Kind, Sentiment, Topic
from services.classify.glossing import glossed
from services.classify.model import load_assessor


def test_the_longest_row_of_words_goes_first_and_the_rest_stays_as_it_was() -> None:
    assert glossed("Pin automaat BUITEN GEBRUIK, bij Jansen!", "nl") == "Pin machine out of order, at Jansen!"


def test_a_language_without_a_table_is_read_as_it_is() -> None:
    assert glossed("Die Schlange ist lang", "de") == "Die Schlange ist lang"


@pytest.mark.parametrize(
    ("text", "kind", "topic"),
    [
        ("Drie kwartier in de rij en er is maar één loket open op het stadhuis", Kind.COMPLAINT, Topic.WAIT_TIME),
        ("Het toilet in jullie filiaal is weer smerig en het stinkt", Kind.COMPLAINT, Topic.CLEANLINESS),
        ("Hoe laat gaat de winkel morgen open?", Kind.QUESTION, Topic.OPENING_HOURS),
    ],
)
def test_dutch_that_nobody_taught_is_understood(text: str, kind: Kind, topic: Topic) -> None:
    [judged] = load_assessor().assess([text])
    assert (judged.assessment.language, judged.assessment.kind, judged.assessment.topics[0]) == ("nl", kind, topic)


def test_dutch_praise_is_praise_and_spans_count_the_dutch_text() -> None:
    text = "Wat een vriendelijke medewerker bij de balie in Utrecht, heel erg bedankt voor de snelle hulp gisteren!"
    [judged] = load_assessor().assess([text])
    assert (judged.assessment.kind, judged.assessment.sentiment) == (Kind.PRAISE, Sentiment.POSITIVE)
    assert all(text[place.start : place.end] == place.text for place in judged.assessment.places)
