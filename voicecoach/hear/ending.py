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

SHORTEST_S: Final = 0.35
"""Silence that every pause is given; the detector's speech lasts about 50 ms longer than the voice."""
LONGEST_S: Final = 2.2
"""Silence that ends every turn: a thought takes up to two seconds, more is an invitation."""
PATIENCE_S: Final = 0.6
SHARPNESS: Final = 0.75
"""A pause that is the end with probability p gets 0.6 (1-p) / p**0.75 s more: docs/decisions/0004 has the trade."""
MORE_PATIENT: Final = 1.5
"""For a rep who was answered too early: they pause where others end."""
FILE: Final = Path(__file__).parent / "ending.npz"
STOPS: Final = {"full": (".", "!"), "question": ("?",), "open": ("...", ",", "-", ":", ";")}
"""What the recognizer puts after the last word: it listens to the voice as well."""
INPUTS: Final = (
    "words",
    *(f"stop {kind}" for kind in STOPS),
    "one or two",
    "up to five",
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
        sure = likely(" ".join(word.text for word in words), melody.measure(pause.turn.pcm), pause.earlier_s)
        more_s: float = self._patience_s * (1 - sure) / max(sure, 1e-3) ** SHARPNESS
        return min(LONGEST_S, SHORTEST_S + more_s)

    def was_early(self) -> None:
        """Learn that the last turn which was taken for over went on."""
        self._patience_s *= MORE_PATIENT


def likely(text: str, voice: Sequence[float], earlier_s: Sequence[float]) -> float:
    """Return the probability that a pause after these words, in this voice and after such pauses is the end."""
    model = _model()
    given = inputs(text, voice, earlier_s, model["words"])
    told = float((given - model["middle"]) / model["spread"] @ model["weights"][:-1] + model["weights"][-1])
    return 1 / (1 + math.exp(-told))


def inputs(
    text: str, voice: Sequence[float], earlier_s: Sequence[float], weights: npt.NDArray[Any]
) -> npt.NDArray[np.float64]:
    """Return the figures of `INPUTS`; `weights` are those of the words."""
    said = float(weights[[*thought.indices(text), thought.BUCKETS]].sum())
    is_open = text.endswith(STOPS["open"])
    count = len(text.split())
    return np.array(
        [
            said,
            float(text.endswith(STOPS["full"]) and not is_open),
            float(text.endswith(STOPS["question"])),
            float(is_open),
            float(count <= 2),
            float(2 < count <= 5),
            *voice,
            math.log1p(len(earlier_s)),
            max(earlier_s, default=0.0),
        ]
    )


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
