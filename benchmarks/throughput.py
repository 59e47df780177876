"""Seconds of call replayed a second, beside plain faster-whisper with its defaults on the same sound and model."""

import time
from pathlib import Path

import soundfile

from voicecoach import wiring
from voicecoach.callfile import read_call
from voicecoach.dance import persona as personas
from voicecoach.hear.weights import find
from voicecoach.keep.record import NoRecord

CALLS = Path(__file__).parent.parent / "audio_fixtures" / "calls"
NAMES = ("dance", "chase", "recovery", "turns_late", "telephone", "stereo")
RUNS = 3


def main() -> None:
    """Print medians over a few runs, one after the other, interleaved."""
    from faster_whisper import WhisperModel

    words = wiring.transcriber("tiny.en")
    usual = WhisperModel(str(find("tiny.en").folder), device="cpu", compute_type="int8", cpu_threads=2)
    calls = [read_call(CALLS / name / "call.yaml") for name in NAMES]
    files = [reply.audio for call in calls for reply in call.replies]
    seconds = sum(soundfile.info(str(file)).duration for file in files)
    ours, theirs = [], []
    for _ in range(RUNS):
        began = time.perf_counter()
        for call in calls:
            replies = [reply.audio for reply in call.replies]
            ear = wiring.file_ear(replies, words)
            wiring.play(personas.find(call.persona), call.seed, ear, words, NoRecord(), lambda _: None)
        ours.append(time.perf_counter() - began)
        began = time.perf_counter()
        for file in files:
            list(usual.transcribe(str(file))[0])
        theirs.append(time.perf_counter() - began)
    a, b = sorted(ours)[RUNS // 2], sorted(theirs)[RUNS // 2]
    print(f"{len(files)} replies, {seconds:.0f} s of the rep's sound, tiny.en, median of {RUNS} runs")
    print(f"replay, whole calls:           {a:6.1f} s  {seconds / a:5.1f} s of sound a second")
    print(f"WhisperModel.transcribe alone: {b:6.1f} s  {seconds / b:5.1f} s of sound a second")
    print(f"ratio (ours / theirs, time):   {a / b:6.2f}")
