"""The tables of the gates: phrases that say what they say wherever they stand. What needs judgement is measured instead."""

import re
from collections.abc import Mapping


def any_of(*patterns: str) -> re.Pattern[str]:
    """One pattern that finds any of them, in whatever case."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


TOLD = any_of(
    r"\b(?:has|have|had|was|were|been) (?:already )?(?:been )?(?:told|notified|informed|alerted|contacted)\b",
    r"\b(?:we|i)(?:'ve| have)? (?:told|notified|informed|alerted|contacted|asked) (?:the|our|their|her|his)\b",
    r"\b(?:knows|is aware|is on it|are on it|are aware)\b",
)
FIXED = any_of(
    r"\b(?:is|are|was|been|now) (?:now )?(?:fixed|repaired|resolved|solved|sorted|replaced|restocked|cleaned)\b",
    r"\bwe(?:'ve| have)? (?:just )?(?:fixed|repaired|resolved|solved|sorted|replaced|restocked|cleaned)\b",
    r"\b(?:has|have) (?:now |just )?(?:moved|opened|split|added|repaired|fixed|changed)\b",
    r"\b(?:has|have) (?:now |just )?(?:cleaned|restocked|replaced|sent)\b",
    r"\b(?:has|have) (?:now |just )?put (?!it\b|this\b|your\b|down\b)",
    r"\bwait (?:is|should be|should now be) (?:now )?(?:about |around )?\d",
    r"\b(?:is|are) (?:working|running|open|back) again\b",
)
GENERIC_HELP = any_of(
    r"\bhow (?:else )?(?:can|may|could|might|do) (?:we|i) (?:best )?(?:help|assist|be of|make (?:it|this|things) (?:right|better))\b",
    r"\b(?:what|anything|something|is there anything) (?:else )?(?:can )?(?:we|i) (?:can |could )?(?:do|help) (?:for|with|to)\b",
    r"\b(?:can|could|may) (?:we|i) (?:help|assist)(?: you)?\b(?! (?:in|with) (?:the|your))",
    r"\blet us know (?:how|if|what|whether|should) (?:we|there|you)\b|\bplease (?:dm|pm|message|contact|call|e-?mail) us\b",
    r"\b(?:reach out|get in touch|drop us|send us a (?:dm|message|line)|contact our (?:support|team|customer))\b",
    r"\b(?:is|if) there(?:'s| is)? (?:anything|something) (?:else )?(?:that )?(?:we|i|you)\b|\banything (?:else )?we (?:can|could) do\b",
    r"\b(?:feel free|don't hesitate|do not hesitate) to\b[^.?!]{0,20}\b(?:contact|call|write|message|dm|reach|ask)\b",
    r"\bif you (?:need|require|have) (?:any |further |more )(?:help|assistance|support|questions?)\b|\bwhat would you like us to do\b",
    r"\b(?:happy|glad|here|pleased|delighted|ready) to (?:help|assist|support)\b",
    r"\b(?:give|tell|send|share|provide)\b[^.?!]{0,20}\bmore (?:details?|information|about)\b|\bmore (?:details|information)\b.{0,20}\?",
    r"\b(?:tell us|say) (?:a bit |a little )?more\b|\bwhat (?:exactly )?happened\?|\bwhat(?:'s| is) the (?:problem|issue|matter)\b",
    r"\b(?:wie|womit|wobei) (?:können|dürfen|kann|darf) (?:wir|ich) (?:ihnen |dir |euch )?(?:weiter)?(?:helfen|behilflich)\b|\bhelfen wir gerne?\b|\bmelden sie sich (?:gerne? )?(?:bei uns|per)\b",
    r"\bwas können wir für (?:sie|dich) tun\b|\b(?:schreiben|senden) sie uns (?:bitte )?eine (?:dm|pn|nachricht)\b",
    r"\b(?:comment|en quoi) (?:pouvons|puis)-(?:nous|je) vous aider\b|\bn'hésitez pas à nous (?:contacter|écrire)\b",
    r"\b(?:cómo|en qué) (?:podemos|puedo) ayudar(?:te|le|os)?\b|\b(?:contáctanos|escríbenos|póngase en contacto)\b",
    r"\b(?:come|in che modo) possiamo aiutar(?:la|ti|vi)\b|\bci contatti\b|\bnon esit(?:i|are) a contattarci\b",
)
ASKS_FOR: Mapping[str, re.Pattern[str]] = {
    "place": any_of(
        r"\b(?:which|what) (?:branch|store|shop|station|location|site|restaurant|office|hotel)\b[^.!]{0,40}\?",
        r"\bwhere (?:was|did|is|were|are|exactly)\b[^.!]{0,40}\?|\b(?:tell|send) us (?:the|which|what) (?:branch|store|shop|location)\b",
    ),
    "duration": any_of(r"\bhow long (?:did|have|were|was|had)\b[^.!]{0,40}\?"),
    "time": any_of(r"\b(?:when|what time|on which day|what day|which date)\b[^.!]{0,40}\?"),
    "order": any_of(r"\b(?:order|booking|reference|ticket) (?:number|no\.?|id)\b"),
    "contact": any_of(
        r"\byour (?:phone|telephone|mobile|e-?mail|contact)(?: number| address| details)?\b[^.!]{0,30}\?"
    ),
    "name": any_of(r"\bwhat(?:'s| is) your name\b|\byour (?:full )?name\b[^.!]{0,20}\?"),
}
"""A question for each slot; it is refused where the slot is known."""

ALWAYS_DEFENSIVE: Mapping[str, re.Pattern[str]] = {
    "denial": any_of(
        r"\bdat klopt (?:gewoon |echt |simpelweg )?niet\b|\bdat is (?:gewoon |echt )?niet (?:waar|gebeurd)\b",
        r"\b(?:that|this|it) (?:is|'s) (?:simply |just |plainly )?not (?:true|correct|the case|accurate|our experience)\b",
        r"\bactually,? (?:you are|you're|our records)\b|\byou (?:are|'re) (?:wrong|mistaken)\b",
        r"\bwe have no record\b|\bthat (?:never|did not|didn't) happen\b|\bwe (?:firmly |strongly )?(?:refute|reject) (?:this|that|the|your)\b",
    ),
    "blame_customer": any_of(
        r"\b(?:u|je) had (?:\w+ ){0,3}(?:moeten|kunnen)\b|\b(?:uw|je) eigen schuld\b",
        r"\byou (?:should|ought to) have (?:come|read|checked|called|asked|told us|noticed|waited|booked|arrived|looked|brought|kept)\b",
        r"\byou (?:failed|forgot|neglected) to\b|\b(?:is|was|it's) your (?:own )?(?:fault|mistake)\b",
    ),
    "blame_third_party": any_of(
        r"\bour (?:courier|supplier|partner|contractor|driver) (?:\w+ )?(?:at fault|to blame)\b",
        r"\b(?:is|was|are|it's|that's) not our (?:fault|responsibility|problem)\b",
    ),
    "policy_shield": any_of(
        r"\b(?:volgens|conform) (?:ons beleid|onze (?:voorwaarden|regels|procedure))\b|\bons beleid is nu eenmaal\b",
        r"\b(?:as )?per (?:our|company|the) (?:policy|terms|procedure|rules)\b",
        r"\bour (?:policy|policies) (?:clearly|does not|doesn't|prohibits?|forbids?)\b|\bby design\b(?=[.,!]|$)",
    ),
    "excuse": any_of(
        r"\bbuiten onze (?:schuld|macht|invloed)\b|\b(?:wegens|door) (?:onvoorziene )?(?:omstandigheden|drukte|personeelstekort)\b",
        r"\bdue to (?:unforeseen|circumstances|unprecedented|exceptionally high|high (?:demand|volumes?))\b|\bbeyond our control\b",
        r"\bthese things happen\b|\bplease understand\b",
    ),
    "minimising": any_of(
        r"\b(?:het spijt ons|sorry) (?:als|dat u (?:dat|het) zo)\b|\bvoor (?:enig|eventueel|het eventuele) ongemak\b",
        r"\b(?:sorry|apologi[sz]e|apologies|regret) (?:if|that you feel|that you felt|you feel|for any)\b(?! unsafe| unwelcome)",
        r"\bany inconvenience\b|\bcalm down\b|\byou(?:'re| are) overreacting\b",
    ),
    "sarcasm": any_of(r"\bthanks for nothing\b|\bhow (?:nice|lovely|kind) of you to (?:share|point|tell)\b"),
}

PRIVATE: Mapping[str, re.Pattern[str]] = {
    "private_customer": any_of(
        r"\b(?:you are|you're|you have been|you've been) (?:a |an )?(?:valued |loyal |existing )?(?:customer|client|member|patient)s? (?:of ours|since|for|with us)\b",
        r"\b(?:your|the) (?:account|contract|policy|loan|mortgage|membership|file) with us\b",
        r"\bas (?:a|our) (?:customer|client|member|patient) (?:since|of ours)\b|\b(?:i|we) (?:can )?see (?:from|in|on) your (?:account|file|record|contract)\b",
    ),
    "private_data": any_of(
        r"\b(?:account|customer|contract|policy|card|patient|member|passport|iban)(?:ship)? ?(?:number|no\.?|id|nr\.?)?:? ?#?(?=\w*\d)[A-Z0-9][A-Z0-9 -]{4,33}\b",
        r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}\b|\b(?:\d[ -]?){13,19}\b|\bending (?:in )?\d{4}\b",
        r"\byour (?:balance|salary|diagnosis|date of birth|password|pin|medication) (?:is|of|was)\b",
        r"(?<!us at )(?<!us on )(?<!mail )(?<!to )\b[\w.+-]+@[\w-]+\.[a-z]{2,}\b",
    ),
}
"""In public nobody is confirmed to be a customer, and no data of an account are told."""

GOODWILL: Mapping[str, re.Pattern[str]] = {
    "goodwill_for_review": any_of(
        r"\b(?:change|update|edit|amend|revise|reconsider|delete|remove|take down|withdraw|improve) (?:your|this|the|that) (?:\w+ )?(?:reviews?|ratings?|stars?|posts?|comments?|tweets?)\b",
        r"\b(?:leave|write|give|post) (?:us )?(?:a |an |your )?(?:\w+ )?(?:review|rating|\w+ stars)\b|\brate us\b",
        r"\b(?:voucher|coupon|refund|credit|gift|discount|free)\b[^.!?]{0,80}\b(?:review|rating|stars|delete|post|take (?:it|this) down)\b",
        r"\b(?:review|rating|stars)\b[^.!?]{0,80}\b(?:voucher|coupon|gift|discount|in return)\b",
        r"\b(?:ihre|deine) (?:bewertung|rezension)\b[^.!?]{0,40}\b(?:ändern|löschen|anpassen)\b",
        r"\b(?:modifier|supprimer|retirer) votre (?:avis|commentaire|note)\b|\b(?:cambiar|borrar|retirar) (?:su|tu) (?:reseña|opinión)\b",
    )
}
INJECTED: Mapping[str, re.Pattern[str]] = {
    "injection_template": any_of(
        r"\{\{|\}\}|\{%|%\}|\$\{|<%|\[\[|\]\]",
        r"\[(?:your |customer |first |last |insert |branch |store )?(?:name|branch|date|time|company|link|number|manager)[^\]]{0,20}\]",
        r"<(?:name|branch|customer|date|time|link)>",
    ),
    "injection_markup": any_of(
        r"</?(?:script|style|iframe|img|a|b|i|p|div|span|br|html|body|form|svg)\b[^>]{0,200}>?|javascript:|\]\(https?:"
    ),
    "injection_machine": any_of(
        r"\bas an? (?:ai|artificial|large language|language model|assistant)\b|\bi(?:'m| am) an? (?:ai|language model)\b",
        r"\b(?:ignore|disregard|forget) (?:all |any |the |your |my )?(?:previous|prior|above|earlier|system) (?:instructions?|prompts?|rules?|messages?)\b",
        r"\b(?:system|developer) prompt\b|^(?:system|assistant|user):|<\|\w+\|>|\bhere(?:'s| is) (?:a|the|your) (?:draft|reply|response)\b",
    ),
    "injection_hidden": re.compile(
        r"[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\x00-\x08\x0b\x0c\x0e-\x1f]"
    ),
}
LINK = re.compile(
    r"(?:https?://|\bwww\.)(?P<host>[\w.-]+)[^\s)]*|\b(?P<bare>bit\.ly|t\.co|tinyurl\.com|wa\.me)/\S+", re.IGNORECASE
)
OURS = any_of(
    r"\b(?:on record|on file|is with|straight to|goes? to|in front of|on the desk)\b",
    r"\b(?:we|i|our \w+|the (?:team|manager|branch|store|shop|crew|kitchen|depot|colleague \w+|regional manager|deputy manager))"
    r"(?:'ve|'re|'ll|'m| \w+){0,3} \w+",
    r"\b(?:on (?:its|the|their) way|refund(?:ed)?|replaced|repaired|cancelled|credited|opened|noted|passed|passing|taken|told|moved)\b",
    r"\b(?:today|tonight|tomorrow|now|monday|tuesday|wednesday|thursday|friday|saturday|sunday|\d{1,2}(?::\d\d| ?[ap]m)|minutes?|hours?)\b",
)
"""An action of ours, or a time."""

VAGUE = frozenset(
    [
        "a",
        "about",
        "again",
        "all",
        "always",
        "am",
        "an",
        "and",
        "any",
        "anybody",
        "anyone",
        "are",
        "as",
        "at",
        "awful",
        "bad",
        "be",
        "been",
        "but",
        "by",
        "can",
        "company",
        "could",
        "did",
        "do",
        "does",
        "doesn",
        "don't",
        "done",
        "ever",
        "every",
        "for",
        "from",
        "get",
        "go",
        "got",
        "had",
        "has",
        "have",
        "hello",
        "help",
        "hey",
        "hi",
        "hate",
        "how",
        "i",
        "i'm",
        "if",
        "in",
        "is",
        "isn't",
        "it",
        "it's",
        "its",
        "just",
        "like",
        "me",
        "my",
        "need",
        "never",
        "no",
        "nobody",
        "not",
        "of",
        "on",
        "one",
        "or",
        "our",
        "out",
        "please",
        "really",
        "so",
        "some",
        "somebody",
        "someone",
        "something",
        "sorry",
        "suck",
        "sucks",
        "terrible",
        "thank",
        "thanks",
        "that",
        "that's",
        "the",
        "their",
        "them",
        "there",
        "they",
        "this",
        "to",
        "too",
        "us",
        "very",
        "want",
        "was",
        "we",
        "were",
        "what",
        "when",
        "where",
        "which",
        "who",
        "why",
        "will",
        "with",
        "work",
        "works",
        "working",
        "worst",
        "would",
        "yet",
        "you",
        "your",
        "you're",
        "ugh",
        "lol",
        "omg",
        "wtf",
        "sir",
        "madam",
        "team",
        "guys",
        "support",
        "dm",
        "respond",
        "response",
        "answer",
        "reply",
        "horrible",
        "useless",
        "joke",
        "disgrace",
        "shame",
        "disgusting",
        "ridiculous",
        "problem",
        "issue",
    ]
)
"""Words that say nothing about what happened."""
