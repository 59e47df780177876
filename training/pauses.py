#!/usr/bin/env python3
"""Speaks replies with thinking pauses and writes what is known in each pause: pauses.jsonl, for endings.py.

    .venv/bin/python -m training.pauses        # from the repository's root; needs flite and espeak-ng

One line a pause: the words so far as tiny.en hears them, the figures of the voice, the pauses before, how long this one
lasts, and whether it is the end.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from benchmarks.spoken import Reply, as_pcm, replies_with_pauses
from voicecoach.events import TurnStarted
from voicecoach.hear import melody
from voicecoach.hear.speech import SpeechDetector
from voicecoach.hear.turns import Paused, TurnDetector, WentOn, lasts
from voicecoach.hear.weights import find
from voicecoach.hear.words import WhisperTranscriber
from voicecoach.ports import Transcriber
from voicecoach.testing import ScriptedSource

FILE = Path(__file__).parent / "pauses.jsonl"
FOR_TRAINING = (
    "flite:slt",
    "flite:rms",
    "flite:kal16",
    "espeak:en-us+m3",
    "espeak:en-gb+f4",
    "flite:kal",
    "espeak:en-us+f2",
    "espeak:en-gb-x-rp+m1",
)
FOR_MEASURING = ("flite:awb", "espeak:en-gb-scotland+f2", "pyttsx3:female:en-us", "pyttsx3:male:en-gb")
PARTS = (
    ("held_out", 48, "pauses-held_out", FOR_MEASURING),
    ("train", 600, "pauses-train", FOR_TRAINING),
)


def pauses_of(reply: Reply, words: Transcriber) -> Iterator[dict[str, object]]:
    """Yield what is known in each pause of a reply."""
    detector = TurnDetector(SpeechDetector().feed, float("inf"))
    open_one: dict[str, object] | None = None
    for frame in ScriptedSource(as_pcm(reply.sound)).frames():
        for event in detector.feed(frame):
            if isinstance(event, Paused):
                heard, _ = words.transcribe(event.turn.pcm)
                open_one = {
                    "voice": reply.voice,
                    "text": " ".join(word.text for word in heard),
                    "voice_s": round(event.turn.end_s - event.turn.start_s, 3),
                    "melody": [round(one, 3) for one in melody.measure(event.turn.pcm)],
                    "earlier_s": [round(one, 3) for one in event.earlier_s],
                }
            elif isinstance(event, WentOn) and open_one:
                if lasts(event.after_s):
                    yield open_one | {"lasts_s": round(event.after_s, 3), "end": False}
                open_one = None
            elif isinstance(event, TurnStarted):
                open_one = None
    if open_one:
        yield open_one | {"lasts_s": None, "end": True}


def main() -> None:
    """Write all parts."""
    weights = find("tiny.en")
    words = WhisperTranscriber(weights.folder, weights.label, beam=1)
    with FILE.open("w", encoding="utf-8") as file:
        for group, (part, count, seed, voices) in enumerate(PARTS):
            for number, reply in enumerate(replies_with_pauses(count, seed, part, voices)):
                for row in pauses_of(reply, words):
                    file.write(json.dumps({"part": part, "reply": 1000 * group + number, **row}) + "\n")
                file.flush()


if __name__ == "__main__":
    main()
