"""Makes the prospect's answer ready while the rep may still be talking, so that it only has to be played."""

import copy
import threading
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Final

import numpy as np

from voicecoach.dance.prospect import Prospect, Turned
from voicecoach.events import Clip, Judgement, Position, Side, Verdict
from voicecoach.ports import Judge, Voice

QUIET: Final = 327
"""-40 dB: what is under it at the beginning of a line is no voice yet."""
BEFORE_S: Final = 0.02
"""Kept before the first sound, since soft consonants begin under -40 dB."""


class Ahead:
    """Its `judge` and `voice` answer at once what `prepare` has foreseen; nothing that it foresees happens by it.

    A guess is judged against the prospect's last line; a copy of the prospect hears the verdict; the line they would
    say is voiced. Besides, after each line the likely next ones are voiced in a thread of their own.
    """

    def __init__(self, prospect: Prospect, judge: Judge, voice: Voice, worker: Executor | None = None) -> None:
        """Take the prospect of the call, whom it never moves, and who judges and speaks."""
        self._prospect = prospect
        self._worker = worker or ThreadPoolExecutor(1, thread_name_prefix="voice-ahead")
        self.judge = JudgeAhead(judge)
        self.voice = VoiceAhead(voice, self._next_line)
        self._said = self._said_before = ""

    def prepare(self, rep: str) -> None:
        """Judge what the rep has said so far and voice the answer to it; called in the pause, in the ear's thread."""
        prospect = copy.deepcopy(self._prospect)
        if rep:
            try:
                judgement = self.judge.judge(prospect.stance.side, self._said, rep)
            except Exception:  # the call asks again, and says that the reply could not be judged
                return
            turned = _hears(prospect, judgement.verdict, [act.act for act in judgement.acts])
        else:
            turned = prospect.hear_nothing()
        self.voice.clip(turned.line.text, turned.after.position)

    def _next_line(self, said: str) -> None:
        """Take a line that is being said: what was foreseen before it is past, what may follow it is voiced."""
        self._said_before, self._said = self._said, said
        self.judge.forget()
        if self._prospect.stance.outcome is None:
            self._worker.submit(self._voice_next, copy.deepcopy(self._prospect))

    def joining(self, join: Callable[[float], bool]) -> Callable[[float], bool]:
        """Return a call's `went_on` by an ear's `join`: where that joins, the line that is being said is not said."""

        def went_on(quiet_s: float) -> bool:
            joined = join(quiet_s)
            if joined:
                self._said = self._said_before
                self.judge.forget()
            return joined

        return went_on

    def _voice_next(self, before: Prospect) -> None:
        for verdict in Verdict:
            turned = _hears(copy.deepcopy(before), verdict, [])
            self.voice.clip(turned.line.text, turned.after.position)

    def close(self) -> None:
        """End the thread; the voice is the caller's."""
        self._worker.shutdown(wait=True, cancel_futures=True)


def _hears(prospect: Prospect, verdict: Verdict, acts: list[str]) -> Turned:
    """Move a prospect as the call would."""
    if prospect.stance.side is Side.AWAY and verdict is Verdict.STEP_IN:
        return prospect.hear_nothing()
    return prospect.hear(verdict, acts)


class JudgeAhead:
    """A `Judge` that remembers what it judged since the prospect's last line."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._judged: dict[tuple[Side, str, str], Judgement] = {}

    @property
    def label(self) -> str:
        """Name and version."""
        return self._judge.label

    def judge(self, side: Side, prospect: str, rep: str) -> Judgement:
        """Judge one reply, or return what was judged of it before."""
        key = (side, prospect, rep)
        if key not in self._judged:
            self._judged[key] = self._judge.judge(side, prospect, rep)
        return self._judged[key]

    def forget(self) -> None:
        """Forget everything."""
        self._judged.clear()


class VoiceAhead:
    """A `Voice` for two threads, that tells which line is being said; the voice under it keeps its clips."""

    def __init__(self, voice: Voice, saying: Callable[[str], None]) -> None:
        self._voice = voice
        self._saying = saying
        self._lock = threading.Lock()

    @property
    def label(self) -> str:
        """Engine and version."""
        return self._voice.label

    @property
    def failure(self) -> str:
        """Why the voice is broken; empty while it works."""
        return self._voice.failure

    def render(self, text: str, position: Position) -> Clip | None:
        """Return the line's sound, without the silence before it."""
        clip = self.clip(text, position)
        self._saying(text)
        return clip

    def clip(self, text: str, position: Position) -> Clip | None:
        """Return the sound of a line that may be said."""
        with self._lock:  # the engine speaks one line at a time
            clip = self._voice.render(text, position)
        return without_lead(clip) if clip else None


def without_lead(clip: Clip) -> Clip:
    """Cut the silence before the first sound: the rep's own pause has passed already."""
    samples = np.frombuffer(clip.pcm, "<i2")
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > QUIET)
    first = max(0, int(loud[0]) - round(BEFORE_S * clip.sample_rate_hz)) if len(loud) else 0
    return Clip(pcm=samples[first:].tobytes(), sample_rate_hz=clip.sample_rate_hz)
