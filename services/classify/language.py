"""Which language a text is in, among those we can route. Pure."""

import re
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier  # type: ignore[import-untyped]  # it ships no types

LANGUAGES = ("en", "nl", "de", "fr", "es", "it", "pt")
LANGUAGE_CHARACTERS_MIN = 20


def language_of(text: str) -> str:
    """ISO 639-1; short texts count as English, because a wrong guess would cost the customer an answer."""
    words = re.sub(r"https?://\S+|[@#]\S+", " ", text)
    if sum(c.isalpha() for c in words) < LANGUAGE_CHARACTERS_MIN:
        return "en"
    language, _ = _identifier().classify(words)
    return str(language)


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
