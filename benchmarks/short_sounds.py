"""Short sounds that should stop nobody, made the same each time: people's, things', and the prospect's own echo.

They are synthetic: spoken by flite and espeak-ng where a mouth makes them, shaped noise where a thing does.
"""

from collections.abc import Callable, Iterator

import numpy as np
import soxr

from benchmarks.spoken import RATE, Sound, speak, trimmed

MOUTHS = ("flite:slt", "flite:rms", "flite:awb", "flite:kal16", "espeak:en-us+m7", "espeak:en-gb-scotland+f2")


def level(sound: Sound, peak: float) -> Sound:
    """Scale to a peak."""
    return (sound * (peak / max(1e-9, float(np.abs(sound).max())))).astype(np.float32)


def band(sound: Sound, low_hz: float, high_hz: float) -> Sound:
    """Keep what lies between two frequencies."""
    spectrum = np.fft.rfft(sound)
    hz = np.fft.rfftfreq(len(sound), 1 / RATE)
    spectrum[(hz < low_hz) | (hz > high_hz)] = 0
    return np.fft.irfft(spectrum, len(sound)).astype(np.float32)


def burst(chance: np.random.Generator, seconds: float, low_hz: float, high_hz: float, falls: float = 6) -> Sound:
    """Return a burst of noise that falls away."""
    length = round(seconds * RATE)
    noise = chance.standard_normal(length + 64)
    return band(noise.astype(np.float32), low_hz, high_hz)[:length] * np.exp(-np.linspace(0, falls, length))


def hum(chance: np.random.Generator, pitch_hz: float, seconds: float, bend: float) -> Sound:
    """Return a voice behind closed lips: a few harmonics, muffled."""
    at_s = np.arange(round(seconds * RATE)) / RATE
    phase = 2 * np.pi * np.cumsum(pitch_hz * (1 + bend * at_s / seconds)) / RATE
    sound = sum(np.sin(k * phase) / k**2.2 for k in range(1, 9)) + 0.004 * chance.standard_normal(len(at_s))
    return (sound * np.minimum(1, 25 * np.minimum(at_s, at_s[::-1]))).astype(np.float32)


def mm_hm(chance: np.random.Generator, number: int) -> Sound:
    """Two hums with a breath through the nose between them, the second higher."""
    pitch = chance.uniform(95, 230)
    gap = 0.08 * burst(chance, chance.uniform(0.04, 0.09), 300, 2500, 1)
    first = hum(chance, pitch, chance.uniform(0.12, 0.2), 0.0)
    return np.concatenate([first, gap, hum(chance, pitch * 1.25, chance.uniform(0.15, 0.28), 0.1)])


def mhm_spoken(chance: np.random.Generator, number: int) -> Sound:
    """The same as a synthetic mouth says it, given as sounds: spelt out, some mouths say "millimetres"."""
    voices = ("en-us+m7", "en-gb-scotland+f2", "en-gb+m3", "en-us+f4")
    return speak(("[[m:]]", "[[m:h'm:]]", "[[h'm:]]")[number % 3], f"espeak:{voices[number % 4]}")


def yeah(chance: np.random.Generator, number: int) -> Sound:
    """A word of listening: it has the sound of any word, and is over at once."""
    return speak(("yeah.", "right.", "okay.", "uh huh.")[number % 4], MOUTHS[number % len(MOUTHS)])


def cough(chance: np.random.Generator, number: int) -> Sound:
    """One to three bursts of breath."""
    one = [
        np.concatenate([burst(chance, chance.uniform(0.09, 0.16), 250, 4500), np.zeros(round(0.2 * RATE))])
        for _ in range(1 + number % 3)
    ]
    return np.concatenate(one)


def throat(chance: np.random.Generator, number: int) -> Sound:
    """A rough low rattle."""
    length = chance.uniform(0.25, 0.5)
    rattle = 1 + np.sign(np.sin(2 * np.pi * 28 * np.arange(round(length * RATE)) / RATE))
    return burst(chance, length, 150, 1800, 2) * rattle.astype(np.float32)


def laugh(chance: np.random.Generator, number: int) -> Sound:
    """Three to six short bursts of voice and breath, five a second."""
    pitch, parts = chance.uniform(130, 300), []
    for k in range(3 + number % 4):
        length = chance.uniform(0.07, 0.1)
        voice = hum(chance, pitch * (1 - 0.05 * k), length, -0.1)
        breath = burst(chance, length, 500, 4000, 2)
        parts += [voice + 0.5 * breath, 0.1 * burst(chance, chance.uniform(0.09, 0.13), 800, 5000, 1)]
    return np.concatenate(parts)


def keys(chance: np.random.Generator, number: int) -> Sound:
    """A second of typing."""
    sound = np.zeros(RATE, np.float32)
    for at_s in chance.uniform(0, 0.95, 8):
        click = burst(chance, 0.012, 1500, 7000, 8)
        start = round(at_s * RATE)
        sound[start : start + len(click)] += click
    return sound


def door(chance: np.random.Generator, number: int) -> Sound:
    """A thump, and the latch."""
    thump = burst(chance, 0.3, 30, 350, 7)
    latch = 0.4 * burst(chance, 0.03, 900, 5000, 8)
    return np.concatenate([thump, latch])


def cup(chance: np.random.Generator, number: int) -> Sound:
    """China that rings."""
    at_s = np.arange(round(0.25 * RATE)) / RATE
    notes = sum(np.sin(2 * np.pi * chance.uniform(1800, 5200) * at_s) for _ in range(4))
    return (notes * np.exp(-18 * at_s)).astype(np.float32)


def chair(chance: np.random.Generator, number: int) -> Sound:
    """A creak that rises."""
    at_s = np.arange(round(0.45 * RATE)) / RATE
    creak = np.sign(np.sin(2 * np.pi * np.cumsum(np.linspace(60, 130, len(at_s))) / RATE))
    return band((creak * np.hanning(len(at_s))).astype(np.float32), 400, 3500)


def breath(chance: np.random.Generator, number: int) -> Sound:
    """A sigh or a sniff into the microphone."""
    length = chance.uniform(0.25, 0.7)
    noise = band(chance.standard_normal(round(length * RATE)).astype(np.float32), 400, 6000)
    return noise * np.hanning(len(noise)).astype(np.float32)


def echo(line: Sound, chance: np.random.Generator, gain_db: float) -> Sound:
    """Return the prospect's own line as a desk's microphone hears it: late, coloured, with the room's answer."""
    tail = chance.standard_normal(round(0.18 * RATE)) * np.exp(-np.linspace(0, 7, round(0.18 * RATE)))
    tail[0] = 3.0
    delay = np.zeros(round(chance.uniform(0.01, 0.12) * RATE))
    room = np.concatenate([delay, tail / np.linalg.norm(tail)])
    heard = np.fft.irfft(np.fft.rfft(line, 2**20) * np.fft.rfft(room, 2**20), 2**20)[: len(line)]
    return (band(heard.astype(np.float32), 150, 6500) * 10 ** (gain_db / 20)).astype(np.float32)


KINDS: dict[str, tuple[Callable[[np.random.Generator, int], Sound], float, float]] = {
    "mm-hm, hummed": (mm_hm, 0.03, 0.3),
    "mm, spoken": (mhm_spoken, 0.05, 0.35),
    "yeah, right, okay": (yeah, 0.08, 0.4),
    "cough": (cough, 0.15, 0.7),
    "throat cleared": (throat, 0.05, 0.3),
    "laugh": (laugh, 0.08, 0.4),
    "keys": (keys, 0.03, 0.2),
    "door": (door, 0.1, 0.7),
    "cup": (cup, 0.03, 0.3),
    "chair": (chair, 0.05, 0.3),
    "breath": (breath, 0.02, 0.15),
}
"""Each kind with the peaks, of full scale, between which it is as loud as at a desk."""


def short_sounds(each: int = 12) -> Iterator[tuple[str, Sound]]:
    """Yield so many of each kind, without the echo, which needs a line."""
    for place, (kind, (make, low, high)) in enumerate(KINDS.items()):
        for number in range(each):
            chance = np.random.default_rng(1000 * place + number)
            yield kind, level(trimmed(make(chance, number).astype(np.float32)), chance.uniform(low, high))


def other_rate(sound: Sound, rate: int) -> Sound:
    """Return the sound at another rate."""
    return soxr.resample(sound, RATE, rate).astype(np.float32)
