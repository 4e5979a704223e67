"""Answers that come by mail and by webhook: each carried out once, on the one path that the page uses too.

Who may answer is who was asked: the token says for which work order, and a mail must come from the address that the
work order went to. What was understood goes back to whoever mailed it, with the link, while it can still be taken back.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

import structlog
from prometheus_client import Counter

from chassis.work import Audience, Dispatch, DispatchStatus, Work
from services.notify import store
from services.notify.answering import Action, Answering, Effect, Posted
from services.notify.directory import Branch
from services.notify.incidents import Incident
from services.notify.links import MAX_AGE_SECONDS, Link
from services.notify.orders import clean
from services.notify.views import Views, may_pick
from services.notify.wording import WORDS

log = structlog.get_logger()

TEXT_CHARACTERS_MAX = 500
REPLIES_MAX = 10
"""To one work order: two programs that answer each other come to an end."""
HEARD_LANE = 0
HEARD_FOR = timedelta(days=30)

ANSWERS_HEARD = Counter(
    "amends_answers_heard_total", "Answers that came by mail or webhook, by what became of them", ["way", "outcome"]
)


class Outcome(StrEnum):
    """What became of an answer. The first three are those of the page."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    UNCLEAR = "unclear"
    REPEATED = "repeated"
    UNKNOWN = "unknown"
    """It answers nothing of ours."""
    STRANGER = "stranger"
    """It does not come from whoever was asked."""
    EXPIRED = "expired"
    AUTOMATIC = "automatic"
    """No person wrote it."""
    EMPTY = "empty"
    BOUNCED = "bounced"
    """The mail server gave the work order back."""
    FAILED = "failed"
    """A fault of ours; the log says which."""
    UNFINISHED = "unfinished"


@dataclass(frozen=True)
class Said:
    """One answer. `sender`: the address it came from, folded; None where the way itself proves who it is."""

    way: str
    external_id: str
    link: Link
    text: str
    action: Action = Action.REPORT
    sender: str | None = None
    branch_id: str | None = None
    thread: str = ""


@dataclass(frozen=True)
class Heard:
    """What became of it; of a repeat, what became of it the first time."""

    outcome: Outcome
    repeated: bool = False


@dataclass(frozen=True)
class Hearing:
    """Carries out what comes in by mail and webhook."""

    answering: Answering
    views: Views

    async def hear(self, work: Work, said: Said) -> Heard:
        """Do what was said, once per (way, external id)."""
        before = await store.open_heard(work.connection, said.way, said.external_id, work.now)
        if before is not None:
            work.count(ANSWERS_HEARD, said.way, Outcome.REPEATED)
            return Heard(Outcome(before), repeated=True)
        outcome = await self._carry_out(work, said)
        await store.close_heard(work.connection, said.way, said.external_id, said.link, outcome)
        work.count(ANSWERS_HEARD, said.way, outcome)
        return Heard(outcome)

    async def ignore(self, work: Work, way: str, external_id: str, outcome: Outcome) -> None:
        """Remember what came in and is no answer."""
        if await store.open_heard(work.connection, way, external_id, work.now) is None:
            await store.close_heard(work.connection, way, external_id, None, outcome)
            work.count(ANSWERS_HEARD, way, outcome)

    async def forget_old(self) -> None:
        """Drop what can no longer be repeated: signatures hold minutes, mailboxes are read days back."""
        async with self.answering.runtime.work() as work:
            await store.forget_heard(work.connection, work.now - HEARD_FOR)

    async def bounce(self, work: Work, way: str, external_id: str, link: Link, cause: UUID) -> None:
        """A work order came back undeliverable after all: the next person is asked."""
        if await store.open_heard(work.connection, way, external_id, work.now) is not None:
            return
        await store.close_heard(work.connection, way, external_id, link, Outcome.BOUNCED)
        work.count(ANSWERS_HEARD, way, Outcome.BOUNCED)
        incident = await store.lock_incident(work.connection, link.incident_id)
        await store.settle_work_order(work.connection, link, way, DispatchStatus.FAILED.value, work.now)
        if incident is None or not incident.awaits_answer or incident.step != link.step:
            return
        if not await store.may_still_arrive(work.connection, link):
            await self.answering.asking.escalate(work, incident, "undeliverable", cause)

    async def _carry_out(self, work: Work, said: Said) -> Outcome:
        asked = await store.read_recipient(work.connection, said.link, said.way)
        if asked is None:
            return Outcome.UNKNOWN
        recipient, ordered_at = asked
        if work.now - ordered_at > timedelta(seconds=MAX_AGE_SECONDS):
            return Outcome.EXPIRED
        if said.sender is not None and said.sender != recipient.strip().casefold():
            return Outcome.STRANGER
        posted = await self._understand(work, said)
        if posted.action is Action.REPORT and not posted.text:
            return Outcome.EMPTY
        effect = await self.answering.act_within(work, said.link, posted, said.way)
        asked_before = await store.count_unanswered_words(work.connection, said.link) > 1
        if said.way == "email" and not (effect is Effect.UNCLEAR and asked_before):
            await self._answer_back(work, said, posted, effect, recipient)
        return Outcome(effect.value)

    async def _understand(self, work: Work, said: Said) -> Posted:
        """A button's meaning, where the words are those of one; else the words, for the parser."""
        # Line by line: where a line ends tells the answer from a greeting and a signature.
        lines = (clean(line, TEXT_CHARACTERS_MAX) for line in said.text[: 4 * TEXT_CHARACTERS_MAX].splitlines())
        text = "\n".join(lines).strip()[:TEXT_CHARACTERS_MAX]
        if said.action is not Action.REPORT:
            return Posted(said.action, None, text, said.branch_id)
        incident = await store.read_incident(work.connection, said.link.incident_id)
        if incident is not None and incident.report is not None and takes_back(text):
            return Posted(Action.UNDO, None, text)
        picked = self._picked(incident, said, text) if incident is not None else None
        return Posted(Action.PICK, None, text, picked.id) if picked else Posted(Action.REPORT, None, text)

    def _picked(self, incident: Incident, said: Said, text: str) -> Branch | None:
        if not may_pick(incident, said.link) or not incident.candidates:
            return None
        return pick_from(text, self.views.branches_to_pick(incident))

    async def _answer_back(self, work: Work, said: Said, posted: Posted, effect: Effect, recipient: str) -> None:
        """Say how it was understood, to the address that was asked and no other."""
        if await store.count_heard(work.connection, said.link) >= REPLIES_MAX:
            return
        link, digest = said.link, hashlib.sha256(said.external_id.encode("utf-8", "replace")).hexdigest()[:32]
        work.order(
            Dispatch(
                key=f"heard:{said.way}:{digest}",
                adapter=said.way,
                audience=Audience.STAFF,
                subject=link.incident_id,
                payload={
                    "kind": "heard",
                    "step": link.step,
                    "role": link.role.value,
                    "to": recipient,
                    "name": "",
                    "said": meaning_of(posted, effect),
                    "thread": [said.external_id, said.thread],
                },
                due_at=work.now,
                lane=HEARD_LANE,
            )
        )


MEANINGS: Mapping[tuple[Action, Effect], str] = {
    (Action.UNDO, Effect.CHANGED): "heard_undone",
    (Action.PICK, Effect.CHANGED): "heard_picked",
}
OTHERWISE: Mapping[Effect, str] = {
    Effect.CHANGED: "heard_state",
    Effect.UNCHANGED: "heard_unchanged",
    Effect.UNCLEAR: "heard_unclear",
}


def meaning_of(posted: Posted, effect: Effect) -> str:
    """The key of what is said back; `heard_state` leaves it to how the incident stands."""
    return MEANINGS.get((posted.action, effect), OTHERWISE[effect])


TAKES_BACK = frozenset(word for words in WORDS.values() for word in words["undo_words"].split("|"))


def takes_back(text: str) -> bool:
    """Whether the words say that the last report does not hold."""
    return text.strip(" .!").casefold() in TAKES_BACK


def pick_from(text: str, branches: list[Branch]) -> Branch | None:
    """The one branch that the words name, by its number in the list or by a name of it; None: not exactly one."""
    said = text.strip(" .!#)").casefold()
    if said.isascii() and said.isdigit():
        number = int(said[:4])
        return branches[number - 1] if 1 <= number <= len(branches) else None
    named = [branch for branch in branches if any(_names(said, name) for name in (branch.name, *branch.aliases))]
    return named[0] if len(named) == 1 else None


def _names(said: str, name: str) -> bool:
    return name.casefold() in said
