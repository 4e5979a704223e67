"""What follows a first answer, on `amends:responses`: updates, promises, goodwill, ideas, conversations that end."""

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.responses import MentionResponseEvent
from contracts.vocabulary import PromiseKind


class ResponseUpdateDue(MentionResponseEvent):
    """It is not solved yet, and the customer has waited long enough to hear where it stands."""

    type: ClassVar[str] = "amends.response.update_due.v1"

    incident_id: UUID
    number: int = Field(ge=1)


class ResponseUpdateSent(MentionResponseEvent):
    """The customer was told where it stands: news, or that there is none yet."""

    type: ClassVar[str] = "amends.response.update_sent.v1"

    incident_id: UUID
    response_id: UUID
    number: int = Field(ge=1)


class PromiseEvent(MentionResponseEvent):
    """What every event about a promise says."""

    promise_id: UUID
    promise_kind: PromiseKind
    due_at: AwareDatetime


class PromiseMade(PromiseEvent):
    """A text that left holds a promise; it is kept in a ledger with its due time."""

    type: ClassVar[str] = "amends.promise.made.v1"

    response_id: UUID


class PromiseKept(PromiseEvent):
    """What was promised happened in time."""

    type: ClassVar[str] = "amends.promise.kept.v1"


class PromiseBroken(PromiseEvent):
    """The due time passed."""

    type: ClassVar[str] = "amends.promise.broken.v1"


class GoodwillGranted(MentionResponseEvent):
    """A customer was given something, in private and without a condition. The code itself is in no event."""

    type: ClassVar[str] = "amends.goodwill.granted.v1"

    grant_id: UUID
    incident_id: UUID
    gift: str = Field(description="What it is, from the goodwill file")
    value: float = Field(ge=0)
    currency: str = Field(pattern=r"^[A-Z]{3}$")


class ConversationEvent(MentionResponseEvent):
    """What every event about a whole conversation says."""

    author_key: str


class ConversationWalkedAway(ConversationEvent):
    """Several rounds, nothing new, hostility only: we say no more in public."""

    type: ClassVar[str] = "amends.conversation.walked_away.v1"

    rounds: int = Field(ge=1)


class ConversationWatchStarted(ConversationEvent):
    """From now on a new fact from the same author goes to a person."""

    type: ClassVar[str] = "amends.conversation.watch_started.v1"

    watch_until: AwareDatetime


class ConversationResumed(ConversationEvent):
    """During the watch there was something new: a person takes it up."""

    type: ClassVar[str] = "amends.conversation.resumed.v1"

    reason: str


class IdeaEvent(MentionResponseEvent):
    """What every event about a customer's idea says; several mentions may ask for one idea."""

    idea_id: UUID


class IdeaCaptured(IdeaEvent):
    """A customer told us what they would like."""

    type: ClassVar[str] = "amends.idea.captured.v1"


class IdeaShipped(IdeaEvent):
    """It is there: this requester is told."""

    type: ClassVar[str] = "amends.idea.shipped.v1"


class IdeaDeclined(IdeaEvent):
    """It will not come for now: this requester is told why."""

    type: ClassVar[str] = "amends.idea.declined.v1"

    reason: str
