"""Builds notify out of its settings; reads the directory, opens nothing."""

from datetime import timedelta

from pydantic import SecretStr

from chassis.clock import Clock, SystemClock
from chassis.database import Database
from chassis.outbound import WebhookSender
from chassis.redis_client import connect_redis
from chassis.runtime import Runtime
from chassis.service import Adapter, Loop, Service
from chassis.settings import Mode, SettingsError, load_settings
from contracts import MentionAssessed, MentionDeleted, MentionEdited
from services.notify.adapters import AppriseAdapter, EmailAdapter, MailServer, WebhookAdapter
from services.notify.answering import Answering
from services.notify.asking import ESCALATION, Asking
from services.notify.corrections import Corrections
from services.notify.directory import DirectoryError
from services.notify.growth import Storm
from services.notify.handlers import REPORT, Handlers, Windows, observe_incidents
from services.notify.hearing import Hearing
from services.notify.hooks import Hooks
from services.notify.learning import LOOK, NOTICE, NOTICE_ADAPTER, WISHES
from services.notify.links import Links
from services.notify.live import LiveDirectory
from services.notify.mailbox import MAILBOX_READ, Mailbox, MailboxReader, MailboxServer
from services.notify.notices import NoticeAdapter, Notices
from services.notify.pacing import Pace
from services.notify.page import create_page
from services.notify.settings import NotifySettings
from services.notify.views import Views

FORGET_EVERY_SECONDS = 3_600.0


def create_service(settings: NotifySettings | None = None, clock: Clock | None = None) -> Service:
    """Notify, ready to run. Raises SettingsError with one line per problem."""
    settings = settings or load_settings(NotifySettings)
    database = Database(str(settings.database_url), schema="notify", connections_max=settings.database_connections_max)
    runtime = Runtime("notify", database, connect_redis(settings), clock or SystemClock())
    live = read_directory(settings)
    links = Links(settings.action_link_secret.get_secret_value(), str(settings.amends_public_url))
    views = Views(runtime, live, links)
    adapters = build_adapters(settings, views)
    urgent = timedelta(seconds=settings.urgent_seconds)
    pace = Pace(settings.orders_at_once_max, timedelta(seconds=settings.bundle_seconds))
    asking = Asking(live, tuple(adapters), timedelta(seconds=settings.escalation_seconds), urgent, pace)
    answering = Answering(runtime, asking, timedelta(seconds=settings.undo_seconds))
    hearing = Hearing(answering, views)
    page = create_page(answering, views, links)
    if (secret := _reveal(settings.work_order_answers_secret)) is not None:
        Hooks(runtime, hearing, views, links, secret).serve(page)
    mentions = timedelta(seconds=settings.incident_window_seconds)
    returned = timedelta(seconds=settings.returned_after_fix_seconds)
    storm = Storm(settings.storm_mentions, timedelta(seconds=settings.storm_within_seconds))
    handlers = Handlers(asking, Windows(mentions, returned, storm), settings.urgent_topics)
    return Service(
        runtime,
        settings,
        handlers={
            MentionAssessed: handlers.on_mention_assessed,
            MentionEdited: handlers.on_mention_edited,
            MentionDeleted: handlers.on_mention_deleted,
        },
        timers={
            ESCALATION: handlers.on_escalation_due,
            REPORT: handlers.on_report_due,
            LOOK: handlers.learning.on_look_due,
            WISHES: handlers.learning.on_wishes_due,
            NOTICE: handlers.learning.on_notice_due,
        },
        adapters=adapters | {NOTICE_ADAPTER: build_notices(settings, runtime, live)},
        on_settled=handlers.on_settled,
        http=page,
        http_host=settings.http_host,
        http_port=settings.http_port,
        observers=(live.watch, observe_incidents),
        loops=build_loops(settings, runtime, hearing, links),
    )


def build_corrections(settings: NotifySettings, runtime: Runtime) -> Corrections:
    """What operations do to incidents by hand, beside the running service: its relay sends what this emits."""
    live = read_directory(settings)
    links = Links(settings.action_link_secret.get_secret_value(), str(settings.amends_public_url))
    adapters = build_adapters(settings, Views(runtime, live, links))
    answer_within = timedelta(seconds=settings.escalation_seconds)
    return Corrections(
        runtime, Asking(live, tuple(adapters), answer_within, timedelta(seconds=settings.urgent_seconds))
    )


def read_directory(settings: NotifySettings) -> LiveDirectory:
    """The file DIRECTORY_PATH names."""
    try:
        return LiveDirectory(settings.directory_path)
    except OSError as error:
        raise SettingsError(f"DIRECTORY_PATH: cannot read {settings.directory_path}: {error.strerror}") from None
    except DirectoryError as error:
        raise SettingsError(f"DIRECTORY_PATH: {error}") from None


def build_adapters(settings: NotifySettings, views: Views) -> dict[str, Adapter]:
    """The ways to reach an owner that are set up."""
    # Without somebody who reads it, a reply address would promise an answer that nobody hears.
    answers_to = settings.mail_answers_address if settings.imap_host else None
    adapters: dict[str, Adapter] = {"email": EmailAdapter(mail_server(settings), views.compose, answers_to)}
    secret = _reveal(settings.work_order_webhook_secret)
    if secret is not None:
        trusted = settings.amends_mode is Mode.DEMO
        adapters["webhook"] = WebhookAdapter(WebhookSender(secret, trusted_network=trusted), views.compose)
    if targets := settings.apprise_targets:
        adapters["apprise"] = AppriseAdapter(targets, views.compose)
    return adapters


def build_notices(settings: NotifySettings, runtime: Runtime, live: LiveDirectory) -> Adapter:
    """The way by which a branch hears of a pattern."""
    return NoticeAdapter(mail_server(settings), Notices(runtime, live).compose)


def mail_server(settings: NotifySettings) -> MailServer:
    """Where mail is handed over, and as whom."""
    return MailServer(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_from,
        settings.smtp_encryption,
        settings.smtp_username,
        _reveal(settings.smtp_password),
    )


def build_loops(settings: NotifySettings, runtime: Runtime, hearing: Hearing, links: Links) -> tuple[Loop, ...]:
    """The mailbox, where one is set up, and what cleans up behind all answers."""
    forgetting = Loop("forget_heard", hearing.forget_old, FORGET_EVERY_SECONDS)
    if settings.imap_host is None:
        return (forgetting,)
    server = MailboxServer(
        settings.imap_host,
        settings.imap_port,
        settings.imap_username or "",
        _reveal(settings.imap_password) or "",
        settings.imap_encryption,
        settings.imap_mailbox,
    )
    MAILBOX_READ.set_to_current_time()
    reader = MailboxReader(runtime, hearing, links, Mailbox(server), server.name)
    return (Loop("mailbox", reader.look, settings.imap_every_seconds, reader.close), forgetting)


def _reveal(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret is not None else None
