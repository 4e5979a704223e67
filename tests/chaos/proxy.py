"""A TCP proxy that does what networks do: refuse, reset, swallow, and let one direction die. In a thread of its own."""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Generator
from enum import Enum
from urllib.parse import urlsplit, urlunsplit

CHUNK = 65_536


class Fault(Enum):
    """What the network does between the two."""

    NONE = "none"
    REFUSE = "refuse"
    """New connections are reset; those that stand go on."""
    RESET = "reset"
    """Every connection is reset, old and new."""
    BLACK_HOLE = "black hole"
    """Connections stand, new ones too, and nothing comes through."""
    HALF_OPEN = "half-open"
    """What is sent arrives; no answer ever comes back."""


class Proxy:
    """Listens on `port` and passes on to `target`, as well as its fault lets it."""

    def __init__(self, target: tuple[str, int]) -> None:
        self.target = target
        self.fault = Fault.NONE
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> "Proxy":
        self._thread.start()
        starting = asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(starting, self._loop).result()
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _close(self) -> None:
        self._server.close()
        self._reset_all()
        mine = asyncio.current_task()
        tasks = [task for task in asyncio.all_tasks() if task is not mine]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @contextlib.contextmanager
    def failing(self, fault: Fault) -> Generator[None, None, None]:
        """The fault, while the block runs; what it broke stays broken."""
        self.fault = fault
        if fault is Fault.RESET:
            self._loop.call_soon_threadsafe(self._reset_all)
        try:
            yield
        finally:
            self.fault = Fault.NONE
            # Whoever waits for an answer that was swallowed waits on: a healed network does not repeat it.
            if fault in (Fault.BLACK_HOLE, Fault.HALF_OPEN):
                self._loop.call_soon_threadsafe(self._reset_all)

    def _reset_all(self) -> None:
        for writer in list(self._writers):
            _reset(writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.fault in (Fault.REFUSE, Fault.RESET):
            _reset(writer)
            return
        try:
            there, back = await asyncio.open_connection(*self.target)
        except OSError:
            _reset(writer)
            return
        self._writers |= {writer, back}
        try:
            await asyncio.gather(
                self._carry(reader, back, {Fault.BLACK_HOLE}),
                self._carry(there, writer, {Fault.BLACK_HOLE, Fault.HALF_OPEN}),
            )
        finally:
            self._writers -= {writer, back}
            for end in (writer, back):
                _reset(end)

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, swallowed_by: set[Fault]) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(CHUNK):
                if self.fault not in swallowed_by:
                    sink.write(data)
                    await sink.drain()
        _reset(sink)


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST, as a router that forgot the connection does."""
    sock = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def through(url: str, port: int) -> str:
    """`url` by way of a proxy on this machine."""
    parts = urlsplit(url)
    credentials = parts.netloc.rpartition("@")[0]
    return urlunsplit(parts._replace(netloc=f"{credentials}@127.0.0.1:{port}"))
