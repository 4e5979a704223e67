"""Brings the record's schema up to date: numbered files, applied once, forward only; then the services' roles.

Each file runs in a transaction of its own. A file that was applied is never edited: the next change is a
new file. Run it as the owner of the database; services never do.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from chassis.database import Connection, load_queries

_FILE_NAME = re.compile(r"\d{4}_[a-z0-9_]+\.sql")
_QUERIES = load_queries("chassis.migrate")


class MigrationRefused(Exception):
    """The files and the database do not agree; nothing was changed. The message names the file."""


@dataclass(frozen=True)
class Migration:
    """One file. Its name begins with its number."""

    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()

    @property
    def number(self) -> str:
        return self.name[:4]


async def migrate(admin_url: str, migrations_dir: Path, role_passwords: Mapping[str, str]) -> list[str]:
    """Apply what is new in `migrations_dir`; return the names of the files applied.

    `role_passwords` is one password per service: its role `amends_<service>` is made, or given this
    password, and may work in the service's own schema and in `bus`. Raises MigrationRefused.
    """
    migrations = read_migrations(migrations_dir)
    connection = await asyncpg.connect(admin_url, timeout=10)
    try:
        await connection.execute(_QUERIES["lock"])
        await connection.execute(_QUERIES["create_record"])
        rows = await connection.fetch(_QUERIES["applied"])
        pending = choose_pending(migrations, {row["name"]: row["checksum"] for row in rows})
        for migration in pending:
            await _apply(connection, migration)
        await _grant(connection, role_passwords)
    finally:
        await connection.close()
    return [migration.name for migration in pending]


def read_migrations(folder: Path) -> list[Migration]:
    """The files of `folder` in their order; raise MigrationRefused when a name or a number is wrong."""
    migrations = [Migration(path.name, path.read_text("utf-8")) for path in sorted(folder.glob("*.sql"))]
    for before, migration in zip([None, *migrations], migrations, strict=False):
        if not _FILE_NAME.fullmatch(migration.name):
            raise MigrationRefused(f"{migration.name}: call it NNNN_what_it_does.sql")
        if before is not None and before.number == migration.number:
            raise MigrationRefused(f"{before.name} and {migration.name} have the same number")
    if not migrations:
        raise MigrationRefused(f"{folder} holds no migrations")
    return migrations


def choose_pending(migrations: Sequence[Migration], applied: Mapping[str, str]) -> list[Migration]:
    """What is to be applied; raise MigrationRefused for a file that was edited, or that comes too late.

    Files the database knows and we do not are fine: an older version runs on a newer schema.
    """
    last = max(applied, default="")
    for migration in migrations:
        known = applied.get(migration.name)
        if known is not None and known != migration.checksum:
            raise MigrationRefused(f"{migration.name} was edited after it was applied: write a new file instead")
        if known is None and migration.name < last:
            raise MigrationRefused(f"{migration.name} comes before {last}, which is applied: give it a higher number")
    return [migration for migration in migrations if migration.name not in applied]


async def _apply(connection: Connection, migration: Migration) -> None:
    try:
        async with connection.transaction():
            await connection.execute(_QUERIES["bound_waiting"])
            await connection.execute(migration.sql)
            await connection.execute(_QUERIES["record"], migration.name, migration.checksum)
    except asyncpg.LockNotAvailableError:
        raise MigrationRefused(f"{migration.name} waited too long for a lock: run it again") from None
    except (asyncpg.SyntaxOrAccessError, asyncpg.IntegrityConstraintViolationError) as error:
        raise MigrationRefused(f"{migration.name} does not run: {error}") from error


async def _grant(connection: Connection, role_passwords: Mapping[str, str]) -> None:
    """One transaction, so that nobody sees a role that may do too much or too little."""
    async with connection.transaction():
        for service, password in sorted(role_passwords.items()):
            role, schemas = f"amends_{service}", [service, "bus"]
            await _run(connection, await connection.fetch(_QUERIES["role_statements"], role, password))
            await _run(connection, await connection.fetch(_QUERIES["schema_statements"], role, schemas))
            await _run(connection, await connection.fetch(_QUERIES["audit_statements"], role, schemas))


async def _run(connection: Connection, statements: Iterable[asyncpg.Record]) -> None:
    for statement in statements:
        await connection.execute(statement[0])
