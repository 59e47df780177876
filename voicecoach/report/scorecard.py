"""The dance score: out of 100, and its sum shown line by line.

The whole dance with a prospect is worth 100, each step of it the same part. Meeting the prospect's step earns that
part. A push earns nothing and costs half of it, pushing on or grabbing at someone who came closer costs all of it; a
missed step in costs a quarter. Silence, and replies that do neither, earn nothing and cost nothing.

So no number is to be had but by dancing: steps that were not danced because the call was left early are missing from
the sum, a step that had to be danced again because of a push makes every part smaller, and holding back earns nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from voicecoach.events import Outcome, Side, Verdict
from voicecoach.report.facts import Facts
from voicecoach.report.turns import Turn

LEAST_REPLIES: Final = 2
LEAST_STEPS: Final = 4
"""Room twice, meet twice: a dance where it is not known how long this prospect's is."""
PUSHED: Final = -0.5
PUSHED_ON: Final = -1.0
GRABBED: Final = -1.0
MISSED: Final = -0.25


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """What one reply did to the score; turn 0 is about the call as a whole."""

    turn: int
    why: str
    points: float


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The sum, or why there is none."""

    score: int | None
    why_none: str
    lines: tuple[ScoreLine, ...]
    worth: float = 0.0
    """Points of one step."""


def scorecard(facts: Facts, whole_dance: int = LEAST_STEPS) -> Scorecard:
    """Return the score of a call; `whole_dance` is how many steps the shortest dance with this prospect has."""
    why = _why_none(facts)
    if why:
        return Scorecard(None, why, ())
    steps = [turn for turn in facts.turns if turn.matched or turn.missed or turn.verdict is Verdict.PRESSURE]
    # A dance that was danced to its end is whole, however short; one that was left has steps missing.
    count = len(steps) if facts.outcome == Outcome.AGREED else max(len(steps), whole_dance)
    worth = 100 / max(1, count)
    lines = []
    for place, turn in enumerate(facts.turns):
        why, share = _share(turn, facts.turns[:place])
        lines.append(ScoreLine(turn.number, why + _noted(turn), round(share * worth, 1)))
    if count > len(steps):
        rest = count - len(steps)
        lines.append(ScoreLine(0, f"{rest} more step{'s' * (rest > 1)} of the dance not danced", 0.0))
    total = sum(line.points for line in lines)
    if total < 0:
        lines.append(ScoreLine(0, "a score is never below 0", -total))
    return Scorecard(min(100, max(0, round(total))), "", tuple(lines), worth)


def _why_none(facts: Facts) -> str:
    """Say why a call has no score; empty where it has one."""
    spoken = [turn for turn in facts.turns if turn.text]
    judged = [turn for turn in spoken if turn.verdict not in (None, Verdict.UNCLEAR)]
    if not facts.outcome:
        return "the call broke off before its end"
    if not spoken:
        return "nothing was heard"
    if len(judged) < LEAST_REPLIES:
        if len(facts.turns) == 1 and judged:
            return "the call was left after one reply"
        return f"only {len(judged)} of {len(facts.turns)} replies could be judged"
    if 2 * len(judged) < len(spoken):
        return f"only {len(judged)} of {len(spoken)} replies could be judged"
    return ""


def _noted(turn: Turn) -> str:
    kinds = [note.get("type") for note in turn.notes]
    if "verdict_overridden" in kinds:
        return " (verdict changed by the trainer)"
    return " (disputed)" if "verdict_disputed" in kinds else ""


def _share(turn: Turn, before: Sequence[Turn]) -> tuple[str, float]:
    """Return what a reply did and how much of a step's worth it earned."""
    if turn.matched:
        return ("stepped back with them" if turn.side is Side.AWAY else "came closer with them"), 1.0
    if turn.missed:
        return "they came closer and you stepped back", MISSED
    if turn.verdict is Verdict.PRESSURE:
        if turn.side is Side.IN:
            return "they came closer and you grabbed", GRABBED
        last = next((t.verdict for t in reversed(before) if t.verdict not in (None, Verdict.UNCLEAR)), None)
        return ("pushed on", PUSHED_ON) if last is Verdict.PRESSURE else ("pushed", PUSHED)
    if turn.verdict is Verdict.UNCLEAR:
        return "not clear enough to judge", 0.0
    if turn.verdict is not None:
        return ("neither pushed nor gave room" if turn.side is Side.AWAY else "neither met them nor pushed"), 0.0
    return ("nothing was heard" if not turn.text else "not judged"), 0.0
