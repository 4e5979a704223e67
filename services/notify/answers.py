"""What a branch's short answer says: fixed, under way, not possible, not seen, not ours, or unclear. Pure.

Tables of patterns, the first that matches decides. No claim is made from words that are not understood: they are
unclear, and the owner is asked once more. The page shows how an answer was understood before customers are told.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from contracts import FixAction

TEXT_CHARACTERS_MAX = 2_000
PHRASE_CHARACTERS_MAX = 90
MINUTES_MAX = 24 * 60


class AnswerStatus(StrEnum):
    """What the owner says about the problem."""

    FIXED = "fixed"
    IN_PROGRESS = "in_progress"
    CANNOT_FIX = "cannot_fix"
    NOT_OBSERVED = "not_observed"
    WRONG_BRANCH = "wrong_branch"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class Answer:
    """`wait_min`: customers' wait after the measure; `eta_min`: until it is done; both in minutes.

    `action_phrase` stands after "has" and holds no name; `eta_text` is a time that is no duration.
    """

    status: AnswerStatus
    action: str | None = None
    action_phrase: str | None = None
    wait_min: int | None = None
    eta_min: int | None = None
    eta_text: str | None = None


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_MONTH = r"(?:january|february|march|april|june|july|august|september|october|november|december)"
_NOT = r"(?:not|isn ?t|aren ?t|wasn ?t|hasn ?t|haven ?t|won ?t)"

NO_CLAIM = _any(
    r"^(?:automatic reply|auto-?reply|out of office|meeting accepted|delivery has failed|undeliverable)",
    r"\b(?:annual leave|on holiday|im urlaub|en vacances|de vacaciones|don ?t work (?:t?here)|not in today)\b",
    r"\b(?:maybe|perhaps) (?:it s |it is )?(?:fixed|done|not)\b|\bhow would i know\b|\bwho is this\b|\blet me guess\b",
    r"^(?:ok|okay|k|stop|yes|no|thanks?|hi|hello|great|fine|sure|noted|i read it)(?: just \w+)?\W*$",
    r"\bcustomer is right\b|\bapril fool",
)
NOT_OURS = _any(
    rf"\b{_NOT} (?:my|our|mine|ours|us)\b(?! (?:fault|problem))|\bwrong (?:branch|shop|store|place|town|station)\b",
    r"\bgot the wrong\b|\bmixed us up\b|\bcan ?t be us\b",
    r"\b(?:pls|please) (?:send|forward|pass) (?:it |this )?(?:on )?to\b",
    r"\bbelongs to (?:the|another)\b|\b(?:other|another|different) (?:branch|store|shop)\b|^hi this is \w+ the photo",
    r"\bnicht bei uns\b|\bfalsche filiale\b|\bpas chez nous\b|\bno es (?:nuestr|mi)\w+|\bniet bij ons\b",
    r"\bthat s \w+ we are \w+",
    r"\bdon ?t have a \w+ called\b|\bwe don ?t even (?:sell|have)\b",
)
NOT_YET = _any(
    r"\bnot (?:yet|fixed|done|finished|solved|ready)\b|\b(?:isn|wasn|aren)t (?:yet )?(?:fixed|done)\b",
    r"\bstill (?:dead|broken|down|working)\b",
    r"\bit isn ?t fixed\b|\bnoch nicht\b|\bpas encore\b|\btodav[ií]a no\b|\bnog niet\b",
    r"\bthought it was (?:fixed|done)\b",
    r"\bnearly\b|\balmost (?:there|done)\b|\bdon ?t tell people\b|\buntil then\b|\bfor now\b",
    r"\bwhen they (?:get|come|arrive)\b|\bmore \w+ to (?:reboot|do|fix|open)\b",
)
NOTHING_SEEN = _any(
    r"\bno (?:queue|line|lines|queues|wait|problem|issue|issues|sign|one waiting|one here)\b(?! (?:no )?more)",
    r"\bnothing (?:here|wrong|to see|going on|broken)\b",
    r"\b(?:can ?t|don ?t|couldn ?t|cannot) (?:see|find) (?:a|an|any|it|the|this|that)?\b",
    r"^not here\W*$|\bhaven ?t seen\b|\bnot what i see\b|\ball (?:quiet|clear|green)\b|\bself-?drops green\b",
    r"\bnobody (?:is )?(?:waiting|here|s had)\b",
    r"\b(?:is|looks?|works?|prints?|seems?|are) (?:all )?(?:fine|ok|normal|okay)\b|\bwe are empty\b|\bnobody waiting\b",
    r"\bno (?:complaints|double charge|such)\b|\bnichts (?:festgestellt|zu sehen)\b|\baqu[ií] no hay\b",
    r"\bkeine (?:schlange|wartenden)\b",
    r"\bpersonne n ?attend\b|\bgeen (?:rij|wachtrij)\b|\beverything (?:is )?(?:open|fine|ok|normal)\b",
    r"\bmatch the\b|\bopened on time\b",
)
IMPOSSIBLE = _any(
    r"\bcan ?(?:no|')?t\b(?! wait)|\bimpossible\b|\bnot possible\b|\bunable\b|\bnothing (?:i|we) can do\b",
    r"\bno way to\b",
    r"\bnot (?:allowed|getting)\b|\bwon ?t be\b|\balways will be\b|\bdiscontinued\b|\blost for good\b|\bdead dead\b",
    r"\bwill stay like this\b|\bi have no other\b|\btried everything\b|\bgeht nicht\b|\bno puedo\b|\bimpossible\b",
    r"\bkan niet\b",
)
AHEAD = _any(
    r"\b(?:i|we|he|she|they|it) ll\b|\bwill (?:be|ring|call|have|open|send|fix|look|come|do|go|get|bring)\b",
    r"\bgoing to\b",
    r"\bon (?:it|my way|his way|her way|their way|the way)\b|\b(?:is|are) (?:coming|arriving)\b|\barrives?\b",
    r"\bdue (?:in|at|on)\b",
    r"\b(?:ordered|booked|scheduled|requested|escalated|forwarding|reported|raised|form sent)\b",
    r"\bcoming (?:on )?(?:in|at|tomorrow|today|mon|tue|wed|thu|fri|sat|sun)",
    r"\b(?:working|looking) (?:on|into|with|at)\b|\bhang on\b|\bgive (?:me|us)\b|\bas we speak\b",
    r"\bgo(?:ing)? (?:to )?look\b|\back\b",
    r"\b(?:moving|changing|getting|printing|opening|fixing|cleaning|replacing|bringing|sending|rebooting|trying)\b",
    r"\bin now\b",
    r"\bbin dabei\b|\bs en occupe\b|\bsiamo\b|\bwird (?:gerade|noch)\b|\barrive dans\b|\bzijn bezig\b|\bestamos\b",
    r"\bafter lunch\b",
)
DONE = _any(
    r"\b(?:done|fixed|sorted|solved|resolved|repaired|mended|replaced|cleaned|mopped|restocked|refilled|opened|reopened)\b",
    r"\b(?:moved|put|pulled|split|added|called in|brought|swapped|reset|restarted|rebooted|refunded|changed|removed)\b",
    r"\b(?:handed|delivered|found|installed|switched|turned|took down|taken down|binned|unblocked|cleared|stopped)\b",
    r"\b(?:back|open|running|works?|working|up|on) (?:again|now|in service|on|up)\b|\ball good now\b|\bwe good\b",
    r"\brefund through\b",
    r"\b(?:line|queue)(?: is| s)? (?:gone|moving|shorter)\b|\bzero wait\b|\bno more \w+\b|^\W*works\b|\. works\b",
    r"\d more (?:on|at|staff|people)\b",
    r"\bmore (?:staff|people|colleagues|tills?|counters?|desks?)\b|\bnow (?:open|on the desks|under)\b",
    r"\bare back\b|\bback from\b",
    r"\b(?:erledigt|behoben|r[ée]gl[ée]|opgelost|listo|hecho|solucionado|resuelto|fertig|gedaan|fait)\b|✅|👍",
    r"\bwait(?:ing time)? is now\b",
)

RULES: Sequence[tuple[re.Pattern[str], AnswerStatus]] = (
    (NO_CLAIM, AnswerStatus.UNCLEAR),
    (NOT_OURS, AnswerStatus.WRONG_BRANCH),
    (NOT_YET, AnswerStatus.IN_PROGRESS),
    (NOTHING_SEEN, AnswerStatus.NOT_OBSERVED),
    (IMPOSSIBLE, AnswerStatus.CANNOT_FIX),
    (AHEAD, AnswerStatus.IN_PROGRESS),
    (DONE, AnswerStatus.FIXED),
)

ACTIONS: Sequence[tuple[re.Pattern[str], FixAction]] = (
    (_any(r"\bsplit\b", r"\bquick (?:queue|line|lane)\b", r"\bseparate (?:queue|line)"), FixAction.QUEUE_SPLIT),
    (
        _any(
            r"\b(?:staff|people|ppl|colleagues?|team|agents?|cashiers?|tellers?|baristas?)\b",
            r"\b(?:opened|another|extra|second|third|more) (?:a |an |the |extra |second |third |another )*"
            r"(?:till|counter|register|desk|window|checkout|caisse|caja|kasse)",
            r"\b(?:moved|pulled) \w+ (?:\w+ ){0,4}(?:to|off|from)\b",
            r"\b\d more (?:on|at)\b|\bextra collega\b|\bcaisse\b|\bcaja\b",
        ),
        FixAction.STAFF_RESHUFFLED,
    ),
    (_any(r"\bclean", r"\bmop", r"\bwip(?:ed|ing)\b", r"\bspotless\b"), FixAction.CLEANED),
    (_any(r"\brestock", r"\brefilled\b", r"\bin stock\b", r"\bback on the shel"), FixAction.RESTOCKED),
    (_any(r"\brefund"), FixAction.REFUNDED),
    (_any(r"\breplac", r"\bswapped\b", r"\bhanded over\b", r"\bnew (?:one|router|card)\b"), FixAction.REPLACED),
    (
        _any(
            r"\brepair",
            r"\breset\b",
            r"\brestart",
            r"\breboot",
            r"\b(?:back|works?|running) (?:again|on|up|in service)",
        ),
        FixAction.REPAIRED,
    ),
    (
        _any(r"\bchanged (?:the|our) (?:rule|process|question|form|policy)", r"\bdropped the\b"),
        FixAction.PROCESS_CHANGED,
    ),
)

NUMBERS = {
    **{"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8},
    **{"nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40},
    **{"fünf": 5, "zehn": 10, "zwanzig": 20, "eine": 1, "une": 1, "dix": 10, "cinq": 5, "quinze": 15, "vingt": 20},
    **{"diez": 10, "cinco": 5, "quince": 15, "veinte": 20, "tien": 10, "vijf": 5, "half an": 0.5, "half a": 0.5},
}
_NUMBER = rf"(?:\d{{1,3}}|{'|'.join(sorted(NUMBERS, key=len, reverse=True))})"
_DURATION = re.compile(
    rf"\b(?P<low>{_NUMBER})(?:\s?(?:-|–|to|or|bis|à)\s?(?P<high>{_NUMBER}))?\s?(?:ish)?\s?"
    r"(?P<unit>m|min|mins|minutes?|minuten|minutos|minuts|h|hrs?|hours?|stunden?|heures?|horas?|uur)\b"
)
_PAST = re.compile(r"(?:\bago|\btook|\bwas|\bdown|\bsince|\bwaited|\bfor)\W*$")
_GONE_BY = re.compile(r"^\W*(?:ago|early|late)\b")
_UNTIL = re.compile(r"\b(?:in|within|give me|another|next|encore|dans|noch)\W*(?:about|abt|the)?\W*$")
_WAITING = re.compile(r"\bwait|\bqueue|\bline\b|\bseen\b|\bwarte|\battente|\bespera|\bwacht")
_TIME = re.compile(
    rf"\b(?:(?:until|till|before|by|on|after|not before|next update at|within|at)\s)?(?:next\s|the\s|close\s)?"
    rf"(?:{_DAY}|{_MONTH}|tomorrow|tonight|noon|midnight|today|next week|this (?:afternoon|evening|week)|the afternoon|"
    r"spring|summer|autumn|winter|"
    r"\d{1,2}(?::\d\d)? ?(?:am|pm)|\d{1,2}:\d\d|at \d{1,2}|\d{1,3} (?:working )?(?:days?|weeks?|hours))\b"
)
_PHRASE = re.compile(
    r"\b(moved|put|pulled|opened|reopened|split|added|called in|brought|swapped|reset|"
    r"restarted|rebooted|repaired|fixed|replaced|"
    r"cleaned|mopped|restocked|refilled|refunded|installed|cleared|unblocked|switched|turned|changed|removed)"
    r"(\s[a-z0-9][a-z0-9' -]{3,80})"
)
_PHRASE_END = re.compile(r"\s(?:so|because|but|which|and|myself|wait|people r|now|\d+ ?(?:-\d+ ?)?m(?:in)?s?)\b.*$")


def parse_answer(text: str) -> Answer:
    """Read an owner's words, up to 2,000 characters of them; later ones are a signature or a quoted mail."""
    said = _own_words(text[:TEXT_CHARACTERS_MAX])
    folded = _fold(said)
    status = _status(folded, said)
    if status is AnswerStatus.UNCLEAR:
        return Answer(status)
    wait_min, eta_min = _durations(folded, status)
    eta = _TIME.search(folded) if status in {AnswerStatus.IN_PROGRESS, AnswerStatus.CANNOT_FIX} else None
    action = _action(folded) if status is AnswerStatus.FIXED else None
    return Answer(
        status=status,
        action=action.value if action else None,
        action_phrase=_phrase(said) if status is AnswerStatus.FIXED else None,
        wait_min=wait_min,
        eta_min=eta_min,
        eta_text=eta.group(0) if eta else None,
    )


def _own_words(text: str) -> str:
    """Without what was forwarded or quoted, and without the mail program's lines."""
    kept = []
    for line in text.splitlines():
        if line.startswith((">", "-----", "________")):
            break
        if not re.match(r"(?:From|Sent|To|Subject|Von|De)\b.{0,80}$|Sent from my", line):
            kept.append(line)
    return " ".join(" ".join(kept).split())


def _fold(said: str) -> str:
    return said.casefold().replace("’", "'").replace("'", " ").replace("w/", "with ")


def _status(folded: str, said: str) -> AnswerStatus:
    if said.endswith("?") and not DONE.search(folded.rpartition(".")[0]):
        return AnswerStatus.UNCLEAR
    return next((status for pattern, status in RULES if pattern.search(folded)), AnswerStatus.UNCLEAR)


def _durations(folded: str, status: AnswerStatus) -> tuple[int | None, int | None]:
    """Customers' wait and the time until it is done, in minutes: the last of each that is stated."""
    wait_min, eta_min = (0 if re.search(r"\b(?:zero|no) wait\b", folded) else None), None
    for match in _DURATION.finditer(folded):
        before, after = folded[: match.start()], folded[match.end() :]
        if _PAST.search(before[-12:]) or _GONE_BY.search(after[:8]):
            continue
        minutes = _minutes(match)
        waiting = bool(_WAITING.search(before[-40:]) or _WAITING.search(after[:15]))
        ahead = status is not AnswerStatus.FIXED or bool(_UNTIL.search(before[-18:]))
        if waiting or not ahead:
            wait_min = minutes
        elif status in {AnswerStatus.IN_PROGRESS, AnswerStatus.FIXED}:
            eta_min = minutes
    return wait_min, eta_min


def _minutes(match: re.Match[str]) -> int:
    number = match.group("high") or match.group("low")
    value = float(number) if number.isdigit() else float(NUMBERS[number])
    minutes = value * 60 if match.group("unit")[0] in "hsu" else value
    return min(round(minutes), MINUTES_MAX)


def _action(folded: str) -> FixAction | None:
    return next((action for pattern, action in ACTIONS if pattern.search(folded)), None)


def _phrase(said: str) -> str | None:
    """The words of the measure, where they can stand in public: one plain clause without a name in it."""
    for clause in re.split(r"[.,;:!?()\n]|\s[-–]\s", said):
        match = _PHRASE.search(clause[:1].casefold() + clause[1:])
        if match is None:
            continue
        phrase = _PHRASE_END.sub("", match.group(0)).strip(" -'")
        names = any(word[:1].isupper() for word in clause.split()[1:])
        if not names and len(phrase.split()) > 2 and len(phrase) <= PHRASE_CHARACTERS_MAX:
            return phrase
    return None
