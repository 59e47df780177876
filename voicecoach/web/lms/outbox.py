"""Statements that wait for a learning record store: on the disk until the store has said that it has them.

One SQLite file of its own beside the records. `Outbox.put` returns when the statements are on the disk; a second put of
the same ones changes nothing, so that a server that was killed may put everything again. What a store will never take
is kept with its reason. Of what was sent the id alone stays.
"""

import contextlib
import json
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from voicecoach.places import made, not_writable

TABLE: Final = """
create table if not exists statements (
    id text primary key,
    body text not null,
    queued_at real not null,
    state text not null check (state in ('waiting', 'sent', 'refused')),
    why text not null default ''
);
create index if not exists waiting on statements (queued_at) where state = 'waiting';
create table if not exists opened (at real not null);
"""
WAIT_S: Final = 30.0
"""How long one thread waits for another that is writing."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What lies there."""

    waiting: int
    sent: int
    refused: int
    oldest_s: float
    """Age of the oldest that waits; 0 where none does."""


class Outbox:
    """A queue on the disk; every method may be called from any thread."""

    def __init__(self, path: Path) -> None:
        """Open or make the file; raise `NotWritableError` where that cannot be done."""
        self._path = path
        made(path.parent)
        try:
            with contextlib.suppress(FileExistsError):
                os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
            with self._open() as base:
                base.executescript(TABLE)
                base.execute("insert into opened select ? where not exists (select 1 from opened)", (time.time(),))
        except (OSError, sqlite3.Error) as error:
            raise not_writable(path, error if isinstance(error, OSError) else OSError(str(error))) from error

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        base = sqlite3.connect(self._path, timeout=WAIT_S)
        try:
            base.execute("pragma synchronous = full")
            base.execute("pragma secure_delete = on")
            with base:
                yield base
        finally:
            base.close()

    @property
    def since(self) -> float:
        """When it was first opened, in seconds since 1970: nothing from before is anybody's business."""
        with self._open() as base:
            return float(base.execute("select at from opened").fetchone()[0])

    def put(self, statements: Sequence[dict[str, Any]]) -> int:
        """Keep statements, all or none; return how many were new."""
        rows = [(s["id"], json.dumps(s, ensure_ascii=False), time.time()) for s in statements]
        with self._open() as base:
            before = base.total_changes
            base.executemany("insert or ignore into statements values (?, ?, ?, 'waiting', '')", rows)
            return base.total_changes - before

    def has(self, statement: str) -> bool:
        """Whether a statement of that id was ever put."""
        with self._open() as base:
            return base.execute("select 1 from statements where id = ?", (statement,)).fetchone() is not None

    def next(self, most: int) -> list[dict[str, Any]]:
        """Return the oldest that wait."""
        with self._open() as base:
            found = base.execute(
                "select body from statements where state = 'waiting' order by queued_at, rowid limit ?", (most,)
            )
            return [json.loads(body) for (body,) in found]

    def sent(self, ids: Sequence[str]) -> None:
        """Note that the store has them: forget all but their ids."""
        with self._open() as base:
            base.executemany("update statements set state = 'sent', body = '' where id = ?", [(i,) for i in ids])

    def refused(self, statement: str, why: str) -> None:
        """Note that the store will never take this one."""
        with self._open() as base:
            base.execute("update statements set state = 'refused', why = ? where id = ?", (why[:500], statement))

    def summary(self) -> Summary:
        """Count them."""
        with self._open() as base:
            counts = dict(base.execute("select state, count(*) from statements group by state").fetchall())
            oldest = base.execute("select min(queued_at) from statements where state = 'waiting'").fetchone()[0]
        age = max(0.0, time.time() - oldest) if oldest is not None else 0.0
        return Summary(counts.get("waiting", 0), counts.get("sent", 0), counts.get("refused", 0), age)
