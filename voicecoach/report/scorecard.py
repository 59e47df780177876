"""The dance score: out of 100, and its sum shown line by line.

Every reply is worth the same part of 100. Meeting the prospect's step earns it; a missed step in costs half of it; a
push earns nothing, and pushing on, or at someone who came closer, costs half of it more. Silence and replies that do
neither earn nothing, so that nobody scores by holding back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from voicecoach.events import Side, Verdict
from voicecoach.report.facts import Facts, Turn

LEAST_REPLIES: Final = 2
MISSED: Final = 0.5
EXTRA: Final = 0.5


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """What one reply did to the score."""

    turn: int
    why: str
    points: float


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The sum, or why there is none."""

    score: int | None
    why_none: str
    lines: tuple[ScoreLine, ...]


def scorecard(facts: Facts) -> Scorecard:
    """Return the score of a call, with one line a reply."""
    counted = [turn for turn in facts.turns if turn.verdict is not Verdict.UNCLEAR and not _failed(turn)]
    judged = [turn for turn in counted if turn.verdict is not None]
    if not facts.outcome:
        return Scorecard(None, "the call broke off before its end", ())
    if len(judged) < LEAST_REPLIES:
        return Scorecard(None, f"only {len(judged)} of {len(facts.turns)} replies could be judged", ())
    worth = 100 / len(counted)
    lines = tuple(ScoreLine(turn.number, *_points(turn, counted[:place], worth)) for place, turn in enumerate(counted))
    return Scorecard(max(0, round(sum(line.points for line in lines))), "", lines)


def _failed(turn: Turn) -> bool:
    return bool(turn.text) and turn.verdict is None


def _points(turn: Turn, before: Sequence[Turn], worth: float) -> tuple[str, float]:
    if turn.matched:
        return ("stepped back with them" if turn.side is Side.AWAY else "came closer with them"), worth
    if turn.verdict is Verdict.STEP_BACK:
        return "they came closer and you stepped back", worth * MISSED
    if turn.verdict is Verdict.PRESSURE:
        if turn.side is Side.IN:
            return "they came closer and you grabbed", -worth * EXTRA
        again = bool(before) and before[-1].verdict is Verdict.PRESSURE
        return ("pushed again", -worth * EXTRA) if again else ("pushed", 0.0)
    return ("neither pushed nor gave room" if turn.verdict else "nothing was heard"), 0.0
