"""What a rep's habits lead to with one persona, by playing the table; no sound, no judge."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from voicecoach.dance.moves import Stance, left
from voicecoach.dance.persona import Persona
from voicecoach.dance.prospect import Prospect
from voicecoach.events import ACTS, Outcome, Side, Verdict

MAX_REPLIES: Final = 40
"""A call that is not decided by then is left."""


@dataclass(frozen=True, slots=True)
class Habit:
    """How a rep replies: a verdict for where the prospect stands and how many replies there have been."""

    name: str
    replies: Callable[[Stance, int, random.Random], Verdict]


def _dances(stance: Stance, number: int, chance: random.Random) -> Verdict:  # noqa: ARG001 -- one shape for all
    return Verdict.STEP_BACK if stance.side is Side.AWAY else Verdict.STEP_IN


def _mixes(share: float) -> Callable[[Stance, int, random.Random], Verdict]:
    def mix(stance: Stance, number: int, chance: random.Random) -> Verdict:
        return Verdict.PRESSURE if chance.random() < share else _dances(stance, number, chance)

    return mix


HABITS: Final = (
    Habit("matches every step", _dances),
    Habit("always steps back, also when they come closer", lambda *_: Verdict.STEP_BACK),
    Habit("always pushes", lambda *_: Verdict.PRESSURE),
    Habit(
        "pushes once, then matches",
        lambda stance, number, chance: Verdict.PRESSURE if number == 1 else _dances(stance, number, chance),
    ),
    Habit(
        "gives room, then lunges",
        lambda stance, *_: Verdict.STEP_BACK if stance.side is Side.AWAY else Verdict.PRESSURE,
    ),
    Habit("one push in four", _mixes(0.25)),
    Habit("one push in two", _mixes(0.5)),
)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How often each end came, and how many replies it took in all."""

    agreed: int
    left_open: int
    lost: int
    replies: int


def outcomes(persona: Persona, habit: Habit, calls: int) -> Outcomes:
    """Play that many calls, seeds 1 to `calls`."""
    ends: dict[Outcome, int] = dict.fromkeys(Outcome, 0)
    replies = 0
    for seed in range(1, calls + 1):
        end, number = one_call(persona, habit, seed)
        ends[end] += 1
        replies += number
    return Outcomes(ends[Outcome.AGREED], ends[Outcome.LEFT_OPEN], ends[Outcome.LOST], replies)


def one_call(persona: Persona, habit: Habit, seed: int) -> tuple[Outcome, int]:
    """Play one call; return its outcome and the number of replies."""
    chance = random.Random(seed)
    prospect = Prospect(persona, seed)
    prospect.open()
    number = 0
    while prospect.stance.outcome is None and number < MAX_REPLIES:
        number += 1
        verdict = habit.replies(prospect.stance, number, chance)
        acts = [chance.choice(ACTS[verdict])] if verdict in ACTS else []
        prospect.hear(verdict, acts)
    return left(prospect.stance).outcome or Outcome.LEFT_OPEN, number
