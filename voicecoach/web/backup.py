"""One file that holds all of a server: its database, its records, its settings and keys; taken while it runs.

The database first, then the records: a record that a row speaks of is there, and one that began meanwhile is there
without a row. SQLite is copied by its own online backup, PostgreSQL by ``pg_dump``; an event log is taken as long as it
was when its turn came, and the reader of records knows half a last line. What can be made again (the cache) stays out.

The file is a tar (gzip); ``backup.json`` comes last and names every file with its SHA-256, so that a backup cut short
is never taken for a whole one.
"""

import contextlib
import hashlib
import io
import json
import os
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from voicecoach import __version__
from voicecoach.errors import InputError
from voicecoach.places import made, not_writable
from voicecoach.web import postgresql

FORMAT: Final = 1
LIST: Final = "backup.json"
DUMP: Final = "database.pgdump"
HOME: Final = "home/"
SQLITE: Final = b"SQLite format 3\0"
LEFT_OUT: Final = ("-wal", "-shm", "-journal", ".part", ".part.wav", ".lock")
"""Endings of files that belong to a moment, not to a backup."""


def backup(home: Path, target: Path, database: str = "", *, force: bool = False) -> int:
    """Write `target` and return how many files are in it; `database` is PostgreSQL's URL where the server has one.

    Raises `InputError` where `target` is there already (unless `force`) or there is nothing to keep, `MissingError`
    where it cannot be written or the database does not answer.
    """
    if target.exists() and not force:
        raise InputError(f"{target} is there already. Give another name, or --force to write over it.")
    if not home.is_dir():
        raise InputError(f"There is nothing in {home} to keep.")
    part = target.with_name(target.name + ".part")
    try:
        with contextlib.suppress(FileNotFoundError):
            part.unlink()
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as raw:
            with tarfile.open(fileobj=raw, mode="w:gz", compresslevel=3) as packed:
                count = _pack(packed, home, {part.resolve(), target.resolve()}, database)
            raw.flush()
            os.fsync(raw.fileno())
        part.replace(target)
    except OSError as error:
        raise not_writable(target, error) from error
    finally:
        part.unlink(missing_ok=True)
    return count


def _pack(packed: tarfile.TarFile, home: Path, own: set[Path], database: str) -> int:
    sums: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="voicecoach-backup-") as scratch:
        if database:
            dump = Path(scratch) / DUMP
            postgresql.dump(database, dump)
            sums[DUMP] = _add(packed, dump, DUMP)
        bases = [path for path in sorted(_files(home)) if _is_sqlite(path)]
        for path in bases:
            copy = Path(scratch) / "copy.sqlite"
            _copy_sqlite(path, copy)
            name = HOME + path.relative_to(home).as_posix()
            sums[name] = _add(packed, copy, name)
            copy.unlink()
    # Listed only now: a row was written after its record was opened, so every row in the copy has its record here.
    for path in sorted(_files(home)):
        if path not in bases and path.resolve() not in own:
            name = HOME + path.relative_to(home).as_posix()
            with contextlib.suppress(FileNotFoundError):  # forgotten since it was listed
                sums[name] = _add(packed, path, name)
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    about = {"format": FORMAT, "version": __version__, "made_at": made_at, "files": sums}
    content = json.dumps(about, indent=1).encode()
    entry = tarfile.TarInfo(LIST)
    entry.size, entry.mode = len(content), 0o600
    packed.addfile(entry, io.BytesIO(content))
    return len(sums)


def _files(home: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(home):
        place = Path(folder)
        if place == home and "cache" in folders:
            folders.remove("cache")
        for name in names:
            path = place / name
            if path.is_file() and not path.is_symlink() and not name.endswith(LEFT_OUT):
                yield path


def _is_sqlite(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(len(SQLITE)) == SQLITE
    except OSError:
        return False


def _copy_sqlite(path: Path, copy: Path) -> None:
    with contextlib.closing(sqlite3.connect(path, timeout=60)) as live, contextlib.closing(sqlite3.connect(copy)) as to:
        try:
            live.backup(to)
            to.execute("pragma journal_mode = delete")
            (whole,) = to.execute("pragma integrity_check").fetchone()
        except sqlite3.Error as error:
            raise InputError(f"{path} cannot be kept: {error}") from error
    if whole != "ok":
        raise InputError(f"{path} is damaged: {whole}. Nothing was written; stop the server and look at that file.")


def _add(packed: tarfile.TarFile, path: Path, name: str) -> str:
    """Add a file as long as it is now and return its SHA-256."""
    with path.open("rb") as stream:
        entry = packed.gettarinfo(str(path), name, stream)
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        entry.mode = 0o600
        counted = _Counted(stream)
        packed.addfile(entry, counted)
    return counted.sum.hexdigest()


class _Counted(io.RawIOBase):
    """A stream that sums up what is read from it."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.sum = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Read and sum."""
        chunk: bytes = self._stream.read(size)
        self.sum.update(chunk)
        return chunk


def restore(source: Path, home: Path, database: str = "", *, force: bool = False) -> Path | None:
    """Put a backup in the place of `home`; return where the old one was moved to, None where there was none.

    Nothing is touched before the whole backup has been read and every sum compared. Raises `InputError` where it is
    none, is cut short or damaged, or where something is there already (unless `force`).
    """
    made(home.parent)
    with tempfile.TemporaryDirectory(prefix=".voicecoach-restore-", dir=home.parent) as scratch:
        fresh = Path(scratch)
        sums = _unpack(source, fresh)
        if (DUMP in sums) != bool(database):
            raise InputError(
                f"{source} holds a PostgreSQL database; give its new place with --database."
                if DUMP in sums
                else f"{source} holds no PostgreSQL database; leave --database away."
            )
        if not force and _holds_something(home):
            raise InputError(
                f"{home} holds something already. --force moves that aside and puts the backup in its place."
            )
        new = fresh / HOME
        new.mkdir(exist_ok=True)
        if database:
            postgresql.restore(database, fresh / DUMP, force=force)
        try:
            return _swap(new, home)
        except OSError as error:
            raise not_writable(home, error) from error


def _holds_something(home: Path) -> bool:
    return home.exists() and (not home.is_dir() or any(path.name != "cache" for path in home.iterdir()))


def _extract(packed: tarfile.TarFile, place: Path) -> None:
    if hasattr(tarfile, "data_filter"):
        packed.extractall(place, filter="data")
        return
    # Python before 3.11.4, as Debian 12 has it, knows no filter.
    for member in packed:
        inside = (place / member.name).resolve().is_relative_to(place.resolve())
        if not inside or not (member.isfile() or member.isdir()):
            raise tarfile.ReadError(f"{member.name} is no plain file in its folder")
    packed.extractall(place)  # noqa: S202 (looked at just above)


def _unpack(source: Path, place: Path) -> dict[str, str]:
    try:
        with tarfile.open(source, "r:gz") as packed:
            _extract(packed, place)
        about = json.loads((place / LIST).read_text(encoding="utf-8"))
        sums: dict[str, str] = about["files"]
        if about["format"] != FORMAT:
            raise InputError(f"{source} was made by a newer voicecoach ({about['version']}).")
    except FileNotFoundError as error:
        raise InputError(f"{source} is no backup, or it is not there: {error}") from error
    except (OSError, EOFError, tarfile.TarError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{source} is no whole backup of voicecoach: {error}") from error
    there = {path.relative_to(place).as_posix(): path for path in place.rglob("*") if path.is_file()}
    if set(there) != {*sums, LIST}:
        raise InputError(f"{source} is damaged: other files are in it than it says.")
    for name, path in there.items():
        path.chmod(0o600)
        if name != LIST and _sum(path) != sums[name]:
            raise InputError(f"{source} is damaged: {name} is not what was kept.")
    for path in place.rglob("*"):
        if path.is_dir():
            path.chmod(0o700)
    return sums


def _sum(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _swap(new: Path, home: Path) -> Path | None:
    aside: Path | None = None
    if home.exists():
        aside = home.with_name(f"{home.name}.before-{datetime.now(UTC):%Y-%m-%dT%H-%M-%S}")
        home.rename(aside)
    new.rename(home)
    return aside
