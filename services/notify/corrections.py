"""What operations do to incidents by hand: merge, split, take either back, and write down why a problem came back."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from chassis.runtime import Runtime
from chassis.work import Work
from contracts import Topic
from services.notify import store
from services.notify.asking import Asking, pressing
from services.notify.incidents import INCIDENTS, Change, Incident
from services.notify.ownership import scope_of
from services.notify.regrouping import Moved, NotRegrouped, Operation, merge, release, restore, split


@dataclass(frozen=True)
class Corrections:
    """Carries them out, each in one transaction. `by` is a person's name: every operation stays on the record."""

    runtime: Runtime
    asking: Asking

    async def merge(self, source_id: UUID, target_id: UUID, by: str, reason: str) -> UUID:
        """Make one of two; returns the operation's id. Raises NotRegrouped."""
        async with self.runtime.work() as work:
            found = await self._lock(work, source_id, target_id)
            source, target = found[source_id], found[target_id]
            moved = await store.moved_of(work.connection, source_id)
            operation = Operation(_operation_id("merge", source, target))
            await self._merge(work, source, target, moved, operation, by, reason)
        return operation.id

    async def split(
        self, source_id: UUID, mention_ids: Sequence[UUID], by: str, reason: str, topic: Topic | None = None
    ) -> tuple[UUID, UUID]:
        """Give some mentions an incident of their own; returns the operation's and the new incident's id."""
        async with self.runtime.work() as work:
            source = (await self._lock(work, source_id))[source_id]
            moved = await store.moved_of(work.connection, source_id, mention_ids)
            operation = Operation(_operation_id("split", source, source))
            left, new = split(source, moved, operation, work.now, topic)
            await store.add_incidents(work.connection, [new.incident])
            row = store.OperationRow(operation.id, "split", source_id, new.incident.id, by, reason)
            await self._keep(work, operation, [left, new], moved, new.incident.id, source, row)
            await self._ask(work, new.incident)
        return operation.id, new.incident.id

    async def undo(self, operation_id: UUID, by: str, reason: str) -> UUID:
        """Take a merge or a split back; mentions that came since stay where they are. Raises NotRegrouped."""
        async with self.runtime.work() as work:
            done = await store.lock_operation(work.connection, operation_id)
            if done is None or done.undone_at is not None:
                raise NotRegrouped("there is no such operation, or it is undone already")
            found = await self._lock(work, done.source_id, done.target_id)
            source, target = found[done.source_id], found[done.target_id]
            operation = Operation(uuid5(operation_id, "undo"), undoes=operation_id)
            moved = await store.moved_of(work.connection, done.target_id, done.mention_ids)
            if done.kind == "split":
                moved = await store.moved_of(work.connection, done.target_id)
                await self._merge(work, target, source, moved, operation, by, reason)
            else:
                await self._part(work, source, target, done.before, moved, operation, by, reason)
            await store.mark_undone(work.connection, operation_id, work.now)
        return operation.id

    async def review(self, incident_id: UUID, root_cause: str, action: str, by: str) -> None:
        """Write down why a problem came back and what keeps it away. Raises NotRegrouped."""
        if not root_cause.strip() or not action.strip():
            raise NotRegrouped("a root cause and an action are both needed")
        async with self.runtime.work() as work:
            await self._lock(work, incident_id)
            await store.add_review(work.connection, incident_id, root_cause.strip(), action.strip(), by, work.now)

    async def _lock(self, work: Work, *incident_ids: UUID) -> dict[UUID, Incident]:
        """Keys first, then incidents, like everybody."""
        seen = [await store.read_incident(work.connection, incident_id) for incident_id in incident_ids]
        keys = [key for incident in seen if incident for key in (incident.dedup_key, scope_of(incident.dedup_key))]
        await store.lock_keys(work.connection, keys)
        found = await store.lock_incidents(work.connection, incident_ids)
        for incident_id in incident_ids:
            if incident_id not in found:
                raise NotRegrouped(f"there is no incident {incident_id}")
        return found

    async def _merge(
        self,
        work: Work,
        source: Incident,
        target: Incident,
        moved: Sequence[Moved],
        operation: Operation,
        by: str,
        reason: str,
    ) -> None:
        changes = merge(source, target, moved, operation, work.now)
        row = store.OperationRow(operation.id, "merge", source.id, target.id, by, reason, operation.undoes)
        await self._keep(work, operation, changes, moved, target.id, source, row)
        withdrawn = await work.cancel_dispatches([source.id])
        rows = [(dispatch.subject, dispatch.adapter, dispatch.payload["step"]) for dispatch in withdrawn]
        await store.cancel_work_orders(work.connection, rows, work.now)

    async def _part(
        self,
        work: Work,
        source: Incident,
        target: Incident,
        before: Incident,
        moved: Sequence[Moved],
        operation: Operation,
        by: str,
        reason: str,
    ) -> None:
        if not target.is_open or target.report is not None:
            raise NotRegrouped(f"{target.id} has ended: its customers are told how")
        back = restore(source, before, moved, operation, work.now)
        left = release(target, moved, source.id, operation, work.now)
        row = store.OperationRow(operation.id, "split", target.id, source.id, by, reason, operation.undoes)
        await self._keep(work, operation, [left, back], moved, source.id, target, row)
        if back.incident.awaits_answer:
            # What was ordered before was withdrawn, and an order's key is used once: the next step asks again.
            again = back.incident.model_copy(update={"step": back.incident.step + 1})
            await store.save_incidents(work.connection, [again])
            await self._ask(work, again)

    async def _keep(
        self,
        work: Work,
        operation: Operation,
        changes: Sequence[Change],
        moved: Sequence[Moved],
        into: UUID,
        before: Incident,
        row: store.OperationRow,
    ) -> None:
        await store.save_incidents(work.connection, [change.incident for change in changes])
        await store.link_mentions(work.connection, {mention.mention_id: into for mention in moved})
        await store.add_operation(work.connection, row, [mention.mention_id for mention in moved], before, work.now)
        for change in changes:
            for ordinal, (sequence, event) in enumerate(change.numbered()):
                work.emit(event, cause=operation.id, ordinal=ordinal, sequence=sequence)

    async def _ask(self, work: Work, incident: Incident) -> None:
        known = self.asking.live.known
        asked = self.asking.whom(known, incident, incident.owner_role, work.now, pressing=pressing(incident))
        if asked is None:
            await self.asking.give_up(work, incident)
        else:
            await self.asking.order(work, incident, asked)


def _operation_id(kind: str, source: Incident, target: Incident) -> UUID:
    """The same for the same operation on the same state: a command that is run twice acts once."""
    return uuid5(INCIDENTS, f"{kind}|{source.id}|{source.sequence}|{target.id}|{target.sequence}")
