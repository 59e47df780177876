"""Who has the floor, counted in samples: words take it, a hum and an echo do not, and what was nothing is taken up."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from tests.live.conftest import ROOT
from voicecoach.hear.floor import FloorRules, Ruling
from voicecoach.hear.speech import SpeechDetector

RATE = 16_000
Sound = npt.NDArray[np.float32]


def spoken(name: str) -> Sound:
    sound, rate = soundfile.read(ROOT / "audio_fixtures" / name, dtype="float32")
    assert rate == RATE
    return sound.astype(np.float32)


def hum(seconds: float, pitch_hz: float) -> Sound:
    at_s = np.arange(round(seconds * RATE)) / RATE
    tone = sum(np.sin(2 * np.pi * k * pitch_hz * at_s) / k**2.2 for k in range(1, 9))
    return (0.2 * tone * np.minimum(1, 25 * np.minimum(at_s, at_s[::-1]))).astype(np.float32)


def rulings(heard: Sound, played: Sound, rules: FloorRules | None = None) -> Iterator[tuple[float, Ruling]]:
    """Yield each ruling but `GO_ON`, with the second at which it came; the prospect is silent once they stop."""
    rules = rules or FloorRules(SpeechDetector().feed)
    noise = 0.0005 * np.random.default_rng(1).standard_normal(len(heard)).astype(np.float32)
    silent = False
    for at in range(0, len(heard) - 320, 320):
        given = np.zeros(320, np.float32) if silent else np.resize(played, len(heard))[at : at + 320]
        ruling = rules.feed(pcm(heard[at : at + 320] + noise[at : at + 320]), pcm(given))
        silent = ruling in (Ruling.STOP, Ruling.WAIT)
        if ruling not in (Ruling.GO_ON, Ruling.WAIT):
            yield (at + 320) / RATE, ruling
        if ruling is Ruling.YIELD:
            return


def silent_s(found: list[tuple[float, Ruling]]) -> float:
    """Return how long the prospect was silent."""
    times = [second for second, _ in found]
    return sum(times[1::2]) - sum(times[::2][: len(times) // 2])


def pcm(sound: Sound) -> bytes:
    return (np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes()


def at(second: float, sound: Sound, whole_s: float = 4.0) -> Sound:
    heard = np.zeros(round(whole_s * RATE), np.float32)
    part = sound[: len(heard) - round(second * RATE)]
    heard[round(second * RATE) : round(second * RATE) + len(part)] = part
    return heard


LINE = "speech/austen_0880.wav"


def the_reply() -> Sound:
    reply = spoken("calls/recovery/01.flac")
    return reply[int(np.flatnonzero(np.abs(reply) > 0.02)[0]) :]


@pytest.mark.parametrize("into_s", [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.5])
def test_words_take_the_floor_from_the_call_s_first_moment_on(into_s: float) -> None:
    found = list(rulings(at(into_s, the_reply()), spoken(LINE)))

    assert [ruling for _, ruling in found] == [Ruling.STOP, Ruling.YIELD]
    assert found[0][0] - into_s <= 0.18


def test_a_rep_who_talks_on_and_on_over_a_line_is_not_taken_for_echo() -> None:
    hiss = 0.04 * np.random.default_rng(2).standard_normal(RATE).astype(np.float32)
    heard = np.concatenate([np.zeros(RATE // 2, np.float32), hiss, the_reply()])
    found = list(rulings(heard.astype(np.float32), spoken(LINE)))

    assert found[-1][1] is Ruling.YIELD


def test_a_word_alone_was_nothing_and_the_line_is_taken_up() -> None:
    found = list(rulings(at(1.0, the_reply()[: round(0.3 * RATE)]), spoken(LINE)))

    assert [ruling for _, ruling in found] in ([Ruling.STOP, Ruling.TAKE_UP], [Ruling.STOP, Ruling.RESUME])
    assert silent_s(found) < 0.9


@pytest.mark.parametrize("pitch_hz", [110, 160, 220])
def test_a_hum_makes_them_pause_once_at_most_and_go_on_at_the_same_sample(pitch_hz: float) -> None:
    mm_hm = np.concatenate([hum(0.16, pitch_hz), np.zeros(1000, np.float32), hum(0.22, pitch_hz * 1.25)])
    found = list(rulings(at(1.0, mm_hm), spoken(LINE)))

    assert [ruling for _, ruling in found] in ([], [Ruling.STOP, Ruling.RESUME])
    assert silent_s(found) <= 0.28


def laughter(pitch_hz: float) -> Sound:
    """Five bursts of a tenth of a second."""
    noise = 0.05 * np.random.default_rng(3).standard_normal(RATE // 10).astype(np.float32)
    burst = (hum(0.08, pitch_hz) + noise[: round(0.08 * RATE)]) * np.hanning(round(0.08 * RATE)).astype(np.float32)
    return np.tile(np.concatenate([burst, np.zeros(RATE // 10, np.float32)]), 5)


@pytest.mark.parametrize("pitch_hz", [140, 200, 260])
def test_a_laugh_does_not_stop_them(pitch_hz: float) -> None:
    found = list(rulings(at(1.0, laughter(pitch_hz)), spoken(LINE)))

    assert {ruling for _, ruling in found} <= {Ruling.STOP, Ruling.RESUME}
    assert silent_s(found) <= 0.6


@pytest.mark.parametrize("name", ["calls/cough_and_keyboard/01.flac", "calls/cough_and_keyboard/02.flac"])
def test_a_cough_and_keys_do_not_stop_them(name: str) -> None:
    assert list(rulings(spoken(name)[: 4 * RATE], spoken(LINE))) == []


@pytest.mark.parametrize("late_ms", [20, 120])
def test_their_own_voice_in_the_microphone_does_not_stop_them(late_ms: int) -> None:
    line = np.resize(spoken(LINE), 5 * RATE)
    echo = 0.2 * np.concatenate([np.zeros(late_ms * RATE // 1000, np.float32), line])[: len(line)]
    assert list(rulings(echo, line)) == []


def test_words_over_a_faint_echo_take_the_floor() -> None:
    line = np.resize(spoken(LINE), 5 * RATE)
    reply = spoken("calls/recovery/01.flac")
    begins = int(np.flatnonzero(np.abs(reply) > 0.02)[0])
    heard = 0.02 * line + at(1.5, reply[begins:], 5.0)
    assert Ruling.YIELD in [ruling for _, ruling in rulings(heard.astype(np.float32), line)]
