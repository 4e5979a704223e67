"""Running the services and their record: run, migrate, config check."""

import argparse
import asyncio
import importlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvloop
from pydantic import SecretStr

from chassis.migrate import migrate
from chassis.running import run
from chassis.service import Service
from chassis.settings import SettingsError

MIGRATIONS = Path(__file__).resolve().parents[1] / "deploy" / "migrations"
ROLES = ("ingest", "classify", "notify", "respond")

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]
else:
    Commands = Any


def register(commands: Commands, services: Sequence[str]) -> None:
    """Add the commands of this module."""
    running = commands.add_parser("run", help="run one service until SIGTERM")
    running.add_argument("service", choices=services)
    running.set_defaults(run=run_service)
    migrating = commands.add_parser("migrate", help="bring the record's schema and roles up to date")
    migrating.set_defaults(run=run_migrations)
    config = commands.add_parser("config", help="look at the settings of a service")
    config.add_argument("action", choices=["check"])
    config.add_argument("service", choices=services)
    config.set_defaults(run=check_config)


def run_service(arguments: argparse.Namespace) -> int:
    """`amends run SERVICE`."""
    uvloop.run(run(_create(arguments.service)))
    return 0


def run_migrations(_: argparse.Namespace) -> int:
    """`amends migrate`: as the owner of the database, with a password for each role."""
    passwords = {role: secret(f"AMENDS_{role.upper()}_PASSWORD") for role in ROLES}
    applied = asyncio.run(migrate(secret("DATABASE_ADMIN_URL"), MIGRATIONS, passwords))
    print(f"applied: {', '.join(applied)}" if applied else "the schema is up to date")
    return 0


def check_config(arguments: argparse.Namespace) -> int:
    """`amends config check SERVICE`: every setting as the service would see it, secrets masked."""
    settings = _create(arguments.service).settings
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        print(f"{name.upper()} = {'set, not shown' if _is_secret(value, name) else value}")
    return 0


def secret(name: str) -> str:
    """What the environment holds under `name`, or the file that `<name>_FILE` names; raises SettingsError."""
    if value := os.environ.get(name):
        return value
    path = os.environ.get(f"{name}_FILE")
    if path is None:
        raise SettingsError(f"{name} is not set: set it, or {name}_FILE to a file that holds it")
    try:
        return Path(path).read_text("utf-8").strip()
    except OSError as error:
        raise SettingsError(f"{name}_FILE: cannot read {path}: {error.strerror}") from None


def _create(service: str) -> Service:
    create: Callable[[], Service] = importlib.import_module(f"services.{service}.app").create_service
    return create()


def _is_secret(value: object, name: str) -> bool:
    return isinstance(value, SecretStr) or name in ("database_url", "redis_url")
