"""Learners who come from a learning platform, and the accounts they have here.

A learner's key is kept as a device they are logged in on: like a cookie's token it is random, kept as a hash, and logs
in that account alone. A package names its session by the session's id, not by the join code, which changes when a
session is closed and opened again.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool

from voicecoach.web.accounts import Accounts, RefusedError
from voicecoach.web.cohorts import Cohorts
from voicecoach.web.db.engine import Database
from voicecoach.web.db.models import NAME, Account, Cohort, Login
from voicecoach.web.lms.routes import Learner, NoEntryError, Standing
from voicecoach.web.secret import hashed

KEY_LASTS: Final = timedelta(days=3 * 365)
"""As long as a platform may keep an attempt."""
NAMELESS: Final = "Learner"


class ServerDesk:
    """Lets learners in and tells how far they are."""

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        cohorts: Cohorts,
        current: Callable[[Request], Account | None],
        sign_in: Callable[[Account, Response], object],
        allows: Callable[[Request], bool],
    ) -> None:
        """Take the server's parts: whose browser asks, how a device is logged in, whether somebody tries too often."""
        self._database = database
        self._accounts = accounts
        self._cohorts = cohorts
        self._current = current
        self._sign_in = sign_in
        self._allows = allows

    async def let_in(self, request: Request, response: Response, learner: Learner) -> str:
        """Make or find the rep, sign them in on the response and return where to go."""
        if not self._allows(request):
            raise NoEntryError("That was tried too often. Wait ten minutes and try again.", 429)
        browser_is = await run_in_threadpool(self._current, request)
        account = await run_in_threadpool(self._let_in, learner, browser_is)
        await run_in_threadpool(self._sign_in, account, response)
        return "/"

    def _let_in(self, learner: Learner, browser_is: Account | None) -> Account:
        with self._database.begin() as session:
            cohort = session.get(Cohort, learner.code)
        if cohort is None:
            raise NoEntryError("This session is not here any more. Ask your trainer for a new course.")
        account = self._accounts.by_token(learner.key)
        if browser_is is not None and (account is None or account.id != browser_is.id) and not learner.instead:
            raise NoEntryError("Somebody else practises in this browser.", 409)
        try:
            if account is not None:
                self._cohorts.join_again(cohort.id, account.id)
                return account
            name = " ".join(learner.name.split())[:NAME] or NAMELESS
            account, _ = self._cohorts.join(cohort.id, name)
        except RefusedError as error:
            raise NoEntryError(str(error), 403) from error
        with self._database.begin() as session:
            lasts = datetime.now(UTC) + KEY_LASTS
            session.add(Login(token_hash=hashed(learner.key), account_id=account.id, expires_at=lasts))
        return account

    async def standing(self, code: str, key: str) -> Standing | None:
        """Return how far the rep of that key is in that session; None where nobody came with it yet."""
        return await run_in_threadpool(self._standing, code, key)

    def _standing(self, code: str, key: str) -> Standing | None:
        account = self._accounts.by_token(key)
        cohort = self._cohorts.reps(code, account.id) if account else None
        if account is None or cohort is None:
            return None
        (stands,) = self._cohorts.standings(cohort, account.id)
        scores = [cell.best for cell in stands.cells if cell.best is not None]
        passed = stands.passed or stands.member.passed_at is not None
        ended = sum(call.ended_at is not None for call in stands.calls)
        return Standing(status="passed" if passed else "incomplete", score=max(scores, default=None), calls=ended)
