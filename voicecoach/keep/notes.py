"""What people say about a call afterwards: a rep's dispute of a verdict, a trainer's verdict in its place.

Notes lie in ``notes.jsonl`` beside the record, one a line, only ever appended: the record itself stays as it was
written, and every earlier note stays visible. The last override of a turn is the one that stands.
"""

import contextlib
import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from voicecoach.events import Verdict
from voicecoach.places import not_writable

NOTES: Final = "notes.jsonl"
MAX_WHY: Final = 2000
"""Characters of a reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictDisputed:
    """The rep does not agree with the verdict on one reply; it stands until a trainer changes it."""

    turn: int
    why: str
    by: str = ""
    type: str = "verdict_disputed"


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictOverridden:
    """A trainer's verdict on one reply; the score follows it, the call stays as it was played."""

    turn: int
    verdict: Verdict
    why: str
    by: str = ""
    type: str = "verdict_overridden"


def append_note(folder: Path, note: VerdictDisputed | VerdictOverridden) -> None:
    """Append one note to a record's folder; it is on the disk when this returns."""
    if not note.why.strip() or len(note.why) > MAX_WHY:
        raise ValueError(f"a reason of 1 to {MAX_WHY} characters")
    kept = {"type": note.type, "noted_at": datetime.now(UTC).isoformat(timespec="seconds")}
    line = json.dumps({**kept, **asdict(note)}, ensure_ascii=False)
    path = folder / NOTES
    try:
        file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            # A note cut short by a kill gets its line end first, so that this one is whole.
            size = os.fstat(file).st_size
            torn = size > 0 and os.lseek(file, size - 1, os.SEEK_SET) >= 0 and os.read(file, 1) != b"\n"
            os.write(file, (("\n" if torn else "") + line + "\n").encode())
            os.fsync(file)
        finally:
            os.close(file)
    except OSError as error:
        raise not_writable(path, error) from error


def read_notes(folder: Path) -> list[dict[str, Any]]:
    """Return the notes of a record, oldest first; a line cut short by a kill is left out."""
    try:
        lines = (folder / NOTES).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    notes = []
    for line in lines:
        with contextlib.suppress(ValueError):
            note = json.loads(line)
            if isinstance(note, dict) and isinstance(note.get("turn"), int):
                notes.append(note)
    return notes
