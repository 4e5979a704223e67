"""What happened in one story, in order, under the story's own names. Pure: it is judged from this and nothing else."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

from contracts import mention_id
from deploy.rehearsal.stories import Story

Data = Mapping[str, Any]


@dataclass(frozen=True)
class Happening:
    """One event as it was published. `order` is that of the record, `at_s` seconds into the story."""

    order: int
    at_s: float
    name: str
    data: Data


@dataclass(frozen=True)
class Text:
    """One text as a customer read it."""

    mention: str
    text: str
    at_s: float
    order: int
    kind: str
    is_public: bool = True


@dataclass(frozen=True)
class Record:
    """Everything one story left behind."""

    story: Story
    happenings: Sequence[Happening] = ()
    texts: Sequence[Text] = ()
    troubles: Sequence[str] = ()
    """What could not be played, and what a service failed to do."""
    region_of: Mapping[str, str] = field(default_factory=dict)
    """Branch → its region's owner."""

    @cached_property
    def name_of(self) -> dict[str, str]:
        """The story's name of a mention, by its id in events."""
        story = self.story
        return {str(mention_id(m.channel, story.external_id(m.id))): m.id for m in story.mentions}

    @cached_property
    def public(self) -> list[Text]:
        return [text for text in self.texts if text.is_public]

    def texts_to(self, mention: str) -> list[Text]:
        """What that mention's author read in public, in order."""
        return [text for text in self.public if text.mention == mention]

    def named(self, *names: str) -> list[Happening]:
        """Every happening of these names."""
        return [happening for happening in self.happenings if happening.name in names]

    def about(self, mention: str, *names: str) -> list[Happening]:
        """Those of these names that say they are about that mention."""
        return [happening for happening in self.named(*names) if self.mention_in(happening) == mention]

    def mention_in(self, happening: Happening) -> str | None:
        """The story's name of the mention a happening is about."""
        data = happening.data
        found = data.get("mention_id") or (data.get("mention") or {}).get("mention_id")
        return self.name_of.get(str(found)) if found else None

    @cached_property
    def decisions(self) -> dict[str, str]:
        """The last decision about each mention."""
        found: dict[str, str] = {}
        for happening in sorted(
            self.named("response.decided"), key=lambda h: (h.data.get("mention_version", 1), h.order)
        ):
            if (mention := self.mention_in(happening)) is not None:
                found[mention] = happening.data["decision"]
        return found

    @cached_property
    def incident_of(self) -> dict[str, str]:
        """The incident each mention belongs to in the end."""
        found: dict[str, str] = {}
        for happening in self.happenings:
            if happening.name in JOINS and (mention := self.mention_in(happening)) is not None:
                found[mention] = happening.data["incident_id"]
            if happening.name == "incident.merged":
                found = {m: _merged(happening.data, i) for m, i in found.items()}
        return found

    @cached_property
    def incidents(self) -> list[str]:
        """Every incident that was opened and not merged into another, in order."""
        merged = {str(h.data.get("incident_id")) for h in self.named("incident.merged")}
        opened = dict.fromkeys(str(h.data["incident_id"]) for h in self.named("incident.opened"))
        return [incident for incident in opened if incident not in merged]

    @cached_property
    def first_of(self) -> dict[str, str]:
        """The incident each one began as: what came back after a fix is the same matter in a new incident."""
        by_key: dict[str, str] = {}
        found: dict[str, str] = {}
        back = {str(h.data["incident_id"]): h.data for h in self.named("incident.reopened")}
        for opened in self.named("incident.opened"):
            incident, key = str(opened.data["incident_id"]), opened.data["dedup_key"]
            earlier = back.get(incident, {}).get("earlier_incident_id") or opened.data.get("earlier_incident_id")
            before = str(earlier) if earlier else by_key.get(key) if incident in back else None
            found[incident] = found.get(before, before) if before else incident
            by_key[key] = incident
        return found

    @cached_property
    def labels(self) -> dict[str, str]:
        """The story's labels (i1) for incidents, by the mentions it says belong to them; the rest in order of time."""
        found: dict[str, str] = {}
        expected = self.story.expected.get("incident_of")
        for mention, label in expected.items() if isinstance(expected, Mapping) else ():
            if isinstance(label, str) and mention in self.incident_of:
                found.setdefault(label, self.incident_of[mention])
        left = [incident for incident in self.incidents if incident not in found.values()]
        for number, incident in enumerate(self.incidents, start=1):
            if incident in left:
                found.setdefault(f"i{number}", incident)
        return found

    def of_incident(self, incident: str, *names: str) -> list[Happening]:
        """Those of these names that are about the incident."""
        return [happening for happening in self.named(*names) if happening.data.get("incident_id") == incident]

    def owner_of(self, incident: str) -> str | None:
        """Whose it is in the end: a branch, a process, or a region's owner while the branch is in doubt."""
        owner: str | None = None
        for happening in self.of_incident(incident, "incident.opened", "incident.located"):
            owner = _owner_in(happening.data, self.region_of) or owner
        return owner

    def outcomes_of(self, incident: str) -> list[Happening]:
        """Each time it was known how it ended."""
        ends = self.of_incident(incident, "incident.fix_confirmed", "incident.fix_declined")
        return [end for end in ends if end.data.get("reason") != "wrong_branch"]

    @cached_property
    def first_outcome(self) -> Happening | None:
        ends = (end for incident in self.incidents for end in self.outcomes_of(incident)[:1])
        return min(ends, key=lambda end: end.order, default=None)

    def outcome_for(self, mention: str) -> Happening | None:
        """The first time it was known how that mention's matter ended."""
        incident = self.incident_of.get(mention)
        return next(iter(self.outcomes_of(incident)), None) if incident else None

    def texts_before_outcome(self) -> Iterator[Text]:
        """Public texts written before it was known how their matter ended."""
        for text in self.public:
            end = self.outcome_for(text.mention) if text.mention in self.incident_of else self.first_outcome
            if end is None or text.order < end.order:
                yield text

    def told_after_outcome(self, mention: str) -> list[Text]:
        """What that mention's author read once it was known how it ended."""
        end = self.outcome_for(mention)
        return [] if end is None else [text for text in self.texts_to(mention) if text.order > end.order]


JOINS = frozenset({"incident.opened", "incident.mention_added", "incident.mention_moved"})


def _merged(data: Data, incident: str) -> str:
    return (
        str(data.get("into") or data.get("into_incident_id") or incident)
        if incident == str(data.get("incident_id"))
        else incident
    )


def _owner_in(data: Data, region_of: Mapping[str, str]) -> str | None:
    location = data.get("location") or {}
    stated = data.get("process_id") or data.get("branch_id") or location.get("branch_id")
    if stated:
        return str(stated)
    candidates = [str(candidate["branch_id"]) for candidate in location.get("candidates", ())]
    return next((region_of[branch] for branch in candidates if branch in region_of), None)


def seconds_into(story: Story, moment: Any) -> float:
    """Seconds into the story of an event's own time."""
    return float((moment - story.start_at).total_seconds())


def mention_key(story: Story, mention: str) -> UUID:
    """The id of a mention in events."""
    said = next(said for said in story.mentions if said.id == mention)
    return mention_id(said.channel, story.external_id(mention))
