"""What every test may ask for. Servers start when the first test needs them; what they do is in tests/servers.py.

database_url   a migrated database of the test's own, as its owner
service_url    its address as the role of a service
redis_url      an empty Redis
redis          a client for it
make_runtime   an open Runtime as a service, closed after the test
settings_env   the environment to start a service's process with
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from chassis.clock import Clock
from chassis.redis_client import connect_redis
from chassis.runtime import Runtime
from tests import servers

MakeRuntime = Callable[..., Awaitable[Runtime]]


@pytest.fixture(scope="session")
def addresses() -> Generator[servers.Addresses, None, None]:
    with servers.running_servers() as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def template(addresses: servers.Addresses) -> AsyncGenerator[str, None]:
    name = await servers.create_template(addresses.admin_url)
    yield name
    await servers.execute(addresses.admin_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database_url(addresses: servers.Addresses, template: str) -> AsyncGenerator[str, None]:
    async with servers.database_copied_from(template, addresses.admin_url) as url:
        yield url


@pytest.fixture
def service_url(database_url: str) -> Callable[[str], str]:
    return lambda service: servers.as_service(database_url, service)


@pytest.fixture
async def redis_url(addresses: servers.Addresses) -> str:
    client: Redis = Redis.from_url(addresses.redis_url)
    async with client:
        await client.flushdb()
    return addresses.redis_url


@pytest.fixture
async def redis(redis_url: str, database_url: str) -> AsyncGenerator[Redis, None]:
    async with connect_redis(servers.settings_for("ingest", database_url, redis_url)) as client:
        yield client


@pytest.fixture
async def make_runtime(database_url: str, redis_url: str) -> AsyncGenerator[MakeRuntime, None]:
    async with AsyncExitStack() as opened:

        async def make(service: str, clock: Clock | None = None) -> Runtime:
            runtime = servers.build_runtime(service, database_url, redis_url, clock)
            await opened.enter_async_context(runtime.database)
            await opened.enter_async_context(runtime.redis)
            return runtime

        yield make


@pytest.fixture
def settings_env(database_url: str, redis_url: str) -> Callable[[str], dict[str, str]]:
    return lambda service: servers.environment_of(service, database_url, redis_url)
