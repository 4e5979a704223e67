"""`amends up`: everything on this machine until Ctrl-C, for trying it and for developing against it."""

import argparse
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deploy.local.embedded import ServersFailed
from deploy.local.stack import SERVICES, Stack, StackFailed

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]
else:
    Commands = Any

HOME_USUAL = Path("var/amends")


def register(commands: Commands) -> None:
    """Add `amends up`."""
    up = commands.add_parser("up", help="run servers and services on this machine, without Docker, until Ctrl-C")
    up.add_argument("--home", type=Path, default=HOME_USUAL, help=f"data, logs and secrets (default {HOME_USUAL})")
    up.add_argument("--directory", type=_file, required=True, help="YAML: branches, and whom to ask")
    up.add_argument("--channels", type=_file, required=True, help="YAML: accounts, and what each channel permits")
    up.add_argument(
        "--set",
        action="append",
        default=[],
        type=_setting,
        metavar="SERVICE.NAME=VALUE",
        help="a setting of one service, e.g. notify.SMTP_PORT=25; may be given several times",
    )
    up.set_defaults(run=run_up)


def _file(name: str) -> Path:
    path = Path(name).resolve()
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"there is no file {name}")
    return path


def _setting(text: str) -> tuple[str, str, str]:
    target, equals, value = text.partition("=")
    service, _, name = target.partition(".")
    if not equals or service not in SERVICES or not name.isupper():
        raise argparse.ArgumentTypeError(f"write SERVICE.NAME=VALUE, SERVICE one of {', '.join(SERVICES)}")
    return service, name, value


def run_up(arguments: argparse.Namespace) -> int:
    """Start, say where everything is, wait, stop."""
    overrides: dict[str, dict[str, str]] = {}
    for service, name, value in arguments.set:
        overrides.setdefault(service, {})[name] = value
    stack = Stack(arguments.home, arguments.directory, arguments.channels, overrides)
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    try:
        stack.start()
    except (StackFailed, ServersFailed) as error:
        print(error, file=sys.stderr)
        return 2
    try:
        for line in describe(stack):
            print(line, flush=True)
        ended.wait()
    finally:
        stack.stop()
    return 0


def describe(stack: Stack) -> list[str]:
    """Where everything is. No secret is shown: their file is named."""
    return [
        f"mentions   {stack.url('ingest')}/v1/mentions",
        f"pages      {stack.url('notify')}/a/… (links in work orders)",
        f"queue      {stack.url('respond')}/v1/queue",
        *(f"metrics    {stack.metrics_url(service)} ({service})" for service in SERVICES),
        f"logs       {stack.home / 'logs'}",
        f"secrets    {stack.home / 'secrets.json'}",
        "ready; Ctrl-C ends it",
    ]
