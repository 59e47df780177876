"""The table of the dance: every combination, and what must hold whatever happens."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecoach.dance.moves import MOVES, Cue, ImpossibleMoveError, Stance, Temper, left, move, opening
from voicecoach.events import ACTS, Outcome, Position, Side, Verdict
from voicecoach.testing import plain_persona

TEMPER = plain_persona(hot_buttons=["belittle"], soft_spots=["invite_no"]).temper
V, P = Verdict, Position


def at(position: Position, willingness: float = 0.5, **more: object) -> Stance:
    return replace(Stance(position=position, willingness=willingness, rounds_left=1), **more)  # type: ignore[arg-type]


# before, verdict, acts → position, willingness, cue
STEPS = [
    (at(P.STEPPED_BACK), V.STEP_BACK, [], P.STEPPED_BACK, 0.6, Cue.EASES),
    (at(P.STEPPED_BACK), V.STEP_BACK, ["invite_no"], P.STEPPED_BACK, 0.65, Cue.EASES),
    (at(P.STEPPED_BACK, 0.62), V.STEP_BACK, [], P.TOGETHER, 0.72, Cue.STEPS_IN),
    (at(P.STILL_RUNNING), V.STEP_BACK, [], P.TURNED_AND_RUNNING, 0.6, Cue.EASES),
    (at(P.STEPPED_BACK, wound=0.12), V.STEP_BACK, [], P.STEPPED_BACK, 0.56, Cue.EASES),
    (at(P.STEPPED_BACK), V.PRESSURE, [], P.STEPPED_BACK_AGAIN, 0.38, Cue.STEPS_BACK_AGAIN),
    (at(P.STEPPED_BACK), V.PRESSURE, ["belittle"], P.STEPPED_BACK_AGAIN, 0.26, Cue.STEPS_BACK_AGAIN),
    (at(P.STEPPED_BACK_AGAIN, pushes_in_a_row=1), V.PRESSURE, [], P.TURNED_AND_RUNNING, 0.32, Cue.TURNS_AND_RUNS),
    (at(P.TURNED_AND_RUNNING, pushes_in_a_row=2), V.PRESSURE, [], P.STILL_RUNNING, 0.23, Cue.KEEPS_RUNNING),
    (at(P.STILL_RUNNING, pushes_in_a_row=2), V.PRESSURE, [], P.STILL_RUNNING, 0.23, Cue.KEEPS_RUNNING),
    (at(P.STEPPED_BACK, 0.1), V.PRESSURE, [], P.GONE, 0.0, Cue.HANGS_UP),
    (at(P.TOGETHER), V.STEP_IN, [], P.LEANING_IN, 0.6, Cue.LEANS_IN),
    (at(P.LEANING_IN), V.STEP_IN, [], P.STEPPED_BACK, 0.6, Cue.STEPS_BACK),
    (at(P.LEANING_IN, rounds_left=0), V.STEP_IN, [], P.LEANING_IN, 0.6, Cue.TAKES_NEXT_STEP),
    (at(P.TOGETHER), V.PRESSURE, [], P.STEPPED_BACK, 0.25, Cue.STEPS_BACK_FROM_LUNGE),
    (at(P.LEANING_IN), V.PRESSURE, ["belittle"], P.GONE, 0.0, Cue.HANGS_UP),
    (at(P.TOGETHER), V.STEP_BACK, [], P.TOGETHER, 0.5, Cue.HINTS_AGAIN),
    (at(P.LEANING_IN, missed=1), V.STEP_BACK, [], P.LEANING_IN, 0.4, Cue.COOLS),
]
STAYS = [
    (at(position), verdict, [], position, 0.5, cue)
    for position in P
    if position is not P.GONE
    for verdict, cue in [
        (V.UNCLEAR, Cue.ASKS_AGAIN),
        (V.NEUTRAL, Cue.GOES_ON if position.side is Side.IN else Cue.WAITS),
    ]
]


@pytest.mark.parametrize(("before", "verdict", "acts", "position", "willingness", "cue"), STEPS + STAYS)
def test_one_reply_moves_the_prospect_by_one_rule(
    before: Stance, verdict: Verdict, acts: list[str], position: Position, willingness: float, cue: Cue
) -> None:
    step = move(before, verdict, TEMPER, acts)

    assert (step.stance.position, step.stance.willingness, step.cue) == (position, willingness, cue)
    assert step.rule is MOVES[before.side, verdict]


def test_every_side_and_verdict_has_a_rule_but_the_impossible_one() -> None:
    assert set(MOVES) == {(side, verdict) for side in Side for verdict in V} - {(Side.AWAY, V.STEP_IN)}


def test_a_refused_move_changes_nothing() -> None:
    away, over = at(P.STEPPED_BACK), at(P.GONE, outcome=Outcome.LOST)
    for stance, verdict in ((away, V.STEP_IN), (over, V.STEP_BACK)):
        with pytest.raises(ImpossibleMoveError):
            move(stance, verdict, TEMPER)
    assert away == at(P.STEPPED_BACK)


def test_leaving_a_chased_prospect_loses_them_and_leaving_on_good_terms_does_not() -> None:
    assert left(at(P.STEPPED_BACK_AGAIN, pushes_in_a_row=1)).outcome is Outcome.LOST
    assert left(at(P.STEPPED_BACK)).outcome is Outcome.LEFT_OPEN


shares = st.floats(0.02, 0.98)
tempers = st.builds(
    lambda low, high, room, push, faster, more, met, heals, cools: Temper(
        willingness=min(low, high),
        steps_in_at=max(low, high) + 0.01,
        room_gain=room,
        push_loss=push,
        faster=faster,
        lunge_loss=min(1.0, push + more),
        step_in_gain=met,
        heals=heals,
        cools=cools,
        hot_buttons=TEMPER.hot_buttons,
        soft_spots=TEMPER.soft_spots,
    ),
    shares,
    shares,
    shares,
    st.floats(0.02, 0.6),
    st.floats(1, 4),
    st.floats(0.01, 0.4),
    shares,
    st.floats(0.05, 0.66),
    shares,
)
every_act = st.lists(st.sampled_from([act for acts in ACTS.values() for act in acts]), max_size=3)
replies = st.lists(st.tuples(st.sampled_from(list(V)), every_act), max_size=60)


@given(tempers, st.integers(1, 3), replies)
def test_willingness_stays_between_0_and_1(temper: Temper, rounds: int, said: list[tuple[Verdict, list[str]]]) -> None:
    stance = opening(temper, rounds)
    for verdict, acts in said:
        if stance.outcome is not None:
            break
        if (stance.side, verdict) in MOVES:
            stance = move(stance, verdict, temper, acts).stance
        assert 0 <= stance.willingness <= 1


@given(tempers, st.integers(1, 3), st.lists(every_act, max_size=80))
def test_no_sequence_of_step_backs_loses_a_call(temper: Temper, rounds: int, said: list[list[str]]) -> None:
    stance = opening(temper, rounds)
    for acts in said:
        if stance.outcome is None:
            stance = move(stance, V.STEP_BACK, temper, acts).stance
    assert stance.outcome is not Outcome.LOST


@given(tempers, st.integers(1, 3), replies)
def test_pressure_without_end_always_loses(temper: Temper, rounds: int, said: list[tuple[Verdict, list[str]]]) -> None:
    stance = opening(temper, rounds)
    for verdict, acts in said:
        if stance.outcome is None and (stance.side, verdict) in MOVES:
            stance = move(stance, verdict, temper, acts).stance
    if stance.outcome is not None:
        return
    for _ in range(120):
        if stance.outcome is None:
            stance = move(stance, V.PRESSURE, temper).stance
    assert stance.outcome is Outcome.LOST


@given(tempers, st.integers(1, 4), every_act)
def test_room_after_a_chase_heals_slower_than_it_broke(temper: Temper, pushes: int, acts: list[str]) -> None:
    stance = opening(replace(temper, willingness=1.0, steps_in_at=2.0), 1)
    levels = [stance.willingness]
    for _ in range(pushes):
        stance = move(stance, V.PRESSURE, temper).stance
        if stance.outcome is not None:
            return
        levels.append(stance.willingness)
    after_chase = stance.willingness
    for _ in range(pushes):
        stance = move(stance, V.STEP_BACK, replace(temper, steps_in_at=2.0), acts).stance
    assert stance.willingness - after_chase < levels[0] - after_chase
