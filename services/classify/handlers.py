"""One function per event. Assess, save, emit; no rules here."""

from collections.abc import Sequence

from prometheus_client import Counter

from chassis.work import Received, Work
from contracts import Mention, MentionAssessed, MentionDeleted, MentionEdited, MentionReceived
from services.classify import store
from services.classify.assessment import assess

ASSESSED = Counter("amends_mentions_assessed_total", "Mentions assessed", ["kind", "sentiment", "legitimacy"])


async def on_mention_received(work: Work, events: Sequence[Received[MentionReceived]]) -> None:
    await _assess(work, [(event, event.data.mention) for event in events])


async def on_mention_edited(work: Work, events: Sequence[Received[MentionEdited]]) -> None:
    await _assess(work, [(event, event.data.mention) for event in events])


async def on_mention_deleted(work: Work, events: Sequence[Received[MentionDeleted]]) -> None:
    await store.bury(work, [event.data for event in events])


async def _assess(
    work: Work, mentions: Sequence[tuple[Received[MentionReceived] | Received[MentionEdited], Mention]]
) -> None:
    newest = {mention.mention_id: (event, mention) for event, mention in sorted(mentions, key=lambda m: m[1].version)}
    assessed = {key: assess(mention.text) for key, (_, mention) in newest.items()}
    for key in await store.save(work, [(mention, assessed[key]) for key, (_, mention) in newest.items()]):
        event, mention = newest[key]
        it = assessed[key]
        work.emit(MentionAssessed(mention=mention, assessment=it), cause=event.id, traceparent=event.traceparent)
        work.count(ASSESSED, it.kind.value, it.sentiment.value, it.legitimacy.value)
