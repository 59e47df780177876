"""Every fact that can happen in a call, and the words and sounds that facts are made of.

Times are seconds of audio on the call's own clock (counted in samples, never by the wall clock), rounded to a
millisecond. Sound is mono, signed 16-bit, 16 000 Hz unless a field says otherwise.
"""

import dataclasses
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

SAMPLE_RATE_HZ: Final = 16_000
FRAME_S: Final = 0.02
FRAME_SAMPLES: Final = 320
SCHEMA: Final = 1
"""The number of the record's format; grows when a reader of the old one would misread the new."""


class Side(StrEnum):
    """Whether the prospect has stepped away or come closer."""

    AWAY = "away"
    IN = "in"


class Position(StrEnum):
    """Where on their side the prospect stands, from closest to lost."""

    LEANING_IN = "leaning_in"
    TOGETHER = "together"
    STEPPED_BACK = "stepped_back"
    STEPPED_BACK_AGAIN = "stepped_back_again"
    TURNED_AND_RUNNING = "turned_and_running"
    STILL_RUNNING = "still_running"
    GONE = "gone"

    @property
    def side(self) -> Side:
        """``in`` for the two close positions, ``away`` for the rest."""
        return Side.IN if self in (Position.LEANING_IN, Position.TOGETHER) else Side.AWAY


class Verdict(StrEnum):
    """What one reply of the rep did."""

    STEP_BACK = "step_back"
    PRESSURE = "pressure"
    STEP_IN = "step_in"
    NEUTRAL = "neutral"
    UNCLEAR = "unclear"


class Outcome(StrEnum):
    """How a call ends."""

    AGREED = "agreed"
    LEFT_OPEN = "left_open"
    LOST = "lost"


ACTS: Final[dict[Verdict, tuple[str, ...]]] = {
    Verdict.STEP_BACK: (
        "give_time",
        "affirm_choice",
        "invite_no",
        "encourage_reflection",
        "release",
        "acknowledge",
    ),
    Verdict.PRESSURE: (
        "urgency",
        "scarcity",
        "incentive_now",
        "fear",
        "guilt",
        "argue",
        "demand_reason",
        "belittle",
        "assume_sale",
        "push_close",
        "pin_down",
        "repeat_pitch",
    ),
    Verdict.STEP_IN: ("answer", "give_reason", "offer_next_step"),
}
"""The codebook: which acts show which verdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioFrame:
    """20 ms of sound from a source."""

    start_s: float
    """First sample, in seconds since the source opened."""
    pcm: bytes
    """320 samples, mono, signed 16-bit little-endian, 16 000 Hz; the last of a source is padded with silence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """One rendered line of the prospect."""

    pcm: bytes
    """Mono, signed 16-bit little-endian."""
    sample_rate_hz: int

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.pcm) / 2 / self.sample_rate_hz


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word as the recognizer heard it."""

    text: str
    start_s: float
    end_s: float
    confidence: float
    """The recognizer's own probability, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A stretch of the rep's own words that shows an act of the codebook."""

    act: str
    start: int
    """First character, counted in the reply."""
    end: int
    """One past the last character."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the judge says of one reply."""

    verdict: Verdict
    scores: dict[str, float]
    """Probability of each of the four verdicts, summing to 1; told even where the verdict is ``unclear``."""
    acts: tuple[Act, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnStarted:
    """The rep has begun to talk."""

    start_s: float
    """First speech sample, in seconds of audio since the source opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnEnded:
    """The rep has stopped talking; the whole turn is in hand."""

    start_s: float
    """First speech sample, in seconds of audio since the source opened."""
    end_s: float
    """Last speech sample, same clock; the silence that ended the turn comes after."""
    pcm: bytes
    """A little before the start to a little after the end: mono, signed 16-bit little-endian, 16 000 Hz."""

    def __post_init__(self) -> None:
        if self.end_s <= self.start_s:
            raise ValueError(f"turn: end {self.end_s} <= {self.start_s} s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What the ear made of one reply."""

    text: str
    """The words; empty where nothing was said."""
    start_s: float
    """First speech sample, in seconds since the reply's sound began."""
    end_s: float
    duration_s: float
    """Length of the reply's sound as a whole, silence included."""
    words: tuple[Word, ...] = ()
    confidence: float = 0.0
    """Mean probability of the words, 0 to 1."""
    why: str = ""
    """Where the text is empty: what was there instead (``silence``, ``noise``, a phantom phrase)."""
    pcm: bytes = b""
    """The whole of the sound, 16 kHz mono, for the record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStarted:
    """The line is open; the prospect has not spoken yet."""

    at_s: float
    persona: str
    seed: int
    model: str
    """The recognizer's weights, by name and content, e.g. ``tiny.en@1a5afae06a4d``."""
    judge: str
    """The judge's name and version."""
    voice: str
    version: str
    """Of voicecoach itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProspectSpoke:
    """The prospect has said a line."""

    at_s: float
    """The line's first sample."""
    turn: int
    """Counts from 0, the opening line."""
    text: str
    position: Position
    cue: str
    duration_s: float
    captioned: bool
    """True where the voice failed and the line could only be read."""
    audio: str = ""
    """The file beside the record that holds the sound; empty where no sound is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepSpoke:
    """The rep's reply was heard as words."""

    at_s: float
    turn: int
    text: str
    start_s: float
    """First speech sample on the call clock."""
    end_s: float
    words: tuple[Word, ...]
    """Their times are on the call clock too."""
    confidence: float
    sound_from_s: float
    """Where the reply's sound, silence included, begins on the call clock."""
    audio: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingHeard:
    """A reply's time has passed without a word: silence, noise, or words that nobody said."""

    at_s: float
    turn: int
    start_s: float
    end_s: float
    why: str
    sound_from_s: float
    audio: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A reply has its verdict."""

    at_s: float
    turn: int
    verdict: Verdict
    scores: dict[str, float]
    acts: tuple[Act, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotJudged:
    """Judging failed; the reply moves nothing and gets no score."""

    at_s: float
    turn: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WillingnessChanged:
    """A rule has moved the prospect's willingness."""

    at_s: float
    turn: int
    before: float
    after: float
    rule: str
    because: str
    """The rep's own words that the rule rests on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProspectMoved:
    """A rule has moved the prospect to another position."""

    at_s: float
    turn: int
    before: Position
    after: Position
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceFailed:
    """The voice broke; from here on the prospect's lines are captions."""

    at_s: float
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded:
    """The call is over."""

    at_s: float
    outcome: Outcome
    willingness: float
    ended_by: str
    """``prospect``, or ``rep`` where the rep left or the recording ran out."""
    why: str


Event = (
    CallStarted
    | ProspectSpoke
    | RepSpoke
    | NothingHeard
    | Judged
    | NotJudged
    | WillingnessChanged
    | ProspectMoved
    | VoiceFailed
    | CallEnded
)


def type_name(event: Event) -> str:
    """Return the event's name in the record: ``WillingnessChanged`` is ``willingness_changed``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower()


def as_record(event: Event) -> dict[str, Any]:
    """Return the event as it is written: ``type`` first, then its fields."""
    return {"type": type_name(event), **dataclasses.asdict(event)}
