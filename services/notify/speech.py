"""How people speak of places: the words around a name that say whether the complaint is about it. Pure.

"Not Acomb", "unlike Acomb", "drove here from Acomb" and "an Acomb fan" all name Acomb, and the complaint is about
somewhere else. The tables are folded words of the languages we read.
"""

from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise

from services.notify.words import Token, word_pairs, word_set

DETERMINERS = word_set(
    "the a an my our their this that his her der die das dem den des ein eine einen mein meine le la les l un",
    "une mon ma el los las lo una mi het de een mijn o os as um uma meu minha il i gli",
)
LOCATIVES = word_set(
    "in at near from inside outside im am bei aus an nach a au aux chez en na no w we via bij te op em within",
    "around",
)
BRANCH_NOUNS = word_set(
    "branch branches shop shops store stores location gym cafe outlet restaurant place one kiosk counter",
    "salon showroom filiale laden geschaft shopfiliale apotheke markt boutique magasin agence tienda sucursal",
    "oficina winkel filiaal negozio punto loja sucursale sklep salonie cinema bakery bank pharmacy hotel pub",
    "supermarket airport station desk staff team crew manager lot",
)
NEARNESS = word_set(
    "by near beside opposite behind under across facing alongside off outside gegenuber neben unter hinter",
    "beim vor pres sous devant cote face junto cerca frente debajo enfrente naast tegenover onder accanto",
    "vicino davanti sotto lado perto obok next round with along beneath above inside between",
)
STOP_WORDS = word_set(
    "about after again all also always and any are because been before being best better both call called",
    "came can cant change charged check cold come could customer customers day days did didnt dirty does",
    "doesnt dont door down each even ever every first for forty found four from full gave get give going gone",
    "good great guys half had has hasnt have help here hour hours how into its just keep know last late left",
    "less like line lines lost lovely made make many meant mine minute minutes money more morning most much",
    "must need never next nobody none nothing now one only open order other our out over paid people phone",
    "please queue queues really right rude said same seat seats see service shame shut since six some",
    "somebody someone staff still stop such table tables than thank thanks that their them then there these",
    "they thing think this those three time times today told took twenty twice two under until used very wait",
    "waited waiting want wanted was wasnt week weeks went were what when where which while who whole why will",
    "with wont work works working would wrong year years yesterday you your yours seven eight nine ten thirty",
    "fifty angry awful bread broken card cash clean close closed coffee lunch orders price prices refund",
    "water heating leads learn lease least list loose holds hands heard hello horrible house human internet",
    "items large later leave aber alle auch auf bei bin bis das dass dem den der des die ein eine einen einer",
    "eure eurer euer ganz gar hab habe haben hat hatte heute hier ich ihr immer ist jetzt kein keine keiner",
    "mal mehr mein mich mir mit nach nicht nichts niemand noch nur oder ohne schon seit sich sie sind steht",
    "stunde stunden und uns viel vom von vor war warte warten warum weil wenn wer wie wieder wird wo zum zur",
    "zwei drei gestern morgen uhr minuten kasse leute falsch offen avec aussi bien bravo c ce cest cette dans",
    "depuis deux dit donc elle encore est et etait faire fait fermee heure heures il ils jamais jour jours",
    "mais matin merci mes mon moi nous on ou pas personne plus pour pourquoi quand que qui rien sans ses seul",
    "seule seulement son sont sur tout toute tous tres trois une votre vous vos caisse abierta ahora algo",
    "alguien antes cada caja casi cerrada como con cuando desde dice dicen dos ella ellos esta estaba este",
    "fila gente gracias hace hasta hay hora horas hoy luego mas media menos mis mucho muy nada nadie otra",
    "otro para pero por porque puede quien ser siempre sin sobre solo una uno vez vuestra ayer minutos cola",
    "alleen alweer ben bij dan dat deze een geen gewoon heb heeft het hoe ik jullie kan komt maar man meer",
    "met mijn naar net niet niets nog nooit of om ook onder ons rij snel staan stond te toen tot uit uur van",
    "vandaag veel voor waar waarom wat weer weken wel wij wordt worden zijn zo zonder kassa anche ancora bene",
    "che chi ci cosa cosi da dalla dei del della delle di dopo due era fa fare fatto ieri loro mai meno molto",
    "nella nessuno non ogni oggi ora ore per perche piu poi quando quasi senza sempre sono sta stato tre",
    "tutto vostro agora ainda aqui com depois dia duas ele ela fui hoje isso muito nao nem ninguem nunca onde",
    "ontem pela pelo quem sem seu sou sua tem tudo uma voces vossa dwa dzis jest juz kto nie nikt nic ale",
    "tylko tym tam tego ktory przez przy wczoraj zwrotu kasa",
)
"""Everyday words that are no misspelt names."""

COMMON_WORDS = word_set(
    "reading bath nice tours essen mobile sale deal sandwich hull split cork orange march rugby wells battle",
    "ware barking ham rye lens angers nancy bury ash hook wash over yard loop village mission pearl castle",
    "central alex hope hove stone street buxton halle hof bad lage singen bergen kiel worms regen trier mad",
    "ams edi ord hc vie lis syd sin per den bos las mia cia fra can ist pop gin lax sea bud tag par car bar",
    "kin ack dub has man bus job cat victoria marina riverside park market centre center station monument",
    "bank temple angel oval green circus square corner harbour harbor bridge tower mill mills forum plaza",
    "galleria arcade exchange gate crown cross union liberty independence phoenix buffalo aurora surprise",
    "normal boring truth providence enterprise eureka university college capitol campus downtown uptown",
    "midtown eastside westside oxford chelsea ashes tube sue pau tarn lot eu brie die bonn nimes vals como",
    "lecco asti pisa bra brest metz sens foix gap royan agde leon lugo vigo gijon palma salamanca merida toro",
    "roses salou calle sol centro norte sur este oeste buenos gera zell weil rust lahr plus kamen oder main",
    "spree see berg burg stein wald feld dorf west east north south pole wick wing penge ely goole frome diss",
    "eye tring leek mold flint barry stroud beer looe bude poole diamond alexa t hall gleis lane oracle colon",
    "gracia prado",
)
"""Places that are everyday words or people's names too: alone they need to be used as a name."""


class Role(StrEnum):
    """What a named place is to the complaint."""

    ABOUT = "about"
    DENIED = "denied"
    COMPARED = "compared"
    PASSING = "passing"


SUPERLATIVES = word_set(
    "never no nothing nowhere nobody nie jamais nunca nada nooit mai",
)
NEGATIONS = word_set(
    "not isnt wasnt nicht kein pas niet nao non nie no werent aint dont doesnt",
)
COPULAS = word_set(
    "was is it its foi fue era war etait es est c mean meant meine meinte talking",
)
NOT_NEGATED_BY = word_set(
    "only just even nur solo seulement solamente alleen mal auch soltanto sure surprised",
)
BELIEFS = word_set(
    "assume assumes assumed assuming thought thinks supposed expected guessed dachte denkt pensaba creia",
    "croyais",
)
COMPARISONS = word_set(
    "unlike than versus vs anders contrairement comparado comparada vergeleken wie",
)
COMPARING_PAIRS = word_pairs(
    "not even, compared to, compared with, nicht einmal, nicht mal, pas meme, ni siquiera, niet eens",
    "im gegensatz, a diferencia, par rapport, nem mesmo",
)
DENYING_PAIRS = word_pairs(
    "rather than, instead of, other than, apart from, au lieu, en vez, in plaats, invece di, em vez",
)
DENYING = word_set(
    "statt anstatt except ausser sauf excepto behalve",
)
JOINING = word_set(
    "neither nor both either or and weder noch beide ni et y und en e o ou oder of",
)
MOVES = word_set(
    "moved moving drove drive driving come comes came coming flew fly flying travelled traveled travel",
    "traveling originally way train bus flight visiting visitor all ferry commute commuting walked am im kom",
    "kommt komme komen bin suis soy sono sou ben viens vient vengo vine venho vengono arrivo hergezogen",
    "umgezogen gezogen cycled rode heading journey trip",
)
ARRIVED = word_set(
    "angereist gekommen gefahren hergefahren zugezogen umgezogen kommend vandaan gekomen arriving",
)
FROM = word_set(
    "from aus uit depuis desde von vanuit da de",
)
TRAVEL = word_set(
    "fly flying flight flights flew train trains ticket tickets plane vol vuelo voo volo vlucht flug zug",
    "heading transfer boarding route connection fliege fliegen travelling traveling travel trip moving move",
    "relocating bound connecting",
)
TO = word_set(
    "to nach naar vers hacia para",
)
KIN = word_set(
    "mum mom mother dad father brother sister friend friends family wife husband parents son daughter cousin",
    "colleague aunt uncle gran grandmother nan live lives lived living born grew grown based holiday holidays",
    "weekend flat apartment hotel office mutter vater bruder schwester freundin freund wohne wohnen lebe mere",
    "pere soeur frere habite vivo vive madre padre hermana hermano amiga amigo woon woont moeder vader zus",
    "vriendin vacation university school wedding abito mieszkam moro couch sofa house meeting conference",
    "abroad",
)
AFTER_PASSING = word_set(
    "flight flights fan fans supporter supporters native blend roast marathon festival processing",
    "headquarters plane vlucht flug vol vuelo voo volo accent derby match game concert train trains service",
    "skyline weather passengers people residents born based style edition special united city fc utd rovers",
    "wanderers permanent evening post tea bun buns rarebit pudding sausage bound and",
)
AFTER_YOURS = word_set(
    "processing headquarters blend roast flight flights plane train trains bun buns special edition vlucht"
)
YOURS = word_set(
    "your you eure eurer eurem euer ihre ihrer votre vos vuestra vuestro tu jullie vostro vossa vosso wasza",
)
PRAISE = word_set(
    "lovely fine great better perfect good spotless wonderful brilliant amazing excellent manages managed",
    "comfy friendly quick quicker faster helpful best clean cleaner works worked nice love loved super gut",
    "besser toll prima klappt problemlos funktioniert bien mieux parfait meilleur impeccable mejor perfecto",
    "goed beter prachtig bene meglio bom sorted fixed swapped replaced solved found polite smiled smile",
    "delight superb top immer gleich warm fresh bravo arreglan resuelven geholfen schnell fantastic pleasure",
    "ottimo perfetto otimo melhor easy smooth sweet praise aide aidee accueilli rapide vite gentil gentils",
    "gentille sympa geregeld vriendelijk freundlich netter amable amables rapido rapida gentili cortesi",
    "gentile veloce trocaram ajudaram rapidos simpaticos helped kind cheerful efficient generous flawless",
    "painless spotlessly welcoming smoothly gratis immediatement sofort direct meteen subito logo enseguida",
    "breeze bliss heaven happily gladly instantly seconds thanked apologised apologized refunded traumhaft",
    "formidable estupendo geweldig fantastico",
)
BLAME = word_set(
    "no not never nobody rude slow broken wrong worse worst dirty cold shut closed closes refused refuse lost",
    "queue queues line awful terrible horrible waiting wait waited disgusting springs shambles mess why cant",
    "wont told tell tells raw burnt mould stale keine kein nicht schlechter langsam schlecht falsch niemand",
    "aucun jamais pire personne peor nadie nada niet slecht nessuno peggio lento pior ninguem nie nikt",
    "ignored charged overcharged missing chaos problem dicen said laughed poking ashamed another takes week",
    "weeks leave sticky freezing ignore ignoree refusee attente attendre sturen ignoriert abgewiesen",
    "weggeschickt weg fatal mal echado echaron rimandato embora insulte shouted yelled forgot forgotten",
    "burned stuck locked sent away useless filthy smelly rats leaking crowded short understaffed unfriendly",
    "abweisend arrogant lent sale sucio lenta unmoglich unfreundlich cerrado chiuso gesloten ferme hell",
    "nightmare joke disaster disgrace hopeless pathetic appalling dreadful chaotic zoo pigsty barked snapped",
    "failed declined rejected waste katastrophe catastrophe catastrophique desastre desastroso katastrofe",
    "holle enfer infierno inferno ramp schande lies lied mentido",
)
PRAISING_PAIRS = word_pairs(
    "no complaints, no problem, no problems, never has, never had, never have, no issues, no queue, no wait",
    "without any, kein problem, keine probleme, aucun probleme, sin problema, sin problemas, in ten",
    "in five, in two, en diez, en cinco, en dix, en cinq, in zehn, in funf, in tien, geen probleem",
    "can open, can do, can manage, nie probleme, in vijf",
)

REMOTE = word_set(
    "app website site webseite homepage online phone hotline callcentre callcenter email emails newsletter",
    "password login log hold helpline chatbot chat update voucher vouchers points stars rewards mortgage",
    "subscription subscriptions 5g 4g signal network netz roaming broadband router anwendung appli",
    "application web internet factura facture rechnung rekening abonnement aplicacion aplicativo aplikacja",
    "correo call centre unsubscribed unsubscribe advert adverts wifi loyalty billing invoice refund cabin",
    "onboard inflight crew sms code delivery parcel hamper contract",
)
ON_SITE = word_set(
    "queue queues line till tills counter staff here door doors table tables floor toilet toilets bathroom",
    "lift branch shop store filiale kasse laden schlange hier magasin boutique caisse file tienda caja cola",
    "aqui dependiente winkel kassa rij negozio cassa loja caixa fila sklep cashier barista clerk manager",
    "window desk desks waiting stood standing register drive-thru lobby screen checkin gate terminal shelf",
    "shelves changing serving served sitting",
)
AWAY = word_set(
    "home couch sofa hotel landed later yesterday daheim zuhause maison casa thuis gestern hier ieri ayer",
    "gisteren bed ago earlier evening tonight morning week",
)
ALTERNATIVES = word_set(
    "remember sure forget forgot know whichever maybe perhaps",
)


def role_of(tokens: Sequence[Token], start: int, end: int) -> Role:
    """What the words around [start, end) say the place is to the complaint."""
    before = _before(tokens, start)
    if _is_compared(before):
        return Role.COMPARED
    if _is_denied(tokens, before, end):
        return Role.DENIED
    if _is_passing(tokens, before, start, end):
        return Role.PASSING
    return Role.ABOUT


def _before(tokens: Sequence[Token], start: int, most: int = 8) -> list[str]:
    """The words before, nearest first, in the same part of the sentence."""
    first = max(start - most, 0)
    for at in range(start, first, -1):
        if tokens[at].gap:
            first = at
            break
    return [token.word for token in tokens[first:start]][::-1]


def _after(tokens: Sequence[Token], end: int, most: int = 3) -> list[Token]:
    found: list[Token] = []
    for token in tokens[end : end + most]:
        if token.gap:
            break
        found.append(token)
    return found


def _pairs(before: Sequence[str]) -> list[tuple[str, str]]:
    return [(before[at + 1], before[at]) for at in range(len(before) - 1)]


def _is_compared(before: Sequence[str]) -> bool:
    pairs = _pairs(before[:4])
    if not COMPARING_PAIRS.isdisjoint(pairs):
        return True
    if ("rather", "than") in pairs or COMPARISONS.isdisjoint(before[:3]):
        return False
    # "Never seen a dirtier floor than in …" speaks of this one.
    return SUPERLATIVES.isdisjoint(before)


def _is_denied(tokens: Sequence[Token], before: Sequence[str], end: int) -> bool:
    near = before[:3]
    if not DENYING_PAIRS.isdisjoint(_pairs(before[:4])) or not DENYING.isdisjoint(near):
        return True
    if not BELIEFS.isdisjoint(before[:2]):
        return True
    for at, word in enumerate(near):
        if word == "no" and LOCATIVES.isdisjoint(near[:at]):
            continue  # Portuguese: in
        if word in NEGATIONS:
            return not (at and near[at - 1] in NOT_NEGATED_BY) and _places_only(near[:at])
    follow = [token.word for token in _after(tokens, end)]
    return follow[:2] == ["isnt", "the"] or follow[:3] == ["is", "not", "the"]


def _places_only(between: Sequence[str]) -> bool:
    """Between "not" and a name stands nothing but "in", "the", "your"."""
    return _PLACING.issuperset(between)


_PLACING = LOCATIVES | DETERMINERS | YOURS | TO | COPULAS


def _is_passing(tokens: Sequence[Token], before: Sequence[str], start: int, end: int) -> bool:
    follow = _after(tokens, end)
    if not YOURS.isdisjoint(before[:2]):
        return bool(follow) and follow[0].word in AFTER_YOURS and _leads_away(follow)
    if follow and _leads_away(follow):
        return True
    if follow and follow[0].word in BRANCH_NOUNS:
        return False
    arriving = before[:1] and before[0] in FROM and any(token.word in ARRIVED for token in follow)
    return bool(arriving) or _comes_or_goes(before) or _is_at_home(before) or _is_route(tokens, before, start, end)


def _leads_away(follow: Sequence[Token]) -> bool:
    words = [token.word for token in follow]
    if words[0] in AFTER_PASSING and words[0] != "and":
        return len(words) < 2 or words[1] not in BRANCH_NOUNS
    return False


def _comes_or_goes(before: Sequence[str]) -> bool:
    if not before:
        return False
    near, further = before[0], before[1:]
    if near in FROM and not MOVES.isdisjoint(further[:6]):
        return True
    return near in TO and not TRAVEL.isdisjoint(further[:4])


def _is_at_home(before: Sequence[str]) -> bool:
    if before and before[0] in LOCATIVES and not KIN.isdisjoint(before[1:3]):
        return True
    return bool(before) and before[0] in _KIN_AT_HOME


_KIN_AT_HOME = KIN - {"hotel", "office", "house"}


def _is_route(tokens: Sequence[Token], before: Sequence[str], start: int, end: int) -> bool:
    """A to B, and "the A and the B flight"."""
    if _is_pair_of_codes(tokens, before, start, end):
        return True
    follow = [token.word for token in _after(tokens, end, 5)]
    if len(follow) > 1 and follow[0] in TO and not TRAVEL.isdisjoint(before[:3]):
        return True
    if before[:1] and before[0] in TO and len(before) > 2 and not TRAVEL.isdisjoint(before[1:5]):
        return True
    return bool(follow) and follow[0] in {"and", "und", "y", "et", "en", "or"} and follow[-1] in {"flight", "flights"}


def _is_pair_of_codes(tokens: Sequence[Token], before: Sequence[str], start: int, end: int) -> bool:
    """Flight EDI-JFK."""
    if not _is_code(tokens[start]):
        return False
    after = [token.word for token in _after(tokens, end, 2)]
    if after and _is_code(tokens[end]):
        return (before[:1] != [] and before[0] in TRAVEL) or (after[1:2] != [] and after[1] in TRAVEL)
    if start and not tokens[start].gap and _is_code(tokens[start - 1]):
        return (before[1:2] != [] and before[1] in TRAVEL) or (after[:1] != [] and after[0] in TRAVEL)
    return False


def _is_code(token: Token) -> bool:
    return token.shouted and len(token.word) == 3


def praise_of(tokens: Sequence[Token], start: int, end: int) -> int:
    """Above nought where the part of the text around [start, end) praises, below where it blames."""
    first, last = start, end
    while first > 0 and not _is_break(tokens, first):
        first -= 1
    while last < len(tokens) and not _is_break(tokens, last):
        last += 1
    words = [token.word for token in tokens[first:last]]
    pairs = set(pairwise(words))
    praised = sum(pair in PRAISING_PAIRS for pair in pairs)
    blamed = sum(word in BLAME for word in words) - praised * sum(pair[0] in BLAME for pair in pairs & PRAISING_PAIRS)
    return sum(word in PRAISE for word in words) + 2 * praised - blamed


CONTRASTS = word_set(
    "but while whereas aber wahrend mais tandis pero mientras maar terwijl ma mentre mas enquanto y why",
    "though",
)


def _is_break(tokens: Sequence[Token], at: int) -> bool:
    return bool(tokens[at].gap) or tokens[at].word in CONTRASTS
