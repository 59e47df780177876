"""How the benchmark counts silence and cut-offs."""

from typing import Any

import pytest

from benchmarks.endings import outcome


def pause(reply: int, lasts_s: float | None) -> dict[str, Any]:
    return {"reply": reply, "end": lasts_s is None, "lasts_s": lasts_s}


@pytest.mark.parametrize(("given_s", "cut"), [(0.60, 1), (0.64, 1), (0.68, 0)])
def test_a_reply_is_cut_off_by_a_pause_that_lasts_as_long_as_it_was_given(given_s: float, cut: int) -> None:
    assert outcome([pause(1, 0.64), pause(1, None)], lambda _: given_s)[1] == cut


def test_a_reply_that_is_cut_off_twice_counts_once() -> None:
    pauses = [pause(1, 0.9), pause(1, 0.9), pause(1, None), pause(2, 0.3), pause(2, None)]

    assert outcome(pauses, lambda _: 0.5)[1] == 1


def test_silence_is_counted_in_looks_of_the_detector() -> None:
    assert outcome([pause(1, None)], lambda _: 0.5)[0] == [pytest.approx(0.512)]
