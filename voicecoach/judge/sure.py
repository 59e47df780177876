"""How likely is the likeliest verdict right? Told from all that the model says of a reply, not from one score."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from voicecoach.events import ACTS, Verdict

LEAST: Final = 1e-4
"""Chances are read from here to one minus this: a logarithm of nothing says nothing."""
INPUTS: Final = (
    "best",
    "best against next",
    "its acts",
    "other acts",
    "a push beside it",
    *("step_back", "pressure", "step_in"),
    "away",
    "words",
)
"""What `inputs` gives, in its order."""


def inputs(
    verdicts: Sequence[Verdict],
    chances: npt.NDArray[Any],
    acts: Mapping[str, float],
    is_away: bool,
    words: int,
) -> npt.NDArray[np.float64]:
    """Return the figures of `INPUTS` for one reply.

    `chances` (verdicts,) sums to 1; `acts` gives each act's chance to stand in the reply, of `words` words.
    """
    order = np.argsort(-chances)
    best = verdicts[int(order[0])]
    own = [acts[act] for act in ACTS.get(best, ())]
    others = [chance for act, chance in acts.items() if act not in ACTS.get(best, ())]
    push = max(acts[act] for act in ACTS[Verdict.PRESSURE])
    return np.array(
        [
            _odds(float(chances[order[0]])),
            math.log(max(chances[order[0]], LEAST) / max(chances[order[1]], LEAST)),
            _odds(max(own)) if own else -_odds(max(others)),
            _odds(max(others)),
            0.0 if best is Verdict.PRESSURE else _odds(push),
            *(float(best is kind) for kind in (Verdict.STEP_BACK, Verdict.PRESSURE, Verdict.STEP_IN)),
            float(is_away),
            math.log(max(words, 1)),
        ]
    )


def chance_right(given: npt.NDArray[np.float64], model: Mapping[str, Sequence[float]]) -> float:
    """Return the chance, 0 to 1; `model` has "middle", "spread" and, with the constant at its end, "weights"."""
    scaled = (given - np.array(model["middle"])) / np.array(model["spread"])
    told = float(scaled @ np.array(model["weights"][:-1]) + model["weights"][-1])
    return 1 / (1 + math.exp(-told))


def _odds(chance: float) -> float:
    kept = min(max(chance, LEAST), 1 - LEAST)
    return math.log(kept / (1 - kept))
