"""A call's record on the disk, written as it happens.

A record is a folder: ``events.jsonl`` (its first line ``record_opened`` with the schema's number and the wall clock;
then one event a line) and one FLAC file a line or reply, each whole before its event is written. A program killed at
any moment leaves every event written before; at most the last line is half a line, and the reader says so.
"""

import contextlib
import io
import json
import os
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from voicecoach.errors import RecordError
from voicecoach.events import SCHEMA, Clip, Event, as_record
from voicecoach.keep.notes import NOTES, read_notes
from voicecoach.places import made, not_writable, write_whole

EVENTS = "events.jsonl"
STAYS = ("reply_went_on", "took_up_again", "said_again", "call_paused", "call_resumed")
"""What happened in half a reply's turn and is no part of what was judged."""


class RecordWriter:
    """Appends events and sound to one record; every write is on the disk when it returns."""

    def __init__(self, folder: Path, *, keep_sound: bool = True) -> None:
        self.folder = made(folder)
        with contextlib.suppress(OSError):  # a file system without owners has nothing to close
            folder.chmod(0o700)
        self._keep_sound = keep_sound
        try:
            self._file = os.open(folder / EVENTS, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as error:
            raise RecordError(f"{folder} holds a record already; give another folder to --record.") from error
        except OSError as error:
            raise not_writable(folder, error) from error
        opened = datetime.now(UTC).isoformat(timespec="seconds")
        self._append({"type": "record_opened", "schema": SCHEMA, "opened_at": opened})

    def write(self, event: Event) -> None:
        """Append one event; raise `NotWritableError` where the disk is full."""
        self._append(as_record(event))

    def _append(self, record: dict[str, Any]) -> None:
        line = (json.dumps(record, ensure_ascii=False) + "\n").encode()
        try:
            while line:
                line = line[os.write(self._file, line) :]
            os.fsync(self._file)
        except OSError as error:
            raise not_writable(self.folder / EVENTS, error) from error

    def keep_sound(self, name: str, clip: Clip) -> str:
        """Write one clip as FLAC and return its file's name; empty where sound is not kept."""
        if not self._keep_sound or not clip.pcm:
            return ""
        import soundfile

        # By way of memory: of a full disk libsndfile says no more than "System error".
        packed = io.BytesIO()
        soundfile.write(packed, np.frombuffer(clip.pcm, "<i2"), clip.sample_rate_hz, format="FLAC")
        write_whole(self.folder / f"{name}.flac", packed.getvalue())
        return f"{name}.flac"

    def close(self) -> None:
        """Close the log."""
        os.close(self._file)


class NoRecord:
    """Keeps nothing."""

    def write(self, event: Event) -> None:
        """Forget it."""

    def keep_sound(self, name: str, clip: Clip) -> str:  # noqa: ARG002 -- the port's words
        """Keep nothing."""
        return ""


def new_folder(calls: Path, persona: str) -> Path:
    """Return a folder for a new record, e.g. ``2026-11-23T19-18-12-thoughtful-owner-3f2a``; not made yet."""
    when = datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%S")
    safe = re.sub(r"[^a-z0-9-]", "-", persona.lower())[:60]
    return calls / f"{when}-{safe}-{secrets.token_hex(2)}"


def delete_sound(folder: Path) -> None:
    """Delete all sound of a record; what was heard and how it was judged stays."""
    for path in (*folder.glob("*.flac"), *folder.glob("*.part")):
        _unlink(path)


def delete_record(folder: Path) -> list[Path]:
    """Delete a record: sound, notes, log and folder; return what else lay there and was left.

    The log goes last, so that a kill in the middle leaves a call that is still seen and can be deleted again.
    """
    delete_sound(folder)
    _unlink(folder / NOTES)
    _unlink(folder / EVENTS)
    left = sorted(folder.iterdir())
    if not left:
        _unlink(folder)
    return left


def _unlink(path: Path) -> None:
    try:
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)
    except OSError as error:
        raise not_writable(path, error) from error


@dataclass(frozen=True, slots=True)
class Record:
    """What a reader finds."""

    folder: Path
    opened_at: str
    events: list[dict[str, Any]]
    """One dictionary an event, as `voicecoach.events` names them: those that stand (see `standing`), without
    ``record_opened``."""
    whole: bool
    """True where the call was ended and the last line is complete."""
    notes: list[dict[str, Any]] = field(default_factory=list)
    """Disputes and overrides, as `voicecoach.keep.notes` keeps them."""
    damage: str = ""
    """Why not all of it could be read; empty where it could."""
    log_bytes: int = 0
    """How much of the event log was there to be read."""


def read_record(folder: Path) -> Record:
    """Read a record, also one that a kill cut short.

    Raises `RecordError` where there is no record, where its schema is newer than this program, or where a line in its
    middle is damaged (the line is named).
    """
    record = salvage(folder)
    if record.damage:
        raise RecordError(record.damage)
    return record


def salvage(folder: Path) -> Record:
    """Read what can be read of a record: up to its first damaged line, which `Record.damage` names."""
    path = folder / EVENTS
    try:
        raw = path.read_bytes()
    except OSError as error:
        return _damaged(folder, f"{folder} holds no record of a call ({error.strerror}: {EVENTS}).")
    body, newline, rest = raw.rpartition(b"\n")
    if not newline:
        why = f"{folder} holds no event: the call was ended in the moment it began. Delete the folder."
        return _damaged(folder, why, len(raw))
    events, damaged_line = _events(body)
    damage = f"{path}:{damaged_line}: this line is damaged; the ones before it are whole." if damaged_line else ""
    if not events or events[0]["type"] != "record_opened":
        return _damaged(folder, damage or f"{path} does not begin as a record does.", len(raw))
    schema = events[0].get("schema")
    if not isinstance(schema, int) or schema > SCHEMA:
        why = f"{folder} was written by a newer voicecoach (schema {schema}); this one reads up to {SCHEMA}."
        return _damaged(folder, why, len(raw))
    ended = len(events) > 1 and events[-1]["type"] == "call_ended"
    return Record(
        folder,
        str(events[0].get("opened_at", "")),
        standing(events[1:]),
        whole=ended and not rest and not damage,
        notes=read_notes(folder),
        damage=damage,
        log_bytes=len(raw),
    )


def standing(events: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the events without those that a ``reply_went_on`` took back; these stay in the file.

    It takes back what its turn's earlier events said, for they tell of half a reply.
    """
    found: list[dict[str, Any]] = []
    for event in events:
        if event["type"] == "reply_went_on":
            found = [one for one in found if one.get("turn") != event.get("turn") or one["type"] in STAYS]
        found.append(event)
    return found


def _events(body: bytes) -> tuple[list[dict[str, Any]], int]:
    """Return the events of whole lines, and the number of the first damaged one, counted from 1; 0: none is."""
    events: list[dict[str, Any]] = []
    try:
        lines, damaged = body.decode().split("\n") if body else [], 0
    except UnicodeDecodeError as error:
        # What lies before the damaged line can be read.
        damaged = body.count(b"\n", 0, error.start) + 1
        lines = body[: error.start].decode().split("\n")[:-1]
    # A library of many calls is read line by line here: the decoder without what `json.loads` does around it.
    decode = json.JSONDecoder().raw_decode
    for number, line in enumerate(lines, 1):
        try:
            event, end = decode(line)
        except (ValueError, RecursionError):
            return events, number
        if line[end:].strip() or not isinstance(event, dict) or not isinstance(event.get("type"), str):
            return events, number
        events.append(event)
    return events, damaged


def _damaged(folder: Path, why: str, log_bytes: int = 0) -> Record:
    return Record(folder, "", [], whole=False, damage=why, log_bytes=log_bytes)
