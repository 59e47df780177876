"""Listens live: recognizes in every pause, so that the words are ready when the turn proves over; an `Ear`."""

import math
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Final

from voicecoach.events import FRAME_S, FRAME_SAMPLES, AudioFrame, Heard, TurnEnded, TurnStarted, Word
from voicecoach.hear.ear import heard, nothing
from voicecoach.hear.ending import LONGEST_S, Ending
from voicecoach.hear.speech import SpeechDetector
from voicecoach.hear.turns import BYTES_A_SECOND, Paused, TurnDetector, TurnEvent, WentOn
from voicecoach.ports import AudioSource, Transcriber

GIVE_UP_S: Final = 20.0
"""Seconds without a word after which a reply counts as nothing heard."""
Words = tuple[tuple[Word, ...], str]


class LiveEar:
    """Hears one reply a source; the same source again and again where it is a microphone.

    In every pause of about 110 ms what was said so far is recognized in a thread of its own, and `on_guess` is called
    there with the text: whatever answers it can be made ready. If the rep goes on, the guess is thrown away and another
    follows; when the turn proves over, `listen` returns at once, with the words of the last guess. The same text then
    comes back as `Heard.text`: what was made ready for it holds.
    """

    def __init__(
        self,
        sources: Iterator[AudioSource],
        transcriber: Transcriber,
        ending: Ending | None = None,
        *,
        give_up_s: float = GIVE_UP_S,
        worker: Executor | None = None,
        drop: Callable[[], None] = lambda: None,
        held: Callable[[], bool] = lambda: False,
    ) -> None:
        """Take sources, a recognizer and the rule that says when a turn is over.

        `drop` is called when the rep goes on: a recognition that still waits for its turn is wanted no more. While the
        rep holds the floor by a key, which `held` tells, no silence is too long: letting it go ends the source.

        `on_guess` runs in the worker's thread; what it raises is raised by `listen` if the guess was right. A `worker`
        that runs at once makes the ear's results independent of the machine's speed: for tests.
        """
        self._sources = sources
        self._transcriber = transcriber
        self._ending = ending or Ending()
        self.on_guess: Callable[[str], None] = lambda _: None
        self._give_up_s = give_up_s
        self._worker = worker or ThreadPoolExecutor(1, thread_name_prefix="guess")
        self._drop = drop
        self._held = held
        self._last = b""
        self._before = b""

    def listen(self) -> Heard | None:
        """Return the next reply, nothing heard after `give_up_s` without speech, None without a further source."""
        source = next(self._sources, None)
        if source is None:
            return None
        before, self._before = self._before, b""
        turn = _Turn(self._transcriber, self._ending, self.on_guess, self._worker, self._drop, self._held)
        for frame in _cut(before):
            turn.catch_up(frame)
        sound = bytearray(before)
        for frame in source.frames():
            sound += frame.pcm
            if turn.take(frame):
                break
            if not turn.started and len(sound) / BYTES_A_SECOND >= self._give_up_s and not self._held():
                break
        else:
            turn.finish()
        self._last = bytes(sound)
        return turn.result(self._last)

    def join(self, quiet_s: float = 0.0) -> bool:
        """Take the last reply as unfinished: the rep went on while the answer began; True, for any can.

        The next `listen` hears the last reply, then so much silence, then the source, and returns all of it as one.
        """
        self._before = self._last + bytes(round(quiet_s / FRAME_S) * FRAME_SAMPLES * 2)
        self._ending.was_early()
        return True

    def close(self) -> None:
        """End the worker; sources are the caller's."""
        self._worker.shutdown(wait=False, cancel_futures=True)


class _Turn:
    """One reply while it is heard."""

    def __init__(
        self,
        transcriber: Transcriber,
        ending: Ending,
        guessed: Callable[[str], None],
        worker: Executor,
        drop: Callable[[], None],
        held: Callable[[], bool],
    ) -> None:
        self._transcriber = transcriber
        self._ending = ending
        self._guessed = guessed
        self._worker = worker
        self._drop = drop
        self._held = held
        self._detector = TurnDetector(SpeechDetector().feed, math.inf)
        self._wait_s = LONGEST_S
        self._pause: Paused | None = None
        self._guess: Future[Words] | None = None
        self._asked = False
        self._ended: TurnEnded | None = None
        self.started = False

    def catch_up(self, frame: AudioFrame) -> None:
        """Take a frame that was heard before: no pause in it is the end."""
        for event in self._detector.feed(frame):
            self._note(event)
        self._wait_s = self._detector.silence_s + LONGEST_S

    def take(self, frame: AudioFrame) -> bool:
        """Take a frame and return whether the turn is over."""
        for event in self._detector.feed(frame):
            self._note(event)
            if isinstance(event, Paused):
                self._begin_guess(event)
        if self._pause and self._guess and self._guess.done() and not self._asked:
            self._asked = True
            # A guess that failed is raised by `result`, if it was the right one; until then the pause is waited out.
            words, _ = ((), "") if self._guess.exception() else self._guess.result()
            self._wait_s = self._ending.wait_s(self._pause, words)
        if self._pause:
            for event in self._detector.end_after(math.inf if self._held() else self._wait_s):
                self._note(event)
        return self._ended is not None

    def finish(self) -> None:
        """Take the source's end for the turn's."""
        for event in self._detector.finish():
            self._note(event)

    def result(self, sound: bytes) -> Heard:
        """Return the reply, with the words of the last guess, which is awaited where it is not ready yet."""
        turn = self._ended
        if turn is None:
            return nothing(sound)
        if self._guess is None or self._pause is None or self._pause.turn.end_s != turn.end_s:
            self._guess = self._worker.submit(self._recognize, turn.pcm, self._pause)
        return heard(turn, sound, *self._guess.result())

    def _note(self, event: TurnEvent) -> None:
        if isinstance(event, TurnStarted):
            self.started = True
        elif isinstance(event, Paused):
            self._pause, self._asked = event, False
        elif isinstance(event, WentOn):
            self._pause, self._wait_s = None, LONGEST_S
            if self._guess:
                self._guess.cancel()
                self._guess = None
                self._drop()
        else:
            self._ended = event

    def _begin_guess(self, pause: Paused) -> None:
        self._guess = self._worker.submit(self._recognize, pause.turn.pcm, pause)

    def _recognize(self, pcm: bytes, pause: Paused | None) -> Words:
        words, why = self._transcriber.transcribe(pcm)
        if pause is self._pause:  # else the rep went on meanwhile, and the next guess waits for this thread
            self._guessed(" ".join(word.text for word in words))
        return words, why


def _cut(pcm: bytes) -> Iterator[AudioFrame]:
    size = FRAME_SAMPLES * 2
    for number, start in enumerate(range(0, len(pcm), size)):
        yield AudioFrame(start_s=number * FRAME_S, pcm=pcm[start : start + size])
