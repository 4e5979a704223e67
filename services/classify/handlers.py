"""One function per event. Assess, save, emit; no rules here."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from prometheus_client import Counter

from chassis.work import Received, Work
from contracts import Mention, MentionAssessed, MentionDeleted, MentionEdited, MentionReceived
from services.classify import store
from services.classify.assessor import Assessor

ASSESSED = Counter("amends_mentions_assessed_total", "Mentions assessed", ["kind", "sentiment", "legitimacy"])
STAGES = Counter(
    "amends_assessments_by_stage_total",
    "Assessments by what they rest on; first_only: the second stage was wanted, and late or missing",
    ["stage"],
)


@dataclass(frozen=True)
class Handlers:
    """The entry points of the bus."""

    assessor: Assessor

    async def on_mention_received(self, work: Work, events: Sequence[Received[MentionReceived]]) -> None:
        await self._assess(work, [(event, event.data.mention) for event in events])

    async def on_mention_edited(self, work: Work, events: Sequence[Received[MentionEdited]]) -> None:
        await self._assess(work, [(event, event.data.mention) for event in events])

    async def on_mention_deleted(self, work: Work, events: Sequence[Received[MentionDeleted]]) -> None:
        await store.bury(work, [event.data for event in events])

    async def _assess(
        self, work: Work, mentions: Sequence[tuple[Received[MentionReceived] | Received[MentionEdited], Mention]]
    ) -> None:
        newest = {m.mention_id: (event, m) for event, m in sorted(mentions, key=lambda pair: pair[1].version)}
        # Before anything is written, and beside the loop: probes and other readers go on meanwhile.
        judged = await asyncio.to_thread(self.assessor.assess, [mention.text for _, mention in newest.values()])
        of_mention = dict(zip(newest, judged, strict=True))
        saved = await store.save(work, [(mention, of_mention[key].assessment) for key, (_, mention) in newest.items()])
        for key in saved:
            event, mention = newest[key]
            it = of_mention[key].assessment
            work.emit(MentionAssessed(mention=mention, assessment=it), cause=event.id, traceparent=event.traceparent)
            work.count(ASSESSED, it.kind.value, it.sentiment.value, it.legitimacy.value)
            work.count(STAGES, of_mention[key].stage)
