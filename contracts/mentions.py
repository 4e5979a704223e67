"""Stream `amends:mentions`, written by ingest: what customers said, changed and took back."""

from typing import Annotated, ClassVar
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import AwareDatetime, Field

from contracts.envelope import Event, Value

STREAM = "amends:mentions"
TEXT_CHARACTERS_MAX = 10_000
MENTIONS = uuid5(NAMESPACE_URL, "amends:mentions")

ChannelName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


def mention_id(channel: str, external_id: str) -> UUID:
    """The id of a mention, the same wherever and however often it arrives."""
    return uuid5(MENTIONS, f"{channel}|{external_id}")


class Place(Value):
    """Where the author was or what they tagged. Coordinates are WGS 84 degrees."""

    lat: float | None = Field(default=None, ge=-90, le=90)
    lon: float | None = Field(default=None, ge=-180, le=180)
    name: str | None = Field(default=None, max_length=200, description="The place tag's words")
    branch_code: str | None = Field(
        default=None, max_length=100, description="The channel's own id of the branch (store code, page id)"
    )


class Permission(Value):
    """What the platform lets us do with this mention."""

    reply_allowed: bool
    reason: str = Field(max_length=200, description="Why, in a word a person understands")
    reply_until: AwareDatetime | None = None
    max_length: int | None = Field(default=None, ge=1, description="Characters of one reply")
    replies_max: int | None = Field(default=None, ge=0, description="Automated replies to one mention")
    est_cost: float | None = Field(default=None, ge=0, description="US dollars for one reply")
    private_allowed: bool | None = Field(default=None, description="Whether we may write to the author alone")


class Mention(Value):
    """One thing one author said about us in public, as it stands in `version`."""

    mention_id: UUID
    version: int = Field(ge=1)
    channel: ChannelName
    external_id: str = Field(max_length=200, description="The channel's own id; unique per channel")
    company: str
    account: str = Field(description="The account it was written to")
    author: str = Field(max_length=200, description="The author's handle on the channel")
    author_key: str = Field(description="Stands for the author where a handle must not be shown")
    text: str = Field(max_length=TEXT_CHARACTERS_MAX)
    posted_at: AwareDatetime
    received_at: AwareDatetime
    waiting_since: AwareDatetime = Field(description="Start of every waiting time: posted_at; for imports received_at")
    place: Place | None = None
    thread: str | None = Field(default=None, max_length=200)
    url: str | None = Field(default=None, max_length=2_000)
    permission: Permission


class MentionReceived(Event):
    """A customer said something about us."""

    type: ClassVar[str] = "amends.mention.received.v1"
    stream: ClassVar[str] = STREAM

    mention: Mention

    @property
    def subject(self) -> UUID:
        return self.mention.mention_id

    @property
    def person(self) -> str | None:
        return self.mention.author_key


class MentionEdited(Event):
    """The author changed the mention; `version` went up. It may arrive before the mention itself."""

    type: ClassVar[str] = "amends.mention.edited.v1"
    stream: ClassVar[str] = STREAM

    mention: Mention

    @property
    def subject(self) -> UUID:
        return self.mention.mention_id

    @property
    def person(self) -> str | None:
        return self.mention.author_key


class MentionDeleted(Event):
    """The author took the mention back: nothing is sent for it any more. It may arrive first."""

    type: ClassVar[str] = "amends.mention.deleted.v1"
    stream: ClassVar[str] = STREAM

    mention_id: UUID
    channel: ChannelName
    author_key: str | None = None
    deleted_at: AwareDatetime

    @property
    def subject(self) -> UUID:
        return self.mention_id

    @property
    def person(self) -> str | None:
        return self.author_key
