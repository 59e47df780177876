"""A whole call at a desk without devices, its time counted in samples: the rep goes on while the answer begins.

Write the log anew after a change that is meant: ``GOLDEN=write .venv/bin/pytest tests/test_went_on.py``.
"""

import itertools
import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import soundfile

from tests.hear.test_live_ear import After, AtOnce
from tests.test_recorded_calls import GOLDEN, steady
from voicecoach.ahead import Ahead
from voicecoach.dance.prospect import Prospect
from voicecoach.errors import RepLeft
from voicecoach.events import FRAME_S, Clip, DevicesUsed, Event, Position, Word, as_record
from voicecoach.handset import Handset
from voicecoach.hear.live_ear import LiveEar
from voicecoach.hear.sources.microphone import Captured
from voicecoach.keep.record import standing
from voicecoach.live import LiveDesk, Seat
from voicecoach.loop import Call, Parts
from voicecoach.testing import ListRecorder, SpellingJudge, plain_persona

SPEECH = Path(__file__).parent.parent / "audio_fixtures" / "speech"
HALF, WHOLE = "pressure urgency by friday", "step_back give_time by friday is what others say"


def speech(name: str, seconds: float) -> np.ndarray:
    sound, rate = soundfile.read(SPEECH / name, dtype="int16")
    assert rate == 16_000
    return sound[5000 : 5000 + round(seconds * rate)]


class Mouth:
    """A microphone that hears what it was given, and then that the rep has left."""

    label = "scripted"
    opened = SimpleNamespace(held_s=0.0, device=SimpleNamespace(name="scripted"))

    def __init__(self, sound: np.ndarray) -> None:
        self._pcm = sound.astype("<i2").tobytes()
        self.read_s = 0.0

    def read(self) -> Captured:
        """Return the next 20 ms."""
        place = round(self.read_s / FRAME_S) * 640
        if place + 640 > len(self._pcm):
            raise RepLeft
        self.read_s += FRAME_S
        return Captured(self._pcm[place : place + 640], self.read_s)

    def skip(self) -> None:
        """Nothing waits: what is not read is not said yet."""


class Loudspeaker:
    """A loudspeaker whose time is the microphone's; it is silent the moment that it is told to be."""

    opened = Mouth.opened

    def __init__(self, mouth: Mouth) -> None:
        self._mouth = mouth
        self._length_s = self._began_s = 0.0

    @property
    def first_out_s(self) -> float:
        """Return when the first sample was out."""
        return self._began_s

    def start(self, clip: Clip, from_s: float = 0.0) -> None:
        """Begin."""
        self._length_s, self._began_s = clip.duration_s - from_s, self._mouth.read_s

    def stop(self) -> float:
        """Fall silent."""
        played_s = self.played_s()
        self._length_s = 0.0
        return played_s

    def played_s(self) -> float:
        """Return how much was out."""
        return min(self._length_s, self._mouth.read_s - self._began_s)

    @property
    def over_s(self) -> float:
        """Return when the last sample is out."""
        return self._began_s + self._length_s

    @property
    def done(self) -> bool:
        """Whether all was out."""
        return self.played_s() >= self._length_s


class Scripted(Handset):
    """A handset without devices."""

    def __init__(self, rep: np.ndarray) -> None:
        self.microphone: Any = Mouth(rep)
        self.speaker: Any = Loudspeaker(self.microphone)

    def used(self, at_s: float) -> DevicesUsed:
        """Say so."""
        return DevicesUsed(
            at_s=at_s,
            input="scripted",
            input_rate_hz=16_000,
            input_channels=1,
            output="scripted",
            output_rate_hz=16_000,
            output_channels=1,
            overruns=0,
            underruns=0,
            losses=0,
        )


class HumanVoice:
    """Says every line with the same two seconds of a reader's voice."""

    label = "human"
    failure = ""

    def render(self, text: str, position: Position) -> Clip | None:
        """Return them."""
        return Clip(pcm=speech("austen_0880.wav", 2.0).tobytes(), sample_rate_hz=16_000)


class ByLength:
    """Hears half a reply in less than two seconds, else the whole."""

    label = "by length"

    def transcribe(self, pcm: bytes) -> tuple[tuple[Word, ...], str]:
        """Return one word for the text, so that it comes back as it is."""
        text = WHOLE if len(pcm) > 2.2 * 32_000 else HALF
        return (Word(text=text, start_s=0.0, end_s=1.0, confidence=1.0),), ""


def call(rep: np.ndarray) -> list[dict[str, Any]]:
    desk, recorder, told = LiveDesk(Seat(headphones=True), handset=Scripted(rep)), ListRecorder(), list[Event]()
    ear = LiveEar(itertools.repeat(desk), ByLength(), After(0.4), worker=AtOnce())
    prospect = Prospect(plain_persona(), 1)
    ahead = Ahead(prospect, SpellingJudge(), HumanVoice(), worker=AtOnce())
    ear.on_guess = ahead.prepare
    parts = Parts(
        ear=ear,
        judge=ahead.judge,
        voice=ahead.voice,
        speaker=desk,
        recorder=recorder,
        model=ByLength.label,
        desk=desk,
        went_on=ahead.joining(ear.join),
    )
    Call(prospect, 1, parts, told.append).play()
    return [as_record(event) for event in recorder.events]


def quiet(seconds: float) -> np.ndarray:
    return np.random.default_rng(1).normal(0, 15, round(seconds * 16_000)).astype(np.int16)


def test_half_a_reply_is_answered_the_prospect_stops_and_the_whole_is_judged_once() -> None:
    first, second = speech("austen_0870.wav", 1.5), speech("austen_0930.wav", 1.5)
    events = call(np.concatenate([quiet(2.3), first, quiet(0.8), second, quiet(4.0)]))

    log = "".join(json.dumps(steady(event)) + "\n" for event in events)
    golden = GOLDEN / "went_on.jsonl"
    if os.environ.get("GOLDEN") == "write":
        golden.write_text(log, encoding="utf-8")
    assert log == golden.read_text(encoding="utf-8")

    stand = standing(events)
    assert [event["text"] for event in stand if event["type"] == "rep_spoke"] == [WHOLE]
    assert len([event for event in stand if event["type"] == "judged"]) == 1
    whole = next(event for event in stand if event["type"] == "rep_spoke")
    assert 3.6 < whole["end_s"] - whole["start_s"] < 4.0
    assert [event["at_s"] for event in stand] == sorted(event["at_s"] for event in stand)


def test_a_word_over_the_answer_is_no_reply_and_the_line_is_taken_up() -> None:
    reply, word = speech("austen_0870.wav", 1.5), speech("austen_0930.wav", 0.3)
    events = call(np.concatenate([quiet(2.3), reply, quiet(1.2), word, quiet(4.0)]))

    assert [event["turn"] for event in events if event["type"] == "took_up_again"] == [1]
    assert not [event for event in events if event["type"] in ("reply_went_on", "talked_over")]
    assert len([event for event in events if event["type"] == "judged"]) == 1
