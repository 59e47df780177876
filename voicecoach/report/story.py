"""One call's report as plain values: what the page and the terminal both show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from voicecoach.events import Verdict
from voicecoach.report.coaching import Point, WhatIf
from voicecoach.report.facts import REFERENCES, Facts
from voicecoach.report.moment import Moment
from voicecoach.report.scorecard import Scorecard


@dataclass(frozen=True, slots=True)
class FactLine:
    """One fact beside its reference."""

    name: str
    value: str
    reference: str
    """Empty where there is none."""
    source: str = ""
    grade: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All that a report says."""

    name: str
    """The call's name in the library."""
    title: str
    who: str
    situation: str
    opened_at: str
    events: Sequence[dict[str, Any]]
    facts: Facts
    card: Scorecard
    points: tuple[Point, ...]
    rules: Mapping[str, str]
    """What each rule of the dance says, by its name."""
    touched: Mapping[int, str]
    """By reply: where it touched what this prospect feels more than others do."""
    broken: str = ""
    """What could not be read of the record; empty where it is whole."""

    @property
    def lines(self) -> tuple[FactLine, ...]:
        """The facts, each beside its reference."""
        return tuple(_lines(self.facts))


def headline(story: Story) -> str:
    """Say in one sentence whether they danced or chased."""
    facts = story.facts
    judged = [turn for turn in facts.turns if turn.verdict not in (None, Verdict.UNCLEAR)]
    if not judged:
        return "Nothing could be judged in this call."
    if not facts.pushes:
        if facts.missed and facts.missed >= facts.matched:
            return "You gave room, and when they came closer you stayed away."
        if not facts.matched:
            return "You neither pushed nor gave room."
        met = any(turn.matched and turn.side == "in" for turn in facts.turns)
        return "You danced: not one push." if met else "You gave room: not one push."
    if facts.outcome == "lost":
        lunged = facts.pushes == 1 and any(t.verdict is Verdict.PRESSURE and t.side == "in" for t in facts.turns)
        if lunged:
            return "You danced until they came closer, then grabbed."
        gone = facts.turns[-1].position == "gone"
        return f"You chased: {_times(facts.pushes)}, and {'they hung up' if gone else 'the call ended there'}."
    if facts.recoveries:
        return f"You chased, saw it and came back: {_times(facts.pushes)}, then room."
    room = next((i for i, t in enumerate(reversed(facts.turns)) if not t.matched), len(facts.turns))
    if room > 1 and facts.outcome:
        return f"You chased, saw it and gave room: {_times(facts.pushes)}, then {room} steps with them."
    return f"You chased: {_times(facts.pushes)}."


def said(moment: Moment) -> str:
    """Say what a moment was, in one or two sentences."""
    turn = moment.turn
    if moment.kind == "best":
        if turn.cost < 0:
            return f"“{moment.words}” won {-turn.cost:.2f} of willingness: of all your replies it won most."
        return f"“{moment.words}” stayed in step with them."
    if moment.kind == "idle":
        return f"“{moment.words}” neither pushed nor {'gave room' if turn.side == 'away' else 'met them'}."
    if moment.kind == "missed":
        cost = f" It cost {turn.cost:.2f} of willingness." if turn.cost > 0 else ""
        return f"They had come closer, and with “{moment.words}” you stepped back from them.{cost}"
    if turn.cost <= 0:
        return f"“{moment.words}” was a push."
    return f"“{moment.words}” cost {turn.cost:.2f} of willingness."


def heading(moment: Moment) -> str:
    """Say what a moment is there for."""
    return "What to keep" if moment.kind == "best" else "The point to work on"


def what_if_words(found: WhatIf | None) -> str:
    """Say where the call would have stood with the fitting step at that reply, and what they would have answered."""
    if found is None:
        return ""
    step = "With an answer there" if found.step == "step_in" else "With a step back there"
    words = f"{step}, willingness would have been {found.levels[1]:.2f} instead of {found.was[1]:.2f}"
    if found.room is not None:
        words += f"; even a step back would have left it at {found.room:.2f}"
    elif found.closer_at == found.turn:
        words += ", and they would have come closer"
    elif found.more:
        words += f", and {_count(found.more)} more after it would have brought them closer"
    says = f" They would have said: “{found.says}”" if found.says else ""
    return f"{words}.{says}{_the_rest(found)}"


def _the_rest(found: WhatIf) -> str:
    """Say how the call goes on from there where the later replies stay as they were."""
    as_they_were = " With your other replies as they were,"
    if found.closer_at > found.turn:
        return f"{as_they_were} they come closer after reply {found.closer_at}."
    if found.levels[-1] == found.levels[1] and found.was[-1] == found.was[1]:
        return ""
    return f"{as_they_were} it ends at {found.levels[-1]:.2f} instead of {found.was[-1]:.2f}."


def did(story: Story, number: int) -> str:
    """Say what one reply did: verdict, acts, willingness."""
    turn = next(turn for turn in story.facts.turns if turn.number == number)
    if turn.judged is None:
        what = "Nothing was heard" if not turn.text else "Not judged"
        return f"{what} ({turn.why_not}), nothing moved"
    acts = ", ".join(dict.fromkeys(act.replace("_", " ") for act, _, _ in turn.acts))
    moved = f"willingness {turn.before:.2f} → {turn.after:.2f}"
    if turn.before == turn.after:
        moved = f"willingness stays at {turn.after:.2f}"
    return f"{turn.judged.replace('_', ' ')}{f' ({acts})' if acts else ''}: {moved}"


def noted(note: dict[str, Any]) -> str:
    """Say what somebody said about a verdict."""
    by = f", {note['by']}" if note.get("by") else ""
    if note.get("type") == "verdict_overridden":
        return f"Verdict changed to {str(note.get('verdict')).replace('_', ' ')}{by}: {note.get('why', '')}"
    return f"Disputed{by}: {note.get('why', '')}"


def _count(number: int) -> str:
    return {1: "one", 2: "two", 3: "three"}.get(number, str(number))


def _times(pushes: int) -> str:
    return "one push" if pushes == 1 else f"{pushes} pushes"


def _lines(facts: Facts) -> list[FactLine]:
    def seconds(value: float | None) -> str:
        return "not measured" if value is None else f"{value:.1f} s"

    share = "not measured" if facts.rep_share is None else f"{facts.rep_share:.0%}"
    pace = "not measured" if facts.words_a_minute is None else f"{facts.words_a_minute:.0f} words a minute"
    back = ", ".join(f"{replies} replies" for replies in facts.recoveries) or "none"
    spent = f"{facts.recovery_cost:.2f} of willingness" if facts.pushes else "nothing"
    return [
        FactLine("Steps matched", str(facts.matched), ""),
        FactLine("Steps missed", str(facts.missed), ""),
        FactLine("Pushes", str(facts.pushes), ""),
        FactLine("Longest chase", f"{facts.longest_chase} in a row" if facts.longest_chase else "none", ""),
        FactLine("Recoveries from a chase", back, ""),
        FactLine("What the pushes cost", spent, ""),
        _with("Wait after they stepped back", seconds(facts.patience_after_pull_back_s), "patience_after_pull_back_s"),
        _with("Wait otherwise", seconds(facts.patience_else_s), "patience_else_s"),
        _with("Your share of the talking", share, "rep_share"),
        _with("Pace", pace, "words_a_minute"),
        _with("Longest stretch", seconds(facts.longest_stretch_s), "longest_stretch_s"),
        FactLine("Talking over them", seconds(facts.talked_over_s), ""),
        FactLine("Fillers (um, uh)", str(facts.fillers), ""),
        FactLine("Questions", str(facts.questions), ""),
    ]


def _with(name: str, value: str, key: str) -> FactLine:
    reference = REFERENCES[key]
    return FactLine(name, value, reference.says, reference.source, reference.grade)
