"""Builds classify out of its settings; opens nothing."""

from chassis.clock import Clock, SystemClock
from chassis.database import Database
from chassis.redis_client import connect_redis
from chassis.runtime import Runtime
from chassis.service import Service
from chassis.settings import Settings, load_settings
from contracts import MentionDeleted, MentionEdited, MentionReceived
from services.classify import handlers
from services.classify.assessment import assess


def create_service(settings: Settings | None = None, clock: Clock | None = None) -> Service:
    """classify, ready to run. Raises SettingsError with one line per problem."""
    settings = settings or load_settings(Settings)
    database = Database(
        str(settings.database_url), schema="classify", connections_max=settings.database_connections_max
    )
    assess("Warms up: the tables and the language model are read before the first mention comes.")
    return Service(
        Runtime("classify", database, connect_redis(settings), clock or SystemClock()),
        settings,
        handlers={
            MentionReceived: handlers.on_mention_received,
            MentionEdited: handlers.on_mention_edited,
            MentionDeleted: handlers.on_mention_deleted,
        },
    )
