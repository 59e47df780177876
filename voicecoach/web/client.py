"""A rep made of recordings, over a real socket: sends sound as a mouth would, hears as an ear would.

For tests and for measuring; it knows the server only by its messages.
"""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import websockets

RATE_HZ = 16_000
FRAME_S = 0.02


def sound_of(path: Path) -> bytes:
    """Return a recording as 16 kHz mono, signed 16-bit, its silence after the last word cut off."""
    import soundfile
    import soxr

    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    mono = soxr.resample(samples.mean(axis=1), rate, RATE_HZ)
    loud = np.flatnonzero(np.abs(mono) > 0.01)
    end = int(loud[-1]) + 1 if len(loud) else len(mono)
    return bytes((np.clip(mono[:end], -1, 1) * 32767).astype("<i2").tobytes())


@dataclass(slots=True)
class Seen:
    """What a client saw of one call."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    delays_s: list[float] = field(default_factory=list)
    """The rep's last sample to the prospect's first that can be heard, one a reply."""
    lead_s: float = 0.0
    """The furthest that sound came ahead of the clock, within one line."""
    sound_bytes: int = 0
    error: str = ""

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Return the messages of one type."""
        return [message for message in self.messages if message["type"] == kind]


class Rep:
    """One client in one call."""

    def __init__(self, replies: Sequence[bytes], *, waits_s: float = 0.4) -> None:
        self.seen = Seen()
        self._replies = list(replies)
        self._waits_s = waits_s
        self._said_at: float | None = None
        self._line_began: float | None = None
        self._line_s = 0.0
        self._floor = ""
        self._over = asyncio.Event()

    async def call(self, url: str, start: dict[str, Any] | None = None) -> Seen:
        """Play the whole call."""
        try:
            async with websockets.connect(url, max_size=None) as socket:
                await socket.send(json.dumps({"type": "start", "sample_rate": RATE_HZ, **(start or {})}))
                listening = asyncio.create_task(self._listen(socket))
                speaking = asyncio.create_task(self._speak(socket))
                await listening
                speaking.cancel()
        except (OSError, websockets.WebSocketException) as error:
            self.seen.error = f"{type(error).__name__}: {error}"
        return self.seen

    async def _listen(self, socket: Any) -> None:
        async for message in socket:
            now = time.monotonic()
            if isinstance(message, bytes):
                self._hear(message, now)
                continue
            told = json.loads(message)
            self.seen.messages.append({**told, "received": now})
            if told["type"] == "floor":
                self._floor = told["who"]
                self._line_began = None if told["who"] == "prospect" else self._line_began
        self._over.set()

    def _hear(self, pcm: bytes, now: float) -> None:
        self.seen.sound_bytes += len(pcm)
        if self._line_began is None:
            self._line_began, self._line_s = now, 0.0
        self._line_s += len(pcm) / 2 / RATE_HZ
        self.seen.lead_s = max(self.seen.lead_s, self._line_s - (now - self._line_began))
        audible = np.abs(np.frombuffer(pcm, "<i2")).max(initial=0) > 300
        if self._said_at is not None and audible:
            self.seen.delays_s.append(now - self._said_at)
            self._said_at = None

    async def _speak(self, socket: Any) -> None:
        """Send 20 ms every 20 ms: silence, and a reply whenever the floor is the rep's for a while."""
        due, silence = time.monotonic(), bytes(int(RATE_HZ * FRAME_S) * 2)
        rest, wait_s = b"", self._waits_s
        while True:
            frame = silence
            if rest:
                frame, rest = rest[: len(silence)].ljust(len(silence), b"\0"), rest[len(silence) :]
                if not rest:
                    self._said_at, self._floor, wait_s = time.monotonic(), "", self._waits_s
            elif self._floor == "rep":
                wait_s -= FRAME_S
                if wait_s <= 0:
                    if not self._replies:
                        await socket.send(json.dumps({"type": "hang_up"}))
                        return
                    rest = self._replies.pop(0)
            await socket.send(frame)
            due += FRAME_S
            await asyncio.sleep(max(0.0, due - time.monotonic()))
