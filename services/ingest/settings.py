"""What ingest needs to know."""

from pathlib import Path

from pydantic import Field, SecretStr, field_validator

from chassis.settings import Settings
from chassis.webhooks import key_of


class ImportSettings(Settings):
    """What taking mentions in needs, from wherever they come."""

    ingest_config: Path = Field(description="YAML: accounts → companies, and what each channel permits")
    author_key_secret: SecretStr = Field(min_length=16, description="Makes author keys; never change it")


class IngestSettings(ImportSettings):
    """Settings of the service: where it listens and who may send."""

    http_host: str = Field(default="127.0.0.1", description="Where POST /v1/mentions listens")
    http_port: int = Field(default=8000, ge=0, le=65535)
    webhook_secrets: SecretStr = Field(description="whsec_… secrets, comma between; several while one is replaced")
    body_bytes_max: int = Field(default=1 << 20, ge=1_024, le=16 << 20)
    mentions_max: int = Field(default=500, ge=1, le=5_000, description="Mentions in one request: one transaction")
    requests_max: int = Field(default=32, ge=1, le=1_000, description="Requests under way at once; more get 429")

    source_requests_per_second_max: float = Field(
        default=200.0, gt=0, le=100_000, description="From one address; faster ones get 429 and when to come back"
    )

    @field_validator("webhook_secrets")
    @classmethod
    def _readable(cls, secrets: SecretStr) -> SecretStr:
        for secret in secrets.get_secret_value().split(","):
            key_of(secret.strip())
        return secrets

    @property
    def secrets(self) -> tuple[str, ...]:
        return tuple(secret.strip() for secret in self.webhook_secrets.get_secret_value().split(","))
