"""Builds classify out of its settings; reads the weights, opens nothing."""

from chassis.clock import Clock, SystemClock
from chassis.database import Database
from chassis.redis_client import connect_redis
from chassis.runtime import Runtime
from chassis.service import Service
from chassis.settings import SettingsError, load_settings
from contracts import MentionDeleted, MentionEdited, MentionReceived
from services.classify.assessor import Assessor
from services.classify.handlers import Handlers
from services.classify.model import ModelUnreadable, load_assessor
from services.classify.settings import ClassifySettings
from services.classify.taxonomy import TaxonomyRefused, with_own

WARM_UP = (
    "Warms up: the tables are read before the first mention comes.",
    "Warmt ook het taalmodel op, dat voor plat Engels niet nodig is.",
)


def create_service(
    settings: ClassifySettings | None = None, clock: Clock | None = None, assessor: Assessor | None = None
) -> Service:
    """classify, ready to run. Raises SettingsError with one line per problem.

    Who builds it again and again (a rehearsal, a story at a time) brings the assessor, which takes a second to read.
    """
    settings = settings or load_settings(ClassifySettings)
    database = Database(
        str(settings.database_url), schema="classify", connections_max=settings.database_connections_max
    )
    handlers = Handlers(assessor or build_assessor(settings))
    return Service(
        Runtime("classify", database, connect_redis(settings), clock or SystemClock()),
        settings,
        handlers={
            MentionReceived: handlers.on_mention_received,
            MentionEdited: handlers.on_mention_edited,
            MentionDeleted: handlers.on_mention_deleted,
        },
    )


def build_assessor(settings: ClassifySettings) -> Assessor:
    """Both stages, as the settings say, warm."""
    try:
        assessor = load_assessor(
            settings.model_path,
            taxonomy=with_own(settings.taxonomy_path.read_text("utf-8")) if settings.taxonomy_path else None,
            second=settings.second_stage,
            seconds_max=settings.second_stage_seconds_max,
            threads=settings.second_stage_threads,
        )
    except ModelUnreadable as error:
        raise SettingsError(f"MODEL_PATH: {error}") from None
    except (OSError, UnicodeDecodeError, TaxonomyRefused) as error:
        raise SettingsError(f"TAXONOMY_PATH: {error}") from None
    assessor.assess(WARM_UP)
    return assessor
