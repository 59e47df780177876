"""How the voice came to rest: pitch and loudness before a pause, as measures of the sound and of nothing else."""

from typing import Final

import numpy as np
import numpy.typing as npt

from voicecoach.events import SAMPLE_RATE_HZ

HOP: Final = SAMPLE_RATE_HZ // 100
"""A look every 10 ms …"""
LOOK: Final = 4 * HOP
"""… at 40 ms: two periods of the lowest voice."""
LOWEST_HZ, HIGHEST_HZ = 60, 400
VOICED: Final = 0.55
"""How alike two periods are in a voiced sound (normalized autocorrelation)."""
SAME: Final = 0.9
"""A lag so near the best is as good: the shortest of them is the period."""
LAST_S: Final = 4.0
"""So much of the turn is looked at."""
NAMES: Final = ("pitch_end", "pitch_slope", "level_end", "level_slope", "last_sound_s")


def measure(pcm: bytes) -> tuple[float, ...]:
    """Return the figures of `NAMES` for the end of a turn.

    `pcm` is mono, signed 16-bit little-endian, 16 000 Hz. In semitones against the turn's middle: the last voiced
    150 ms, and their slope a second over the last 300 ms voiced; in decibels: the last 150 ms of sound against the
    middle, and their slope a second over 300 ms; in seconds: the last stretch of voice. Zeros where there is no voice.
    """
    samples = np.frombuffer(pcm, "<i2").astype(np.float64)[-round(LAST_S * SAMPLE_RATE_HZ) :] / 32768
    count = (len(samples) - LOOK) // HOP + 1
    if count < 20:
        return (0.0,) * len(NAMES)
    looks = np.lib.stride_tricks.sliding_window_view(samples, LOOK)[::HOP]
    level = 10 * np.log10(np.mean(looks**2, axis=1) + 1e-9)
    pitch = _pitch(looks)
    loud = level > np.percentile(level, 95) - 30
    voiced = np.flatnonzero((pitch > 0) & loud)
    if len(voiced) < 10:
        return (0.0,) * len(NAMES)
    tone = 12 * np.log2(pitch[voiced])
    near = voiced >= voiced[-1] - 30
    sound = np.flatnonzero(loud)
    breaks = np.flatnonzero(np.diff(voiced) > 4)
    last_from = voiced[breaks[-1] + 1] if len(breaks) else voiced[0]
    return (
        float(np.clip(np.median(tone[-15:]) - np.median(tone), -12, 12)),
        float(np.clip(_slope(voiced[near] / 100, tone[near]), -60, 60)),
        float(np.median(level[sound[-15:]]) - np.median(level[loud])),
        float(np.clip(_slope(sound[-30:] / 100, level[sound[-30:]]), -200, 200)),
        float((voiced[-1] - last_from) / 100),
    )


def _pitch(looks: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the pitch of each look in Hz, 0 where it is not voiced."""
    centred = looks - looks.mean(axis=1, keepdims=True)
    spectrum = np.fft.rfft(centred, 2 * LOOK, axis=1)
    alike = np.fft.irfft(np.abs(spectrum) ** 2, axis=1)[:, :LOOK]
    alike = alike / (alike[:, :1] + 1e-9) * (LOOK / np.arange(LOOK, 0, -1))
    first, last = SAMPLE_RATE_HZ // HIGHEST_HZ, SAMPLE_RATE_HZ // LOWEST_HZ
    within = alike[:, first:last]
    best = within.max(axis=1)
    # Two periods are as alike as one: of the lags that are nearly the best, the shortest is the period.
    peak = (
        (within >= SAME * best[:, None])
        & (within >= alike[:, first - 1 : last - 1])
        & (within >= alike[:, first + 1 : last + 1])
    )
    lag = peak.argmax(axis=1) + first
    sure = best >= VOICED
    return np.where(sure, SAMPLE_RATE_HZ / lag, 0.0)


def _slope(at_s: npt.NDArray[np.float64], values: npt.NDArray[np.float64]) -> float:
    """Return the least-squares slope a second."""
    if len(values) < 5:
        return 0.0
    centred = at_s - at_s.mean()
    return float((centred * (values - values.mean())).sum() / ((centred**2).sum() + 1e-9))
