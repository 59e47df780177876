"""The trainer's board as a table for a spreadsheet: one row an attempt, everything that the board shows.

What a person typed stays text: a spreadsheet takes a cell that begins with ``=`` or its like for a formula, so such
cells get an apostrophe before them (OWASP's rule for CSV injection); cells that are numbers stay numbers.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Final

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What begins a formula; the last four are the full-width forms, which some spreadsheets read alike."""
BOM: Final = "\ufeff"
"""Excel reads UTF-8 only behind it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One attempt; a rep who has made none with a prospect has one row without figures."""

    session: str
    rep: str
    persona: str
    attempt: int | None
    """Counts from 1 for each rep and prospect."""
    started_at: str
    """ISO 8601, UTC."""
    outcome: str
    score: int | None
    replies: int | None
    pushes: int | None
    longest_chase: int | None
    patience_s: float | None
    """After the prospect stepped back, median."""
    shared: bool | None
    disputed: int | None
    prospect_passed: bool
    """Whether the rep has passed this prospect by now."""
    passed: bool
    """Whether the rep has passed the session."""


def table(rows: Iterable[Row]) -> str:
    """Return the rows as CSV (RFC 4180) with a head line."""
    names = [field.name for field in fields(Row)]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(names)
    writer.writerows(_cells([getattr(row, name) for name in names]) for row in rows)
    return BOM + out.getvalue()


def _cells(values: Sequence[object]) -> list[object]:
    return [_cell(value) for value in values]


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return round(value, 2)
    if isinstance(value, str):
        kept = value.replace("\0", "")
        return "'" + kept if kept.lstrip(" ").startswith(FORMULA) else kept
    return value
