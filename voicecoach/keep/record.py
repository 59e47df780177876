"""A call's record on the disk, written as it happens.

A record is a folder: ``events.jsonl`` (its first line ``record_opened`` with the schema's number and the wall clock;
then one event a line) and one FLAC file a line or reply, each whole before its event is written. A program killed at
any moment leaves every event written before; at most the last line is half a line, and the reader says so.
"""

import contextlib
import json
import os
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from voicecoach.errors import RecordError
from voicecoach.events import SCHEMA, Clip, Event, as_record
from voicecoach.places import made, not_writable

EVENTS = "events.jsonl"


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

        path = self.folder / f"{name}.flac"
        part = path.with_suffix(".part")
        try:
            soundfile.write(part, np.frombuffer(clip.pcm, "<i2"), clip.sample_rate_hz, format="FLAC")
            part.replace(path)
        except (OSError, RuntimeError) as error:
            part.unlink(missing_ok=True)
            raise not_writable(path, error if isinstance(error, OSError) else OSError(str(error))) from error
        return path.name

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


@dataclass(frozen=True, slots=True)
class Record:
    """What a reader finds."""

    folder: Path
    opened_at: str
    events: list[dict[str, Any]]
    """One dictionary an event, as `voicecoach.events` names them, ``record_opened`` not among them."""
    whole: bool
    """True where the call was ended and the last line is complete."""


def read_record(folder: Path) -> Record:
    """Read a record, also one that a kill cut short.

    Raises `RecordError` where there is no record, where its schema is newer than this program, or where a line in its
    middle is damaged (the line is named).
    """
    try:
        raw = (folder / EVENTS).read_bytes()
    except OSError as error:
        raise RecordError(f"{folder} holds no record of a call ({error.strerror}: {EVENTS}).") from error
    *lines, rest = raw.split(b"\n")
    events: list[dict[str, Any]] = []
    for number, line in enumerate(lines, 1):
        try:
            events.append(json.loads(line))
        except ValueError as error:
            raise RecordError(
                f"{folder / EVENTS}:{number}: this line is damaged; the ones before it are whole."
            ) from error
    if not events or events[0].get("type") != "record_opened":
        raise RecordError(f"{folder / EVENTS} does not begin as a record does.")
    schema = events[0].get("schema")
    if not isinstance(schema, int) or schema > SCHEMA:
        raise RecordError(
            f"{folder} was written by a newer voicecoach (schema {schema}); this one reads up to {SCHEMA}."
        )
    ended = len(events) > 1 and events[-1]["type"] == "call_ended"
    return Record(folder, events[0].get("opened_at", ""), events[1:], whole=ended and not rest)
