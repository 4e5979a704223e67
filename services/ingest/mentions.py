"""From what a channel sends to a mention, or to the reason why not: index, field, problem. Pure."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import from_json

from contracts import Mention, Permission, Place, mention_id
from contracts.mentions import TEXT_CHARACTERS_MAX, ChannelName
from services.ingest.channels import Channels

FUTURE_MAX = timedelta(minutes=10)
_INVISIBLE = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class BodyUnreadable(Exception):
    """The body is not JSON, or nested too deeply, or neither an object nor an array."""


class MentionsRefused(Exception):
    """Some items are wrong; none is kept. `errors` holds index, field and problem of each."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(f"{len(errors)} problems")
        self.errors = errors


def _unstorable(value: Any, path: str = "") -> str | None:
    """Where in `value` a string holds a NUL or half a character, which no database keeps; None where all is well."""
    if isinstance(value, str):
        return path if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value) else None
    if isinstance(value, Mapping):
        inside = [_unstorable(part, f"{path}.{name}".strip(".")) for name, part in value.items()]
    elif isinstance(value, list):
        inside = [_unstorable(part, f"{path}.{number}") for number, part in enumerate(value)]
    else:
        inside = []
    return next((found for found in inside if found is not None), None)


class Item(BaseModel):
    """One mention as a channel sends it. Unknown fields are refused: a misspelt one must not be lost."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    channel: ChannelName
    external_id: str = Field(min_length=1, max_length=200)
    version: int = Field(default=1, ge=1, le=1_000_000)
    account: str = Field(min_length=1, max_length=200)
    author: str = Field(min_length=1, max_length=200)
    text: str = Field(min_length=1, max_length=TEXT_CHARACTERS_MAX)
    posted_at: AwareDatetime
    place: Place | None = None
    thread: str | None = Field(default=None, max_length=200)
    url: str | None = Field(default=None, max_length=2_000, pattern=r"^https?://")
    permission: Permission | None = None


class Deletion(BaseModel):
    """The author took a mention back."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    channel: ChannelName
    external_id: str = Field(min_length=1, max_length=200)
    deleted: bool
    deleted_at: AwareDatetime | None = None


@dataclass(frozen=True)
class Intake:
    """What one request or file brings, with what is needed to make mentions of it."""

    channels: Channels
    author_secret: bytes
    received_at: datetime
    imported: bool = False


def parse_items(body: bytes, mentions_max: int) -> list[Any]:
    """The raw items in `body`: one object, or an array of 1 to `mentions_max`."""
    try:
        raw: Any = from_json(body)
    except ValueError as error:
        raise BodyUnreadable(f"the body is not JSON we can read: {str(error).split(' at ')[0]}") from None
    items = raw if isinstance(raw, list) else [raw]
    if not items or len(items) > mentions_max:
        problem = f"an array holds 1 to {mentions_max} mentions, this one {len(items)}"
        raise MentionsRefused([{"index": None, "field": "", "problem": problem}])
    return items


def read_items(raw_items: Sequence[Any], intake: Intake) -> list[Mention | Deletion]:
    """Every item as a mention or a deletion; raise MentionsRefused naming all that is wrong."""
    read: list[Mention | Deletion] = []
    errors: list[dict[str, Any]] = []
    for index, raw in enumerate(raw_items):
        try:
            read.append(read_item(raw, intake))
        except MentionsRefused as refused:
            errors += [{"index": index, **error} for error in refused.errors]
    if errors:
        raise MentionsRefused(errors)
    return read


def read_item(raw: Any, intake: Intake) -> Mention | Deletion:
    """One item; raise MentionsRefused with field and problem of each fault. Never repeats what the item said."""
    where = _unstorable(raw)
    if where is not None:
        raise _refusal(where, "must not hold a NUL character or half a character (a lone surrogate)")
    try:
        if isinstance(raw, Mapping) and raw.get("deleted") is True:
            return Deletion.model_validate(raw)
        return _mention(Item.model_validate(raw), intake)
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False)
        raise MentionsRefused([{"field": _field(p["loc"]), "problem": _problem(p)} for p in problems]) from None


def _mention(item: Item, intake: Intake) -> Mention:
    company = intake.channels.company_of(item.account)
    text = _INVISIBLE.sub("", item.text).strip()
    if company is None:
        raise _refusal("account", "is not known: add it to `accounts` in the file INGEST_CONFIG names")
    if item.posted_at > intake.received_at + FUTURE_MAX:
        raise _refusal("posted_at", "is more than ten minutes in the future: check the sender's clock")
    if not text:
        raise _refusal("text", "holds nothing a person can see")
    return Mention(
        mention_id=mention_id(item.channel, item.external_id),
        version=item.version,
        channel=item.channel,
        external_id=item.external_id,
        company=company,
        account=item.account,
        author=_INVISIBLE.sub("", item.author),
        author_key=author_key(item.channel, item.author, intake.author_secret),
        text=text,
        posted_at=item.posted_at,
        received_at=intake.received_at,
        waiting_since=intake.received_at if intake.imported else item.posted_at,
        place=item.place,
        thread=item.thread,
        url=item.url,
        permission=item.permission or intake.channels.permission_for(item.channel, item.posted_at),
    )


def author_key(channel: str, author: str, secret: bytes) -> str:
    """Stands for the author; without the secret nobody can find out whom."""
    return hashlib.blake2b(f"{channel}|{author}".encode(), key=secret[:64], digest_size=16).hexdigest()


def _refusal(field: str, problem: str) -> MentionsRefused:
    return MentionsRefused([{"field": field, "problem": problem}])


def _field(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location)


def _problem(problem: Any) -> str:
    if problem["type"] == "extra_forbidden":
        return "is not a field we know: check its spelling"
    return str(problem["msg"])
