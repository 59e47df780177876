"""The rep's voice from a browser tab, or from any client that speaks the same messages."""

import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from voicecoach.events import FRAME_S, FRAME_SAMPLES, SAMPLE_RATE_HZ, AudioFrame

FRAME_BYTES: Final = FRAME_SAMPLES * 2
TURN_OVER: Final = b""
"""Stands among the frames where the rep has ended the turn."""
MAX_WAITING_S: Final = 60.0
"""Sound that nobody has read yet; more is a client that sends faster than it speaks, and the oldest is dropped."""
TYPING_S: Final = 8.0
"""How long one key-press holds the silence back: who types is not silent."""


class BrowserSource:
    """One tab's microphone as an `AudioSource`: `give` from the socket's thread, `frames` from the call's.

    Stays open over the whole call. What arrives while nobody reads `frames` is kept: it is what the rep said over the
    prospect, read with `overheard` and handed back with `put_back` where it belongs to the reply.
    """

    label = "browser"

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._frames: deque[bytes] = deque()
        self._left = b""
        self._resampler: Any = None
        self._typed: deque[str] = deque()
        self._closed = False
        self._held = False
        self._typing_until = 0.0

    def opened_at(self, rate_hz: int) -> None:
        """Take the client's sample rate; sound from now on is resampled from it."""
        import soxr

        with self._changed:
            same = rate_hz == SAMPLE_RATE_HZ
            self._resampler = None if same else soxr.ResampleStream(rate_hz, SAMPLE_RATE_HZ, 1, dtype="int16")
            self._left = b""
            self._held = False  # who comes back after the line dropped holds nothing any more

    def give(self, pcm: bytes) -> None:
        """Take sound as it arrives: mono, signed 16-bit little-endian, at the client's rate, whole samples."""
        with self._changed:
            if self._resampler is not None:
                pcm = self._resampler.resample_chunk(np.frombuffer(pcm, "<i2")).astype("<i2").tobytes()
            self._left += pcm
            whole = len(self._left) - len(self._left) % FRAME_BYTES
            self._frames.extend(self._left[at : at + FRAME_BYTES] for at in range(0, whole, FRAME_BYTES))
            self._left = self._left[whole:]
            while len(self._frames) * FRAME_S > MAX_WAITING_S:
                self._frames.popleft()
            self._changed.notify_all()

    def begin_turn(self) -> None:
        """Let the rep keep the floor however long they think, until `end_turn`: the button is pressed."""
        self._held = True

    @property
    def held(self) -> bool:
        """Whether the rep holds the floor by a button."""
        return self._held

    def end_turn(self) -> None:
        """End the reply that is being heard: the button was let go."""
        with self._changed:
            self._held = False
            # It has its place among the sound: what came before it still belongs to the reply.
            self._frames.append(TURN_OVER)
            self._changed.notify_all()

    def type(self, text: str) -> None:
        """Take a reply that was typed: it ends what is being heard and stands in its place."""
        with self._changed:
            self._typed.append(text)
            self._typing_until = 0.0
            self._changed.notify_all()

    def take_typed(self) -> str:
        """Return a reply that was typed, or nothing."""
        with self._changed:
            return self._typed.popleft() if self._typed else ""

    @property
    def has_typed(self) -> bool:
        """Whether a typed reply waits."""
        return bool(self._typed)

    def typing(self) -> None:
        """Hold the silence back for a while: the rep is writing."""
        with self._changed:
            self._typing_until = time.monotonic() + TYPING_S

    def frames(self) -> Iterator[AudioFrame]:
        """Yield 20 ms frames until the turn is ended, a reply was typed or the source is closed."""
        sent = 0
        while (frame := self._next(begun=sent > 0)) is not None:
            yield AudioFrame(start_s=sent / SAMPLE_RATE_HZ, pcm=frame)
            sent += FRAME_SAMPLES

    def _next(self, *, begun: bool) -> bytes | None:
        with self._changed:
            while not (self._closed or self._typed):
                if time.monotonic() < self._typing_until:
                    self._frames.clear()
                if not self._frames:
                    self._changed.wait(1.0)
                elif (frame := self._frames.popleft()) != TURN_OVER:
                    return frame
                elif begun:  # else it ended a reply that was over already
                    return None
            return None

    def overheard(self, wait_s: float) -> list[bytes]:
        """Return the frames that have arrived unread, after at most `wait_s` seconds; none where none came."""
        with self._changed:
            if not self._frames and not self._closed:
                self._changed.wait(wait_s)
            found, self._frames = list(self._frames), deque()
            return [frame for frame in found if frame != TURN_OVER]

    def put_back(self, frames: Sequence[bytes]) -> None:
        """Hand frames back: they come first in the next reply."""
        with self._changed:
            self._frames.extendleft(reversed(frames))

    @property
    def closed(self) -> bool:
        """Whether the rep has gone."""
        return self._closed

    def close(self) -> None:
        """End it. Safe twice, and from another thread."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
