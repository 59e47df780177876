"""What the rep takes away from one kept call: puts record, notes, persona, table and judge together into a story.

The command line and the server's pages both tell a call through this; it draws nothing and prints nothing.
"""

from collections.abc import Collection, Sequence
from typing import Final

from voicecoach.dance import persona as personas
from voicecoach.dance.moves import HOT, MOVES, SOFT, ImpossibleMoveError, Stance, Temper, move, opening
from voicecoach.dance.persona import Persona
from voicecoach.dance.prospect import ProspectAgain
from voicecoach.errors import CoachError
from voicecoach.events import Outcome, Side, Verdict
from voicecoach.keep.record import Record
from voicecoach.ports import Judge
from voicecoach.report.coaching import Answer, Point, WhatIf, fresh_answers
from voicecoach.report.facts import Facts, facts_of
from voicecoach.report.moment import Moment, moments_of
from voicecoach.report.scorecard import LEAST_STEPS, Scorecard, scorecard
from voicecoach.report.story import Story
from voicecoach.report.turns import Turn

SAYS: Final = {rule.name: rule.says for rule in MOVES.values()}
LONGEST_DANCE: Final = 60
"""Steps after which a persona who never agrees is given up on."""


def story_of(record: Record, calls_before: int = 0, judge: Judge | None = None) -> Story:
    """Tell one call; `judge` reads each model answer before it is shown, without it none is."""
    facts = facts_of(record.events, record.notes)
    persona = find_persona(record)
    started = next((event for event in record.events if event["type"] == "call_started"), {})
    return Story(
        name=record.folder.name,
        title=persona.title if persona else str(started.get("persona", "A call")),
        who=persona.who if persona else "this persona is no longer here",
        situation=persona.situation if persona else "",
        opened_at=record.opened_at,
        events=record.events,
        facts=facts,
        card=score_of(facts, persona),
        points=_points(facts, moments_of(facts, calls_before), persona, started.get("seed", 1), judge),
        rules=SAYS,
        touched={turn.number: _touched(turn, persona) for turn in facts.turns} if persona else {},
        broken=record.damage,
    )


def find_persona(record: Record) -> Persona | None:
    """Return the persona of a call; None where they are no longer here."""
    name = next((event["persona"] for event in record.events if event["type"] == "call_started"), "")
    try:
        return personas.find(name)
    except CoachError:
        return None


def score_of(facts: Facts, persona: Persona | None) -> Scorecard:
    """Score a call by how long the whole dance with its prospect is."""
    return scorecard(facts, whole_dance(persona) if persona else LEAST_STEPS)


def whole_dance(persona: Persona) -> int:
    """Count the steps of a dance without a fault, from the opening line until they agree."""
    stance, steps = opening(persona.temper, len(persona.rounds)), 0
    while stance.outcome is None and steps < LONGEST_DANCE:
        verdict = Verdict.STEP_BACK if stance.side is Side.AWAY else Verdict.STEP_IN
        stance, steps = move(stance, verdict, persona.temper).stance, steps + 1
    return steps


def _points(
    facts: Facts, moments: Sequence[Moment], persona: Persona | None, seed: int, judge: Judge | None
) -> tuple[Point, ...]:
    points: list[Point] = []
    for moment in moments:
        shown = {point.instead.source for point in points if point.instead}
        points.append(_point(facts, moment, persona, seed, _helps(facts, moment, persona, shown, judge)))
    return tuple(points)


def _point(facts: Facts, moment: Moment, persona: Persona | None, seed: int, instead: Answer | None) -> Point:
    turn = moment.turn
    rule = next((rule for (side, verdict), rule in MOVES.items() if (side, verdict) == (turn.side, turn.verdict)), None)
    says = (_why(moment), _touched(turn, persona) if persona and moment.kind != "missed" else "")
    return Point(
        moment=moment,
        rule=rule.says if rule else "",
        why=" ".join(one for one in says if one),
        reason=_reason(turn, persona),
        instead=instead,
        what_if=what_if(facts, moment, persona, seed) if persona else None,
    )


def _reason(turn: Turn, persona: Persona | None) -> str:
    return persona.rounds[min(turn.reason, len(persona.rounds) - 1)].reason if persona else ""


def _why(moment: Moment) -> str:
    from voicecoach.judge.advice import ADVICE

    known = ADVICE.get(moment.act) if moment.kind == "cost" else None
    if known is None:
        return ""
    return known.why_to(moment.turn.side)


def _touched(turn: Turn, persona: Persona) -> str:
    """Say where a reply touched what this prospect feels more than others do; empty where it did not."""
    acts = frozenset(_acts(turn))
    if turn.judged is Verdict.PRESSURE and acts & persona.temper.hot_buttons:
        return f"This prospect feels it more than others: it costs {_times(HOT)}."
    if (turn.side, turn.judged) == (Side.AWAY, Verdict.STEP_BACK) and acts & persona.temper.soft_spots:
        return f"This prospect likes it more than others do: it wins {_times(SOFT)}."
    return ""


def _times(factor: float) -> str:
    return {1.5: "half as much again", 2.0: "twice as much"}.get(factor, f"{factor:g} times as much")


def _helps(
    facts: Facts, moment: Moment, persona: Persona | None, shown: Collection[str], judge: Judge | None
) -> Answer | None:
    """Return the first fitting answer that the judge reads as a step back at that very moment.

    Someone who came closer wants an answer to what they said, which no line from elsewhere can be.
    """
    turn = moment.turn
    if judge is None or moment.kind not in ("cost", "idle") or turn.side is Side.IN:
        return None
    heard = " / ".join(one.text for one in facts.turns)
    try:
        for answer in fresh_answers(_reason(turn, persona) or turn.prospect, shown, heard):
            if judge.judge(turn.side, turn.prospect, answer.text).verdict is Verdict.STEP_BACK:
                return answer
    except Exception:  # a judge that breaks must not cost the report: then there is no model answer
        return None
    return None


def what_if(facts: Facts, moment: Moment, persona: Persona, seed: int = 1) -> WhatIf | None:
    """Play the verdicts of a call again by the table, with the step that fits in place of the moment's reply.

    The replies after it stay as they were, as far as they would still have fitted.
    """
    if moment.kind == "best":
        return None
    close = moment.turn.side is Side.IN
    step = Verdict.STEP_IN if close else Verdict.STEP_BACK
    prospect = stand_again(persona, seed, facts.turns, moment.turn.number)
    stance = prospect.stance
    levels, was, closer_at = [stance.willingness], [moment.turn.before], 0
    room = (
        move(stance, Verdict.STEP_BACK, persona.temper).stance.willingness if close and not moment.turn.missed else None
    )
    says, more = "", 0
    for turn in facts.turns[moment.turn.number - 1 :]:
        here = turn.number == moment.turn.number
        verdict = step if here else turn.judged
        if verdict is not None:
            if stance.outcome is not None:
                break
            try:
                stance = move(stance, verdict, persona.temper, () if here else _acts(turn)).stance
            except ImpossibleMoveError:
                break  # from here on the rep would have answered something else
        if here:
            says = prospect.hear(step).line.text
            more = 0 if close else _more_room(stance, persona.temper)
        levels.append(stance.willingness)
        was.append(turn.after)
        if stance.side is Side.IN:
            closer_at = turn.number
            break
    return WhatIf(
        turn=moment.turn.number,
        step=step.value,
        levels=tuple(levels),
        was=tuple(was),
        closer_at=closer_at,
        more=more,
        room=room,
        says=says,
    )


def stand_again(persona: Persona, seed: int, turns: Sequence[Turn], number: int) -> ProspectAgain:
    """Return the prospect as they stood before that reply, with the lines said that were said."""
    return ProspectAgain(persona, seed, [(turn.judged, _acts(turn)) for turn in turns[: number - 1]])


def _acts(turn: Turn) -> list[str]:
    return [act for act, _, _ in turn.acts]


def _more_room(stance: Stance, temper: Temper) -> int:
    """Count further step-backs until they come closer; 0 where they are gone or never would."""
    count = 0
    while stance.side is Side.AWAY and stance.outcome is not Outcome.LOST and count < LONGEST_DANCE:
        stance, count = move(stance, Verdict.STEP_BACK, temper).stance, count + 1
    return count if stance.side is Side.IN else 0
