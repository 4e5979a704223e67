"""How a work order leaves: as an e-mail, or as a signed webhook. Its words are made at that moment.

E-mail is blind: nobody can ask a mail server whether a message arrived, so a doubtful one is sent again and
says so. A webhook is keyed: its id is the dispatch's, and the receiver recognises a repeat.
"""

from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from typing import Any, Literal
from uuid import NAMESPACE_URL, uuid5

import aiosmtplib

from chassis.errors import NotNow, Refused
from chassis.outbound import SEND_SECONDS_MAX, WebhookSender, real_now
from chassis.service import Reliability
from chassis.work import Dispatch, Receipt
from services.notify.orders import clean
from services.notify.views import TEMPLATES, Compose, Composed

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
    """Hands a work order to the mail server."""

    reliability = Reliability.BLIND

    def __init__(self, server: MailServer, compose: Compose) -> None:
        self._server = server
        self._compose = compose

    async def send(self, dispatch: Dispatch) -> Receipt:
        """Raises NotNow while the server is away or says so, Refused when it will not have it."""
        message = write_email(await self._compose(dispatch), self._server.sender)
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
    """Posts a work order to the owner's system."""

    reliability = Reliability.KEYED

    def __init__(self, sender: WebhookSender, compose: Compose) -> None:
        self._sender = sender
        self._compose = compose

    async def send(self, dispatch: Dispatch) -> Receipt:
        """Raises NotNow and Refused by the receiver's answer."""
        data = describe_webhook(await self._compose(dispatch))
        await self._sender.post(str(dispatch.payload["to"]), str(dispatch.id), "amends.work_order.v1", data)
        return Receipt(external_id=str(dispatch.id), repeated=dispatch.repeated)

    async def find(self, dispatch: Dispatch) -> Receipt | None:
        """Not needed: the receiver knows our id."""
        return None


def describe_webhook(composed: Composed) -> dict[str, Any]:
    """What the owner's system gets."""
    order, dispatch = composed.order, composed.dispatch
    return {
        "work_order_id": str(dispatch.id),
        "incident_id": str(dispatch.subject),
        "step": dispatch.payload["step"],
        "role": dispatch.payload["role"],
        "subject": order.subject,
        "what": order.what,
        "where": order.where,
        "since": order.since,
        "customers": order.customers,
        "quotes": list(order.quotes),
        "suggestions": [{"code": s.code, "text": s.sentence} for s in order.suggestions],
        "returned": order.returned,
        "link": composed.link,
        "repeated": dispatch.repeated,
    }
