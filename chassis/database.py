"""PostgreSQL: one schema and one role per service, and queries kept in .sql files next to their store."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib import resources
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from pydantic_core import from_json, to_json

if TYPE_CHECKING:
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
else:
    Connection = asyncpg.Connection

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


def load_queries(package: str) -> dict[str, str]:
    """Read `queries.sql` of `package`: each query follows a line `-- name: its_name`."""
    text = resources.files(package).joinpath("queries.sql").read_text("utf-8")
    _header, *parts = _NAME.split(text)
    names, bodies = parts[::2], parts[1::2]
    if len(set(names)) != len(names):
        raise ValueError(f"{package}/queries.sql: a query name is used twice")
    return dict(zip(names, (body.strip().rstrip(";") for body in bodies), strict=True))


async def _prepare(connection: Connection) -> None:
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(kind, encoder=_to_json, decoder=from_json, schema="pg_catalog")


def _to_json(value: Any) -> str:
    return to_json(value).decode()


class Database:
    """Connections whose search path is one service's schema. Built closed; `async with` opens it.

    Opening waits for nothing: connections are made when first asked for, so a service can start while
    PostgreSQL is still away and say so by not being ready.
    """

    def __init__(
        self,
        url: str,
        *,
        schema: str,
        connections_max: int = 8,
        command_timeout_seconds: float = 30.0,
        connect_timeout_seconds: float = 5.0,
    ) -> None:
        self._url = url
        self._schema = schema
        self._connections_max = connections_max
        self._command_timeout_seconds = command_timeout_seconds
        self._connect_timeout_seconds = connect_timeout_seconds
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None

    async def __aenter__(self) -> "Database":
        self._pool = await asyncpg.create_pool(
            self._url,
            min_size=0,
            max_size=self._connections_max,
            command_timeout=self._command_timeout_seconds,
            timeout=self._connect_timeout_seconds,
            init=_prepare,
            server_settings={"search_path": self._schema, "application_name": f"amends-{self._schema}"},
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            pool, self._pool = self._pool, None
            pool.terminate()

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[Connection, None]:
        """A connection without a transaction: for single reads."""
        if self._pool is None:
            raise RuntimeError("the database is closed: use `async with database` first")
        async with self._pool.acquire(timeout=self._connect_timeout_seconds + 5) as connection:
            yield connection

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Connection, None]:
        """Commit on success, roll back on error. The only place that commits."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    async def answers(self) -> bool:
        """Whether PostgreSQL answers within two seconds."""
        try:
            async with self.connection() as connection:
                return bool(await connection.fetchval("select true", timeout=2))
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
