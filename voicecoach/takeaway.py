"""What the rep takes away from one kept call: puts record, notes, persona, table and judge together into a story.

The command line and the server's pages both tell a call through this; it draws nothing and prints nothing.
"""

from collections.abc import Sequence
from typing import Final

from voicecoach.dance import persona as personas
from voicecoach.dance.moves import MOVES, ImpossibleMoveError, Stance, Temper, move, opening
from voicecoach.dance.persona import Persona
from voicecoach.dance.prospect import ProspectAgain
from voicecoach.errors import CoachError
from voicecoach.events import Outcome, Side, Verdict
from voicecoach.keep.record import Record
from voicecoach.ports import Judge
from voicecoach.report.coaching import Answer, Point, WhatIf, answers_for
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
        points=tuple(
            _point(facts, moment, persona, started.get("seed", 1), judge) for moment in moments_of(facts, calls_before)
        ),
        rules=SAYS,
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


def _point(facts: Facts, moment: Moment, persona: Persona | None, seed: int, judge: Judge | None) -> Point:
    from voicecoach.judge.advice import ADVICE

    turn = moment.turn
    reason = persona.rounds[min(turn.reason, len(persona.rounds) - 1)].reason if persona else ""
    known = ADVICE.get(moment.act) if moment.kind == "cost" else None
    rule = next((rule for (side, verdict), rule in MOVES.items() if (side, verdict) == (turn.side, turn.verdict)), None)
    instead = _helps(reason or turn.prospect, turn, judge) if moment.kind == "cost" else None
    return Point(
        moment=moment,
        rule=rule.says if rule else "",
        why=known.why if known else "",
        reason=reason,
        instead=instead,
        what_if=what_if(facts, moment, persona, seed) if persona else None,
    )


def _helps(reason: str, turn: Turn, judge: Judge | None) -> Answer | None:
    """Return the first fitting answer that the judge reads as a step back at that very moment."""
    if judge is None:
        return None
    try:
        for answer in answers_for(reason):
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
    step = Verdict.STEP_IN if moment.kind == "missed" else Verdict.STEP_BACK
    prospect = stand_again(persona, seed, facts.turns, moment.turn.number)
    stance = prospect.stance
    levels, was, closer_at = [stance.willingness], [moment.turn.before], 0
    says = ""
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
        levels.append(stance.willingness)
        was.append(turn.after)
        if stance.side is Side.IN:
            closer_at = turn.number
            break
    more = 0 if closer_at or step is Verdict.STEP_IN else _more_room(stance, persona.temper)
    return WhatIf(
        turn=moment.turn.number,
        step=step.value,
        levels=tuple(levels),
        was=tuple(was),
        closer_at=closer_at,
        more=more,
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
