"""What anybody knows of the map: distances, the nearest points, big towns, other names of towns, countries. Pure.

The tables hold general knowledge (towns of over a million people and how far they reach, names of towns and countries
in other languages, states), nothing about a company.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

EARTH_RADIUS_M = 6_371_000.0
DEGREE_M = 111_320.0
CELL_DEGREES = 0.1


def distance_m(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Metres along the ground between two points in degrees (haversine)."""
    p1, p2 = math.radians(lat1), math.radians(lat2)
    half = math.sin((p2 - p1) / 2) ** 2
    half += math.cos(p1) * math.cos(p2) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(half, 1.0)))


class Grid:
    """Points in cells of a tenth of a degree, so that a question looks at a few of them and not at all."""

    def __init__(self, points: Iterable[tuple[str, float, float]]) -> None:
        self._cells: dict[tuple[int, int], list[tuple[str, float, float]]] = defaultdict(list)
        for point in points:
            self._cells[_cell(point[1]), _cell(point[2])].append(point)

    def near(self, lat: float, lon: float, metres: float) -> dict[str, float]:
        """Metres to every point within `metres`, by id, nearest first."""
        rows = range(_cell(lat - metres / DEGREE_M), _cell(lat + metres / DEGREE_M) + 1)
        reach = metres / (DEGREE_M * max(math.cos(math.radians(lat)), 0.05))
        columns = {_wrapped(column) for column in range(_cell(lon - reach), _cell(lon + reach) + 1)}
        found = {
            name: distance
            for row in rows
            for column in columns
            for name, plat, plon in self._cells.get((row, column), ())
            if (distance := distance_m(lat, lon, plat, plon)) <= metres
        }
        return dict(sorted(found.items(), key=lambda item: (item[1], item[0])))


def _cell(degrees: float) -> int:
    return math.floor(degrees / CELL_DEGREES)


def _wrapped(column: int) -> int:
    """The date line joins the map's edges."""
    full = round(360 / CELL_DEGREES)
    return (column + full // 2) % full - full // 2


METROPOLES: Mapping[str, tuple[float, float, float]] = {
    "london": (51.507, -0.128, 22),
    "paris": (48.857, 2.352, 14),
    "new york": (40.730, -73.980, 18),
    "berlin": (52.520, 13.405, 18),
    "madrid": (40.417, -3.704, 13),
    "barcelona": (41.385, 2.173, 10),
    "milano": (45.464, 9.190, 11),
    "roma": (41.903, 12.496, 14),
    "wien": (48.208, 16.373, 13),
    "manchester": (53.480, -2.242, 10),
    "brussel": (50.847, 4.357, 9),
    "lisboa": (38.722, -9.139, 11),
    "los angeles": (34.052, -118.244, 25),
    "chicago": (41.878, -87.630, 20),
    "boston": (42.360, -71.058, 5),
    "toronto": (43.651, -79.383, 18),
    "montreal": (45.502, -73.567, 13),
    "sydney": (-33.868, 151.209, 18),
    "melbourne": (-37.814, 144.963, 18),
    "warszawa": (52.230, 21.012, 13),
    "praha": (50.088, 14.421, 11),
    "budapest": (47.498, 19.040, 12),
    "mexico city": (19.433, -99.133, 20),
    "sao paulo": (-23.551, -46.633, 22),
    "buenos aires": (-34.604, -58.382, 18),
    "tokyo": (35.682, 139.759, 20),
    "mumbai": (19.076, 72.878, 22),
    "delhi": (28.644, 77.216, 22),
    "istanbul": (41.008, 28.978, 22),
    "cairo": (30.044, 31.236, 18),
    "johannesburg": (-26.204, 28.047, 18),
    "athina": (37.984, 23.728, 12),
}
"""Towns whose name people use for the suburbs too: centre, and kilometres that far (over a million inhabitants)."""

_METROPOLES_AROUND: Mapping[tuple[int, int], Sequence[str]] = {
    (row, column): [
        name
        for name, (lat, lon, _) in METROPOLES.items()
        if math.floor(lat) - 1 <= row <= math.floor(lat) + 1 and math.floor(lon) - 1 <= column <= math.floor(lon) + 1
    ]
    for lat, lon, _ in METROPOLES.values()
    for row in range(math.floor(lat) - 1, math.floor(lat) + 2)
    for column in range(math.floor(lon) - 1, math.floor(lon) + 2)
}


def metropoles_at(lat: float, lon: float) -> list[str]:
    """The very big towns that reach to this point."""
    around = _METROPOLES_AROUND.get((math.floor(lat), math.floor(lon)), ())
    return [name for name in around if distance_m(lat, lon, *METROPOLES[name][:2]) <= METROPOLES[name][2] * 1000]


EXONYMS: Sequence[tuple[str, ...]] = (
    ("munchen", "munich", "monaco di baviera", "muenchen"),
    ("koln", "cologne", "colonia", "keulen", "koeln"),
    ("wien", "vienna", "vienne", "viena", "wenen"),
    ("zurich", "zuerich", "zurigo", "zurcher"),
    ("geneve", "geneva", "genf", "ginevra", "ginebra"),
    ("basel", "bale", "basilea"),
    ("bern", "berne", "berna"),
    ("roma", "rome", "rom"),
    ("milano", "milan", "mailand"),
    ("firenze", "florence", "florenz", "florencia"),
    ("venezia", "venice", "venedig", "venise"),
    ("napoli", "naples", "neapel"),
    ("torino", "turin"),
    ("genova", "genoa", "genua", "genes"),
    ("bologna", "bologne"),
    ("lisboa", "lisbon", "lissabon", "lisbonne", "lisbona"),
    ("porto", "oporto"),
    ("sevilla", "seville", "siviglia"),
    ("barcelona", "barcelone", "barcellona"),
    ("zaragoza", "saragossa", "saragosse"),
    ("london", "londres", "londra", "londen"),
    ("edinburgh", "edimbourg", "edimburgo"),
    ("dublin", "dublino"),
    ("paris", "parigi", "parijs"),
    ("lyon", "lyons", "lione"),
    ("marseille", "marseilles", "marsiglia"),
    ("nice", "nizza", "niza"),
    ("strasbourg", "strassburg", "straatsburg", "estrasburgo"),
    ("lille", "rijsel"),
    ("bruxelles", "brussels", "brussel", "brussel", "bruselas"),
    ("antwerpen", "antwerp", "anvers", "amberes"),
    ("gent", "ghent", "gand"),
    ("brugge", "bruges"),
    ("liege", "luik", "luttich"),
    ("den haag", "the hague", "la haye", "s gravenhage"),
    ("praha", "prague", "prag", "praga"),
    ("warszawa", "warsaw", "warschau", "varsovie", "varsovia", "warszawie"),
    ("krakow", "cracow", "krakau", "cracovie", "cracovia", "krakowie"),
    ("wroclaw", "breslau", "wroclawiu"),
    ("gdansk", "danzig", "gdansku"),
    ("kobenhavn", "copenhagen", "kopenhagen", "copenhague"),
    ("goteborg", "gothenburg"),
    ("stockholm", "estocolmo"),
    ("helsinki", "helsingfors"),
    ("athina", "athens", "athen", "athenes", "atenas"),
    ("bucuresti", "bucharest", "bukarest"),
    ("beograd", "belgrade", "belgrad"),
    ("moskva", "moscow", "moskau"),
    ("hamburg", "hambourg", "hamburgo"),
    ("frankfurt", "francfort", "francoforte"),
    ("nurnberg", "nuremberg", "nuernberg"),
    ("hannover", "hanover"),
    ("braunschweig", "brunswick"),
    ("dusseldorf", "duesseldorf"),
    ("new york", "new york city", "nueva york", "nyc"),
    ("los angeles", "la county"),
    ("philadelphia", "philly"),
    ("birmingham", "brum", "bham"),
    ("montreal", "mtl"),
    ("mexico city", "cdmx", "ciudad de mexico"),
)
"""The names one town has in other languages, folded."""

TOWNS_OF_THE_WORLD = frozenset(name for group in EXONYMS for name in group)

COUNTRIES: Mapping[str, tuple[str, ...]] = {
    "GB": (
        "uk",
        "united kingdom",
        "great britain",
        "britain",
        "england",
        "scotland",
        "wales",
        "gb",
        "northern ireland",
    ),
    "IE": ("ireland", "eire", "irland", "irlanda"),
    "US": ("usa", "us", "united states", "america", "the states", "estados unidos", "etats unis"),
    "CA": ("canada", "kanada"),
    "AU": ("australia", "australien", "aus"),
    "NZ": ("new zealand", "nz", "aotearoa"),
    "DE": ("germany", "deutschland", "allemagne", "alemania", "germania", "duitsland"),
    "AT": ("austria", "osterreich", "autriche"),
    "CH": ("switzerland", "schweiz", "suisse", "svizzera", "suiza"),
    "FR": ("france", "frankreich", "francia", "frankrijk"),
    "ES": ("spain", "espana", "spanien", "espagne", "spagna", "spanje"),
    "PT": ("portugal", "portogallo"),
    "IT": ("italy", "italia", "italien", "italie"),
    "NL": ("netherlands", "the netherlands", "holland", "nederland", "niederlande", "pays bas"),
    "BE": ("belgium", "belgie", "belgique", "belgien", "belgica"),
    "PL": ("poland", "polska", "polen", "pologne", "polsce", "polonia"),
    "DK": ("denmark", "danmark", "danemark"),
    "SE": ("sweden", "sverige", "schweden"),
    "NO": ("norway", "norge", "norwegen"),
    "FI": ("finland", "suomi", "finnland"),
    "CZ": ("czech republic", "czechia", "cesko", "tschechien"),
    "MX": ("mexico", "mexiko"),
    "BR": ("brazil", "brasil"),
    "IN": ("india",),
    "ZA": ("south africa", "suid afrika"),
    "JP": ("japan",),
}
"""Names of countries, folded, by code."""

ADJECTIVES: Mapping[str, str] = {
    word: code
    for entry in (
        "GB:british,english,scottish,welsh IE:irish US:american CA:canadian AU:australian,aussie",
        "NZ:kiwi DE:german,deutsche",
        "AT:austrian,osterreichische CH:swiss,schweizer FR:french,francaise,franzosische ES:spanish,espanola,spanische",
        "PT:portuguese,portuguesa IT:italian,italiana,italienische NL:dutch,nederlandse,hollandische BE:belgian,belge",
        "PL:polish,polska,polnische DK:danish SE:swedish NO:norwegian FI:finnish CZ:czech",
    )
    for pair in entry.split()
    for code, words in (pair.split(":"),)
    for word in words.split(",")
}
"""What people call a branch by its country: the Canadian one."""

PARTS: Mapping[str, tuple[str, ...]] = {
    "england": ("scotland", "wales", "northern ireland"),
    "scotland": ("england", "wales", "northern ireland"),
    "wales": ("england", "scotland", "northern ireland"),
}
"""Parts of one country that exclude each other; a branch's region may say one of them."""

STATES: Mapping[str, Mapping[str, str]] = {
    "US": dict(
        entry.split(":")
        for entry in [
            "AL:alabama",
            "AK:alaska",
            "AZ:arizona",
            "AR:arkansas",
            "CA:california",
            "CO:colorado",
            "CT:connecticut",
            "DE:delaware",
            "FL:florida",
            "GA:georgia",
            "HI:hawaii",
            "ID:idaho",
            "IL:illinois",
            "IN:indiana",
            "IA:iowa",
            "KS:kansas",
            "KY:kentucky",
            "LA:louisiana",
            "ME:maine",
            "MD:maryland",
            "MA:massachusetts",
            "MI:michigan",
            "MN:minnesota",
            "MS:mississippi",
            "MO:missouri",
            "MT:montana",
            "NE:nebraska",
            "NV:nevada",
            "NH:new_hampshire",
            "NJ:new_jersey",
            "NM:new_mexico",
            "NY:new_york",
            "NC:north_carolina",
            "ND:north_dakota",
            "OH:ohio",
            "OK:oklahoma",
            "OR:oregon",
            "PA:pennsylvania",
            "RI:rhode_island",
            "SC:south_carolina",
            "SD:south_dakota",
            "TN:tennessee",
            "TX:texas",
            "UT:utah",
            "VT:vermont",
            "VA:virginia",
            "WA:washington",
            "WV:west_virginia",
            "WI:wisconsin",
            "WY:wyoming",
        ]
    ),
    "CA": dict(
        entry.split(":")
        for entry in [
            "ON:ontario",
            "QC:quebec",
            "BC:british_columbia",
            "AB:alberta",
            "MB:manitoba",
            "SK:saskatchewan",
            "NS:nova_scotia",
            "NB:new_brunswick",
            "NL:newfoundland",
            "PE:prince_edward_island",
        ]
    ),
    "AU": dict(
        entry.split(":")
        for entry in [
            "NSW:new_south_wales",
            "VIC:victoria",
            "QLD:queensland",
            "SA:south_australia",
            "WA:western_australia",
            "TAS:tasmania",
            "ACT:australian_capital_territory",
            "NT:northern_territory",
        ]
    ),
}
"""States and provinces by their code, in countries where people write them after a town."""

LANGUAGES: Mapping[str, frozenset[str]] = {
    "de": frozenset(("DE", "AT", "CH")),
    "fr": frozenset(("FR", "BE", "CH", "CA")),
    "es": frozenset(("ES", "MX")),
    "it": frozenset(("IT", "CH")),
    "nl": frozenset(("NL", "BE")),
    "pt": frozenset(("PT", "BR")),
    "pl": frozenset(("PL",)),
}
"""Countries where a language is spoken every day. English is written everywhere and says nothing."""
