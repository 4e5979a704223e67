"""Standard Webhooks signatures, both ways. Source: the Standard Webhooks specification, scheme v1 (HMAC-SHA256).

What is signed is `id.timestamp.body` with the raw bytes. Own code over the standard library's hmac: the
reference package raises all kinds of errors on malformed headers, and this is forty lines.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime

TOLERANCE_SECONDS = 300
HEADER_CHARACTERS_MAX = 2_000
PREFIX = "whsec_"


class SignatureMalformed(Exception):
    """The signature headers are missing or cannot be read. Answer 400."""


class SignatureRefused(Exception):
    """The signature does not match any of our secrets, or is too old or from the future. Answer 401."""


class SecretMalformed(ValueError):
    """A webhook secret is written `whsec_` and 24 to 64 bytes in base64."""


def key_of(secret: str) -> bytes:
    """The key in `secret`; raise SecretMalformed, which never shows it."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(PREFIX) or not 24 <= len(key) <= 64:
        raise SecretMalformed(SecretMalformed.__doc__)
    return key


def sign(secret: str, webhook_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers that sign `body`, sent at `timestamp` (seconds since 1970)."""
    signature = _signature(key_of(secret), webhook_id, str(timestamp), body)
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
    }


def verify(
    headers: Mapping[str, str],
    body: bytes,
    secrets: Sequence[str],
    now: datetime,
    tolerance_seconds: int = TOLERANCE_SECONDS,
) -> str:
    """Return the webhook-id when one of `secrets` signed `body` within the tolerance of `now`.

    Raises SignatureMalformed or SignatureRefused, and nothing else, whatever the headers hold.
    """
    webhook_id, timestamp = _header(headers, "webhook-id"), _header(headers, "webhook-timestamp")
    given = _signatures(_header(headers, "webhook-signature"))
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise SignatureMalformed("webhook-timestamp must be whole seconds since 1970")
    expected = [_signature(key_of(secret), webhook_id, timestamp, body) for secret in secrets]
    if not any([hmac.compare_digest(mine, theirs) for mine in expected for theirs in given]):
        raise SignatureRefused("no secret of ours made this signature")
    if abs(now.timestamp() - int(timestamp)) > tolerance_seconds:
        raise SignatureRefused(f"webhook-timestamp is more than {tolerance_seconds} s away from our clock")
    return webhook_id


def _header(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name)
    if not value or len(value) > HEADER_CHARACTERS_MAX or not value.isprintable():
        raise SignatureMalformed(f"the header {name} is missing or cannot be read")
    return value


def _signatures(header: str) -> list[bytes]:
    found = []
    for part in header.split(" "):
        version, _, encoded = part.partition(",")
        if version != "v1":
            continue
        try:
            found.append(base64.b64decode(encoded, validate=True))
        except (binascii.Error, ValueError):
            raise SignatureMalformed("webhook-signature holds something that is not base64") from None
    if not found:
        raise SignatureMalformed("webhook-signature holds no v1 signature")
    return found


def _signature(key: bytes, webhook_id: str, timestamp: str, body: bytes) -> bytes:
    return hmac.digest(key, f"{webhook_id}.{timestamp}.".encode("utf-8", "surrogateescape") + body, hashlib.sha256)
