"""How a work order leaves: as an e-mail, or as a signed webhook. Its words are made at that moment.

E-mail is blind: nobody can ask a mail server whether a message arrived, so a doubtful one is sent again and
says so. A webhook is keyed: its id is the dispatch's, and the receiver recognises a repeat.
"""

import asyncio
import ipaddress
import json
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import parsedate_to_datetime
from typing import Literal
from uuid import NAMESPACE_URL, uuid5

import aiosmtplib
import httpx

from chassis.errors import NotNow, Refused
from chassis.service import Reliability
from chassis.webhooks import sign
from chassis.work import Dispatch, Receipt
from services.notify.orders import clean
from services.notify.views import TEMPLATES, Compose, Composed

SEND_SECONDS_MAX = 15.0
RETRYABLE_4XX = frozenset({408, 409, 425, 429})
MESSAGE_IDS = uuid5(NAMESPACE_URL, "amends:message-ids")

Encryption = Literal["starttls_if_offered", "starttls", "tls", "none"]

Now = Callable[[], datetime]


def real_now() -> datetime:
    """Signatures carry real time, whatever business time says."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed over, and as whom."""

    host: str
    port: int
    sender: str
    encryption: Encryption = "starttls_if_offered"
    username: str | None = None
    password: str | None = None

    def connection(self) -> aiosmtplib.SMTP:
        """A connection that is not open yet."""
        return aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            username=self.username,
            password=self.password,
            timeout=SEND_SECONDS_MAX,
            use_tls=self.encryption == "tls",
            start_tls={"starttls_if_offered": None, "starttls": True}.get(self.encryption, False),
        )


class EmailAdapter:
    """Hands a work order to the mail server."""

    reliability = Reliability.BLIND

    def __init__(self, server: MailServer, compose: Compose) -> None:
        self._server = server
        self._compose = compose

    async def send(self, dispatch: Dispatch) -> Receipt:
        """Raises NotNow while the server is away or says so, Refused when it will not have it."""
        message = write_email(await self._compose(dispatch), self._server.sender)
        connection = self._server.connection()
        try:
            await connection.connect()
        except (aiosmtplib.SMTPException, OSError) as error:
            raise NotNow(f"mail server: {type(error).__name__}") from error
        try:
            await connection.send_message(message)
        except (aiosmtplib.SMTPResponseException, aiosmtplib.SMTPRecipientsRefused) as error:
            raise judge_reply(_code_of(error)) from error
        finally:
            connection.close()
        return Receipt(external_id=message["Message-ID"], repeated=dispatch.repeated)

    async def find(self, dispatch: Dispatch) -> Receipt | None:
        """A mail server cannot be asked."""
        return None


def _code_of(error: aiosmtplib.SMTPResponseException | aiosmtplib.SMTPRecipientsRefused) -> int:
    """The server's code; of several refused recipients any one that may work later decides."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return min(recipient.code for recipient in error.recipients)
    return error.code


def judge_reply(code: int) -> NotNow | Refused:
    """What an SMTP reply means: 4xx later, anything else never. Source: RFC 5321, 4.2.1."""
    return NotNow(f"mail server: {code}") if 400 <= code < 500 else Refused(f"mail server: {code}")


def write_email(composed: Composed, sender: str) -> EmailMessage:
    """The message, the same Message-ID every time for one dispatch. Raises Refused for an address that is none."""
    order, dispatch = composed.order, composed.dispatch
    shown = {"order": order, "link": composed.link, "repeated": dispatch.repeated}
    message = EmailMessage(policy=SMTP_POLICY)
    try:
        from_address = Address("Amends", addr_spec=sender)
        message["From"] = from_address
        message["To"] = Address(clean(composed.name, 100), addr_spec=str(dispatch.payload["to"]))
        message["Subject"] = order.subject
        message["Message-ID"] = f"<{uuid5(MESSAGE_IDS, dispatch.key)}@{from_address.domain}>"
    except (ValueError, IndexError) as error:
        raise Refused("not an e-mail address") from error
    message["Date"] = real_now()
    message["Auto-Submitted"] = "auto-generated"
    if dispatch.repeated:
        message["X-Amends-Repeated"] = "yes"
    message.set_content(TEMPLATES.get_template("order.txt").render(shown))
    message.add_alternative(TEMPLATES.get_template("order.html").render(shown), subtype="html")
    return message


class WebhookAdapter:
    """Posts a work order to the owner's system, signed as Standard Webhooks has it."""

    reliability = Reliability.KEYED

    def __init__(self, secret: str, compose: Compose, *, trusted_network: bool = False, now: Now = real_now) -> None:
        """`trusted_network` allows plain http and private addresses: for a demo on one machine."""
        self._secret = secret
        self._compose = compose
        self._trusted_network = trusted_network
        self._now = now
        self._client: httpx.AsyncClient | None = None

    async def send(self, dispatch: Dispatch) -> Receipt:
        """Raises NotNow and Refused by the receiver's answer; a redirect is refused."""
        url, extensions, headers = await self._destination(str(dispatch.payload["to"]))
        body = write_webhook(await self._compose(dispatch), self._now())
        headers |= sign(self._secret, str(dispatch.id), int(self._now().timestamp()), body)
        headers["content-type"] = "application/json"
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=SEND_SECONDS_MAX, follow_redirects=False, trust_env=False)
        request = self._client.build_request("POST", url, content=body, headers=headers, extensions=extensions)
        try:
            async with asyncio.timeout(SEND_SECONDS_MAX):
                response = await self._client.send(request, stream=True)
                # The answer's body is of no use to us, and may be of any size.
                await response.aclose()
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NotNow(f"webhook: {type(error).__name__}") from error
        judge_response(response.status_code, response.headers.get("retry-after"), self._now())
        return Receipt(external_id=str(dispatch.id), repeated=dispatch.repeated)

    async def _destination(self, address: str) -> tuple[httpx.URL, dict[str, str], dict[str, str]]:
        """The address to connect to: resolved once and checked, so that a second look-up cannot lead elsewhere."""
        url = check_url(address, trusted_network=self._trusted_network)
        if self._trusted_network:
            return url, {}, {}
        resolved = await _resolve(url.host, url.port or 443)
        host = url.netloc.decode("ascii")
        return url.copy_with(host=pick_public(resolved)), {"sni_hostname": url.host}, {"host": host}

    async def find(self, dispatch: Dispatch) -> Receipt | None:
        """Not needed: the receiver knows our id."""
        return None

    async def close(self) -> None:
        """Let the connections go."""
        if self._client is not None:
            await self._client.aclose()


def check_url(address: str, *, trusted_network: bool) -> httpx.URL:
    """The url; raise Refused unless it is https, or http on a trusted network, without a user in it."""
    try:
        url = httpx.URL(address)
    except (httpx.InvalidURL, ValueError) as error:
        raise Refused("webhook: not a url") from error
    allowed = {"https", "http"} if trusted_network else {"https"}
    if url.scheme not in allowed or not url.host or url.userinfo:
        raise Refused("webhook: only https, without a user in it")
    return url


async def _resolve(host: str, port: int) -> list[str]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise NotNow("webhook: the name does not resolve") from error
    return [str(entry[4][0]) for entry in found]


def pick_public(addresses: list[str]) -> str:
    """The first address; raise Refused if any of them is not on the public internet."""
    if not addresses or not all(ipaddress.ip_address(address.partition("%")[0]).is_global for address in addresses):
        raise Refused("webhook: the name leads into a private network")
    return addresses[0]


def judge_response(status: int, retry_after: str | None, now: datetime) -> None:
    """Return on 2xx; raise NotNow where it may work later, Refused where it never will."""
    if 200 <= status < 300:
        return
    if status >= 500 or status in RETRYABLE_4XX:
        raise NotNow(f"webhook: {status}", read_retry_after(retry_after, now))
    raise Refused(f"webhook: {status}")


def read_retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds to wait, from seconds or a date (RFC 9110, 10.2.3); None where it says nothing readable."""
    if value is None:
        return None
    if value.strip().isascii() and value.strip().isdigit():
        return float(value.strip()[:9])
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max((at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds(), 0.0)


def write_webhook(composed: Composed, now: datetime) -> bytes:
    """The body: type, timestamp and data, as Standard Webhooks recommends."""
    order, dispatch = composed.order, composed.dispatch
    data = {
        "work_order_id": str(dispatch.id),
        "incident_id": str(dispatch.subject),
        "step": dispatch.payload["step"],
        "role": dispatch.payload["role"],
        "subject": order.subject,
        "what": order.what,
        "where": order.where,
        "since": order.since,
        "customers": order.customers,
        "quotes": order.quotes,
        "suggestions": [{"code": s.code, "text": s.sentence} for s in order.suggestions],
        "returned": order.returned,
        "link": composed.link,
        "repeated": dispatch.repeated,
    }
    body = {"type": "amends.work_order.v1", "timestamp": now.isoformat(), "data": data}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
