"""Where a turn begins and ends, by given speech probabilities and by real sound."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from voicecoach.events import AudioFrame, TurnEnded, TurnStarted
from voicecoach.hear.ear import WHOLE_SOURCE
from voicecoach.hear.speech import CHUNK_S, SpeechDetector
from voicecoach.hear.turns import PAUSE_S, Paused, TurnDetector, TurnEvent, WentOn
from voicecoach.testing import ScriptedSource

SPEECH = Path(__file__).parents[2] / "audio_fixtures" / "speech"


def talk(*parts: float) -> bytes:
    """Human speech and silence in turn, each so many seconds; positive is talk, negative is silence."""
    said, rate = soundfile.read(SPEECH / "austen_0870.wav", dtype="float32")
    assert rate == 16000
    pieces, place = [], 5000
    for seconds in parts:
        length = round(abs(seconds) * 16000)
        pieces.append(said[place : place + length] if seconds > 0 else np.zeros(length, np.float32))
        place += length if seconds > 0 else 0
    return (np.concatenate(pieces) * 32767).astype("<i2").tobytes()


def turns(pcm: bytes, end_silence_s: float) -> list[TurnStarted | TurnEnded]:
    detector = TurnDetector(SpeechDetector().feed, end_silence_s)
    events = [event for frame in ScriptedSource(pcm).frames() for event in detector.feed(frame)]
    return edges(events + detector.finish())


def edges(events: list[TurnEvent]) -> list[TurnStarted | TurnEnded]:
    return [event for event in events if isinstance(event, TurnStarted | TurnEnded)]


def looked(detector: TurnDetector, chunks: int) -> list[TurnEvent]:
    frame = AudioFrame(start_s=0.0, pcm=bytes(1024))
    return [event for _ in range(chunks) for event in detector.feed(frame)]


def test_a_thinking_pause_does_not_end_the_turn_and_a_long_silence_does() -> None:
    """A rep who pauses 600 ms keeps the floor; more than a second of silence hands it over."""
    events = turns(talk(-0.5, 1.5, -0.6, 1.5, -1.6, 1.2, -1.6), end_silence_s=1.0)

    assert [type(event) for event in events] == [TurnStarted, TurnEnded, TurnStarted, TurnEnded]
    first, second = (event for event in events if isinstance(event, TurnEnded))
    assert first.start_s == pytest.approx(0.5, abs=0.2)
    assert first.end_s == pytest.approx(4.1, abs=0.3)
    assert second.start_s == pytest.approx(5.7, abs=0.3)


def test_the_end_of_a_file_ends_the_turn_whatever_the_pauses() -> None:
    events = turns(talk(-0.5, 1.5, -2.5, 1.5), end_silence_s=WHOLE_SOURCE)

    assert [type(event) for event in events] == [TurnStarted, TurnEnded]
    ended = events[1]
    assert isinstance(ended, TurnEnded)
    assert len(ended.pcm) / 32000 == pytest.approx(5.5 + 0.2, abs=0.4)


def test_time_is_counted_in_samples() -> None:
    """The probabilities alone decide; no clock is read."""
    probabilities = iter([0.0] * 10 + [0.9] * 20 + [0.4] * 5 + [0.1] * 40)
    detector = TurnDetector(lambda _: [next(probabilities)], end_silence_s=1.0)

    events = edges(looked(detector, 75))

    assert [type(event) for event in events] == [TurnStarted, TurnEnded]
    assert events[0].start_s == pytest.approx(10 * CHUNK_S)
    assert isinstance(events[1], TurnEnded)
    assert events[1].end_s == pytest.approx(35 * CHUNK_S)


def test_a_click_of_a_tenth_of_a_second_is_no_turn() -> None:
    probabilities = iter([0.0] * 10 + [0.9] * 3 + [0.0] * 40)
    detector = TurnDetector(lambda _: [next(probabilities)], end_silence_s=1.0)

    assert looked(detector, 53) + detector.finish() == []


def test_a_pause_is_told_once_with_the_turn_so_far_and_so_is_its_end() -> None:
    probabilities = iter([0.9] * 20 + [0.0] * 12 + [0.9] * 10 + [0.0] * 40)
    detector = TurnDetector(lambda _: [next(probabilities)], end_silence_s=1.0)

    events = looked(detector, 82)

    assert [type(event) for event in events] == [TurnStarted, Paused, WentOn, Paused, TurnEnded]
    _, first, on, second, ended = events
    assert isinstance(first, Paused)
    assert isinstance(on, WentOn)
    assert isinstance(second, Paused)
    assert first.turn.end_s == pytest.approx(20 * CHUNK_S)
    assert on.after_s == pytest.approx(12 * CHUNK_S)
    assert second.earlier_s == pytest.approx((12 * CHUNK_S,))
    assert ended == second.turn
    assert len(second.turn.pcm) / 32000 == pytest.approx(42 * CHUNK_S + PAUSE_S)


def test_a_gap_between_two_sounds_is_no_pause_of_the_rep_and_any_voice_ends_it() -> None:
    flicker = [0.9, 0.9, 0.0] * 20
    probabilities = iter([0.9] * 20 + [0.0] * 2 + flicker + [0.0] * 12 + [0.9] * 10 + [0.0] * 5)
    detector = TurnDetector(lambda _: [next(probabilities)], end_silence_s=0.6)

    events = looked(detector, 20 + 2 + 60 + 12 + 10 + 5)

    assert [type(event) for event in events] == [TurnStarted, Paused, WentOn, Paused, WentOn, Paused]
    assert isinstance(events[1], Paused)
    assert isinstance(events[5], Paused)
    assert events[1].turn.end_s == pytest.approx(20 * CHUNK_S)
    assert events[5].earlier_s == pytest.approx((13 * CHUNK_S,))


def test_a_pause_can_be_shortened_and_the_next_one_is_as_long_as_ever() -> None:
    probabilities = iter([0.9] * 20 + [0.0] * 12 + [0.9] * 10 + [0.0] * 40)
    detector = TurnDetector(lambda _: [next(probabilities)], end_silence_s=1.0)

    looked(detector, 25)
    detector.end_after(0.7)
    assert [type(event) for event in looked(detector, 17)] == [WentOn]
    assert [type(event) for event in looked(detector, 30)] == [Paused]
    assert detector.silence_s == pytest.approx(30 * CHUNK_S)
    assert [type(event) for event in looked(detector, 1)] == [TurnEnded]


def test_a_click_in_a_pause_is_not_going_on() -> None:
    probabilities = iter([0.9] * 20 + [0.0] * 12 + [0.9] * 2 + [0.0] * 40)
    detector = TurnDetector(lambda _: [next(probabilities)], end_silence_s=1.0)

    events = looked(detector, 74)

    assert [type(event) for event in events] == [TurnStarted, Paused, TurnEnded]
    assert isinstance(events[-1], TurnEnded)
    assert events[-1].end_s == pytest.approx(20 * CHUNK_S)


@pytest.mark.parametrize("level_db", [0, -20, -34])
def test_a_quiet_voice_is_heard_and_kitchen_noise_is_not(level_db: int) -> None:
    gain = 10 ** (level_db / 20)
    voice = (np.frombuffer(talk(-0.3, 2.0, -0.3), "<i2") * gain).astype("<i2").tobytes()
    assert [type(event) for event in turns(voice, WHOLE_SOURCE)] == [TurnStarted, TurnEnded]

    noise, rate = soundfile.read(SPEECH / "noise_dishes.flac", dtype="float32", frames=30 * 16000)
    kitchen = (soxr.resample(noise, rate, 16000) * gain * 32767).astype("<i2").tobytes()
    assert turns(kitchen, WHOLE_SOURCE) == []
