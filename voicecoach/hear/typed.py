"""Replies by keyboard, for loud rooms and for those who cannot speak; an `Ear`."""

from collections.abc import Callable
from typing import Final

from voicecoach.events import Heard, Word

PACE_WPM: Final = 173
"""How long a typed reply counts on the call's clock: the usual pace of speech (quoting Gong)."""


class Keyboard:
    """Stands where a recognizer does: its name goes into the record."""

    label = "typed"

    def transcribe(self, pcm: bytes) -> tuple[tuple[Word, ...], str]:  # noqa: ARG002 -- the port's words
        """Return nothing: a keyboard hears no sound."""
        return (), "typed"


class TypedEar:
    """Hears what is typed, a line a reply; an empty line is silence."""

    def __init__(self, read: Callable[[], str | None]) -> None:
        """Take what returns the next line, None when the rep has left."""
        self._read = read

    def listen(self) -> Heard | None:
        """Return the next line as a reply."""
        line = self._read()
        if line is None:
            return None
        text = " ".join(line.split())
        step = 60 / PACE_WPM
        words = tuple(
            Word(text=word, start_s=round(place * step, 3), end_s=round((place + 1) * step, 3), confidence=1.0)
            for place, word in enumerate(text.split())
        )
        length_s = round(len(words) * step, 3)
        return Heard(
            text=text,
            start_s=0.0,
            end_s=length_s,
            duration_s=length_s,
            words=words,
            confidence=1.0 if words else 0.0,
            why="" if words else "silence",
        )
