"""What lies between a call's thread and the socket of whoever is in it: messages, sound, and a drop in between."""

import asyncio
import threading
from typing import Any, Final

from voicecoach.events import SAMPLE_RATE_HZ
from voicecoach.hear.sources.browser import BrowserSource

Message = dict[str, Any] | bytes
OUT_WAITING: Final = 2_000
"""Messages that a socket has not taken yet (40 s of sound); a client that takes none for so long is cut off."""


class Line:
    """One call's line. A socket attaches and detaches; the thread tells and sounds, whoever is there.

    JSON messages are numbered from 0 and kept, so that a client that comes back hears of what it missed.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.source = BrowserSource()
        self.rate_hz = SAMPLE_RATE_HZ
        self._loop = loop
        self._changed = threading.Condition()
        self._told: list[dict[str, Any]] = []
        self._socket: asyncio.Queue[Message | None] | None = None
        self._attached = 0
        self._again = False

    # -- the socket's side, in the event loop's thread

    def attach(self, rate_hz: int, seen: int) -> "asyncio.Queue[Message | None]":
        """Take a socket that has seen so many JSON messages; return what it must send. None in it: close."""
        queue: asyncio.Queue[Message | None] = asyncio.Queue(OUT_WAITING)
        with self._changed:
            if self._socket is not None:
                self._put(self._socket, None)
            self.rate_hz = rate_hz
            self.source.opened_at(rate_hz)
            for message in self._told[seen:]:
                queue.put_nowait(message)
            self._socket = queue
            self._attached += 1
            self._changed.notify_all()
        return queue

    def detach(self, queue: "asyncio.Queue[Message | None]") -> bool:
        """Let the socket go; return whether it was the one attached."""
        with self._changed:
            mine = self._socket is queue
            if mine:
                self._socket = None
                self._changed.notify_all()
            return mine

    def ask_again(self) -> None:
        """Ask for the last line once more."""
        self._again = True

    def close(self) -> None:
        """End the call: the rep has gone."""
        self.source.close()
        with self._changed:
            self._changed.notify_all()

    # -- the call's side, in its own thread

    def tell(self, message: dict[str, Any]) -> None:
        """Send a JSON message, now or when the client comes back."""
        with self._changed:
            self._told.append(message)
            if self._socket is not None:
                self._send(self._socket, message)

    def sound(self, pcm: bytes) -> None:
        """Send sound to whoever is there; nobody is told later what it was."""
        with self._changed:
            if self._socket is not None:
                self._send(self._socket, pcm)

    def finish(self) -> None:
        """Close the socket after everything was sent."""
        with self._changed:
            if self._socket is not None:
                self._send(self._socket, None)

    def take_again(self) -> bool:
        """Return whether the last line was asked for again."""
        asked, self._again = self._again, False
        return asked

    @property
    def attachment(self) -> int:
        """The number of the socket that is attached; 0: none is."""
        with self._changed:
            return self._attached if self._socket is not None else 0

    def wait_attached(self) -> int:
        """Wait until a socket is attached or the call is closed; return its number, 0: closed."""
        with self._changed:
            while self._socket is None and not self.source.closed:
                self._changed.wait(1.0)
            return self._attached if self._socket is not None else 0

    def _send(self, queue: "asyncio.Queue[Message | None]", message: Message | None) -> None:
        self._loop.call_soon_threadsafe(self._put, queue, message)

    def _put(self, queue: "asyncio.Queue[Message | None]", message: Message | None) -> None:
        """Queue in the event loop's thread; a client that takes nothing loses its line, not the server its memory."""
        try:
            queue.put_nowait(message)
        except asyncio.QueueFull:
            while not queue.empty():
                queue.get_nowait()
            queue.put_nowait(None)
