"""How a work order leaves: as an e-mail, a signed webhook, or a notice by Apprise. Its words are made at that moment.

E-mail is blind: nobody can ask a mail server whether a message arrived, so a doubtful one is sent again and
says so. A webhook is keyed: its id is the dispatch's, and the receiver recognises a repeat.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from typing import Any, Literal
from uuid import NAMESPACE_URL, uuid5

import aiosmtplib

from chassis.errors import NotNow, Refused
from chassis.outbound import SEND_SECONDS_MAX, WebhookSender, real_now
from chassis.service import Reliability
from chassis.work import Dispatch, Receipt
from services.notify.orders import clean
from services.notify.views import TEMPLATES, Compose, Composed, Ordered


class _MailPolicy(EmailPolicy):
    """As for SMTP, but Message-IDs stay as they are: the standard library would write long ones as encoded words."""

    def fold(self, name: str, value: Any) -> str:
        if name.casefold() in {"in-reply-to", "references"}:
            return f"{name}: {f'{self.linesep} '.join(str(value).split())}{self.linesep}"
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name.casefold() in {"in-reply-to", "references"}:
            return self.fold(name, value).encode("ascii", "replace")
        return bytes(super().fold_binary(name, value))


MAIL_POLICY = _MailPolicy(linesep="\r\n")

MESSAGE_IDS = uuid5(NAMESPACE_URL, "amends:message-ids")

Encryption = Literal["starttls_if_offered", "starttls", "tls", "none"]


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
    """Hands a work order to the mail server. `answers_to`: the mailbox where replies are read, if any."""

    reliability = Reliability.BLIND

    def __init__(self, server: MailServer, compose: Compose, answers_to: str | None = None) -> None:
        self._server = server
        self._compose = compose
        self._answers_to = answers_to

    async def send(self, dispatch: Dispatch) -> Receipt:
        """Raises NotNow while the server is away or says so, Refused when it will not have it."""
        message = write_email(await self._compose(dispatch), self._server.sender, self._answers_to)
        await hand_over(self._server, message)
        return Receipt(external_id=message["Message-ID"], repeated=dispatch.repeated)

    async def find(self, dispatch: Dispatch) -> Receipt | None:
        """A mail server cannot be asked."""
        return None


async def hand_over(server: MailServer, message: EmailMessage) -> None:
    """Give `message` to the server. Raises NotNow while it is away or says so, Refused when it will not have it."""
    connection = server.connection()
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


def _code_of(error: aiosmtplib.SMTPResponseException | aiosmtplib.SMTPRecipientsRefused) -> int:
    """The server's code; of several refused recipients any one that may work later decides."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return min(recipient.code for recipient in error.recipients)
    return error.code


def judge_reply(code: int) -> NotNow | Refused:
    """What an SMTP reply means: 4xx later, anything else never. Source: RFC 5321, 4.2.1."""
    return NotNow(f"mail server: {code}") if 400 <= code < 500 else Refused(f"mail server: {code}")


def write_email(composed: Composed, sender: str, answers_to: str | None = None) -> EmailMessage:
    """The message, the same Message-ID every time for one dispatch. Raises Refused for an address that is none.

    `answers_to`: the mailbox we read. A reply to it carries a token of its own after a plus sign.
    """
    dispatch = composed.dispatch
    message = EmailMessage(policy=MAIL_POLICY)
    try:
        from_address = Address("Amends", addr_spec=sender)
        message["From"] = from_address
        message["To"] = Address(clean(composed.name, 100), addr_spec=str(dispatch.payload["to"]))
        message["Subject"] = composed.subject
        message["Message-ID"] = _message_id(composed, from_address.domain)
        if answers_to is not None and composed.token is not None:
            message["Reply-To"] = Address("Amends", addr_spec=reply_address(answers_to, composed.token))
    except (ValueError, IndexError) as error:
        raise Refused("not an e-mail address") from error
    _add_thread(message, composed.thread)
    message["Date"] = real_now()
    message["Auto-Submitted"] = "auto-replied" if composed.kind == "heard" else "auto-generated"
    if dispatch.repeated:
        message["X-Amends-Repeated"] = "yes"
    shown = {"composed": composed, "may_reply": answers_to is not None and composed.token is not None}
    message.set_content(TEMPLATES.get_template(f"{composed.kind}.txt").render(shown))
    message.add_alternative(TEMPLATES.get_template(f"{composed.kind}.html").render(shown), subtype="html")
    return message


def _message_id(composed: Composed, domain: str) -> str:
    """Mail programs quote it in every reply: the token in it finds the work order where the address was rewritten."""
    unique = uuid5(MESSAGE_IDS, composed.dispatch.key)
    return f"<{composed.token}.{unique.hex[:12]}@{domain}>" if composed.token else f"<{unique}@{domain}>"


def reply_address(mailbox: str, token: str) -> str:
    """Where the answer to one work order goes: amends+TOKEN@example.com."""
    local, _, domain = mailbox.rpartition("@")
    return f"{local}+{token}@{domain}"


_MESSAGE_ID = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]{1,400}>")


def _add_thread(message: EmailMessage, thread: Sequence[str]) -> None:
    """What it answers, so that mail programs show it below; of foreign headers only what is a Message-ID."""
    ids = [found for part in reversed(thread) for found in _MESSAGE_ID.findall(part)]
    if ids and thread and _MESSAGE_ID.fullmatch(thread[0]):
        message["In-Reply-To"] = thread[0]
        message["References"] = " ".join(dict.fromkeys(ids[-10:]))


class WebhookAdapter:
    """Posts a work order to the owner's system."""

    reliability = Reliability.KEYED

    def __init__(self, sender: WebhookSender, compose: Compose) -> None:
        self._sender = sender
        self._compose = compose

    async def send(self, dispatch: Dispatch) -> Receipt:
        """Raises NotNow and Refused by the receiver's answer."""
        composed = await self._compose(dispatch)
        kind, data = "amends.work_order.v1", describe_webhook(composed)
        if composed.kind == "bundle":
            kind, data = "amends.work_orders.v1", {"work_orders": [describe_order(o) for o in composed.orders]}
        await self._sender.post(str(dispatch.payload["to"]), str(dispatch.id), kind, data)
        return Receipt(external_id=str(dispatch.id), repeated=dispatch.repeated)

    async def find(self, dispatch: Dispatch) -> Receipt | None:
        """Not needed: the receiver knows our id."""
        return None

    async def close(self) -> None:
        """Let the connections go."""
        await self._sender.close()


def describe_webhook(composed: Composed) -> dict[str, Any]:
    """What the owner's system gets. With `answer_token` it can answer: POST /answers, signed as this is."""
    dispatch = composed.dispatch
    return {
        "work_order_id": str(dispatch.id),
        "incident_id": str(dispatch.subject),
        "step": dispatch.payload["step"],
        "role": dispatch.payload["role"],
        **describe_order(composed.orders[0]),
        "answer_token": composed.token,
        "repeated": dispatch.repeated,
    }


def describe_order(ordered: Ordered) -> dict[str, Any]:
    """The matter itself."""
    order = ordered.order
    return {
        "subject": order.subject,
        "what": order.what,
        "where": order.where,
        "since": order.since,
        "customers": order.customers,
        "quotes": list(order.quotes),
        "suggestions": [{"code": s.code, "text": s.sentence} for s in order.suggestions],
        "returned": order.returned,
        "serious": order.serious,
        "candidates": list(ordered.picks),
        "language": order.language,
        "link": ordered.link,
    }


class AppriseAdapter:
    """Hands a short notice to one of the services that Apprise knows: chat, SMS, push.

    Apprise says only whether it was taken: what was not may have arrived, is sent again, and says so.
    """

    reliability = Reliability.BLIND

    def __init__(self, targets: Mapping[str, str], compose: Compose) -> None:
        """`targets`: the names that the directory uses, and Apprise's address of each."""
        self._targets = targets
        self._compose = compose

    async def send(self, dispatch: Dispatch) -> Receipt:
        """Raises Refused for a name without an address or an address that Apprise does not read."""
        url = self._targets.get(str(dispatch.payload["to"]))
        if url is None:
            raise Refused("apprise: the directory names a target that APPRISE_URLS does not have")
        composed = await self._compose(dispatch)
        body = TEMPLATES.get_template("brief.txt").render(composed=composed)
        async with asyncio.timeout(SEND_SECONDS_MAX):
            await asyncio.to_thread(push, url, harmless(composed.subject), harmless(body))
        return Receipt(repeated=dispatch.repeated)

    async def find(self, dispatch: Dispatch) -> Receipt | None:
        """Nobody can be asked."""
        return None


class NotTaken(Exception):
    """The service behind Apprise did not take the notice, or did not say that it did."""


def push(url: str, title: str, body: str) -> None:
    """Send one notice; blocks. Raises NotTaken, or Refused for an address that Apprise does not read."""
    # Here, not above: a hundred plugins are loaded, which only who uses them should pay for.
    import apprise

    sender = apprise.Apprise(asset=apprise.AppriseAsset(app_id="Amends", async_mode=False, storage_mode="memory"))
    if not sender.add(url):
        raise Refused("apprise: an address in APPRISE_URLS cannot be read")
    if not sender.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT):
        raise NotTaken(NotTaken.__doc__)


def harmless(text: str) -> str:
    """`text` without what chats take for markup or a call to everybody: their quotes are customers' words."""
    return text.translate(HARMLESS)


HARMLESS = str.maketrans({"<": "‹", ">": "›", "*": "∗", "`": "ˋ", "~": "∼", "|": "¦"})
