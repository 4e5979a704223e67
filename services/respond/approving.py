"""What people do about responses that wait for them: read, edit, approve (with words of their own), reject.

A person's text passes the same gates. What a gate refuses goes out only if a second person agrees with the first and
the reason stands in the record; what is not true yet, or does not fit the channel, not even then. Who saw an older
state is told so and changes nothing.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from chassis.runtime import Runtime
from chassis.work import Work
from contracts import GateFinding, ResponseApproved, ResponseOverridden, ResponseRejected
from services.respond import store
from services.respond.facts import Facts
from services.respond.gates import Grounds, check
from services.respond.overriding import is_overridable
from services.respond.recent import Recent, plain
from services.respond.replying import Telling, dispatch_of, header_of

FACTS = TypeAdapter(Facts)
APPROVED_LANE = 3


class NotThere(Exception):
    """There is no such response, or nobody has to decide about it any more."""


class Changed(Exception):
    """It changed since you read it: read it again, and decide then."""


class NotAllowed(Exception):
    """A gate refuses the text; `findings` say why and where."""

    def __init__(self, findings: tuple[GateFinding, ...]) -> None:
        super().__init__(NotAllowed.__doc__)
        self.findings = findings


class NothingToOverride(Exception):
    """Nobody asked for an override of this text, or no gate refuses it."""


class SamePerson(Exception):
    """An override needs two people, and these are one."""


@dataclass(frozen=True)
class Approving:
    """Carries out what people decide. Every change has its row in the audit."""

    runtime: Runtime

    async def queue(self, limit: int) -> list[store.Response]:
        """What waits for a person, the most pressing first."""
        async with self.runtime.database.connection() as connection:
            return await store.read_queue(connection, limit)

    async def show(self, response_id: UUID) -> store.Response:
        """One response; raises NotThere."""
        async with self.runtime.database.connection() as connection:
            response = await store.read_response(connection, response_id)
        if response is None:
            raise NotThere
        return response

    async def approve(self, response_id: UUID, generation: int, by: str, text: str | None) -> None:
        """Send it, with `text` in place of ours where given. Raises NotThere, Changed or NotAllowed.

        A parked one, of which nobody knows whether it arrived, is sent again with the same key.
        """
        async with self.runtime.work() as work:
            response = await _lock(work, response_id, generation)
            said = text or response.text or ""
            await _gate(work, response, said)
            new = await _change(work, response, "approved", by, text=said, reason=None)
            _tell(work, response, ResponseApproved(**header_of(response, work), by=by), new)
            await store.save_sequences(work.connection, {response.mention_id: response.sequence + 1})
            work.order(dispatch_of(response_id, new, response.mention_id, APPROVED_LANE, work))

    async def edit(self, response_id: UUID, generation: int, by: str, text: str) -> tuple[int, tuple[GateFinding, ...]]:
        """Keep other words, without sending them; gives the new generation and what the gates find in them."""
        async with self.runtime.work() as work:
            response = await _lock(work, response_id, generation)
            new = await store.edit_response(work.connection, response_id, text, None, work.now)
            await _note(work, response, by, "edited", {"generation": new, "changed_text": text != response.text})
            return new, await _findings(work, response, text)

    async def ask_override(self, response_id: UUID, generation: int, by: str, reason: str, text: str | None) -> int:
        """Say that a refused text should go out all the same, and why. A second person has to agree first."""
        async with self.runtime.work() as work:
            response = await _lock(work, response_id, generation)
            said = text or response.text or ""
            findings = await _findings(work, response, said)
            if not findings:
                raise NothingToOverride
            _may_be_overridden(findings)
            wanted = {"by": by, "reason": reason}
            new = await store.edit_response(work.connection, response_id, said, wanted, work.now)
            await _note(work, response, by, "override_asked", {"generation": new, "reason": reason})
            return new

    async def agree_override(self, response_id: UUID, generation: int, by: str) -> None:
        """The second person agrees: it is sent, and the record and an event say who let it pass, and why."""
        async with self.runtime.work() as work:
            response = await _lock(work, response_id, generation)
            wanted = response.override
            if wanted is None:
                raise NothingToOverride
            if wanted["by"].casefold().strip() == by.casefold().strip():
                raise SamePerson
            findings = await _findings(work, response, response.text or "")
            _may_be_overridden(findings)
            new = await _change(work, response, "approved", by, text=response.text, reason=None)
            header, first = header_of(response, work), wanted["by"]
            overridden = ResponseOverridden(**header, findings=findings, by=first, second=by, reason=wanted["reason"])
            telling = Telling(work)
            telling.know(response.mention_id, response.sequence)
            telling.tell(overridden, response.response_id, new)
            telling.tell(ResponseApproved(**header, by=by), response.response_id, new)
            await telling.save()
            work.order(dispatch_of(response_id, new, response.mention_id, APPROVED_LANE, work))

    async def controls(self) -> list[dict[str, Any]]:
        """The kill switch and crisis pauses, as they stand."""
        async with self.runtime.database.connection() as connection:
            return await store.list_controls(connection)

    async def control(self, name: str, company: str, *, active: bool, by: str, reason: str) -> None:
        """Switch one. It holds what is drafted from now on, and what has not left."""
        async with self.runtime.work() as work:
            await store.set_control(
                work.connection, company, name, active=active, actor=by, reason=reason, now=work.now
            )

    async def reject(self, response_id: UUID, generation: int, by: str, reason: str) -> None:
        """Do not send it. Raises NotThere or Changed."""
        async with self.runtime.work() as work:
            response = await _lock(work, response_id, generation)
            new = await _change(work, response, "rejected", by, text=response.text, reason=reason)
            rejected = ResponseRejected(**header_of(response, work), by=by, reason=reason)
            _tell(work, response, rejected, new)
            await store.save_sequences(work.connection, {response.mention_id: response.sequence + 1})


async def _lock(work: Work, response_id: UUID, generation: int) -> store.Response:
    response = await store.read_response(work.connection, response_id, lock=True)
    if response is None or response.status not in store.WAITING_FOR_A_PERSON or response.deleted:
        raise NotThere
    if response.generation != generation:
        raise Changed
    return response


def _may_be_overridden(findings: tuple[GateFinding, ...]) -> None:
    if barred := tuple(finding for finding in findings if not is_overridable(finding)):
        raise NotAllowed(barred)


async def _note(work: Work, response: store.Response, by: str, action: str, after: dict[str, Any]) -> None:
    before = {"status": response.status, "generation": response.generation}
    await store.add_audit(work.connection, work.now, response.response_id, by, action, before, after)


async def _gate(work: Work, response: store.Response, text: str) -> None:
    if findings := await _findings(work, response, text):
        raise NotAllowed(findings)


async def _findings(work: Work, response: store.Response, text: str) -> tuple[GateFinding, ...]:
    recent = await store.recent_texts(work.connection, [response.account])
    mention = response.mention
    length_max = mention.permission.max_length if mention else None
    facts = FACTS.validate_python(response.facts)
    said = mention.text if mention else None
    last = recent.get(response.account, Recent())
    return check(text, Grounds(facts, length_max, last, mention=said, public=not response.private))


async def _change(
    work: Work, response: store.Response, status: str, by: str, *, text: str | None, reason: str | None
) -> int:
    kept = plain(text) if text and status == "approved" else None
    new = await store.change_response(
        work.connection, response.response_id, status, work.now, text=text, plain_text=kept, reason=reason
    )
    before = {"status": response.status, "generation": response.generation}
    after = {"status": status, "generation": new, "changed_text": text != response.text}
    await store.add_audit(work.connection, work.now, response.response_id, by, status, before, after)
    return new


def _tell(work: Work, response: store.Response, event: Any, generation: int) -> None:
    telling = Telling(work)
    telling.know(response.mention_id, response.sequence)
    telling.tell(event, response.response_id, generation)
