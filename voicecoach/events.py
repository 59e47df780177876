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
class Played:
    """What became of a clip that was given to the loudspeaker."""

    heard_s: float
    """How much of it the rep heard, in seconds from its first sample."""
    rep_before_s: float = 0.0
    """Where the rep talked over it: how much of the rep's sound, before it fell silent, belongs to their reply."""
    talked_over: bool = False
    over_from_s: float = 0.0
    """Where the rep talked over it: how long it had been heard when they began; they stopped it a little later."""
    quiet_s: float = 0.0
    """Where the rep talked over it: how long the microphone was open since their last reply before they spoke again."""
    began_s: float = 0.0
    """When its first sample left the loudspeaker, by the machine's monotonic clock; 0 where nobody measured."""


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
class TalkedOver:
    """The rep talked over the prospect, who stopped."""

    at_s: float
    """Where the prospect fell silent."""
    turn: int
    """The prospect's line; the reply that follows has the next number."""
    heard_s: float
    """How much of the line was out, from its first sample."""
    heard: str
    """The words of it that were out, by their share of its length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyWentOn:
    """The rep went on while the answer had only begun: it was half a reply.

    What this turn's events said so far is taken back, its verdict and moves among it; they follow anew, once, when the
    whole of the reply was heard.
    """

    at_s: float
    """Where the prospect fell silent."""
    turn: int
    """The reply's."""
    heard_s: float
    """How much of the answer was out."""
    heard: str
    """The words of it that were out."""
    willingness: float
    """Where the prospect stands again: as before the half reply."""
    position: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class TookUpAgain:
    """The prospect had stopped for a sound that was no interruption, and went on with the line."""

    at_s: float
    turn: int
    heard_s: float
    """Where in the line they stopped."""
    silent_s: float
    """How long they were silent for nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidAgain:
    """The rep asked, with a key, to hear the line again; the call clock stands still meanwhile."""

    at_s: float
    turn: int


PAUSE_WISHED: Final = "the rep wished it"
"""Why a call stands still where no device is the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPaused:
    """The call stands still, and its clock: a device has gone, or the rep wished it."""

    at_s: float
    turn: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallResumed:
    """The call goes on where it stood."""

    at_s: float
    turn: int
    input: str
    output: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnTimed:
    """How long the rep waited for the answer, by stage; live calls only, for a replay has no delay."""

    at_s: float
    turn: int
    silence_ms: int
    """From the rep's last sample until the turn was taken for ended: sound that had to be waited for."""
    recognize_ms: int
    """From then until the words were there; what was worked out while the rep paused costs nothing here."""
    judge_ms: int
    voice_ms: int
    play_ms: int
    """From the clip's being handed over to its first sample leaving the loudspeaker."""
    total_ms: int
    """From the rep's last sample to the clip's first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicesUsed:
    """What a live call was heard and spoken with, written before it ends."""

    at_s: float
    input: str
    input_rate_hz: int
    input_channels: int
    output: str
    output_rate_hz: int
    output_channels: int
    overruns: int
    """Times that the microphone's sound was not fetched in time and some was lost."""
    underruns: int
    """Times that the loudspeaker had to wait for sound."""
    losses: int
    """Times that a device went away in the call."""


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
    | TalkedOver
    | ReplyWentOn
    | TookUpAgain
    | SaidAgain
    | CallPaused
    | CallResumed
    | TurnTimed
    | DevicesUsed
    | CallEnded
)


def type_name(event: Event) -> str:
    """Return the event's name in the record: ``WillingnessChanged`` is ``willingness_changed``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower()


def as_record(event: Event) -> dict[str, Any]:
    """Return the event as it is written: ``type`` first, then its fields."""
    return {"type": type_name(event), **dataclasses.asdict(event)}
