"""Builds respond out of its settings; reads policy and playbooks, opens nothing."""

from datetime import timedelta
from functools import cache
from pathlib import Path

from fastapi import FastAPI

from chassis.clock import Clock, SystemClock
from chassis.database import Database
from chassis.outbound import WebhookSender
from chassis.redis_client import connect_redis
from chassis.runtime import Runtime
from chassis.service import Reliability, Service, TimerHandler
from chassis.settings import Mode, SettingsError, load_settings
from contracts import (
    IncidentAcknowledged,
    IncidentFixConfirmed,
    IncidentFixDeclined,
    IncidentLocated,
    IncidentMentionAdded,
    IncidentNotified,
    IncidentOpened,
    IncidentStormStarted,
    Kind,
    MentionAssessed,
    MentionDeleted,
    MentionEdited,
    MentionLocated,
    MentionReceived,
    Topic,
)
from services.respond.aftercare import CLOSING, GOODWILL, IDEA, PROMISE, UPDATE, Aftercare
from services.respond.api import create_api
from services.respond.approving import Approving
from services.respond.channel import ChannelAdapter
from services.respond.following import Following
from services.respond.goodwill import CouponFile, Goodwill, GoodwillRefused, load_goodwill
from services.respond.handlers import DRAFT, GRACE, Handlers, observe_undecided
from services.respond.knowledge import NOTHING_KNOWN, Knowledge, KnowledgeRefused, load_knowledge
from services.respond.noticing import Knowing
from services.respond.overruling import Overruling
from services.respond.playbooks import PlaybookRefused, Playbooks, load_playbooks
from services.respond.policy import Policy, PolicyRefused, load_policy, unprepared
from services.respond.reading import PhrasesRefused, Reader, load_phrases
from services.respond.replying import APPROVAL, CHANNEL, Replying
from services.respond.settings import RespondSettings


def create_service(settings: RespondSettings | None = None, clock: Clock | None = None) -> Service:
    """Respond, ready to run. Raises SettingsError with one line per problem."""
    settings = settings or load_settings(RespondSettings)
    database = Database(str(settings.database_url), schema="respond", connections_max=settings.database_connections_max)
    runtime = Runtime("respond", database, connect_redis(settings), clock or SystemClock())
    playbooks, policy = read_playbooks(settings.playbooks_path), read_policy(settings.policy_path)
    if settings.amends_mode is Mode.PRODUCTION:
        refuse_unprepared(policy, playbooks, settings.policy_path)
    replying = Replying(playbooks, read_knowing(settings), policy, settings.humour)
    goodwill, codes = read_goodwill(settings.goodwill_path)
    aftercare = Aftercare(replying, timedelta(hours=settings.update_hours), goodwill, codes)
    grace, patience = timedelta(seconds=settings.grace_seconds), timedelta(seconds=settings.patience_seconds)
    handlers = Handlers(replying, policy, grace, patience, aftercare)
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
            MentionLocated: handlers.on_mention_located,
            IncidentOpened: following.on_incident_opened,
            IncidentLocated: following.on_incident_located,
            IncidentMentionAdded: following.on_mention_added,
            IncidentNotified: following.on_incident_notified,
            IncidentAcknowledged: following.on_incident_acknowledged,
            IncidentFixConfirmed: following.on_fix_confirmed,
            IncidentFixDeclined: following.on_fix_declined,
        },
        timers=timers_of(handlers, aftercare),
        adapters={CHANNEL: build_channel(settings, runtime)},
        on_settled=handlers.on_settled,
        http=build_api(settings, runtime, handlers),
        http_host=settings.http_host,
        http_port=settings.http_port,
        observers=(observe_undecided,),
    )


def timers_of(handlers: Handlers, aftercare: Aftercare) -> dict[str, TimerHandler]:
    """Who is called when a timer of each kind is due."""
    return {
        DRAFT: handlers.on_draft_due,
        GRACE: handlers.on_grace_due,
        APPROVAL: handlers.on_approval_due,
        UPDATE: aftercare.on_update_due,
        PROMISE: aftercare.on_promise_due,
        GOODWILL: aftercare.on_goodwill_due,
        CLOSING: aftercare.on_closing_due,
        IDEA: aftercare.on_idea_end_due,
    }


def build_api(settings: RespondSettings, runtime: Runtime, handlers: Handlers) -> FastAPI:
    """What people decide by."""
    token = settings.respond_api_token.get_secret_value()
    return create_api(Approving(runtime), Overruling(runtime, handlers), token)


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


def read_goodwill(path: Path | None) -> tuple[Goodwill, CouponFile]:
    """The file GOODWILL_PATH names, and the codes beside it."""
    if path is None:
        return Goodwill(), CouponFile({})
    try:
        goodwill = load_goodwill(path.read_text("utf-8"), path.name)
        named = {company: gift.codes for company, gift in goodwill.companies.items() if gift.codes}
        lines = {company: (path.parent / name).read_text("utf-8").splitlines() for company, name in named.items()}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"GOODWILL_PATH: cannot read {path}: {error}") from None
    except GoodwillRefused as error:
        raise SettingsError(f"GOODWILL_PATH: {error}") from None
    return goodwill, CouponFile(
        {company: [code.strip() for code in codes if code.strip()] for company, codes in lines.items()}
    )


def read_knowing(settings: RespondSettings) -> Knowing:
    """The files below PHRASES_PATH, and the one KNOWLEDGE_PATH names."""
    knowledge = read_knowledge(settings.knowledge_path) if settings.knowledge_path else NOTHING_KNOWN
    return Knowing(read_phrases(settings.phrases_path), knowledge)


def read_phrases(folder: Path) -> Reader:
    """The files below PHRASES_PATH, one per language."""
    try:
        return load_phrases({path.name: path.read_text("utf-8") for path in folder.glob("*.yaml")})
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"PHRASES_PATH: cannot read {folder}: {error}") from None
    except PhrasesRefused as error:
        raise SettingsError(f"PHRASES_PATH: {error}") from None


def read_knowledge(path: Path) -> Knowledge:
    """The file KNOWLEDGE_PATH names."""
    try:
        return load_knowledge(path.read_text("utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"KNOWLEDGE_PATH: cannot read {path}: {error}") from None
    except KnowledgeRefused as error:
        raise SettingsError(f"KNOWLEDGE_PATH: {error}") from None


def missing_plans(policy: Policy, playbooks: Playbooks) -> list[str]:
    """Topics without a playbook for complaints in some language we speak, or without an owner."""

    def planned(topic: Topic) -> bool:
        return all(playbooks.find(language, Kind.COMPLAINT, topic) for language in playbooks.languages)

    return unprepared(policy, planned)


def refuse_unprepared(policy: Policy, playbooks: Playbooks, path: Path) -> None:
    """In production nobody meets a topic without a plan and an owner."""
    if problems := missing_plans(policy, playbooks):
        raise SettingsError("\n".join(f"POLICY_PATH: {path.name}: {problem}" for problem in problems))
