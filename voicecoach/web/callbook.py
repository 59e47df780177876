"""The calls that were kept: whose they are, who may see them, how they ended."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from voicecoach.keep.record import delete_record, salvage
from voicecoach.library import Library
from voicecoach.report.facts import facts_of
from voicecoach.takeaway import find_persona, score_of
from voicecoach.web.db.engine import Database
from voicecoach.web.db.models import CallKept, Cohort

BROKEN = "broken_off"


class CallBook:
    """Writes and finds rows of calls; the records lie in `home`."""

    def __init__(self, database: Database, home: Path, *, indexed: bool = False) -> None:
        """Take the records' folder, and whether the desk's library has an index over it."""
        self.home = home
        self._database = database
        self._indexed = indexed

    def began(self, call_id: str, account_id: str, cohort_id: str | None, persona: str, seed: int) -> None:
        """Write down that a call begins."""
        row = CallKept(
            id=call_id,
            account_id=account_id,
            cohort_id=cohort_id,
            persona=persona,
            seed=seed,
            started_at=datetime.now(UTC),
            outcome="",
            replies=0,
            pushes=0,
            shared=False,
            disputed=0,
        )
        with self._database.begin() as session:
            session.add(row)

    def count(self, call_id: str) -> None:
        """Write down how a call has ended, from its record; also again, after a verdict was changed."""
        values = self._counted(call_id)
        with self._database.begin() as session:
            row = session.get(CallKept, call_id)
            if row is not None:
                row.ended_at = row.ended_at or datetime.now(UTC)
                for name, value in values.items():
                    setattr(row, name, value)

    def _counted(self, call_id: str) -> dict[str, Any]:
        record = salvage(self.home / call_id)
        facts = facts_of(record.events, record.notes)
        noted = [(turn.number, note.get("type")) for turn in facts.turns for note in turn.notes]
        decided = {number for number, kind in noted if kind == "verdict_overridden"}
        return {
            "outcome": facts.outcome or BROKEN,
            "score": score_of(facts, find_persona(record)).score,
            "replies": len(facts.turns),
            "pushes": facts.pushes,
            "disputed": len({number for number, kind in noted if kind == "verdict_disputed"} - decided),
        }

    def finish_broken(self) -> int:
        """Close the rows of calls that a kill cut short; return how many there were."""
        with self._database.begin() as session:
            open_ones = list(session.scalars(sa.select(CallKept.id).where(CallKept.ended_at.is_(None))))
        for call_id in open_ones:
            self.count(call_id)
        return len(open_ones)

    def of(self, account_id: str, last: int = 200) -> Sequence[CallKept]:
        """Return a rep's calls, the newest first."""
        chosen = sa.select(CallKept).where(CallKept.account_id == account_id).order_by(CallKept.started_at.desc())
        with self._database.begin() as session:
            return list(session.scalars(chosen.limit(last)))

    def own(self, call_id: str, account_id: str) -> CallKept | None:
        """Return a call if it is this account's."""
        with self._database.begin() as session:
            row = session.get(CallKept, call_id)
        return row if row and row.account_id == account_id else None

    def seen_by_trainer(self, call_id: str, trainer_id: str) -> CallKept | None:
        """Return a call if it was assigned in this trainer's session; practice is private."""
        with self._database.begin() as session:
            row = session.get(CallKept, call_id)
            cohort = session.get(Cohort, row.cohort_id) if row and row.cohort_id else None
        return row if cohort and cohort.trainer_id == trainer_id else None

    def delete(self, call_id: str) -> None:
        """Delete a call: sound, notes, record, index row.

        The row goes last, so that after a kill in the middle the call is still seen and can be deleted again.
        """
        folder = self.home / call_id
        if folder.is_dir():
            delete_record(folder)
        if self._indexed:
            Library(self.home)  # opening it takes out the rows of records that are gone
        with self._database.begin() as session:
            session.execute(sa.delete(CallKept).where(CallKept.id == call_id))
        self._database.sweep()

    def share(self, call_id: str, *, shared: bool) -> None:
        """Let the trainer hear a call, or no longer."""
        with self._database.begin() as session:
            session.execute(sa.update(CallKept).where(CallKept.id == call_id).values(shared=shared))
