"""Who has the floor: where a turn of the rep begins, pauses and ends."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from voicecoach.events import AudioFrame, TurnEnded, TurnStarted
from voicecoach.hear.speech import CHUNK_S

SPEECH_AT: Final = 0.5
"""Silero's own threshold for the beginning of speech."""
SILENCE_AT: Final = 0.35
"""Silero's own threshold for its end, 0.15 lower: a falling voice is still a voice."""
MIN_SPEECH_S: Final = 0.16
"""Shorter sounds are a click or a cough; "no" lasts about 0.25 s."""
LASTING_S: Final = 5 * CHUNK_S
"""What is shorter is a gap between two sounds: any voice ends it, and it tells nothing of how the rep pauses."""
BACK_S: Final = 3 * CHUNK_S
"""Within a pause that lasts, what is shorter is a click or a breath: the pause goes on over it."""
PAD_S: Final = 0.3
"""Kept before, since soft consonants begin before the detector is sure."""
PAUSE_S: Final = 2 * CHUNK_S
"""A silence of 64 ms is a pause (the detector's speech lasts about 50 ms longer than the voice: 110 ms for a person).

Sooner than a pause is felt, since recognition begins with it; docs/decisions/0004 counts what that recognizes in vain.
So much is kept after the last speech, always: what is recognized in the pause is then what is recognized in the end.
"""
BYTES_A_SECOND: Final = 32_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    """The rep is silent, for a thought or for good."""

    turn: TurnEnded
    """The turn as it is if this pause proves to be its end."""
    earlier_s: tuple[float, ...]
    """How long each pause lasted after which the rep went on in this turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WentOn:
    """The rep has spoken again: the pause was none of the end."""

    after_s: float
    """How long the pause was."""


TurnEvent = TurnStarted | Paused | WentOn | TurnEnded


class TurnDetector:
    """Frames in, `TurnEvent`s out; holds back nothing and knows no clock but the samples'."""

    def __init__(self, speech: Callable[[bytes], list[float]], end_silence_s: float) -> None:
        """Take the speech detector's `feed`, and how much silence ends a turn (infinite: only the source's end).

        Between `Paused` and `WentOn` the caller may shorten this one pause with `end_after`.
        """
        self._speech = speech
        self._end_silence_s = end_silence_s
        self._wait_s = end_silence_s
        self._paused = False
        self._earlier_s: list[float] = []
        self._sound = bytearray()
        self._sound_from_s = 0.0
        self._looked_s = 0.0
        self._run_s = 0.0
        self._in_run = False
        self._start_s: float | None = None
        self._end_s = 0.0

    def feed(self, frame: AudioFrame) -> list[TurnEvent]:
        """Take 20 ms and return what has become certain by it."""
        self._sound += frame.pcm
        events: list[TurnEvent] = []
        for probability in self._speech(frame.pcm):
            self._looked_s += CHUNK_S
            events += self._look(probability)
        return events

    def end_after(self, silence_s: float) -> list[TurnEvent]:
        """Let so much silence end the turn, in the pause that is now; return its end where it has lasted so long."""
        self._wait_s = silence_s
        return [self._end()] if self._paused and not self._in_run and self._is_silent_for(silence_s) else []

    @property
    def silence_s(self) -> float:
        """How long the rep has been silent; 0 while they speak."""
        return self._looked_s - self._end_s if self._start_s is not None else 0.0

    def finish(self) -> list[TurnEvent]:
        """Return the turn that the end of the source ends, if one is open."""
        return [self._end()] if self._start_s is not None else []

    def _look(self, probability: float) -> list[TurnEvent]:
        self._in_run = probability >= (SILENCE_AT if self._in_run else SPEECH_AT)
        if self._in_run:
            self._run_s += CHUNK_S
            if self._start_s is not None:
                return self._go_on()
            if self._run_s >= MIN_SPEECH_S:
                self._start_s, self._end_s = self._looked_s - self._run_s, self._looked_s
                return [TurnStarted(start_s=self._start_s)]
            return []
        self._run_s = 0.0
        if self._start_s is None:
            self._forget(self._looked_s - 1.0)
            return []
        if self._is_silent_for(self._wait_s):
            return [self._end()]
        if self._is_silent_for(PAUSE_S) and not self._paused:
            self._paused = True
            return [Paused(turn=self._turn(), earlier_s=tuple(self._earlier_s))]
        return []

    def _is_silent_for(self, seconds: float) -> bool:
        return self.silence_s + CHUNK_S / 2 >= seconds  # half a chunk: sums of 0.032 are not exact

    def _go_on(self) -> list[TurnEvent]:
        if not self._paused:
            self._end_s = self._looked_s
            return []
        pause_s = self._looked_s - self._run_s - self._end_s
        if lasts(pause_s) and self._run_s + CHUNK_S / 2 < BACK_S:
            return []
        self._paused, self._wait_s = False, self._end_silence_s
        self._end_s = self._looked_s
        if lasts(pause_s):
            self._earlier_s.append(pause_s)
        return [WentOn(after_s=pause_s)]

    def _turn(self) -> TurnEnded:
        if self._start_s is None:
            raise ValueError("no turn is open")
        first = self._place(self._start_s - PAD_S)
        last = self._place(self._end_s + PAUSE_S)
        return TurnEnded(start_s=self._start_s, end_s=self._end_s, pcm=bytes(self._sound[first:last]))

    def _end(self) -> TurnEnded:
        ended = self._turn()
        self._forget(self._end_s)
        self._start_s, self._run_s, self._in_run = None, 0.0, False
        self._paused, self._wait_s, self._earlier_s = False, self._end_silence_s, []
        return ended

    def _place(self, at_s: float) -> int:
        return max(0, round((at_s - self._sound_from_s) * BYTES_A_SECOND / 2)) * 2

    def _forget(self, before_s: float) -> None:
        place = self._place(before_s)
        if place:
            del self._sound[:place]
            self._sound_from_s += place / BYTES_A_SECOND


def lasts(pause_s: float) -> bool:
    """Whether a silence is a pause of the rep's and no gap between two sounds."""
    return pause_s + CHUNK_S / 2 >= LASTING_S  # half a chunk: sums of 0.032 are not exact
