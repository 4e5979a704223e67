"""What people do about responses that wait for them: read, approve (with words of their own), reject.

A person's text passes the same gates. Who saw an older state is told so and changes nothing.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from chassis.runtime import Runtime
from chassis.work import Work
from contracts import GateFinding, ResponseApproved, ResponseRejected
from services.respond import store
from services.respond.facts import Facts
from services.respond.gates import Grounds, check, plain
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


async def _gate(work: Work, response: store.Response, text: str) -> None:
    recent = await store.recent_texts(work.connection, [response.account])
    length_max = response.mention.permission.max_length if response.mention else None
    facts = FACTS.validate_python(response.facts)
    grounds = Grounds(facts, length_max, recent.get(response.account, []))
    if findings := check(text, grounds):
        raise NotAllowed(findings)


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
