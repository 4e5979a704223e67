"""Every named query fits the migrated schema."""

import importlib.resources
import importlib.util

import asyncpg
import pytest

from chassis.database import load_queries

PACKAGES = (
    "chassis",
    "chassis.migrate",
    "cli",
    "deploy.rehearsal",
    "services.ingest",
    "services.classify",
    "services.notify",
    "services.respond",
)


def has_queries(package: str) -> bool:
    spec = importlib.util.find_spec(package)
    locations = spec.submodule_search_locations if spec else None
    return bool(locations) and importlib.resources.files(package).joinpath("queries.sql").is_file()


EVERY_QUERY = [
    pytest.param(package, sql, id=f"{package}.{name}")
    for package in PACKAGES
    if has_queries(package)
    for name, sql in load_queries(package).items()
]


@pytest.mark.parametrize(("package", "sql"), EVERY_QUERY)
async def test_a_query_fits_the_migrated_schema(database_url: str, package: str, sql: str) -> None:
    connection = await asyncpg.connect(database_url, server_settings={"search_path": package.rpartition(".")[2]})
    try:
        await connection.prepare(sql)
    finally:
        await connection.close()
