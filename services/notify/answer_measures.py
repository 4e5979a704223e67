"""The measure an owner names: as a code for other systems, and in words that customers may read after "has". Pure.

Only the clause that names the measure is kept, in the owner's language: no name, no joke, no blame, nobody's private
matter. Where the words do not fit into that form, none are given and the code speaks.
"""

import re
from collections.abc import Callable, Sequence

from contracts import FixAction
from services.notify.answer_text import SLIPS

_WORD = re.compile(r"[^\W\d_]+")
PHRASE_CHARACTERS_MAX = 90
PHRASE_WORDS_MAX = 16


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


_PEOPLE = (
    r"(?:staff|people|ppl|colleagues?|team|agents?|cashiers?|tellers?|helpers?|hands?|guys|drivers?|trainees?|"
    r"stylists?|barista\w*|cooks?|chefs?|"
    r"mensen|collega(?:'?s)?|medewerkers?|leute|kollegen|kollegin(?:nen)?|mitarbeiter\w*|kräfte|collègues?|"
    r"personnes?|employés?|"
    r"personas?|compañer\w+|emplead\w+|gente)"
)
_POST = (
    r"(?:tills?|counters?|registers?|desks?|windows?|checkouts?|kiosks?|hatch|bars?|lanes?|kassa'?s?|balies?|"
    r"loket\w*|kassen?|schalter|"
    r"caisses?|guichets?|cajas?|mostrador(?:es)?|ventanillas?)"
)

ACTIONS: Sequence[tuple[re.Pattern[str], FixAction]] = (
    (
        _any(
            r"\bsplit\b",
            r"\b(?:quick|separate|second|extra|priority|express) (?:queue|line|lane)\b",
            r"\b(?:rij|schlange|queue|file|cola) (?:gesplitst|geteilt|divid\w+)\b|\b(?:gesplitst|aufgeteilt)\b",
        ),
        FixAction.QUEUE_SPLIT,
    ),
    (
        _any(
            r"\brefund\w*",
            r"\bmoney (?:is )?back\b",
            r"\bgave \w+ back the\b",
            r"\breversed\b|\bcredited\b|\bcredit note\b|\bwaived\b",
            r"\bteruggestort\b|\bzurück(?:gebucht|erstattet)\b|\bremboursé\w*|\bdevuelto\b|\breembols\w+",
        ),
        FixAction.REFUNDED,
    ),
    (
        _any(
            r"\bclean\w*",
            r"\bmop\w*",
            r"\bwip(?:ed|ing)\b",
            r"\bspotless\b|\bscrub\w*|\bhoover\w*|\bvacuum\w*|\bswept\b|\bwashed\b|\bemptied\b",
            r"\b(?:schoon\w*|gedweild|geleegd)\b|\b(?:gereinigt|geputzt|gewischt|sauber)\b|\b(?:nettoyé\w*|"
            r"lavé\w*)\b|\b(?:limpi\w+|freg\w+)\b",
        ),
        FixAction.CLEANED,
    ),
    (
        _any(
            r"\brestock\w*|\brefilled\b|\b(?:in|back in) stock\b|\bon the shel\w+|\bshel(?:f|ves) (?:is |"
            r"are )?full\b|\btopped up\b|\bfilled up\b",
            r"\b(?:bijgevuld|aangevuld|in het schap)\b|\b(?:aufgefüllt|im regal)\b|\b(?:rempli\w*|en rayon)\b|"
            r"\b(?:repuest\w+|rellenad\w+|en el estante)\b",
        ),
        FixAction.RESTOCKED,
    ),
    (
        _any(
            r"\b(?:moved|put|pulled|sent|called|brought|got|added|took|have|had|\d|one|two|three|four|more|extra|"
            rf"additional|another|second|third)\b[^.;]{{0,40}}\b{_PEOPLE}\b",
            r"\b(?:opened|open|manned|staffed|reopened|another|extra|second|third|fourth|more|additional|all|both|"
            rf"every)\b[^.;]{{0,25}}\b{_POST}\b",
            rf"\b{_POST}\b[^.;]{{0,20}}\b(?:open\w*|manned|staffed|going)\b",
            r"\b(?:twee|drie|extra|tweede|derde|nog een|meer|zwei|drei|zweite\w*|dritte\w*|weitere\w*|mehr|deux|"
            rf"trois|deuxième|autre|dos|tres|segund\w+|otr\w+|más)\b[^.;]{{0,30}}\b(?:{_PEOPLE}|{_POST})",
            r"\b(?:\d|one|two|three|four) (?:more|extra) (?:on|at|in|are here)\b",
            r"\b(?:relief|shift) (?:is|has|came|here)\b",
        ),
        FixAction.STAFF_RESHUFFLED,
    ),
    (
        _any(
            r"\b(?:replac\w*|swapped|exchanged|redid|remade|spare)\b",
            r"\bhanded over\b|\bnew (?!queue|line|staff|colleague|sheet|rule|process)\w+",
            r"\b(?:vervangen|omgeruild)\b|\b(?:ausgetauscht|ersetzt)\b|\b(?:remplacé\w*|échangé\w*)\b|"
            r"\b(?:cambiad\w+|sustituid\w+|reemplazad\w+)\b",
        ),
        FixAction.REPLACED,
    ),
    (
        _any(
            r"\bchanged (?:the|our) (?:rule|process|question|form|policy|script|wording|rota|hours)|\bno longer ask|"
            r"\bdropped the\b|\bscript\b|\bbriefed\b|\btrain(?:ed|ing)\b"
        ),
        FixAction.PROCESS_CHANGED,
    ),
    (
        _any(
            r"\b(?:repair\w*|reset|restart\w*|reboot\w*|mended|fixed|unblocked|oiled|tightened|patched|rewired|"
            r"unlocked|reconnected|adjusted)\b",
            r"\b(?:back|works?|working|running|runs?|prints?) (?:again|on|up|in service|online|fine|now)\b|"
            r"\bswitched\b|\bturned\b",
            r"\b(?:gerepareerd|gemaakt|herstart|doet het weer|werkt weer)\b|\b(?:repariert|neu gestartet|"
            r"läuft wieder|geht wieder|funktioniert wieder)\b",
            r"\b(?:réparé\w*|redémarré\w*|remarche|fonctionne)\b|\b(?:reparad\w+|arreglad\w+|reiniciad\w+|"
            r"ya funciona|ya \w+[ae])\b",
        ),
        FixAction.REPAIRED,
    ),
)


def find_action(folded: str) -> FixAction | None:
    """The kind of measure, where the words name one."""
    return next((action for pattern, action in ACTIONS if pattern.search(folded)), None)


IRREGULAR = {
    **{
        "took": "taken",
        "threw": "thrown",
        "gave": "given",
        "wrote": "written",
        "did": "done",
        "redid": "redone",
        "drew": "drawn",
    },
    **{
        "hung": "hung",
        "got": "got",
        "brought": "brought",
        "put": "put",
        "set": "set",
        "split": "split",
        "shut": "shut",
    },
    **{
        "swept": "swept",
        "found": "found",
        "sent": "sent",
        "cut": "cut",
        "made": "made",
        "reset": "reset",
        "lit": "lit",
    },
    **{
        "laid": "laid",
        "built": "built",
        "had": "had",
        "paid": "paid",
        "spoke": "spoken",
        "taken": "taken",
        "given": "given",
    },
}
_NO_MEASURE = (
    "need(?:ed)?|used|checked|looked|tried|tested|walked|asked|ordered|booked|planned|expected|scheduled|requested|"
    "waited|"
    "wanted|happened|seemed|failed|crashed|complained|reported|noticed|started|worked|needed|missed|hundred|indeed|"
    "speed|red|bed|shed|served|"
    "moved on|had|found out|received|finished|solved|sorted|resolved|thanked|hoped|loved|tired|closed"
)
_VERB = rf"(?!(?:{_NO_MEASURE})\b)(?:[a-z]{{2,}}ed|{'|'.join(IRREGULAR)})"
_SUBJECT = (
    r"(?:(?:and|so|then|ok|okay|yes|right|now|also|finally|just|yeah|hi|hello|sorry|done|fixed|sorted)[ ,:]+)*"
    r"(?:(?:i|we|they|the team|the engineer|the technician|the plumber|the contractor|our landlord|landlord|"
    r"maintenance|it|engineer|technician|plumber|electrician|locksmith|contractor|vendor|supplier|provider|agency|"
    r"council|caretaker|cleaner|supervisor|deputy)(?:'ve|(?: have| has))? (?:just |now |also |already )?)?"
)
_ACTIVE = re.compile(rf"^(?:{_SUBJECT})(?P<verb>{_VERB}) (?P<rest>.+)$", re.IGNORECASE)
_PASSIVE = re.compile(
    rf"^(?P<thing>.+?) (?:(?:is|are|was|were|has been|have been|got|been)(?: now| all| just)? )?(?P<verb>{_VERB}|"
    r"open|reopened)"
    r"(?P<rest>(?: (?:(?:up|on|off|in|out|down|away)(?! (?:the|an?|all|two)\b)|in the|on the|to|at|from|with|for|by|"
    r"behind|into|onto|free|top|inside|overnight|again)\b.*)?)$",
    re.IGNORECASE,
)
_STATES = {
    "works": "working",
    "work": "working",
    "runs": "running",
    "run": "running",
    "prints": "printing",
    "working": "working",
    "running": "running",
}
_STATE = re.compile(
    r"^(?P<thing>.+?) (?:(?:is|are|'s) )?(?:now |all )?(?P<state>works?|runs?|prints?|working|running|back up|"
    r"back on|back in service|back online|back|"
    r"up and running|open|on|up|back (?:on|in|at|to) (?:the )?[a-z ]{3,30})(?P<again> again| now| as well)*$",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"^(?P<who>(?:\d|one|two|three|four|five|six|an?|another) (?:more|extra|additional|other)?\s?(?:(?:of (?:my|"
    rf"our|the) )?{_PEOPLE})?)"
    r"(?: (?:are|is))?(?: now)? (?P<where>(?:on|at|in|behind) .+)$",
    re.IGNORECASE,
)

_END = re.compile(
    r"\s(?:so|because|but|which|since|as|when|while|where|that|wait(?:ing times?|s)?\b(?! (?:area|room|list))|"
    r"queue (?:is|now|down)|line (?:is|now|moving)|down to|now\b(?! \w+ed\b)|anyway|myself|"
    r"too|ourselves|today|this (?:morning|afternoon)|last night|tho|though|finally|already|yesterday|just now|"
    r"at (?:noon|\d\S*)|"
    r"(?:about|abt|approx|around|under|max|only)? ?\d+ ?(?:-\d+ ?)?m(?:in)?(?:ute)?s?|and (?:it|it's|they|we|i|he|"
    r"she|now|everyone|everything|everybody|all|people|is|are|customers?|wait|the (?:queue|wait|line)|"
    r"tested|works?|runs?|cards|payments|one of)|like|if|however|to be honest|lol|haha|again)\b.*$",
    re.IGNORECASE,
)
_PRIVATE = re.compile(
    r"\b(?:he|she|him|her|his|hers|they|them|their|my|me|mine|you|your|i|us|finally|bloody|damn|lol|haha|boss|"
    r"idiot\w*|stupid|lazy|useless|drunk\w*|wife|husband|"
    r"intern|sick|fault|complain\w*|police|students?|crowd|chaos|forgot\w*|blame\w*|wrong|stolen|mouse|broke|ages|"
    r"a while|care of|head office|hq|because|lady|gentleman|guy|liar|"
    r"gast|klant|kunde|cliente?|er|sie|ihm|hij|zij|elle|il|ils|ella|él)\b",
    re.IGNORECASE,
)
_ADDRESS_OR_MONEY = re.compile(r"@|https?:|£|\$|€|\b\d{5,}\b")
_NAME = r"(?!IT\b|CCTV\b|AC\b|TV\b|ATM\b|WiFi\b|Wi-Fi\b)[A-Z][a-zäöüéèñ]+"
_NAMES = re.compile(
    rf"\b(?P<verb>[Mm]oved|[Pp]ut|[Pp]ulled|[Ss]ent|[Cc]alled|[Bb]rought|[Gg]ot) (?P<names>{_NAME}(?:(?:, | and |"
    rf" & ){_NAME})*)(?= (?:on|to|in|from|off|over|down|onto|at|behind|up|back)\b)"
)
_SENDS = frozenset({"moved", "put", "pulled", "sent", "called", "brought", "got"})
_SOMEBODY = re.compile(
    rf"(?!{_PEOPLE}\b|everyone\b|everybody\b|someone\b|somebody\b|more\b|one\b|two\b|three\b|four\b|both\b|all\b|"
    r"half\b|\d)[a-z]+(?<!s)(?: (?:and|&) [a-z]+)? "
    r"(?:on|to|onto|behind|at|over|in)\b",
    re.IGNORECASE,
)
"""A bare word after such a verb is as a rule somebody's name, written small."""
_COUNTED = {1: "a colleague", 2: "two colleagues", 3: "three colleagues", 4: "four colleagues"}
_OWN_PEOPLE = (
    (re.compile(r"\bof (?:my|our) (?:people|team|staff|colleagues|guys)\b", re.IGNORECASE), "of the team"),
    (re.compile(r"\b(?:my|our)\b", re.IGNORECASE), "the"),
    (re.compile(r"\bppl\b", re.IGNORECASE), "people"),
    (re.compile(r"\b(?:w/|with an? apology)", re.IGNORECASE), ""),
)
_DETERMINED = re.compile(
    r"^(?:an?|the|all|both|every|each|some|more|two|three|four|five|six|ten|\d+|another|any|most)\b", re.IGNORECASE
)
_INDEFINITE = re.compile(
    r"^(?:extra|additional|new|separate|second|third|fourth|replacement|temporary|spare)\b", re.IGNORECASE
)
_NUMBERED = re.compile(
    r"^(?:till|desk|counter|window|register|platform|room|hall|line|lane|belt|gate|row|floor|level) [\d-]+\b",
    re.IGNORECASE,
)


def find_phrase(said: str) -> str | None:
    """The first clause that names a measure, to stand after "has", "heeft", "hat", "a" or "ha" in its own language."""
    mended = _WORD.sub(lambda match: SLIPS.get(match.group(0), match.group(0)), said)
    for clause in _clauses(_without_names(mended)):
        for read in READERS:
            phrase = read(clause)
            if phrase is not None and _may_be_told(phrase):
                return phrase
    return None


def _without_names(said: str) -> str:
    def counted(match: re.Match[str]) -> str:
        number = len(re.findall(_NAME, match.group("names")))
        return f"{match.group('verb')} {_COUNTED.get(number, 'several colleagues')}"

    return _NAMES.sub(counted, said)


def _clauses(said: str) -> list[str]:
    parts = re.split(r"[.;:!?()…\n]+(?:\s|$)|[,;:!?()]\s*|\s[-–—/+&]\s|\s(?:but|maar|aber|mais|pero|so)\s", said)
    return [re.sub(r"[^\w\s'’%/-]", "", part).strip(" '-") for part in parts if part and part.strip()]


def _may_be_told(phrase: str) -> bool:
    words = phrase.split()
    named = any(word[:1].isupper() and not word.isupper() and not _GERMAN.search(phrase) for word in words)
    return (
        1 < len(words) <= PHRASE_WORDS_MAX
        and len(phrase) <= PHRASE_CHARACTERS_MAX
        and not named
        and "/" not in phrase
        and not _PRIVATE.search(phrase)
        and not _ADDRESS_OR_MONEY.search(phrase)
    )


def _tidy(words: str) -> str:
    words = f" {words} "
    for pattern, instead in _OWN_PEOPLE:
        words = pattern.sub(instead, words)
    return _one_measure(" ".join(_END.sub("", words.rstrip()).split()).strip(" -'"))


_FINITE = re.compile(
    r"(?i)\b(?:is|are|was|were|has|have|had|will|can|told|tells?|called|says?|goes|comes?|works?|runs?)\b|"
    r"\w\s+\w{3,}ed$"
)


def _one_measure(words: str) -> str:
    """Without what follows "and" when that is a sentence of its own."""
    kept, joined, after = words.partition(" and ")
    return kept if joined and _FINITE.search(after) else words


def _determined(thing: str) -> str:
    """With an article, where English needs one."""
    thing = thing[:1].lower() + thing[1:] if thing[1:2].islower() else thing
    if _DETERMINED.search(thing) or _NUMBERED.search(thing):
        return thing
    if _INDEFINITE.search(thing) and not thing.endswith("s"):
        return f"{'an' if thing[0] in 'aeiou' else 'a'} {thing}"
    return f"the {thing}"


def _active(clause: str) -> str | None:
    """ "Opened the second till", "we've moved two people to the counter"."""
    match = _ACTIVE.search(clause)
    if match is None or not re.match(
        r"(?i)(?:an?|the|all|both|two|three|four|five|six|\w+ (?:of )?\w+|\w+)\b", match.group("rest")
    ):
        return None
    verb = match.group("verb").lower()
    rest = _tidy(match.group("rest"))
    if verb in _SENDS and _SOMEBODY.match(rest):
        return None
    if not rest or re.match(
        r"(?i)(?:by|at|it|on|up|in|out|off|down|to|from|for|with|and|since|yesterday|today|of)\b(?!.*\b(?:the|a|an|"
        r"two|three|all)\b)",
        rest,
    ):
        return None
    return f"{IRREGULAR.get(verb, verb)} {_first_lower(_object(rest))}"


def _object(rest: str) -> str:
    """ "opened extra desk" needs an article; "moved two people" has what it needs."""
    if re.match(r"(?i)(?:second|third|fourth|extra|additional|separate|new) \w+(?: \w+)?$", rest) and not rest.endswith(
        "s"
    ):
        return _determined(rest)
    return rest


def _first_lower(words: str) -> str:
    return words[:1].lower() + words[1:] if words[1:2].islower() else words


def _passive(clause: str) -> str | None:
    """ "Extra desk opened", "the lights on level 2 were replaced"."""
    match = _PASSIVE.search(_tidy(clause))
    if match is None or not _is_thing(match.group("thing")):
        return None
    verb = match.group("verb").lower()
    verb = "opened" if verb == "open" else IRREGULAR.get(verb, verb)
    rest = re.sub(r"(?i)\s*\bby (?:an?|the|our|IT|maintenance|facilities) ?\w*.*$", "", match.group("rest")).strip()
    if verb in {"put", "had", "got", "found"} and not rest:
        return None
    return " ".join(f"{verb} {_determined(_first_lower(match.group('thing')))} {rest}".split())


def _state(clause: str) -> str | None:
    """ "Card reader works again", "contactless is back"."""
    match = _STATE.search(clause)
    if match is None or not _is_thing(match.group("thing")):
        return None
    state = re.sub(r"(?i) (?:again|now)$", "", match.group("state").lower())
    if state in {"open", "on", "up"} and not re.search(r"(?i)\b(?:now|again|second|third|extra|another|all)\b", clause):
        return None
    thing = _determined(_first_lower(match.group("thing")))
    if state == "open":
        return f"opened {thing}"
    again = " again" if state in _STATES and "again" in clause.lower() else ""
    return f"got {thing} {_STATES.get(state, state)}{again}"


def _is_thing(words: str) -> bool:
    """A few words that name something: no pronoun, verb or joke."""
    return len(words.split()) <= 7 and not re.search(
        r"(?i)^(?:it|this|that|all|we|i|they|he|she|everything|everyone|yes|ok|done|fixed|and|now|queue|line|wait|"
        r"which|what|there|here|up|back|weer|wieder|klaar|problem|job)\b(?! \w+)|'s\b|\b(?:and|to|of|spoken|taken)$|"
        r"\b(?:to and|spoken|then)\b|"
        r"\b(?:is|are|was|were|has|have|will|would|it|i|we|they|he|she|you|just|only|not|no|isn't|wasn't|had|got|"
        r"can|could)\b",
        words,
    )


def _more(clause: str) -> str | None:
    """ "2 more on bar", "three of the team at the till"."""
    match = _MORE.search(clause)
    if match is None:
        return None
    who, where = _tidy(match.group("who")), _tidy(match.group("where"))
    if not re.search(rf"(?i){_PEOPLE}", who):
        who = f"{who} {'person' if re.match(r'(?i)(?:one|1|an?|another)', who) else 'people'}"
    where = re.sub(
        r"(?i)^(on|at|in|behind) (?=(?:till|counter|bar|desk|floor|checkout|front desk|tills|counters|desks)$)",
        r"\1 the ",
        where,
    )
    return f"put {who.lower()} {where}" if where else None


_DUTCH = re.compile(
    r"\b(?:twee|drie|vier|vijf|zes|een|één|nog|extra|tweede|derde|vierde|nieuwe|de|het|alle)\b.*\b(?:mensen|"
    r"collega'?s?|medewerkers?|kassa'?s?|balies?|loket\w*|rij\w*|"
    r"\w+(?:kassa|balie)|ge\w+(?:d|t|en)|\w+ge\w+(?:d|t|en)|ver\w+(?:d|t|en)|her\w+t)\b",
    re.IGNORECASE,
)
_DUTCH_PARTICIPLE = re.compile(
    r"\b(?:ge\w{2,}(?:d|t|en)|(?:af|aan|op|in|uit|bij|schoon|terug|weg|open)ge\w{2,}(?:d|t|en)|ver\w{3,}(?:d|t|en)|"
    r"herstart|hersteld)$",
    re.IGNORECASE,
)
_DUTCH_END = re.compile(
    r"(?i)\s*\b(?:nu|wachttijd|wachten|dus|want|zelf|vandaag|net|erbij|er bij|in de kassa|\d+ min\w*)\b.*$"
)
_DUTCH_LEAD = re.compile(
    r"(?i)^(?:(?:we|wij|ik|er|hebben|heb|heeft|is|zijn|staan|staat|zitten|nu|net|opgelost|klaar|gedaan)\s)+"
)


def _dutch(clause: str) -> str | None:
    """ "twee extra mensen" → "twee extra mensen ingezet"; "tweede kassa open" → "een tweede kassa geopend"."""
    said = _DUTCH_LEAD.sub("", clause)
    if not _DUTCH.search(said) or _GERMAN_WORDS.search(said):
        return None
    said = _DUTCH_END.sub("", said).strip()
    said = re.sub(r"(?i)\s(?:is |zijn |nu |weer )*(?:open(?:gegooid|gegaan|gezet)?)$", " geopend", said)
    if not re.match(r"(?i)(?:twee|drie|vier|vijf|zes|\d|de|het|een|één|nog|alle|meer)\b", said):
        said = (
            f"een {said}"
            if re.match(r"(?i)(?:extra|tweede|derde|vierde|nieuwe) (?!mensen|collega'?s\b|medewerkers)", said)
            else said
        )
    if not _DUTCH_PARTICIPLE.search(said):
        said = f"{said} ingezet" if re.search(r"(?i)\b(?:mensen|collega'?s?|medewerkers?)\b", said) else ""
    return (
        _first_lower(said)
        if said and re.search(r"(?i)\b(?:twee|drie|vier|vijf|een|nog|de|het|alle|\d|extra|meer)\b", said)
        else None
    )


_GERMAN_WORDS = re.compile(
    r"\b(?:der|die|das|dem|den|ein\w*|zwei\w*|drei|dritte\w*|und|jetzt|Leute|Kollegen|Kasse|Schalter|Mitarbeiter|"
    r"weitere\w*|wir|ich|zusätzlich\w*)\b"
)
_GERMAN = re.compile(r"\b(?:ge\w+(?:t|en)|\w+ge\w+(?:t|en)|repariert|ersetzt|eingesetzt|\w+iert)$")
_GERMAN_ORDINAL = {
    "zweite": "eine zweite",
    "zweiter": "einen zweiten",
    "zweites": "ein zweites",
    "dritte": "eine dritte",
    "dritter": "einen dritten",
    "weitere": "eine weitere",
    "weiterer": "einen weiteren",
    "neue": "eine neue",
    "neuer": "einen neuen",
    "neues": "ein neues",
}
_GERMAN_LEAD = re.compile(r"(?i)^(?:(?:wir|ich|haben|habe|hat|sind|ist|jetzt|nun|gerade|erledigt|fertig)\s)+")
_GERMAN_END = re.compile(r"(?i)\s*\b(?:jetzt|wartezeit|warten|nun|also|weil|selbst|heute|\d+ min\w*)\b.*$")


def _german(clause: str) -> str | None:
    """ "zweite Kasse offen" → "eine zweite Kasse geöffnet"; "zwei Kollegen an den Schalter geholt"."""
    if not _GERMAN_WORDS.search(clause):
        return None
    said = _GERMAN_END.sub("", _GERMAN_LEAD.sub("", clause)).strip()
    said = re.sub(r"(?i)\s(?:ist |sind |jetzt |nun )*(?:offen|auf|geöffnet|aufgemacht)$", " geöffnet", said)
    first, _, rest = said.partition(" ")
    said = f"{_GERMAN_ORDINAL.get(first.lower(), first[:1].lower() + first[1:])} {rest}"
    if not _GERMAN.search(said):
        said = (
            f"{said} eingesetzt" if re.search(r"\b(?:Leute|Kollegen|Kollegin\w*|Mitarbeiter\w*|Kräfte)\b", said) else ""
        )
    return said if said and re.match(r"(?i)(?:ein\w*|zwei|drei|vier|fünf|den|die|das|alle|\d)\b", said) else None


_FRENCH = re.compile(
    r"(?i)\b(?:on a|j'ai|nous avons|a) (?:bien |déjà )?(?P<verb>ouvert|mis|placé|ajouté|appelé|réparé|remplacé|"
    r"nettoyé|redémarré|changé|envoyé|remis|rempli|rappelé|installé|déplacé|fait venir) (?P<rest>.+)$"
)
_FRENCH_TILL = re.compile(
    r"(?i)^(?:la |une )?(?P<which>deuxième|seconde|troisième|autre) (?P<thing>caisse|file) (?:est )?(?:ouverte)\b"
)
_FRENCH_MORE = re.compile(
    r"(?i)^(?P<who>(?:deux|trois|quatre|\d) (?:personnes?|collègues?|employés?)(?: (?:de plus|supplémentaires|"
    r"en plus))?(?: (?:en|à la|à l'|au|aux) ?[\w']+)?)$"
)
_FRENCH_END = re.compile(r"(?i)\s+(?:maintenant|donc|parce|car|moi-même|\d+ min\w*|et (?:ça|tout|on|il|c'est)).*$")


def _french(clause: str) -> str | None:
    """ "on a ouvert une deuxième caisse" → "ouvert une deuxième caisse"."""
    if match := _FRENCH.search(clause):
        return f"{match.group('verb').lower()} {_FRENCH_END.sub('', match.group('rest'))}"
    if match := _FRENCH_TILL.search(clause):
        return f"ouvert une {match.group('which').lower()} {match.group('thing').lower()}"
    if match := _FRENCH_MORE.search(clause):
        return f"mis {match.group('who').lower()}"
    return None


_SPANISH = re.compile(
    r"(?i)\b(?:he|hemos|ha|han) (?P<verb>abierto|puesto|movido|llamado|reparado|cambiado|limpiado|reiniciado|"
    r"arreglado|enviado|traído|añadido|rellenado|devuelto|fregado) (?P<rest>.+)$"
)
_SPANISH_PAST = {
    "abrimos": "abierto",
    "abrí": "abierto",
    "pusimos": "puesto",
    "puse": "puesto",
    "movimos": "movido",
    "moví": "movido",
    "llamamos": "llamado",
    "llamé": "llamado",
    "cambiamos": "cambiado",
    "cambié": "cambiado",
    "reparamos": "reparado",
    "reparé": "reparado",
    "limpiamos": "limpiado",
    "limpié": "limpiado",
}
_SPANISH_SAID = re.compile(rf"(?i)^(?:ya )?(?P<verb>{'|'.join(_SPANISH_PAST)}) (?P<rest>.+)$")
_SPANISH_TILL = re.compile(r"(?i)^(?P<which>segunda|tercera|otra) (?P<thing>caja|ventanilla|fila) (?:ya )?abierta\b")
_SPANISH_MORE = re.compile(
    r"(?i)^(?P<who>(?:dos|tres|cuatro|\d) (?:personas?|compañer[oa]s|emplead[oa]s)(?: más)?(?: en (?:la |el )?\w+)?)$"
)
_SPANISH_END = re.compile(r"(?i)\s+(?:ahora|así|porque|yo mismo|\d+ min\w*|y (?:ya|todo|ahora)).*$")


def _spanish(clause: str) -> str | None:
    """ "abrimos otra caja" → "abierto otra caja"."""
    if match := _SPANISH.search(clause):
        return f"{match.group('verb').lower()} {_SPANISH_END.sub('', match.group('rest'))}"
    if match := _SPANISH_SAID.search(clause):
        return f"{_SPANISH_PAST[match.group('verb').lower()]} {_SPANISH_END.sub('', match.group('rest'))}"
    if match := _SPANISH_TILL.search(clause):
        which = match.group("which").lower()
        return f"abierto {'' if which == 'otra' else 'una '}{which} {match.group('thing').lower()}"
    if match := _SPANISH_MORE.search(clause):
        return f"puesto a {match.group('who').lower()}"
    return None


_NOT_ENGLISH = re.compile(
    r"(?i)\b(?:twee|drie|een|het|wij|mensen|kassa|balie|rij|nu|weer|zwei\w*|drei|der|die|das|und|wir|ich|jetzt|"
    r"wieder|kasse|schalter|läuft|le|la|les|une?|des|on|deux|trois|caisse|"
    r"est|el|los|las|una|dos|tres|caja|ya|hemos|he)\b(?=.*\b(?:twee|drie|mensen|kassa|balie|tweede|collega|rij|"
    r"zwei\w*|kasse|schalter|leute|läuft|geht|wieder|le|la|les|une|caisse|deuxième|el|los|las|una|caja|segunda|otra|"
    r"hemos|ist|der|die|das|de|ge\w+t)\b)"
)


def _english(read: Callable[[str], str | None]) -> Callable[[str], str | None]:
    return lambda clause: (
        None if _NOT_ENGLISH.search(clause) or re.search(r"[äöüßéèêàñçáíóú]", clause) else read(clause)
    )


READERS: Sequence[Callable[[str], str | None]] = (
    _dutch,
    _german,
    _french,
    _spanish,
    *(_english(read) for read in (_more, _active, _state, _passive)),
)
