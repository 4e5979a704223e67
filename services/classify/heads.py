"""What a model says about a text: six heads, each with its classes in a fixed order."""

from collections.abc import Mapping

from contracts import Kind, Legitimacy, Sentiment, Topic, Urgency

HEADS: Mapping[str, tuple[str, ...]] = {
    "sentiment": tuple(Sentiment),
    "anger": ("0", "1", "2", "3"),
    "kind": tuple(Kind),
    "legitimacy": tuple(known for known in Legitimacy if known is not Legitimacy.UNSURE),
    "topic": tuple(Topic),
    "urgency": tuple(Urgency),
}
"""Unsure is no class: it is what is said when no class is sure enough."""


def slices() -> dict[str, slice]:
    """Where each head's columns are in a table of all of them."""
    places, start = {}, 0
    for head, classes in HEADS.items():
        places[head] = slice(start, start + len(classes))
        start += len(classes)
    return places


OUTPUTS = sum(map(len, HEADS.values()))
