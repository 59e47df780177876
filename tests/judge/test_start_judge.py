"""The start judge tells the plain cases apart and abstains from the rest."""

import pytest

from voicecoach.events import Side, Verdict
from voicecoach.judge.start import StartJudge

A, I, V = Side.AWAY, Side.IN, Verdict


@pytest.mark.parametrize(
    ("side", "rep", "verdict", "acts"),
    [
        (A, "Take all the time you need.", V.STEP_BACK, ["give_time"]),
        (A, "take all the time you need there's no rush at all", V.STEP_BACK, ["give_time", "give_time"]),
        (A, "But what is there to think about?", V.PRESSURE, ["demand_reason"]),
        (A, "Take your time. But the price ends on Friday.", V.PRESSURE, ["give_time", "urgency"]),
        (A, "I could tell you that the offer ends Friday, but it is up to you.", V.UNCLEAR, None),
        (A, "I would never say you'll regret it.", V.UNCLEAR, None),
        (A, "Our office is on Mill Lane.", V.UNCLEAR, []),
        (A, "Hello, can you hear me?", V.NEUTRAL, []),
        (A, "It costs forty a month.", V.UNCLEAR, []),
        (I, "It costs forty a month.", V.STEP_IN, ["answer"]),
        (I, "There's no rush, take your time.", V.STEP_BACK, ["give_time", "give_time"]),
        (A, "", V.UNCLEAR, []),
    ],
)
def test_the_plain_cases(side: Side, rep: str, verdict: Verdict, acts: list[str] | None) -> None:
    found = StartJudge().judge(side, "I need to think.", rep)

    assert found.verdict is verdict
    assert sum(found.scores.values()) == pytest.approx(1)
    if side is Side.AWAY:
        assert found.scores["step_in"] == 0
    if acts is not None:
        assert [act.act for act in found.acts] == acts


def test_a_reply_of_any_length_is_judged_in_bounded_time() -> None:
    assert StartJudge().judge(A, "No.", "What is there to think about? " * 50_000).verdict is V.PRESSURE
