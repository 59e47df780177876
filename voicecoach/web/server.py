"""What one running server holds: found by every route under ``app.state.server``."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import sqlalchemy as sa
from starlette.requests import HTTPConnection

from voicecoach.web.accounts import Accounts
from voicecoach.web.callbook import CallBook
from voicecoach.web.calls import Calls, Running
from voicecoach.web.cohorts import Cohorts
from voicecoach.web.db.engine import Database, sqlite_url
from voicecoach.web.db.models import Account
from voicecoach.web.limits import RateLimit
from voicecoach.web.lms.record_store import read_store
from voicecoach.web.lms.teller import StatementMeters, Teller
from voicecoach.web.privacy import SoundAnswers
from voicecoach.web.secret import server_key
from voicecoach.web.settings import Settings
from voicecoach.web.shared import Shared

SOLO: Final = "solo"


@dataclass(frozen=True, slots=True)
class Limits:
    """How often somebody may try, by their address, or by the name they try."""

    join: RateLimit = field(default_factory=lambda: RateLimit(60, 600))
    """A whole class joins from one address within minutes."""
    wrong: RateLimit = field(default_factory=lambda: RateLimit(20, 600))
    """Passwords and codes by address."""
    name: RateLimit = field(default_factory=lambda: RateLimit(8, 600))
    """Passwords by login name."""


@dataclass(slots=True)
class Server:
    """One server's parts."""

    settings: Settings
    database: Database
    accounts: Accounts
    cohorts: Cohorts
    book: CallBook
    sound: SoundAnswers
    calls: Calls
    key: bytes
    limits: Limits = field(default_factory=Limits)
    streams: dict[str, int] = field(default_factory=dict)
    """Open boards an account."""
    teller: Teller | None = None
    """Tells a learning record store; None unless whoever runs the server has set one up."""


def make_server(settings: Settings, shared: Shared) -> Server:
    """Open the database, bring it up to date, and close what a kill left open."""
    home = settings.home / ("solo" if settings.solo else "served")
    records = (settings.home if settings.solo else home) / "calls"
    database = Database(settings.database or sqlite_url(home))
    accounts = Accounts(database)
    cohorts = Cohorts(database, accounts)
    sound = SoundAnswers(database, records, settings.home if settings.solo else None)
    book = CallBook(database, records, indexed=settings.solo)
    book.finish_broken()
    if settings.solo:
        _make_solo(database)

    store = None if settings.solo else read_store(settings.home / "xapi.yaml")
    teller = Teller(records, home, settings.address, store, database) if store else None
    if teller:
        shared.meters.registry.register(StatementMeters(teller))

    def ended(call: Running) -> None:
        book.count(call.call_id)
        if call.cohort_id:
            cohorts.note_pass(call.cohort_id, call.owner)
        if teller:
            teller.call_ended(call.call_id)

    calls = Calls(shared, records, settings.calls, began=lambda call: _began(book, call), ended=ended)
    return Server(settings, database, accounts, cohorts, book, sound, calls, server_key(home), teller=teller)


def server_of(connection: HTTPConnection) -> Server:
    """Return the server that answers this request."""
    server: Server = connection.app.state.server
    return server


def _began(book: CallBook, call: Running) -> None:
    book.began(call.call_id, call.owner, call.cohort_id or None, call.persona.name, call.seed)


def _make_solo(database: Database) -> None:
    with database.begin() as session:
        if session.scalar(sa.select(Account.id).where(Account.id == SOLO)) is None:
            session.add(Account(id=SOLO, role="rep", name="You", created_at=datetime.now(UTC)))
