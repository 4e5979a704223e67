"""Signed webhooks out, as Standard Webhooks has them: one POST, no redirect, and no way into a private network.

A name is resolved once and the checked address is the one connected to, so that a second look-up cannot lead elsewhere.
"""

import asyncio
import ipaddress
import json
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from chassis.errors import NotNow, Refused
from chassis.webhooks import sign

SEND_SECONDS_MAX = 15.0
ANSWER_BYTES_MAX = 65_536
RETRYABLE_4XX = frozenset({408, 409, 425, 429})

Now = Callable[[], datetime]


def real_now() -> datetime:
    """Signatures carry real time, whatever business time says."""
    return datetime.now(UTC)


class WebhookSender:
    """Posts signed JSON; keeps its connections until closed."""

    def __init__(self, secret: str, *, trusted_network: bool = False, now: Now = real_now) -> None:
        """`trusted_network` allows plain http and private addresses: for a demo on one machine."""
        self._secret = secret
        self._trusted_network = trusted_network
        self._now = now
        self._client: httpx.AsyncClient | None = None

    async def post(self, address: str, webhook_id: str, kind: str, data: dict[str, Any]) -> bytes:
        """Send `data` as an event of `kind`; `webhook_id` is the same every time for one effect.

        Returns the answer's body, at most 64 KiB of it. Raises NotNow and Refused by the receiver's answer.
        """
        url, extensions, headers = await self._destination(address)
        body = write_body(kind, data, self._now())
        headers |= sign(self._secret, webhook_id, int(self._now().timestamp()), body)
        headers["content-type"] = "application/json"
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=SEND_SECONDS_MAX, follow_redirects=False, trust_env=False)
        request = self._client.build_request("POST", url, content=body, headers=headers, extensions=extensions)
        try:
            async with asyncio.timeout(SEND_SECONDS_MAX):
                response = await self._client.send(request, stream=True)
                answer = await _read(response)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NotNow(f"webhook: {type(error).__name__}") from error
        judge_response(response.status_code, response.headers.get("retry-after"), self._now())
        return answer

    async def _destination(self, address: str) -> tuple[httpx.URL, dict[str, str], dict[str, str]]:
        url = check_url(address, trusted_network=self._trusted_network)
        if self._trusted_network:
            return url, {}, {}
        resolved = await _resolve(url.host, url.port or 443)
        host = url.netloc.decode("ascii")
        return url.copy_with(host=pick_public(resolved)), {"sni_hostname": url.host}, {"host": host}

    async def close(self) -> None:
        """Let the connections go."""
        if self._client is not None:
            await self._client.aclose()


async def _read(response: httpx.Response) -> bytes:
    """The answer may be of any size: what is beyond the limit is left."""
    answer = bytearray()
    try:
        async for chunk in response.aiter_bytes():
            answer += chunk
            if len(answer) >= ANSWER_BYTES_MAX:
                break
    finally:
        await response.aclose()
    return bytes(answer[:ANSWER_BYTES_MAX])


def write_body(kind: str, data: dict[str, Any], now: datetime) -> bytes:
    """The body: type, timestamp and data, as Standard Webhooks recommends."""
    body = {"type": kind, "timestamp": now.isoformat(), "data": data}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


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
