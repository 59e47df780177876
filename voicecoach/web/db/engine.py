"""Opens the database, brings its schema up to date, hands out transactions."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.orm import Session, sessionmaker

from voicecoach.errors import InputError, MissingError
from voicecoach.places import made

FILE: Final = "server.sqlite"
BUSY_MS: Final = 10_000
"""How long one writer waits for another."""


class Database:
    """One database by its URL; the schema is the newest once this is made."""

    def __init__(self, url: str) -> None:
        """Open and migrate; raise `InputError` for a URL that is none, `MissingError` where nothing answers."""
        try:
            self.engine = sa.create_engine(url, pool_pre_ping=True)
        except (sa.exc.ArgumentError, ModuleNotFoundError) as error:
            raise InputError(
                f"{_without_password(url)!r} is no database that can be used ({error}). Leave --database away for "
                "SQLite, or give postgresql+psycopg://user@host/name (needs pip install 'voicecoach[postgresql]')."
            ) from error
        if self.engine.dialect.name == "sqlite":
            sa.event.listen(self.engine, "connect", _set_up_sqlite)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        try:
            self.migrate()
        except sa.exc.OperationalError as error:
            raise MissingError(
                f"The database {_without_password(url)} does not answer: {error.orig}. Start it, or leave --database "
                "away for SQLite."
            ) from error

    def migrate(self, revision: str = "head") -> None:
        """Bring the schema to a revision."""
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        with self.engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """Yield a session whose changes are kept when the block ends, and dropped when it fails."""
        with self._sessions.begin() as session:
            yield session

    def sweep(self) -> None:
        """Let SQLite's write-ahead log not remember what was deleted; as far as nobody reads it just now."""
        if self.engine.dialect.name == "sqlite":
            with self.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Let all connections go."""
        self.engine.dispose()


def sqlite_url(home: Path) -> str:
    """Return the URL of the file below this folder."""
    return f"sqlite:///{made(home) / FILE}"


def _set_up_sqlite(connection: Any, record: Any) -> None:  # noqa: ARG001 -- SQLAlchemy's words
    cursor = connection.cursor()
    # A write-ahead log: readers do not wait for writers, and a kill leaves a whole database.
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
        f"busy_timeout={BUSY_MS}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _without_password(url: str) -> str:
    try:
        return sa.make_url(url).render_as_string(hide_password=True)
    except sa.exc.ArgumentError:
        return "that address"
