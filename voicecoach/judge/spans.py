"""From a chance per token to the rep's own words: which stretch shows which act."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from voicecoach.events import Act

Run = tuple[int, int, int]
"""First token, one past the last, act: a column of the chances."""
SWITCH: Final = 1.5
"""What passing from one act to another costs, in nats: stretches are clauses. Chosen on the situations for choosing."""
GROWS: Final = 0.2
"""A stretch that must be shown grows while its words have this share of the surest one's chance."""


def find_stretches(
    rep: str,
    offsets: Sequence[tuple[int, int]],
    chances: npt.NDArray[Any],
    names: Sequence[str],
    shown: Sequence[str],
    must: Sequence[str],
) -> list[Act]:
    """Return the acts with their characters, in the reply's order.

    `offsets` are the characters of each token; `chances` (tokens, 1 + acts) sums to 1 over acts, "no act" the first.
    Only `shown` acts are told, each where it is surest; where none of `must` is found, the likeliest of them is told.
    """
    allowed = [0, *(1 + names.index(act) for act in shown)]
    if len(allowed) == 1 or not len(offsets):
        return []
    logs = np.log(chances[:, allowed] + 1e-9)
    best = np.array(allowed)[_likeliest_path(logs)]
    surest: dict[int, tuple[float, Run]] = {}
    for run in _runs(best):
        found = float(chances[run[0] : run[1], run[2]].mean()), run
        surest[run[2]] = max(surest.get(run[2], found), found)
    runs = [run for _, run in surest.values()]
    wanted = [1 + names.index(act) for act in must]
    if wanted and not any(run[2] in wanted for run in runs):
        free = np.ones((len(chances), 1), chances.dtype)
        for first, last, _ in runs:
            free[first:last] = 0
        if not free.any():
            runs, free = [], np.ones_like(free)
        runs.append(_likeliest(chances * free, wanted))
    acts: list[Act] = []
    for first, last, which in sorted(runs):
        start, end = _whole_words(rep, offsets[first][0], offsets[last - 1][1])
        if not acts or start >= acts[-1].end:
            acts.append(Act(act=names[which - 1], start=start, end=end))
    return acts


def _likeliest_path(logs: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Return the act of each token (tokens,) that is likeliest in all where every switch costs `SWITCH` (Viterbi)."""
    total, came_from = logs[0].copy(), np.zeros(logs.shape, np.int64)
    for place in range(1, len(logs)):
        best = int(total.argmax())
        stays = total >= total[best] - SWITCH
        came_from[place] = np.where(stays, np.arange(len(total)), best)
        total = np.where(stays, total, total[best] - SWITCH) + logs[place]
    path = np.zeros(len(logs), np.int64)
    path[-1] = total.argmax()
    for place in range(len(logs) - 1, 0, -1):
        path[place - 1] = came_from[place, path[place]]
    return path


def _runs(best: npt.NDArray[Any]) -> list[Run]:
    """Return the stretches of one act, in order."""
    runs: list[Run] = []
    for place, which in enumerate(best.tolist()):
        if which and runs and runs[-1][1] == place and runs[-1][2] == which:
            runs[-1] = (runs[-1][0], place + 1, which)
        elif which:
            runs.append((place, place + 1, which))
    return runs


def _likeliest(chances: npt.NDArray[Any], wanted: list[int]) -> Run:
    place, column = np.unravel_index(chances[:, wanted].argmax(), (len(chances), len(wanted)))
    which = wanted[int(column)]
    least = chances[place, which] * GROWS
    first = last = int(place)
    while first > 0 and chances[first - 1, which] >= least > 0:
        first -= 1
    while last + 1 < len(chances) and chances[last + 1, which] >= least > 0:
        last += 1
    return first, last + 1, which


def _whole_words(rep: str, start: int, end: int) -> tuple[int, int]:
    """Leave punctuation at the edges out, then widen to whole words."""
    while start < end - 1 and not rep[start].isalnum():
        start += 1
    while end > start + 1 and not rep[end - 1].isalnum():
        end -= 1
    while start > 0 and (rep[start - 1].isalnum() or rep[start - 1] in "'’"):
        start -= 1
    while end < len(rep) and (rep[end].isalnum() or rep[end] in "'’"):
        end += 1
    return start, end
