"""What we need to act on a mention, what is known of it, and so what is missing: asked once, all together. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence

_MONTH = (
    r"jan(?:uar[iy])?|feb(?:ruar[iy])?|mar(?:ch)?|maart|mrt|apr(?:il)?|may|mei|june?|juni|july?|juli|aug(?:ust|ustus)?|"
    r"sep(?:t(?:ember)?)?|o[ck]t(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_DAY = (
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag|"
    r"today|yesterday|tonight|this (?:morning|afternoon|evening)|vandaag|gisteren|vanochtend|vanmiddag|vanavond"
)
FOUND_IN: Mapping[str, re.Pattern[str]] = {
    "order_number": re.compile(
        r"(?:order|booking|reference|ref|invoice|ticket|confirmation|parcel|tracking|bestelling|boeking|bestelnummer|"
        r"boekingsnummer|factuur|pakket|kenmerk)\w*\W{0,3}(?:no\.?|nr\.?|number|nummer|is|code)?\W{0,3}"
        r"[A-Z]{0,4}-?\d[\w-]{2,}|#\d{4,}|\b(?=[A-Z0-9-]*\d)(?=[A-Z0-9-]*[A-Z])[A-Z0-9][A-Z0-9-]{5,}\b",
        re.IGNORECASE,
    ),
    "date": re.compile(
        rf"\b(?:\d{{1,2}}(?:st|nd|rd|th)? (?:of )?(?:{_MONTH})|(?:{_MONTH}) \d{{1,2}}|"
        rf"\d{{1,2}}[/.-]\d{{1,2}}(?:[/.-]\d{{2,4}})?|"
        rf"\d{{4}}-\d{{2}}-\d{{2}}|{_DAY})\b",
        re.IGNORECASE,
    ),
    "amount": re.compile(
        r"[£$€]\s?\d|\b\d+(?:[.,]\d{2})?\s?(?:pounds?|euros?|dollars?|gbp|eur|usd|quid|p\b|€|£)", re.IGNORECASE
    ),
    "device": re.compile(
        r"\b(?:iphone|ipad|ios|android|samsung|pixel|huawei|windows|mac(?:book|os)?|laptop|chrome|safari|firefox|edge|"
        r"tablet|browser|desktop|fire ?tv|roku|chromecast|xbox|playstation)\b",
        re.IGNORECASE,
    ),
}
"""How a slot shows in a text. One that has no pattern here is known only from elsewhere (the directory)."""


def missing_slots(needed: Sequence[str], texts: Iterable[str], *, branch_known: bool) -> tuple[str, ...]:
    """Those of `needed` that neither the customer has said, now or before, nor anybody else knows; in their order."""
    said = [text for text in texts if text]
    known = {"branch"} if branch_known else set()
    known |= {name for name, pattern in FOUND_IN.items() if any(pattern.search(text) for text in said)}
    return tuple(name for name in needed if name not in known)
