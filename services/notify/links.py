"""Signed links to an incident's page, and the tokens of the forms on it.

A link says who was asked (incident, step, role) and nothing about a customer. A form's token is bound to the
link it was shown behind, and to how far the incident had come: an old form changes nothing. Each purpose has
a salt of its own. Age is measured in real time, whatever business time says.

An answer token says the same as a link, in 44 characters that survive a mail address: short enough for a local
part, the same in either case. It has no age of its own: that of the work order counts.
"""

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from itsdangerous import BadData, SignatureExpired, TimestampSigner, URLSafeTimedSerializer

from contracts import OwnerRole

MAX_AGE_SECONDS = 72 * 3_600

ANSWER_TOKEN = r"[a-z2-7]{44}"  # noqa: S105  # a pattern
"""What an answer token looks like, in lower case."""
SEAL_BYTES = 10
STEP_MAX = 63
ROLES = (OwnerRole.MANAGER, OwnerRole.DEPUTY, OwnerRole.REGION_OWNER, OwnerRole.PROCESS_OWNER)
"""By their number in a token: only ever append."""


class LinkRefused(Exception):
    """We did not make this link, or it was changed on its way."""


class LinkExpired(Exception):
    """The link is older than 72 hours."""


@dataclass(frozen=True)
class Link:
    """Who was asked: the bearer may act for `role` on the incident."""

    incident_id: UUID
    step: int
    role: OwnerRole


class Links:
    """Makes and reads links. `seconds` tells real time."""

    def __init__(self, secret: str, public_url: str, seconds: Callable[[], float] = time.time) -> None:
        class Signer(TimestampSigner):
            def get_timestamp(self) -> int:
                return int(seconds())

        def serializer(salt: str) -> URLSafeTimedSerializer:
            options = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
            return URLSafeTimedSerializer(secret, salt=salt, signer=Signer, signer_kwargs=options)

        self._answers = hashlib.sha256(b"amends.notify.answer.1\0" + secret.encode()).digest()
        self._actions = serializer("amends.notify.action-link.1")
        self._forms = serializer("amends.notify.form.1")
        self._public_url = public_url.rstrip("/")

    def token(self, link: Link) -> str:
        """`link`, signed."""
        return _text(self._actions.dumps([link.incident_id.hex, link.step, link.role.value]))

    def url(self, link: Link) -> str:
        """Where the owner finds the incident's page."""
        return f"{self._public_url}/a/{self.token(link)}"

    def read(self, token: str) -> Link:
        """The link in `token`; raise LinkExpired or LinkRefused."""
        try:
            incident_id, step, role = self._actions.loads(token, max_age=MAX_AGE_SECONDS)
            return Link(UUID(hex=incident_id), int(step), OwnerRole(role))
        except SignatureExpired:
            raise LinkExpired(LinkExpired.__doc__) from None
        except (BadData, ValueError, TypeError, AttributeError):
            raise LinkRefused(LinkRefused.__doc__) from None

    def answer_token(self, link: Link) -> str:
        """`link` for a mail address or a webhook, signed."""
        content = link.incident_id.bytes + bytes([min(link.step, STEP_MAX) << 2 | ROLES.index(link.role)])
        return base64.b32encode(content + self._seal(content)).decode().rstrip("=").lower()

    def read_answer(self, token: str) -> Link:
        """The link in an answer token; raise LinkRefused."""
        try:
            sealed = base64.b32decode(f"{token.upper()}====")
        except (binascii.Error, ValueError):
            sealed = b""
        content, seal = sealed[:-SEAL_BYTES], sealed[-SEAL_BYTES:]
        if len(content) != 17 or not hmac.compare_digest(seal, self._seal(content)):
            raise LinkRefused(LinkRefused.__doc__)
        return Link(UUID(bytes=content[:16]), content[16] >> 2, ROLES[content[16] & 3])

    def _seal(self, content: bytes) -> bytes:
        return hmac.digest(self._answers, content, hashlib.sha256)[:SEAL_BYTES]

    def form_token(self, token: str, generation: int) -> str:
        """What a form behind `token` carries, shown while the incident was in `generation`."""
        return _text(self._forms.dumps([_digest(token), generation]))

    def read_form(self, token: str, form_token: str) -> int:
        """The generation in `form_token`; raise LinkRefused when it does not belong to `token`."""
        try:
            digest, generation = self._forms.loads(form_token, max_age=MAX_AGE_SECONDS)
            if hmac.compare_digest(str(digest), _digest(token)):
                return int(generation)
        except (BadData, ValueError, TypeError):
            pass
        raise LinkRefused("the form does not belong to this link")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _text(token: str | bytes) -> str:
    return token if isinstance(token, str) else token.decode()
