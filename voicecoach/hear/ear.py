"""One reply after another: sources, turns and words joined; an `Ear`."""

from collections.abc import Iterator
from typing import Final

from voicecoach.events import AudioFrame, Heard, TurnEnded, Word
from voicecoach.hear.speech import SpeechDetector
from voicecoach.hear.turns import BYTES_A_SECOND, PAD_S, TurnDetector
from voicecoach.ports import AudioSource, Transcriber

WHOLE_SOURCE: Final = float("inf")
"""Silence that ends a turn where a reply is one file: none, whatever the pauses."""


class SourceEar:
    """Listens to one source a reply; the same one again and again where it is a microphone."""

    def __init__(
        self,
        sources: Iterator[AudioSource],
        transcriber: Transcriber,
        end_silence_s: float,
        give_up_s: float = WHOLE_SOURCE,
    ) -> None:
        """Take how much silence ends a turn, and after how long without speech a reply counts as nothing."""
        self._give_up_s = give_up_s
        self._sources = sources
        self._transcriber = transcriber
        self._end_silence_s = end_silence_s

    def listen(self) -> Heard | None:
        """Return the next reply; None when there is no further source."""
        source = next(self._sources, None)
        if source is None:
            return None
        turn, sound = self._next_turn(source.frames())
        if turn is None:
            return nothing(sound)
        return heard(turn, sound, *self._transcriber.transcribe(turn.pcm))

    def _next_turn(self, frames: Iterator[AudioFrame]) -> tuple[TurnEnded | None, bytes]:
        detector = TurnDetector(SpeechDetector().feed, self._end_silence_s)
        sound = bytearray()
        started = False
        for frame in frames:
            sound += frame.pcm
            for event in detector.feed(frame):
                started = True
                if isinstance(event, TurnEnded):
                    return event, bytes(sound)
            if not started and frame.start_s >= self._give_up_s:
                return None, bytes(sound)
        ended = [event for event in detector.finish() if isinstance(event, TurnEnded)]
        return (ended[0] if ended else None), bytes(sound)


def nothing(sound: bytes) -> Heard:
    """Return the reply of a rep who said no word."""
    duration_s = round(len(sound) / BYTES_A_SECOND, 3)
    why = "silence" if _is_silent(sound) else "noise"
    return Heard(text="", start_s=0.0, end_s=duration_s, duration_s=duration_s, why=why, pcm=sound)


def heard(turn: TurnEnded, sound: bytes, words: tuple[Word, ...], why: str) -> Heard:
    """Return the reply that a turn and its words make; `sound` is all since the source opened."""
    return Heard(
        text=" ".join(word.text for word in words),
        start_s=round(turn.start_s, 3),
        end_s=round(turn.end_s, 3),
        duration_s=round(len(sound) / BYTES_A_SECOND, 3),
        words=tuple(_shifted(word, max(0.0, turn.start_s - PAD_S)) for word in words),
        confidence=round(sum(word.confidence for word in words) / len(words), 3) if words else 0.0,
        why=why,
        pcm=sound,
    )


def _shifted(word: Word, by_s: float) -> Word:
    return Word(
        text=word.text,
        start_s=round(word.start_s + by_s, 3),
        end_s=round(word.end_s + by_s, 3),
        confidence=word.confidence,
    )


def _is_silent(pcm: bytes) -> bool:
    """Whether nothing rises above -60 dB of full scale (33 of 32768): a room with nobody in it."""
    import numpy as np

    samples = np.frombuffer(pcm, "<i2").astype(np.float32)
    return len(samples) == 0 or float(np.sqrt(np.mean(samples**2))) < 33
