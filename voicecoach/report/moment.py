"""The moments to work on: the replies that cost most."""

from dataclasses import dataclass
from typing import Final

from voicecoach.events import ACTS, Verdict
from voicecoach.report.facts import Facts
from voicecoach.report.turns import Turn

PRACTISED: Final = 10
"""Calls from which a rep gets two points instead of one (our choice; that too much feedback hurts beginners most is
Luo 2021)."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A turn, and what to say about it."""

    turn: Turn
    kind: str
    """``cost``: a push that took willingness; ``missed``: a step in was not met; ``best``: nothing was lost;
    ``idle``: nothing was lost, and nothing won either."""
    words: str
    """The rep's own words that did it."""
    act: str
    """The act that they show; empty where none was found."""


def moments_of(facts: Facts, calls_before: int = 0) -> tuple[Moment, ...]:
    """Return the moments to work on, worst first: one for a beginner, at most two for the practised."""
    faults = [turn for turn in facts.turns if turn.verdict is Verdict.PRESSURE or turn.missed]
    # Most willingness first; of two that cost the same a push, and the earlier one, is the one to see.
    faults.sort(key=lambda turn: (-turn.cost, turn.missed, turn.number))
    found = [_moment(turn, "missed" if turn.missed else "cost") for turn in faults]
    if not found:
        best = min((turn for turn in facts.turns if turn.matched), key=lambda turn: turn.cost, default=None)
        idle = next((turn for turn in facts.turns if turn.verdict is Verdict.NEUTRAL), None)
        return (_moment(best, "best"),) if best else (_moment(idle, "idle"),) if idle else ()
    return tuple(found[: 2 if calls_before >= PRACTISED else 1])


def moment_of(facts: Facts) -> Moment | None:
    """Return the one moment to work on; None where nothing was judged."""
    return next(iter(moments_of(facts)), None)


def _moment(turn: Turn, kind: str) -> Moment:
    showing = [act for act in turn.acts if turn.verdict and act[0] in ACTS.get(turn.verdict, ())]
    if not showing:
        return Moment(turn, kind, turn.text, "")
    # What was pushed last is what stays; of an act that shows in several places the longest says most.
    act = showing[-1][0]
    _, start, end = max((one for one in showing if one[0] == act), key=lambda one: one[2] - one[1])
    return Moment(turn, kind, turn.text[start:end], act)
