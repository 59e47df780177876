"""The one moment to work on: the reply that cost most."""

from dataclasses import dataclass

from voicecoach.events import ACTS, Side, Verdict
from voicecoach.report.facts import Facts, Turn


@dataclass(frozen=True, slots=True)
class Moment:
    """A turn, and what to say about it."""

    turn: Turn
    kind: str
    """``cost``: it took most willingness; ``missed``: a step in was not met; ``best``: nothing was lost."""
    words: str
    """The rep's own words that did it."""
    act: str
    """The act that they show; empty where none was found."""


def moment_of(facts: Facts) -> Moment | None:
    """Return the moment to work on; None where nothing was judged."""
    judged = [turn for turn in facts.turns if turn.verdict is not None]
    if not judged:
        return None
    worst = max(judged, key=lambda turn: (turn.cost, turn.verdict is Verdict.PRESSURE))
    if worst.verdict is Verdict.PRESSURE:
        return _moment(worst, "cost")
    missed = next((t for t in judged if t.side is Side.IN and t.verdict is Verdict.STEP_BACK), None)
    if missed:
        return _moment(missed, "missed")
    return _moment(min(judged, key=lambda turn: turn.cost), "best")


def _moment(turn: Turn, kind: str) -> Moment:
    showing = [act for act in turn.acts if turn.verdict and act[0] in ACTS.get(turn.verdict, ())]
    if not showing:
        return Moment(turn, kind, turn.text, "")
    act, start, end = showing[-1]
    return Moment(turn, kind, turn.text[start:end], act)
