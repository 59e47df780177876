"""Has a rep passed: pure, from calls alone."""

from collections.abc import Sequence
from dataclasses import dataclass

GOOD_ENDS = frozenset({"agreed", "left_open"})


@dataclass(frozen=True, slots=True)
class Rule:
    """What passes one prospect: so many good calls in a row."""

    calls_in_row: int
    least_score: int
    no_push_in_last: bool

    def says(self) -> str:
        """Return the rule for people."""
        calls = "one call that ends" if self.calls_in_row == 1 else f"{self.calls_in_row} calls in a row that end"
        last = (
            ""
            if not self.no_push_in_last
            else (", no push in it" if self.calls_in_row == 1 else ", no push in the last")
        )
        return f"{calls} agreed or left open with a score of {self.least_score} or more{last}"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One ended call."""

    persona: str
    outcome: str
    score: int | None
    pushes: int


@dataclass(frozen=True, slots=True)
class Cell:
    """How a rep stands with one prospect."""

    persona: str
    attempts: int
    in_row: int
    """Good calls in a row, up to now."""
    passed: bool
    first: int | None
    """Score of the first scored attempt."""
    best: int | None
    open: bool
    """Whether it is their turn: all before are passed."""

    @property
    def stuck(self) -> bool:
        """Three attempts and none of the last good."""
        return not self.passed and self.attempts >= 3 and self.in_row == 0


def good(attempt: Attempt, rule: Rule) -> bool:
    """Return whether one call counts."""
    return attempt.outcome in GOOD_ENDS and attempt.score is not None and attempt.score >= rule.least_score


def cells(personas: Sequence[str], attempts: Sequence[Attempt], rule: Rule) -> list[Cell]:
    """Return how a rep stands with each prospect; attempts in the order of time. What is passed stays passed."""
    found: list[Cell] = []
    turn = True
    for persona in personas:
        in_row, passed = 0, False
        theirs = [attempt for attempt in attempts if attempt.persona == persona]
        for attempt in theirs:
            in_row = in_row + 1 if good(attempt, rule) else 0
            last_is_clean = not rule.no_push_in_last or attempt.pushes == 0
            passed = passed or (in_row >= rule.calls_in_row and last_is_clean)
        scores = [attempt.score for attempt in theirs if attempt.score is not None]
        first = scores[0] if scores else None
        found.append(Cell(persona, len(theirs), in_row, passed, first, max(scores, default=None), turn))
        turn = turn and passed
    return found


def has_passed(found: Sequence[Cell]) -> bool:
    """Return whether every prospect is passed."""
    return bool(found) and all(cell.passed for cell in found)
