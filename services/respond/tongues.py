"""In which language a text of ours is, as far as the gates need to know: some of them read English only. Pure."""

import re
from collections.abc import Mapping

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_ENGLISH = """a about and are as at be been but by can for from had has have here how i i'm if is it it's its more not
now of on or our ours out please so sorry than thank thanks that that's the their them then there they this to today too
until up us we we're we've what when which while who will with you your"""
_DUTCH = """aan al als bedankt bij daar dat deze dit door een excuses graag had hebben heeft het hier hoe ik is jou jouw
jullie kan maar meer met naar niet nog nu of om ons onze ook op over spijt uw van vandaag voor waar wat we weer wij
worden wordt zijn zo zodra"""
WORDS: Mapping[str, frozenset[str]] = {"en": frozenset(_ENGLISH.split()), "nl": frozenset(_DUTCH.split())}
"""Small words that fill a text. Some belong to both: the language that has more of them it is."""
SHARE_MIN = 0.2
LENGTH_MIN = 4


def tongue(text: str, usual: str) -> str | None:
    """The language that fills `text` with its small words, else `usual`; None: hardly an English word in it."""
    words = _WORD.findall(text.lower().replace("’", "'"))
    if len(words) < LENGTH_MIN:
        return usual
    hits = {language: sum(word in known for word in words) for language, known in WORDS.items()}
    best = max(hits, key=lambda language: (hits[language], language == usual))
    if hits[best] >= SHARE_MIN * len(words):
        return best
    return None if usual == "en" else usual
