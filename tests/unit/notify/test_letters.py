"""An incoming mail is read as its sender's own words, and never raises."""

from email.message import EmailMessage
from uuid import uuid4

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contracts import OwnerRole
from services.notify.letters import own_words, read_letter, without_markup
from services.notify.links import Link, LinkRefused, Links

LINKS = Links("0123456789abcdef0123456789abcdef", "https://amends.example")


def a_letter(text: str = "done, 5 min", html: str | None = None, **headers: str) -> EmailMessage:
    message = EmailMessage()
    usual = {"From": "Mia Cole <Mia@Harbour.example>", "To": "amends@harbour.example", "Message-ID": "<1@phone>"}
    for name, value in (usual | {name.replace("_", "-"): value for name, value in headers.items()}).items():
        message[name] = value
    message.set_content(text)
    if html is not None:
        message.add_alternative(html, subtype="html")
    return message


def test_a_token_says_who_was_asked_in_either_case_and_fits_a_local_part() -> None:
    for role in OwnerRole:
        link = Link(uuid4(), 3, role)
        token = LINKS.answer_token(link)
        assert LINKS.read_answer(token) == LINKS.read_answer(token.upper()) == link
        assert len(f"amends-answers+{token}") <= 64


@pytest.mark.parametrize("token", ["", "a" * 44, "é" * 44, "0" * 44, "a" * 4_000])
def test_a_token_that_is_not_ours_is_refused(token: str) -> None:
    with pytest.raises(LinkRefused):
        LINKS.read_answer(token)


def test_a_changed_token_is_refused() -> None:
    token = LINKS.answer_token(Link(uuid4(), 1, OwnerRole.MANAGER))
    for place in range(0, 43):
        changed = token[:place] + ("b" if token[place] != "b" else "c") + token[place + 1 :]
        with pytest.raises(LinkRefused):
            LINKS.read_answer(changed)


def test_a_token_is_found_in_the_reply_address_and_in_the_thread() -> None:
    token = LINKS.answer_token(Link(uuid4(), 1, OwnerRole.MANAGER))
    by_address = a_letter(To=f"amends+{token}@harbour.example")
    by_thread = a_letter(In_Reply_To=f"<{token}.5f0c@harbour.example>")

    assert read_letter(by_address.as_bytes()).tokens == (token,)
    assert read_letter(by_thread.as_bytes()).tokens == (token,)
    assert read_letter(by_address.as_bytes()).sender == "mia@harbour.example"


QUOTED = [
    "done, 5 min\n\nOn Mon, 16 Nov 2026 at 12:00, Amends <amends@harbour.example> wrote:\n> Customers wait",
    "done, 5 min\n\nOn Monday, 16 November 2026, Amends\n<amends+abc@harbour.example> wrote:\n\n> Customers wait",
    "done, 5 min\r\n\r\n-----Original Message-----\r\nFrom: Amends\r\nSent: Monday\r\n\r\nCustomers wait",
    "done, 5 min\n\n________________________________\nFrom: Amends <a@b>\nSent: Monday\nTo: Mia\nSubject: C\n\nWait",
    "done, 5 min\n\nFrom: Amends <a@b>\nDate: Monday\nTo: Mia\n\nCustomers wait too long",
    "done, 5 min\n\nSent from my iPhone\n\n> On 16 Nov 2026, at 12:00, Amends wrote:\n> Wait",
    "done, 5 min\n-- \nMia Cole\nBranch manager\n12 Camden High Street",
    "> Customers wait too long\ndone, 5 min",
    "done, 5 min\n\nOp ma 16 nov. 2026 om 12:00 schreef Amends <a@b>:\n> Klanten wachten",
    "done, 5 min\n\nVerstuurd vanaf mijn iPhone",
    "done, 5 min\n\nAm Mo., 16. Nov. 2026 um 12:00 Uhr schrieb Amends <a@b>:\n\n> Kunden warten",
    "done, 5 min\n\nVon meinem iPhone gesendet",
    "done, 5 min\n\nLe lun. 16 nov. 2026 à 12:00, Amends <a@b> a écrit :\n\n> Les clients",
    "done, 5 min\n\nEl lun, 16 nov 2026 a las 12:00, Amends (<a@b>) escribió:\n\n> Los clientes",
    "done, 5 min\n\nGet Outlook for Android\n________________________________\nFrom: x",
    "done, 5 min\n\nVon: Amends\nGesendet: Montag\nAn: Mia\nBetreff: Camden\n\nKunden warten",
]


@pytest.mark.parametrize("text", QUOTED)
def test_only_the_senders_own_words_are_taken(text: str) -> None:
    assert own_words(text) == "done, 5 min"


@pytest.mark.parametrize(
    "text",
    [
        "Moved two people:\nBen and Ann to the counter, 5 min",
        "From the back office I brought two people, wait is 5 min",
        "The customer wrote it is cold: heating is repaired now",
        "On it, 20 min",
        "To the counter: two more people",
    ],
)
def test_words_that_look_like_a_quotation_are_kept(text: str) -> None:
    assert own_words(text) == text


def test_html_without_plain_text_is_read_without_its_quotation() -> None:
    html = (
        "<html><head><style>p{color:red}</style></head><body><div>moved two people<br>to the counter, 5&nbsp;min</div>"
        '<div class="gmail_quote"><div>On Monday A wrote:</div><blockquote>Customers wait</blockquote></div></body>'
    )
    message = EmailMessage()
    message["From"] = "mia@harbour.example"
    message.set_content(html, subtype="html")

    assert read_letter(message.as_bytes()).text == "moved two people\nto the counter, 5 min"


def test_outlooks_reply_separator_ends_the_words() -> None:
    html = (
        '<div>done, 5 min</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg">From: Amends</div><p>Wait</p>'
    )
    assert own_words(without_markup(html)) == "done, 5 min"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Auto-Submitted", "auto-replied"),
        ("Auto-Submitted", "auto-generated; owner=x"),
        ("Precedence", "bulk"),
        ("List-Id", "<staff.harbour.example>"),
        ("Return-Path", "<>"),
        ("X-Autoreply", "yes"),
    ],
)
def test_what_no_person_wrote_is_told_apart(name: str, value: str) -> None:
    assert read_letter(a_letter(**{name: value}).as_bytes()).automatic


def test_what_a_person_wrote_is_not_automatic() -> None:
    assert not read_letter(a_letter(Auto_Submitted="no").as_bytes()).automatic


def test_a_bounce_says_what_came_back_and_holds_no_words() -> None:
    token = LINKS.answer_token(Link(uuid4(), 1, OwnerRole.MANAGER))
    raw = (
        "From: MAILER-DAEMON@harbour.example\r\nTo: amends@harbour.example\r\nMessage-ID: <b@mx>\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nUnknown user. done, 5 min\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <{token}.5f@harbour.example>\r\n\r\nx\r\n--b--\r\n"
    )

    letter = read_letter(raw.encode())

    assert (letter.bounced, letter.automatic, letter.text, letter.tokens) == (True, True, "", (token,))


def test_two_senders_are_nobody() -> None:
    assert read_letter(b"From: mia@a.example, eve@b.example\r\n\r\ndone").sender == ""


@pytest.mark.parametrize(
    "sender",
    [
        b"=?utf-8?q?mia=40harbour.example?= <eve@x.example>",
        b"=?utf-8?q?mia=40harbour.example=2C?= <eve@x.example>",
        b'"mia@harbour.example" <eve@x.example>',
        b"mia@harbour.example <eve@x.example>",
    ],
)
def test_a_display_name_is_not_the_sender(sender: bytes) -> None:
    assert read_letter(b"From: " + sender + b"\r\n\r\ndone").sender != "mia@harbour.example"


def test_a_thread_that_a_mail_program_encoded_is_found() -> None:
    token = LINKS.answer_token(Link(uuid4(), 1, OwnerRole.MANAGER))
    raw = f"From: m@x\r\nIn-Reply-To: =?utf-8?q?=3C{token}=2E5f=40harbour.example=3E?=\r\n\r\ndone".encode()
    assert read_letter(raw).tokens == (token,)


@given(st.binary(max_size=2_000))
@example(b"Content-Type: text/plain; charset=\xff\xfe\r\nFrom: =?x?q?\r\n\r\n\x00")
@example(b"Content-Type: multipart/mixed; boundary=\r\n\r\n--\r\n")
@example(b"Content-Transfer-Encoding: base64\r\n\r\n=====A")
@example(b"Content-Type: text/html\r\n\r\n<![foo<!-><?x")
def test_no_bytes_make_reading_fail(raw: bytes) -> None:
    read_letter(raw)


@given(st.text(max_size=500))
def test_no_text_makes_finding_the_own_words_fail(text: str) -> None:
    own_words(text)
    without_markup(text)
