"""The rules of the dance, as one table.

Pure: a `Stance` and a verdict go in, a `Step` comes out. Nothing elsewhere may move a prospect. `docs/dance.md` is
drawn from this table.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from voicecoach.events import Outcome, Position, Side, Verdict

HOT: Final = 2.0
"""A hot button doubles the harm."""
SOFT: Final = 1.5
"""A soft spot gives half as much again."""


class Cue(StrEnum):
    """What kind of line the prospect says next; the keys of a persona's lines."""

    STEPS_BACK = "steps_back"
    EASES = "eases"
    STEPS_BACK_AGAIN = "steps_back_again"
    TURNS_AND_RUNS = "turns_and_runs"
    KEEPS_RUNNING = "keeps_running"
    HANGS_UP = "hangs_up"
    STEPS_IN = "steps_in"
    LEANS_IN = "leans_in"
    STEPS_BACK_FROM_LUNGE = "steps_back_from_lunge"
    HINTS_AGAIN = "hints_again"
    COOLS = "cools"
    TAKES_NEXT_STEP = "takes_next_step"
    ASKS_AGAIN = "asks_again"
    WAITS = "waits"
    GOES_ON = "goes_on"
    HAS_TO_GO = "has_to_go"


@dataclass(frozen=True, slots=True, kw_only=True)
class Temper:
    """How a persona takes what the rep does; all but `faster` are parts of willingness, 0 to 1."""

    willingness: float
    steps_in_at: float
    room_gain: float
    push_loss: float
    faster: float
    """Each further push in a row takes this many times the one before; at least 1."""
    lunge_loss: float
    step_in_gain: float
    heals: float
    """After a chase, room gives this share of `push_loss` until the harm is healed; below 1 / SOFT."""
    cools: float
    hot_buttons: frozenset[str] = frozenset()
    soft_spots: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stance:
    """Where the prospect stands."""

    position: Position
    willingness: float
    rounds_left: int
    """Reasons for stepping away that are still to come."""
    pushes_in_a_row: int = 0
    wound: float = 0.0
    """Harm of pushes that room has not healed yet, in willingness."""
    missed: int = 0
    """Steps in that the rep missed since the prospect last came closer."""
    outcome: Outcome | None = None

    @property
    def side(self) -> Side:
        """Away or in."""
        return self.position.side


def opening(temper: Temper, rounds: int) -> Stance:
    """Return where a call begins: the prospect has just stepped back for the first of their reasons."""
    return Stance(position=Position.STEPPED_BACK, willingness=temper.willingness, rounds_left=rounds - 1)


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: its name, what it says to a rep, and what it does."""

    name: str
    says: str
    apply: Callable[[Stance, Temper, frozenset[str]], tuple[Stance, Cue]]


@dataclass(frozen=True, slots=True)
class Step:
    """What one reply did: the rule, where the prospect stands now, and the cue for their next line."""

    rule: Rule
    stance: Stance
    cue: Cue


AWAY_LADDER: Final = (
    Position.STEPPED_BACK,
    Position.STEPPED_BACK_AGAIN,
    Position.TURNED_AND_RUNNING,
    Position.STILL_RUNNING,
)
AWAY_CUES: Final = {
    Position.STEPPED_BACK_AGAIN: Cue.STEPS_BACK_AGAIN,
    Position.TURNED_AND_RUNNING: Cue.TURNS_AND_RUNS,
    Position.STILL_RUNNING: Cue.KEEPS_RUNNING,
}


def _level(willingness: float) -> float:
    """Keep within 0 and 1, to four places: sums of decimals then print alike everywhere."""
    return round(min(1.0, max(0.0, willingness)), 4)


def _further(position: Position, steps: int) -> Position:
    place = AWAY_LADDER.index(position) + steps
    return AWAY_LADDER[min(len(AWAY_LADDER) - 1, max(0, place))]


def _room(stance: Stance, temper: Temper, acts: frozenset[str]) -> tuple[Stance, Cue]:
    soft = SOFT if acts & temper.soft_spots else 1.0
    gain = soft * (temper.push_loss * temper.heals if stance.wound > 0 else temper.room_gain)
    willingness = _level(stance.willingness + gain)
    wound = round(max(0.0, stance.wound - gain), 4)
    if willingness >= temper.steps_in_at:
        closer = replace(
            stance, position=Position.TOGETHER, willingness=willingness, wound=0.0, pushes_in_a_row=0, missed=0
        )
        return closer, Cue.STEPS_IN
    eased = replace(
        stance, position=_further(stance.position, -1), willingness=willingness, wound=wound, pushes_in_a_row=0
    )
    return eased, Cue.EASES


def _harm(stance: Stance, loss: float, temper: Temper, acts: frozenset[str]) -> tuple[float, float]:
    harm = loss * (HOT if acts & temper.hot_buttons else 1.0)
    return _level(stance.willingness - harm), round(stance.wound + harm, 4)


def _chased(stance: Stance, temper: Temper, acts: frozenset[str]) -> tuple[Stance, Cue]:
    willingness, wound = _harm(stance, temper.push_loss * temper.faster**stance.pushes_in_a_row, temper, acts)
    pushed = replace(stance, willingness=willingness, wound=wound, pushes_in_a_row=stance.pushes_in_a_row + 1)
    if willingness == 0:
        return replace(pushed, position=Position.GONE, outcome=Outcome.LOST), Cue.HANGS_UP
    position = _further(stance.position, 1)
    return replace(pushed, position=position), AWAY_CUES[position]


def _lunged(stance: Stance, temper: Temper, acts: frozenset[str]) -> tuple[Stance, Cue]:
    willingness, wound = _harm(stance, temper.lunge_loss, temper, acts)
    back = replace(stance, willingness=willingness, wound=wound, pushes_in_a_row=1, missed=0)
    if willingness == 0:
        return replace(back, position=Position.GONE, outcome=Outcome.LOST), Cue.HANGS_UP
    return replace(back, position=Position.STEPPED_BACK), Cue.STEPS_BACK_FROM_LUNGE


def _met(stance: Stance, temper: Temper, acts: frozenset[str]) -> tuple[Stance, Cue]:
    met = replace(stance, willingness=_level(stance.willingness + temper.step_in_gain), missed=0)
    if stance.position is Position.TOGETHER:
        return replace(met, position=Position.LEANING_IN), Cue.LEANS_IN
    if stance.rounds_left == 0:
        return replace(met, outcome=Outcome.AGREED), Cue.TAKES_NEXT_STEP
    return replace(met, position=Position.STEPPED_BACK, rounds_left=stance.rounds_left - 1), Cue.STEPS_BACK


def _missed(stance: Stance, temper: Temper, acts: frozenset[str]) -> tuple[Stance, Cue]:
    if stance.missed == 0:
        return replace(stance, missed=1), Cue.HINTS_AGAIN
    cooled = replace(
        stance,
        missed=stance.missed + 1,
        willingness=_level(stance.willingness - temper.cools),
        outcome=Outcome.LEFT_OPEN,
    )
    return cooled, Cue.COOLS


def _stays(cue: Cue) -> Callable[[Stance, Temper, frozenset[str]], tuple[Stance, Cue]]:
    def stay(stance: Stance, temper: Temper, acts: frozenset[str]) -> tuple[Stance, Cue]:
        return stance, cue

    return stay


# Every rule of the dance is a row here; nothing elsewhere may move a prospect.
MOVES: Final[dict[tuple[Side, Verdict], Rule]] = {
    (Side.AWAY, Verdict.STEP_BACK): Rule(
        "room given", "They stepped back and so did you: they can come closer by themselves.", _room
    ),
    (Side.AWAY, Verdict.PRESSURE): Rule(
        "chased", "They stepped back and you went after them: they run, faster with each push in a row.", _chased
    ),
    (Side.AWAY, Verdict.NEUTRAL): Rule("neither", "You neither pushed nor gave room.", _stays(Cue.WAITS)),
    (Side.AWAY, Verdict.UNCLEAR): Rule("not caught", "What you said was not clear.", _stays(Cue.ASKS_AGAIN)),
    (Side.IN, Verdict.STEP_BACK): Rule(
        "missed step", "They came closer and you stepped back: one is forgiven, the next cools them.", _missed
    ),
    (Side.IN, Verdict.PRESSURE): Rule(
        "lunged", "They came closer and you grabbed: that costs more than a push.", _lunged
    ),
    (Side.IN, Verdict.STEP_IN): Rule("met", "They came closer and you met them.", _met),
    (Side.IN, Verdict.NEUTRAL): Rule("neither", "You neither met them nor pushed.", _stays(Cue.GOES_ON)),
    (Side.IN, Verdict.UNCLEAR): Rule("not caught", "What you said was not clear.", _stays(Cue.ASKS_AGAIN)),
}


class ImpossibleMoveError(ValueError):
    """A verdict that cannot be given on that side, or a move after the end; nothing has changed."""


def move(stance: Stance, verdict: Verdict, temper: Temper, acts: Collection[str] = ()) -> Step:
    """Apply the one rule that fits.

    Raises `ImpossibleMoveError` for a step in towards a prospect who is away, and after the call has ended.
    """
    rule = MOVES.get((stance.side, verdict))
    if stance.outcome is not None or rule is None:
        raise ImpossibleMoveError(f"{verdict} cannot move a prospect who is {stance.outcome or stance.side}")
    after, cue = rule.apply(stance, temper, frozenset(acts))
    return Step(rule, after, cue)


def left(stance: Stance) -> Stance:
    """Return how the call stands when either side leaves before it was decided.

    A prospect left in the middle of a chase does not come back by themselves; on any other terms the door is open.
    """
    outcome = Outcome.LOST if stance.pushes_in_a_row else Outcome.LEFT_OPEN
    return replace(stance, outcome=stance.outcome or outcome)
