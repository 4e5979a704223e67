"""Ingest is built from its environment, and a wrong one is said in one line."""

from pathlib import Path

import pytest

from chassis.settings import SettingsError
from services.ingest.app import create_service
from tests.unit.chassis.test_webhooks import NEW, OLD


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    channels = tmp_path / "channels.yaml"
    channels.write_text("accounts: {'@harbourvale': harbour}", "utf-8")
    secrets = tmp_path / "webhook-secrets"
    secrets.write_text(f"{OLD},{NEW}\n", "utf-8")
    for name, value in {
        "DATABASE_URL": "postgresql://ingest:secret@127.0.0.1:1/amends",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "INGEST_CONFIG": str(channels),
        "AUTHOR_KEY_SECRET": "k" * 32,
        "WEBHOOK_SECRETS_FILE": str(secrets),
    }.items():
        monkeypatch.setenv(name, value)
    return channels


@pytest.mark.usefixtures("environment")
def test_a_secret_may_come_from_a_file_and_nothing_is_opened() -> None:
    service = create_service()
    assert service.runtime.name == "ingest"
    assert service.http is not None


@pytest.mark.usefixtures("environment")
def test_a_missing_setting_is_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUTHOR_KEY_SECRET")
    with pytest.raises(SettingsError) as refused:
        create_service()
    assert str(refused.value) == (
        "AUTHOR_KEY_SECRET is not set: set it, or AUTHOR_KEY_SECRET_FILE to a file that holds it"
    )


@pytest.mark.usefixtures("environment")
def test_a_wrong_secret_is_named_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBHOOK_SECRETS", "hunter2")
    with pytest.raises(SettingsError, match=r"^WEBHOOK_SECRETS is wrong: ") as refused:
        create_service()
    assert "hunter2" not in str(refused.value)


def test_a_wrong_channel_file_is_named_with_its_field(environment: Path) -> None:
    environment.write_text("channels: {x: {reason: none}}", "utf-8")
    with pytest.raises(SettingsError, match=r"^INGEST_CONFIG: channels\.yaml: channels\.x\.reply_allowed: "):
        create_service()
