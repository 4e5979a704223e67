"""Which company an account belongs to, and what a channel permits where a mention does not say. Pure."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from contracts import Permission
from contracts.mentions import ChannelName


class ChannelsRefused(Exception):
    """The file is wrong. One line per problem, with the field and what to do."""


class UnknownAccounts(StrEnum):
    """What to do with a mention to an account the file does not name."""

    REFUSE = "refuse"
    SLUG = "slug"


class ChannelRule(BaseModel):
    """What one channel permits by default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reply_allowed: bool
    reason: str = Field(min_length=1, max_length=200)
    reply_within_hours: float | None = Field(default=None, gt=0)
    max_length: int | None = Field(default=None, ge=1)
    replies_max: int | None = Field(default=None, ge=0)
    est_cost: float | None = Field(default=None, ge=0)
    private_allowed: bool | None = None

    def permission(self, posted_at: datetime) -> Permission:
        """What it permits for a mention of `posted_at`."""
        hours = self.reply_within_hours
        return Permission(
            reply_allowed=self.reply_allowed,
            reason=self.reason,
            reply_until=None if hours is None else posted_at + timedelta(hours=hours),
            max_length=self.max_length,
            replies_max=self.replies_max,
            est_cost=self.est_cost,
            private_allowed=self.private_allowed,
        )


UNKNOWN_PERMISSION = Permission(reply_allowed=False, reason="no permission is known for this channel")


class Channels(BaseModel):
    """The whole file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    accounts: Mapping[str, str] = Field(default_factory=dict)
    unknown_accounts: UnknownAccounts = UnknownAccounts.REFUSE
    channels: Mapping[ChannelName, ChannelRule] = Field(default_factory=dict)

    def company_of(self, account: str) -> str | None:
        """The company behind `account`; None when it is not known and must be."""
        known = {_folded(name): company for name, company in self.accounts.items()}.get(_folded(account))
        if known is not None or self.unknown_accounts is UnknownAccounts.REFUSE:
            return known
        return re.sub(r"[^a-z0-9]+", "-", account.lower()).strip("-") or None

    def permission_for(self, channel: str, posted_at: datetime) -> Permission:
        """What the channel permits; no reply where nothing is known about it."""
        rule = self.channels.get(channel)
        return UNKNOWN_PERMISSION if rule is None else rule.permission(posted_at)


def load_channels(text: str, source: str) -> Channels:
    """Read the YAML in `text`; raise ChannelsRefused with every problem, each beginning with `source`."""
    try:
        raw: Any = yaml.safe_load(text) or {}
        return Channels.model_validate(raw)
    except yaml.YAMLError as error:
        raise ChannelsRefused(f"{source}: this is not YAML: {error}") from None
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False)
        lines = [f"{source}: {'.'.join(map(str, p['loc'])) or 'file'}: {p['msg']}" for p in problems]
        raise ChannelsRefused("\n".join(lines)) from None


def _folded(account: str) -> str:
    return account.strip().lstrip("@").lower()
