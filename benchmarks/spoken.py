"""Replies spoken by synthetic voices, the same each time: what the benchmarks of words and of latency hear.

Needs flite and espeak-ng. Voices are ``engine:name``: flite's, espeak-ng's, and pyttsx3's as the prospect uses it.
"""

import functools
import random
import re
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from training.replies import read_situations
from voicecoach.deliver.voice import EngineProcess, VoiceSettings

Sound = npt.NDArray[np.float32]
"""Mono, 16 kHz, -1 to 1."""
RATE = 16_000
VOICES = (
    "flite:slt",
    "flite:rms",
    "flite:awb",
    "flite:kal16",
    "espeak:en-us+m7",
    "espeak:en-gb-scotland+f2",
    "pyttsx3:female:en-us",
    "pyttsx3:male:en-gb",
)
NOISE = Path(__file__).parent.parent / "audio_fixtures" / "speech" / "noise_dishes.flac"


def texts(count: int, seed: str, part: str = "held_out") -> list[str]:
    """Return replies of reps that no model of this program was trained on, without digits and odd characters."""
    found = sorted({reply.rep for reply in read_situations() if reply.part == part and not reply.heard})
    found = [text for text in found if re.fullmatch(r"[A-Za-z ,.?!'’-]{4,240}", text)]
    random.Random(seed).shuffle(found)
    return found[:count]


def speak(text: str, voice: str) -> Sound:
    """Return the text as the voice says it."""
    engine, _, name = voice.partition(":")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "said.wav"
        if engine == "flite":
            subprocess.run(["flite", "-voice", name, "-t", text, "-o", str(path)], check=True, capture_output=True)
        elif engine == "espeak":
            words = ["espeak-ng", "-v", name, "-s", "165", "-w", str(path), "--", text]
            subprocess.run(words, check=True, capture_output=True)
        else:
            gender, _, accent = name.partition(":")
            settings = VoiceSettings(gender=gender, accent=accent, rate_wpm=170, volume=1.0, pitch=50)
            _pyttsx3().render(text, settings, path)
        sound, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return trimmed(soxr.resample(sound[:, 0], rate, RATE))


@functools.cache
def _pyttsx3() -> EngineProcess:
    return EngineProcess()


def trimmed(sound: Sound) -> Sound:
    """Cut silence (under -46 dB of the peak) off both ends."""
    loud = np.flatnonzero(np.abs(sound) > 0.005 * np.abs(sound).max())
    return sound[loud[0] : loud[-1] + 1]


def room(seconds: float, chance: np.random.Generator) -> Sound:
    """Return faint noise, -66 dB: a quiet room."""
    return (0.0005 * chance.standard_normal(round(seconds * RATE))).astype(np.float32)


@functools.cache
def _kitchen() -> Sound:
    sound, rate = soundfile.read(NOISE, dtype="float32")
    return soxr.resample(sound, rate, RATE)


def in_kitchen(sound: Sound, snr_db: float, chance: np.random.Generator) -> Sound:
    """Mix a stretch of kitchen noise in, so that speech power over noise power is `snr_db`."""
    noise = _kitchen()
    start = int(chance.integers(len(noise) - len(sound)))
    stretch = noise[start : start + len(sound)]
    wanted = np.sqrt(np.mean(sound**2) / np.mean(stretch**2) / 10 ** (snr_db / 10))
    mixed = sound + stretch * wanted
    return mixed / max(1.0, float(np.abs(mixed).max()))


def as_pcm(sound: Sound) -> bytes:
    """Return it as signed 16-bit little-endian."""
    return (np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes()


def plain(text: str) -> str:
    """Return words as they are compared."""
    text = text.lower().replace("’", "'").replace("mr.", "mister").replace("-", " ").replace("okay", "ok")
    return " ".join(re.findall(r"[a-z']+", text))
