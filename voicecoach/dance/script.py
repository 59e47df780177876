"""Which line the prospect says: one that answers what the rep did, and never one they have said."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from voicecoach.dance.moves import Cue
from voicecoach.dance.persona import Persona

ANSWERS_AN_ACT: Final = frozenset({Cue.STEPS_BACK_AGAIN, Cue.TURNS_AND_RUNS, Cue.STEPS_BACK_FROM_LUNGE})
"""Cues at which a prospect still cares enough to answer the very act; later they only want to be gone."""
INSTEAD: Final[dict[Cue, tuple[Cue, ...]]] = {
    Cue.EASES: (Cue.WAITS,),
    Cue.STEPS_BACK_AGAIN: (Cue.TURNS_AND_RUNS, Cue.KEEPS_RUNNING),
    Cue.TURNS_AND_RUNS: (Cue.STEPS_BACK_AGAIN, Cue.KEEPS_RUNNING),
    Cue.KEEPS_RUNNING: (Cue.TURNS_AND_RUNS,),
    Cue.STEPS_BACK_FROM_LUNGE: (Cue.STEPS_BACK_AGAIN,),
    Cue.STEPS_IN: (Cue.GOES_ON,),
    Cue.LEANS_IN: (Cue.GOES_ON,),
    Cue.HINTS_AGAIN: (Cue.GOES_ON,),
    Cue.GOES_ON: (Cue.HINTS_AGAIN,),
    Cue.WAITS: (Cue.EASES,),
}
"""Where to look when every line for a cue has been said."""


@dataclass(frozen=True, slots=True)
class Line:
    """What the prospect says next, and the cue it was chosen for."""

    text: str
    cue: Cue


class Script:
    """One prospect's lines over one call; the seed decides among those that fit."""

    def __init__(self, persona: Persona, seed: int) -> None:
        self._persona = persona
        self._chance = random.Random(seed)
        self._said: set[str] = set()
        self._round = 0

    def __copy__(self) -> "Script":
        """Return one that will say the same from here on."""
        other = Script(self._persona, 0)
        other._chance.setstate(self._chance.getstate())
        other._said, other._round = set(self._said), self._round
        return other

    def next_line(self, cue: Cue, acts: Sequence[str] = ()) -> Line | None:
        """Return a line not said yet in this call, or None when none that fits is left."""
        for group in self._groups(cue, acts):
            fresh = [line for line in group if line not in self._said]
            if fresh:
                chosen = self._chance.choice(fresh)
                self._said.add(chosen)
                return Line(chosen, cue)
        return None

    def _groups(self, cue: Cue, acts: Sequence[str]) -> Iterable[Sequence[str]]:
        persona = self._persona
        if cue is Cue.STEPS_BACK:
            reason = persona.rounds[min(self._round, len(persona.rounds) - 1)]
            self._round += 1
            yield reason.steps_back
            return
        if cue in ANSWERS_AN_ACT:
            # The last act is the one that rings in the ear.
            yield from (persona.answers[act] for act in reversed(acts) if act in persona.answers)
        if cue is Cue.EASES:
            yield from (persona.eases_to[act] for act in reversed(acts) if act in persona.eases_to)
        for one in (cue, *INSTEAD.get(cue, ())):
            yield persona.lines[one]
