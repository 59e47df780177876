"""The measures of the drawing of a dance, for a wide page and for a phone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Measures of one drawing, in its own units (pixels where it is shown at full width)."""

    width: int
    left: int
    right: int
    row: int
    text: int
    name: str

    @property
    def middle(self) -> float:
        """Where together is."""
        return 46 + self.row * 6.7

    @property
    def floor(self) -> float:
        """Where the upper drawing ends."""
        return self.middle + self.row * 4.2

    @property
    def top_of_will(self) -> float:
        """Where willingness is 1."""
        return self.floor + 52

    @property
    def height(self) -> float:
        """Of all of it."""
        return self.top_of_will + self.row * 3.6 + 30

    def y(self, rows: float) -> float:
        """Return the height of so many rows from the middle, up is away."""
        return self.middle - rows * self.row

    def level(self, willingness: float) -> float:
        """Return the height of a willingness in the lower drawing."""
        return self.top_of_will + (1 - willingness) * self.row * 3.6

    def x(self, place: float, count: int) -> float:
        """Return how far right a place from 0 to `count` is."""
        return self.left + 8 + (self.width - self.left - self.right - 16) * place / max(1, count)


WIDE: Final = Sheet(width=720, left=126, right=104, row=28, text=13, name="wide")
NARROW: Final = Sheet(width=340, left=116, right=8, row=24, text=12, name="narrow")
