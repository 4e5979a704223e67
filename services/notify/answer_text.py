"""The words an owner wrote: without quoted mails, headers, greetings and signatures; with typos mended. Pure.

Everything after this step reads one line of plain words, whatever it came by: a text message, a mail, a chat, speech.
"""

import re
from collections.abc import Iterable

TEXT_CHARACTERS_MAX = 2_000
SIGNATURE_WORDS_MAX = 7

_QUOTED = re.compile(
    r"^\s*(?:>|-{3,}|_{3,}|\*{3,})|^\s*(?:on|am|op|le|el)\b.{0,120}\b(?:wrote|schrieb|schreef|écrit|"
    r"escribió)\b.{0,60}:\s*$",
    re.IGNORECASE,
)
_HEADER = re.compile(
    r"^\s*(?:from|sent|to|cc|subject|date|von|gesendet|an|betreff|van|aan|verzonden|onderwerp|de|à|objet|enviado|para|"
    r"asunto)\s?:.{0,120}$|^\s*(?:sent from my|get outlook for|verzonden vanaf|gesendet von|envoyé de|"
    r"enviado desde)\b.*$",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"^\s*(?:(?:hi|hiya|hey|hello|dear|good (?:morning|afternoon|evening|day)|hallo|hoi|dag|beste|geachte|goedemorgen|"
    r"goedemiddag|guten (?:morgen|tag|abend)|moin|liebe[rs]?|sehr geehrte[rs]?|bonjour|bonsoir|salut|hola|"
    r"buen[oa]s (?:d[ií]as|tardes|noches)|estimad[oa]s?|cher|chère)"
    r"(?: (?:all|team|there|both|everyone|everybody|colleagues?|sir|madam|zusammen|allemaal|collega(?:'s)?|kolleg\w+|"
    r"équipe|à tous|equipo|a todos|[A-Z][\w'-]+))*)\s*(?:[,!:]|$|(?<=[a-z])\.(?=\s))\s*",
    re.IGNORECASE,
)
_FAREWELL_WORDS = (
    r"(?:(?:kind|best|warm|many|with (?:kind|best)) )?(?:regards|wishes)|kindly|best|sincerely|cheers|thanks|"
    r"thank you|many thanks|all the best|br|rgds|mvg|groet(?:en|jes)?|(?:met )?vriendelijke groet(?:en)?|mfg|lg|vg|"
    r"(?:viele|liebe|beste|mit freundlichen|freundliche) gr(?:ü|ue)(?:ß|ss)en?|cordialement|bien (?:à vous|"
    r"cordialement)|"
    r"(?:un )?saludos?(?: cordial(?:es)?)?|atentamente"
)
_FAREWELL_LINE = re.compile(rf"^\s*(?:{_FAREWELL_WORDS})\b[\s,.!]*(?:[A-Z]\S*\s*){{0,4}}$", re.IGNORECASE)
_FAREWELL_INLINE = re.compile(
    rf"(?<=[.!?;,])\s+(?i:{_FAREWELL_WORDS})(?:[,.!]\s*|\s+(?=[A-Z]))(?:[A-Z][\w.'-]*\s*){{0,4}}$|"
    rf"(?<=[.!?;])\s+(?i:{_FAREWELL_WORDS})[.!]*$"
)
_SPACES = re.compile(r"\s+")


def own_words(text: str) -> str:
    """One line of what the owner wrote themselves; line ends within it become full stops."""
    kept: list[str] = []
    for line in text[:TEXT_CHARACTERS_MAX].replace("’", "'").replace("‘", "'").splitlines():
        if _QUOTED.search(line):
            break
        if line.strip() and not _HEADER.search(line):
            kept.append(line.strip())
    return _FAREWELL_INLINE.sub("", _one_line(_without_signature(_without_greeting(kept)))).strip()


def _without_greeting(lines: list[str]) -> list[str]:
    if not lines:
        return lines
    first = _GREETING.sub("", lines[0], count=1).strip()
    if not first and len(lines) == 1:
        return lines
    return [first, *lines[1:]] if first else lines[1:]


def _without_signature(lines: list[str]) -> list[str]:
    """Cut at a farewell that is a line of its own; the first line is never one."""
    for number, line in enumerate(lines[1:], start=1):
        if len(line.split()) <= SIGNATURE_WORDS_MAX and _FAREWELL_LINE.search(line):
            return lines[:number]
    last = lines[-1] if len(lines) > 1 else ""
    is_name = bool(re.fullmatch(r"(?:[A-Z][\w.'-]*\s?){1,3}", last))
    return lines[:-1] if is_name else lines


def _one_line(lines: Iterable[str]) -> str:
    ended = (line if line[-1] in ".!?,;:-–" else f"{line}." for line in lines if line)
    joined = _SPACES.sub(" ", " ".join(ended)).strip()
    return joined[:-1] if joined.endswith(".") and joined.count(".") == 1 else joined


MENDED = [
    "again",
    "another",
    "anything",
    "because",
    "belt",
    "broken",
    "cannot",
    "cleaned",
    "cleaner",
    "coming",
    "counter",
    "customer",
    "done",
    "engineer",
    "everything",
    "fixed",
    "fixing",
    "impossible",
    "minute",
    "minutes",
    "moved",
    "nobody",
    "nothing",
    "opened",
    "people",
    "please",
    "possible",
    "problem",
    "queue",
    "quiet",
    "reader",
    "repaired",
    "replaced",
    "restarted",
    "second",
    "sorry",
    "sorted",
    "staff",
    "still",
    "store",
    "tomorrow",
    "waiting",
    "working",
    "works",
    "wrong",
    "branch",
    "what",
    "way",
    "my",
    "not",
    "yet",
    "mins",
]
"""What is written in a hurry, and what a slip in it should not hide."""

_REAL_WORDS = frozenset(
    [
        "wat",
        "was",
        "way",
        "sore",
        "tore",
        "store",
        "our",
        "for",
        "fore",
        "sort",
        "stored",
        "done",
        "one",
        "don",
        "doe",
        "dome",
        "orders",
        "people",
        "pople",
        "mine",
        "mines",
        "mens",
        "mins",
        "main",
        "rings",
        "any",
        "no",
        "nor",
        "nut",
        "may",
        "yes",
        "say",
        "set",
        "yet",
        "wy",
        "soted",
        "wring",
        "wok",
        "works",
        "woks",
        "word",
        "bel",
        "bet",
        "belt",
        "branch",
        "ranch",
        "wait",
        "want",
        "won",
        "when",
        "went",
        "still",
        "sill",
        "till",
        "stil",
        "stiff",
        "mint",
        "minus",
        "my",
        "me",
        "move",
        "moved",
        "oved",
        "nothing",
        "noting",
        "quit",
        "quite",
        "claims",
        "cleaned",
        "leaned",
        "learned",
        "learner",
        "cleaner",
        "leaner",
        "broke",
        "broken",
        "wrong",
        "wong",
        "posted",
        "posed",
    ]
)


def _slips(word: str) -> Iterable[str]:
    """`word` with a letter left out, typed twice, or two of them in the wrong order: never with another letter."""
    for at in range(1, len(word)):
        yield word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]
        yield word[:at] + word[at] + word[at:]
        if at < len(word) - 1:
            yield word[:at] + word[at + 1 :]


def _slips_of(words: Iterable[str]) -> dict[str, str]:
    known = frozenset(words) | _REAL_WORDS
    pairs = ((slip, word) for word in words if len(word) > 2 for slip in _slips(word))
    return {slip: word for slip, word in pairs if slip not in known and len(slip) > 2}


SLIPS = _slips_of(MENDED) | {"mns": "mins", "mni": "min", "wya": "way", "abt": "about", "ppl": "people", "u": "you"}
_WORD = re.compile(r"[^\W\d_]+")
_SHORT_FORMS = (
    (re.compile(r"\bw/"), "with "),
    (re.compile(r"\bcan ?not\b|\bcan't\b|\bcant\b|\bcan ?'?t\b"), "cannot"),
    (re.compile(r"\bwon'?t\b"), "will not"),
    (re.compile(r"\b(is|are|was|were|do|does|did|has|have|had|could|would|should)n'?t\b"), r"\1 not"),
    (re.compile(r"\b(i|we|you|they|he|she|it|that|there|who|someone|somebody)'ll\b"), r"\1 will"),
    (re.compile(r"\b(we|you|they)'re\b"), r"\1 are"),
    (re.compile(r"\bi'?m\b"), "i am"),
    (re.compile(r"\b(i|we|you|they)'?ve\b"), r"\1 have"),
    (re.compile(r"\b(i|we|you|they)'d\b"), r"\1 would"),
    (re.compile(r"\b(it|that|there|what|where|who|he|she)'s\b"), r"\1 is"),
    (re.compile(r"\bthats\b"), "that is"),
    (re.compile(r"\b(?:gonna|going to)\b"), "going to"),
)


def plain_words(said: str) -> str:
    """Lower case, short forms written out, slips of the keyboard mended; for reading, not for quoting."""
    folded = said.lower()
    for pattern, words in _SHORT_FORMS:
        folded = pattern.sub(words, folded)
    return _WORD.sub(lambda match: SLIPS.get(match.group(0), match.group(0)), folded)
