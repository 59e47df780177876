"""Who has the floor: where a turn of the rep begins and where it ends."""

from collections.abc import Callable
from typing import Final

from voicecoach.events import AudioFrame, TurnEnded, TurnStarted
from voicecoach.hear.speech import CHUNK_S

SPEECH_AT: Final = 0.5
"""Silero's own threshold for the beginning of speech."""
SILENCE_AT: Final = 0.35
"""Silero's own threshold for its end, 0.15 lower: a falling voice is still a voice."""
MIN_SPEECH_S: Final = 0.16
"""Shorter sounds are a click or a cough; "no" lasts about 0.25 s."""
PAD_S: Final = 0.3
"""Kept before and after, since soft consonants begin before the detector is sure."""
BYTES_A_SECOND: Final = 32_000


class TurnDetector:
    """Frames in, `TurnStarted` and `TurnEnded` out; holds back nothing and knows no clock but the samples'."""

    def __init__(self, speech: Callable[[bytes], list[float]], end_silence_s: float) -> None:
        """Take the speech detector's `feed`, and how much silence ends a turn (infinite: only the source's end)."""
        self._speech = speech
        self._end_silence_s = end_silence_s
        self._sound = bytearray()
        self._sound_from_s = 0.0
        self._looked_s = 0.0
        self._run_s = 0.0
        self._in_run = False
        self._start_s: float | None = None
        self._end_s = 0.0

    def feed(self, frame: AudioFrame) -> list[TurnStarted | TurnEnded]:
        """Take 20 ms and return what has become certain by it."""
        self._sound += frame.pcm
        events: list[TurnStarted | TurnEnded] = []
        for probability in self._speech(frame.pcm):
            self._looked_s += CHUNK_S
            events += self._look(probability)
        return events

    def finish(self) -> list[TurnStarted | TurnEnded]:
        """Return the turn that the end of the source ends, if one is open."""
        return [self._end()] if self._start_s is not None else []

    def _look(self, probability: float) -> list[TurnStarted | TurnEnded]:
        self._in_run = probability >= (SILENCE_AT if self._in_run else SPEECH_AT)
        if self._in_run:
            self._run_s += CHUNK_S
            if self._start_s is not None:
                self._end_s = self._looked_s
            elif self._run_s >= MIN_SPEECH_S:
                self._start_s, self._end_s = self._looked_s - self._run_s, self._looked_s
                return [TurnStarted(start_s=self._start_s)]
            return []
        self._run_s = 0.0
        if self._start_s is None:
            self._forget(self._looked_s - 1.0)
        elif self._looked_s - self._end_s >= self._end_silence_s:
            return [self._end()]
        return []

    def _end(self) -> TurnEnded:
        if self._start_s is None:
            raise ValueError("no turn is open")
        first = self._place(self._start_s - PAD_S)
        last = self._place(self._end_s + PAD_S)
        ended = TurnEnded(start_s=self._start_s, end_s=self._end_s, pcm=bytes(self._sound[first:last]))
        self._forget(self._end_s)
        self._start_s, self._run_s, self._in_run = None, 0.0, False
        return ended

    def _place(self, at_s: float) -> int:
        return max(0, round((at_s - self._sound_from_s) * BYTES_A_SECOND / 2)) * 2

    def _forget(self, before_s: float) -> None:
        place = self._place(before_s)
        if place:
            del self._sound[:place]
            self._sound_from_s += place / BYTES_A_SECOND
