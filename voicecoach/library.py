"""The library of calls: the records on the disk, and an index over them that can always be made again.

A call adds its row when it ends. What has no row yet (a program was killed, a folder was copied in) is picked up when
the library is opened, by comparing names; a row whose folder is gone goes too.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from voicecoach.dance import persona as personas
from voicecoach.errors import CoachError, InputError
from voicecoach.keep.index import CallRow, Index, Wanted
from voicecoach.keep.record import EVENTS, Record, delete_record, delete_sound, read_record, salvage
from voicecoach.places import data_folder
from voicecoach.report.facts import Facts, facts_of
from voicecoach.report.scorecard import LEAST_STEPS, Scorecard, scorecard
from voicecoach.takeaway import whole_dance

INDEX: Final = "library.sqlite"
BATCH: Final = 500
OUTCOMES: Final = ("agreed", "left_open", "lost", "broken_off", "damaged")


@dataclass(frozen=True, slots=True)
class Known:
    """What a row needs of a persona."""

    difficulty: int | None
    steps: int


class Library:
    """The calls in one folder, with the index beside it."""

    def __init__(self, calls: Path | None = None) -> None:
        self.calls = calls or data_folder() / "calls"
        self.index = Index(self.calls.parent / INDEX)
        self._personas: dict[str, Known] = {}
        self.pick_up()

    def pick_up(self) -> int:
        """Bring the index in step with the disk, reading only what it does not know; return how many were read."""
        here, known = set(self._folders()), self.index.names()
        self.index.remove(known - here)
        strays = here - known
        # A call that had not ended when it was read may have gone on since.
        for name, size in self.index.unfinished().items():
            if name in here and _size(self.calls / name / EVENTS) != size:
                strays.add(name)
        self._read(sorted(strays))
        return len(strays)

    def rebuild(self) -> int:
        """Make the index anew from all records; return how many there are."""
        names = sorted(self._folders())
        self.index.clear()
        self._personas.clear()
        self._read(names)
        return len(names)

    def add(self, folder: Path) -> None:
        """Write or renew the row of one record; a folder elsewhere is no part of the library."""
        if folder.resolve().parent == self.calls.resolve():
            self.index.put([self.row_of(salvage(folder))])

    def find(self, wanted: Wanted | None = None) -> list[CallRow]:
        """Return calls, the newest first."""
        return self.index.find(wanted)

    def folder_of(self, name: str) -> Path:
        """Return a record's folder by a call's name, a unique beginning or part of it, ``last``, or a path."""
        if name == "last":
            newest = self.index.find(Wanted(last=1))
            if not newest:
                raise InputError(f"There is no call in {self.calls} yet. The first one: voicecoach practice")
            return self.calls / newest[0].name
        for path in (self.calls / name, Path(name)):
            if (path / EVENTS).is_file():
                return path
        fitting = sorted(known for known in self.index.names() if name and name in known)
        if len(fitting) == 1:
            return self.calls / fitting[0]
        if fitting:
            some = "\n".join(f"  {known}" for known in fitting[-5:])
            raise InputError(f"{len(fitting)} calls have {name!r} in their name; give more of one:\n{some}")
        raise InputError(f"There is no call {name!r}. See: voicecoach calls; or give a record's folder, or `last`.")

    def record(self, name: str) -> Record:
        """Read one call; raise `RecordError` where it is damaged."""
        return read_record(self.folder_of(name))

    def delete(self, name: str) -> tuple[str, list[Path]]:
        """Delete a call: sound, notes, record and row; return its name and what lay there that is no part of it."""
        folder = self.folder_of(name)
        left = delete_record(folder)
        if folder.resolve().parent == self.calls.resolve():
            self.index.remove([folder.name])
        return folder.name, left

    def forget_sound(self, older_than_days: float) -> list[str]:
        """Delete the sound of calls that are older; words, verdicts and rows stay. Return their names."""
        cutoff = (datetime.now(UTC) - timedelta(days=older_than_days)).isoformat(timespec="seconds")
        names = []
        for row in self.index.find(Wanted(until=cutoff, with_sound_only=True)):
            delete_sound(self.calls / row.name)
            self.add(self.calls / row.name)
            names.append(row.name)
        return names

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
            has_sound=next(record.folder.glob("*.flac"), None) is not None,
            damage=damage,
            log_bytes=_size(record.folder / EVENTS),
            whole=record.whole,
            **_counts(facts),
        )

    def _read(self, names: list[str]) -> None:
        for start in range(0, len(names), BATCH):
            self.index.put(self.row_of(salvage(self.calls / name)) for name in names[start : start + BATCH])

    def _known(self, name: str) -> Known:
        if name not in self._personas:
            try:
                persona = personas.find(name)
                self._personas[name] = Known(persona.difficulty, whole_dance(persona))
            except CoachError:
                self._personas[name] = Known(None, LEAST_STEPS)
        return self._personas[name]

    def _folders(self) -> Iterator[str]:
        """Yield the names of all folders among the calls; hidden ones are not calls."""
        if not self.calls.is_dir():
            return
        with os.scandir(self.calls) as entries:
            for entry in entries:
                if not entry.name.startswith(".") and entry.is_dir():
                    yield entry.name


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


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _when(folder: Path) -> str:
    """Tell from a folder's name, else from its own time, when a damaged call was."""
    named = re.match(r"(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)", folder.name)
    if named:
        return f"{named[1]}T{named[2]}:{named[3]}:{named[4]}+00:00"
    try:
        return datetime.fromtimestamp(folder.stat().st_mtime, UTC).isoformat(timespec="seconds")
    except OSError:
        return ""
