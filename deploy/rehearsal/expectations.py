"""What a story may expect, and how it is judged: one row per key. Pure.

A judge takes the expected value and the record, and says in one sentence per fault what is not as expected. A key
without a row is judged by the event it is named like (`reopened`, `idea_captured`); one that fits no event either is
named as not judged, and then the story has not passed: nobody knows whether it is as expected.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from rapidfuzz import fuzz

from contracts import EVENT_OF_TYPE
from deploy.rehearsal.record import Happening, Record, Text
from deploy.rehearsal.words import claims, holds, plain

Judge = Callable[[Any, Record], Iterable[str]]

DAY_SECONDS = 24 * 3_600.0


@dataclass(frozen=True)
class Row:
    """One key: its judge, and how long after the last input the story has to go on for it."""

    judge: Judge
    seconds_after: float = 0.0


@dataclass(frozen=True)
class Problem:
    """One thing that is not as expected. `expectation` is its key, or what else kept the story from passing."""

    expectation: str
    problem: str


UNKNOWN = frozenset({"not_judged", "not_played"})
"""What of a story was not looked at, as kinds of problem."""


def judge(record: Record) -> list[Problem]:
    """Everything that is not as the story expects, and everything that kept it from being judged."""
    story = record.story
    found = [Problem("played", trouble) for trouble in record.troubles]
    found += [Problem("not_played", f"nobody here plays {name}") for name in story.unplayed]
    for key, value in story.expected.items():
        row = row_for(key)
        if row is None:
            found.append(Problem("not_judged", f"nobody here judges {key}"))
            continue
        try:
            found += [Problem(key, problem) for problem in row.judge(value, record)]
        except (TypeError, ValueError, AttributeError, KeyError) as error:
            found.append(Problem("not_judged", f"{key}: its value is not one we can judge: {error}"))
    return found


def row_for(key: str) -> Row | None:
    """The row of `key`: its own, that of its other name, or that of the event it is named like."""
    own = ROWS.get(ALSO_CALLED.get(key, key))
    if own is not None:
        return own
    names = events_like(ALSO_CALLED.get(key, key))
    return Row(_by_events(names)) if names else None


def seconds_needed(expected: Mapping[str, Any]) -> float:
    """How long after its last input a story has to go on for what it expects."""
    return max((row.seconds_after for key in expected if (row := row_for(key)) is not None), default=0.0)


def not_judged(problems: Iterable[Problem]) -> list[str]:
    """What of a story nobody judged."""
    return [item.problem for item in problems if item.expectation in UNKNOWN]


# Values come in several shapes.


def listed(value: Any) -> list[str]:
    """A name, or several; of a mapping those whose value is not false."""
    if isinstance(value, Mapping):
        return [str(name) for name, holds_ in value.items() if holds_ is not False]
    if isinstance(value, str):
        return [value]
    if isinstance(value, Sequence):
        return [str(name) for name in value]
    raise ValueError("it must be a name, a list of names or an object")


def any_of(value: Any) -> list[Any]:
    """What is acceptable: one thing, or each of a list."""
    return list(value) if isinstance(value, list | tuple) else [value]


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("it must be a number")
    return float(value)


def _groups(value: Any) -> list[list[str]]:
    """Groups of strings; a bare string is a group of one."""
    return [[str(words) for words in any_of(group)] for group in any_of(value)]


# Decisions and incidents.


def decisions(value: Mapping[str, Any], record: Record) -> Iterator[str]:
    for mention, wanted in value.items():
        made = record.decisions.get(mention)
        if made not in any_of(wanted):
            yield f"{mention}: decided {made or 'nothing'}, expected {_either(wanted)}"


def _either(wanted: Any) -> str:
    return " or ".join(str(item) for item in any_of(wanted))


def _assessed(name: str) -> Judge:
    def judged(value: Mapping[str, Any], record: Record) -> Iterator[str]:
        for mention, wanted in value.items():
            found = [h.data["assessment"].get(name) for h in record.about(mention, "mention.assessed")]
            last = found[-1] if found else None
            if not set(last if isinstance(last, list) else [last]) & set(any_of(wanted)):
                yield f"{mention}: {name} is {last}, expected {_either(wanted)}"

    return judged


def incidents(value: Any, record: Record) -> Iterator[str]:
    """What came back after a fix may be counted as the same one or as one more."""
    counts = {len(record.incidents), len({record.first_of.get(i, i) for i in record.incidents})}
    if not counts & set(any_of(value)):
        yield f"{len(record.incidents)} incidents, expected {_either(value)}"


def incident_of(value: Mapping[str, Any], record: Record) -> Iterator[str]:
    """The same label, the same incident; another label, another one; no label, none.

    What came back after a fix may have its old label or a new one.
    """
    own = record.incident_of
    first = {mention: record.first_of.get(incident, incident) for mention, incident in own.items()}
    faults = [list(_mislabelled(value, incident_of_)) for incident_of_ in (own, first)]
    yield from min(faults, key=len)


def _mislabelled(value: Mapping[str, Any], incident_of_: Mapping[str, str]) -> Iterator[str]:
    label_of: dict[str, str] = {}
    seen: dict[str, str] = {}
    for mention, label in value.items():
        incident = incident_of_.get(mention)
        if label is None or incident is None:
            if (label is None) != (incident is None):
                yield f"{mention}: {'no incident' if incident is None else 'an incident'}, expected {label or 'none'}"
        elif seen.setdefault(label, incident) != incident:
            yield f"{mention}: not in the same incident as the others of {label}"
        elif label_of.setdefault(incident, label) != label:
            yield f"{mention}: in the same incident as those of {label_of[incident]}, expected {label}"
    for mention, incident in incident_of_.items():
        if mention not in value:
            yield f"{mention}: in incident {label_of.get(incident, 'of its own')}, expected in none"


def incident_owner(value: Mapping[str, Any], record: Record) -> Iterator[str]:
    for label, wanted in value.items():
        incident = record.labels.get(label)
        owner = record.owner_of(incident) if incident else None
        if owner not in any_of(wanted):
            found = f"belongs to {owner}" if incident else "no such incident"
            yield f"{label}: {found}, expected {_either(wanted)}"


def candidates(value: Any, record: Record) -> Iterator[str]:
    """Of each incident, if the value is an object; of one of them, if it is a list."""
    per_incident = value.items() if isinstance(value, Mapping) else [(None, value)]
    for label, wanted in per_incident:
        doubts = _doubts(record, record.labels.get(label) if label else None)
        if set(listed(wanted)) not in doubts:
            said = "; ".join(", ".join(sorted(doubt)) for doubt in doubts) or "no doubt at all"
            yield f"candidates: {said}, expected {', '.join(sorted(listed(wanted)))}"


def _doubts(record: Record, incident: str | None) -> list[set[str]]:
    return [
        {candidate["branch_id"] for candidate in happening.data["location"].get("candidates", ())}
        for happening in record.named("incident.located")
        if happening.data["location"]["status"] == "ambiguous" and incident in (None, happening.data["incident_id"])
    ]


def _incidents_named(value: Any, record: Record) -> list[tuple[str, str | None]]:
    """Label and incident of each; a truth is about all of them."""
    if value is True:
        return [(label, incident) for label, incident in record.labels.items()]
    return [(label, record.labels.get(label) or record.incident_of.get(label)) for label in listed(value)]


def escalated(value: Any, record: Record) -> Iterator[str]:
    """true, false, labels, or an object: label → role or owner (one, or a list of acceptable ones), or how often."""
    if value is False or value == []:
        yield from (f"escalated to {h.data['role']}" for h in record.named("incident.escalated"))
        return
    if isinstance(value, int) and not isinstance(value, bool):
        yield from _counted("incident.escalated", value, record)
        return
    if isinstance(value, str) and value not in record.labels:
        value = dict.fromkeys(record.labels or ["i1"], value)
    for label, incident in _incidents_named(value, record):
        wanted = value[label] if isinstance(value, Mapping) else True
        yield from _escalated_to(label, incident, wanted, record)


def _escalated_to(label: str, incident: str | None, wanted: Any, record: Record) -> Iterator[str]:
    steps = record.of_incident(incident, "incident.escalated") if incident else []
    reached = {step.data["role"] for step in steps}
    regions = (
        {record.region_of.get(record.owner_of(incident) or "")} if incident and "region_owner" in reached else set()
    )
    if not steps:
        yield f"{label}: nobody else was asked"
    elif (
        wanted is not True
        and not isinstance(wanted, int)
        and not {*reached, *regions} & set(map(_role, any_of(wanted)))
    ):
        yield f"{label}: escalated to {', '.join(sorted(reached))}, expected {_either(wanted)}"
    elif not isinstance(wanted, bool) and isinstance(wanted, int) and len(steps) != wanted:
        yield f"{label}: escalated {len(steps)} times, expected {wanted}"


ROLES = {
    "owner": "region_owner",
    "regional_owner": "region_owner",
    "area_manager": "region_owner",
    "region": "region_owner",
}


def _role(name: Any) -> str:
    return ROLES.get(str(name), str(name))


def outcomes(value: Mapping[str, Any], record: Record) -> Iterator[str]:
    """Label → fixed, not_observed, cannot_fix; null: not known in the end."""
    for label, wanted in value.items():
        incident = record.labels.get(label)
        ends = record.outcomes_of(incident) if incident else []
        last = None if not ends else str(ends[-1].data.get("reason", "fixed"))
        if last not in any_of(wanted):
            yield f"{label}: ended {last or 'in nothing'}, expected {_either(wanted)}"


def _fact(name: str, *events: str) -> Judge:
    """Label → what an event of the incident says in `name`."""

    def judged(value: Any, record: Record) -> Iterator[str]:
        if not isinstance(value, Mapping):
            value = dict.fromkeys(record.labels or ["i1"], value)
        for label, wanted in value.items():
            incident = record.labels.get(label)
            said = [h.data.get(name) for h in (record.of_incident(incident, *events) if incident else [])]
            if not set(said) & set(any_of(wanted)):
                yield f"{label}: {name} is {said[-1] if said else 'not said'}, expected {_either(wanted)}"

    return judged


def declined(value: Any, record: Record) -> Iterator[str]:
    """true, labels, or label → reason; a branch that says it is not theirs has declined it too."""
    if value is False:
        yield from (f"declined: {h.data['reason']}" for h in record.named("incident.fix_declined"))
        return
    if isinstance(value, str) and value not in record.labels:
        value = dict.fromkeys(record.labels or ["i1"], value)
    for label, incident in _incidents_named(value, record):
        wanted = value[label] if isinstance(value, Mapping) else True
        reasons = _reasons(incident, record) if incident else []
        if not reasons or (wanted is not True and not set(reasons) & set(any_of(wanted))):
            yield f"{label}: declined with {', '.join(reasons) or 'nothing'}, expected {_either(wanted)}"


def _reasons(incident: str, record: Record) -> list[str]:
    said = record.of_incident(incident, "incident.fix_declined")
    passed_on = [h for h in record.of_incident(incident, "incident.escalated") if h.data["reason"] == "wrong_branch"]
    return [str(happening.data["reason"]) for happening in (*said, *passed_on)]


def work_orders(value: Any, record: Record) -> Iterator[str]:
    """How many were delivered: in all, or label → number."""
    if isinstance(value, Mapping):
        for label, wanted in value.items():
            incident = record.labels.get(label)
            count = len(record.of_incident(incident, "incident.notified")) if incident else 0
            if count not in any_of(wanted):
                yield f"{label}: {count} work orders, expected {_either(wanted)}"
        return
    yield from _counted("incident.notified", value, record)


def no_work_order(value: Any, record: Record) -> Iterator[str]:
    """true, or the mentions (or incidents) for which nobody was asked."""
    if value is False:
        return
    names = list(record.incident_of) if value is True else listed(value)
    for name in names:
        incident = record.incident_of.get(name) or record.labels.get(name)
        if incident and record.of_incident(incident, "incident.notified"):
            yield f"{name}: a work order went out"


def _counted(name: str, value: Any, record: Record) -> Iterator[str]:
    count = len(record.named(name))
    if count not in any_of(value):
        yield f"{count} times {name}, expected {_either(value)}"


# What customers read.


def told_when_fixed(value: Any, record: Record) -> Iterator[str]:
    """These, and nobody else, read something once the outcome is known."""
    wanted = listed(value) if value is not True else [said.id for said in record.story.mentions]
    for mention in wanted:
        if not record.told_after_outcome(mention):
            yield f"{mention}: {'no outcome was known' if record.outcome_for(mention) is None else 'was not told'}"
    outcomes_told = {text.mention for text in record.public if text.kind == "outcome"}
    for mention in sorted(outcomes_told - set(wanted)):
        yield f"{mention}: was told how it ended, and should not have been"


def must_contain_any(value: Any, record: Record) -> Iterator[str]:
    """Each final text to a told mention holds a string of every group; an object says it for each mention."""
    if isinstance(value, Mapping):
        for mention, groups in value.items():
            yield from _lacks(mention, record.texts_to(mention)[-1:], _groups(groups))
        return
    groups = _groups(value)
    for mention, texts in _judged_texts(record):
        yield from _lacks(mention, texts, groups)


def _judged_texts(record: Record) -> Iterator[tuple[str, list[Text]]]:
    """The final text to each told mention; where nobody is told, the first answer to each that is to get one."""
    expected = record.story.expected
    told = expected.get("told_when_fixed")
    if told:
        for mention in listed(told):
            yield mention, (record.told_after_outcome(mention) or [])[-1:]
        return
    first_only = expected.get("first_reply_only_for")
    for mention in listed(first_only) if first_only else _answered(record):
        yield mention, record.texts_to(mention)[:1] if first_only else record.texts_to(mention)[-1:]


def _answered(record: Record) -> list[str]:
    """The mentions that got a text; where none did, those that are expected to be answered."""
    got = [said.id for said in record.story.mentions if record.texts_to(said.id)]
    wanted = record.story.expected.get("decisions", {})
    return got or [mention for mention, decision in wanted.items() if decision in ("respond", "acknowledge")]


def _lacks(mention: str, texts: Sequence[Text], groups: Sequence[Sequence[str]]) -> Iterator[str]:
    if not texts:
        yield f"{mention}: there is no text to hold {' / '.join(groups[0]) if groups else 'anything'}"
    for text in texts:
        for group in groups:
            if not any(holds(text.text, words) for words in group):
                yield f"{mention}: none of {_quoted(group)} in “{text.text}”"


def first_must_contain_any(value: Any, record: Record) -> Iterator[str]:
    """The same of the first text each mention got."""
    per_mention = value if isinstance(value, Mapping) else dict.fromkeys(_answered(record), value)
    for mention, groups in per_mention.items():
        yield from _lacks(mention, record.texts_to(mention)[:1], _groups(groups))


def must_contain_all(value: Any, record: Record) -> Iterator[str]:
    """Every string stands in each final text; an object says it for each mention."""
    if isinstance(value, Mapping):
        yield from must_contain_any({m: [[words] for words in listed(all_)] for m, all_ in value.items()}, record)
    else:
        yield from must_contain_any([[words] for words in listed(value)], record)


def must_not_contain(value: Any, record: Record) -> Iterator[str]:
    """In no public text; an object says it for each mention's texts."""
    per_mention = value if isinstance(value, Mapping) else {None: value}
    for mention, strings in per_mention.items():
        for text in record.public if mention is None else record.texts_to(mention):
            for words in listed(strings):
                if plain(words) in plain(text.text):
                    yield f"{text.mention}: “{words}” in “{text.text}”"


def never_before_fix(value: Any, record: Record) -> Iterator[str]:
    """In no public text before the outcome, but in a condition."""
    for text in record.texts_before_outcome():
        for words in listed(value):
            if claims(text.text, words):
                yield f"{text.mention}: “{words}” before the outcome, in “{text.text}”"


def _quoted(words: Iterable[str]) -> str:
    return ", ".join(f"“{word}”" for word in words)


def cancelled(value: Any, record: Record) -> Iterator[str]:
    """Nothing is said any more once the author took it back."""
    taken_back = {deletion.mention: deletion.at_s for deletion in record.story.deletes}
    for mention in listed(value):
        since = taken_back.get(mention)
        if since is None and not record.about(mention, "response.cancelled"):
            yield f"{mention}: no reply was withdrawn"
        late = [text for text in record.texts_to(mention) if since is not None and text.at_s > since]
        yield from (f"{mention}: was answered after it was taken back: “{text.text}”" for text in late)


def replied(value: Any, record: Record) -> Iterator[str]:
    """These get a reply; as first_reply_only_for: and what must stand in texts is looked for in that one only."""
    for mention in listed(value):
        if not record.texts_to(mention):
            yield f"{mention}: got no reply"


def not_replied(value: Any, record: Record) -> Iterator[str]:
    """true: nobody gets one."""
    if value is False:
        return
    names = [said.id for said in record.story.mentions] if value is True else listed(value)
    for mention in names:
        yield from (f"{mention}: was told “{text.text}”" for text in record.texts_to(mention))


def private_only(value: Any, record: Record) -> Iterator[str]:
    """Strings that stand in no public text; or mentions that are answered in private, and not in public."""
    mentions = {said.id for said in record.story.mentions}
    for name in listed(value):
        if name not in mentions:
            yield from must_not_contain([name], record)
            continue
        yield from not_replied([name], record)
        if not any(text.mention == name for text in record.texts):
            yield f"{name}: got nothing in private either"


def _not_told_outcome(value: Any, record: Record) -> Iterator[str]:
    for mention in listed(value):
        yield from (f"{mention}: was told “{text.text}”" for text in record.told_after_outcome(mention))


def _texts(fits: Callable[[Text], bool], *, public: bool = True) -> Callable[[Record], list[Text]]:
    return lambda record: [text for text in record.texts if text.is_public is public and fits(text)]


EXACTLY: Callable[[float, float], bool] = lambda count, wanted: count == wanted  # noqa: E731
AT_MOST: Callable[[float, float], bool] = lambda count, wanted: count <= wanted  # noqa: E731
AT_LEAST: Callable[[float, float], bool] = lambda count, wanted: count >= wanted  # noqa: E731


def _many(which: Callable[[Record], list[Text]], fits: Callable[[float, float], bool], *, each: bool = False) -> Judge:
    """How many texts: in all, or mention → number; `each`: a bare number holds for every mention."""

    def judged(value: Any, record: Record) -> Iterator[str]:
        texts = which(record)
        if each and not isinstance(value, Mapping):
            value = {said.id: value for said in record.story.mentions}
        if not isinstance(value, Mapping):
            if not fits(len(texts), _number(value)):
                yield f"{len(texts)} texts, expected {value}"
            return
        for mention, wanted in value.items():
            count = sum(text.mention == mention for text in texts)
            if not fits(count, _number(wanted)):
                yield f"{mention}: {count} texts, expected {wanted}"

    return judged


def similarity_max(value: Any, record: Record) -> Iterator[str]:
    """No two public texts to different mentions are more alike than that (0 to 1)."""
    limit = _number(value) * (100 if _number(value) <= 1 else 1)
    for one, other in combinations(record.public, 2):
        if one.mention != other.mention and (ratio := fuzz.ratio(plain(one.text), plain(other.text))) > limit:
            yield f"{one.mention} and {other.mention}: {ratio:.0f} % alike: “{one.text}” and “{other.text}”"


def no_question(value: Any, record: Record) -> Iterator[str]:
    if value is False:
        return
    wanted = {said.id for said in record.story.mentions} if value is True else set(listed(value))
    for text in record.public:
        if text.mention in wanted and "?" in text.text:
            yield f"{text.mention}: a question in “{text.text}”"


def questions_max(value: Any, record: Record) -> Iterator[str]:
    for said in record.story.mentions:
        count = sum("?" in text.text for text in record.texts if text.mention == said.id)
        if count > _number(value):
            yield f"{said.id}: asked in {count} texts, expected at most {value}"


def allowed(value: Any, record: Record) -> Iterator[str]:
    """It may be, and need not be: nothing to judge. What is forbidden is said by other keys."""
    del value, record
    yield from ()


DOOR_OPEN = ("anything else", "we're here", "we are here", "here if you", "let us know", "get in touch", "reach out")


def door_open_allowed(value: Any, record: Record) -> Iterator[str]:
    """true: a text may end with an open door; false: none does."""
    if value is False:
        yield from must_not_contain(list(DOOR_OPEN), record)


# When.


def first_reply_within_s(value: Any, record: Record) -> Iterator[str]:
    per_mention = value if isinstance(value, Mapping) else dict.fromkeys(_answered(record), value)
    for mention, limit in per_mention.items():
        said = next((said for said in record.story.mentions if said.id == mention), None)
        texts = record.texts_to(mention)
        if said is None or not texts:
            yield f"{mention}: got no reply"
        elif texts[0].at_s - said.at_s > _number(limit):
            yield f"{mention}: first reply after {texts[0].at_s - said.at_s:g} s, expected within {limit}"


def notified_within_s(value: Any, record: Record) -> Iterator[str]:
    per_incident = value if isinstance(value, Mapping) else dict.fromkeys(record.labels or ["i1"], value)
    for label, limit in per_incident.items():
        incident = record.labels.get(label)
        told = record.of_incident(incident, "incident.notified") if incident else []
        opened = record.of_incident(incident, "incident.opened") if incident else []
        if not told or not opened:
            yield f"{label}: nobody was asked"
        elif told[0].at_s - opened[0].at_s > _number(limit):
            yield f"{label}: asked after {told[0].at_s - opened[0].at_s:g} s, expected within {limit}"


def told_within_s(value: Any, record: Record) -> Iterator[str]:
    """From the outcome to its text."""
    for mention in listed(record.story.expected.get("told_when_fixed", list(record.incident_of))):
        end, texts = record.outcome_for(mention), record.told_after_outcome(mention)
        if end is None or not texts:
            yield f"{mention}: was not told"
        elif texts[0].at_s - end.at_s > _number(value):
            yield f"{mention}: told {texts[0].at_s - end.at_s:g} s after the outcome, expected within {value}"


def update_within_s(value: Any, record: Record) -> Iterator[str]:
    """While a matter is open, its author never waits longer than that for a word."""
    for mention, incident in record.incident_of.items():
        said = next(said for said in record.story.mentions if said.id == mention)
        ends = record.outcomes_of(incident)
        moments = [said.at_s, *(text.at_s for text in record.texts_to(mention))]
        until = ends[0].at_s if ends else max(moments[-1], record.happenings[-1].at_s)
        gaps = [b - a for a, b in zip(moments, [*moments[1:], until], strict=True) if a <= until]
        if gaps and max(gaps) > _number(value):
            yield f"{mention}: waited {max(gaps):g} s for a word, expected at most {value}"


# Events.


def happened(value: Any, record: Record) -> Iterator[str]:
    """Names of events that must occur; an object: name → how often."""
    for name in listed(value):
        count = len(record.named(name))
        wanted = value[name] if isinstance(value, Mapping) else None
        if (wanted is None and not count) or (isinstance(wanted, int) and count != wanted):
            yield f"{name} happened {count} times, expected {'at least once' if wanted is None else wanted}"


def did_not_happen(value: Any, record: Record) -> Iterator[str]:
    for name in listed(value):
        if record.named(name):
            yield f"{name} happened"


def events_like(key: str) -> tuple[str, ...]:
    """The events a key is named like: `reopened` is incident.reopened, `idea_captured` is idea.captured."""
    known = [name.removeprefix("amends.").rpartition(".v")[0] for name in EVENT_OF_TYPE]
    wanted = key.lower().replace("-", "_")
    return tuple(name for name in known if wanted in (name.replace(".", "_"), name.partition(".")[2]))


def _by_events(names: Sequence[str]) -> Judge:
    """true or false: whether it happened; a number: how often; names: of which mentions or incidents it is said."""

    def judged(value: Any, record: Record) -> Iterator[str]:
        found = record.named(*names)
        said = " or ".join(names)
        if isinstance(value, bool):
            if value is not bool(found):
                yield f"{said} {'happened' if found else 'did not happen'}"
        elif isinstance(value, int):
            yield from () if len(found) == value else (f"{said} happened {len(found)} times, expected {value}",)
        else:
            about = {name for happening in found for name in _names_in(happening, record)}
            yield from (f"{said} did not happen for {name}" for name in listed(value) if name not in about)
            extra = sorted(_said_of(about, record, listed(value)) - set(listed(value)))
            yield from (f"{said} happened for {name}, and should not have" for name in extra)

    return judged


def _names_in(happening: Happening, record: Record) -> Iterator[str]:
    """Everything a happening may be called by: mention, incident, author, and plain values of its data."""
    if (mention := record.mention_in(happening)) is not None:
        yield mention
        yield from (said.author for said in record.story.mentions if said.id == mention)
    incident = happening.data.get("incident_id")
    yield from (label for label, known in record.labels.items() if known == incident)
    yield from (value for value in happening.data.values() if isinstance(value, str))


def _said_of(about: set[str], record: Record, wanted: Sequence[str]) -> set[str]:
    """Of all these names those of the kind that is asked about: mentions, or incidents."""
    mentions = {said.id for said in record.story.mentions}
    if set(wanted) <= mentions:
        return about & mentions
    return about & set(record.labels) if set(wanted) <= set(record.labels) else set()


ANY = _texts(lambda _: True)
UPDATES = _texts(lambda text: text.kind in {"update", "progress", "follow_up"})
PRIVATE = _texts(lambda _: True, public=False)
OUTCOMES = ("incident.fix_confirmed",)

ROWS: Mapping[str, Row] = {
    "decisions": Row(decisions),
    "kind": Row(_assessed("kind")),
    "legitimacy": Row(_assessed("legitimacy")),
    "sentiment": Row(_assessed("sentiment")),
    "severity": Row(_assessed("severity")),
    "topics": Row(_assessed("topics")),
    "language": Row(_assessed("language")),
    "incidents": Row(incidents),
    "incident_of": Row(incident_of),
    "incident_owner": Row(incident_owner),
    "candidates": Row(candidates),
    "escalated": Row(escalated),
    "outcome": Row(outcomes),
    "wait_min": Row(_fact("wait_min", *OUTCOMES)),
    "action": Row(_fact("action", *OUTCOMES)),
    "fix_declined": Row(declined),
    "work_orders": Row(work_orders),
    "no_work_order": Row(no_work_order),
    "told_when_fixed": Row(told_when_fixed),
    "not_told_when_fixed": Row(_not_told_outcome),
    "must_contain_any": Row(must_contain_any),
    "must_contain_all": Row(must_contain_all),
    "first_must_contain_any": Row(first_must_contain_any),
    "must_not_contain": Row(must_not_contain),
    "never_before_fix": Row(never_before_fix),
    "cancelled": Row(cancelled),
    "first_reply_only_for": Row(replied),
    "replied": Row(replied),
    "no_reply": Row(not_replied),
    "door_open_allowed": Row(door_open_allowed),
    "replies": Row(_many(ANY, EXACTLY)),
    "replies_max": Row(_many(ANY, AT_MOST)),
    "replies_min": Row(_many(ANY, AT_LEAST)),
    "replies_each": Row(_many(ANY, EXACTLY, each=True)),
    "replies_each_max": Row(_many(ANY, AT_MOST, each=True)),
    "updates": Row(_many(UPDATES, EXACTLY), 4 * DAY_SECONDS),
    "updates_min": Row(_many(UPDATES, AT_LEAST), 4 * DAY_SECONDS),
    "updates_max": Row(_many(UPDATES, AT_MOST), 4 * DAY_SECONDS),
    "private_only": Row(private_only),
    "private_texts": Row(_many(PRIVATE, EXACTLY)),
    "update_within_s": Row(update_within_s, 4 * DAY_SECONDS),
    "similarity_max": Row(similarity_max),
    "no_question": Row(no_question),
    "questions_max": Row(questions_max),
    "first_reply_within_s": Row(first_reply_within_s),
    "notified_within_s": Row(notified_within_s),
    "told_within_s": Row(told_within_s),
    "events": Row(happened),
    "no_events": Row(did_not_happen),
}
"""A new key is a new row."""

ALSO_CALLED: Mapping[str, str] = {
    **dict.fromkeys(
        ("told_when_changed", "told_when_done", "told_when_known", "told_when_resolved"), "told_when_fixed"
    ),
    **dict.fromkeys(("told_when_declined", "told_outcome", "told", "loops_closed", "closed"), "told_when_fixed"),
    **dict.fromkeys(("not_told", "never_told"), "not_told_when_fixed"),
    **dict.fromkeys(("escalated_to", "escalation", "escalations", "escalates_to"), "escalated"),
    **dict.fromkeys(("outcomes", "incident_outcome", "loop_outcome"), "outcome"),
    **dict.fromkeys(("declined", "decline_reason"), "fix_declined"),
    **dict.fromkeys(("calls", "work_orders_sent"), "work_orders"),
    **dict.fromkeys(("no_work_orders", "no_incident_for", "not_notified"), "no_work_order"),
    **dict.fromkeys(("no_public_reply", "no_replies", "no_reply_to", "no_reply_for", "not_answered"), "no_reply"),
    **dict.fromkeys(("unanswered", "silent", "silence", "no_public_text", "never_reply_to"), "no_reply"),
    **dict.fromkeys(("answered", "reply_to", "first_reply_for", "replied_to", "acknowledged_mentions"), "replied"),
    **dict.fromkeys(("public_replies", "public_texts"), "replies"),
    **dict.fromkeys(("max_replies", "max_public_replies", "public_replies_max", "public_texts_max"), "replies_max"),
    **dict.fromkeys(("max_public_texts", "at_most_replies"), "replies_max"),
    **dict.fromkeys(("min_replies", "min_public_replies", "public_replies_min"), "replies_min"),
    **dict.fromkeys(("replies_per_mention_max", "max_replies_per_mention", "replies_max_each"), "replies_each_max"),
    **dict.fromkeys(("max_replies_each", "public_replies_per_mention_max"), "replies_each_max"),
    **dict.fromkeys(("min_updates",), "updates_min"),
    **dict.fromkeys(("max_updates",), "updates_max"),
    **dict.fromkeys(("max_similarity", "similarity_below", "max_similar"), "similarity_max"),
    **dict.fromkeys(("no_questions", "asks_nothing", "not_asked", "no_question_to"), "no_question"),
    **dict.fromkeys(("max_questions", "asks_max", "max_asks", "ask_max"), "questions_max"),
    **dict.fromkeys(("must_contain", "must_contain_every"), "must_contain_all"),
    **dict.fromkeys(("first_reply_must_contain_any", "acknowledgement_must_contain_any"), "first_must_contain_any"),
    **dict.fromkeys(("never", "never_contain", "must_never_contain"), "must_not_contain"),
    **dict.fromkeys(("not_before_fix", "never_before_outcome", "never_before_change"), "never_before_fix"),
    **dict.fromkeys(("reply_within_s", "first_response_within_s"), "first_reply_within_s"),
    **dict.fromkeys(("work_order_within_s",), "notified_within_s"),
    **dict.fromkeys(("updates_within_s", "update_every_s", "update_every_s_max"), "update_within_s"),
    **dict.fromkeys(("kinds", "kind_of"), "kind"),
    **dict.fromkeys(("languages", "language_of"), "language"),
    **dict.fromkeys(("topic", "topic_of"), "topics"),
    **dict.fromkeys(("must_happen", "must_emit"), "events"),
    **dict.fromkeys(("must_not_happen", "never_events", "must_not_emit"), "no_events"),
    **dict.fromkeys(("approval", "needs_approval", "asks_person", "person"), "approval_requested"),
    **dict.fromkeys(("walk_away", "walks_away"), "walked_away"),
    **dict.fromkeys(("relapse", "reopens", "reopened_incidents", "returned", "returned_after_fix"), "reopened"),
    **dict.fromkeys(("goodwill", "gift", "gifts"), "goodwill_granted"),
    **dict.fromkeys(("storm", "storm_mode"), "storm_started"),
    **dict.fromkeys(("statement", "statements"), "statement_proposed"),
    **dict.fromkeys(("insight", "insights"), "insight_raised"),
    **dict.fromkeys(("watch", "watched"), "watch_started"),
    **dict.fromkeys(("promise", "promises"), "promise_made"),
    **dict.fromkeys(("idea", "ideas"), "idea_captured"),
    **dict.fromkeys(("merge", "merges"), "merged"),
    **dict.fromkeys(("splits",), "split"),
    **dict.fromkeys(("taken", "acknowledged_by"), "acknowledged"),
}
"""Other names of the same."""
