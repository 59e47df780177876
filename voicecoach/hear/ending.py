"""When is a turn over? How much silence a pause needs, by what is known in it."""

from collections.abc import Sequence
from typing import Final

from voicecoach.events import Word
from voicecoach.hear.turns import Paused

LONGEST_S: Final = 1.0
"""Silence that ends every turn: patience in general is 0.6 to 1.0 s (quoting Gong, second-hand)."""


class Ending:
    """Says of each pause how long it must last to be the end."""

    def wait_s(self, pause: Paused, words: Sequence[Word]) -> float:  # noqa: ARG002 -- more is known soon
        """Return the silence, in seconds since the last speech, after which the turn is over."""
        return LONGEST_S
