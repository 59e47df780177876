"""What the loop asks of the world; `voicecoach.testing` holds a fake of each."""

from collections.abc import Callable, Iterator
from typing import Protocol

from voicecoach.events import AudioFrame, Clip, Event, Heard, Judgement, Played, Position, Side, Word

Note = Callable[[Callable[[float, int], Event], float], None]
"""Keeps an event that a part of the call brings about: it is made from the time on the call's clock and the turn; the
second argument is how many seconds of sound have passed since the loop last moved that clock."""


class AudioSource(Protocol):
    """Where the rep's voice comes from: microphone, file or browser tab.

    A source brings its own sound to 16 kHz mono, yields frames of exactly 20 ms and counts time in samples, not by
    the wall clock: a file replays as a mouth would.
    """

    @property
    def label(self) -> str:
        """Its name on screen and in the record, e.g. ``file:01.flac``."""

    def frames(self) -> Iterator[AudioFrame]:
        """Yield frames until the end; raise `SourceLostError` if it breaks off."""

    def close(self) -> None:
        """Let the device go. Safe twice, and from another thread."""


class Transcriber(Protocol):
    """Sound to words."""

    @property
    def label(self) -> str:
        """Name and content of the weights, e.g. ``tiny.en@1a5afae06a4d``."""

    def transcribe(self, pcm: bytes) -> tuple[tuple[Word, ...], str]:
        """Return the words of one turn and, where there are none, why.

        `pcm` is mono, signed 16-bit little-endian, 16 000 Hz; times of words are seconds from its first sample.
        """


class Ear(Protocol):
    """One reply of the rep after another."""

    def listen(self) -> Heard | None:
        """Return the next reply, or None when the rep has left."""


class Voice(Protocol):
    """Lines to sound."""

    @property
    def label(self) -> str:
        """Engine and version, e.g. ``pyttsx3 2.99``; ``captions`` where there is none."""

    def render(self, text: str, position: Position) -> Clip | None:
        """Return the line's sound as the prospect would say it where they stand; None where the voice is broken."""

    @property
    def failure(self) -> str:
        """Why the voice is broken; empty while it works."""


class Speaker(Protocol):
    """Sound to the rep's ears."""

    def play(self, clip: Clip) -> Played | None:
        """Play and return when the last sample is out, or when the rep has taken the floor; None: all was heard."""


class Desk(Protocol):
    """The live end of a call: what only a call over devices has. Raises `RepLeft` out of hearing and playing."""

    def attend(self, note: Note) -> None:
        """Take where to tell what happens at the desk."""

    def now_s(self) -> float:
        """Return the machine's monotonic clock."""

    def heard_at_s(self) -> float:
        """Return when the last sample that the ear was given was in the microphone, by that clock."""

    def leave(self) -> None:
        """Note what the call was heard and spoken with; the last thing before its end."""


class Judge(Protocol):
    """Words to a verdict."""

    @property
    def label(self) -> str:
        """Name and version."""

    def judge(self, side: Side, prospect: str, rep: str) -> Judgement:
        """Judge one reply, with the prospect's last line and the side they are on."""


class Recorder(Protocol):
    """Keeps what happens."""

    def write(self, event: Event) -> None:
        """Write one event; it is safe on the disk when this returns."""

    def keep_sound(self, name: str, clip: Clip) -> str:
        """Keep one clip; return the file's name, empty where sound is not kept."""
