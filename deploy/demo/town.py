"""A small town on this machine: the channels where customers read our replies, and the phones of the bank's staff.

Everything goes over real HTTP and SMTP on loopback. Replies are checked for their signature and kept by their key, as a
real channel would; work orders come as e-mail, and are answered through the signed link in them.
"""

import asyncio
import html
import re
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import httpx
import uvicorn
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from fastapi import FastAPI, Request, Response

from chassis.webhooks import SignatureMalformed, SignatureRefused, verify

_LINK = re.compile(r"https?://\S+/a/\S+")
_FORM = re.compile(r'name="form" value="([^"]+)"')


def free_port() -> int:
    """A port of loopback that nobody has at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Heard:
    """One reply as a customer reads it."""

    at: datetime
    webhook_id: str
    data: Mapping[str, Any]


class ChannelSink:
    """Takes our replies, signed; a repeat of a known webhook-id is answered and shown once."""

    def __init__(self, secret: str, port: int, host: str = "127.0.0.1") -> None:
        self._secret = secret
        self.port = port
        self.heard: list[Heard] = []
        self.repeats = 0
        self.is_away = False
        self._by_id: dict[str, Heard] = {}
        app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
        app.post("/replies")(self._take)
        config = uvicorn.Config(app, host=host, port=self.port, log_level="warning", lifespan="off")
        self._server = uvicorn.Server(config)
        self._task: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/replies"

    async def _take(self, request: Request) -> Response:
        body, now = await request.body(), datetime.now(UTC)
        if self.is_away:
            return Response(status_code=503, headers={"Retry-After": "1"})
        try:
            webhook_id = verify(request.headers, body, [self._secret], now)
        except (SignatureMalformed, SignatureRefused):
            return Response(status_code=401)
        if webhook_id in self._by_id:
            self.repeats += 1
        else:
            self._by_id[webhook_id] = Heard(now, webhook_id, (await request.json())["data"])
            self.heard.append(self._by_id[webhook_id])
        return Response(f'{{"external_id": "reply-{webhook_id}"}}', media_type="application/json")

    async def __aenter__(self) -> "ChannelSink":
        self._task = asyncio.create_task(self._server._serve())  # serve() would take over our signals
        while not self._server.started:
            if self._task.done():
                self._task.result()
            await asyncio.sleep(0.01)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.should_exit = True
        if self._task is not None:
            await self._task


@dataclass(frozen=True)
class Mail:
    """One work order in somebody's inbox."""

    at: datetime
    to: str
    subject: str
    text: str
    message_id: str

    @property
    def link(self) -> str:
        found = _LINK.search(self.text)
        if found is None:
            raise ValueError("a work order without a link")
        return found.group(0)


@dataclass
class PostOffice:
    """A mail server that keeps what it gets."""

    port: int = field(default_factory=free_port)
    host: str = "127.0.0.1"
    mails: list[Mail] = field(default_factory=list)
    on_mail: Callable[[Mail], None] | None = None
    _controller: Controller | None = None

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's name
        message = message_from_bytes(envelope.content or b"", _class=EmailMessage, policy=policy.default)  # type: ignore[arg-type]
        body = message.get_body(("plain",))
        text = body.get_content() if body is not None else ""
        subject, message_id = str(message["Subject"]), str(message["Message-ID"])
        mail = Mail(datetime.now(UTC), envelope.rcpt_tos[0], subject, text, message_id)
        self.mails.append(mail)
        if self.on_mail is not None:
            self.on_mail(mail)
        return "250 taken"

    def __enter__(self) -> "PostOffice":
        self._controller = Controller(self, hostname=self.host, port=self.port)
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._controller is not None:
            self._controller.stop()


class Phone:
    """Opens the link in a work order and taps, as a person does: look first, then answer with the form shown."""

    def __init__(self, public_url: str = "", reached_at: str = "") -> None:
        """Where the links' `public_url` is reached from here, if not at itself."""
        self._client = httpx.AsyncClient(timeout=10, trust_env=False)
        self._public_url, self._reached_at = public_url, reached_at

    def _from_here(self, link: str) -> str:
        return link.replace(self._public_url, self._reached_at, 1) if self._public_url else link

    async def look(self, link: str) -> str:
        """The page, as text with its tags."""
        page = await self._client.get(self._from_here(link))
        page.raise_for_status()
        return page.text

    async def tap(self, link: str, action: str, **fields: str) -> None:
        """Send one of the page's forms."""
        found = _FORM.search(await self.look(link))
        if found is None:
            raise ValueError("the page shows no form")
        body = {"form": html.unescape(found.group(1)), "action": action} | fields
        answer = await self._client.post(self._from_here(link), data=body, follow_redirects=True)
        answer.raise_for_status()

    async def say(self, link: str, words: str) -> None:
        """Report in words: "moved two people to the counter, 5 min"."""
        await self.tap(link, "report", text=words)

    async def close(self) -> None:
        await self._client.aclose()
