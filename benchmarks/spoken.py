"""Replies spoken by synthetic voices, the same each time: what the benchmarks of words and of latency hear.

Needs flite and espeak-ng. Voices are ``engine:name``: flite's, espeak-ng's, and pyttsx3's as the prospect uses it.
"""

import functools
import random
import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from training.replies import read_usual
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
    found = sorted({reply.rep for reply in read_usual() if reply.part == part and not reply.heard})
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
            for _ in range(3):  # a cold engine now and then writes nothing, once
                _pyttsx3().render(text, settings, path)
                if path.exists() and path.stat().st_size > 1000:
                    break
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


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply with its pauses, in a quiet room, and what is known of it."""

    says: str
    voice: str
    sound: Sound
    start_s: float
    end_s: float
    """Last sample of speech; three seconds of room follow."""
    pauses: tuple[tuple[float, float], ...]
    """Where a thinking pause begins and how long it is."""


LEAD_S, TAIL_S = 0.6, 3.0
SHORTEST_S, LONGEST_S = 0.3, 2.5
"""Thinking pauses; as many between 0.3 and 0.87 s as between 0.87 and 2.5 s."""


def replies_with_pauses(count: int, seed: str, part: str, voices: tuple[str, ...]) -> Iterator[Reply]:
    """Yield replies, a third without a pause, a third with one, a third with two where there is a place for them."""
    for number, text in enumerate(texts(count, seed, part)):
        chance = random.Random(f"{seed}-{number}")
        yield with_pauses(some_sentences(text, chance), voices[number % len(voices)], number % 3, chance)


def some_sentences(text: str, chance: random.Random) -> str:
    """Return the reply or, as often, some sentences of it in a row: live replies are shorter than written ones."""
    sentences = re.findall(r"[^.?!]+[.?!]*\s*", text)
    first = chance.choice([0, chance.randrange(len(sentences))])
    return "".join(sentences[first : first + chance.choice([1, 2, 2, 9])]).strip()


def with_pauses(text: str, voice: str, pauses: int, chance: random.Random) -> Reply:
    """Speak a text and stretch some of the voice's own short silences to thinking pauses.

    A comma is put in where people hesitate: anywhere. The voice then sounds there as if it meant to go on.
    """
    words = text.split()
    if pauses and len(words) > 4 and chance.random() < 0.6:
        place = chance.randrange(1, len(words) - 2)
        if words[place][-1].isalpha():
            words[place] += ", um," if chance.random() < 0.15 else ","
    sound = speak(" ".join(words), voice)
    sound = 0.5 * sound / max(1e-9, float(np.abs(sound).max()))
    places = sorted(chance.sample(silences(sound), min(pauses, len(silences(sound)))))
    noise = np.random.default_rng(chance.randrange(1 << 30))
    pieces, made, at_s, before = [np.zeros(round(LEAD_S * RATE), np.float32)], [], LEAD_S, 0
    for start, end in places:
        length_s = float(np.exp(chance.uniform(np.log(SHORTEST_S), np.log(LONGEST_S))))
        more = max(0, round(length_s * RATE) - (end - start))
        middle = (start + end) // 2
        pieces += [sound[before:middle], np.zeros(more, np.float32)]
        at_s += (start - before) / RATE
        made.append((round(at_s, 3), round((end - start + more) / RATE, 3)))
        at_s += (middle - start + more) / RATE
        before = middle
    pieces.append(sound[before:])
    end_s = sum(len(piece) for piece in pieces) / RATE
    whole = np.concatenate([*pieces, np.zeros(round(TAIL_S * RATE), np.float32)])
    return Reply(text, voice, whole + room(len(whole) / RATE, noise)[: len(whole)], LEAD_S, end_s, tuple(made))


def silences(sound: Sound) -> list[tuple[int, int]]:
    """Return where a voice is silent for 60 ms or more between two sounds (under -40 dB of its peak)."""
    hop = RATE // 100
    level = np.array([np.abs(sound[i : i + hop]).max() for i in range(0, len(sound), hop)])
    quiet = level < 0.01 * np.abs(sound).max()
    found, start = [], None
    for number, silent in enumerate(quiet):
        if silent and start is None:
            start = number
        elif not silent and start is not None:
            if number - start >= 6 and start > 10:
                found.append((start * hop, number * hop))
            start = None
    return found
