"""The rep's voice from a microphone, at the device's own rate, through PortAudio."""

import queue
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from voicecoach.errors import NoDeviceError, SourceLostError
from voicecoach.events import FRAME_S, FRAME_SAMPLES, SAMPLE_RATE_HZ, AudioFrame

LOST_AFTER_S: Final = 3.0
"""A device that gives no block for so long has gone; blocks come every 20 ms."""


def microphone_names() -> list[str]:
    """Return the names of all input devices; raise `NoDeviceError` where PortAudio itself is missing."""
    try:
        import sounddevice
    except OSError as error:
        raise NoDeviceError(
            f"PortAudio is missing ({error}). Type: sudo apt-get install libportaudio2. "
            "Without it you can replay recordings: voicecoach replay talk.wav"
        ) from error
    return [device["name"] for device in sounddevice.query_devices() if device["max_input_channels"] > 0]


class MicrophoneSource:
    """One microphone as an `AudioSource`; open over the whole call, heard only while `frames` is read."""

    def __init__(self, asked: str | None = None) -> None:
        names = microphone_names()
        import sounddevice

        try:
            found: Any = sounddevice.query_devices(asked, "input")
        except (ValueError, sounddevice.PortAudioError) as error:
            seen = "\n".join(f"  {name}" for name in names) or "  (no input device at all)"
            raise NoDeviceError(
                f"No single microphone fits {asked or 'the default'!r}. These are here:\n{seen}\n"
                "Give more of one name to --input, or replay a file: voicecoach replay talk.wav"
            ) from error
        self._name = str(found["name"])
        rate = int(found["default_samplerate"])
        self._blocks: queue.SimpleQueue[npt.NDArray[np.float32]] = queue.SimpleQueue()
        self._rate = rate
        self.overflows = 0
        try:
            self._stream: Any = sounddevice.InputStream(
                rate, round(rate * FRAME_S), asked, 1, "float32", callback=self._arrive
            )
            self._stream.start()
        except sounddevice.PortAudioError as error:
            raise NoDeviceError(
                f"The microphone {self._name} could not be opened ({error}). Close the program that uses it, "
                "or name another one with --input."
            ) from error

    @property
    def label(self) -> str:
        """``microphone:`` and the device's name."""
        return f"microphone:{self._name}"

    def _arrive(self, block: npt.NDArray[np.float32], frames: int, time: Any, status: Any) -> None:  # noqa: ARG002
        """Take one block from PortAudio's thread: nothing slow happens here."""
        if status.input_overflow:
            self.overflows += 1
        self._blocks.put(block[:, 0].copy())

    def frames(self) -> Iterator[AudioFrame]:
        """Yield 20 ms frames from now on, without end; what came before is dropped: the ear was shut."""
        import soxr

        while not self._blocks.empty():
            self._blocks.get()
        resampler = soxr.ResampleStream(self._rate, SAMPLE_RATE_HZ, 1, dtype="float32", quality="HQ")
        left = np.zeros(0, np.float32)
        sent = 0
        while True:
            try:
                block = self._blocks.get(timeout=LOST_AFTER_S)
            except queue.Empty:
                raise SourceLostError(
                    f"The microphone {self._name} gives no sound any more. What was said so far is kept; plug it in "
                    "and start again: voicecoach practice"
                ) from None
            left = np.concatenate([left, resampler.resample_chunk(block)])
            while len(left) >= FRAME_SAMPLES:
                frame, left = left[:FRAME_SAMPLES], left[FRAME_SAMPLES:]
                pcm = (np.clip(frame, -1, 1) * 32767).astype("<i2").tobytes()
                yield AudioFrame(start_s=sent / SAMPLE_RATE_HZ, pcm=pcm)
                sent += FRAME_SAMPLES

    def close(self) -> None:
        """Let the device go."""
        self._stream.close()
