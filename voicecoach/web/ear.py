"""One reply after another from a tab: spoken, typed, or asked to hear the last line again."""

import itertools
from collections.abc import Callable, Iterator
from typing import Final

from voicecoach.events import AudioFrame, Heard, Word
from voicecoach.hear.live_ear import LiveEar
from voicecoach.web.line import Line
from voicecoach.web.pool import SharedTranscriber
from voicecoach.web.speaker import LineSpeaker

GIVE_UP_S: Final = 20.0
"""Seconds without a word after which the prospect asks whether you are there."""
TYPED_WPM: Final = 173
"""How long a typed reply counts on the call's clock: the usual pace of speech (quoting Gong, second-hand)."""


class _Tab:
    """The line's source for one reply; says the last line again in between where that was asked."""

    label = "browser"

    def __init__(self, line: Line, speaker: LineSpeaker) -> None:
        self._line = line
        self._speaker = speaker

    def frames(self) -> Iterator[AudioFrame]:
        """Yield the rep's sound."""
        for frame in self._line.source.frames():
            if self._line.take_again():
                self._speaker.again()
            yield frame

    def close(self) -> None:
        """Leave it open: it is the call's."""


class TabEar:
    """An `Ear` on a line; None once the rep has hung up or stayed away."""

    def __init__(
        self,
        line: Line,
        words: SharedTranscriber,
        speaker: LineSpeaker,
        guessed: Callable[[str], None],
        replies: int | None = None,
    ) -> None:
        """Take the line, a recognizer, what says a line again, and after how many replies with words it is over.

        `guessed` is told in every pause what the rep has said so far, so that the answer to it can be made ready.
        """
        self._line = line
        self._left = replies
        tab = itertools.repeat(_Tab(line, speaker))
        self._ear = LiveEar(tab, words, give_up_s=GIVE_UP_S, drop=words.drop, held=lambda: line.source.held)
        self._ear.on_guess = guessed
        self._typed = False

    def listen(self) -> Heard | None:
        """Return the next reply."""
        if self._left == 0:
            return None
        heard = self._ear.listen()
        typed = self._line.source.take_typed()
        self._typed = bool(typed)
        if typed:
            heard = _as_heard(typed)
        elif self._line.source.closed:
            return None
        if heard and heard.text and self._left:
            self._left -= 1
        self._line.tell({"type": "floor", "who": "thinking"})
        return heard

    def join(self, quiet_s: float) -> bool:
        """Take the last reply as unfinished, as `LiveEar.join` does; return whether it can be: a typed one is over."""
        if self._typed:
            return False
        if self._left is not None:
            self._left += 1
        return self._ear.join(quiet_s)

    def close(self) -> None:
        """End the thread that guesses."""
        self._ear.close()


def _as_heard(text: str) -> Heard:
    """Return a typed reply as if it had been said at the usual pace."""
    words = text.split()
    step = 60 / TYPED_WPM
    spoken = tuple(
        Word(text=word, start_s=round(at * step, 3), end_s=round((at + 1) * step, 3), confidence=1.0)
        for at, word in enumerate(words)
    )
    length_s = round(len(words) * step, 3)
    return Heard(text=text, start_s=0.0, end_s=length_s, duration_s=length_s, words=spoken, confidence=1.0)
