"""Gives everybody in a company's directory a mailbox of the rehearsal, and its accounts a channel. Pure.

A real directory may be rehearsed with: no address in it is kept, so nobody outside is written to. A branch without a
manager gets one, because stories are told with one; a deputy is not invented.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

POST = "rehearsal.invalid"
"""Nobody has addresses there (RFC 2606)."""

CHANNELS: Mapping[str, Mapping[str, Any]] = {
    "x": {"max_length": 280},
    "mastodon": {"max_length": 500},
    "bluesky": {"max_length": 300},
    "threads": {"max_length": 500},
    "facebook": {"max_length": 2_000},
    "instagram": {"max_length": 1_000},
    "tiktok": {"max_length": 150},
    "linkedin": {"max_length": 1_250},
    "youtube": {"max_length": 2_000},
    "reddit": {"max_length": 2_000},
    "forum": {"max_length": 2_000},
    "google": {"max_length": 4_000, "replies_max": 1},
    "google_reviews": {"max_length": 4_000, "replies_max": 1},
    "tripadvisor": {"max_length": 2_000, "replies_max": 1},
    "trustpilot": {"max_length": 2_000, "replies_max": 1},
    "yelp": {"max_length": 2_000, "replies_max": 1},
    "appstore": {"max_length": 5_970, "replies_max": 1},
    "play": {"max_length": 350, "replies_max": 1},
    "email": {"max_length": 10_000},
    "web_form": {"max_length": 10_000},
}
"""What channels permit, as far as it matters to a story; one that is not here permits replies of 280 characters."""


@dataclass(frozen=True)
class Cast:
    """The directory to play with, and what the services are told of accounts."""

    directory: str
    accounts: Mapping[str, str]
    account_of_company: Mapping[str, str]
    mailbox_of: Mapping[str, str]
    """Mailbox of each branch's manager, each process's and each region's owner, by the id of what is theirs."""

    def channels(self, used: set[str]) -> str:
        """The channels file: every usual channel, and those the stories use."""
        usual = {"reply_allowed": True, "reason": "public mention", "replies_max": 5}
        rules = {name: usual | dict(CHANNELS.get(name, {"max_length": 280})) for name in {*CHANNELS, *used}}
        return yaml.safe_dump({"accounts": dict(self.accounts), "unknown_accounts": "refuse", "channels": rules})


def cast(directory: str) -> Cast:
    """`directory`, a YAML file that was found right, with mailboxes."""
    # Every scalar stays a string, as the directory itself is read.
    data: dict[str, Any] = yaml.load(directory, Loader=yaml.BaseLoader)  # noqa: S506  # builds strings, lists, dicts
    mailboxes: dict[str, str] = {}
    for owner in data.get("region_owners", ()):
        mailboxes[owner["id"]] = _rewrite(owner, f"owner.{owner['id']}")
    for process in data.get("processes", ()):
        process["owner"] = _person(process["owner"], "owner")
        mailboxes[process["id"]] = _rewrite(process["owner"], f"process.{process['id']}")
    for branch in _branches(data):
        _staff(branch)
        mailboxes[branch["id"]] = branch["manager"]["email"]
    companies = {company["id"]: company["account"] for company in data["companies"]}
    return Cast(
        directory=yaml.safe_dump(data, allow_unicode=True, sort_keys=False),
        accounts=dict(_accounts(data)),
        account_of_company=companies,
        mailbox_of=mailboxes,
    )


def _branches(data: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for section in ("branches", "extra_branches"):
        yield from data.get(section) or ()


def _staff(branch: dict[str, Any]) -> None:
    branch["manager"] = _person(branch.get("manager"), f"Manager of {branch['name']}")
    _rewrite(branch["manager"], f"manager.{branch['id']}")
    if branch.get("deputy"):
        branch["deputy"] = _person(branch["deputy"], "Deputy")
        _rewrite(branch["deputy"], f"deputy.{branch['id']}")


def _person(stated: Any, otherwise: str) -> dict[str, Any]:
    """A contact may be written as a bare name, or be missing."""
    if isinstance(stated, Mapping):
        return dict(stated)
    return {"name": stated or otherwise}


WAYS = ("webhook_url", "apprise", "apprise_urls", "notify", "notify_urls", "urls", "phone", "sms", "email")
"""Fields by which a contact is reached."""


def _rewrite(contact: dict[str, Any], local: str) -> str:
    """The contact's mailbox here; no other way to reach them is left."""
    for way in WAYS:
        contact.pop(way, None)
    contact["email"] = f"{local}@{POST}"
    return str(contact["email"])


def _accounts(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for company in data["companies"]:
        yield company["account"], company["id"]
    for branch in _branches(data):
        if branch.get("account"):
            yield branch["account"], branch["company"]
