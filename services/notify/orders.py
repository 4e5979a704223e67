"""What an owner reads in ten seconds: what, where, since when, how many customers, what usually helps. Pure."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from contracts import FixAction, LoopOutcome, Severity, Topic
from services.notify.incidents import Incident, Report
from services.notify.wording import DONE_IN, ENGLISH, HEADLINES_IN, HELPS_IN, WEEKDAYS, WORDS

QUOTES_MAX = 3
QUOTE_CHARACTERS_MAX = 160
LINE_CHARACTERS_MAX = 120

HEADLINES: Mapping[Topic, str] = {
    Topic.WAIT_TIME: "Customers wait too long",
    Topic.STAFF: "Customers feel badly treated",
    Topic.PRODUCT_QUALITY: "Something we sold is not right",
    Topic.BILLING: "Customers were charged wrongly",
    Topic.PRICE: "A price is not what customers expected",
    Topic.DELIVERY: "A delivery went wrong",
    Topic.DELAY_CANCELLATION: "Late or cancelled",
    Topic.OUTAGE: "Something does not work",
    Topic.WEBSITE_APP: "Trouble with the app or the website",
    Topic.SECURITY: "Trouble with security checks",
    Topic.SUPPORT_RESPONSE: "Customers get no answer",
    Topic.LOST_ITEM: "A customer lost something",
    Topic.FACILITIES: "Something on the premises is broken or missing",
    Topic.CLEANLINESS: "It is not clean",
    Topic.ACCESSIBILITY: "Customers cannot get in or around",
    Topic.OPENING_HOURS: "Not open as announced",
    Topic.STOCK: "Something is sold out",
    Topic.SAFETY: "Somebody may get hurt",
    Topic.POLICY: "A rule gets in customers' way",
    Topic.OTHER: "Customers complain",
}


@dataclass(frozen=True)
class Suggestion:
    """What usually helps: a code for other systems, a sentence for a person."""

    code: str
    sentence: str


SUGGESTIONS: Mapping[Topic, tuple[Suggestion, ...]] = {
    Topic.WAIT_TIME: (
        Suggestion("redirect_staff", "Move colleagues to where people wait."),
        Suggestion("split_queue", "Split quick requests from those that take longer."),
    ),
    Topic.STAFF: (
        Suggestion("talk_to_team", "Talk to the team on shift; hear their side too."),
        Suggestion("senior_on_floor", "Put somebody experienced where customers are served."),
    ),
    Topic.PRODUCT_QUALITY: (
        Suggestion("check_batch", "Look at the rest of the batch and take bad pieces out."),
        Suggestion("replace_freely", "Replace without asking for reasons."),
    ),
    Topic.BILLING: (
        Suggestion("check_till", "Check the till or the account for a double or wrong charge."),
        Suggestion("refund_now", "Give the difference back at once."),
    ),
    Topic.PRICE: (
        Suggestion("check_labels", "Compare labels and till; correct what differs."),
        Suggestion("honour_lower_price", "Let customers have the lower price shown."),
    ),
    Topic.DELIVERY: (
        Suggestion("trace_delivery", "Find out where the delivery is now."),
        Suggestion("send_again", "Send it again, by the fastest way."),
    ),
    Topic.DELAY_CANCELLATION: (
        Suggestion("announce_times", "Announce the new time, and the next update."),
        Suggestion("offer_alternatives", "Have somebody rebook people on the spot."),
    ),
    Topic.OUTAGE: (
        Suggestion("restart_or_report", "Restart it; if that does not help, report it as urgent."),
        Suggestion("offer_other_way", "Show customers another way until it works."),
    ),
    Topic.WEBSITE_APP: (
        Suggestion("reproduce", "Try it yourself as the customers describe it."),
        Suggestion("roll_back", "Take back the last change if it began with that."),
    ),
    Topic.SECURITY: (
        Suggestion("review_questions", "Ask only what customers can know."),
        Suggestion("offer_other_check", "Offer a second way to prove who they are."),
    ),
    Topic.SUPPORT_RESPONSE: (
        Suggestion("answer_oldest", "Answer those who wait longest first."),
        Suggestion("redirect_staff", "Move colleagues to the queue of open requests."),
    ),
    Topic.LOST_ITEM: (
        Suggestion("search_now", "Look where it was last seen."),
        Suggestion("check_lost_property", "Check lost property, and with the last shift."),
    ),
    Topic.FACILITIES: (
        Suggestion("repair_or_close", "Repair it, or close it off with a sign that says until when."),
        Suggestion("offer_other_way", "Show customers what they can use instead."),
    ),
    Topic.CLEANLINESS: (
        Suggestion("clean_now", "Have it cleaned now."),
        Suggestion("shorten_rounds", "Shorten the cleaning rounds for today."),
    ),
    Topic.ACCESSIBILITY: (
        Suggestion("clear_way", "Clear the way or open the other entrance."),
        Suggestion("post_helper", "Post a colleague at the door to help."),
    ),
    Topic.OPENING_HOURS: (
        Suggestion("open_or_sign", "Open, or put up a sign with the right hours."),
        Suggestion("correct_listing", "Have the hours on the web corrected."),
    ),
    Topic.STOCK: (
        Suggestion("restock", "Restock from the back or from a branch nearby."),
        Suggestion("say_when", "Put up a sign that says when it is back."),
    ),
    Topic.SAFETY: (
        Suggestion("make_safe", "Make it safe first: close it off."),
        Suggestion("call_for_help", "Call whoever is responsible for safety."),
    ),
    Topic.POLICY: (
        Suggestion("explain_or_waive", "Explain it in person, or make an exception."),
        Suggestion("pass_on", "Tell the owner of the rule what it does."),
    ),
    Topic.OTHER: (
        Suggestion("look_now", "Have a look now."),
        Suggestion("talk_to_customer", "Talk to a customer who is there."),
    ),
}


DONE: Mapping[FixAction, str] = {
    FixAction.STAFF_RESHUFFLED: "staff moved to where people wait",
    FixAction.QUEUE_SPLIT: "the queue was split",
    FixAction.REPAIRED: "repaired",
    FixAction.CLEANED: "cleaned",
    FixAction.RESTOCKED: "restocked",
    FixAction.REPLACED: "replaced",
    FixAction.REFUNDED: "refunded",
    FixAction.PROCESS_CHANGED: "the process was changed",
    FixAction.OTHER: "it is fixed",
}

DONE_MEANS: Mapping[Topic, FixAction] = {
    Topic.WAIT_TIME: FixAction.STAFF_RESHUFFLED,
    Topic.CLEANLINESS: FixAction.CLEANED,
    Topic.STOCK: FixAction.RESTOCKED,
    Topic.FACILITIES: FixAction.REPAIRED,
    Topic.OUTAGE: FixAction.REPAIRED,
}
"""What a bare "done" says was done: the work order's first suggestion. The page shows it before it is told."""


@dataclass(frozen=True)
class Facts:
    """What the record says at this moment: customers, and what the latest of them wrote."""

    customers: int
    quotes: Sequence[str]


@dataclass(frozen=True)
class WorkOrder:
    """The matter in words. Holds no customer's name."""

    what: str
    where: str
    since: str
    customers: int
    quotes: tuple[str, ...]
    suggestions: tuple[Suggestion, ...]
    serious: bool
    returned: bool
    ambiguous: bool
    language: str = ENGLISH

    @property
    def words(self) -> Mapping[str, str]:
        """What stands around the facts, in the reader's language."""
        return WORDS[self.language]

    @property
    def who(self) -> str:
        return self.words["one_customer"] if self.customers == 1 else self.words["customers"].format(n=self.customers)

    @property
    def headline(self) -> str:
        """The first of three lines: where, and what."""
        return f"{self.where}: {_small(self.what, self.language)}"

    @property
    def facts(self) -> str:
        """The second: since when, how many, and whether it came back."""
        since = self.words["since"].format(time=self.since)
        return " · ".join([since, self.who, *([self.words["returned"]] if self.returned else [])])

    @property
    def helps(self) -> str:
        """The third: what usually helps."""
        return f"{self.words['helps']}: {' '.join(suggestion.sentence for suggestion in self.suggestions)}"

    @property
    def subject(self) -> str:
        flags = [("serious", self.serious), ("back", self.returned), ("which", self.ambiguous)]
        prefixes = [self.words[key] for key, holds in flags if holds]
        prefix = "".join(f"{words}: " if words[-1] != "?" else f"{words} " for words in prefixes)
        return clean(f"{prefix}{self.headline} ({self.who})", 200)


def _small(words: str, language: str) -> str:
    """Inside a line a sentence begins small, except where nouns do not."""
    return words if language == "de" else words[0].lower() + words[1:]


def describe(
    incident: Incident,
    facts: Facts,
    zone: tzinfo,
    now: datetime,
    language: str = ENGLISH,
    what_helps: Sequence[str] = (),
) -> WorkOrder:
    """`incident` as an owner reads it at `now`, with times of `zone`; `what_helps` is their own playbook, if any."""
    quotes = (clean(quote, QUOTE_CHARACTERS_MAX) for quote in facts.quotes)
    return WorkOrder(
        what=HEADLINES_IN.get(language, HEADLINES)[incident.topic],
        where=clean(incident.place_name, LINE_CHARACTERS_MAX),
        since=tell_time(incident.waiting_since, zone, now, language),
        customers=max(facts.customers, 1),
        quotes=tuple(quote for quote in quotes if quote)[:QUOTES_MAX],
        suggestions=own_suggestions(what_helps) or suggest(incident.topic, language),
        serious=incident.severity is Severity.CRITICAL,
        returned=incident.returned,
        ambiguous=bool(incident.candidates),
        language=language,
    )


def own_suggestions(what_helps: Sequence[str]) -> tuple[Suggestion, ...]:
    """The directory's own sentences, numbered."""
    return tuple(Suggestion(f"own_{n}", clean(sentence, 200)) for n, sentence in enumerate(what_helps, start=1))


def suggest(topic: Topic, language: str = ENGLISH) -> tuple[Suggestion, ...]:
    """What usually helps, in `language`; the codes are the same in all."""
    usual, helps = SUGGESTIONS[topic], HELPS_IN.get(language)
    if helps is None:
        return usual
    return tuple(Suggestion(s.code, sentence) for s, sentence in zip(usual, helps[topic], strict=True))


def understood(said: Report, language: str = ENGLISH) -> str:
    """How we understood the owner's report, for them to check."""
    words = WORDS[language]
    if said.outcome is LoopOutcome.NOT_OBSERVED:
        return words["not_observed"]
    if said.outcome is LoopOutcome.CANNOT_FIX:
        return f"{words['cannot_fix']}; {said.until_text}" if said.until_text else words["cannot_fix"]
    done = said.action_phrase or DONE_IN.get(language, DONE)[said.action or FixAction.OTHER]
    return done if said.wait_min is None else f"{done}; {_tell_wait(said.wait_min, language)}"


def _tell_wait(minutes: int, language: str) -> str:
    if language == ENGLISH:
        return f"the wait is now {tell_minutes(minutes)}"
    words = WORDS[language]
    return words["wait_over"] if minutes == 0 else words["wait_is"].format(n=minutes)


def tell_minutes(minutes: int) -> str:
    """A wait, as people say it."""
    if minutes == 0:
        return "over"
    return "about 1 minute" if minutes == 1 else f"about {minutes} minutes"


def codes_for(topic: Topic, what_helps: Sequence[str] = ()) -> tuple[str, ...]:
    """The codes of what usually helps."""
    return tuple(suggestion.code for suggestion in own_suggestions(what_helps) or SUGGESTIONS[topic])


def tell_time(at: datetime, zone: tzinfo, now: datetime, language: str = ENGLISH) -> str:
    """The time on the wall there; with the day when it is not today."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    if local.date() == today:
        return f"{local:%H:%M}"
    if language == ENGLISH:
        return f"{local:%a} {local.day} {local:%b} {local:%H:%M}"
    return f"{WEEKDAYS[language][local.weekday()]} {local.day}.{local.month}. {local:%H:%M}"


_ADDRESS = re.compile(r"\S*@\S+")
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_JOINERS = "\u200c\u200d"
"""Format characters that letters and emoji need."""


def clean(text: str, characters_max: int) -> str:
    """`text` on one line, without control and bidi characters, handles, addresses and links; cut between words."""
    kept = "".join(_harmless(character) for character in text)
    kept = _LINK.sub("[link]", _ADDRESS.sub("@…", kept))
    return _cut(" ".join(kept.split()), characters_max)


def _harmless(character: str) -> str:
    category = unicodedata.category(character)
    if category in {"Cc", "Zl", "Zp"}:
        return " "
    return "" if category in {"Cf", "Cs", "Co", "Cn"} and character not in _JOINERS else character


def _cut(line: str, characters_max: int) -> str:
    if len(line) <= characters_max:
        return line
    head = line[: characters_max - 1]
    words, _, _ = head.rpartition(" ")
    return f"{words if len(words) > characters_max // 2 else head}…"
