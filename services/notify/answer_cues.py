"""Cues: what in an owner's words speaks for one status or another, in five languages. Pure, tables only.

A cue alone decides nothing: the weights of `answer_weights.json` say how much it counts beside the others and beside
the words themselves. A new way of saying something is a new pattern in a row.
"""

import re
from collections.abc import Iterator, Mapping

from services.notify.answer_times import DAY_MIN, find_durations, find_eta_text, rounded


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


_NO_MEASURE = (
    "need(?:ed)?|indeed|speed|shed|bed|red|tired|bored|used|supposed|allowed|discontinued|checked|looked|tried|"
    "tested|walked|"
    "inspected|asked|called|ordered|booked|reported|escalated|forwarded|planned|expected|scheduled|requested|raised|"
    "scanned|watched|toured|searched|knocked|compared|measured|counted|noticed|noted|started|wished|missed|worried|"
    "promised|"
    "damaged|jammed|blocked|stained|delayed|informed|commissioned|initiated|declared|confirmed|refused|demanded|"
    "accepted|"
    "crowded|overwhelmed|happened|seemed|thought|failed|crashed|closed|wanted|waited|queued|complained|hundred|waited|"
    "agreed|owned|attached|received|read|concerned|named|owed|followed|phoned|emailed|texted|pinged|sacked"
)
_PARTICIPLE = (
    rf"(?!(?:{_NO_MEASURE})\b)(?:[a-z]{{3,}}ed|put|sent|brought|got|found|given|gave|taken|took|set|swept|made|"
    r"built|shut|"
    r"split|cut|rebuilt|reset|done|paid|hung|laid|lit|wrote|did|redid|drawn|spoken|spoke|talked|freed|stopped|"
    r"received|closed|threw|thrown|"
    r"undone|dealt|cleared|gone|over|out|up|back)"
)
_STRICT = rf"(?!(?:over|out|up|back|gone|done)\b){_PARTICIPLE}"
_WE = (
    r"(?:i|we|they|he|she|you|team|manager|deputy|staff|plumber|electrician|engineer|technician|it|colleagues?|"
    r"landlord|contractor)"
)
_LEAD_IN = (
    r"(?:and|then|so|but|also|ok|okay|yes|yeah|yep|right|finally|already|just|now|nope|sorry|hi|well|still|update|"
    r"have|had|"
    r"hello|all|both|everything|completely|quickly|we|i|got|been)"
)
_PLACE = (
    r"(?:branch|shop|store|office|station|site|location|depot|outlet|team|desk|hall|building|department|"
    r"terminal|hotel|restaurant|clinic|address|mailbox)"
)

CUES: Mapping[str, re.Pattern[str]] = {
    # a measure, or the state after it
    "done_word": _any(
        r"\b(?:done|fixed|sorted|solved|resolved|repaired|mended|dealt with|taken care of|put right|up and running|"
        r"good to go)\b",
        r"\b(?:klaar|opgelost|gedaan|gemaakt|gerepareerd|verholpen|geregeld|afgehandeld|in orde|voor elkaar|gefikst)\b",
        r"\b(?:erledigt|behoben|fertig|gelöst|repariert|geklärt|gemacht|in ordnung gebracht)\b",
        r"\b(?:r[ée]gl[ée]e?s?|fait|r[ée]par[ée]e?|r[ée]solue?|termin[ée]e?|c'est bon)\b",
        r"\b(?:hecho|listo|resuelto|arreglad[oa]|solucionad[oa]|terminado|reparad[oa])\b",
        r"[✅✔☑]|👍|💪|🙌|🎉",
    ),
    "participle_first": re.compile(rf"(?:^|[.;,!?:]\s*|\band )(?:{_LEAD_IN}[ ,:]+){{0,3}}{_STRICT}\b"),
    "participle_mine": re.compile(
        rf"\b(?:{_WE}(?: have| has)?(?: just| now| also| already)?|have|has|had) {_STRICT}\b(?! to\b)"
    ),
    "participle_passive": re.compile(
        rf"\b(?:is|are|was|were|been|got|being|be) (?:now |just |already |all )?{_STRICT}\b"
    ),
    "participle_after_noun": re.compile(rf"\b(?!not\b|to\b|be\b|being\b)[a-z]{{3,}} {_STRICT}\b"),
    "participle_other": _any(
        r"\b(?:ge[a-zäöüß]{3,}(?:t|en|d)|(?:auf|ab|an|aus|ein|um|weg|zurück|her|hin|bei|nach|frei|um|bij|op|in|uit|"
        r"weg|terug|schoon)ge\w{2,}(?:t|en|d)|"
        r"ver\w{3,}(?:t|d|en)|her\w{3,}(?:d|t))\b",
        r"\b(?:j'ai|on a|nous avons|a été|ont été|est|il a|elle a|c'est) (?:été |bien |déjà )?\w+(?:é|ée|és|ées|i|"
        r"is|it|u|ert|erte)\b|^\w+(?:ée?s?)\b|\w+(?:é|ée|és|ées)(?:$|[.,;!])",
        r"\b(?:he|hemos|ha|han|está|están|fue) (?:\w+ )?\w+(?:ad[oa]s?|id[oa]s?|puesto|hecho|abierto|vuelto)\b",
        r"\b\w+(?:amos|imos)\b|\b(?:puse|abrí|cambié|limpié|arreglé|moví|llamé)\b|\b\w{3,}(?:ad[oa]s?|uelt[oa]s?|"
        r"uest[oa]s?)\b",
    ),
    "again": _any(
        r"\b(?:works?|working|running|runs|open|opens|on|up|in|ok|okay|fine|good|normal|online|free|hot|cold|clean|"
        r"full|warm|prints?|moving|cards?|live|out|dry|clear|available|there)(?: \w+){0,2} again\b",
        r"\b(?:weer|opnieuw)\b|\bwieder\b|\b(?:de|à) nouveau\b|\bre(?:marche|fonctionne|part)\b|\b(?:otra vez|"
        r"de nuevo|vuelve a)\b",
        r"\bya (?:funciona|está|hay|va|abr|anda|tenemos)\w*|\bya \w+[ae]n?\b(?!.*(?:viene|llega))",
    ),
    "again_any": re.compile(r"\bagain\b(?!\s*[?!])|\bweer\b|\bwieder\b"),
    "state_out": _any(
        r"\b(?:is|are|has|have) (?:out|on|in|up|open|here|there|new|back|ready)(?:$|[.,;!]| (?:on|at|in|now|again|"
        r"the|for)\b)",
        r"\b(?:on|at|in) the (?:walls?|doors?|shelf|shelves|boards?|floor|counters?|tables?|tills?|entrance|entry|"
        r"machines?|bar|phones?|gates?|desks?|line|hobs?|grill)\b",
        r"\bnew \w+(?: \w+)? (?:in|up|on|out)\b|\bgoes on\b|\b(?:queue|line|it|all|everything|"
        r"crowd)(?: is)? (?:moving|flows?|rolling)\b",
        r"\b(?:liegt|steht|hängt) (?:jetzt|am|an|im|nun)\b|\b(?:ligt|staat|hangt) (?:nu|aan|op|klaar|er)\b|"
        r"\bde retour\b",
    ),
    "back_on": _any(
        r"\bback (?:up|on|in|online|open|out|to|at|again|working|running|with|under|where|and)\b",
        r"\b(?:is|are) back\b|'s back\b|\bback$|\bback[.!]",
    ),
    "now_state": _any(
        r"\b(?:open|on|up|running|working|live|in place|out|there|clear|free|moving|staffed|dry|in|ready|available|"
        r"down to|fine|good|ok)(?: \w+)? now\b",
        r"\bnow (?:open|on|up|running|working|live|in place|clear|free|moving|staffed|dry|ready|available|under|"
        r"down|at|runs?|works?|fixed)\b",
        r"\b(?:all|we) good\b|\bunder control\b|\bin place\b|\bas of (?:today|now)\b",
        r"\b(?:offen|läuft|geht|funktioniert) (?:jetzt|nun)\b|\b(?:jetzt|nun) (?:offen|frei|auf)\b|\bnu (?:open|"
        r"vrij)\b|\bis open\b",
    ),
    "resource_more": _any(
        r"\b(?:second|third|fourth|another|extra|additional|more|one more|two more|\d more)\b(?! (?:time|minutes?|"
        r"mins?|hours?|days?|week|machine|to|weeks)\b)",
        r"\b(?:extra|tweede|derde|nog een|meer) \w+|\b(?:zweite[rns]?|dritte[rns]?|zusätzlich\w*|weitere[rns]?|"
        r"mehr) \w+",
        r"\b(?:deuxième|troisième|second[e]?|supplémentaires?|de plus|renfort)\b|\b(?:segund[oa]|tercer[oa]?|más|"
        r"otr[oa] (?:caja|persona|empleado))\b",
    ),
    "number_of_people": _any(
        r"\b(?:two|three|four|five|six|\d|twee|drie|vier|zwei|drei|vier|deux|trois|dos|tres) (?:more |extra |"
        r"zusätzliche |weitere )?"
        r"(?:people|staff|colleagues?|ppl|of (?:us|the|my)|agents?|cashiers?|drivers?|guys|mensen|collega|kollegen|"
        r"leute|mitarbeiter|collègues|personnes|compañer\w+|personas)\b",
    ),
    "gone": _any(
        r"\b(?:queue|line|it|smell|leak|backlog|noise|spill|all|problem|rij|schlange|is|file|cola)(?:'s| is|"
        r" has)? (?:now )?(?:gone|cleared|history|over|weg|opgelost)\b",
        r"\bno longer\b|\b(?:any ?more|anymore)\b|\bniet meer\b|\bnicht mehr\b|\bne \w+ plus\b|\bya no\b",
        r"\b(?:line|queue) (?:is )?(?:moving|shrinking|shorter)|\b(?:dropped|down|cut|reduced) (?:to|from)\b|"
        r"\bstopped\b",
    ),
    "handed_over": _any(
        r"\b(?:collected|picked (?:it )?up|has it|signed|delivered|handed|given back|reunited|refunded|reversed)\b"
    ),
    # under way, or ahead
    "ing_now": _any(
        r"(?:^|[.;,!]\s*|\b(?:i am|we are|am|are|is|still|now|just|be|on hold|busy|started) )(?!(?:waiting|changing|"
        r"dining|fitting|meeting|boarding|vending|washing|ticketing|sitting|smoking) (?:rooms?|areas?|halls?|"
        r"machines?|gates?|desks?|lounges?)\b)(?!(?:nothing|morning|"
        r"evening|working fine|everything|anything|something|during|being|using|looking at the|running|standing|"
        r"going to|parking|waiting for the|pricing|according|missing|finding|having|training|wedding|building|"
        r"ceiling|heating)\b)[a-z]{3,}ing\b(?! again| fine| normally| now\b| perfectly| as usual| ok)",
        r"\b(?:as we speak|as i type|at the moment)\b",
    ),
    "future": _any(
        r"\b(?:will|shall|going to|about to|to follow|plan to|hope to|want to try|promise[sd]?|should be|"
        r"should arrive|would be here)\b(?! not)",
        r"\b(?:komt|komen|gaat|gaan|zal|zullen|wordt|worden|kijk|stuur|staat zo)\b|\b(?:kommt|kommen|wird|werden|"
        r"werde|schaue?|schicke|kümmere?)\b",
        r"\b(?:vais|va|allons|vont|arrive|vient|passe|sera|envoie)\b|\b(?:voy|vamos|va a|viene|vienen|llega|llegan|"
        r"será|mando)\b",
    ),
    "coming": _any(
        r"\b(?:coming|comes|come|arriv\w+|due|on (?:his|her|my|the|their|its) way|en route|heading|here in|there in|"
        r"an? \w+ away|away|out for delivery)\b",
        r"\b(?:onderweg|unterwegs|en route|en camino|auf dem weg)\b",
    ),
    "on_it": _any(
        r"\b(?:on it|at it|onto it|am on|looking into|look into|having a look|working on|hold on|hang on|bear with|"
        r"give (?:me|us)|gimme|one sec|moment|brb|leave it with me|will do|in progress|under way|being \w+)\b",
        r"\b(?:bezig|zo\b|even geduld|mee bezig)\b|\b(?:dabei|gleich|sofort|moment|kümmer\w*)\b|\b(?:m'en|s'en|"
        r"nous en) (?:occupe|occupons)|\ben cours\b|\b(?:estoy|estamos) (?:en|con|trabajando|\w+ndo)\b",
        r"\bon (?:hold|the phone)\b|⏳|🏃|🔧|🛠",
    ),
    "asked_others": _any(
        r"\b(?:ordered|booked|scheduled|requested|escalated|forwarded|reported|raised|called|phoned|informed|asked|"
        r"contacted|commissioned|initiated|notified|chasing|calling|ticket|quote|started|planned|processed|"
        r"waiting (?:for|on)|awaiting|trying|sign it off)\b",
        r"\b(?:besteld|gemeld|gebeld|aangevraagd|wacht op|wachten op)\b|\b(?:bestellt|gemeldet|angerufen|beauftragt|"
        r"warte[n]? auf)\b",
        r"\b(?:command[ée]+|signalé|appelé|demandé|attend[so]?)\b|\b(?:pedid[oa]|pedimos|llamado|avisado|esperando|"
        r"solicitad[oa])\b",
    ),
    "not_yet": _any(
        r"\bnot (?:yet|done|fixed|finished|sorted|solved|resolved|ready|working|there yet|repaired|been|all|"
        r"completely|fully)\b|\byet\b",
        r"\bstill (?:down|broken|out|offline|dead|not|waiting|there|need|needs|looking|searching|collecting|working|"
        r"blocking|has|have|is|closed|no|leaking|stuck|open|missing)\b",
        r"\b(?:nog niet|nog steeds|noch nicht|immer noch|pas encore|toujours (?:pas|en)|todavía (?:no|sigue)|aún no|"
        r"sigue)\b",
        r"\bso far\b|\bhalf (?:of|way|done)\b|\bnearly\b|\balmost\b|\bone left\b|\bthe other half\b|\bonly part\w*",
    ),
    "not_done": _any(
        r"\b(?:not|never|hardly|no)(?: \w+){0,2} (?:done|fixed|sorted|solved|resolved|repaired|finished|ready|"
        r"cleaned|restocked|delivered|refunded|replaced|working)\b(?! (?:any|again))",
        r"\b(?:is|are|do|does|it|still|but|one|half|lights?) not(?:$|[.,;!])|\bno (?:luck|change|news|answer|reply|"
        r"date|word)\b|\bdid not help\b|\bnot (?:closed?|close) it\b",
        r"\b(?:niet|nicht|pas|no) (?:\w+ )?(?:klaar|opgelost|gemaakt|fertig|behoben|erledigt|fini|réglé|réparé|"
        r"arreglado|listo|resuelto)\b",
        r"\b(?:still|again) (?:broken|down|out|flicker\w*|drip\w*|leak\w*|off|dead|froze\w*|to be|there|dirty|cold|"
        r"stuck|missing|empty)\b",
        r"\b(?:keeps?|kept) \w+ing\b|\bgone again\b|\b(?:broken|froze\w*|crashed|dead|down|out|off|failed|"
        r"stuck) again\b",
    ),
    "resolved_negative": _any(
        r"\bnot (?:a |the |an )?(?:\w+ ){0,2}(?:any ?more|no more)\b|\bno more \w+\b|\bnot \w+ any ?more\b|"
        r"\bno longer\b",
    ),
    "so_far": _any(
        r"\b(?:but|and|then|so) (?:now )?(?:it |they |we |he |she |all |both )?(?:works?|runs?|is up|holds?|came|"
        r"is ok|is fine|is in|is done|is fixed|replaced|swapped|moved|does)\b"
    ),
    "says_so": _any(
        r"\b(?:says?|said|claims?|claimed|told me|tells me|telling me|reckons?|supposed(?:ly)?|apparently|"
        r"rumou?r)\b|\bzegt\b|\bsagt\b|\bdit que\b|\bdice\b"
    ),
    "doubt": _any(
        r"\b(?:have not (?:seen|checked|looked)|doubt|not sure|could be|do not know|no idea|cannot (?:say|tell|"
        r"confirm)|would be lying|suppose)\b"
    ),
    "if_first": re.compile(
        r"^(?:if|once|as soon as|as long as|when|after|wenn|sobald|zodra|als|dès que|quand|si|cuando|en cuanto)\b"
    ),
    "doing_now": re.compile(
        r"(?:^|[.;,]\s*|\band )(?:now |just |am |i am |we are |still )?"
        r"(?:fix|repair|restart|reboot|clean|check|look|call|wait|sort|try|search|unload|fetch|gett|chang|replac|"
        r"install|"
        r"escalat|chas|bring|pull|send|mopp|tidy|restock|refill|serv)\w*ing\b(?! (?:again|fine|normally))"
    ),
    "soon": _any(
        r"\b(?:soon|shortly|any (?:minute|moment)|starts? (?:at|on|in|soon|tomorrow)|bald|gleich|straks|zo meteen|"
        r"bientôt|pronto)\b",
        r"\bneeds? (?:one|two|three|another|more|some|help|a|an|the|to)\b|\bin (?:a|two|three|\d) (?:days?|weeks?|"
        r"months?)\b",
        r"\b(?:callback|waiting|to-?do) list\b|\b(?:second|other|next|last) one (?:in|at|on|later|tomorrow|follows?)\b",
    ),
    "given_up": _any(
        r"\b(?:written off|turned down|rejected|given up|gave up|refused|scrapped|beyond repair|lost for ever)\b",
        r"\b(?:nicht|niet|pas|no) (?:mehr |meer |plus |más )?(?:zu|te|à) \w+|\bne (?:peut|peuvent|pouvons)\b",
    ),
    "scorn": _any(
        r"\byeah,? (?:sure|right)\b|\bin (?:my|your) dreams\b|\bby magic\b|\bpigs (?:might )?fly\b|\bfreezes over\b|"
        r"\bmore like\b|"
        r"\bof course it\b|\blike last time\b|\bi wish\b|\bbe lying\b|\bas if\b|\bthat would be a first\b|"
        r"\bleave me alone\b"
    ),
    "relapse": _any(
        r"\b(?:was|were|thought|looked|seemed|said|fixed|had it)\b.{0,45}\b(?:but|today|and then|again broken|"
        r"broken again|keeps|came back|coming back|gone again|froze|down again|is not|not working)\b",
        r"\bbroken again\b|\bdown again\b|\bback to square\b|\bcomes? back\b",
    ),
    "second_step": _any(
        r"\b(?:still|but|just|now|also|only) (?:need|needs|needing|waiting|looking|missing|lacks?|have to|has to|"
        r"must|working)\b|\bfor now\b|\bin the meantime\b|\buntil then\b|\btemporar\w+|\bproper (?:repair|fix)\b",
        r"\b(?:last|second|other|rest|third|remaining)(?: one| half)?(?: \w+)? (?:in|is|to|still|later|tomorrow|"
        r"follows?|on \w+day)\b|\b(?:one|two|three) of the\b.{0,30}\b(?:last|other)\b",
    ),
    "dont_tell": _any(r"\b(?:do not|don'?t|please) (?:don'?t )?(?:tell|say|close|count)\b"),
    "if_then": _any(
        r"\b(?:if|once|as soon as|when|unless|provided|wenn|sobald|als|zodra|dès que|si|quand|cuando|en cuanto|after)\b"
    ),
    # cannot
    "cannot": _any(
        r"\bcannot\b(?! (?:see|find|hear|tell|reproduce|say|confirm|be us|wait|remember|spot))",
        r"\b(?:impossible|unable|not possible|no can do|no chance|no way|not fixable|beyond repair|hopeless|no good|"
        r"no use)\b",
        r"\b(?:will|would|does|did|do|may|can) not (?:be|get|come|open|happen|work|allow|let|support|connect|change|"
        r"budge|go|pay|hand|touch|start|help|be able|have)\b",
        r"\bnothing (?:we|i|to|more|that)\b.{0,16}(?:do|done|change)\b|\bnot (?:allowed|permitted|authori[sz]ed|"
        r"able|up to (?:me|us))\b",
        r"\b(?:kan|kunnen|lukt|gaat)(?: \w+){0,3} niet\b|\bonmogelijk\b|\bniets aan (?:te )?doen\b|"
        r"\bniet (?:te (?:maken|repareren|redden)|mogelijk)\b|\bkan niet\b",
        r"\b(?:geht|kann|können|lässt sich|klappt)(?: \w+){0,4} nicht\b|\bnicht (?:möglich|zu (?:ändern|retten|"
        r"machen|reparieren)|ändern)\b|\bunmöglich\b|\b(?:können|kann)(?: \w+)? nichts\b|\bnichts (?:zu )?machen\b|"
        r"\bkeine chance\b",
        r"\bne (?:peut|peux|pouvons|peuvent)\b.{0,4}\bpas\b|\bon ne peut\b|\brien (?:à|a) (?:y )?faire\b|"
        r"\bpas possible\b|\bpas moyen\b",
        r"\bno (?:se puede|puedo|podemos|es posible|hay manera|tiene arreglo|hay forma)\b|\bimposible\b|❌",
    ),
    "no_resources": _any(
        r"\b(?:no|not enough|short of|without|lack of) (?:\w+ )?(?:staff|people|budget|money|spare|hands|cover|room|"
        r"space|cleaner|one else|body else|parts?|power|other \w+)\b|\bshort ?(?:-| )?staffed\b|\bunderstaffed\b|"
        r"\bskeleton crew\b",
        r"\b(?:only|just) (?:me|one|two|\d)\b|\b(?:nobody|no one|noone) (?:else|left|free|available|to|i can|"
        r"here to)\b|\b(?:off|called in|on) sick\b|\bsick leave\b|\bon my own\b|\balone\b",
        r"\b(?:geen|niemand|te weinig) (?:\w+ )?(?:personeel|mensen|beschikbaar|budget)?\b|\bonderbezet\b|"
        r"\balleen\b|\b(?:kein|keine|zu wenig|niemand) (?:\w+ )?(?:personal|leute|budget|da|frei)\b|\bnur zu\b|"
        r"\ballein\b",
        r"\b(?:pas (?:assez )?de|manque de|aucun) (?:personnel|monde|budget|effectif)\b|\btout(?:e)? seule?\b|"
        r"\bcomplete?t?\b|\b(?:falta|sin|no hay|no tengo) (?:más )?(?:personal|gente)\b|\bsol[oa]\b",
        r"\b(?:fully booked|sold out|ausgebucht|volgeboekt)\b",
    ),
    "forever": _any(
        r"\b(?:for good|for ever|forever|discontinued|never|always|no longer (?:made|supported|supplied)|any more|"
        r"condemned|bankrupt|destroyed|unrecoverable|lost|stays?|remains?|final|refused?|refuses|declined|unchanged|"
        r"listed building|no upgrade|died|scrap|on strike|out of production)\b",
    ),
    "not_ours_to_fix": _any(
        r"\b(?:landlord|council|government|ministry|regulator|head office|hq|supplier|manufacturer|the city|owner|"
        r"authority|head of|operator|legal|gemeente|vermieter|propriétaire|dueño)\b",
        r"\bout of (?:our|my) hands\b|\bno (?:say|influence|control|right)\b|\bnot (?:in|under) (?:our|my)\b|"
        r"\bkeinen einfluss\b",
    ),
    "i_alone": _any(
        r"\b(?:only|just) (?:me|one|two)\b|\bon my own\b|\balone\b|\bnobody else\b|\bno one else\b|"
        r"\bwir sind (?:nur )?zu\b|\bnous sommes \w+$"
    ),
    "too_little": _any(
        r"\btoo (?:small|few|little|old|expensive|late|narrow)\b|\bte (?:weinig|klein|oud)\b|\bzu (?:wenig|klein|"
        r"alt)\b|\b(?:trop (?:petit|peu|vieux)|pas assez)\b|\b(?:demasiado|muy pocos|pocos)\b"
    ),
    "says_no": _any(
        r"\b(?:says? no|said no|afraid not|not today|no budget|no money|no say|has given up|gave up|is what it is|"
        r"not worth)\b|\b(?:helaas|leider|malheureusement|desgracia|lamentablemente|jammer genoeg)\b|\bniets aan\b|"
        r"\bnichts (?:ändern|tun|machen)\b|\bn'y (?:peux|pouvons) rien\b|\bno (?:puedo|podemos) hacer\b|"
        r"\bregrettably\b|\bsadly\b|\bunfortunately\b"
    ),
    "until_late": _any(
        r"\b(?:not )?(?:before|until|till)\b|\b(?:bis|vor|tot|voor|avant|jusqu'\w+|hasta|antes de)\b",
    ),
    # nothing to see
    "looked": _any(
        r"\b(?:checked|looked|tried|tested|walked|inspected|scanned|watched|toured|searched|knocked|measured|"
        r"counted|went (?:up|round|through|down|there|over)|been (?:in|there|down|up|round|downstairs)|had a look|"
        r"have a look round|just (?:used|paid|rode|took|been|had)|turned the place|looking at|standing|"
        r"asked everyone|log|recording|camera|cctv|dashboard|system|meter|thermometers?|records?)\b",
        r"\b(?:net|zelf) (?:ge\w+)|\bgerade (?:ge|pro|ver|aus)\w+|\bviens d(?:e |')|\bacabo de\b|\bhe subido\b|"
        r"\bsuis (?:monté|allé|passé)\b|👀",
    ),
    "nothing_here": _any(
        r"\b(?:no|not any|zero|never any) (?:queue|line|lines|queues|wait|problem|problems|issue|issues|sign|fault|"
        r"faults|failure|stoppage|trouble|smell|leak|complaints?|one|body|hair|noise|error|such|open|double|drop|"
        r"bag|argument|\w+) (?:here|there|that|i can|found|in|at|on|with|to see|anywhere|outs?|in sight|at all|of|"
        r"right now|now|waiting|by|left|today|all)\b",
        r"\bno (?:queue|line|queues|problem|issue|fault found|fault|failure|leak|smell|double charge|sign|"
        r"complaints|trouble)\b",
        r"\b(?:nothing|nobody|no one|noone|none) (?:here|wrong|to see|going on|broken|on|in|waiting|handed|seen|"
        r"remembers|is|was|there|queueing|visible|found)\b|\bnothing$",
        r"\bcannot (?:see|find|reproduce|spot|confirm)\b|\b(?:do|did|could|have) not (?:see|seen|find|found|"
        r"notice)\b|\bthere (?:is|are|was|were) (?:no|never|not)\b|\bnot here$|\bnot (?:broken|dirty|blocked|cold|"
        r"leaking|sold out|closed)\b(?! any)",
        r"\bgeen (?:rij|wachtrij|file|probleem|storing|klachten)\b|\bniets (?:van|te|aan|mis)\b|"
        r"\bniemand (?:te zien|die|wacht)|\bniks (?:te|mis)\b",
        r"\bkeine (?:schlange|warte\w*|störung|probleme?)\b|\bkein (?:problem|fehler|stau)\b|\b(?:niemand|"
        r"keiner)\b.{0,12}\b(?:wartet|da|hier)\b|\bwartet (?:niemand|keiner)\b|\bnichts (?:zu sehen|festgestellt|"
        r"gefunden|los)\b",
        r"\b(?:pas de|aucune?) (?:queue|file|problème|attente|panne)\b|\bpersonne (?:n'|qui)\b|\brien (?:vu|"
        r"constaté|d'anormal|à signaler)\b|\bne vois (?:personne|rien|pas)\b",
        r"\bno (?:hay|veo|vemos|encuentro) (?:cola|nadie|nada|problema|ning\w+|a nadie)\b|\bno veo\b|"
        r"\bnadie (?:espera|aquí)\b|\bnada raro\b",
    ),
    "is_fine": _any(
        r"\b(?:is|are|all|works?|working|runs?|prints?|looks?|seems?|everything|it's|they|feels?|behaves?|"
        r"found them in) (?:\w+ )?(?:fine|ok|okay|normal|normally|clean|warm|good order|right|perfectly|well|"
        r"as (?:usual|it should)|in (?:good )?order|in date|open|free|full|quiet|green|calm|dead|empty|all right|"
        r"alright|toasty|safe)\b",
        r"\b(?:fine|quiet|calm|clean|normal|spotless|empty|dead) (?:here|in here|today|and dry)\b|\bno wait\b|"
        r"\bplenty\b|\bin stock\b|\b(?:counter|floor|hall|box|shelf|shop|hatch|place|belts?) (?:is |"
        r"are )?(?:all )?(?:empty|full|clean|free|quiet)\b",
        r"\bworks? (?:for me|every time)\b|\bevery time\b|\bwent through\b|\bno need\b|\bsame\b|\bon time\b|"
        r"\bwithout (?:a )?(?:problem|trouble|fault)s?\b",
        r"\b(?:werkt|doet het|loopt|draait) (?:gewoon|prima|normaal|goed|zonder)\b|\balles (?:rustig|in orde|goed|"
        r"normaal|vrij|ok)\b|\bgenoeg\b|\bleeg\b",
        r"\b(?:funktioniert|läuft|geht|schmeckt|ist) (?:\w+ )?(?:einwandfrei|normal|gut|sauber|in ordnung|"
        r"problemlos|leer|ruhig)\b|\balles (?:ruhig|in ordnung|gut|normal|frei|ok)\b|\b(?:alle|alles) \w+ (?:leer|"
        r"frei)\b",
        r"\b(?:fonctionne|marche|va) (?:très bien|bien|normalement|parfaitement)\b|\btout (?:va bien|fonctionne|"
        r"est (?:calme|normal|propre|ouvert))\b",
        r"\b(?:funciona|va|está) (?:bien|perfectamente|normal|limpio|vacío|tranquilo)\b|\btodo (?:funciona|bien|"
        r"está|normal|tranquilo|en orden)\b",
    ),
    # not ours
    "not_ours": _any(
        r"\bnot (?:us|ours|mine|me|our|my|by us|run by us|from (?:this|us|our)|at (?:ours|our)|in our|"
        r"for us)\b(?! (?:who|fault|problem))|\bis not our\b|\bare not (?:the|that|a)\b",
        rf"\b(?:wrong|different|other|another|next|sister) (?:\w+ )?(?:{_PLACE}|number|person|place|town|city|"
        r"airline|bank|company|one|people|hotel|shop)\b|\bmix(?:ed|ing) (?:us|it) up\b|\bgot the wrong\b|"
        r"\bmeant for\b|\bmust (?:be|mean|have been)\b|\bcannot be us\b|\bperhaps the customer means\b",
        r"\b(?:belongs to|run by|looked after by|handled by|managed by|shipped by|concerns|is with the|that is the|"
        r"that's the|it is the|they mean|you want|you mean|try the|try|ask the|ask them|contact|address|turn to|"
        r"direct (?:it|this) to|send (?:it |this )?to|forward (?:it |this )?to|pass (?:it |"
        rf"this )?(?:on )?to)\b.{{0,40}}\b(?:{_PLACE}|one|next|opposite|people|place|them|other|team|lot|side|door|"
        r"mall)?\b",
        r"\b(?:next door|opposite|across the (?:road|street)|round the corner|down the road|by the river|elsewhere)\b",
        r"\b(?:niet onze|niet ons|niet van ons|niet bij ons|verkeerde?|andere (?:winkel|vestiging|filiaal))\b",
        r"\b(?:nicht unsere?|nicht bei uns|nicht wir|falsche[rs]?|verwechselt|andere (?:filiale|niederlassung))\b",
        r"\b(?:pas (?:notre|nos|chez nous|nous)|(?:vous )?(?:vous )?trompez|mauvais(?:e)?|autre (?:agence|magasin))\b",
        r"\b(?:no es (?:nuestr\w+|aquí|mi|la nuestra)|se equivoca\w*|equivocad[oa]|otr[oa] (?:tienda|hotel|sucursal|"
        r"oficina|local))\b",
    ),
    "we_lack": _any(
        r"\b(?:we|i) (?:do not|have never|never)(?: even)? (?:have|got|sell|sold|play|serve|stock|offer|run|had)\b|"
        r"\bwe (?:only|just) (?:do|have|sell|run|offer)\b|\bnever heard of\b|\bnobody called\b|\bno one called\b|"
        r"\bnobody (?:by|named)\b|\b(?:our|this) (?:store|shop|branch) has no\b|\bthere is no \w+ (?:four|five|"
        r"\d)\b|\bdo not have\b",
        r"\b(?:we|wij) hebben (?:helemaal )?geen\b|\bwir haben (?:gar |überhaupt )?kein\w*|\bnous n'avons pas\b|"
        r"\bn'avons (?:pas|aucun)\b|\bno tenemos\b",
    ),
    "who_we_are": _any(
        r"\b(?:we are|we're|i am|this is|ours is|ours are|here is|you have reached|we moved)\b(?! (?:\w+ing|on|"
        r"at it|not|still|sorry|very|afraid|so|going|short|busy|sending|down|unable|closed until|told|all|only|too|"
        r"just|doing|good|open|very|in (?:hand|progress)|the (?:only|last))\b)",
        r"\bwij zijn\b|\bwir sind\b|\bnous sommes\b|\b(?:nosotros )?somos\b",
    ),
    # no claim
    "question": re.compile(r"[?？][)\s\"'👌]*$"),
    "question_word": re.compile(
        r"(?:^|[.!?]\s*)(?:who|what|when|where|which|why|how|whose|do you|does|did|can (?:you|somebody|i)|could|"
        r"should|shall|is (?:it|this|he|she|there)|are (?:you|they|there)|was|were|welke|wat|wie|waar|wanneer|"
        r"welche[rs]?|was|wo|wann|wer|quel(?:le)?s?|où|quand|qué|cuál|dónde|schon wieder|alweer|encore|again)\b"
    ),
    "hedge": _any(
        r"\b(?:maybe|perhaps|apparently|i guess|guess so|not sure|no idea|who knows|might|could be|allegedly|"
        r"i think|supposedly|i suppose|presumably|cannot say|have not (?:checked|looked)|must have|misschien|"
        r"geen idee|vielleicht|keine ahnung|peut-être|aucune idée|quizás?|ni idea|hope|apparemment|angeblich|"
        r"blijkbaar|al parecer)\b|🤷",
    ),
    "irony": _any(
        r"\b(?:yeah (?:sure|right|about)|of course|oh (?:sure|great|really|wow|fixed)|wow|congratulations|captain|"
        r"lovely|brilliant|fantastic|great|ha(?:ha)+|lol|magic|magically|pigs fly|freezes over|in my dreams|i wish|"
        r"good (?:morning|evening) to you|tell me|why do(?: not|n't)? you|call the police|would be a first|na super|"
        r"lekker dan|génial|genial|toll)\b|🙄|😏|😂|🤣|😜|😆",
    ),
    "counterfact": _any(
        r"\bwould (?:be|have|already)\b|\bif (?:you|anyone|someone|only)\b|\bshould have\b|\bi would love\b|"
        r"\bsomebody should\b|\bsomeone should\b"
    ),
    "auto_reply": _any(
        r"\b(?:automatic (?:reply|answer|response)|auto-? ?reply|autoreply|out of (?:the )?office|not monitored)\b",
        r"\bmailbox (?:is )?(?:full|unavailable|not)\b|\bundeliver\w+|\breturned to sender\b|\bmailer-daemon\b",
        r"\bdelivery (?:has )?failed\b|\b(?:meeting )?(?:accepted|declined):|\bread:|\bwas read on\b",
        r"\b(?:i am|i'm|am) (?:\w+ )?(?:on (?:\w+ )?(?:leave|holiday|vacation)|travelling|away)\b|"
        r"^(?:on )?(?:annual|maternity) leave\b",
        r"\b(?:abwesenheit\w*|afwezig\w*|réponse automatique|respuesta automática|automatische\w* (?:antwort|"
        r"antwoord))\b",
        r"\b(?:im urlaub|met vakantie|op vakantie|en vacances|de vacaciones|je suis absente?|vertretung)\b",
        r"\bin (?:a )?training today\b",
        r"\bthanks? (?:you )?for (?:your|contacting).{0,80}\b(?:reply|respond|return|received|monitored|away)\b",
        r"\bautomated (?:message|reply|response)\b|\b(?:vacation|holiday|absence) (?:notice|message|reply)\b|"
        r"\b(?:tentatively )?accepted:|\b(?:has|have) been received\b|\bdelivery status\b|\bcould not be delivered\b|"
        r"\baway from (?:the|my|his|her) (?:office|desk)\b|\b(?:currently|presently) (?:away|out|absent|on leave)\b|"
        r"\ben congé\b|\bfuera de la oficina\b|\bnicht erreichbar\b|\bniet bereikbaar\b|\blimited access to e-?mail\b",
    ),
    "small_talk": re.compile(
        r"^\W*(?:ok(?:ay|k)?|k+|yes|yep|no|nope|thanks?|thx|noted|seen|hm+|lol|sure|fine|great|cool|hi|hello|ja|nee|"
        r"nein|oui|non|sí|si|vale|oké|d'accord|stop|read|roger|copy)\W*$"
    ),
    "number_only": re.compile(r"^\W*\d*\W*(?:m|min|mins|minutes?|minuten|h|hours?)?\W*$"),
    "about_customer": _any(
        r"\b(?:customers?|people|she|he|they|guests?)(?: \w+){0,3} (?:exaggerat\w+|liar|lie|lies|moan\w*|"
        r"complain\w*|grateful|right|point|always|love|should|hate\w*|new|nice|rude|sorry)\b|\b(?:poor|typical|"
        r"that) customer"
    ),
    "away": _any(
        r"\b(?:i am|i'm|am) (?:off|away|out|on leave|retired|driving|travelling|abroad|ill|in a meeting|"
        r"at the \w+)\b|\b(?:day off|not my shift|not in today|nicht im (?:dienst|büro)|heute frei|ben vrij|"
        r"no longer work|retired|my old number|not on (?:shift|duty))\b|^(?:in a meeting|at the \w+\b)"
    ),
    "excuse": _any(
        r"\b(?:we do our best|only human|rush hour|it was busy|what do (?:they|you|people) expect|as usual|same as|"
        r"as i said|as always|the usual|see my)\b"
    ),
    "does_not_understand": _any(
        r"\b(?:wrong number|do not work (?:there|here)|who is this|who am i|speaking to|say that again|"
        r"know what you|talking about|call me|ring me|ask the|no idea)\b"
    ),
}


NAMED = re.compile(
    r"\b(?:[Ww]e are|[Ww]e're|I manage|I look after|I'm in|I am in|[Tt]his is|[Tt]hat is|[Tt]hat's|[Oo]urs is|"
    r"[Yy]ou mean|[Hh]e means|[Ss]he means|[Tt]hey mean|"
    r"[Bb]elongs to|[Tt]ry|[Aa]sk|[Ss]end (?:it |this )?to|[Pp]ass (?:it |this )?(?:on )?to|[Ff]orward (?:it |"
    r"this )?to|[Gg]o to|[Ii]t is|[Ii]t's|[Aa]bout|[Mm]ust be|[Ww]ij zijn|[Ww]ir sind|"
    r"[Nn]ous sommes|[Ss]omos|[Dd]as ist|[Dd]at is|[Cc]'est|[Ee]s)(?: the| in| from| about| de| la| le| het| die|"
    r" das)* (?!I\b|IT\b)[A-Z][a-z]+"
)
"""A place or a branch by its name: the capital letter is the cue."""

_TURN = re.compile(r"\bbut\b|\bhowever\b|\bmaar\b|\baber\b|\bmais\b|\bpero\b")
_READY = (
    r"(?:done|ready|fixed|open|clean|finished|back|complete|up|rolling|running|sorted|good|klaar|fertig|offen|"
    r"prête?|bon|fini|listo|lista|hecho|gut)"
)
_READY_IN = re.compile(
    rf"\b(?:in|within|over|dans|en)\b[^.,;]{{0,12}}\bmin\b[^.;]{{0,12}}\b{_READY}\b|\b{_READY} (?:\w+ )?(?:in|"
    rf"within|over|dans|en) [^.,;]{{0,12}}\b(?:min|hour|uur|stunden?|heures?|horas?)\b|"
    rf"\bmin\w*\b[^.;]{{0,14}}\b(?:until|till|and|then|before)\b[^.;]{{0,25}}\b{_READY}\b|\b(?:another|more|noch|"
    rf"nog|encore|más)\b[^.;]{{0,12}}\bmin|\bmin\w* (?:more|nog|noch|más|away|out|left|and|till|until)\b"
)
_NOW_MIN = re.compile(
    r"\b(?:now|down to|back to|under|max|was|nu|jetzt|maintenant|ahora|only|average|currently)\b[^.;]{0,18}\bmin|"
    r"\bmin\w*\b[^.;]{0,12}\b(?:now|tops|max|at most|was|nu|jetzt|wait|maximum|flat|per)\b|\bmins? since\b"
)
_WAIT_MIN = re.compile(
    r"\b(?:wait\w*|queue|line|served|wart\w*|wacht\w*|attente|espera)\b[^.;]{0,25}\bmin|"
    r"\bmin\w*\b[^.;]{0,16}\b(?:wait\w*|queue|wart\w*|wacht\w*|d'attente|attente|espera)\b"
)
TIMED = {"ready_in": _READY_IN, "now_min": _NOW_MIN, "wait_min": _WAIT_MIN}
_HOURS = re.compile(r"\b\d+ ?(?:minutes?|mins?|minuten|minuut|minutos?|m)\b")
SAID_LITTLE_MAX = 4


def cue_names(folded: str, said: str) -> Iterator[str]:
    """The cues that `folded` holds. What stands before the last "but" counts apart: the rest is what holds now."""
    before, turn, after = _split_turn(folded)
    names = set(_found(after))
    yield from names
    if turn:
        yield from (f"{name}<but" for name in _found(before))
    timed = _HOURS.sub("9 min", rounded(folded))
    spans = [span for span in find_durations(rounded(folded)) if span.minutes < DAY_MIN]
    if spans:
        kinds = [name for name, pattern in TIMED.items() if pattern.search(timed)]
        yield from kinds or ["duration"]
    if find_eta_text(said):
        yield "day_or_hour"
    if NAMED.search(said):
        yield "named"
    words = len(folded.split())
    if not names and words <= SAID_LITTLE_MAX:
        yield f"silent:{words}{'+min' if spans else ''}"
    elif not names:
        yield "silent:more"


def _split_turn(folded: str) -> tuple[str, bool, str]:
    turns = list(_TURN.finditer(folded))
    if not turns or not folded[: turns[-1].start()].strip():
        return "", False, folded
    return folded[: turns[-1].start()], True, folded[turns[-1].end() :]


def _found(folded: str) -> Iterator[str]:
    return (name for name, pattern in CUES.items() if pattern.search(folded))
