"""`make demo`: the story on real parts, from one command; or anybody's mentions instead.

MENTIONS=file.jsonl plays that file in place of the story. KEEP=1 leaves everything running until Ctrl-C.
The last line is JSON.
"""

import argparse
import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from deploy.demo.playing import Demo, Result, addresses_of, play_file, play_story, show_where_to_look
from deploy.demo.town import Phone, PostOffice, free_port
from deploy.local.embedded import ServersFailed
from deploy.local.stack import Stack, StackFailed

HERE = Path(__file__).parent
SHORTENED = {"UNDO_SECONDS": "2", "ESCALATION_SECONDS": "20", "GRACE_SECONDS": "2", "PATIENCE_SECONDS": "30"}
"""Clocks of the demo; in production: 60 s to take a report back, 600 s to answer, 5 s and 60 s to wait for a fix."""


def main() -> int:
    """Start everything, play, say what happened, and end everything."""
    arguments = _read_arguments()
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 140)
    home = Path(tempfile.mkdtemp(prefix="amends-demo-"))
    home.chmod(0o755)  # as root, the servers run as somebody else
    try:
        return _run(arguments, home, console)
    except (StackFailed, ServersFailed) as error:
        console.print(f"[red]The demo could not start.[/red] {error}", markup=True)
        return 2
    except KeyboardInterrupt:
        return 130
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--mentions", type=_file, default=os.environ.get("MENTIONS") or None, help="JSONL to play")
    parser.add_argument("--keep", action="store_true", default=os.environ.get("KEEP") == "1", help="stay up afterwards")
    return parser.parse_args()


def _file(name: str) -> Path:
    path = Path(name).resolve()
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"there is no file {name}")
    return path


def _run(arguments: argparse.Namespace, home: Path, console: Console) -> int:
    channel_port = free_port()
    with PostOffice() as post:
        stack = Stack(home, HERE / "bank.yaml", HERE / "channels.yaml", _overrides(channel_port, post.port))
        with console.status("starting PostgreSQL, Valkey and four services"):
            stack.start()
        try:
            result = asyncio.run(_play(arguments, stack, post, console, channel_port))
            if arguments.keep:
                _stay(stack, console)
        finally:
            stack.stop()
    print(json.dumps(result.as_json()))
    return 0 if result.complete else 1


async def _play(
    arguments: argparse.Namespace, stack: Stack, post: PostOffice, console: Console, channel_port: int
) -> Result:
    phone = Phone()
    demo = Demo(addresses_of(stack), post, phone, console, channel_port)
    try:
        return await (play_file(demo, stack, arguments.mentions) if arguments.mentions else play_story(demo))
    finally:
        await phone.close()


def _overrides(channel_port: int, smtp_port: int) -> dict[str, dict[str, str]]:
    notify = {name: SHORTENED[name] for name in ("UNDO_SECONDS", "ESCALATION_SECONDS")}
    respond = {name: SHORTENED[name] for name in ("GRACE_SECONDS", "PATIENCE_SECONDS")}
    return {
        "notify": notify | {"SMTP_PORT": str(smtp_port)},
        "respond": respond | {"CHANNEL_WEBHOOK_URL": f"http://127.0.0.1:{channel_port}/replies"},
    }


def _stay(stack: Stack, console: Console) -> None:
    console.print("\nEverything stays up. Ctrl-C ends it.")
    show_where_to_look(stack, console)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        signal.pause()
    except KeyboardInterrupt:
        console.print("ending")


if __name__ == "__main__":
    sys.exit(main())
