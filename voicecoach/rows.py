"""The rows of the index, each counted from one record on the disk; of many records, by several processes at once."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import repeat
from pathlib import Path
from typing import Any, Final

from voicecoach.dance import persona as personas
from voicecoach.errors import CoachError
from voicecoach.keep.index import CallRow
from voicecoach.keep.record import Record, salvage
from voicecoach.report.facts import Facts, facts_of
from voicecoach.report.scorecard import LEAST_STEPS, Scorecard, scorecard
from voicecoach.takeaway import whole_dance

MANY: Final = 4000
"""Records from which it pays to start processes: each takes as long to start as about a thousand records to read."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a row needs of a persona."""

    difficulty: int | None
    steps: int


class RowReader:
    """Counts records; it reads each persona once."""

    def __init__(self) -> None:
        self._personas: dict[str, Known] = {}

    def row_of(self, record: Record) -> CallRow:
        """Return a record's row; a record that cannot be counted is damaged."""
        try:
            facts, damage = facts_of(record.events, record.notes), record.damage
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            facts, damage = facts_of([]), f"an event is not as it should be ({type(error).__name__}: {error})"
        started: dict[str, Any] = next((e for e in record.events if e["type"] == "call_started"), {})
        persona = str(started.get("persona", ""))
        seed = started.get("seed")
        card = (
            scorecard(facts, self._known(persona).steps) if not damage else Scorecard(None, "the record is damaged", ())
        )
        return CallRow(
            name=record.folder.name,
            opened_at=record.opened_at or _when(record.folder),
            persona=persona,
            seed=seed if isinstance(seed, int) else None,
            difficulty=self._known(persona).difficulty,
            outcome="damaged" if damage else facts.outcome or "broken_off",
            score=card.score,
            why_none=card.why_none,
            has_sound=_has_sound(record.folder),
            damage=damage,
            log_bytes=record.log_bytes,
            whole=record.whole,
            **_counts(facts),
        )

    def _known(self, name: str) -> Known:
        if name not in self._personas:
            try:
                persona = personas.find(name)
                self._personas[name] = Known(persona.difficulty, whole_dance(persona))
            except CoachError:
                self._personas[name] = Known(None, LEAST_STEPS)
        return self._personas[name]


def rows_of(calls: Path, names: Sequence[str]) -> list[CallRow]:
    """Return the rows of records among the calls, in the order of their names."""
    workers = os.cpu_count() or 1
    if len(names) < MANY or workers == 1:
        return _rows(calls, names)
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    share = -(-len(names) // workers)
    shares = [names[start : start + share] for start in range(0, len(names), share)]
    try:
        # Started anew, not forked: whoever asks may have threads.
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            return [row for rows in pool.map(_rows, repeat(calls), shares) for row in rows]
    except (OSError, ImportError, BrokenProcessPool):
        # A system that lets nobody start processes, or has no memory for them: one after the other.
        return _rows(calls, names)


def _rows(calls: Path, names: Sequence[str]) -> list[CallRow]:
    reader = RowReader()
    return [reader.row_of(salvage(calls / name)) for name in names]


def _has_sound(folder: Path) -> bool:
    try:
        with os.scandir(folder) as entries:
            return any(entry.name.endswith(".flac") for entry in entries)
    except OSError:
        return False


def _counts(facts: Facts) -> dict[str, Any]:
    decided = {t.number for t in facts.turns for note in t.notes if note.get("type") == "verdict_overridden"}
    asked = {t.number for t in facts.turns for note in t.notes if note.get("type") == "verdict_disputed"}
    return {
        "replies": len(facts.turns),
        "pushes": facts.pushes,
        "matched": facts.matched,
        "missed": facts.missed,
        "longest_chase": facts.longest_chase,
        "patience_s": facts.patience_after_pull_back_s,
        "duration_s": facts.duration_s,
        "disputed": len(asked - decided),
    }


def _when(folder: Path) -> str:
    """Tell from a folder's name, else from its own time, when a damaged call was."""
    named = re.match(r"(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)", folder.name)
    if named:
        return f"{named[1]}T{named[2]}:{named[3]}:{named[4]}+00:00"
    try:
        return datetime.fromtimestamp(folder.stat().st_mtime, UTC).isoformat(timespec="seconds")
    except OSError:
        return ""
