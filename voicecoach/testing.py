"""Fakes of every port, for tests of the pure core; they ship so that others can test against the same contract.

Contract: a fake keeps the port's promises (shapes, order, errors) and does no I/O. `plain_persona` is a prospect whose
lines name their cue, so that a test can read a call.
"""

from collections.abc import Iterable, Iterator, Sequence

from voicecoach.dance.moves import Cue, Temper
from voicecoach.dance.persona import LINE_COUNTS, Persona, Round, VoiceWish
from voicecoach.events import (
    ACTS,
    FRAME_S,
    FRAME_SAMPLES,
    Act,
    AudioFrame,
    Clip,
    Event,
    Heard,
    Judgement,
    Position,
    Side,
    Verdict,
    Word,
)


class ScriptedSource:
    """A source whose sound is given as bytes; whole frames only, the last padded."""

    label = "scripted"

    def __init__(self, pcm: bytes) -> None:
        self._pcm = pcm

    def frames(self) -> Iterator[AudioFrame]:
        """Yield the sound in frames of 20 ms."""
        size = FRAME_SAMPLES * 2
        for number, start in enumerate(range(0, len(self._pcm), size)):
            yield AudioFrame(start_s=number * FRAME_S, pcm=self._pcm[start : start + size].ljust(size, b"\0"))

    def close(self) -> None:
        """Nothing to let go."""


class ScriptedEar:
    """Hears what it is given, two seconds a reply; an empty text is silence."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = iter(texts)

    def listen(self) -> Heard | None:
        """Return the next text as a reply, None when there is none left."""
        text = next(self._texts, None)
        if text is None:
            return None
        words = tuple(Word(text=word, start_s=0.5, end_s=1.5, confidence=0.9) for word in text.split())
        return Heard(
            text=text,
            start_s=0.5,
            end_s=1.5,
            duration_s=2.0,
            words=words,
            confidence=0.9 if text else 0.0,
            why="" if text else "silence",
            pcm=bytes(64_000),
        )


class FixedTranscriber:
    """Hears the same words in whatever it is given."""

    label = "fixed@0"

    def __init__(self, text: str) -> None:
        self._text = text

    def transcribe(self, pcm: bytes) -> tuple[tuple[Word, ...], str]:
        """Return the words, spread evenly over the sound."""
        words = self._text.split()
        step = len(pcm) / 32_000 / max(1, len(words))
        heard = tuple(
            Word(text=word, start_s=i * step, end_s=(i + 1) * step, confidence=1.0) for i, word in enumerate(words)
        )
        return heard, "" if words else "silence"


class SpellingJudge:
    """Takes a reply that begins with a verdict's name for that verdict and the next word for its act, if it is one."""

    label = "spelling-1"

    def judge(self, side: Side, prospect: str, rep: str) -> Judgement:  # noqa: ARG002 -- the port's words
        """Judge ``"pressure urgency …"`` as pressure with the act urgency."""
        name, _, rest = rep.partition(" ")
        verdict = Verdict(name)
        act = rest.split(" ")[0]
        known = act in ACTS.get(verdict, ())
        acts = (Act(act=act, start=len(name) + 1, end=len(name) + 1 + len(act)),) if known else ()
        scores = {kind.value: 0.0 for kind in Verdict if kind is not Verdict.UNCLEAR}
        scores[verdict.value if verdict is not Verdict.UNCLEAR else "neutral"] = 1.0
        return Judgement(verdict=verdict, scores=scores, acts=acts)


class SilentVoice:
    """Renders every line as a second of silence; breaks from line `breaks_at` on (counted from 0)."""

    label = "silent"

    def __init__(self, breaks_at: int | None = None) -> None:
        self._breaks_at = breaks_at
        self._lines = 0

    @property
    def failure(self) -> str:
        """Why it is broken."""
        broken = self._breaks_at is not None and self._lines > self._breaks_at
        return "it was told to break" if broken else ""

    def render(self, text: str, position: Position) -> Clip | None:  # noqa: ARG002 -- the port's words
        """Return a second of silence, or None when broken."""
        self._lines += 1
        return None if self.failure else Clip(pcm=bytes(32_000), sample_rate_hz=16_000)


class ListRecorder:
    """Keeps events in a list."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def write(self, event: Event) -> None:
        """Append."""
        self.events.append(event)

    def keep_sound(self, name: str, clip: Clip) -> str:  # noqa: ARG002 -- the port's words
        """Name the file that a real recorder would write."""
        return f"{name}.flac"


def plain_persona(rounds: int = 1, soft_spots: Sequence[str] = (), hot_buttons: Sequence[str] = ()) -> Persona:
    """Return a persona of easy numbers whose lines are their cue and a number, e.g. ``eases 2``."""
    temper = Temper(
        willingness=0.5,
        steps_in_at=0.7,
        room_gain=0.1,
        push_loss=0.12,
        faster=1.5,
        lunge_loss=0.25,
        step_in_gain=0.1,
        heals=0.5,
        cools=0.1,
        soft_spots=frozenset(soft_spots),
        hot_buttons=frozenset(hot_buttons),
    )
    lines = {cue: tuple(f"{cue.value} {number}" for number in range(1, LINE_COUNTS[cue] + 1)) for cue in LINE_COUNTS}
    return Persona(
        name="plain",
        title="A plain prospect",
        difficulty=1,
        who="Nobody",
        situation="None.",
        voice=VoiceWish(gender="female", accent="en-gb", rate_wpm=165, volume=0.9, pitch=50),
        temper=temper,
        rounds=tuple(
            Round(reason=f"reason {n}", steps_back=tuple(f"{Cue.STEPS_BACK.value} {n} {k}" for k in (1, 2, 3)))
            for n in range(1, rounds + 1)
        ),
        lines=lines,
        answers={act: (f"{act} 1", f"{act} 2") for act in ACTS[Verdict.PRESSURE]},
        eases_to={act: (f"{act} 1",) for act in ACTS[Verdict.STEP_BACK]},
    )
