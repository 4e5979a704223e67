"""What a complaint is about, as a thing one can point at: a queue, a toilet, a power outlet. Pure.

Two complaints of one topic at one branch are two problems when each names a thing and it is not the same one: who
mends the toilet has not mended the lift, and "fixed" would be untrue for the second customer. Words of the languages
our customers write most; a thing nobody listed only means that topic and branch decide alone.
"""

import re
import unicodedata
from collections.abc import Mapping

THINGS: Mapping[str, str] = {
    "queue": (
        "queue queues queueing queuing line-up lined-up waiting wait waited waits warteschlange schlange anstehen "
        "gewartet warten rij rijen wachtrij wachten gewacht fila filas colas la-cola de-cola hay-cola hacer-cola "
        "esperar esperando coda attesa attente attendre attends"
    ),
    "counter": (
        "counter counters tills one-till the-till a-till only-till second-till till-open cashier cashiers checkout "
        "checkouts teller tellers schalter kasse kassen kassa balie caja cajas cassa caisse caisses guichet "
        "guichets balcao caixa"
    ),
    "toilet": (
        "toilet toilets loo loos restroom restrooms bathroom bathrooms washroom wc toilette toiletten klo bano "
        "banos aseo aseos bagno bagni toilettes sanitaires banheiro"
    ),
    "shower": "shower showers dusche duschen douche douches ducha duchas doccia docce",
    "locker": "locker lockers spind spinde kluisje kluisjes taquilla taquillas armadietto casier casiers",
    "power_outlet": (
        "outlet outlets socket sockets plug plugs powerpoint steckdose steckdosen stopcontact stopcontacten enchufe "
        "enchufes presa prese prise prises tomada tomadas"
    ),
    "wifi": "wifi wi-fi wlan hotspot",
    "seating": (
        "seat seats seating chair chairs table tables bench benches sitzplatz sitzplatze sitze stuhle tisch tische "
        "zitplaats stoelen asiento asientos mesa mesas sedia sedie tavolo chaise chaises siege sieges"
    ),
    "parking": (
        "parking car-park parkplatz parkplatze parkeren parkeerplaats aparcamiento estacionamiento parcheggio "
        "stationnement estacionamento"
    ),
    "bicycles": "bike-rack bike-racks fahrradstander fietsenrek",
    "baby_change": "baby-change nappy-changing changing-table wickeltisch wickelraum",
    "lift": (
        "lift lifts elevator elevators escalator escalators aufzug fahrstuhl rolltreppe roltrap ascensor ascensores "
        "ascensore ascenseur elevador"
    ),
    "door": "door doors entrance ramp ramps tur eingang rampe deur ingang puerta entrada rampa porta porte entree",
    "heating": "heating heater radiator freezing heizung verwarming calefaccion riscaldamento chauffage",
    "cooling": "aircon air-con air-conditioning klimaanlage airco climatizzazione climatisation sweltering",
    "light": "light lights lighting lamp lamps bulb licht beleuchtung verlichting luz luces luce lumiere",
    "noise": "noise noisy loud music larm laut musik lawaai ruido ruidoso rumore bruit bruyant",
    "smell": "smell smells smelly stink stinks stinking stench stinkt gestank stinkt huele olor puzza odeur pue",
    "floor": "floor floors carpet carpets boden teppich vloer suelo pavimento moquette",
    "leak": "leak leaks leaking flooded puddle undicht lekkage fuga goteo perdita fuite",
    "ticket_machine": "ticket-machine ticket-machines fahrkartenautomat kaartautomaat maquina-de-billetes",
    "cash_machine": (
        "atm atms cash-machine cash-machines cashpoint geldautomat geldautomaat cajero cajeros bancomat "
        "distributeur multibanco"
    ),
    "card_terminal": (
        "card-reader card-readers card-machine card-machines terminal contactless kartenlesegerat kartenzahlung "
        "pinautomaat datafono terminal-de-paiement"
    ),
    "app": "app apps login log-in logged-out logs-out website site webseite inloggen",
    "treadmill": "treadmill treadmills laufband laufbander loopband cinta tapis",
    "weights": "dumbbell dumbbells barbell barbells squat-rack hanteln hantel pesas pesi halteres",
    "pool": "pool swimming-pool schwimmbecken zwembad piscina piscine",
    "trolley": "trolley trolleys basket baskets einkaufswagen winkelwagen carrito carrello chariot",
    "drink": "coffee latte espresso cappuccino flat-white tea brew kaffee koffie cafe caffe matcha",
    "food": "sandwich sandwiches cake cakes muffin croissant salad burger pizza meal kuchen broodje bocadillo panino",
    "bread": "bread loaf loaves brot brood baguette",
    "milk": "milk milch melk leche latte-vegetale lait oat-milk hafermilch havermelk",
    "meat": "meat chicken beef pork ham fleisch hahnchen vlees kip carne pollo viande poulet",
    "fruit": (
        "fruit apples bananas strawberries berries vegetables veg obst gemuse groente fruta verdura frutta legumes"
    ),
    "luggage": (
        "luggage baggage suitcase suitcases bag bags gepack koffer bagage equipaje maleta maletas bagaglio bagagli "
        "valigia valise"
    ),
    "train": "train trains carriage carriages zug zuge trein treinen tren trenes treno treni",
    "flight": "flight flights plane flug fluge vlucht vuelo vuelos volo voli vol avion",
    "parcel": "parcel parcels package packages paket pakete pakket pakketje paquete pacco colis",
    "price_label": (
        "price-tag price-label shelf-label label labels preisschild etikett prijskaartje etiqueta etichetta etiquette"
    ),
    "invoice": (
        "invoice invoices bill bills rechnung rechnungen factuur facturen factura facturas fattura facture fatura"
    ),
    "security_questions": (
        "security-question security-questions security-check security-checks identity-question identity-questions "
        "identity-check verification-question verification-questions prove-my-identity prove-who-i-am secret-question "
        "sicherheitsfrage sicherheitsfragen geheimfrage controlevraag controlevragen beveiligingsvraag "
        "beveiligingsvragen pregunta-de-seguridad preguntas-de-seguridad domanda-di-sicurezza domande-di-sicurezza "
        "question-de-securite questions-de-securite"
    ),
    "refund": (
        "refund refunds refunded reimbursement erstattung ruckerstattung terugbetaling remboursement reembolso rimborso"
    ),
    "router": "router modem broadband internet glasfaser glasvezel fibra fibre",
}
"""A code, and the words that name it; a hyphen stands for a space or nothing too. Accents do not matter."""

AMENITIES = frozenset(
    {
        "power_outlet", "wifi", "seating", "parking", "bicycles", "baby_change", "toilet", "lift", "shower",
        "locker", "heating", "cooling", "noise", "trolley", "weights", "pool", "milk", "light",
    }
)  # fmt: skip
"""What a company can have more or better of. Many who miss one are an opportunity, not only so many faults."""


CONTEXT = frozenset({"queue", "counter"})
"""Named along with almost anything: they never tell two problems apart."""


_IDIOMS = re.compile(
    r"\b(?:out|outside|past|through|to|round|around|beyond)(?: of)? the (?:front )?(?:door|doors|entrance)\b"
)
"""A queue "out of the door" is not about the door."""


def fold(text: str) -> str:
    """`text` in lower case, without accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _pattern(words: str) -> re.Pattern[str]:
    choices = (r"[-\s]?".join(map(re.escape, word.split("-"))) for word in sorted(words.split(), key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{'|'.join(choices)})(?!\w)")


_PATTERNS = {thing: _pattern(words) for thing, words in THINGS.items()}


def things_in(text: str) -> frozenset[str]:
    """The things `text` names."""
    folded = _IDIOMS.sub(" ", fold(text))
    return frozenset(thing for thing, pattern in _PATTERNS.items() if pattern.search(folded))
