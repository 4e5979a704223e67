"""Builds respond out of its settings; reads policy and playbooks, opens nothing."""

from datetime import timedelta
from functools import cache
from pathlib import Path

from chassis.clock import Clock, SystemClock
from chassis.database import Database
from chassis.outbound import WebhookSender
from chassis.redis_client import connect_redis
from chassis.runtime import Runtime
from chassis.service import Reliability, Service
from chassis.settings import Mode, SettingsError, load_settings
from contracts import (
    IncidentFixConfirmed,
    IncidentFixDeclined,
    IncidentLocated,
    IncidentMentionAdded,
    IncidentNotified,
    IncidentOpened,
    IncidentStormStarted,
    MentionAssessed,
    MentionDeleted,
    MentionEdited,
    MentionReceived,
)
from services.respond.api import create_api
from services.respond.approving import Approving
from services.respond.channel import ChannelAdapter
from services.respond.following import Following
from services.respond.handlers import DRAFT, GRACE, Handlers, observe_undecided
from services.respond.playbooks import PlaybookRefused, Playbooks, load_playbooks
from services.respond.policy import Policy, PolicyRefused, load_policy
from services.respond.replying import CHANNEL, Replying
from services.respond.settings import RespondSettings


def create_service(settings: RespondSettings | None = None, clock: Clock | None = None) -> Service:
    """Respond, ready to run. Raises SettingsError with one line per problem."""
    settings = settings or load_settings(RespondSettings)
    database = Database(str(settings.database_url), schema="respond", connections_max=settings.database_connections_max)
    runtime = Runtime("respond", database, connect_redis(settings), clock or SystemClock())
    replying = Replying(read_playbooks(settings.playbooks_path))
    grace, patience = timedelta(seconds=settings.grace_seconds), timedelta(seconds=settings.patience_seconds)
    handlers = Handlers(replying, read_policy(settings.policy_path), grace, patience)
    following = Following()
    return Service(
        runtime,
        settings,
        handlers={
            MentionReceived: handlers.on_mention_received,
            MentionEdited: handlers.on_mention_edited,
            MentionDeleted: handlers.on_mention_deleted,
            MentionAssessed: handlers.on_mention_assessed,
            IncidentStormStarted: following.on_storm_started,
            IncidentOpened: following.on_incident_opened,
            IncidentLocated: following.on_incident_located,
            IncidentMentionAdded: following.on_mention_added,
            IncidentNotified: following.on_incident_notified,
            IncidentFixConfirmed: following.on_fix_confirmed,
            IncidentFixDeclined: following.on_fix_declined,
        },
        timers={DRAFT: handlers.on_draft_due, GRACE: handlers.on_grace_due},
        adapters={CHANNEL: build_channel(settings, runtime)},
        on_settled=handlers.on_settled,
        http=create_api(Approving(runtime), settings.respond_api_token.get_secret_value()),
        http_host=settings.http_host,
        http_port=settings.http_port,
        observers=(observe_undecided,),
    )


def build_channel(settings: RespondSettings, runtime: Runtime) -> ChannelAdapter:
    """The one way replies leave."""
    trusted = settings.amends_mode is Mode.DEMO
    sender = WebhookSender(settings.channel_webhook_secret.get_secret_value(), trusted_network=trusted)
    return ChannelAdapter(runtime, sender, settings.channel_webhook_url, Reliability(settings.channel_reliability))


def read_policy(path: Path) -> Policy:
    """The file POLICY_PATH names."""
    try:
        return load_policy(path.read_text("utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"POLICY_PATH: cannot read {path}: {error}") from None
    except PolicyRefused as error:
        raise SettingsError(f"POLICY_PATH: {error}") from None


@cache
def read_playbooks(folder: Path) -> Playbooks:
    """The files below the folder PLAYBOOKS_PATH names: one folder per language.

    Read once in a process: a rehearsal builds the service for every story, and they do not change meanwhile.
    """
    try:
        files = {f"{path.parent.name}/{path.name}": path.read_text("utf-8") for path in folder.glob("*/*.yaml")}
        if not files:
            raise SettingsError(f"PLAYBOOKS_PATH: {folder} holds no playbook (en/queue.yaml, say)")
        return load_playbooks(files)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"PLAYBOOKS_PATH: cannot read {folder}: {error}") from None
    except PlaybookRefused as error:
        raise SettingsError(f"PLAYBOOKS_PATH: {error}") from None
