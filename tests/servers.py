"""Real servers for tests: started once per test process, and a fresh database for every test.

Where DATABASE_ADMIN_URL and REDIS_URL are set those servers are used; otherwise containers of their own where an engine
answers, and embedded servers where none does. TEST_SERVERS=containers or =embedded leaves no choice.
"""

import contextlib
import os
import secrets
import socket
import tempfile
from collections.abc import AsyncGenerator, Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit, urlunsplit

import asyncpg
from pydantic import PostgresDsn, RedisDsn
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

from chassis.clock import Clock, SystemClock
from chassis.database import Database
from chassis.migrate import migrate
from chassis.redis_client import connect_redis
from chassis.runtime import Runtime
from chassis.settings import Mode, Settings
from deploy.local.embedded import servers

ROOT = Path(__file__).resolve().parents[1]
MIGRATIONS = ROOT / "deploy" / "migrations"
SERVICES = ("ingest", "classify", "notify", "respond")
KINDS = ("containers", "embedded")
ROLE_PASSWORDS: Mapping[str, str] = {service: f"test-{service}" for service in SERVICES}


@dataclass(frozen=True)
class Addresses:
    """Where the servers are: PostgreSQL as its owner, and a Redis database that is ours to empty."""

    admin_url: str
    redis_url: str


@contextlib.contextmanager
def running_servers() -> Generator[Addresses, None, None]:
    """The servers of this test process: those the environment names, else our own."""
    admin_url, redis_url = os.environ.get("DATABASE_ADMIN_URL"), os.environ.get("REDIS_URL")
    if admin_url and redis_url:
        yield Addresses(admin_url, with_path(redis_url, redis_number()))
        return
    with _containers() if wants_containers() else _embedded() as running:
        yield running


def wants_containers() -> bool:
    """As TEST_SERVERS says; where it says nothing, whether a container engine answers."""
    wanted = os.environ.get("TEST_SERVERS", "")
    if wanted not in {"", *KINDS}:
        raise ValueError(f"TEST_SERVERS is {wanted!r}: set it to one of {', '.join(KINDS)}, or leave it out")
    return wanted == "containers" or (not wanted and engine_answers())


def engine_answers() -> bool:
    """Whether a container engine answers where DOCKER_HOST says, or at the usual socket."""
    url = urlsplit(os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock"))
    try:
        with _connected(url) as engine:
            engine.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
            return b" 200 " in engine.recv(100)
    except OSError:
        return False


def _connected(url: SplitResult) -> socket.socket:
    if url.scheme != "unix":
        return socket.create_connection((url.hostname, url.port or 2375), 5)
    engine = socket.socket(socket.AF_UNIX)
    engine.settimeout(5)
    try:
        engine.connect(url.path)
    except OSError:
        engine.close()
        raise
    return engine


@contextlib.contextmanager
def _embedded() -> Generator[Addresses, None, None]:
    with tempfile.TemporaryDirectory(prefix="amends-test-") as folder, servers(Path(folder), fast=True) as embedded:
        yield Addresses(embedded.database_url, embedded.redis_url)


@contextlib.contextmanager
def _containers() -> Generator[Addresses, None, None]:
    """The images that docker-compose.yml names; nothing is forced to the disk."""
    password = secrets.token_hex(16)
    fast = "postgres -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200"
    postgres = (
        DockerContainer("postgres:18")
        .with_env("POSTGRES_PASSWORD", password)
        .with_command(fast)
        .with_exposed_ports(5432)
        # The first start makes the cluster, stops, and starts again: the second time it says so it is true.
        .waiting_for(LogMessageWaitStrategy("ready to accept connections", times=2))
    )
    valkey = (
        DockerContainer("valkey/valkey:9")
        .with_command(f"valkey-server --requirepass {password} --save ''")
        .with_exposed_ports(6379)
        .waiting_for(LogMessageWaitStrategy("Ready to accept connections"))
    )
    with postgres, valkey:
        yield Addresses(
            f"postgresql://postgres:{password}@{_address(postgres, 5432)}/postgres",
            f"redis://:{password}@{_address(valkey, 6379)}/0",
        )


def _address(container: DockerContainer, port: int) -> str:
    return f"{container.get_container_host_ip()}:{container.get_exposed_port(port)}"


def redis_number() -> str:
    """A Redis database for each parallel test process: streams have fixed names."""
    return os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")


def with_path(url: str, path: str) -> str:
    """`url` with another database in it."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{path}"))


def as_service(url: str, service: str) -> str:
    """`url` with the role of `service`."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"amends_{service}:{ROLE_PASSWORDS[service]}@{host}"))


async def execute(admin_url: str, statement: str) -> None:
    """Run one statement that cannot be in a transaction, such as CREATE DATABASE."""
    connection = await asyncpg.connect(admin_url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def create_template(admin_url: str) -> str:
    """A migrated database to copy; returns its name."""
    name = f"amends_template_{secrets.token_hex(4)}"
    connection = await asyncpg.connect(admin_url)
    try:
        # Roles belong to the whole cluster, which parallel test processes may share.
        await connection.execute("SELECT pg_advisory_lock(hashtextextended('amends_tests', 0))")
        await connection.execute(f"CREATE DATABASE {name}")
        await migrate(with_path(admin_url, name), MIGRATIONS, ROLE_PASSWORDS)
    finally:
        await connection.close()
    return name


@contextlib.asynccontextmanager
async def database_copied_from(template: str, admin_url: str) -> AsyncGenerator[str, None]:
    """A database of one test's own; gives its url, as its owner. Whoever still uses it at the end is thrown out."""
    name = f"amends_{secrets.token_hex(8)}"
    await execute(admin_url, f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield with_path(admin_url, name)
    finally:
        await execute(admin_url, f"DROP DATABASE {name} WITH (FORCE)")


def settings_for(service: str, database_url: str, redis_url: str) -> Settings:
    """What the chassis needs to know to run as `service`."""
    return Settings(
        amends_mode=Mode.DEMO,
        database_url=PostgresDsn(as_service(database_url, service)),
        redis_url=RedisDsn(redis_url),
        probes_port=0,
    )


def build_runtime(service: str, database_url: str, redis_url: str, clock: Clock | None) -> Runtime:
    """A closed Runtime as `service`'s own role."""
    settings = settings_for(service, database_url, redis_url)
    return Runtime(
        name=service,
        database=Database(
            str(settings.database_url), schema=service, connections_max=settings.database_connections_max
        ),
        redis=connect_redis(settings),
        clock=clock or SystemClock(),
    )


def environment_of(service: str, database_url: str, redis_url: str) -> dict[str, str]:
    """The environment of one service's process, with nothing of ours but the way to its programs."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": str(ROOT),
        "AMENDS_MODE": "demo",
        "DATABASE_URL": as_service(database_url, service),
        "REDIS_URL": redis_url,
        "PROBES_PORT": "0",
    }
