"""The judge: a frozen floor, honest abstention, evidence in the rep's own words, one answer in any company."""

import json
from pathlib import Path

import pytest

from voicecoach.events import ACTS, Side, Verdict
from voicecoach.judge.advice import ADVICE
from voicecoach.judge.trained import TrainedJudge

FLOOR = Path(__file__).parent / "floor.jsonl"
TOLD_AT_LEAST = 0.7
RIGHT_AT_LEAST = 0.9
"""Of the replies in floor.jsonl; a change that makes the judge worse than that is refused."""


@pytest.fixture(scope="module")
def judge() -> TrainedJudge:
    return TrainedJudge()


def floor() -> list[dict[str, str]]:
    return [json.loads(line) for line in FLOOR.read_text(encoding="utf-8").splitlines()]


def test_it_is_not_worse_than_it_was(judge: TrainedJudge) -> None:
    rows = floor()
    found = judge.judge_many([(Side(row["side"]), row["prospect"], row["rep"]) for row in rows])
    guessed = [max(one.scores, key=one.scores.__getitem__) for one in found]
    wrong = [row["rep"] for row, guess in zip(rows, guessed, strict=True) if guess != row["verdict"]]
    told = [
        (row["rep"], one.verdict == row["verdict"])
        for row, one in zip(rows, found, strict=True)
        if one.verdict != "unclear"
    ]
    assert len(rows) >= 60
    assert len(wrong) <= (1 - RIGHT_AT_LEAST) * len(rows), wrong
    assert len(told) >= TOLD_AT_LEAST * len(rows)
    assert sum(not right for _, right in told) <= 2, [rep for rep, right in told if not right]


@pytest.mark.parametrize(
    "rep",
    [
        "",
        "...",
        "\x00\x07\x1b",
        "慢慢来，不着急",
        "Не спешите, подумайте спокойно",
        "Nehmen Sie sich ruhig alle Zeit der Welt, es eilt wirklich nicht.",
        "Prenez tout votre temps, il n'y a vraiment pas d'urgence du tout.",
        "Tómese su tiempo, no hay prisa ninguna.",
        "Nimm dir ruhig Zeit.",
    ],
)
def test_what_cannot_be_read_is_unclear(judge: TrainedJudge, rep: str) -> None:
    found = judge.judge(Side.AWAY, "I need to think.", rep)
    assert found.verdict is Verdict.UNCLEAR
    assert sum(found.scores.values()) == pytest.approx(1)
    assert found.acts == ()


@pytest.mark.parametrize("side", Side)
def test_ten_thousand_words_are_judged_by_their_most_pressing_part(judge: TrainedJudge, side: Side) -> None:
    calm = "Take all the time you need, there is no rush from my side at all. " * 350
    rep = calm + "But if you sign today I can give you ten percent off, and I need an answer now. " + calm
    found = judge.judge(side, "I need to think.", rep)
    assert found.verdict is Verdict.PRESSURE
    assert all(0 <= act.start < act.end <= len(rep) for act in found.acts)
    assert len({act.act for act in found.acts}) == len(found.acts)
    pushes = [rep[act.start : act.end] for act in found.acts if act.act in ADVICE]
    assert pushes
    assert all(push in rep[len(calm) : len(rep) - len(calm)] for push in pushes), (
        "where nothing pushes no push is shown"
    )


def test_a_prospect_who_is_away_cannot_be_stepped_in_to(judge: TrainedJudge) -> None:
    assert judge.judge(Side.AWAY, "I need to think.", "It costs forty a month.").scores["step_in"] == 0
    assert judge.judge(Side.IN, "And what does it cost?", "It costs forty a month.").verdict is Verdict.STEP_IN


def test_a_reply_is_judged_alike_alone_and_among_others(judge: TrainedJudge) -> None:
    asked = [(Side(row["side"]), row["prospect"], row["rep"]) for row in floor()[:20]]
    assert judge.judge_many(asked) == [judge.judge(*one) for one in asked]


def test_a_processor_that_overflows_judges_alike(judge: TrainedJudge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TrainedJudge, "multiplies_exactly", lambda _: False)
    asked = (Side.AWAY, "I want to think it over.", "Take your time, but the price is only good until Friday.")

    assert TrainedJudge().judge(*asked) == judge.judge(*asked)


def test_evidence_is_whole_words_of_the_reply_and_fits_the_verdict(judge: TrainedJudge) -> None:
    rep = "Take all the time you need, but the price is only good until Friday."
    found = judge.judge(Side.AWAY, "I want to think it over.", rep)
    assert found.verdict is Verdict.PRESSURE
    shown = {act.act: rep[act.start : act.end] for act in found.acts}
    assert set(shown) & set(ACTS[Verdict.PRESSURE])
    assert "until Friday" in shown["urgency"]
    assert "time" in shown["give_time"].split()


def test_there_is_advice_for_every_push_and_it_is_itself_a_step_back(judge: TrainedJudge) -> None:
    assert set(ADVICE) == set(ACTS[Verdict.PRESSURE])
    found = {
        act: judge.judge(Side.AWAY, "I'd want to think it over.", advice.instead).verdict
        for act, advice in ADVICE.items()
    }
    assert set(found.values()) == {Verdict.STEP_BACK}, found


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("rep", ["Okay.", "okay", "Sure.", "Right.", "mm-hm", "Yeah, okay.", "Sorry?"])
def test_a_word_or_two_that_say_nothing_are_neutral_or_unclear(judge: TrainedJudge, side: Side, rep: str) -> None:
    found = judge.judge(side, "I'd want to think it over." if side is Side.AWAY else "And what does it cost?", rep)
    assert found.verdict in (Verdict.NEUTRAL, Verdict.UNCLEAR), found


@pytest.mark.parametrize(
    ("rep", "verdict"),
    [
        ("Take your time.", Verdict.STEP_BACK),
        ("Sleep on it.", Verdict.STEP_BACK),
        ("Sign today.", Verdict.PRESSURE),
        ("Why not?", Verdict.PRESSURE),
    ],
)
def test_a_word_or_two_that_say_much_have_their_verdict(judge: TrainedJudge, rep: str, verdict: Verdict) -> None:
    found = judge.judge(Side.AWAY, "I'd want to think it over.", rep)
    assert max(found.scores, key=found.scores.__getitem__) == verdict
