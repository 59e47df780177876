"""The library of calls: the records on the disk, and an index over them that can always be made again.

A call adds its row when it ends. What has no row yet (a program was killed, a folder was copied in) is picked up when
the library is opened, by comparing names; a row whose folder is gone goes too.
"""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from voicecoach.errors import InputError
from voicecoach.keep.index import CallRow, Index, Wanted
from voicecoach.keep.record import EVENTS, Record, delete_record, delete_sound, read_record
from voicecoach.places import data_folder
from voicecoach.rows import rows_of

INDEX: Final = "library.sqlite"
OUTCOMES: Final = ("agreed", "left_open", "lost", "broken_off", "damaged")


class Library:
    """The calls in one folder, with the index beside it."""

    def __init__(self, calls: Path | None = None) -> None:
        self.calls = calls or data_folder() / "calls"
        self.index = Index(self.calls.parent / INDEX)
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
        self.index.put(rows_of(self.calls, sorted(strays)))
        return len(strays)

    def rebuild(self) -> int:
        """Make the index anew from all records; return how many there are.

        All are read first, then written in one go: whoever looks meanwhile, or after a kill, sees the old index whole.
        """
        rows = rows_of(self.calls, sorted(self._folders()))
        self.index.put(rows, instead=True)
        return len(rows)

    def add(self, folder: Path) -> None:
        """Write or renew the row of one record; a folder elsewhere is no part of the library."""
        if folder.resolve().parent == self.calls.resolve():
            self.index.put(rows_of(self.calls, [folder.name]))

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

    def _folders(self) -> Iterator[str]:
        """Yield the names of all folders among the calls; hidden ones are not calls."""
        if not self.calls.is_dir():
            return
        with os.scandir(self.calls) as entries:
            for entry in entries:
                if not entry.name.startswith(".") and entry.is_dir():
                    yield entry.name


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
