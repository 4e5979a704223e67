"""Child processes that never outlive us: ended with us, and found again after we were killed."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import psutil  # type: ignore[import-untyped]  # its stubs are a package of their own

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def dying_with_us(death: signal.Signals) -> Callable[[], None] | None:
    """What a child runs before its program, to get `death` when our thread ends; None where that is not Linux."""
    libc, parent = _LIBC, os.getpid()
    if libc is None:
        return None

    def ask_the_kernel() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, death)
        if os.getppid() != parent:  # we were killed between the fork and the request
            os.kill(os.getpid(), death)

    return ask_the_kernel


def start_child(
    argv: Sequence[str | Path],
    *,
    log: IO[bytes],
    death: signal.Signals,
    environment: Mapping[str, str] | None = None,
    working_directory: Path = Path("/"),
    identity: Mapping[str, Any] | None = None,
) -> subprocess.Popen[bytes]:
    """Start `argv` in a session of its own: a Ctrl-C is for us, and we end our children in order."""
    return subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        cwd=working_directory,
        env=environment,
        start_new_session=True,
        preexec_fn=dying_with_us(death),  # the only way to ask for the signal without another program
        **(identity or {}),
    )


def end(
    process: subprocess.Popen[bytes] | psutil.Process, ending: signal.Signals, patience_seconds: float = 20
) -> None:
    """Ask with `ending`, wait, then insist."""
    with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
        process.send_signal(ending)
        try:
            process.wait(patience_seconds)
        except (psutil.TimeoutExpired, subprocess.TimeoutExpired):
            process.kill()
            process.wait()


def end_leftover(pidfile: Path, argument: Path, ending: signal.Signals) -> None:
    """End what outlived a killed run. Its pid may be a stranger's by now: its command line must name `argument`."""
    with contextlib.suppress(OSError, ValueError, IndexError, psutil.Error):
        process = psutil.Process(int(pidfile.read_text().split()[0]))
        if process.status() != psutil.STATUS_ZOMBIE and str(argument) in process.cmdline():
            end(process, ending)
        else:
            pidfile.unlink()  # PostgreSQL would take the stranger for its old self and refuse to start


def free_port() -> int:
    """A loopback port that nobody listened on a moment ago."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
