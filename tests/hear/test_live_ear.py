"""The live ear: guesses in pauses, one reply a turn, and a reply that went on."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from voicecoach.events import AudioFrame, Word
from voicecoach.hear.ear import WHOLE_SOURCE, SourceEar
from voicecoach.hear.ending import Ending
from voicecoach.hear.live_ear import LiveEar
from voicecoach.hear.turns import Paused
from voicecoach.testing import FixedTranscriber, ScriptedSource

SPEECH = Path(__file__).parents[2] / "audio_fixtures" / "speech"


def talk(*parts: float) -> bytes:
    """Human speech and silence in turn, each so many seconds; positive is talk, negative is silence."""
    said, _ = soundfile.read(SPEECH / "austen_0870.wav", dtype="float32")
    pieces, place = [], 5000
    for seconds in parts:
        length = round(abs(seconds) * 16000)
        pieces.append(said[place : place + length] if seconds > 0 else np.zeros(length, np.float32))
        place += length if seconds > 0 else 0
    return (np.concatenate(pieces) * 32767).astype("<i2").tobytes()


class AtOnce(Executor):
    """Runs everything in `submit`."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run it."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


class Counting:
    """A recognizer that says how long the sound was, in tenths of a second."""

    label = "counting"

    def __init__(self) -> None:
        self.calls = 0

    def transcribe(self, pcm: bytes) -> tuple[tuple[Word, ...], str]:
        """Measure."""
        self.calls += 1
        return (Word(text=str(round(len(pcm) / 3200)), start_s=0.0, end_s=1.0, confidence=1.0),), ""


class After(Ending):
    """Ends every turn after the same silence."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    def wait_s(self, pause: Paused, words: Sequence[Word]) -> float:
        """Return it."""
        return self._seconds


class Running:
    """A microphone: what was read is gone, what follows comes at the next `frames`."""

    label = "running"

    def __init__(self, pcm: bytes) -> None:
        self._frames = ScriptedSource(pcm).frames()

    def frames(self) -> Iterator[AudioFrame]:
        """Go on where reading stopped."""
        return self._frames

    def close(self) -> None:
        """Nothing to let go."""


def ear_of(pcm: bytes, end_s: float, **more: Any) -> LiveEar:
    on_guess = more.pop("on_guess", lambda _: None)
    ear = LiveEar(itertools.repeat(Running(pcm)), Counting(), After(end_s), worker=AtOnce(), **more)
    ear.on_guess = on_guess
    return ear


def test_what_is_returned_was_guessed_in_the_pause_that_proved_the_end() -> None:
    guesses: list[str] = []
    ear = ear_of(talk(-0.5, 1.5, -0.4, 1.5, -1.6), 0.6, on_guess=guesses.append)

    heard = ear.listen()

    assert heard is not None
    assert len(guesses) >= 2
    assert heard.text == guesses[-1]
    assert heard.end_s == pytest.approx(3.9, abs=0.2)
    assert heard.duration_s == pytest.approx(heard.end_s + 0.6, abs=0.1)


def test_a_guess_is_given_up_whenever_the_rep_goes_on_and_never_else() -> None:
    told: list[str] = []
    sound = talk(-0.5, 1.5, -0.4, 1.5, -1.6)
    ear = ear_of(sound, 0.6, on_guess=lambda _: told.append("guessed"), drop=lambda: told.append("dropped"))

    ear.listen()

    assert "dropped" in told
    assert told[-1] == "guessed"
    assert "dropped, dropped" not in ", ".join(told)


def test_live_and_replayed_a_reply_has_the_same_words_and_times() -> None:
    pcm = talk(-0.5, 1.5, -0.4, 1.5, -1.6)
    live = ear_of(pcm, 0.6).listen()
    replayed = SourceEar(iter([ScriptedSource(pcm)]), Counting(), WHOLE_SOURCE).listen()

    assert live is not None
    assert replayed is not None
    assert (live.text, live.words, live.start_s, live.end_s) == (
        replayed.text,
        replayed.words,
        replayed.start_s,
        replayed.end_s,
    )


def test_a_reply_that_went_on_is_heard_as_one() -> None:
    pcm = talk(-0.5, 1.5, -0.5, 1.5, -1.6)
    ear = ear_of(pcm, 0.3)
    first = ear.listen()
    assert first is not None
    assert first.end_s == pytest.approx(2.0, abs=0.2)

    ear.join()
    both = ear.listen()

    assert both is not None
    assert both.start_s == first.start_s
    assert both.end_s == pytest.approx(4.0, abs=0.2)
    assert pcm.startswith(both.pcm)
    whole = SourceEar(iter([ScriptedSource(pcm)]), Counting(), WHOLE_SOURCE).listen()
    assert whole is not None
    assert both.text == whole.text


def test_the_silence_between_belongs_to_the_joined_reply_and_does_not_end_it() -> None:
    first, rest = talk(-0.5, 1.5, -0.6), talk(1.5, -1.6)
    ear = LiveEar(iter([ScriptedSource(first), ScriptedSource(rest)]), Counting(), After(0.3), worker=AtOnce())
    half = ear.listen()
    assert half is not None

    ear.join(0.7)
    both = ear.listen()

    assert both is not None
    assert both.start_s == half.start_s
    assert both.end_s == pytest.approx(half.duration_s + 0.7 + 1.5, abs=0.2)


def test_silence_is_given_up() -> None:
    heard = ear_of(bytes(32_000 * 10), 0.6, give_up_s=3.0).listen()

    assert heard is not None
    assert (heard.text, heard.why) == ("", "silence")
    assert heard.duration_s == pytest.approx(3.0, abs=0.05)


def test_who_holds_the_floor_by_a_key_may_think_before_the_first_word_and_between_two() -> None:
    sound = talk(-4.0, 1.5, -2.5, 1.5, -0.3)
    source = iter([ScriptedSource(sound)])
    ear = LiveEar(source, Counting(), worker=AtOnce(), give_up_s=3.0, held=lambda: True)

    heard = ear.listen()

    assert heard is not None
    assert heard.start_s == pytest.approx(4.0, abs=0.2)
    assert heard.end_s == pytest.approx(9.5, abs=0.2)


def test_what_the_rep_went_on_from_is_not_answered() -> None:
    """The recognizer is slower than the pause: what it then finds waits for nobody."""
    later: list[Callable[[], None]] = []

    class Later(Executor):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            future: Future[Any] = Future()
            future.set_running_or_notify_cancel()  # begun: it can be cancelled no more
            later.append(lambda: future.set_result(fn(*args, **kwargs)))
            if len(later) == 2:
                for run in later:
                    run()
            return future

    answered: list[str] = []
    ear = LiveEar(iter([ScriptedSource(talk(-0.5, 1.5, -0.4, 1.5, -2.5))]), Counting(), After(0.6), worker=Later())
    ear.on_guess = answered.append

    heard = ear.listen()

    assert heard is not None
    assert answered == [heard.text]


def test_a_source_that_ends_in_speech_ends_the_turn_and_then_there_is_none() -> None:
    ear = LiveEar(iter([ScriptedSource(talk(-0.3, 2.0))]), FixedTranscriber("take your time"), After(0.6))

    heard = ear.listen()

    assert heard is not None
    assert heard.text == "take your time"
    assert ear.listen() is None
    ear.close()


def test_a_guess_that_fails_fails_the_reply() -> None:
    def broken(text: str) -> None:
        raise RuntimeError("no answer to that")

    with pytest.raises(RuntimeError, match="no answer"):
        ear_of(talk(-0.3, 1.5, -1.5), 0.6, on_guess=broken).listen()


def test_a_guess_that_fails_in_a_thinking_pause_is_forgotten() -> None:
    calls = itertools.count()

    def breaks_once(text: str) -> None:
        if next(calls) == 0:
            raise RuntimeError("the first guess")

    heard = ear_of(talk(-0.3, 1.5, -0.6, 1.5, -2.6), 0.9, on_guess=breaks_once).listen()

    assert heard is not None
    assert heard.end_s == pytest.approx(3.9, abs=0.2)


def test_the_text_that_is_returned_is_the_last_guess_in_a_thread_too() -> None:
    guesses: list[str] = []
    ear = LiveEar(iter([ScriptedSource(talk(-0.3, 1.5, -1.5))]), FixedTranscriber("take your time"))
    ear.on_guess = guesses.append
    heard = ear.listen()
    ear.close()

    assert heard is not None
    assert guesses[-1] == heard.text == "take your time"
