"""What notify needs to know is checked whole at start, and a secret is never shown."""

from typing import Any

import pytest
from pydantic import ValidationError

from services.notify.settings import NotifySettings


def settings(**changes: Any) -> NotifySettings:
    usual: dict[str, Any] = {
        "amends_mode": "production",
        "database_url": "postgresql://a/b",
        "redis_url": "redis://x",
        "amends_public_url": "https://amends.example",
        "action_link_secret": "0123456789abcdef0123456789abcdef",
        "directory_path": "directory.yaml",
        "smtp_host": "mail.example",
        "smtp_from": "amends@example.com",
    }
    return NotifySettings(**(usual | changes))


MAILBOX = {
    "imap_host": "mail.example",
    "imap_username": "amends",
    "imap_password": "secret",
    "mail_answers_address": "amends@example.com",
}


def test_what_compose_passes_on_as_empty_is_not_set() -> None:
    names = ("imap_host", "imap_password", "smtp_password", "mail_answers_address", "work_order_answers_secret")
    read = settings(**dict.fromkeys((*names, "apprise_urls", "smtp_username"), ""))
    assert all(getattr(read, name) is None for name in (*names, "smtp_username"))
    assert read.apprise_targets == {}


@pytest.mark.parametrize("missing", ["imap_username", "imap_password", "mail_answers_address"])
def test_a_mailbox_that_is_not_wholly_set_up_is_named(missing: str) -> None:
    with pytest.raises(ValidationError, match=missing.upper()):
        settings(**(MAILBOX | {missing: ""}))


def test_a_mailbox_in_the_clear_is_for_demos_only() -> None:
    with pytest.raises(ValidationError, match="IMAP_ENCRYPTION"):
        settings(**MAILBOX, imap_encryption="none")
    assert settings(**MAILBOX).imap_encryption == "tls"


def test_a_mailboxs_name_that_leaves_no_room_for_a_token_is_refused() -> None:
    with pytest.raises(ValidationError):
        settings(**(MAILBOX | {"mail_answers_address": f"{'a' * 20}@example.com"}))


def test_apprise_addresses_that_cannot_be_read_are_refused_and_not_shown() -> None:
    with pytest.raises(ValidationError) as refused:
        settings(apprise_urls='{"camden": ["slack://TOKEN"]}')
    assert "TOKEN" not in refused.value.errors()[0]["msg"]
    assert settings(apprise_urls='{"camden": "slack://TOKEN"}').apprise_targets == {"camden": "slack://TOKEN"}


def test_a_secret_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError):
        settings(work_order_answers_secret="guess")
