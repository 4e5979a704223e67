"""What can be checked in a text, and what must not be shown: spans of facts, and of personal data. Pure.

A span is the characters [start, end). Masking replaces personal data by its kind, for logs and for any model outside.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
DAYS = "mon|tues|wednes|thurs|fri|satur|sun"


@dataclass(frozen=True)
class Span:
    """One piece of evidence: its kind, where it is, and what it says."""

    kind: str
    start: int
    end: int
    text: str


def _any(*parts: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{part})" for part in parts), re.IGNORECASE)


FACTS: Mapping[str, re.Pattern[str]] = {
    "amount": _any(
        r"[£$€₹₦]\s?\d[\d,]*(?:\.\d+)?k?\b",
        r"\b\d[\d,]*(?:\.\d+)?\s?(?:pounds?|dollars?|euros?|quid|bucks|rupees|rs|naira|rand|gbp|usd|eur|cents?|pence)\b",
    ),
    "duration": _any(
        r"\b\d+(?:[.,]\d+)?\s?(?:\+\s?)?(?:sec(?:ond)?s?|min(?:ute)?s?|h(?:ou)?rs?|days?|weeks?|months?|years?)\b",
        r"\b(?:half an|an|two|three|four|five|six|ten|twenty|thirty|forty|fifty) (?:hours?|minutes?|days?|weeks?)\b",
    ),
    "time": _any(
        r"\b(?:[01]?\d|2[0-3])[:.][0-5]\d(?:\s?[ap]\.?m\.?)?\b",
        r"\b(?:1[0-2]|[1-9])\s?[ap]\.?m\b",
        rf"\b\d{{1,2}}(?:st|nd|rd|th)? (?:of )?(?:{MONTHS})[a-z]*\b",
        rf"\b(?:{MONTHS})[a-z]* \d{{1,2}}(?:st|nd|rd|th)?\b",
        rf"\b(?:last |this |on )?(?:{DAYS})day\b",
        r"\b\d{1,2}/\d{1,2}(?:/\d{2,4})?\b",
        r"\b(?:yesterday|this morning|this afternoon|tonight|last night)\b",
    ),
    "order_number": _any(
        r"(?:order|booking|ref(?:erence)?|ticket|case|pnr|tracking|invoice|complaint|confirmation)"
        r"(?: (?:no\.?|number|nr|id|code))?[ :#.]{1,3}(?=[\w-]*\d)[a-z0-9-]{4,20}",
        r"#(?=[\w-]*\d)[a-z0-9-]{4,20}\b",
        r"\b(?-i:[A-Z]{2,4})[- ]?\d{3,10}\b",
    ),
    "staff_name": _any(
        r"\b(?:named|called|by the name of|spoke (?:to|with)|served by|thanks to|shout ?out to|name (?:is|was))"
        r" (?-i:[A-Z][a-z]{2,15})\b",
        r"\b(?-i:[A-Z][a-z]{2,15})(?= (?:at (?:the )?(?:desk|till|counter|bar|front)"
        r"|(?:was|were) (?:so |very |really )?(?:kind|rude|helpful|lovely|great)))",
    ),
}
PERSONAL: Mapping[str, re.Pattern[str]] = {
    "email": _any(r"\b[\w.+-]+@[\w-]+\.[\w.-]+\w\b"),
    "iban": _any(r"\b[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){2,7}(?: ?[a-z0-9]{1,4})?\b"),
    "card": _any(r"\b(?:\d[ -]?){12,18}\d\b"),
    "phone": _any(r"(?<![\w.])\+?\(?\d{1,4}\)?(?:[ .-]?\(?\d{2,5}\)?){2,5}(?![\w.])"),
    "account_number": _any(
        r"\b(?:account|acct|a/c|sort code|policy|member(?:ship)?)(?: (?:no\.?|number))?[ :#]{1,2}\d[\d -]{4,20}\d\b"
    ),
    "postcode": _any(r"\b(?-i:[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2})\b"),
}
DIGITS_MIN = {"phone": 8, "card": 13, "iban": 12}


def facts_in(text: str) -> list[Span]:
    """Amounts, durations, times, order numbers and staff names, in the order they stand; nothing that is personal."""
    hidden = personal_in(text)
    found = (span for span in _find(FACTS, text) if not any(span.start < h.end and h.start < span.end for h in hidden))
    return sorted(found, key=lambda span: (span.start, span.end))


def personal_in(text: str) -> list[Span]:
    """E-mail addresses, bank and card numbers, phones, account numbers, postcodes; of two that overlap, one."""
    found = sorted(_find(PERSONAL, text), key=lambda span: (span.start, span.start - span.end))
    kept: list[Span] = []
    for span in found:
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept


def masked(text: str) -> str:
    """`text` with personal data replaced by its kind: [phone]."""
    parts, place = [], 0
    for span in personal_in(text):
        parts += [text[place : span.start], f"[{span.kind}]"]
        place = span.end
    return "".join((*parts, text[place:]))


def _find(patterns: Mapping[str, re.Pattern[str]], text: str) -> Iterator[Span]:
    for kind, pattern in patterns.items():
        for match in pattern.finditer(text):
            if sum(map(str.isalnum, match[0])) >= DIGITS_MIN.get(kind, 0) and _plausible(kind, match[0]):
                yield Span(kind, match.start(), match.end(), match[0])


def _plausible(kind: str, text: str) -> bool:
    """A card number has a check digit; many a long number has none."""
    return kind != "card" or _luhn([int(digit) for digit in text if digit.isdigit()])


def _luhn(digits: list[int]) -> bool:
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
