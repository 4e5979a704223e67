"""What respond notices in a mention before it decides, and what it knows in answer.

Reading is pure; history is asked of the record, once per batch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from chassis.work import Work
from contracts import Assessment, Kind, Mention, MentionAssessed
from services.respond import store
from services.respond.answers import Answer, NoAnswer, answer_entry, answer_fact
from services.respond.cases import Case
from services.respond.knowledge import NOTHING_KNOWN, Knowledge
from services.respond.policy import Noticed
from services.respond.reading import Reader, Stance, Thread

REMEMBERED = timedelta(days=30)
"""How long what an author wrote counts as lately."""


NOTHING_READ = Reader({})


@dataclass(frozen=True)
class Knowing:
    """The phrases of every language, and the company's own knowledge."""

    reader: Reader = NOTHING_READ
    knowledge: Knowledge = NOTHING_KNOWN

    async def notice(self, work: Work, events: Sequence[MentionAssessed]) -> dict[UUID, Noticed]:
        """What there is to notice in each mention."""
        mentions = [event.mention for event in events]
        keys, ids = [mention.author_key for mention in mentions], [mention.mention_id for mention in mentions]
        history = await store.author_history(work.connection, keys, work.now - REMEMBERED, ids)
        threads = [(mention.channel, mention.thread) for mention in mentions if mention.thread]
        openers = await store.thread_openers(work.connection, threads)
        return {
            event.mention.mention_id: self.read(
                event.mention,
                event.assessment,
                thread_of(event.mention, openers),
                history.get((event.mention.company, event.mention.author_key), store.History()),
            )
            for event in events
        }

    def read(self, mention: Mention, assessment: Assessment, thread: Thread, history: store.History) -> Noticed:
        """The same from one mention and what the record says."""
        text, today = mention.text, mention.posted_at.date()
        asked = self.reader.asked(text, assessment)
        where = (mention.company, assessment.language, today)
        may_ask = assessment.kind in {Kind.QUESTION, Kind.OTHER}
        entry = self.knowledge.find(text, *where) if may_ask else None
        claim = self.knowledge.find_claim(text, *where) if assessment.kind is Kind.COMPLAINT else None
        return Noticed(
            asks=asked.fact if asked else None,
            entry=entry.entry.id if entry else None,
            claim=claim.entry.id if claim else None,
            stance=self.reader.stance(text, assessment, thread),
            thanks_only=self.reader.is_thanks(text),
            injection=self.reader.is_injection(text, assessment.language),
            answered_before=history.answered,
            earlier_mentions=history.mentions,
        )

    def answer(self, case: Case) -> Answer | None:
        """What we know in answer to it; None: it is no question of that sort. Raises NoAnswer."""
        phrases, saw = self.reader.phrases.get(case.assessment.language), case.saw
        if phrases is not None and saw.stance is not Stance.NONE:
            lines = phrases.advocate if saw.stance is Stance.ADVOCATE else phrases.badvocate
            return Answer(lines, f"stance:{saw.stance.value}")
        asked = self.reader.asked(case.mention.text, case.assessment) if saw.asks else None
        venue = case.located.venue if case.located else None
        if phrases is not None and asked is not None and (venue is not None or saw.entry is None):
            return answer_fact(phrases, case.assessment.language, asked, venue)
        entry = self.knowledge.entries.get(saw.entry or saw.claim or "")
        if entry is None:
            if saw.answerable:
                raise NoAnswer("no_answer_known")
            return None
        return answer_entry(phrases, entry)


def thread_of(mention: Mention, openers: Mapping[tuple[str, str], str]) -> Thread:
    """Whether somebody else began the thread the mention stands in."""
    opener = openers.get((mention.channel, mention.thread)) if mention.thread else None
    return Thread(opened_by_another=opener is not None and opener != mention.author_key)


NOTHING_TO_SAY = Knowing()
