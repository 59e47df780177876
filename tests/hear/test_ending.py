"""How long a pause must last to be the end: by words, voice and earlier pauses."""

import numpy as np
import pytest

from voicecoach.events import TurnEnded, Word
from voicecoach.hear import ending, melody, thought
from voicecoach.hear.ending import LONGEST_S, PATIENCE_S, SHORTEST_S, Ending
from voicecoach.hear.turns import PAUSE_S, Paused

LEVEL = (0.0,) * len(melody.NAMES)


def gliding(first_hz: float, last_hz: float) -> bytes:
    """Return a buzz like a voice, of two seconds, whose pitch glides in its last half second, then 160 ms of room."""
    hz = np.concatenate([np.full(24_000, first_hz), np.linspace(first_hz, last_hz, 8_000)])
    phase = 2 * np.pi * np.cumsum(hz) / 16_000
    buzz = sum(np.sin(k * phase) / k for k in range(1, 8))
    room = np.random.default_rng(1).standard_normal(2_560) * 0.001
    return (np.concatenate([0.2 * buzz, room]) * 32767).astype("<i2").tobytes()


def pause_of(pcm: bytes, earlier_s: tuple[float, ...] = ()) -> Paused:
    return Paused(turn=TurnEnded(start_s=0.3, end_s=2.3, pcm=pcm), earlier_s=earlier_s)


def words_of(text: str) -> list[Word]:
    return [Word(text=word, start_s=0.0, end_s=0.1, confidence=1.0) for word in text.split()]


@pytest.mark.parametrize(
    ("unfinished", "finished"),
    [
        ("That makes complete", "That makes complete sense to me."),
        ("I hear you, but", "I hear you, but my manager will not let me hold this offer, so I need an answer today."),
        ("Most people who", "Most people who say that never call back, so let's just get it done now."),
        ("Which part would you like to", "Which part would you like to think over?"),
        ("Take all the", "Take all the time you need."),
    ],
)
def test_an_unfinished_thought_gets_more_time(unfinished: str, finished: str) -> None:
    assert ending.likely(unfinished, LEVEL, ()) < 0.75 * ending.likely(finished, LEVEL, ())


def test_a_voice_that_falls_ends_sooner_than_one_that_stays_up() -> None:
    text = "That makes complete sense to me."
    falls, stays = (Ending().wait_s(pause_of(gliding(140, hz)), words_of(text)) for hz in (95, 140))

    assert SHORTEST_S <= falls < stays <= LONGEST_S


def test_a_pause_that_is_as_likely_the_end_as_not_is_given_the_patience() -> None:
    assert ending.silence_s(0.5) == pytest.approx(PATIENCE_S)
    assert ending.silence_s(0.999) == SHORTEST_S
    assert ending.silence_s(0.0) == LONGEST_S


def test_one_odd_measure_of_the_pitch_decides_nothing() -> None:
    text = "there is no pressure to decide today"
    steep, odd = (ending.likely(text, (0.0, slope, 0.0, 0.0, 0.3), ()) for slope in (45.0, 6000.0))

    assert odd == pytest.approx(steep, abs=1e-9)
    assert steep < ending.likely(text, (0.0, 0.0, 0.0, 0.0, 0.3), ())


def test_the_glide_is_measured_in_semitones() -> None:
    falls, rises, stays = (melody.measure(gliding(140, hz))[0] for hz in (105, 187, 140))

    assert falls == pytest.approx(-4.3, abs=1.0)
    assert rises == pytest.approx(4.3, abs=1.0)
    assert stays == pytest.approx(0.0, abs=0.2)


@pytest.mark.parametrize("pcm", [b"", bytes(6_400), bytes(64_000)])
def test_silence_has_no_melody(pcm: bytes) -> None:
    assert melody.measure(pcm) == LEVEL


def test_a_pause_in_which_no_word_was_heard_is_waited_out() -> None:
    assert Ending().wait_s(pause_of(bytes(64_000)), []) == LONGEST_S


def test_no_pause_ends_before_the_guess_in_it_can_be_asked_for() -> None:
    assert SHORTEST_S > PAUSE_S


def test_who_was_answered_too_early_gets_more_time() -> None:
    rule = Ending()
    pause, words = pause_of(gliding(140, 120)), words_of("I appreciate you telling me.")
    before_s = rule.wait_s(pause, words)

    rule.was_early()

    assert SHORTEST_S < before_s < rule.wait_s(pause, words) <= LONGEST_S


@pytest.mark.parametrize(
    ("open_one", "closed"),
    [
        ("if you blorped the zonker", "so you blorped the zonker"),
        ("we blorped it and the", "we blorped it and the zonker"),
    ],
)
def test_words_never_seen_are_known_by_their_kind(open_one: str, closed: str) -> None:
    assert ending.likely(open_one, LEVEL, ()) < 0.8 * ending.likely(closed, LEVEL, ())


def test_the_same_pause_is_given_the_same_time() -> None:
    pause, words = pause_of(gliding(140, 120), (0.6,)), words_of("I appreciate you telling me.")
    assert len({Ending().wait_s(pause, words) for _ in range(5)}) == 1


def test_punctuation_counts_between_the_words_and_not_at_the_end() -> None:
    assert thought.tokens("That's fair. Which part?") == ["that's", "fair", ".", "which", "part"]
    assert thought.indices("That's fair") == thought.indices("That's fair...")
    assert thought.indices("") == thought.indices("?!")
