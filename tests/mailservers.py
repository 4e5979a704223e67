"""A mail server of a test's own: Exim takes and delivers mail, Dovecot lets it be read. Real ones, as Debian has them.

Both run on loopback with their own configuration, spool and mailboxes in one folder, without privileges (a test that is
root gives them up for them), and end by their own process ids. Where a program is missing, `missing()` says which.
"""

import contextlib
import imaplib
import os
import pwd
import shutil
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path

from deploy.local.children import free_port

PASSWORD = "secret-of-the-test"
STARTED_SECONDS_MAX = 15.0

EXIM = """
spool_directory = {home}/spool
log_file_path = {home}/log/%slog
pid_file_path = {home}/exim.pid
exim_path = {exim}
exim_user = {uid}
exim_group = {gid}
primary_hostname = mail.test
keep_environment =
queue_run_max = 1
deliver_drop_privilege = true
disable_ipv6 = true
tls_advertise_hosts =
qualify_domain = harbour.example
ignore_bounce_errors_after = 1m
acl_smtp_rcpt = all
acl_smtp_data = all
begin acl
all:
  accept
begin routers
people:
  driver = accept
  local_parts = lsearch;{home}/people
  local_part_suffix = +*
  local_part_suffix_optional
  transport = maildir
begin transports
maildir:
  driver = appendfile
  directory = {home}/mail/$local_part_data
  maildir_format
  delivery_date_add
  envelope_to_add
  return_path_add
begin retry
* * F,1m,1s
"""

DOVECOT = """
protocols = imap
listen = 127.0.0.1
base_dir = {home}/run
state_dir = {home}/run
log_path = {home}/log/dovecot
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
first_valid_gid = 1
ssl = yes
ssl_cert = <{home}/cert.pem
ssl_key = <{home}/key.pem
disable_plaintext_auth = no
mail_location = maildir:{home}/mail/%n
namespace inbox {{
  inbox = yes
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/mail/%n
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap_port}
  }}
  inet_listener imaps {{
    port = {imaps_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
"""


@dataclass(frozen=True)
class MailServers:
    """Where they listen. Each of `people` has a mailbox, with PASSWORD; so have their addresses with a plus sign."""

    smtp_port: int
    imap_port: int
    imaps_port: int
    home: Path

    @property
    def certificate(self) -> Path:
        """What a client must trust to believe that it is them."""
        return self.home / "cert.pem"


def missing() -> str | None:
    """Why they cannot run here; None: they can."""
    wanted = {"exim4": "exim4-daemon-light", "dovecot": "dovecot-imapd", "openssl": "openssl"}
    absent = [package for program, package in wanted.items() if _program(program) is None]
    if absent:
        return f"{' and '.join(absent)} not installed"
    version = subprocess.run([str(_program("dovecot")), "--version"], capture_output=True, text=True, check=False)
    return None if version.stdout.startswith("2.3.") else f"Dovecot {version.stdout.split()[:1]} reads another format"


def _program(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/lib/dovecot")


@contextlib.contextmanager
def running(people: Sequence[str]) -> Generator[MailServers, None, None]:
    """Both servers, with a mailbox for each of `people`."""
    user = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    # Not under pytest's folder: paths of local sockets have 107 characters, and only its owner may look into it.
    with tempfile.TemporaryDirectory(prefix="amends-mail-") as folder, contextlib.ExitStack() as started:
        home = Path(folder)
        servers = MailServers(free_port(), free_port(), free_port(), home)
        _write(servers, user, people)
        smtp = ["-C", str(home / "exim.conf"), "-bdf", "-q1s", "-oX", f"127.0.0.1:{servers.smtp_port}"]
        for name, arguments, port in (
            ("exim4", smtp, servers.smtp_port),
            ("dovecot", ["-F", "-c", str(home / "dovecot.conf")], servers.imap_port),
        ):
            started.enter_context(_process([str(_program(name)), *arguments], user, home))
            _wait_for(port, home)
        yield servers


def _write(servers: MailServers, user: pwd.struct_passwd, people: Sequence[str]) -> None:
    home = servers.home
    group = _group_name(user.pw_gid)
    facts = {
        "home": home,
        "exim": _program("exim4"),
        "user": user.pw_name,
        "uid": user.pw_uid,
        "gid": user.pw_gid,
        "group": group,
        "imap_port": servers.imap_port,
        "imaps_port": servers.imaps_port,
        "password": PASSWORD,
    }
    for name in ("spool", "log", "mail", "run"):
        (home / name).mkdir()
    (home / "people").write_text("".join(f"{name}: {name}\n" for name in people), "utf-8")
    _certify(home)
    (home / "exim.conf").write_text(EXIM.format(**facts), "utf-8")
    (home / "dovecot.conf").write_text(DOVECOT.format(**facts), "utf-8")
    if os.getuid() == 0:
        for path in (home, *home.rglob("*")):
            os.chown(path, user.pw_uid, user.pw_gid)


def _certify(home: Path) -> None:
    """A certificate for this one run."""
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=mail.test"]
    command += [
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-keyout",
        str(home / "key.pem"),
        "-out",
        str(home / "cert.pem"),
    ]
    subprocess.run(command, capture_output=True, check=True)


def _group_name(gid: int) -> str:
    import grp

    return grp.getgrgid(gid).gr_name


@contextlib.contextmanager
def _process(command: Sequence[str], user: pwd.struct_passwd, home: Path) -> Generator[None, None, None]:
    """One server; it ends its own children."""
    as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if os.getuid() == 0 else {}
    with (home / "log" / f"{Path(command[0]).name}.out").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=home, **as_user)  # type: ignore[call-overload]
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(port: int, home: Path) -> None:
    give_up = time.monotonic() + STARTED_SECONDS_MAX
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as probe:
            probe.settimeout(2)
            if probe.recv(4):
                return
        if time.monotonic() > give_up:
            said = "\n".join(path.read_text("utf-8", "replace")[-2_000:] for path in sorted((home / "log").iterdir()))
            raise AssertionError(f"a mail server did not start:\n{said}")
        time.sleep(0.05)


def letters(servers: MailServers, person: str) -> list[EmailMessage]:
    """What is in somebody's mailbox, as their mail program sees it."""
    client = imaplib.IMAP4("127.0.0.1", servers.imap_port, timeout=10)
    try:
        client.login(person, PASSWORD)
        client.select("INBOX", readonly=True)
        _, (uids, *_) = client.uid("SEARCH", "ALL")
        raw = [client.uid("FETCH", uid.decode(), "(BODY.PEEK[])")[1][0][1] for uid in uids.split()]
        return [message_from_bytes(r, _class=EmailMessage, policy=policy.default) for r in raw]
    finally:
        client.shutdown()


def text_of(letter: EmailMessage) -> str:
    """Its plain words."""
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def reply(servers: MailServers, sender: str, letter: EmailMessage, text: str) -> None:
    """As a mail program does it: to Reply-To, in the thread, the letter quoted below."""
    answer = EmailMessage(policy=policy.SMTP.clone(max_line_length=500))
    answer["From"] = f"Somebody <{sender}>"
    answer["To"] = str(letter["Reply-To"])
    answer["Subject"] = f"Re: {letter['Subject']}"
    answer["In-Reply-To"] = str(letter["Message-ID"])
    answer["Message-ID"] = make_msgid(domain="phone.example")
    wrote = "On Mon, 16 Nov 2026 at 12:00, Amends <amends@harbour.example> wrote:"
    answer.set_content("\n".join([text, "", wrote, *(f"> {line}" for line in text_of(letter).splitlines())]))
    with smtplib.SMTP("127.0.0.1", servers.smtp_port, timeout=10) as client:
        client.send_message(answer, sender)
