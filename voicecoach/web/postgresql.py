"""A PostgreSQL database as a file and back, by its own ``pg_dump`` and ``pg_restore``."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from voicecoach.errors import InputError, MissingError

WITHIN_S: Final = 3600


def dump(url: str, target: Path) -> None:
    """Write the database to a file, as it is at this moment; others go on meanwhile."""
    _run("pg_dump", ["--format=custom", "--no-owner", "--no-privileges", f"--file={target}"], url)


def restore(url: str, source: Path, *, force: bool) -> None:
    """Put a database back, all of it or nothing; what is there goes only with `force`."""
    if not force and _has_tables(url):
        raise InputError(f"{_shown(url)} holds tables already. --force puts the backup in their place.")
    plan = ["--clean", "--if-exists"] if force else []
    options = ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error", *plan]
    _run("pg_restore", [*options, str(source)], url, ["--dbname"])


def _has_tables(url: str) -> bool:
    engine = sa.create_engine(url)
    try:
        return bool(sa.inspect(engine).get_table_names())
    except sa.exc.OperationalError as error:
        raise MissingError(f"The database {_shown(url)} does not answer: {error.orig}") from error
    finally:
        engine.dispose()


def _run(program: str, options: list[str], url: str, before: list[str] | None = None) -> None:
    found = shutil.which(program)
    if found is None:
        raise MissingError(f"{program} is not here. Install PostgreSQL's client (Debian: postgresql-client).")
    try:
        parts = sa.make_url(url)
    except sa.exc.ArgumentError as error:
        raise InputError("--database is no database's URL. Like: postgresql+psycopg://user@host/name") from error
    if parts.get_backend_name() != "postgresql":
        raise InputError("--database is for PostgreSQL; SQLite lies in voicecoach's folder and is kept with it.")
    environment = dict(os.environ)
    if parts.password:
        environment["PGPASSWORD"] = str(parts.password)  # in arguments every user of the machine could read it
    address = parts.set(drivername="postgresql", password=None).render_as_string()
    done = subprocess.run(  # noqa: S603 -- a program found by name, with options of ours
        [found, *options, *(before or []), address],
        env=environment,
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    if done.returncode != 0:
        raise MissingError(f"{program} could not do it for {_shown(url)}: {done.stderr.strip()[:1000]}")


def _shown(url: str) -> str:
    return sa.make_url(url).render_as_string(hide_password=True)
