"""One call's report as plain values: what the page and the terminal both show."""

from collections.abc import Mapping
from dataclasses import dataclass

from voicecoach.events import Verdict
from voicecoach.report.facts import REFERENCES, Facts
from voicecoach.report.moment import Moment, moment_of
from voicecoach.report.scorecard import Scorecard, scorecard


@dataclass(frozen=True, slots=True)
class FactLine:
    """One fact beside its reference."""

    name: str
    value: str
    reference: str
    """Empty where there is none."""


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The call again from one turn on, with a step back in its place."""

    before: tuple[float, ...]
    """Willingness after each turn as it was."""
    after: tuple[float, ...]
    """The same with the step back, as far as the rep's other replies would still have fitted."""
    closer_at: int
    """The reply after which they would have come closer; 0: not in this call."""


@dataclass(frozen=True, slots=True)
class Story:
    """All that a report says."""

    facts: Facts
    card: Scorecard
    moment: Moment | None
    why: str
    """What the act does to someone who stepped back; empty where nothing was pushed."""
    instead: str
    """What could have been said."""
    what_if: WhatIf | None
    lines: tuple[FactLine, ...]


def story_of(facts: Facts, advice: Mapping[str, tuple[str, str]], what_if: WhatIf | None) -> Story:
    """Put a report together; `advice` gives (why, what instead) for an act of pressure."""
    moment = moment_of(facts)
    why, instead = advice.get(moment.act, ("", "")) if moment and moment.kind == "cost" else ("", "")
    return Story(facts, scorecard(facts), moment, why, instead, what_if, tuple(_lines(facts)))


def headline(story: Story) -> str:
    """Say in one sentence whether they danced or chased."""
    facts = story.facts
    judged = [turn for turn in facts.turns if turn.verdict not in (None, Verdict.UNCLEAR)]
    if not judged:
        return "Nothing could be judged in this call."
    if not facts.pushes:
        return "You danced: not one push." if facts.matched else "You neither pushed nor gave room."
    if facts.outcome == "lost":
        return f"You chased: {_times(facts.pushes)}, and they are gone."
    if facts.recoveries:
        return f"You chased, saw it and came back: {_times(facts.pushes)}, then room."
    return f"You chased: {_times(facts.pushes)}."


def point(story: Story) -> str:
    """Say what to work on, in one or two sentences."""
    moment = story.moment
    if moment is None:
        return ""
    turn = moment.turn
    if moment.kind == "best":
        return f"Keep this: with “{moment.words}” you gave them {-turn.cost:.2f} of willingness in reply {turn.number}."
    if moment.kind == "missed":
        return f"In reply {turn.number} they had come closer, and “{moment.words}” stepped back from them. Answer them."
    return f"Reply {turn.number}, “{moment.words}”, cost {turn.cost:.2f} of willingness, more than any other."


def _times(pushes: int) -> str:
    return "one push" if pushes == 1 else f"{pushes} pushes"


def _lines(facts: Facts) -> list[FactLine]:
    def seconds(value: float | None) -> str:
        return "not measured" if value is None else f"{value:.1f} s"

    share = "not measured" if facts.rep_share is None else f"{facts.rep_share:.0%}"
    pace = "not measured" if facts.words_a_minute is None else f"{facts.words_a_minute:.0f} words a minute"
    back = ", ".join(map(str, facts.recoveries)) or "none"
    return [
        FactLine("Steps matched", str(facts.matched), ""),
        FactLine("Steps missed", str(facts.missed), ""),
        FactLine("Pushes", str(facts.pushes), ""),
        FactLine("Longest chase", f"{facts.longest_chase} in a row", ""),
        FactLine("Recoveries, replies each", back, ""),
        _with("Wait after they stepped back", seconds(facts.patience_after_pull_back_s), "patience_after_pull_back_s"),
        _with("Wait otherwise", seconds(facts.patience_else_s), "patience_else_s"),
        _with("Your share of the talking", share, "rep_share"),
        _with("Pace", pace, "words_a_minute"),
        _with("Longest stretch", seconds(facts.longest_stretch_s), "longest_stretch_s"),
        FactLine("Fillers (um, uh)", str(facts.fillers), ""),
        FactLine("Questions", str(facts.questions), ""),
    ]


def _with(name: str, value: str, key: str) -> FactLine:
    reference = REFERENCES[key]
    second_hand = ", second-hand" if reference.grade == "B" else ""
    return FactLine(name, value, f"{reference.says} ({reference.source}{second_hand})")
