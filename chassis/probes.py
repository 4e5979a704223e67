"""/livez, /readyz and /metrics, on a port of their own, so that they answer whatever the service is busy with."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

from prometheus_client import make_asgi_app

Check = Callable[[], Awaitable[str | None]]
"""None when all is well, else one line that says what is not."""


def create_probes(livez: Check, readyz: Check) -> Any:
    """An ASGI application. Not alive: restart the process. Not ready: wait, something it needs is away."""
    metrics = make_asgi_app()
    checks = {"/livez": livez, "/readyz": readyz}

    async def probes(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        if scope["path"] in checks:
            problem = await checks[scope["path"]]()
            await _answer(send, 200 if problem is None else 503, problem or "ok")
        elif scope["path"].rstrip("/") == "/metrics":
            await metrics(scope, receive, send)
        else:
            await _answer(send, 404, "there are /livez, /readyz and /metrics")

    return probes


async def _answer(send: Any, status: int, text: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode() + b"\n"})


class Pulse:
    """When something last went well; stale after `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._last: float | None = None

    def beat(self) -> None:
        self._last = time.monotonic()

    @property
    def fresh(self) -> bool:
        return self._last is not None and time.monotonic() - self._last < self._seconds
