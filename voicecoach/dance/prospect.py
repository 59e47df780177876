"""The prospect in one call: where they stand and what they say, moved by verdicts alone."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass

from voicecoach.dance.moves import Cue, Rule, Stance, left, move, opening
from voicecoach.dance.persona import Persona
from voicecoach.dance.script import Line, Script
from voicecoach.events import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """What one reply led to."""

    before: Stance
    after: Stance
    rule: Rule | None
    """None where nothing was judged."""
    line: Line


class Prospect:
    """A persona at play. The same persona, seed and verdicts give the same lines and moves, always."""

    def __init__(self, persona: Persona, seed: int) -> None:
        self.persona = persona
        self.stance = opening(persona.temper, len(persona.rounds))
        self._script = Script(persona, seed)
        self._before = (self.stance, self._script)

    def open(self) -> Line:
        """Say the first line: the first reason for stepping back."""
        return self._line(Cue.STEPS_BACK, ())

    def hear(self, verdict: Verdict, acts: Sequence[str] = ()) -> Turned:
        """Take one judged reply."""
        before = self.stance
        self._before = (before, copy.copy(self._script))
        step = move(before, verdict, self.persona.temper, acts)
        self.stance = step.stance
        line = self._line(step.cue, acts)
        return Turned(before=before, after=self.stance, rule=step.rule, line=line)

    def take_back(self) -> Stance:
        """Stand where they stood before the last judged reply, which was half a reply, and have said nothing to it."""
        self.stance, self._script = self._before
        return self.stance

    def hear_nothing(self) -> Turned:
        """Ask to hear it again; nothing moves."""
        before = self.stance
        line = self._line(Cue.ASKS_AGAIN, ())
        return Turned(before=before, after=self.stance, rule=None, line=line)

    def leave(self) -> Stance:
        """End the call because the rep has gone."""
        self.stance = left(self.stance)
        return self.stance

    def _line(self, cue: Cue, acts: Sequence[str]) -> Line:
        line = self._script.next_line(cue, acts)
        if line is None:
            # Everything that fits has been said: a person would not start over, they would have to go.
            self.leave()
            line = self._script.next_line(Cue.HAS_TO_GO)
        if line is None:
            raise AssertionError("a call asks for one farewell only")
        return line


class ProspectAgain(Prospect):
    """A prospect put back to where they stood after some replies of an earlier call, about to say that line again."""

    def __init__(self, persona: Persona, seed: int, replies: Sequence[tuple[Verdict | None, Sequence[str]]]) -> None:
        super().__init__(persona, seed)
        self._again = super().open()
        for verdict, acts in replies:
            self._again = (self.hear(verdict, acts) if verdict else self.hear_nothing()).line

    def open(self) -> Line:
        """Say the line that was said then."""
        return self._again
