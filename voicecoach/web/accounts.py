"""Who is who: trainers with a password, reps with a code, and the devices they are logged in on."""

import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import Final

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.orm import Session

from voicecoach.web.db.engine import Database
from voicecoach.web.db.models import NAME, Account, Link, Login
from voicecoach.web.secret import grouped, hashed, new_code, new_token, plain

LOGIN_LASTS: Final = timedelta(days=30)
LINK_LASTS: Final = timedelta(hours=24)
LEAST_PASSWORD: Final = 10
MOST_PASSWORD: Final = 200
"""argon2 takes any length; a megabyte of password is an attack."""
HASHER: Final = PasswordHasher()
NOBODYS: Final = HASHER.hash("nobody has this password")
"""Checked where a name is not known, so that the time tells nothing."""


class RefusedError(Exception):
    """What was typed cannot be taken; the text is for the page."""


def clean_name(name: str) -> str:
    """Return a name in one line, without what cannot be seen; raise `RefusedError` where nothing is left."""
    kept = " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]", " ", name).split())
    if not kept or len(kept) > NAME:
        raise RefusedError(f"A name has 1 to {NAME} characters.")
    return kept


class Accounts:
    """Makes and finds accounts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def first_link(self) -> str:
        """Return a new token for the first trainer's link; empty where there is a trainer already."""
        with self._database.begin() as session:
            if session.scalar(sa.select(Account.id).where(Account.role == "trainer").limit(1)):
                return ""
            session.execute(sa.delete(Link).where(Link.purpose == "trainer", Link.used_at.is_(None)))
            return _new_link(session)

    def trainer_link(self) -> str:
        """Return a new token for a further trainer's link."""
        with self._database.begin() as session:
            return _new_link(session)

    def link_holds(self, token: str) -> bool:
        """Return whether a link can still be used."""
        with self._database.begin() as session:
            return _open_link(session, token) is not None

    def make_trainer(self, token: str, name: str, login: str, password: str) -> Account:
        """Make a trainer's account with a link, which is used up; raise `RefusedError` where something does not do."""
        name, login = clean_name(name), clean_name(login).lower()
        if not LEAST_PASSWORD <= len(password) <= MOST_PASSWORD:
            raise RefusedError(f"A password has at least {LEAST_PASSWORD} characters.")
        password_hash = HASHER.hash(password)
        with self._database.begin() as session:
            link = _open_link(session, token)
            if link is None:
                raise RefusedError("This link has been used or is too old. Start the server again for a new one.")
            if session.scalar(sa.select(Account.id).where(Account.login == login)):
                raise RefusedError("Somebody has that login name already.")
            link.used_at = datetime.now(UTC)
            account = _account("trainer", name)
            account.login, account.password_hash = login, password_hash
            session.add(account)
            return account

    def make_rep(self, session: Session, name: str) -> tuple[Account, str]:
        """Make a rep's account within a transaction; return it and the code for other devices, shown once."""
        code = new_code()
        account = _account("rep", clean_name(name))
        account.code_hash = hashed(code)
        session.add(account)
        session.flush()
        return account, grouped(code)

    def new_code(self, account_id: str) -> str:
        """Give a rep a new code; the old one is void."""
        code = new_code()
        with self._database.begin() as session:
            session.execute(sa.update(Account).where(Account.id == account_id).values(code_hash=hashed(code)))
        return grouped(code)

    def by_password(self, login: str, password: str) -> Account | None:
        """Return the trainer whose name and password these are."""
        with self._database.begin() as session:
            account = session.scalar(sa.select(Account).where(Account.login == login.strip().lower()[:NAME]))
        known = account.password_hash if account and account.password_hash else NOBODYS
        try:
            HASHER.verify(known, password[:MOST_PASSWORD])
        except (VerificationError, InvalidHashError):
            return None
        return account

    def by_code(self, code: str) -> Account | None:
        """Return the rep whose code this is."""
        with self._database.begin() as session:
            return session.scalar(sa.select(Account).where(Account.code_hash == hashed(plain(code))))

    def log_in(self, account_id: str) -> str:
        """Return a token for the cookie of a new device."""
        token = new_token()
        now = datetime.now(UTC)
        with self._database.begin() as session:
            session.execute(sa.delete(Login).where(Login.expires_at < now))
            session.add(Login(token_hash=hashed(token), account_id=account_id, expires_at=now + LOGIN_LASTS))
        return token

    def by_token(self, token: str) -> Account | None:
        """Return whose cookie this is."""
        if not token:
            return None
        with self._database.begin() as session:
            login = session.get(Login, hashed(token))
            return login.account if login and login.expires_at > datetime.now(UTC) else None

    def log_out(self, token: str) -> None:
        """Forget a device."""
        with self._database.begin() as session:
            session.execute(sa.delete(Login).where(Login.token_hash == hashed(token)))


def _account(role: str, name: str) -> Account:
    return Account(id=uuid.uuid4().hex, role=role, name=name, created_at=datetime.now(UTC))


def _new_link(session: Session) -> str:
    token = new_token()
    session.add(Link(token_hash=hashed(token), purpose="trainer", expires_at=datetime.now(UTC) + LINK_LASTS))
    return token


def _open_link(session: Session, token: str) -> Link | None:
    link = session.get(Link, hashed(token), with_for_update=True)
    return link if link and link.used_at is None and link.expires_at > datetime.now(UTC) else None
