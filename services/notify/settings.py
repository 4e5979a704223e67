"""What notify needs to know."""

from pathlib import Path

from pydantic import AnyHttpUrl, Field, SecretStr, field_validator, model_validator

from chassis.settings import Mode, Settings
from chassis.webhooks import key_of
from contracts import Topic
from services.notify.adapters import Encryption


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
    smtp_username: str | None = Field(default=None)
    smtp_password: SecretStr | None = Field(default=None)
    work_order_webhook_secret: SecretStr | None = Field(
        default=None, description="whsec_… that signs webhooks to owners; without it only e-mail is used"
    )
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

    @field_validator("work_order_webhook_secret")
    @classmethod
    def _readable(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None:
            key_of(secret.get_secret_value())
        return secret

    @model_validator(mode="after")
    def _links_are_private(self) -> "NotifySettings":
        if self.amends_mode is Mode.PRODUCTION and self.amends_public_url.scheme != "https":
            raise ValueError("AMENDS_PUBLIC_URL must be https outside demo mode: a link is a key")
        return self
