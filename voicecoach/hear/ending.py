"""When is a turn over? How much silence a pause needs, by the words so far, the voice before it and earlier pauses."""

import functools
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from voicecoach.events import Word
from voicecoach.hear import melody, thought
from voicecoach.hear.turns import Paused

SHORTEST_S: Final = 0.32
"""Silence that every pause is given; the detector's speech lasts about 50 ms longer than the voice."""
LONGEST_S: Final = 1.8
"""Silence that ends every turn. 2.2 s would cut off one in fifty fewer of those who think long: docs/decisions/0004."""
PATIENCE_S: Final = 0.94
"""A pause that is the end with probability p is given 0.94 (1-p) / p seconds: docs/decisions/0004 derives it."""
MORE_PATIENT: Final = 1.5
"""For a rep who was answered too early: they pause where others end."""
FILE: Final = Path(__file__).parent / "ending.npz"
OPEN: Final = ("...", ",", "-", ":", ";")
"""What the recognizer puts after the last word where it hears that more will come: it listens to the voice as well."""
UNUSUAL: Final = 2.0
"""Inputs count at most so many standard deviations: one odd measure of a pitch decides nothing."""
INPUTS: Final = (
    "words",
    "question",
    "open",
    *melody.NAMES,
    "pauses",
    "longest pause",
)
"""What the rule is given of a pause."""


class Ending:
    """Says of each pause how long it must last to be the end. A mistake makes it more patient."""

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s

    def wait_s(self, pause: Paused, words: Sequence[Word]) -> float:
        """Return the silence, in seconds since the last speech, after which the turn is over."""
        if not words:
            return LONGEST_S
        text = " ".join(word.text for word in words)
        sure = likely(text, melody.measure(pause.turn.pcm), pause.earlier_s)
        return silence_s(sure, self._patience_s)

    def was_early(self) -> None:
        """Learn that the last turn which was taken for over went on."""
        self._patience_s *= MORE_PATIENT


def silence_s(sure: float, patience_s: float = PATIENCE_S) -> float:
    """Return how long a pause must last that is the end with this probability."""
    return min(LONGEST_S, max(SHORTEST_S, patience_s * (1 - sure) / max(sure, 1e-3)))


def likely(text: str, voice: Sequence[float], earlier_s: Sequence[float]) -> float:
    """Return the probability that a pause after these words, in this voice and after such pauses is the end."""
    model = _model()
    given = inputs(text, voice, earlier_s, model["words"])
    told = float(scaled(given, model["middle"], model["spread"]) @ model["weights"][:-1] + model["weights"][-1])
    return 1 / (1 + math.exp(-told))


def inputs(
    text: str, voice: Sequence[float], earlier_s: Sequence[float], weights: npt.NDArray[Any]
) -> npt.NDArray[np.float64]:
    """Return the figures of `INPUTS`; `weights` are those of the words."""
    said = float(weights[[*thought.indices(text), thought.BUCKETS]].sum())
    return np.array(
        [
            said,
            float(text.endswith("?")),
            float(text.endswith(OPEN)),
            *voice,
            math.log1p(len(earlier_s)),
            max(earlier_s, default=0.0),
        ]
    )


def scaled(
    given: npt.NDArray[np.float64], middle: npt.NDArray[np.float64], spread: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return inputs in standard deviations from the middle."""
    return np.clip((given - middle) / spread, -UNUSUAL, UNUSUAL)


@functools.cache
def _model() -> dict[str, npt.NDArray[np.float64]]:
    with np.load(FILE) as file:
        return {name: file[name].astype(np.float64) for name in file.files}


def save(
    words: npt.NDArray[Any], middle: npt.NDArray[Any], spread: npt.NDArray[Any], weights: npt.NDArray[Any]
) -> None:
    """Write the model: plain numbers by name."""
    short = words.astype(np.float16)
    np.savez_compressed(FILE, words=short, middle=middle, spread=spread, weights=weights)
