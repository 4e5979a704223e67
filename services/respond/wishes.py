"""What people decide about customers' ideas: built, or not for now. Every requester is told, where they wrote."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.runtime import Runtime
from chassis.work import Work
from contracts import IdeaDeclined, IdeaShipped, Purpose
from services.respond import store
from services.respond.aftercare import IDEA
from services.respond.cases import Case
from services.respond.replying import Telling

SHIPPED, DECLINED = "shipped", "declined"
PURPOSE_OF = {SHIPPED: Purpose.IDEA_SHIPPED, DECLINED: Purpose.IDEA_DECLINED}


class NoSuchIdea(Exception):
    """There is no such idea, or its requesters have been told already."""


@dataclass(frozen=True)
class Wishes:
    """Lists ideas and ends them."""

    runtime: Runtime

    async def listed(self, limit: int) -> list[dict[str, Any]]:
        """The most wanted first."""
        async with self.runtime.database.connection() as connection:
            return await store.list_ideas(connection, limit)

    async def end(self, idea_id: UUID, ending: str, by: str, reason: str | None) -> int:
        """Say that it is there, or why it is not; returns how many requesters hear of it. Raises NoSuchIdea."""
        async with self.runtime.work() as work:
            mention_ids = await store.end_idea(work.connection, idea_id, work.now, ending, reason)
            if not mention_ids:
                raise NoSuchIdea
            cases = await store.lock_cases(work.connection, mention_ids)
            telling = Telling(work)
            for case in cases:
                _tell(telling, case, idea_id, ending, reason)
                payload = {"mention_id": str(case.mention_id), "purpose": PURPOSE_OF[ending].value, "reason": reason}
                work.start_timer(IDEA, f"{case.mention_id}:{ending}", work.now, payload)
            await telling.save()
            after = {"ending": ending, "requesters": len(cases)}
            await store.add_audit(work.connection, work.now, idea_id, by, f"idea_{ending}", {}, after)
        return len(cases)


def _tell(telling: Telling, case: Case, idea_id: UUID, ending: str, reason: str | None) -> None:
    telling.know(case.mention_id, case.sequence)
    header = _header(case, telling.work) | {"idea_id": idea_id}
    event = IdeaShipped(**header) if ending == SHIPPED else IdeaDeclined(**header, reason=reason or "")
    telling.tell(event, idea_id)


def _header(case: Case, work: Work) -> dict[str, Any]:
    return {
        "mention_id": case.mention_id,
        "mention_version": case.version,
        "company": case.mention.company,
        "channel": case.mention.channel,
        "at": work.now,
    }
