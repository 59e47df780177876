"""Word error rate on human recordings, clean and in kitchen noise, ours beside plain faster-whisper."""

import re
from pathlib import Path

import jiwer
import numpy as np
import soundfile
import soxr

from voicecoach import wiring
from voicecoach.errors import MissingError
from voicecoach.hear.ear import WHOLE_SOURCE, SourceEar
from voicecoach.hear.weights import find
from voicecoach.testing import ScriptedSource

SPEECH = Path(__file__).parent.parent / "audio_fixtures" / "speech"
SOURCES = SPEECH.parent / "SOURCES.md"
RATE = 16_000
PIECES_OF_NOISE = 5


def said() -> dict[str, str]:
    """Return what each human recording says."""
    rows = re.findall(r"^\| ((?:austen|jfk)\S+) \| (.+) \|$", SOURCES.read_text(), re.MULTILINE)
    return dict(rows)


def sound_of(name: str) -> np.ndarray:
    """Return a recording as float32 at 16 kHz mono."""
    sound, rate = soundfile.read(SPEECH / name, dtype="float32", always_2d=True)
    return soxr.resample(sound.mean(axis=1), rate, RATE)


def noisy(sound: np.ndarray, noise: np.ndarray, snr_db: float | None, piece: int) -> np.ndarray:
    """Mix a stretch of noise in, so that speech power over noise power is `snr_db`."""
    if snr_db is None:
        return sound
    start = piece * (len(noise) - len(sound)) // PIECES_OF_NOISE
    stretch = noise[start : start + len(sound)]
    wanted = np.sqrt(np.mean(sound**2) / np.mean(stretch**2) / 10 ** (snr_db / 10))
    mixed = sound + stretch * wanted
    return mixed / max(1.0, float(np.abs(mixed).max()))


def plain(text: str) -> str:
    """Return words as they are compared."""
    text = text.lower().replace("mr.", "mister").replace("-", " ")
    return " ".join(re.findall(r"[a-z']+", text))


def main() -> None:
    """Print one row a model and level."""
    from faster_whisper import WhisperModel

    noise = sound_of("noise_dishes.flac")
    print(f"{'model':<10}{'noise':>9}{'ours':>9}{'defaults':>10}   word error rate; ratio")
    for model in ("tiny.en", "base"):
        try:
            words = wiring.transcriber(model)
        except MissingError as error:
            print(f"{model:<10} left out: {str(error).splitlines()[0]}")
            continue
        usual = WhisperModel(str(find(model).folder), device="cpu", compute_type="int8", cpu_threads=2)
        for snr_db in (None, 20.0, 10.0, 5.0):
            truth, ours, theirs = [], [], []
            for name, text in said().items():
                for piece in range(PIECES_OF_NOISE if snr_db is not None else 1):
                    sound = noisy(sound_of(name), noise, snr_db, piece)
                    pcm = (np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes()
                    heard = SourceEar(iter([ScriptedSource(pcm)]), words, WHOLE_SOURCE).listen()
                    truth.append(text)
                    ours.append(plain(heard.text if heard else ""))
                    theirs.append(plain("".join(s.text for s in usual.transcribe(sound, language="en")[0])))
            a, b = jiwer.wer(truth, ours), jiwer.wer(truth, theirs)
            level = "clean" if snr_db is None else f"{snr_db:.0f} dB"
            print(f"{model:<10}{level:>9}{a:>9.3f}{b:>10.3f}   {a / b if b else 1:.2f}")
