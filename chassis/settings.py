"""Settings come from the environment; a secret also from the file that `<NAME>_FILE` names.

A missing or wrong one stops the service at start with one line that names it. Only `app.py` and
`commands.py` read them.
"""

import os
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field, PostgresDsn, RedisDsn, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict


class SettingsError(Exception):
    """A setting is missing or wrong. The message is one line per setting, for the person who starts the service."""


class Mode(StrEnum):
    """production has no defaults for secrets; demo is for one machine and its own made-up secrets."""

    PRODUCTION = "production"
    DEMO = "demo"


class _SecretFiles(PydanticBaseSettingsSource):
    """Reads `<NAME>_FILE` where `<NAME>` itself is not set."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        path = os.environ.get(f"{field_name.upper()}_FILE")
        # Compose passes an optional one on as an empty string.
        if not path or field_name.upper() in os.environ:
            return None, field_name, False
        try:
            return Path(path).read_text("utf-8").strip(), field_name, self.field_is_complex(field)
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{field_name.upper()}_FILE: cannot read {path}: {error}") from None

    def __call__(self) -> dict[str, Any]:
        found = {}
        for name, field in self.settings_cls.model_fields.items():
            value, _, is_complex = self.get_field_value(field, name)
            if value is not None:
                found[name] = self.decode_complex_value(name, field, value) if is_complex else value
        return found


class Settings(BaseSettings):
    """What every service needs. A service that needs more inherits from this."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    amends_mode: Mode = Field(default=Mode.PRODUCTION, description="demo allows plain http and made-up secrets")
    database_url: PostgresDsn = Field(description="PostgreSQL of the record, as this service's own role")
    redis_url: RedisDsn = Field(description="Redis 7.0+ or Valkey that carries the streams")
    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")
    probes_host: str = Field(default="127.0.0.1", description="Where /livez, /readyz and /metrics listen")
    probes_port: int = Field(default=9100, ge=0, le=65535, description="A port of their own; 0 takes a free one")
    database_connections_max: int = Field(
        default=8, ge=3, le=100, description="Reader, reclaimer, relay, timers, dispatch and requests share them"
    )
    batch_max: int = Field(default=250, ge=1, le=1000, description="Entries of one read: one transaction each")
    attempts_max: int = Field(default=5, ge=1, le=100, description="Failures, or isolated starts, before a dead letter")
    reclaim_idle_ms: int = Field(default=30_000, ge=100, description="At least three times the slowest batch")
    reclaim_every_ms: int = Field(default=5_000, ge=50)
    relay_batch_max: int = Field(default=500, ge=1, le=5000)
    relay_every_ms: int = Field(default=200, ge=10, description="How often the relay looks without being woken")
    timers_every_ms: int = Field(default=200, ge=10)
    dispatch_every_ms: int = Field(default=200, ge=10)
    dispatch_concurrency_max: int = Field(default=8, ge=1, le=100, description="Sends under way at once")
    dispatch_lease_seconds: float = Field(default=30.0, ge=0.1, description="Longer than the slowest send")
    dispatch_give_up_hours: float = Field(
        default=24.0, gt=0, description="How long a send is tried while the other side is away"
    )
    sweep_every_ms: int = Field(
        default=1_000, ge=50, description="How often we look for signs that Redis lost something"
    )
    janitor_every_seconds: float = Field(default=60.0, ge=0.1)
    stream_retention_seconds: float = Field(
        default=3_600.0, ge=1, description="Entries younger than this are never trimmed"
    )
    outbox_retention_days: float = Field(default=7.0, gt=0, description="How far back events can be published again")
    graceful_seconds: float = Field(default=10.0, ge=0, description="What a batch under way gets at a stop")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, _SecretFiles(settings_cls)


S = TypeVar("S", bound=BaseSettings)


def load_settings(kind: type[S]) -> S:
    """Read the settings of `kind`; raise SettingsError with one line per setting that is missing or wrong."""
    try:
        return kind()
    except ValidationError as error:
        raise SettingsError("\n".join(_line(problem) for problem in error.errors())) from None


def _line(problem: Any) -> str:
    name = str(problem["loc"][0]).upper() if problem["loc"] else "settings"
    if problem["type"] == "missing":
        return f"{name} is not set: set it, or {name}_FILE to a file that holds it"
    return f"{name} is wrong: {problem['msg']}"
