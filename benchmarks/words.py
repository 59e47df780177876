"""Word error rate, ours beside faster-whisper's defaults: human and synthetic voices, clean and noisy."""

import re
import time
from collections import defaultdict
from pathlib import Path

import jiwer
import numpy as np
import soundfile
import soxr

from benchmarks.spoken import RATE, VOICES, Sound, as_pcm, in_kitchen, plain, room, speak, texts
from voicecoach import wiring
from voicecoach.errors import MissingError
from voicecoach.hear.ear import WHOLE_SOURCE, SourceEar
from voicecoach.hear.weights import find
from voicecoach.testing import ScriptedSource

SPEECH = Path(__file__).parent.parent / "audio_fixtures" / "speech"
SOURCES = SPEECH.parent / "SOURCES.md"
LEVELS = (None, 20.0, 10.0, 5.0)
REPLIES = 96
"""Synthetic ones, each in one voice at one level; human ones are heard at every level, in noise five times."""
PIECES_OF_NOISE = 5


def human() -> list[tuple[str, Sound]]:
    """Return the human recordings and what they say."""
    rows = re.findall(r"^\| ((?:austen|jfk)\S+) \| (.+) \|$", SOURCES.read_text(), re.MULTILINE)
    found = []
    for name, text in rows:
        sound, rate = soundfile.read(SPEECH / name, dtype="float32", always_2d=True)
        found.append((text, soxr.resample(sound.mean(axis=1), rate, RATE)))
    return found


def corpus() -> list[tuple[str, str, str, Sound]]:
    """Return who speaks, at which level, what is said, and the sound."""
    rows = []
    for snr_db in LEVELS:
        level = "clean" if snr_db is None else f"{snr_db:.0f} dB"
        for number, (text, sound) in enumerate(human()):
            for piece in range(PIECES_OF_NOISE if snr_db else 1):
                chance = np.random.default_rng(number * PIECES_OF_NOISE + piece)
                rows.append(("human", level, text, in_kitchen(sound, snr_db, chance) if snr_db else sound))
        for number, text in enumerate(texts(REPLIES, "words-1")):
            if number // len(VOICES) % len(LEVELS) == LEVELS.index(snr_db):
                chance = np.random.default_rng(number)
                sound = speak(text, VOICES[number % len(VOICES)])
                sound = np.concatenate([room(0.5, chance), 0.6 * sound / np.abs(sound).max(), room(0.5, chance)])
                sound = sound + room(len(sound) / RATE + 1, chance)[: len(sound)]
                rows.append(("synthetic", level, text, in_kitchen(sound, snr_db, chance) if snr_db else sound))
    return rows


def main() -> None:
    """Print one row a model, kind of voice and level."""
    from faster_whisper import WhisperModel

    rows = corpus()
    print(
        f"{len(rows)} replies; word error rate and CPU time a reply, ours / faster-whisper's defaults (int8, 2 threads)"
    )
    for model in ("tiny.en", "base"):
        try:
            words = wiring.transcriber(model)
        except MissingError as error:
            print(f"{model:<8} left out: {str(error).splitlines()[0]}")
            continue
        usual = WhisperModel(str(find(model).folder), device="cpu", compute_type="int8", cpu_threads=2)
        found: dict[tuple[str, str], list[tuple[str, str, str, float, float]]] = defaultdict(list)
        for who, level, text, sound in rows:
            began = time.process_time()
            heard = SourceEar(iter([ScriptedSource(as_pcm(sound))]), words, WHOLE_SOURCE).listen()
            between = time.process_time()
            theirs = "".join(segment.text for segment in usual.transcribe(sound, language="en")[0])
            row = plain(text), plain(heard.text if heard else ""), plain(theirs)
            for group in ((who, level), (who, "all"), ("all", "all")):
                found[group].append((*row, between - began, time.process_time() - between))
        for (who, level), group in sorted(found.items(), key=lambda one: (one[0][0] == "all", one[0][1] == "all")):
            said, ours, defaults, our_s, their_s = zip(*group, strict=True)
            a, b = jiwer.wer(list(said), list(ours)), jiwer.wer(list(said), list(defaults))
            print(
                f"{model:<8}{who:<10}{level:>6}{len(group):>5} replies   {a:.3f} / {b:.3f}"
                f"   ratio {a / b if b else 1:.2f}   {np.median(our_s):.2f} / {np.median(their_s):.2f} s"
            )


if __name__ == "__main__":
    main()
