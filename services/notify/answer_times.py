"""Times in an owner's words: how long customers wait now, when it will be done, and a day or hour kept in their words.

Pure. A duration belongs to the customers' wait or to the work; one that lies in the past belongs to neither.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

MINUTES_MAX = 24 * 60
DAY_MIN = 24 * 60

NUMBERS = {
    **dict(
        zip(
            ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"],
            range(1, 13),
            strict=True,
        )
    ),
    **{"fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "twenty-five": 25},
    **{"forty-five": 45, "seventy": 70, "ninety": 90, "a couple of": 2, "couple of": 2, "a": 1, "an": 1},
    **{"een": 1, "één": 1, "twee": 2, "drie": 3, "vier": 4, "vijf": 5, "zes": 6, "zeven": 7, "acht": 8, "negen": 9},
    **{"tien": 10, "twaalf": 12, "vijftien": 15, "twintig": 20, "dertig": 30, "veertig": 40, "vijfenveertig": 45},
    **{"eine": 1, "einer": 1, "zwei": 2, "drei": 3, "fünf": 5, "sechs": 6, "sieben": 7, "neun": 9, "zehn": 10},
    **{"zwölf": 12, "fünfzehn": 15, "zwanzig": 20, "dreißig": 30, "dreissig": 30, "vierzig": 40, "fünfundvierzig": 45},
    **{"une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "sept": 7, "huit": 8, "neuf": 9, "dix": 10},
    **{"douze": 12, "quinze": 15, "vingt": 20, "trente": 30, "quarante": 40, "quarante-cinq": 45},
    **{"una": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8, "nueve": 9},
    **{"diez": 10, "doce": 12, "quince": 15, "veinte": 20, "treinta": 30, "cuarenta": 40},
}
"""Numbers people write out, in the languages owners answer in."""

_ROUND = (
    (
        re.compile(r"\ban hour and a half\b|\b1[.,]5 h(?:ours?|rs?)?\b|\banderhalf uur\b|\banderthalb stunden\b"),
        "90 min",
    ),
    (re.compile(r"\b(\d{1,2}) ?h ?(\d\d)\b(?! ?uhr)"), r"\1 hours \2 min"),
    (
        re.compile(
            r"\bthree quarters of an hour\b|\bdrie ?kwartier\w*\b|\bdreiviertelstunde\b|\btrois quarts? d'heure\b"
        ),
        "45 min",
    ),
    (re.compile(r"\bhalf (?:an |a )?hour\b|\bhalf an hr\b|\bhalf ?uur(?:tje)?\b|\bhalbe(?:n|r)? stunde\b"), "30 min"),
    (re.compile(r"\bdemi[- ]heure\b|\bmedia hora\b"), "30 min"),
    (re.compile(r"\b(?:a )?quarter (?:of an )?hour\b|\b(?:een )?kwartier(?:tje)?\b|\bviertelstunde\b"), "15 min"),
    (re.compile(r"\bquart d'heure\b|\bcuarto de hora\b"), "15 min"),
    (re.compile(r"\b(?:een|'n) uurtje\b"), "60 min"),
    (re.compile(r"\b(\d+) ?(?:ish|or so)\b"), r"\1"),
)
_N = rf"(?:\d{{1,3}}|(?:{'|'.join(sorted(map(re.escape, NUMBERS), key=len, reverse=True))})(?!\w))"
_UNIT = (
    r"(?:m|mins?|minutes?|minuten|minuut|minuutjes|minute|minutos?|minuts|h|hrs?|hours?|stunden?|std|heures?|"
    r"horas?|uur|uren)"
)
_JOINED = r"\s?(?:-|–|to|or|and|bis|oder|à|ou|a|o|tot|of|und|y)\s?"
_DURATION = re.compile(
    rf"(?<![\d.,:])\b(?P<low>{_N})(?:\s?(?P<low_unit>{_UNIT}))?(?:{_JOINED}(?P<high>{_N}))?\s?(?:more |further |"
    r"extra |weitere )?"
    rf"(?P<unit>{_UNIT})\b(?!')"
)
_BARE = re.compile(
    rf"\b(?:give (?:me|us)|gimme|(?:maybe|abt|about|approx|another|now|under|in|down to|back to)) (?P<number>{_N})"
    r"(?=\s*(?:$|[.,;!?)]| and | left\b| maybe\b| or so\b| tops\b))"
)
_GONE = re.compile(
    r"(?:\b(?:ago|took|was|were|down for|had|since|waited|waiting for|for (?:the )?(?:last|past)|the last|the past|"
    r"every|after|from|instead of|"
    r"over|seit|war|depuis|desde|sinds|was|nach|alle|elke|toutes les|cada|hace|statt|plutôt que)"
    r"(?: (?:about|around|abt|over|nearly|almost|like|more than|the|an?))?)\s*$"
)
_GONE_AFTER = re.compile(r"^\W*(?:ago|early|late|earlier|before that|geleden|her\b|delay|in the (?:morning|evening))")
_DOWN = re.compile(r"\bdown (?:for )?\s*$")
_READY_IN = re.compile(
    r"\b(?:is|are|be|empty|ready|gone|finished|done|over|clear|normal|back|open|complete|leer|weg|fertig|klaar|"
    r"prête?|listo|lista)"
    r"(?: \w+)? (?:in|within|over|dans|en)\W*(?:about|abt|around|max|the next)?\W*$|"
    r"\b(?:another|give (?:me|us)|needs?|takes?|still|noch|nog|encore)\W*$"
)
_WAITING = re.compile(
    r"\bwait|\bqueu|\bline\b|\bseen\b|\bserved\b|\bwart|\battente|\battend|\bespera|\bwacht|\bcola\b|\brij\b|"
    r"\bschlange\b"
)
_NO_WAIT = re.compile(
    r"\b(?:zero|no) (?:wait(?:ing)?(?: times?)?|waits)\b|\bwithout (?:a |any )?wait|\bstraight (?:in|through|to the)\b|"
    r"\bgeen wachttijd\b|\bkeine wartezeit\b|\bsans attente\b|\bsin espera\b|\bwait(?:ing)?(?: time)?(?: is| now|"
    r":)* (?:zero|nil|0)\b"
)


@dataclass(frozen=True)
class Span:
    """A duration in minutes, where it stands, and whether a unit stood with it."""

    minutes: int
    start: int
    end: int
    bare: bool = False


def rounded(folded: str) -> str:
    """With "half an hour" and its like as minutes."""
    for pattern, minutes in _ROUND:
        folded = pattern.sub(minutes, folded)
    return folded


def find_durations(folded: str) -> Iterator[Span]:
    """Every duration that does not lie in the past, in order; the upper end of a range."""
    spans = [_span(match) for match in _DURATION.finditer(folded)]
    taken = [(span.start, span.end) for span in spans]
    spans += [
        Span(_number(match.group("number")), match.start(), match.end(), bare=True)
        for match in _BARE.finditer(folded)
        if not any(start < match.end() and match.start() < end for start, end in taken)
    ]
    for span in sorted(spans, key=lambda span: span.start):
        before, after = folded[: span.start], folded[span.end :]
        if not (_GONE.search(before[-30:]) or _DOWN.search(before[-12:]) or _GONE_AFTER.search(after[:25])):
            yield span


def _span(match: re.Match[str]) -> Span:
    low_unit = match.group("low_unit") or match.group("unit")
    low = _minutes(match.group("low"), low_unit)
    high = _minutes(match.group("high"), match.group("unit")) if match.group("high") else low
    return Span(max(low, high), match.start(), match.end())


def _number(words: str) -> int:
    return int(words) if words.isdigit() else NUMBERS[words]


def _minutes(words: str, unit: str) -> int:
    hours = unit[0] in "hsu" or unit.startswith("heure")
    return _number(words) * 60 if hours else _number(words)


@dataclass(frozen=True)
class Times:
    """Customers' wait and the time until it is done, in minutes."""

    wait_min: int | None = None
    eta_min: int | None = None


def read_times(folded: str, *, done: bool, ahead: bool) -> Times:
    """`done`: the measure is taken, a time is the wait that is left. `ahead`: a time is when it will be done.

    Neither: only a time that is said to be a wait counts.
    """
    folded = rounded(folded)
    wait_min = 0 if _NO_WAIT.search(folded) else None
    eta_min = None
    for span in find_durations(folded):
        if span.minutes >= DAY_MIN:
            continue
        waiting = _is_wait(folded, span)
        ready_in = bool(_READY_IN.search(folded[: span.start + 3][-34:])) or _is_ready(folded, span)
        if (waiting and not (ahead and ready_in)) or (done and not ready_in):
            wait_min = span.minutes
        elif done or ahead:
            eta_min = max(eta_min or 0, span.minutes) if span.bare and eta_min else span.minutes
    return Times(wait_min, eta_min)


def _is_wait(folded: str, span: Span) -> bool:
    """A word of waiting in the same clause, not far away."""
    before = re.split(r"[.;!?]", folded[: span.start])[-1][-45:]
    after = re.split(r"[.;!?,]", folded[span.end :])[0][:22]
    return bool(_WAITING.search(before) or _WAITING.search(after))


def _is_ready(folded: str, span: Span) -> bool:
    return bool(span.bare and _READY_IN.search(folded[: span.end].rpartition(" ")[0] + " "))


_EN_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?|(?:mon|tue|tues|wed|thu|thur|thurs|fri|sat)\b"
_DAYS = (
    rf"{_EN_DAY}|(?:montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag)|"
    r"(?:maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag)|(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|"
    r"dimanche)|"
    r"(?:lunes|martes|miércoles|jueves|viernes|sábado|domingo)"
)
_MONTHS = (
    r"january|february|march|april|may(?! be\b)|june|july|august|september|october|november|december|januar|februar|"
    r"märz|juni|juli|"
    r"oktober|dezember|januari|februari|maart|mei|augustus|janvier|février|mars|avril|mai|juin|juillet|août|"
    r"septembre|octobre|"
    r"novembre|décembre|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre"
)
_CLOCK = (
    r"\d{1,2}(?:[:.]\d\d)? ?(?:am|pm|a\.m\.|p\.m\.|o'clock|uhr|uur)(?!\w)|\d{1,2}[:.]\d\d(?!\d)|"
    r"\d{1,2} ?h(?: ?\d\d)?(?!\w)(?= ?$|[.,;])|"
    r"(?:half|quarter) (?:past|to) \w+|half (?:een|twee|drie|vier|vijf|zes|zeven|acht|negen|tien|elf|twaalf)|"
    r"halb (?:eins|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf)"
)
_WHEN = (
    r"tomorrow(?: (?:morning|afternoon|evening|night|noon|at \d{1,2}(?::\d\d)?(?: ?[ap]m)?))?|tonight|noon|midnight|"
    r"today|overnight|"
    r"(?:this|in the|the) (?:morning|afternoon|evening|weekend)|(?:this|next) (?:week|month|quarter|year|season)|"
    r"next (?:\w+day|working day)|"
    r"(?:the )?end of (?:the |this )?(?:day|week|month|shift|year)|(?:close|closing|opening)(?: time)?(?: today|"
    r" tonight)?|"
    r"(?:spring|summer|autumn|winter|christmas|easter)(?: \d{4})?|20\d\d|"
    r"morgen(?: (?:früh|vormittag|nachmittag|ochtend|vroeg|middag|avond))?|heute(?: (?:abend|nachmittag))?|"
    r"übermorgen|overmorgen|"
    r"vanavond|vanmiddag|vandaag|volgende week|nächste(?:r|n)? (?:woche|monat)|demain(?: (?:matin|soir|"
    r"après-midi))?|ce soir|cet après-midi|"
    r"aujourd'hui|la semaine prochaine|mañana(?: por la (?:mañana|tarde|noche))?|hoy|esta (?:tarde|noche)|"
    r"la semana que viene|"
    r"(?:\d{1,3}|one|two|three|four|five|six|seven|ten|twee|drie|zwei|drei|deux|trois|dos|tres|a|an|een|eine[rm]?|"
    r"une?|una?) "
    r"(?:working |business |werk)?(?:days?|weeks?|months?|dagen|weken|maand(?:en)?|tagen?|wochen?|monate?n?|jours?|"
    r"semaines?|mois|días?|semanas?|meses)|"
    r"(?:2[4-9]|[3-9]\d) ?(?:hours|hrs|h|stunden|uur|heures|horas)"
)
_LEAD = (
    r"(?:not (?:before|until)|until|till|before|by|on|after|around|about|from|within|in|at|since|say|the|"
    r"next update at|next update|"
    r"bis|vor|nach|ab|am|um|im|gegen|nicht vor|frühestens|innerhalb von|tot|voor|na|vanaf|om|rond|op|binnen|"
    r"niet voor|jusqu'(?:à|au)?|"
    r"avant|après|vers|à partir de|d'ici|dans|pas avant|hasta(?: el| la| las)?|antes(?: de| del)?|después(?: de|"
    r" del)?|a las|sobre las|"
    r"dentro de|el|le|la|en|the next|between|tussen|zwischen)"
)
_ETA = re.compile(
    rf"\b(?:{_LEAD} )*(?:{_CLOCK}|(?:\d{{1,2}}(?:st|nd|rd|th|\.)? (?:of )?)?(?:{_MONTHS})(?: \d{{1,2}}(?!\d)|"
    rf" \d{{4}})?|{_DAYS}|{_WHEN})"
    r"(?: (?:at|um|om|à|a las) \d{1,2}(?:[:.]\d\d)?(?: ?[ap]m)?| (?:morning|afternoon|evening|night|noon)|"
    r" today)?(?!\w)|"
    rf"\b(?:at|by|before|after|around|until|till|a las|hasta las|om|um|gegen|rond|vers) \d{{1,2}}(?!\d|[:.]\d|"
    rf"\s?%)(?! ?(?:{_UNIT}|\w+s)\b)|"
    r"\bnext update (?:at|by) \d{1,2}\b|"
    r"\b(?:before|after|until|by) (?:we )?(?:close|closing|open(?:ing)?|lunch(?: rush)?|the (?:rush|break|refit|"
    r"inspection)|my break)(?: today)?\b|"
    r"\bwhen the [a-z ]{3,25}? (?:comes? in|arrives?|starts?|is back|opens?)\b",
    re.IGNORECASE,
)
_IS_PAST = re.compile(
    r"\b(?:since|ago|yesterday|was|until now|last|of|as of|from|every|each|on (?:every|each)|gestern|gisteren|hier|"
    r"ayer|seit|sinds|depuis|desde|have been|opened|closed)\s*$",
    re.IGNORECASE,
)
_TIMES_LEAD = re.compile(
    r"^(?:at|by|before|after|around|until|till|about|next update at|a las|hasta las|om|um|gegen|rond|vers)\b",
    re.IGNORECASE,
)


def find_eta_text(said: str) -> str | None:
    """The day or hour that is named for it to be done, as the owner wrote it; the last one named stands."""
    found = None
    for match in _ETA.finditer(said):
        text = match.group(0).strip()
        bare_number = bool(re.search(r"(?:^|\s)\d{1,2}$", text)) and not _TIMES_LEAD.search(text)
        if not bare_number and not _IS_PAST.search(said[: match.start()][-20:]):
            found = text if found is None or len(text) > 3 else found
    return found
