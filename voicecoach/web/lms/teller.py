"""Turns ended calls of onboarding sessions into statements and puts them into the outbox.

Practice outside a session is private and never told; nor is anything from before the record store was set up. A server
that was killed between a call's end and this catches up at its next start.
"""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import sqlalchemy as sa
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from voicecoach.errors import RecordError
from voicecoach.keep.notes import read_notes
from voicecoach.keep.record import read_record
from voicecoach.web.db.engine import Database
from voicecoach.web.db.models import CallKept, Cohort, Member
from voicecoach.web.lms import xapi
from voicecoach.web.lms.outbox import Outbox
from voicecoach.web.lms.record_store import RecordStore, Sender

FILE: Final = "xapi.db"
log = logging.getLogger("voicecoach.web")


class Teller:
    """One server's way to a record store."""

    def __init__(self, calls: Path, home: Path, server: str, store: RecordStore, database: Database) -> None:
        """Take where the records lie, where the outbox may, this server's address, the store and the database."""
        self.outbox = Outbox(home / FILE)
        self.sender = Sender(self.outbox, store)
        self._calls = calls
        self.goes_to = urlsplit(store.address).hostname or ""
        """The store's name, for the people whose results it gets."""
        self._server = server
        self._names = store.names
        self._database = database

    def call_ended(self, call_id: str) -> int:
        """Put what there is to tell of a call, the pass if it brought one included; return how many were new.

        Also after a trainer has overridden a verdict: what is new by that is put, the rest is there already.
        """
        with self._database.begin() as session:
            call = session.get(CallKept, call_id)
            if call is None or call.cohort_id is None or call.ended_at is None:
                return 0
            cohort, member = session.get(Cohort, call.cohort_id), session.get(Member, (call.cohort_id, call.account_id))
        if cohort is None or member is None or call.started_at.timestamp() < self.outbox.since:
            return 0
        context = self._context(cohort, member)
        try:
            record = read_record(self._calls / call_id)
        except RecordError as error:
            log.warning("nothing is told of call %s: %s", call_id, error)
            return 0
        statements = xapi.of_call(call_id, record.opened_at, record.events, context)
        statements += xapi.of_overrides(call_id, record.opened_at, record.events, record.notes, context)
        if member.passed_at is not None and member.passed_at.timestamp() >= self.outbox.since:
            statements.append(xapi.of_pass(self._best(cohort, member), member.passed_at.isoformat(), context))
        new = self.outbox.put(statements)
        self.sender.wake()
        return new

    def catch_up(self) -> int:
        """Put what a kill kept from being put; return how many statements that were."""
        with self._database.begin() as session:
            chosen = sa.select(CallKept.id).where(CallKept.cohort_id.is_not(None), CallKept.ended_at.is_not(None))
            ended = list(session.scalars(chosen.order_by(CallKept.started_at)))
        missing = [
            call
            for call in ended
            if not self.outbox.has(xapi.last_id(self._server, call, read_notes(self._calls / call)))
        ]
        return sum(self.call_ended(call) for call in missing)

    def numbers(self) -> dict[str, Any]:
        """Return how the queue is and what the store last refused, for `serve --status`."""
        lies, sender = self.outbox.summary(), self.sender
        failed = f"{datetime.fromtimestamp(sender.failed_at, UTC):%Y-%m-%d %H:%M:%S} UTC, {sender.last_failure}"
        return {
            "statements_waiting": lies.waiting,
            "statements_oldest_s": round(lies.oldest_s),
            "statements_sent": lies.sent,
            "statements_refused": lies.refused,
            "statements_failed": sender.failures,
            "statements_last_failure": " ".join(failed.split()) if sender.failures else "none since the start",
        }

    def close(self) -> None:
        """Stop sending; what waits goes on waiting on the disk."""
        self.sender.close()

    def _context(self, cohort: Cohort, member: Member) -> xapi.Context:
        return xapi.Context(
            server=self._server,
            rep=member.account_id,
            session=cohort.id,
            title=cohort.title,
            rep_name=member.account.name if self._names else "",
            trainer=cohort.trainer_id,
        )

    def _best(self, cohort: Cohort, member: Member) -> int | None:
        theirs = (CallKept.cohort_id == cohort.id, CallKept.account_id == member.account_id)
        chosen = sa.select(sa.func.max(CallKept.score)).where(*theirs, CallKept.ended_at <= member.passed_at)
        with self._database.begin() as session:
            return session.scalar(chosen)


class StatementMeters(Collector):
    """The same for Prometheus, read when it asks."""

    def __init__(self, teller: Teller) -> None:
        self._teller = teller

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Return the numbers as they are now."""
        lies, sender = self._teller.outbox.summary(), self._teller.sender
        states = GaugeMetricFamily("voicecoach_xapi_statements", "Statements by state.", labels=["state"])
        for state in ("waiting", "sent", "refused"):
            states.add_metric([state], getattr(lies, state))
        yield states
        for name, says, value in (
            ("oldest_seconds", "Age of the oldest statement that waits.", lies.oldest_s),
            ("failures", "How often the store did not take what was sent, since the start.", sender.failures),
            ("last_failure_seconds", "When that was last, in seconds since 1970; 0: never.", sender.failed_at),
        ):
            yield GaugeMetricFamily(f"voicecoach_xapi_{name}", says, value=value)
