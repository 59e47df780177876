"""The rep's voice from a microphone, at the device's own rate."""

import queue
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from voicecoach.devices import BLOCK_S, find, listed, open_stream
from voicecoach.errors import SourceLostError
from voicecoach.events import FRAME_SAMPLES, SAMPLE_RATE_HZ, AudioFrame

LOST_AFTER_S: Final = 4.0
"""A device that gives no block for so long has gone; blocks come every 20 ms."""
FIRST_AFTER_S: Final = 5.0
"""A sound server may take a second or two to wake a sleeping device."""


@dataclass(frozen=True, slots=True)
class Captured:
    """20 ms of the microphone."""

    pcm: bytes
    """320 samples, mono, signed 16-bit little-endian, 16 000 Hz."""
    at_s: float
    """When its last sample was in the microphone, by the machine's monotonic clock."""


def microphone_names() -> list[str]:
    """Return the names of all input devices; raise `NoDeviceError` where PortAudio itself is missing."""
    return [device.name for device in listed("input")]


class MicrophoneSource:
    """One microphone as an `AudioSource`; open over the whole call, heard only while it is read."""

    def __init__(self, asked: str | None = None) -> None:
        """Open the microphone that a part of its name means; raise `NoDeviceError` where that cannot be done."""
        self.overruns = 0
        self._blocks: queue.SimpleQueue[tuple[npt.NDArray[np.float32], float]] = queue.SimpleQueue()
        self.opened = open_stream(find(asked, "input"), self._arrive)
        import soxr

        self._resampler = soxr.ResampleStream(self.opened.rate_hz, SAMPLE_RATE_HZ, 1, dtype="float32", quality="HQ")
        self._left = np.zeros(0, np.float32)
        self._left_at_s = 0.0
        self._woken = False

    @property
    def label(self) -> str:
        """``microphone:`` and the device's name."""
        return f"microphone:{self.opened.device.name}"

    def _arrive(self, block: npt.NDArray[np.float32], _frames: int, times: Any, status: Any) -> None:
        """Take one block from PortAudio's thread: nothing slow happens here."""
        if status.input_overflow:
            self.overruns += 1
        delay_s = max(0.0, times.currentTime - times.inputBufferAdcTime - BLOCK_S)
        self._blocks.put((block.copy(), time.monotonic() - delay_s))

    def read(self) -> Captured:
        """Return the next 20 ms, waiting for them; raise `SourceLostError` where the device has gone."""
        while len(self._left) < FRAME_SAMPLES:
            block, self._left_at_s = self._next_block()
            mono = block.mean(axis=1) if block.shape[1] > 1 else block[:, 0]
            self._left = np.concatenate([self._left, self._resampler.resample_chunk(mono)])
        frame, self._left = self._left[:FRAME_SAMPLES], self._left[FRAME_SAMPLES:]
        pcm = (np.clip(frame, -1, 1) * 32767).astype("<i2").tobytes()
        return Captured(pcm, self._left_at_s - len(self._left) / SAMPLE_RATE_HZ)

    def _next_block(self) -> tuple[npt.NDArray[np.float32], float]:
        if self.opened.gone:
            raise self._lost()
        wait_until = time.monotonic() + (LOST_AFTER_S if self._woken else FIRST_AFTER_S)
        while True:
            try:
                block = self._blocks.get(timeout=0.1)
            except queue.Empty:
                if self.opened.gone or time.monotonic() > wait_until:
                    raise self._lost() from None
            else:
                self._woken = True
                return block

    def _lost(self) -> SourceLostError:
        return SourceLostError(
            f"The microphone {self.opened.device.name} gives no sound any more. What was said so far is kept."
        )

    def skip(self) -> None:
        """Drop what has arrived so far: the ear was shut."""
        while not self._blocks.empty():
            self._blocks.get()
        self._left = np.zeros(0, np.float32)

    def frames(self) -> Iterator[AudioFrame]:
        """Yield 20 ms frames from now on, without end; what came before is dropped: the ear was shut."""
        self.skip()
        sent = 0
        while True:
            yield AudioFrame(start_s=sent / SAMPLE_RATE_HZ, pcm=self.read().pcm)
            sent += FRAME_SAMPLES

    def close(self) -> None:
        """Let the device go; safe twice."""
        self.opened.close()
