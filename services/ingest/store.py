"""What ingest remembers: every mention in its newest version, and which versions ever arrived."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

from chassis.database import load_queries
from chassis.work import Work
from contracts import Mention, MentionDeleted, MentionEdited, MentionReceived, mention_id
from services.ingest.mentions import Deletion

QUERIES = load_queries("services.ingest")


class Taken(StrEnum):
    """What became of one item."""

    ACCEPTED = "accepted"
    EDITED = "edited"
    DUPLICATE = "duplicate"
    STALE = "stale"
    DELETED = "deleted"


@dataclass
class Known:
    """A mention as the record has it; version 0: never seen."""

    version: int
    deleted: bool
    author_key: str | None


async def take(work: Work, items: Sequence[Mention | Deletion]) -> list[tuple[UUID, Taken]]:
    """Keep `items`, emit what is new about them, and say what became of each, in order."""
    mentions = [item for item in items if isinstance(item, Mention)]
    known, made = await _claim(work, items)
    fresh = await _receipts(work, mentions)
    results, newest = [], dict[UUID, Mention]()
    for item in items:
        if isinstance(item, Deletion):
            results.append(_delete(work, item, known))
            continue
        is_new = (item.mention_id, item.version) in fresh
        fresh.discard((item.mention_id, item.version))
        taken = _judge(known[item.mention_id], item.version, is_new)
        if taken in (Taken.ACCEPTED, Taken.EDITED):
            newest[item.mention_id] = item
            known[item.mention_id] = Known(item.version, deleted=False, author_key=item.author_key)
            event = MentionReceived if taken is Taken.ACCEPTED else MentionEdited
            work.emit(event(mention=item), cause=uuid5(item.mention_id, f"version {item.version}"))
        results.append((item.mention_id, taken))
    await _save(work, [mention for key, mention in newest.items() if mention is not made.get(key)])
    await _bury(work, [item for item in items if isinstance(item, Deletion)])
    return results


def _judge(known: Known, version: int, is_new: bool) -> Taken:
    if known.deleted:
        return Taken.DELETED
    if not is_new:
        return Taken.DUPLICATE
    if version < known.version:
        return Taken.STALE
    return Taken.ACCEPTED if known.version == 0 else Taken.EDITED


def _delete(work: Work, item: Deletion, known: dict[UUID, Known]) -> tuple[UUID, Taken]:
    key = mention_id(item.channel, item.external_id)
    before = known[key]
    if not before.deleted:
        deleted_at = item.deleted_at or work.now
        event = MentionDeleted(
            mention_id=key, channel=item.channel, author_key=before.author_key, deleted_at=deleted_at
        )
        work.emit(event, cause=uuid5(key, "deleted"))
        known[key] = Known(before.version, deleted=True, author_key=before.author_key)
    return key, Taken.DELETED


async def _claim(
    work: Work, items: Sequence[Mention | Deletion]
) -> tuple[dict[UUID, Known], dict[UUID, Mention | Deletion]]:
    """What the record knows of each mention, and which items it did not know and has just been given."""
    first: dict[UUID, Mention | Deletion] = {}
    for item in items:
        first.setdefault(mention_id(item.channel, item.external_id), item)
    rows = [
        (*(_row(item) if isinstance(item, Mention) else _bare(key, work.now)), item.channel, item.external_id)
        for key, item in first.items()
    ]
    found = await work.connection.fetch(QUERIES["claim_mentions"], *_columns(rows))
    known = {r["mention_id"]: Known(r["version"], r["deleted_at"] is not None, r["author_key"]) for r in found}
    made = {r["mention_id"]: first[r["mention_id"]] for r in found if r["made"]}
    for key in made:
        known[key] = Known(0, deleted=False, author_key=None)
    return known, made


async def _receipts(work: Work, mentions: Sequence[Mention]) -> set[tuple[UUID, int]]:
    ids, versions = [m.mention_id for m in mentions], [m.version for m in mentions]
    rows = await work.connection.fetch(QUERIES["add_receipts"], ids, versions, work.now)
    return {(row["mention_id"], row["version"]) for row in rows}


async def _save(work: Work, mentions: Sequence[Mention]) -> None:
    if mentions:
        await work.connection.execute(QUERIES["save_mentions"], *_columns(list(map(_row, mentions))))


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _bare(key: UUID, now: datetime) -> tuple[Any, ...]:
    """Of a mention that was taken back before it came: its identity only."""
    return key, 0, None, None, None, None, None, None, now, None, {}


def _row(mention: Mention) -> tuple[Any, ...]:
    return (
        mention.mention_id,
        mention.version,
        mention.company,
        mention.account,
        mention.author,
        mention.author_key,
        mention.text,
        mention.posted_at,
        mention.received_at,
        mention.waiting_since,
        mention.model_dump(mode="json", include={"place", "thread", "url", "permission"}, exclude_none=True),
    )


async def _bury(work: Work, deletions: Sequence[Deletion]) -> None:
    if deletions:
        ids = [mention_id(item.channel, item.external_id) for item in deletions]
        moments = [item.deleted_at or work.now for item in deletions]
        await work.connection.execute(QUERIES["bury_mentions"], ids, moments)
