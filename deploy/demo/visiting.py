"""Plays the story against a product that runs already, inside its network: the demo profile of docker-compose.yml."""

import asyncio
import json
import os
import secrets
import sys
from pathlib import Path

from rich.console import Console

from deploy.demo.playing import Addresses, Demo, Result, play_story
from deploy.demo.town import Phone, PostOffice

EVERYWHERE = "0.0.0.0"
"""The other containers reach us here; the network leads nowhere else."""
SMTP_PORT, CHANNEL_PORT = 1025, 8090


def main() -> int:
    """Exit code 0 when all that should happen has happened."""
    with PostOffice(port=SMTP_PORT, host=EVERYWHERE) as post:
        result = asyncio.run(_play(post))
    sys.stdout.write(json.dumps(result.as_json()) + "\n")
    return 0 if result.complete else 1


async def _play(post: PostOffice) -> Result:
    addresses = Addresses(
        os.environ["INGEST_URL"],
        _secret("REDIS_URL"),
        _secret("WEBHOOK_SECRETS").split(",")[0],
        _secret("CHANNEL_WEBHOOK_SECRET"),
    )
    phone = Phone(os.environ["AMENDS_PUBLIC_URL"], os.environ["NOTIFY_URL"])
    console = Console(highlight=False, width=140)
    demo = Demo(addresses, post, phone, console, CHANNEL_PORT, EVERYWHERE, run=f"demo-{secrets.token_hex(4)}")
    try:
        return await play_story(demo)
    finally:
        await phone.close()


def _secret(name: str) -> str:
    return Path(os.environ[f"{name}_FILE"]).read_text("utf-8").strip()


if __name__ == "__main__":
    sys.exit(main())
