"""Reads an incoming mail: which work order it answers, whose it is, and their own words without quotations. Pure.

Whatever a mail holds, reading it raises nothing: what cannot be read is empty. A mail that no person wrote (an absence
note, a bounce, a list) is told apart by its headers, so that it is never taken for an answer.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses
from html.parser import HTMLParser

from services.notify.links import ANSWER_TOKEN

TEXT_CHARACTERS_MAX = 100_000
HEADERS_MAX = 200

RECIPIENT_HEADERS = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "Resent-To")
THREAD_HEADERS = ("In-Reply-To", "References")

_IN_ADDRESS = re.compile(rf"\+({ANSWER_TOKEN})@", re.IGNORECASE)
_IN_MESSAGE_ID = re.compile(rf"<({ANSWER_TOKEN})\.", re.IGNORECASE)

_FAILED = re.compile(rb"^action:\s*failed", re.IGNORECASE | re.MULTILINE)
"""A delivery report may also speak of a delay; RFC 3464, 2.3.3."""


@dataclass(frozen=True)
class Letter:
    """One mail. `tokens`: answer tokens in it, the most telling first. `automatic`: no person wrote it.

    `bounced`: the mail server says that our mail did not arrive. `reference`: the thread it belongs to.
    """

    message_id: str
    sender: str
    tokens: tuple[str, ...]
    text: str
    automatic: bool = False
    bounced: bool = False
    reference: str = ""


def read_letter(raw: bytes) -> Letter:
    """The mail in `raw`, which may be cut off anywhere."""
    message = message_from_bytes(raw)
    reported = _is_report(message)
    bounced = reported and bool(_FAILED.search(raw))
    return Letter(
        message_id=_header(message, "Message-ID").strip()[:500],
        sender=_sender(message),
        tokens=tuple(dict.fromkeys(_tokens(message, raw if reported else b""))),
        text="" if reported else own_words(_text_of(message)),
        automatic=reported or any(says_so(message) for says_so in AUTOMATIC),
        bounced=bounced,
        reference=_header(message, "References").strip()[-900:],
    )


def _header(message: Message, name: str) -> str:
    """One header's values in one line."""
    return " ".join(_headers(message, name))


def _headers(message: Message, name: str) -> list[str]:
    raw = (value for key, value in message.items()[:HEADERS_MAX] if key.casefold() == name.casefold())
    return [" ".join(str(value).encode("utf-8", "replace").decode("utf-8").split()) for value in raw]


def _plain(value: str) -> str:
    """Without encoded words, which some mail programs make even of what is plain."""
    if "=?" not in value:
        return value
    try:
        return str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, ValueError):
        return value


def _sender(message: Message) -> str:
    """The address in From, folded; empty where there is none or more than one.

    Encoded words stay as they are: a display name must not turn into an address.
    """
    found = [address for _, address in getaddresses(_headers(message, "From")) if "@" in address]
    return found[0].strip().casefold() if len(found) == 1 else ""


def _tokens(message: Message, quoted: bytes) -> Iterator[str]:
    for names, pattern in ((RECIPIENT_HEADERS, _IN_ADDRESS), (THREAD_HEADERS, _IN_MESSAGE_ID)):
        for name in names:
            for value in _headers(message, name):
                yield from (token.lower() for token in pattern.findall(_plain(value)))
    # A bounce quotes the headers of what came back.
    yield from (token.lower() for token in _IN_MESSAGE_ID.findall(quoted.decode("latin-1")))


def _is_report(message: Message) -> bool:
    return message.get_content_type() == "multipart/report" and "delivery-status" in _header(message, "Content-Type")


AUTOMATIC: Sequence[Callable[[Message], bool]] = (
    # RFC 3834: anything but "no" means that no person wrote it.
    lambda message: _header(message, "Auto-Submitted").partition(";")[0].strip().casefold() not in {"", "no"},
    lambda message: _header(message, "Precedence").strip().casefold() in {"bulk", "junk", "list", "auto_reply"},
    lambda message: any(_header(message, name) for name in ("List-Id", "List-Unsubscribe", "X-Autoreply")),
    lambda message: any(_header(message, name) for name in ("X-Autorespond", "X-Auto-Reply", "Feedback-ID")),
    # A null return path is a bounce or a vacation note; RFC 5321, 4.5.5.
    lambda message: _header(message, "Return-Path").strip() == "<>",
)


def _text_of(message: Message) -> str:
    """The words a person sees: plain text where there is any, else those of the HTML."""
    for kind in ("text/plain", "text/html"):
        for part in message.walk():
            if part.get_content_type() == kind and part.get_content_disposition() != "attachment":
                text = _decoded(part)[:TEXT_CHARACTERS_MAX]
                words = without_markup(text) if kind == "text/html" else text
                if words.strip():
                    return words
    return ""


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    charset = part.get_content_charset("utf-8")
    try:
        return content.decode(charset, "replace")
    except (LookupError, ValueError):
        return content.decode("utf-8", "replace")


class _Words(HTMLParser):
    """Text of an HTML mail; what a mail program marks as quoted is left out."""

    BREAKS = frozenset({"br", "p", "div", "tr", "li", "table", "h1", "h2", "h3"})
    SILENT = frozenset({"style", "script", "head", "title", "blockquote"})
    QUOTED = ("gmail_quote", "yahoo_quoted", "moz-cite-prefix", "protonmail_quote", "gmail_signature", "divrplyfwdmsg")
    VOID = frozenset({"br", "img", "hr", "meta", "link", "input", "col", "wbr", "area", "base", "embed", "source"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._silent_since: int | None = None
        self._open: list[str] = []
        self._ended = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        marks = " ".join(value or "" for name, value in attrs if name in {"class", "id"}).casefold()
        if "divrplyfwdmsg" in marks or "appendonsend" in marks:
            self._ended = True
        if tag in self.BREAKS:
            self.words.append("\n")
        if tag in self.VOID:
            return
        self._open.append(tag)
        if self._silent_since is None and (tag in self.SILENT or any(mark in marks for mark in self.QUOTED)):
            self._silent_since = len(self._open)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self._open:
            return
        while self._open and self._open.pop() != tag:
            pass
        if self._silent_since is not None and len(self._open) < self._silent_since:
            self._silent_since = None
        if tag in self.BREAKS:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if self._silent_since is None and not self._ended:
            self.words.append(" ".join(data.split()) if data.strip() else " ")


def without_markup(html: str) -> str:
    """The visible words of `html`, without what it quotes."""
    reader = _Words()
    try:
        reader.feed(html)
        reader.close()
    except (AssertionError, ValueError):  # the standard library's parser, on declarations that are none
        return ""
    return "".join(reader.words)


_WROTE = r"wrote|writes|schrieb|schreef|geschreven|[ée]crit|escribi[óo]|ha scritto|escreveu|skrev|napisa[łl]|kirjoitti"
_ATTRIBUTION = re.compile(rf"(?:.{{0,200}}\b(?:{_WROTE})\b[^:]{{0,120}}:\s*$)", re.IGNORECASE)
_OPENS_ATTRIBUTION = re.compile(
    r"\s*(?:On|Am|Op|Le|El|Il|Em|Den|Dnia)\b.{0,160}(?:\d{1,4}[./:-]\d{1,2}|\b20\d\d\b)", re.IGNORECASE
)
_DIVIDER = re.compile(
    r"\s*(?:-{2,}\s*(?:original|forwarded|urspr|weitergeleitet|oorspronkelijk|doorgestuurd|message|mensaje).*|_{8,}\s*|-{20,}\s*)$",
    re.IGNORECASE,
)
_HEADER_LINE = re.compile(
    r"\*?(?:From|Sent|To|Subject|Date|Cc|Von|Gesendet|An|Betreff|Datum|Van|Verzonden|Aan|Onderwerp|De|Envoy[ée]|[ÀA]|Objet|"
    r"Enviado(?: el)?|Para|Asunto|Fecha|Date)\s?\*?\s?:\*?\s",
    re.IGNORECASE,
)
_DEVICE = re.compile(
    r"\s*(?:Sent|Verstuurd|Verzonden|Gesendet|Von meinem|Envoy.|Enviado|Get Outlook|Outlook (?:voor|f.r|pour|para))\b"
    r".{0,20}\b(?:from|vanaf|met|von|mit|depuis|de|desde|for|Android|iOS|iPhone|iPad|Outlook|gesendet).{0,60}$",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(r"--\s?$")


def own_words(text: str) -> str:
    """What the sender wrote above what they quote, without signature and the mail program's lines."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ").split("\n")
    kept = list[str]()
    for number, line in enumerate(lines):
        if any(ends(lines, number) for ends in ENDS):
            break
        if not line.lstrip().startswith(">"):
            kept.append(line.strip())
    return "\n".join(kept).strip()


def _ends_with_attribution(lines: Sequence[str], number: int) -> bool:
    """ "On Monday … wrote:", which mail programs fold over up to three lines."""
    if _ATTRIBUTION.match(lines[number]) and _quotes_after(lines, number + 1):
        return True
    if not _OPENS_ATTRIBUTION.match(lines[number]):
        return False
    return any(_ATTRIBUTION.match(" ".join(lines[number : number + length])) for length in (1, 2, 3))


def _quotes_after(lines: Sequence[str], number: int) -> bool:
    """Whether what comes next is a quotation, or nothing: a manager may write a line that ends in a colon."""
    following = next((line for line in lines[number:] if line.strip()), ">")
    return following.lstrip().startswith(">")


def _ends_with_headers(lines: Sequence[str], number: int) -> bool:
    """Two or more lines of a quoted mail's head."""
    following = lines[number : number + 4]
    return bool(_HEADER_LINE.match(lines[number])) and sum(bool(_HEADER_LINE.match(line)) for line in following) >= 2


ENDS: Sequence[Callable[[Sequence[str], int], bool]] = (
    lambda lines, number: bool(_DIVIDER.match(lines[number])),
    lambda lines, number: bool(_SIGNATURE.match(lines[number])),
    lambda lines, number: bool(_DEVICE.match(lines[number])),
    _ends_with_attribution,
    _ends_with_headers,
)
"""What ends a person's own words."""
