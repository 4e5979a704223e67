"""The whole product on this machine: both servers, and every service as a process of its own.

    with stack(Path("var/up"), directory=..., channels=...) as running: ...   # running.url("ingest")

Secrets are made here once and kept in the home directory, readable by its owner only. Nothing listens on anything
but loopback.
"""

import asyncio
import base64
import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from chassis.migrate import migrate
from deploy.local.children import end, free_port, start_child
from deploy.local.embedded import Servers, write_private

ROOT = Path(__file__).resolve().parents[2]
MIGRATIONS = ROOT / "deploy" / "migrations"
SERVICES = ("ingest", "classify", "notify", "respond")
READY_SECONDS_MAX = 40.0
LOG_LINES_SHOWN = 15


class StackFailed(Exception):
    """A service did not come up. The message names it and shows the end of its log."""


@dataclass(frozen=True)
class Made:
    """Everything secret, made for this home."""

    webhook_secret: str
    author_key_secret: str
    action_link_secret: str
    respond_api_token: str
    channel_webhook_secret: str
    work_order_webhook_secret: str
    role_passwords: Mapping[str, str]


def make_secrets() -> Made:
    """New ones."""
    return Made(
        webhook_secret=_webhook_secret(),
        author_key_secret=secrets.token_urlsafe(32),
        action_link_secret=secrets.token_urlsafe(32),
        respond_api_token=secrets.token_urlsafe(32),
        channel_webhook_secret=_webhook_secret(),
        work_order_webhook_secret=_webhook_secret(),
        role_passwords={service: secrets.token_urlsafe(24) for service in SERVICES},
    )


def _webhook_secret() -> str:
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


def keep_secrets(path: Path) -> Made:
    """Those of an earlier run, else new ones, kept in `path`."""
    if path.exists():
        return Made(**json.loads(path.read_text("utf-8")))
    made = make_secrets()
    write_private(path, json.dumps(vars(made), indent=1))
    return made


@dataclass
class Process:
    """One copy of a service."""

    service: str
    environment: Mapping[str, str]
    log: Path
    http_port: int
    probes_port: int
    command: Sequence[str] = ()
    """What to run instead of `amends run`."""
    running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.running = start_child(
                [sys.executable, *(self.command or ("-m", "cli", "run", self.service))],
                log=log,
                death=signal.SIGTERM,
                environment=self.environment,
                working_directory=ROOT,
            )

    def is_ready(self) -> bool:
        """Raises StackFailed when it has ended."""
        if self.running is None or self.running.poll() is not None:
            raise StackFailed(f"{self.service} has ended. {self._end_of_log()}")
        url = f"http://127.0.0.1:{self.probes_port}/readyz"
        with contextlib.suppress(urllib.error.URLError, OSError), urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
        return False

    def wait_until_ready(self) -> None:
        give_up = time.monotonic() + READY_SECONDS_MAX
        while not self.is_ready():
            if time.monotonic() > give_up:
                raise StackFailed(f"{self.service} is not ready after {READY_SECONDS_MAX} s. {self._end_of_log()}")
            time.sleep(0.05)

    def _end_of_log(self) -> str:
        lines = self.log.read_text("utf-8", "replace").splitlines()[-LOG_LINES_SHOWN:]
        return f"The end of {self.log}:\n" + "\n".join(lines)

    def stop(self) -> None:
        """Let it finish what is under way."""
        if self.running is not None:
            end(self.running, signal.SIGTERM)

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        if self.running is not None and self.running.poll() is None:
            self.running.send_signal(signal.SIGKILL)
            self.running.wait()

    def signal(self, number: signal.Signals) -> None:
        """Have it stand still, or go on."""
        os.kill(self.pid, number)

    @property
    def pid(self) -> int:
        if self.running is None:
            raise StackFailed(f"{self.service} was never started")
        return self.running.pid


@dataclass
class Stack:
    """Servers and services in `home`, used by one run at a time. `overrides`: settings per service that win."""

    home: Path
    directory: Path
    channels: Path
    overrides: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    services: Sequence[str] = SERVICES
    fast: bool = False
    processes: dict[str, Process] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.home = self.home.resolve()
        self.servers = Servers(self.home / "servers", fast=self.fast)
        self._secrets: Made | None = None

    @property
    def secrets(self) -> Made:
        if self._secrets is None:
            raise StackFailed("the stack is not started")
        return self._secrets

    def start(self) -> None:
        """Servers, schema, services; returns when all are ready. Raises StackFailed or ServersFailed."""
        self.home.mkdir(parents=True, exist_ok=True)
        (self.home / "logs").mkdir(exist_ok=True)
        self.servers.start()
        try:
            self._secrets = keep_secrets(self.home / "secrets.json")
            self._migrate()
            for service in self.services:
                self.processes[service] = self.build(service)
            for process in self.processes.values():
                process.start()
            for process in self.processes.values():
                process.wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def _migrate(self) -> None:
        """In a thread of its own, as we may be called from within a running loop."""
        passwords = self.secrets.role_passwords
        with ThreadPoolExecutor(max_workers=1) as thread:
            thread.submit(asyncio.run, migrate(self.servers.database_url, MIGRATIONS, passwords)).result()

    def stop(self) -> None:
        """Everything, in good order."""
        for process in self.processes.values():
            if process.running is not None and process.running.poll() is None:
                process.running.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            process.stop()
        self.servers.stop()

    def build(self, service: str, copy: str = "") -> Process:
        """One more process of `service`, not started yet; `copy` tells its log from the others'."""
        http_port, probes_port = free_port(), free_port()
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "PYTHONPATH": str(ROOT),
            "AMENDS_MODE": "demo",
            "DATABASE_URL": as_role(self.servers.database_url, service, self.secrets.role_passwords[service]),
            "REDIS_URL": self.servers.redis_url,
            "HTTP_PORT": str(http_port),
            "PROBES_PORT": str(probes_port),
        }
        environment |= self._settings(service, http_port) | dict(self.overrides.get(service, {}))
        log = self.home / "logs" / f"{service}{copy}.log"
        return Process(service, environment, log, http_port, probes_port)

    def _settings(self, service: str, http_port: int) -> dict[str, str]:
        made = self.secrets
        settings: dict[str, dict[str, str]] = {
            "ingest": {
                "INGEST_CONFIG": str(self.channels),
                "WEBHOOK_SECRETS": made.webhook_secret,
                "AUTHOR_KEY_SECRET": made.author_key_secret,
            },
            "notify": {
                "DIRECTORY_PATH": str(self.directory),
                "ACTION_LINK_SECRET": made.action_link_secret,
                "WORK_ORDER_WEBHOOK_SECRET": made.work_order_webhook_secret,
                "AMENDS_PUBLIC_URL": f"http://127.0.0.1:{http_port}",
                "SMTP_HOST": "127.0.0.1",
                "SMTP_PORT": "1025",
                "SMTP_FROM": "amends@localhost.localdomain",
                "SMTP_ENCRYPTION": "none",
            },
            "respond": {
                "RESPOND_API_TOKEN": made.respond_api_token,
                "CHANNEL_WEBHOOK_URL": "http://127.0.0.1:8090/replies",
                "CHANNEL_WEBHOOK_SECRET": made.channel_webhook_secret,
            },
        }
        return settings.get(service, {})

    def url(self, service: str) -> str:
        """Where a service's own HTTP is."""
        return f"http://127.0.0.1:{self.processes[service].http_port}"

    def metrics_url(self, service: str) -> str:
        """What Prometheus scrapes."""
        return f"http://127.0.0.1:{self.processes[service].probes_port}/metrics"

    def environment_of(self, service: str) -> dict[str, Any]:
        """To run another command as this service."""
        return dict(self.processes[service].environment)


def as_role(url: str, service: str, password: str) -> str:
    """`url` with the role of `service`."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"amends_{service}:{password}@{host}"))


@contextlib.contextmanager
def stack(home: Path, **options: Any) -> Generator[Stack, None, None]:
    """Everything, while the block runs; the options are Stack's."""
    running = Stack(home, **options)
    running.start()
    try:
        yield running
    finally:
        running.stop()
