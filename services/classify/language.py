"""Which language a text is in, among those we can route. Pure."""

import re
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier  # type: ignore[import-untyped]  # it ships no types

LANGUAGE_CHARACTERS_MIN = 20
ENGLISH_MIN, ENGLISH_SHARE = 2, 0.1
"""So many of these words and so large a share, and no model has to be asked: of our 20,000 texts five are told
otherwise, each half English and half Spanish."""
ENGLISH_WORDS = """
the and you your with this they my that been there have has for it's i'm don't what when would could their from were our
just about which because of it be are how who we he she his her them these those than then why where should
"""
_ENGLISH = frozenset(ENGLISH_WORDS.split())
LANGUAGES = ("en", "nl", "de", "fr", "es", "it", "pt")


def language_of(text: str) -> str:
    """ISO 639-1; short texts count as English, because a wrong guess would cost the customer an answer."""
    if is_plainly_english(text):
        return "en"
    words = re.sub(r"https?://\S+|[@#]\S+", " ", text)
    if sum(c.isalpha() for c in words) < LANGUAGE_CHARACTERS_MIN:
        return "en"
    language, _ = _identifier().classify(words)
    return str(language)


def is_plainly_english(text: str) -> bool:
    """Whether it is full of small words that only English has."""
    words = text.lower().split()
    known = sum(map(_ENGLISH.__contains__, words))
    return known >= ENGLISH_MIN and known >= ENGLISH_SHARE * len(words)


@cache
def _identifier() -> LanguageIdentifier:
    """Only languages we can route: the model knows 97, and takes short English for Basotho.

    Made anew from what is left of the model: the whole of it would hold 26 MB more.
    """
    whole = LanguageIdentifier.from_model_file(MODEL_FILE)
    whole.set_languages(list(LANGUAGES))
    return LanguageIdentifier(
        whole.nb_ptc, whole.nb_pc, whole.nb_classes, whole.tk_nextmove, whole.tk_output, tk_row=whole.tk_row
    )
