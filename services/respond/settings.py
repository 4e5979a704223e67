"""What respond needs to know."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator

from chassis.settings import Settings
from chassis.webhooks import key_of

HERE = Path(__file__).parent


class RespondSettings(Settings):
    """Settings of respond: what we may say, where replies go, and how long we wait for a fix to be under way."""

    http_host: str = Field(default="127.0.0.1", description="Where the queue's API listens")
    http_port: int = Field(default=8002, ge=0, le=65535)
    respond_api_token: SecretStr = Field(min_length=20, description="Opens the queue; whoever has it speaks for us")
    channel_webhook_url: str = Field(pattern=r"^https?://", description="Takes our replies to all channels")
    channel_webhook_secret: SecretStr = Field(description="whsec_… that signs them")
    channel_reliability: Literal["keyed", "blind"] = Field(
        default="keyed",
        description="keyed: it knows a repeat by its webhook-id; blind: a doubtful send waits for a person",
    )
    policy_path: Path = Field(default=HERE / "policy.yaml", description="YAML: what we do about a mention")
    playbooks_path: Path = Field(default=HERE / "playbooks", description="A folder per language, a playbook per file")
    phrases_path: Path = Field(
        default=HERE / "phrases", description="A file per language: what people ask, and answers"
    )
    knowledge_path: Path | None = Field(default=None, description="YAML: the company's own answers, with their sources")
    grace_seconds: float = Field(
        default=5, ge=0, le=600, description="How long a complaint waits for an incident, to say who was told"
    )
    patience_seconds: float = Field(
        default=60, ge=0, le=86_400, description="The same where a channel takes one reply only"
    )
    update_hours: float = Field(
        default=70,
        ge=1,
        le=72,
        description="How long a customer of an unsolved matter hears nothing at most; 72 is the law",
    )
    humour: int = Field(default=2, ge=0, le=3, description="How much the brand jokes with whoever is in the mood")
    goodwill_path: Path | None = Field(
        default=None, description="YAML: what is given after a matter is closed, in private; without it nothing is"
    )

    @field_validator("channel_webhook_secret")
    @classmethod
    def _readable(cls, secret: SecretStr) -> SecretStr:
        key_of(secret.get_secret_value())
        return secret
