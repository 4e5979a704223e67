"""What classify remembers."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chassis.database import load_queries
from chassis.work import Work
from contracts import Assessment, Mention, MentionDeleted

QUERIES = load_queries("services.classify")


async def save(work: Work, assessed: Sequence[tuple[Mention, Assessment]]) -> list[UUID]:
    """Keep these assessments; returns the mentions for which this is news."""
    columns: list[list[Any]] = [list(column) for column in zip(*(_row(*pair) for pair in assessed), strict=True)]
    rows = await work.connection.fetch(QUERIES["save_assessments"], *columns, work.now)
    return [row["mention_id"] for row in rows]


async def bury(work: Work, deletions: Sequence[MentionDeleted]) -> None:
    """Remember what was taken back, also before it arrives."""
    moments = {deletion.mention_id: deletion.deleted_at for deletion in deletions}
    await work.connection.execute(QUERIES["bury_assessments"], list(moments), list(moments.values()))


def _row(mention: Mention, it: Assessment) -> tuple[Any, ...]:
    return (
        mention.mention_id,
        mention.version,
        it.sentiment.value,
        it.anger,
        it.kind.value,
        it.legitimacy.value,
        it.severity.value,
        ",".join(topic.value for topic in it.topics),
        it.language,
        it.assessor,
    )
