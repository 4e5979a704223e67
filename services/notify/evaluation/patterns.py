"""Patterns that owners' answers follow, to make training answers from: each meets many things, numbers and days.

Training on them teaches that the thing does not matter: "the lift is back on" says what "the till is back on" says.
Our own writing. Only things of the known families stand here, never one of the families held apart.
"""

import random
import re
from collections.abc import Iterator, Mapping, Sequence

Slots = Mapping[str, Sequence[str]]

_NUMBERS = {
    "N": ["2", "3", "4", "5", "6", "7", "8", "9", "10", "12", "15", "20", "25", "30", "35", "40", "45"],
    "H": ["one", "two", "three", "four", "five", "ten", "twelve"],
}

SLOTS: Mapping[str, Slots] = {
    "en": {
        **_NUMBERS,
        "thing": [
            "till",
            "card reader",
            "lift",
            "escalator",
            "door",
            "router",
            "printer",
            "scanner",
            "screen",
            "boiler",
            "heating",
            "fan",
            "toilet",
            "sink",
            "tap",
            "freezer",
            "light",
            "lamp",
            "sign",
            "camera",
            "bell",
            "gate",
            "display",
            "terminal",
            "kiosk",
            "seat",
            "bench",
            "window",
            "lock",
            "shutter",
            "trolley",
            "scale",
            "shelf",
            "ramp",
            "handrail",
            "tile",
            "pipe",
            "drain",
            "speaker system",
            "ticket office",
            "desk",
            "counter",
            "bus",
            "platform screen",
            "charger",
            "locker key",
        ],
        "goods": [
            "milk",
            "bread",
            "rolls",
            "batteries",
            "socks",
            "water",
            "rice",
            "nappies",
            "stamps",
            "cups",
            "paper",
            "gloves",
            "tickets",
            "salad",
            "keys",
        ],
        "who": [
            "engineer",
            "technician",
            "plumber",
            "electrician",
            "cleaner",
            "IT",
            "caretaker",
            "locksmith",
            "contractor",
            "supervisor",
            "deputy",
            "helper",
            "colleague",
            "relief",
            "fitter",
            "maintenance",
            "facilities",
            "the agency",
            "a runner",
            "driver",
        ],
        "people": [
            "people",
            "staff",
            "colleagues",
            "helpers",
            "of the team",
            "of my team",
            "cashiers",
            "agents",
            "more hands",
        ],
        "spot": [
            "till",
            "tills",
            "counter",
            "desk",
            "front desk",
            "floor",
            "entrance",
            "window",
            "checkout",
            "reception",
            "help point",
            "gate",
        ],
        "room": [
            "floor",
            "hall",
            "toilets",
            "bathroom",
            "tables",
            "entrance",
            "lobby",
            "stairs",
            "corridor",
            "kitchen",
            "waiting room",
            "changing rooms",
        ],
        "day": [
            "tomorrow",
            "on Monday",
            "on Tuesday",
            "Wednesday",
            "on Thursday",
            "by Friday",
            "on Saturday",
            "next week",
            "tonight",
            "this afternoon",
            "at 3pm",
            "at 14:30",
            "by noon",
            "at 5",
            "later today",
            "in the morning",
            "on 4 June",
            "by the end of the week",
        ],
        "far": [
            "next month",
            "spring",
            "the refit",
            "next year",
            "autumn",
            "August",
            "the new budget",
            "further notice",
            "Monday",
            "Thursday",
        ],
        "town": [
            "Leeds",
            "Truro",
            "Kendal",
            "Bath",
            "Derby",
            "Ely",
            "Hull",
            "Lincoln",
            "York",
            "Exeter",
            "Perth",
            "Cardiff",
            "Bonn",
            "Ghent",
        ],
        "past": [
            "fixed",
            "repaired",
            "replaced",
            "swapped",
            "exchanged",
            "restarted",
            "reset",
            "rebooted",
            "cleaned",
            "unblocked",
            "oiled",
            "tightened",
            "adjusted",
            "reconnected",
            "refilled",
            "unlocked",
            "sorted",
            "mended",
            "changed",
            "rewired",
            "recalibrated",
        ],
        "name": ["Sam", "Jo", "Ana", "Lee", "Priya", "Marek", "Yusuf", "Bea"],
    },
    "nl": {
        **_NUMBERS,
        "thing": [
            "lift",
            "kassa",
            "printer",
            "deur",
            "kaartlezer",
            "router",
            "verwarming",
            "wc",
            "scanner",
            "lamp",
            "balie",
            "automaat",
            "vriezer",
        ],
        "who": ["monteur", "technicus", "loodgieter", "schoonmaker", "collega", "IT", "elektricien"],
        "day": ["morgen", "maandag", "dinsdag", "vanmiddag", "volgende week", "vrijdag", "om 15 uur", "vanavond"],
        "past": [
            "gerepareerd",
            "vervangen",
            "schoongemaakt",
            "herstart",
            "gemaakt",
            "bijgevuld",
            "aangezet",
            "verplaatst",
        ],
    },
    "de": {
        **_NUMBERS,
        "thing": [
            "Aufzug",
            "Kasse",
            "Drucker",
            "Tür",
            "Kartenleser",
            "Router",
            "Heizung",
            "Toilette",
            "Scanner",
            "Lampe",
            "Schalter",
            "Automat",
        ],
        "who": ["Techniker", "Monteur", "Installateur", "Kollege", "Elektriker", "Hausmeister"],
        "day": [
            "morgen",
            "Montag",
            "am Dienstag",
            "heute Nachmittag",
            "nächste Woche",
            "Freitag",
            "um 15 Uhr",
            "heute Abend",
        ],
        "past": [
            "repariert",
            "ausgetauscht",
            "gereinigt",
            "neu gestartet",
            "geöffnet",
            "aufgefüllt",
            "eingeschaltet",
            "geputzt",
        ],
    },
    "fr": {
        **_NUMBERS,
        "thing": [
            "ascenseur",
            "caisse",
            "imprimante",
            "porte",
            "lecteur",
            "routeur",
            "chauffage",
            "scanner",
            "lampe",
            "guichet",
            "automate",
        ],
        "who": ["technicien", "plombier", "collègue", "dépanneur", "électricien"],
        "day": ["demain", "lundi", "mardi", "cet après-midi", "la semaine prochaine", "vendredi", "à 15 h", "ce soir"],
        "past": ["réparé", "remplacé", "nettoyé", "redémarré", "ouvert", "rempli", "changé", "rallumé"],
    },
    "es": {
        **_NUMBERS,
        "thing": [
            "ascensor",
            "caja",
            "impresora",
            "puerta",
            "lector",
            "router",
            "calefacción",
            "escáner",
            "lámpara",
            "mostrador",
            "máquina",
        ],
        "who": ["técnico", "fontanero", "compañero", "electricista", "operario"],
        "day": [
            "mañana",
            "el lunes",
            "el martes",
            "esta tarde",
            "la semana que viene",
            "el viernes",
            "a las 15",
            "esta noche",
        ],
        "past": ["reparado", "cambiado", "limpiado", "reiniciado", "abierto", "rellenado", "encendido", "arreglado"],
    },
}

PATTERNS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "fixed": """
{past} the {thing}|the {thing} has been {past}|{thing} {past}|{thing} is {past}|we have {past} the {thing}
I {past} the {thing} myself
{thing} works again|{thing} is back on|{thing} back up|{thing} running again|the {thing} is working now
new {thing} is in|{thing} open again
opened another {spot}, {N} min|opened a second {spot}, wait {N} mins|moved {H} {people} to the {spot}, {N} min
put {H} more {people} on the {spot}
{H} more {people} at the {spot} now, {N} minutes|{H} extra {people} on the {spot}, wait about {N} min
called in {H} {people}, queue moving, {N} mins
{room} cleaned|{room} mopped and dry|cleaned the {room}|{room} is clean now|wiped down the {room}|{goods} restocked
{goods} back on the shelf
refilled the {goods}|put out more {goods}|{goods} are in again|brought {H} boxes of {goods} from the back
found it behind the {thing}, customer has it
done, {thing} {past}|fixed, {who} was here|{who} came and {past} the {thing}|{who} has {past} it|sorted, {N} min wait
done. {N} minutes now
gave the customer a new one|refunded the customer|money returned|set up a separate line for returns, {N} mins
split the line in two, {N} min
{thing} was off, switched it on, works|it was the {thing}, {past} it, all fine now
took the broken {thing} away and put a new one there
sign corrected|put the right price up|turned the {thing} down|put up a new sign|handed it over to the customer
{name} {past} the {thing}, works now
the {thing} didn't start but we {past} it, runs now|{thing} was broken but is {past}
couldn't mend the {thing}, put in a new one""",
        "in_progress": """
{who} on the way|{who} is coming {day}|{who} booked {day}|{who} called|{who} arrives in {N} min|waiting for the {who}
{who} will be here {day}
{thing} gets {past} {day}|{thing} will be {past} {day}|{thing} is being {past}|going to have the {thing} {past}
new {thing} comes {day}|new {thing} ordered
ordered a new {thing}|part ordered, {day}|{goods} on order|{goods} arrive {day}|{goods} coming {day}
delivery of {goods} {day}|cleaning the {room} now
{room} will be cleaned {day}|{who} is on it|{who} is working on the {thing}|{who} has been informed|reported to {who}
ticket with {who}, waiting
{thing} not {past} yet|{thing} still not working|the {thing} is still broken, {who} coming|not {past} so far
{thing} isn't {past}
{N} min and it's done|ready in {N} minutes|will open another {spot} in {N} min|getting {H} {people} to the {spot}
sending {H} {people} over
I'll look at the {thing} {day}|I will check the {room} now|looking at it now|going to the {spot} now
will call the customer {day}
{past} the {thing} but it's still not right|{past} one {thing}, the other is still out
put a sign up, {who} comes {day}|cleaned the worst, rest {day}
{thing} was {past} but is broken again|we {past} it and it broke again|once {who} is here I open the {spot}
as soon as {name} is back I'll do it
when the {thing} is {past} we open|{who} says it will be done {day}|{who} promised {day}|{who} said {N} min
{name} is dealing with it
closed the {room} for now, {who} {day}|started on the {room}, {N} more min|trying to get {H} more {people}""",
        "cannot_fix": """
can't, {thing} is broken until {far}|cannot, no {people}|no {people} left|can't open another {spot}
we cannot fix the {thing}|{thing} can't be {past}
not possible before {far}|no new {thing} before {far}|no budget for a new {thing}
impossible, {thing} belongs to the landlord|{who} says it can't be {past}
{thing} is beyond repair|{goods} discontinued|{goods} won't come back|no more {goods}, supplier stopped
we have nobody for the {spot}
nothing I can do about the {thing}|unable to change that|only {H} {people} today, can't do more
there is no second {spot}|we only have one {spot}, can't change that
landlord refuses to have it {past}|head office won't pay for a {thing}|tried everything, the {thing} is dead
{thing} stays closed until {far}
short staffed until {far}|it won't get better today, {H} off sick|we are not allowed to change the {thing}
no way to get {goods} this week
the {thing} is too old, it will not be {past}|lost, can't be found any more|no {thing} available, stays as it is""",
        "not_observed": """
no queue here|no queue at the {spot}|nobody at the {spot}|nobody waiting at the {spot}|{spot} is empty
{thing} works fine|{thing} is fine
{thing} works, just tried it|tested the {thing}, no fault|checked the {thing}, nothing wrong
looked at the {thing}, it's ok|can't see a problem with the {thing}
no problem with the {thing} here|{room} is clean|went to the {room}, all clean|just checked the {room}, clean and dry
{goods} in stock, {N} left
plenty of {goods} here|shelf is full of {goods}|nothing wrong here|all {thing}s working|every {thing} is on
{thing} log shows no fault
we are open as usual|we opened on time|no complaint here, wait {N} min as usual|wait is {N} min
just walked past the {spot}, {H} people, no wait
I used the {thing} myself, works|{thing} not broken, just tested|there is no mess in the {room}
no {thing} out of order here|asked the {people}, nobody saw that
the {room} looks good to me|not seeing any problem at the {spot}|walked the {room}, nothing""",
        "wrong_branch": """
not our {spot}|that's {town}, not us|we are {town}|this is {town}, the picture is {town}|please send to {town}
try {town}|belongs to {town}|not us, {town}
we don't have a {thing}|we have no {thing} here|there is no {thing} in our shop|we don't sell {goods}
we never had {goods}|wrong shop, we have no {thing}
nobody called {name} works here|no {name} here, never was|you mean the shop in {town}|must be the other branch
wrong branch|not my store
the {thing} belongs to the shop next to us|this is for the {town} team|pass it to {town}
we closed last year, can't be us|different company, sorry
our {room} is upstairs, that photo isn't ours|that {thing} isn't ours""",
        "unclear": """
which {thing}?|what {thing}|is it the {thing} again?|the {thing}|{thing}?|{thing}...|{goods}
what happened to the {thing}?|who said that?|when was that?
how long?|is the {thing} {past}?|did {who} come?|has it been {past}?|was it {past}?
maybe the {thing} is {past}, maybe not|{past}? no idea
I think somebody {past} it|might be {past}, I wasn't there|ask {name}|{name} knows|I'm not at work
I'm off until {day}|ok {name}|{N}|{N} min
yeah sure the {thing} is {past}|haha the {thing}|great, the {thing} again
of course the {thing} is {past}, in a perfect world|thanks {name}
would be {past} if you paid for it|hope it's {past}|supposedly {past}|{who} says it's {past}, didn't see it
customers always complain about the {thing}
I hate the {thing} too|the {thing} is old|tell {name}|love the {thing}|{name}?
automatic reply: out of the office, back {day}""",
    },
    "nl": {
        "fixed": "{thing} {past}|de {thing} is {past}|{thing} doet het weer|{thing} werkt weer|"
        "we hebben de {thing} {past}|extra kassa open, {N} min|"
        "{N} min nu, extra collega erbij|opgelost, wachttijd {N} min|gedaan, {N} min|"
        "twee mensen erbij gezet, {N} minuten|nieuwe {thing} staat er|{who} heeft het {past}",
        "in_progress": "{who} komt {day}|{who} onderweg, {N} min|{thing} wordt {day} {past}|{thing} nog niet {past}|"
        "nog niet, wacht op {who}|we zijn bezig met de {thing}|"
        "over {N} minuten klaar|nieuwe {thing} besteld|ik kijk zo naar de {thing}|{who} gebeld|nog {N} minuten|"
        "ik ga kijken|bezig",
        "cannot_fix": "kan niet, geen mensen|{thing} kan niet {past} worden|lukt niet voor {day}|"
        "{thing} is niet te repareren|geen budget voor een nieuwe {thing}|"
        "wij kunnen daar niets aan doen|helaas niet mogelijk, {thing} is van de eigenaar",
        "not_observed": "geen rij hier|geen rij bij de {thing}|{thing} werkt prima|{thing} werkt gewoon|"
        "net gekeken, niets aan de hand|niemand wacht|alles in orde hier|zie geen probleem met de {thing}",
        "wrong_branch": "niet onze {thing}|wij hebben geen {thing}|verkeerde winkel|dit is niet bij ons|"
        "moet naar de andere vestiging|dat is een andere winkel",
        "unclear": "welke {thing}?|{thing}?|de {thing}|is de {thing} {past}?|misschien {past}, weet ik niet|bedankt|"
        "vraag {who}|ik ben vrij vandaag|hoezo?|oke dan",
    },
    "de": {
        "fixed": "{thing} {past}|{thing} ist {past}|{thing} geht wieder|{thing} läuft wieder|"
        "wir haben {thing} {past}|zweite Kasse auf, {N} Min|erledigt, {N} Min|"
        "behoben, Wartezeit {N} Minuten|zwei Leute mehr an der Kasse, {N} Minuten|neuer {thing} steht|"
        "{who} hat es {past}|funktioniert wieder",
        "in_progress": "{who} kommt {day}|{who} unterwegs, {N} Min|{thing} wird {day} {past}|"
        "{thing} noch nicht {past}|noch nicht, warte auf {who}|sind dran|"
        "in {N} Minuten fertig|neuer {thing} bestellt|schaue mir {thing} gleich an|{who} angerufen|noch {N} Minuten|"
        "gehe nachsehen|bin dabei",
        "cannot_fix": "geht nicht, keine Leute|{thing} kann nicht {past} werden|geht nicht vor {day}|"
        "{thing} ist nicht zu reparieren|kein Budget|da können wir nichts machen|"
        "leider nicht möglich, {thing} gehört dem Vermieter",
        "not_observed": "keine Schlange hier|keine Schlange an der {thing}|{thing} funktioniert|"
        "{thing} läuft normal|gerade nachgesehen, nichts|niemand wartet|alles in Ordnung hier|sehe kein Problem",
        "wrong_branch": "nicht unsere {thing}|wir haben keine {thing}|falsche Filiale|das ist nicht bei uns|"
        "gehört zur anderen Filiale|das ist ein anderer Laden",
        "unclear": "welche {thing}?|{thing}?|die {thing}|ist {thing} {past}?|vielleicht {past}, keine Ahnung|danke|"
        "frag {who}|habe heute frei|wieso?|na gut",
    },
    "fr": {
        "fixed": "{thing} {past}|on a {past} la {thing}|{thing} remarche|la {thing} fonctionne à nouveau|"
        "j'ai {past} le {thing}|deuxième caisse ouverte, {N} min|c'est fait, {N} min|"
        "réglé, {N} minutes d'attente|deux personnes de plus en caisse, {N} minutes|nouveau {thing} en place|"
        "le {who} l'a {past}",
        "in_progress": "le {who} vient {day}|le {who} est en route, {N} min|le {thing} sera {past} {day}|"
        "pas encore {past}|pas encore, j'attends le {who}|on s'occupe du {thing}|"
        "prêt dans {N} minutes|{thing} commandé|je vais voir le {thing}|{who} appelé|encore {N} minutes|j'y vais|"
        "en cours",
        "cannot_fix": "impossible, pas de personnel|le {thing} ne peut pas être {past}|pas possible avant {day}|"
        "{thing} irréparable|pas de budget|on n'y peut rien|"
        "malheureusement impossible, le {thing} est au propriétaire",
        "not_observed": "pas de queue ici|personne à la {thing}|le {thing} marche très bien|"
        "le {thing} fonctionne normalement|je viens de regarder, rien|personne n'attend|tout va bien ici|"
        "je ne vois pas de problème",
        "wrong_branch": "pas notre {thing}|nous n'avons pas de {thing}|mauvais magasin|ce n'est pas chez nous|"
        "c'est l'autre agence|c'est un autre magasin",
        "unclear": "quel {thing} ?|{thing} ?|le {thing}|le {thing} est {past} ?|peut-être {past}, aucune idée|merci|"
        "demandez au {who}|je suis en repos|pourquoi ?|bon",
    },
    "es": {
        "fixed": "{thing} {past}|hemos {past} la {thing}|la {thing} ya funciona|el {thing} funciona otra vez|"
        "he {past} el {thing}|segunda caja abierta, {N} min|hecho, {N} min|"
        "resuelto, {N} minutos de espera|dos personas más en caja, {N} minutos|{thing} nuevo puesto|"
        "el {who} lo ha {past}",
        "in_progress": "el {who} viene {day}|el {who} está en camino, {N} min|el {thing} se arregla {day}|"
        "todavía no está {past}|todavía no, espero al {who}|estamos con el {thing}|"
        "listo en {N} minutos|{thing} pedido|voy a mirar el {thing}|he llamado al {who}|{N} minutos más|"
        "voy para allá|en ello",
        "cannot_fix": "no puedo, falta personal|el {thing} no se puede arreglar|no es posible antes de {day}|"
        "el {thing} no tiene arreglo|sin presupuesto|no podemos hacer nada|"
        "imposible, el {thing} es del dueño",
        "not_observed": "no hay cola aquí|nadie en la {thing}|el {thing} funciona bien|el {thing} va perfectamente|"
        "acabo de mirar, nada|nadie espera|todo bien aquí|no veo ningún problema",
        "wrong_branch": "no es nuestra {thing}|no tenemos {thing}|tienda equivocada|eso no es aquí|"
        "es de la otra sucursal|es otra tienda",
        "unclear": "¿qué {thing}?|¿{thing}?|la {thing}|¿está {past}?|quizás {past}, ni idea|gracias|"
        "pregunta al {who}|hoy libro|¿por qué?|bueno",
    },
}

_SLOT = re.compile(r"\{(\w+)\}")
_EDGES = ("", "", "", "", "", ".", "!", " ok", " thx")


def made_answers(per_pattern: int, seed: int) -> Iterator[tuple[str, str]]:
    """(text, status) of `per_pattern` answers of every pattern, the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311  # variety, not secrecy
    for language, statuses in PATTERNS.items():
        slots = SLOTS[language]
        for status, patterns in statuses.items():
            for pattern in re.split(r"[|\n]", patterns.strip()):
                fixed = not _SLOT.search(pattern)
                for _ in range(1 if fixed else per_pattern):
                    text = _SLOT.sub(lambda match: chance.choice(slots[match.group(1)]), pattern)  # noqa: B023
                    edge = chance.choice(_EDGES) if language == "en" and status != "unclear" else ""
                    yield (text[:1].upper() + text[1:] if chance.random() < 0.4 else text) + edge, status
