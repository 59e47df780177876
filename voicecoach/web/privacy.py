"""Whether the sound of served calls is kept, and for how long: each rep's own answer; with `--solo` the desk's."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from voicecoach.keep.privacy import Privacy, read_privacy, write_privacy
from voicecoach.keep.record import delete_sound
from voicecoach.library import Library
from voicecoach.web.db.engine import Database
from voicecoach.web.db.models import Account, CallKept

MOST_DAYS: Final = 3650


def has_sound(folder: Path) -> bool:
    """Return whether a record has any sound (left)."""
    return next(folder.glob("*.flac"), None) is not None


class SoundAnswers:
    """Reads, keeps and honours the answers; the records lie in `records`."""

    def __init__(self, database: Database, records: Path, desk: Path | None = None) -> None:
        """Take the folder whose `privacy.json` holds the answer where one person has this server (`--solo`)."""
        self._database = database
        self._records = records
        self._desk = desk

    def of(self, account_id: str) -> Privacy:
        """Return what was said; nothing where nobody was asked or the account is gone."""
        if self._desk:
            return read_privacy(self._desk)
        with self._database.begin() as session:
            account = session.get(Account, account_id)
        return Privacy(account.keep_sound, account.sound_days) if account else Privacy()

    def write(self, account_id: str, answer: Privacy) -> None:
        """Keep an answer; it holds from the next call on, its days at once."""
        if self._desk:
            write_privacy(self._desk, answer)
            return
        change = sa.update(Account).where(Account.id == account_id)
        with self._database.begin() as session:
            session.execute(change.values(keep_sound=answer.keep_sound, sound_days=answer.days))

    def forget_due(self) -> int:
        """Delete the sound whose time is over; return of how many calls."""
        if self._desk:
            days = read_privacy(self._desk).days
            return len(Library(self._records).forget_sound(days)) if days else 0
        with self._database.begin() as session:
            spans = list(session.scalars(sa.select(Account.sound_days).where(Account.sound_days > 0).distinct()))
        return sum(self._forget(self._ended(days)) for days in spans)

    def forget_all(self, account_id: str) -> int:
        """Delete all sound of one rep's ended calls now; return of how many calls."""
        if self._desk:
            return len(Library(self._records).forget_sound(0))
        chosen = sa.select(CallKept.id).where(CallKept.account_id == account_id, CallKept.ended_at.is_not(None))
        with self._database.begin() as session:
            names = list(session.scalars(chosen))
        return self._forget(names)

    def _ended(self, days: int) -> list[str]:
        """Return the calls of those who said so many days that are older."""
        before = datetime.now(UTC) - timedelta(days=days)
        chosen = sa.select(CallKept.id).join(Account, Account.id == CallKept.account_id)
        chosen = chosen.where(Account.sound_days == days, CallKept.started_at < before, CallKept.ended_at.is_not(None))
        with self._database.begin() as session:
            return list(session.scalars(chosen))

    def _forget(self, names: Iterable[str]) -> int:
        gone = [name for name in names if has_sound(self._records / name)]
        for name in gone:
            delete_sound(self._records / name)
        return len(gone)
