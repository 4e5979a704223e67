"""Builds ingest out of its settings; opens nothing."""

from chassis.clock import Clock, SystemClock
from chassis.database import Database
from chassis.redis_client import connect_redis
from chassis.runtime import Runtime
from chassis.service import Service
from chassis.settings import SettingsError, load_settings
from services.ingest.api import Intakes, Limits, create_api
from services.ingest.channels import Channels, ChannelsRefused, load_channels
from services.ingest.settings import ImportSettings, IngestSettings


def create_service(settings: IngestSettings | None = None, clock: Clock | None = None) -> Service:
    """Ingest, ready to run. Raises SettingsError with one line per problem."""
    settings = settings or load_settings(IngestSettings)
    database = Database(str(settings.database_url), schema="ingest", connections_max=settings.database_connections_max)
    runtime = Runtime("ingest", database, connect_redis(settings), clock or SystemClock())
    limits = Limits(
        settings.body_bytes_max,
        settings.mentions_max,
        settings.requests_max,
        settings.source_requests_per_second_max,
    )
    author_secret = settings.author_key_secret.get_secret_value().encode()
    intakes = Intakes(runtime, read_channels(settings), settings.secrets, author_secret, limits)
    return Service(
        runtime,
        settings,
        http=create_api(intakes),
        http_host=settings.http_host,
        http_port=settings.http_port,
    )


def read_channels(settings: ImportSettings) -> Channels:
    """The file INGEST_CONFIG names."""
    try:
        return load_channels(settings.ingest_config.read_text("utf-8"), settings.ingest_config.name)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"INGEST_CONFIG: cannot read {settings.ingest_config}: {error}") from None
    except ChannelsRefused as error:
        raise SettingsError(f"INGEST_CONFIG: {error}") from None
