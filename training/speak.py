#!/usr/bin/env python3
"""Speaks replies through synthetic voices and writes what the recognizer heard: spoken.jsonl for training, heard.jsonl to measure.

    apt-get install flite espeak-ng
    .venv/bin/python training/speak.py train 900     # appended to training/spoken.jsonl
    .venv/bin/python training/speak.py held_out 240  # to training/heard.jsonl, tiny.en and base, clean and at 10 dB
"""

import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile
import soxr
from replies import HERE, read_situations

from voicecoach import wiring
from voicecoach.hear.ear import WHOLE_SOURCE, SourceEar
from voicecoach.testing import ScriptedSource

RATE = 16_000
NOISE = HERE.parent / "audio_fixtures" / "speech" / "noise_dishes.flac"
FOR_TRAINING = [
    *("flite:slt", "flite:rms", "flite:kal16", "espeak:en-us+f3", "espeak:en-gb+m3", "espeak:en-gb-scotland+m1"),
    *("flite:slt", "flite:rms", "espeak:en-029+m2", "espeak:en-us+f2"),
]
FOR_MEASURING = ["flite:slt", "flite:rms", "flite:awb", "flite:kal16", "espeak:en-us+m7", "espeak:en-gb-x-rp+f2"]


def spoken(text: str, voice: str) -> np.ndarray:
    """Return the line as float32 at 16 kHz."""
    engine, _, name = voice.partition(":")
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        words = ["flite", "-voice", name, "-t", text, "-o", file.name]
        if engine == "espeak":
            words = ["espeak-ng", "-v", name, "-s", "160", "-w", file.name, "--", text]
        subprocess.run(words, check=True, capture_output=True)
        sound, rate = soundfile.read(file.name, dtype="float32", always_2d=True)
    return soxr.resample(sound.mean(axis=1), rate, RATE)


def noisy(sound: np.ndarray, chance: random.Random, snr_db: float) -> np.ndarray:
    """Mix kitchen noise in."""
    start = chance.randrange(60)
    noise = soundfile.read(NOISE, start=start * RATE, frames=len(sound), dtype="float32")[0]
    noise = np.resize(noise, len(sound))
    mixed = sound + noise * np.sqrt(np.mean(sound**2) / max(1e-9, np.mean(noise**2)) / 10 ** (snr_db / 10))
    return mixed / max(1.0, float(np.abs(mixed).max()))


def heard(sound: np.ndarray, words) -> str:
    """Return what the ear makes of it."""
    pcm = (np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes()
    found = SourceEar(iter([ScriptedSource(pcm)]), words, WHOLE_SOURCE).listen()
    return found.text if found else ""


def main() -> None:
    """Speak a sample of one part."""
    part, count = sys.argv[1], int(sys.argv[2])
    chance = random.Random(f"spoken-{part}")
    replies = [reply for reply in read_situations() if reply.part == part and not reply.heard]
    chance.shuffle(replies)
    if part == "train":
        known = {json.loads(line)["name"] for line in (HERE / "spoken.jsonl").read_text(encoding="utf-8").splitlines()}
        replies = [reply for reply in replies if reply.name not in known]
    replies = replies[:count]
    if part == "train":
        words = wiring.transcriber("tiny.en")
        with (HERE / "spoken.jsonl").open("a", encoding="utf-8") as file:
            for number, reply in enumerate(replies):
                voice = FOR_TRAINING[number % len(FOR_TRAINING)]
                sound = spoken(reply.rep, voice)
                if number // len(FOR_TRAINING) % 2:
                    sound = noisy(sound, chance, 12.0)
                text = heard(sound, words)
                if text:
                    row = {"name": reply.name, "voice": voice, "rep": text}
                    file.write(json.dumps(row, ensure_ascii=False) + "\n")
        return
    with (HERE / "heard.jsonl").open("w", encoding="utf-8") as file:
        for model in ("tiny.en", "base"):
            words = wiring.transcriber(model)
            for number, reply in enumerate(replies):
                voice = FOR_MEASURING[number % len(FOR_MEASURING)]
                sound = spoken(reply.rep, voice)
                for level, treated in (("clean", sound), ("10 dB", noisy(sound, chance, 10.0))):
                    row = {"name": reply.name, "voice": voice, "model": model, "level": level, "rep": heard(treated, words)}
                    file.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
