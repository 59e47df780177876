"""The index of the library: one row a call in SQLite, with what a list, a filter and a picture of progress need.

The records on the disk are the truth; the index can be thrown away at any time and is made again from them. So a file
that is no database, or one from a newer program, is put away and begun anew. Its layout changes by migrations
(``keep/migrations``); `HEAD` is the newest.

A row holds no word that was said. Deleted rows are overwritten with zeros (``secure_delete``), and there is no
write-ahead log that could remember them.
"""

import contextlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from importlib import resources
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError, OperationalError

from voicecoach.places import made, not_writable

HEAD: Final = "0001"
"""The newest migration; a test compares it with the folder."""
WAIT_S: Final = 30
"""How long one program waits for another that is writing."""
METADATA: Final = sa.MetaData()
CALLS: Final = sa.Table(
    "calls",
    METADATA,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("opened_at", sa.String, nullable=False, index=True),
    sa.Column("persona", sa.String, nullable=False, index=True),
    sa.Column("seed", sa.Integer),
    sa.Column("difficulty", sa.Integer),
    sa.Column("outcome", sa.String, nullable=False),
    sa.Column("replies", sa.Integer, nullable=False),
    sa.Column("pushes", sa.Integer, nullable=False),
    sa.Column("matched", sa.Integer, nullable=False),
    sa.Column("missed", sa.Integer, nullable=False),
    sa.Column("longest_chase", sa.Integer, nullable=False),
    sa.Column("score", sa.Integer),
    sa.Column("why_none", sa.String, nullable=False),
    sa.Column("patience_s", sa.Float),
    sa.Column("duration_s", sa.Float, nullable=False),
    sa.Column("has_sound", sa.Boolean, nullable=False),
    sa.Column("disputed", sa.Integer, nullable=False),
    sa.Column("damage", sa.String, nullable=False),
    sa.Column("log_bytes", sa.Integer, nullable=False),
    sa.Column("whole", sa.Boolean, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRow:
    """One call in the index."""

    name: str
    """The record's folder among the calls."""
    opened_at: str
    """ISO 8601, UTC."""
    persona: str
    seed: int | None
    difficulty: int | None
    """1 to 5; None where the persona is no longer here."""
    outcome: str
    """``agreed``, ``left_open``, ``lost``, ``broken_off`` or ``damaged``."""
    replies: int
    pushes: int
    matched: int
    missed: int
    longest_chase: int
    score: int | None
    why_none: str
    patience_s: float | None
    """After the prospect stepped back, median."""
    duration_s: float
    has_sound: bool
    disputed: int
    """Replies whose verdict the rep disputes and no trainer has decided."""
    damage: str
    log_bytes: int
    """Size of the event log when it was read."""
    whole: bool
    """Whether the call was ended: one that was not may still be going on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which calls; all where nothing is said."""

    persona: str = ""
    outcome: str = ""
    since: str = ""
    """ISO date or time, inclusive."""
    until: str = ""
    """ISO date (the whole day counts) or time, inclusive."""
    with_sound_only: bool = False
    last: int | None = None


class Index:
    """Rows of calls in one SQLite file; opening it makes or migrates it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        made(path.parent)
        try:
            self._open()
        except OperationalError as error:
            raise not_writable(path, OSError(str(error.orig))) from error
        except (DatabaseError, _NewerError):
            # No database, a broken one, or a newer program's: all it held is in the records too.
            self.close()
            self._unlink()
            self._open()

    def _open(self) -> None:
        with contextlib.suppress(FileExistsError), contextlib.suppress(OSError):
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL, 0o600))
        self._engine = sa.create_engine(f"sqlite:///{self.path}", connect_args={"timeout": WAIT_S})
        sa.event.listen(self._engine, "connect", _prepare)
        version = self._version()
        if version == HEAD:
            return
        if version is not None and version not in _known_versions():
            raise _NewerError(version)
        self._migrate()

    def _version(self) -> str | None:
        with self._engine.connect() as connection:
            if not sa.inspect(connection).has_table("alembic_version"):
                return None
            return connection.execute(sa.text("select version_num from alembic_version")).scalar()

    def _migrate(self) -> None:
        from alembic import command

        with self._engine.begin() as connection:
            # A program that makes the same tables at this moment is waited for; then there is nothing left to do.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            config = _alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def _unlink(self) -> None:
        for path in (self.path, *(self.path.with_name(self.path.name + end) for end in ("-journal", "-wal", "-shm"))):
            path.unlink(missing_ok=True)

    def put(self, rows: Iterable[CallRow], *, instead: bool = False) -> None:
        """Write rows, each in the place of the one of its name, or all of them in the place of all that are there."""
        values = [{name: getattr(row, name) for name in NAMES} for row in rows]
        if values or instead:
            with self._writing() as connection:
                if instead:
                    connection.execute(sa.delete(CALLS))
                if values:
                    connection.execute(sa.insert(CALLS).prefix_with("OR REPLACE"), values)

    def remove(self, names: Iterable[str]) -> None:
        """Delete rows; names that are not there are no fault."""
        values = [{"gone": name} for name in names]
        if values:
            with self._writing() as connection:
                connection.execute(sa.delete(CALLS).where(CALLS.c.name == sa.bindparam("gone")), values)

    def names(self) -> set[str]:
        """Return the names of all calls."""
        with self._engine.connect() as connection:
            return set(connection.execute(sa.select(CALLS.c.name)).scalars())

    def unfinished(self) -> dict[str, int]:
        """Return calls that were not ended when they were read, and how long their log was then."""
        with self._engine.connect() as connection:
            found = connection.execute(sa.select(CALLS.c.name, CALLS.c.log_bytes).where(~CALLS.c.whole)).all()
        return {row.name: row.log_bytes for row in found}

    def count(self, wanted: Wanted | None = None) -> int:
        """Return how many calls there are of that kind, however many `Wanted.last` asks for."""
        query = _narrowed(sa.select(sa.func.count()).select_from(CALLS), wanted or Wanted())
        with self._engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def find(self, wanted: Wanted | None = None) -> list[CallRow]:
        """Return calls, the newest first."""
        wanted = wanted or Wanted()
        query = _narrowed(sa.select(CALLS), wanted).order_by(CALLS.c.opened_at.desc(), CALLS.c.name.desc())
        if wanted.last is not None:
            query = query.limit(wanted.last)
        with self._engine.connect() as connection:
            return [CallRow(**dict(zip(NAMES, row, strict=True))) for row in connection.execute(query)]

    def one(self, name: str) -> CallRow | None:
        """Return one call by its name."""
        with self._engine.connect() as connection:
            row = connection.execute(sa.select(CALLS).where(CALLS.c.name == name)).first()
        return CallRow(**dict(zip(NAMES, row, strict=True))) if row else None

    def _writing(self) -> contextlib.AbstractContextManager[sa.Connection]:
        return _told(self._engine, self.path)

    def close(self) -> None:
        """Let the file go."""
        self._engine.dispose()


class _NewerError(Exception):
    """The index was made by a newer program."""


NAMES: Final[Sequence[str]] = tuple(field.name for field in fields(CallRow))


@contextlib.contextmanager
def _told(engine: sa.Engine, path: Path) -> Iterator[sa.Connection]:
    try:
        with engine.begin() as connection:
            yield connection
    except OperationalError as error:
        raise not_writable(path, OSError(str(error.orig))) from error


def _prepare(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.execute("PRAGMA journal_mode = DELETE")
    cursor.close()


def _narrowed(query: Any, wanted: Wanted) -> Any:
    if wanted.persona:
        query = query.where(CALLS.c.persona == wanted.persona)
    if wanted.outcome:
        query = query.where(CALLS.c.outcome == wanted.outcome)
    if wanted.since:
        query = query.where(CALLS.c.opened_at >= wanted.since)
    if wanted.until:
        # "2026-11-25" is before every time of that day: a character after all digits makes it the last of them.
        query = query.where(CALLS.c.opened_at <= wanted.until + "~")
    if wanted.with_sound_only:
        query = query.where(CALLS.c.has_sound)
    return query


def _alembic_config() -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(resources.files("voicecoach") / "keep" / "migrations"))
    return config


def _known_versions() -> set[str]:
    from alembic.script import ScriptDirectory

    return {script.revision for script in ScriptDirectory.from_config(_alembic_config()).walk_revisions()}
