"""What notify needs to know."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AnyHttpUrl,
    BeforeValidator,
    Field,
    SecretStr,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from chassis.settings import Mode, Settings
from chassis.webhooks import key_of
from contracts import Topic
from services.notify.adapters import Encryption
from services.notify.mailbox import ImapEncryption

REPLY_LOCAL_CHARACTERS_MAX = 64 - len("+") - 44
"""RFC 5321 gives a local part 64 characters; the token after the plus sign takes 44."""


def _none_if_empty(value: Any) -> Any:
    return None if value == "" else value


Optional = BeforeValidator(_none_if_empty)
OptionalText = Annotated[str | None, Optional]
OptionalSecret = Annotated[SecretStr | None, Optional]


_TARGETS = TypeAdapter(dict[str, str])


def read_targets(secret: SecretStr) -> dict[str, str]:
    """Names and addresses; raise ValueError, which shows nothing of them."""
    try:
        return _TARGETS.validate_json(secret.get_secret_value())
    except ValidationError:
        raise ValueError('must be JSON like {"camden-chat": "slack://…"}') from None


class NotifySettings(Settings):
    """Settings of notify: who can be asked and how, where the page is, and how long everything may take."""

    http_host: str = Field(default="127.0.0.1", description="Where the page behind the links listens")
    http_port: int = Field(default=8001, ge=0, le=65535)
    amends_public_url: AnyHttpUrl = Field(description="Where owners reach that page from outside; links begin with it")
    action_link_secret: SecretStr = Field(
        min_length=32, description="Signs the links; whoever has it can act for anybody"
    )
    directory_path: Path = Field(description="YAML: companies, branches, regions, processes and whom to ask")
    smtp_host: str = Field(min_length=1, description="Mail server that takes work orders")
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_from: str = Field(pattern=r"^[^\s@<>,]+@[^\s@<>,]+$", description="Sender's address of work orders")
    smtp_encryption: Encryption = Field(default="starttls_if_offered")
    smtp_username: OptionalText = Field(default=None)
    smtp_password: OptionalSecret = Field(default=None)
    mail_answers_address: Annotated[
        Annotated[str, Field(pattern=rf"^[^\s@<>,+]{{1,{REPLY_LOCAL_CHARACTERS_MAX}}}@[^\s@<>,]+$")] | None, Optional
    ] = Field(default=None, description="Mailbox for replies, read over IMAP; it must take amends+ANYTHING@… too")
    imap_host: OptionalText = Field(default=None, description="Where that mailbox is read; without it, by nobody")
    imap_port: int = Field(default=993, ge=1, le=65535)
    imap_encryption: ImapEncryption = Field(default="tls", description="none only in demo mode")
    imap_username: OptionalText = Field(default=None)
    imap_password: OptionalSecret = Field(default=None)
    imap_mailbox: str = Field(default="INBOX", min_length=1, max_length=200)
    imap_every_seconds: float = Field(default=5, ge=0.2, le=60, description="A reply waits about half of it")
    work_order_webhook_secret: OptionalSecret = Field(
        default=None, description="whsec_… that signs webhooks to owners; without it no webhook is sent"
    )
    work_order_answers_secret: OptionalSecret = Field(
        default=None,
        description="whsec_… that owners' systems sign their answers with; without it POST /answers is off",
    )
    apprise_urls: OptionalSecret = Field(
        default=None, description='JSON: {"NAME": "apprise url", …}; `apprise:` in the directory gives the NAME'
    )
    orders_at_once_max: int = Field(
        default=5,
        ge=1,
        le=1_000,
        description="Work orders to one address in BUNDLE_SECONDS; further ones leave together",
    )
    bundle_seconds: float = Field(default=900, ge=1, le=86_400)
    escalation_seconds: float = Field(default=600, ge=0.1, le=86_400, description="Silence until the next one is asked")
    undo_seconds: float = Field(default=60, ge=0, le=3_600, description="How long an owner can take a report back")
    incident_window_seconds: float = Field(
        default=14_400, ge=60, le=604_800, description="Since the last mention, for a further one to join"
    )
    returned_after_fix_seconds: float = Field(
        default=7_200, ge=0, le=604_800, description="Since a fix, for a new mention to mean that it did not hold"
    )

    storm_mentions: int = Field(
        default=100, ge=10, le=100_000, description="Of one incident within STORM_WITHIN_SECONDS: replies become few"
    )
    storm_within_seconds: int = Field(default=600, ge=60, le=86_400, description="How soon together they make a storm")
    urgent_seconds: float = Field(
        default=300, ge=1, le=300, description="Silence until the next one is asked where safety or law is concerned"
    )
    urgent_topics: tuple[Topic, ...] = Field(
        default=(), description="Added to what always goes to a person at once; nothing takes any away"
    )

    @field_validator("apprise_urls")
    @classmethod
    def _names_and_addresses(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None:
            read_targets(secret)
        return secret

    @property
    def apprise_targets(self) -> dict[str, str]:
        """Apprise's addresses by the names that the directory uses."""
        return read_targets(self.apprise_urls) if self.apprise_urls is not None else {}

    @field_validator("work_order_webhook_secret", "work_order_answers_secret")
    @classmethod
    def _readable(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None:
            key_of(secret.get_secret_value())
        return secret

    @model_validator(mode="after")
    def _mailbox_is_whole(self) -> "NotifySettings":
        if self.imap_host is None:
            return self
        needed = ("mail_answers_address", "imap_username", "imap_password")
        if missing := [name.upper() for name in needed if getattr(self, name) is None]:
            raise ValueError(f"IMAP_HOST is set, and so must be {', '.join(missing)}")
        if self.amends_mode is Mode.PRODUCTION and self.imap_encryption == "none":
            raise ValueError("IMAP_ENCRYPTION must be tls or starttls outside demo mode: answers are secrets")
        return self

    @model_validator(mode="after")
    def _links_are_private(self) -> "NotifySettings":
        if self.amends_mode is Mode.PRODUCTION and self.amends_public_url.scheme != "https":
            raise ValueError("AMENDS_PUBLIC_URL must be https outside demo mode: a link is a key")
        return self
