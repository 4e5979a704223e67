"""The directory as it is now: read at start, and again whenever its file changes, without a restart.

A file that is wrong at start stops the service with a clear line. One that turns wrong later is refused: the
last good one stays in use, and amends_directory_valid says so.
"""

import asyncio
import hashlib
from dataclasses import dataclass
from pathlib import Path

import structlog
from prometheus_client import Gauge

from chassis.runtime import Runtime
from services.notify.directory import Directory, DirectoryError, load_directory
from services.notify.location import Locator

log = structlog.get_logger()

DIRECTORY_VALID = Gauge("amends_directory_valid", "1: the directory file is in use; 0: it is wrong, an older one is")


@dataclass(frozen=True)
class Known:
    """One state of the directory, whole: take it once and use it for one piece of work."""

    directory: Directory
    locator: Locator


class LiveDirectory:
    """The directory in `path`. Building it reads the file; raises DirectoryError or OSError."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp = self._read_stamp()
        content = path.read_bytes()
        self._digest = hashlib.sha256(content).digest()
        self._now = self._build(content)
        DIRECTORY_VALID.set(1)

    @property
    def known(self) -> Known:
        """What is in use at this moment."""
        return self._now

    async def watch(self, _: Runtime) -> None:
        """Take over a changed file; called about once a second."""
        await asyncio.to_thread(self.look)

    def look(self) -> None:
        """Read the file again if it changed; keep what we have if it is wrong now."""
        try:
            stamp = self._read_stamp()
            if stamp == self._stamp:
                return
            content = self._path.read_bytes()
            self._stamp = stamp
            if (digest := hashlib.sha256(content).digest()) != self._digest:
                self._digest = digest
                self._now = self._build(content)
                log.info("directory_reloaded")
            DIRECTORY_VALID.set(1)
        except (DirectoryError, OSError) as error:
            DIRECTORY_VALID.set(0)
            log.warning("directory_refused", problems=str(error).splitlines())

    def _read_stamp(self) -> tuple[int, int, int]:
        status = self._path.stat()
        return status.st_mtime_ns, status.st_size, status.st_ino

    def _build(self, content: bytes) -> Known:
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise DirectoryError(f"{self._path.name}: not UTF-8: {error.reason} at byte {error.start}") from None
        directory = load_directory(text, self._path.name)
        return Known(directory, Locator(directory))
