"""classify with a bug of the test's making: some words make its handler raise, and some kill its process."""

import os
import signal
from collections.abc import Sequence
from dataclasses import replace

import uvloop

from chassis.running import run
from chassis.service import Service
from chassis.work import Received, Work
from contracts import MentionReceived
from services.classify.app import create_service

RAISES = "please raise"
KILLS = "please die"


def create_faulty() -> Service:
    """The real service with its handler wrapped."""
    service = create_service()
    real = service.handlers[MentionReceived]

    async def on_mention_received(work: Work, events: Sequence[Received[MentionReceived]]) -> None:
        for event in events:
            if KILLS in event.data.mention.text:
                os.kill(os.getpid(), signal.SIGKILL)
            if RAISES in event.data.mention.text:
                raise ValueError("a bug")
        await real(work, events)

    return replace(service, handlers={**service.handlers, MentionReceived: on_mention_received})


if __name__ == "__main__":
    uvloop.run(run(create_faulty()))
