"""Finds the command that was asked for, runs it, and says in one line per problem what is wrong."""

import argparse
import importlib
import importlib.util
import sys
from collections.abc import Sequence

import asyncpg
from redis.exceptions import RedisError

from chassis.migrate import MigrationRefused
from chassis.settings import SettingsError
from cli import letters, operations

SERVICES = ("ingest", "classify", "notify", "respond")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code: 0 done, 1 not all of it, 2 it could not begin."""
    parsed = build_parser().parse_args(arguments)
    try:
        return int(parsed.run(parsed))
    except (SettingsError, MigrationRefused) as error:
        print(error, file=sys.stderr)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, RedisError) as error:
        print(f"{parsed.command}: a server did not do its part: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 2


def build_parser() -> argparse.ArgumentParser:
    """Every command there is here."""
    parser = argparse.ArgumentParser(prog="amends", description="Hears, gets it fixed, and answers.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    operations.register(commands, installed_services())
    letters.register(commands)
    if _is_there("deploy.local.up"):
        # Only where the embedded stack is: not in a service's image.
        importlib.import_module("deploy.local.up").register(commands)
    if _is_there("deploy.rehearsal.command") and len(installed_services()) == len(SERVICES):
        importlib.import_module("deploy.rehearsal.command").register(commands)
    for service in installed_services():
        if importlib.util.find_spec(f"services.{service}.commands") is not None:
            importlib.import_module(f"services.{service}.commands").register(commands)
    return parser


def installed_services() -> tuple[str, ...]:
    """The services whose code is here and runs."""
    return tuple(name for name in SERVICES if _is_installed(f"services.{name}"))


def _is_there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _is_installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None and importlib.util.find_spec(f"{package}.app") is not None
