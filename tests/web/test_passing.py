"""When a prospect is passed, and which is next."""

import pytest

from voicecoach.web.limits import RateLimit
from voicecoach.web.passing import Attempt, Rule, cells, has_passed

THREE = Rule(3, 80, no_push_in_last=True)


def call(score: int | None = 90, outcome: str = "agreed", pushes: int = 0, persona: str = "a") -> Attempt:
    return Attempt(persona, outcome, score, pushes)


@pytest.mark.parametrize(
    ("attempts", "passes"),
    [
        ([call(), call(outcome="left_open"), call()], True),
        ([call(pushes=1), call(pushes=2), call()], True),
        ([call(), call(), call(pushes=1)], False),
        ([call(), call(), call(pushes=1), call()], True),
        ([call(), call(79), call(), call()], False),
        ([call(), call(outcome="lost"), call(), call()], False),
        ([call(), call(None), call(), call()], False),
        ([call(), call(), call(), call(outcome="lost")], True),
        ([call()] * 2, False),
        ([], False),
    ],
)
def test_good_calls_in_a_row_pass(attempts: list[Attempt], passes: bool) -> None:
    assert has_passed(cells(["a"], attempts, THREE)) is passes


def test_the_next_prospect_opens_when_the_one_before_is_passed() -> None:
    rule = Rule(1, 50, no_push_in_last=False)
    found = cells(["a", "b", "c"], [call(40), call(60), call(70, persona="b", outcome="lost")], rule)
    assert [(cell.open, cell.passed, cell.first, cell.best) for cell in found] == [
        (True, True, 40, 60),
        (True, False, 70, 70),
        (False, False, None, None),
    ]
    assert not has_passed(found)


def test_three_attempts_without_a_good_one_are_stuck() -> None:
    assert cells(["a"], [call(10)] * 3, THREE)[0].stuck
    assert not cells(["a"], [call(10)] * 2, THREE)[0].stuck
    assert not cells(["a"], [*([call(10)] * 3), call()], THREE)[0].stuck


def test_the_rule_is_said_in_words() -> None:
    assert THREE.says() == (
        "3 calls in a row that end agreed or left open with a score of 80 or more, no push in the last"
    )


def test_a_limit_counts_each_name_in_its_window() -> None:
    now = 0.0
    limit = RateLimit(2, 60, lambda: now)
    assert [limit.allows("a") for _ in range(3)] == [True, True, False]
    assert limit.allows("b")
    now = 60.0
    assert limit.allows("a")
