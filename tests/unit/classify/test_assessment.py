"""What the first assessor understands, in wordings of many businesses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import Assessment, Kind, Legitimacy, Sentiment, Severity, Topic
from services.classify.lexicon import load_lexicon
from services.classify.model import load_assessor

ASSESSOR = load_assessor(seconds_max=600.0)


def assess(text: str) -> Assessment:
    return ASSESSOR.assess([text])[0].assessment


FACTUAL_COMPLAINTS = [
    ("45 mins in line to deposit a cheque, one counter open", Topic.WAIT_TIME),
    ("45 min at your Castle Street branch, one counter open", Topic.WAIT_TIME),
    ("half the station is queueing, 25 minutes already and two tills open", Topic.WAIT_TIME),
    ("Charged twice for the same ticket on 4 March", Topic.BILLING),
    ("The treadmills on the second floor are out of order", Topic.FACILITIES),
    ("My parcel was supposed to arrive on Tuesday", Topic.DELIVERY),
    ("The app logs me out every time I open it", Topic.WEBSITE_APP),
    ("No one answered when I called your helpline for 20 minutes", Topic.SUPPORT_RESPONSE),
    ("There was a hair in my flat white at your Station Road shop", Topic.PRODUCT_QUALITY),
    ("Flight to Porto cancelled and nobody came to the desk", Topic.DELAY_CANCELLATION),
    ("No ramp at the side door, wheelchair users go round the block", Topic.ACCESSIBILITY),
    ("Shelves empty, no bread and you are out of stock since noon", Topic.STOCK),
    ("Toilets filthy at the Oxford branch", Topic.CLEANLINESS),
    ("You closed early again, sign says open till 6", Topic.OPENING_HOURS),
]


@pytest.mark.parametrize(("text", "topic"), FACTUAL_COMPLAINTS)
def test_a_breach_without_a_word_of_feeling_is_a_negative_complaint(text: str, topic: Topic) -> None:
    it = assess(text)
    assert (it.kind, it.sentiment, it.legitimacy) == (Kind.COMPLAINT, Sentiment.NEGATIVE, Legitimacy.LEGITIMATE)
    assert topic in it.topics
    assert it.severity is not Severity.NONE


RUDE_BUT_SPECIFIC = [
    "you bloody clowns billed me twice in June, £48 gone",
    "40 fucking minutes on hold and then you hung up",
    "third time this week the damn lift is broken, morons",
    "your thieves of a courier left my parcel in the rain, order 88213",
]


@pytest.mark.parametrize("text", RUDE_BUT_SPECIFIC)
def test_a_rude_but_specific_complaint_is_legitimate(text: str) -> None:
    it = assess(text)
    codes = {reason.code for reason in it.reasons}
    assert (it.kind, it.legitimacy) == (Kind.COMPLAINT, Legitimacy.LEGITIMATE)
    assert "abusive_language" in codes
    assert codes & {"breach", "verifiable_detail"}
    assert it.anger >= 2


@pytest.mark.parametrize("text", ["Scum, the lot of you. Go rot", "you people are vermin, drop dead", "subhuman filth"])
def test_abuse_without_any_statement_is_a_haters(text: str) -> None:
    it = assess(text)
    assert it.legitimacy is Legitimacy.HATER
    assert "insult_without_breach" in {reason.code for reason in it.reasons}


@pytest.mark.parametrize("text", ["your company sucks", "worst bank ever", "never again with your airline"])
def test_a_plain_bad_opinion_is_legitimate(text: str) -> None:
    assert assess(text).legitimacy is Legitimacy.LEGITIMATE


@pytest.mark.parametrize("text", ["I will find you and burn your branch down", "I want to end it all"])
def test_a_threat_or_despair_goes_to_a_person_at_once(text: str) -> None:
    assert assess(text).urgent


def test_who_despairs_is_no_hater() -> None:
    assert assess("I want to end it all").legitimacy is not Legitimacy.HATER


URGENT = [
    "My son is locked in your changing room",
    "There is smoke in the carriage of the 8:15",
    "Someone else's statement is in my online account",
    "My allergy card was ignored, anaphylaxis in your cafe",
    "An unauthorised payment of 900 left my account",
]


@pytest.mark.parametrize("text", URGENT)
def test_what_cannot_wait_is_urgent_and_critical(text: str) -> None:
    it = assess(text)
    assert it.urgent
    assert it.severity is Severity.CRITICAL


@pytest.mark.parametrize(
    "text",
    [
        "Love the new menu!",
        "Shout out to Priya at the till, so kind",
        "New 5k PB with your app, amazing",
    ],
)
def test_praise_is_positive_and_does_no_harm(text: str) -> None:
    it = assess(text)
    assert (it.kind, it.sentiment, it.severity, it.anger) == (Kind.PRAISE, Sentiment.POSITIVE, Severity.NONE, 0)


@pytest.mark.parametrize("text", ["Great, another hour on hold", "Thanks for losing my lunch break in the queue"])
def test_irony_is_a_complaint(text: str) -> None:
    assert (assess(text).kind, assess(text).sentiment) == (Kind.COMPLAINT, Sentiment.NEGATIVE)


@pytest.mark.parametrize("text", ["What time do you open on Saturday?", "Can I bring a dog on the train?"])
def test_a_question_is_neutral(text: str) -> None:
    assert (assess(text).kind, assess(text).sentiment) == (Kind.QUESTION, Sentiment.NEUTRAL)


@pytest.mark.parametrize("text", ["It would be great if the app had a dark mode", "please add oat milk to the menu"])
def test_a_wish_is_an_idea(text: str) -> None:
    assert assess(text).kind is Kind.IDEA


def test_promotion_is_spam() -> None:
    assert assess("Earn $500 a day from home, click here https://x.example").legitimacy is Legitimacy.SPAM


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Ik sta hier al veertig minuten in de rij en er is maar één medewerker", "nl"),
        ("Seit einer Stunde stehe ich hier und niemand macht eine zweite Kasse auf", "de"),
        ("Une heure de queue et une seule caisse ouverte, c'est incroyable", "fr"),
        ("Forty minutes so far and the queue has not moved at all", "en"),
        ("ok lol", "en"),
    ],
)
def test_the_language_is_told_and_short_texts_count_as_english(text: str, language: str) -> None:
    assert assess(text).language == language


def test_words_that_name_a_place_are_marked_where_they_stand() -> None:
    text = "Still waiting at your Castle Street branch"
    [place] = assess(text).places
    assert text[place.start : place.end] == place.text == "Castle Street"


def test_every_topic_but_other_has_cues() -> None:
    assert set(load_lexicon().topics) == set(Topic) - {Topic.OTHER}


@given(st.text(max_size=300))
def test_any_text_is_assessed_the_same_way_twice_and_every_span_lies_in_it(text: str) -> None:
    it = assess(text)
    assert it == assess(text)
    spans = [(r.start, r.end) for r in it.reasons if r.start is not None and r.end is not None]
    assert all(0 <= start < end <= len(text) for start, end in spans)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Thanks! Do you expect to be open tomorrow?", Kind.QUESTION),
        ("kind of early, but any idea when the new timetable comes out?", Kind.QUESTION),
        ("So kind of the lady at the desk, thank you", Kind.PRAISE),
        ("there is a two hour wait at the desk", Kind.COMPLAINT),
        ("I have been calling for 3 days", Kind.COMPLAINT),
        ("landed five hours ago and no luggage", Kind.COMPLAINT),
        ("Was denied boarding without a word", Kind.COMPLAINT),
    ],
)
def test_what_the_author_wants_is_read_from_what_is_said_not_from_manners(text: str, kind: Kind) -> None:
    assert assess(text).kind is kind


@pytest.mark.parametrize("text", ["somebody put dynamite on the train", "There is a bomb in your branch"])
def test_a_threat_to_life_is_urgent_however_calmly_it_is_said(text: str) -> None:
    assessed = assess(text)
    assert assessed.urgent
    assert assessed.severity is Severity.CRITICAL


@pytest.mark.parametrize("text", ["Is it open?", "Opening hours tomorrow?", "will they make it on today's flight?"])
def test_a_question_mark_counts_right_after_a_word(text: str) -> None:
    assert assess(text).kind is Kind.QUESTION
