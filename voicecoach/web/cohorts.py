"""Onboarding sessions: made by a trainer, joined by reps, passed by the rule."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from voicecoach.dance import persona as personas
from voicecoach.web.accounts import Accounts, RefusedError, clean_name
from voicecoach.web.db.engine import Database
from voicecoach.web.db.models import Account, CallKept, Cohort, CohortPersona, Member
from voicecoach.web.passing import Attempt, Cell, Rule, cells, has_passed
from voicecoach.web.secret import JOIN_LENGTH, new_code, plain

MOST_MEMBERS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a trainer asks of a new onboarding session."""

    title: str
    personas: tuple[str, ...]
    rule: Rule
    due_on: date | None
    shows_meter: bool

    def __post_init__(self) -> None:
        if not self.personas or len(set(self.personas)) < len(self.personas):
            raise RefusedError("Choose at least one prospect, each once.")
        if set(self.personas) - set(personas.names()):
            raise RefusedError("One of these prospects is not here.")
        if not 1 <= self.rule.calls_in_row <= 10 or not 0 <= self.rule.least_score <= 100:
            raise RefusedError("The rule asks for 1 to 10 calls in a row and a score of 0 to 100.")


@dataclass(frozen=True, slots=True)
class Standing:
    """One rep in one onboarding session."""

    member: Member
    cells: list[Cell]
    calls: list[CallKept]
    """Theirs in this session, the newest last."""

    @property
    def passed(self) -> bool:
        """Whether every prospect is passed."""
        return has_passed(self.cells)

    @property
    def stuck_on(self) -> str:
        """The prospect that holds them up; empty: none does."""
        return next((cell.persona for cell in self.cells if cell.stuck), "")


def rule_of(cohort: Cohort) -> Rule:
    """Return what passes one prospect of this session."""
    return Rule(cohort.calls_in_row, cohort.least_score, cohort.no_push_in_last)


class Cohorts:
    """Makes, joins and counts onboarding sessions."""

    def __init__(self, database: Database, accounts: Accounts) -> None:
        self._database = database
        self._accounts = accounts

    def make(self, trainer_id: str, wish: Wish) -> Cohort:
        """Make a session."""
        cohort = Cohort(
            id=uuid.uuid4().hex,
            trainer_id=trainer_id,
            title=clean_name(wish.title),
            join_code=new_code(JOIN_LENGTH),
            open=True,
            calls_in_row=wish.rule.calls_in_row,
            least_score=wish.rule.least_score,
            no_push_in_last=wish.rule.no_push_in_last,
            shows_meter=wish.shows_meter,
            due_on=wish.due_on,
            created_at=datetime.now(UTC),
            personas=[CohortPersona(place=place, persona=name) for place, name in enumerate(wish.personas)],
        )
        with self._database.begin() as session:
            session.add(cohort)
        return cohort

    def of_trainer(self, trainer_id: str) -> list[Cohort]:
        """Return a trainer's sessions, the newest first."""
        chosen = sa.select(Cohort).where(Cohort.trainer_id == trainer_id).order_by(Cohort.created_at.desc())
        with self._database.begin() as session:
            return list(session.scalars(chosen))

    def trainers(self, cohort_id: str, trainer_id: str) -> Cohort | None:
        """Return a session if it is this trainer's."""
        with self._database.begin() as session:
            cohort = session.get(Cohort, cohort_id)
        return cohort if cohort and cohort.trainer_id == trainer_id else None

    def of_rep(self, account_id: str) -> list[Cohort]:
        """Return the sessions a rep is in, the newest first."""
        chosen = (
            sa.select(Cohort).join(Member).where(Member.account_id == account_id).order_by(Cohort.created_at.desc())
        )
        with self._database.begin() as session:
            return list(session.scalars(chosen))

    def reps(self, cohort_id: str, account_id: str) -> Cohort | None:
        """Return a session if this rep is in it."""
        with self._database.begin() as session:
            member = session.get(Member, (cohort_id, account_id))
            return session.get(Cohort, cohort_id) if member else None

    def by_code(self, code: str) -> Cohort | None:
        """Return the session that a join code leads to, if it is open."""
        with self._database.begin() as session:
            cohort = session.scalar(sa.select(Cohort).where(Cohort.join_code == plain(code)))
        return cohort if cohort and cohort.open else None

    def join(self, cohort_id: str, name: str) -> tuple[Account, str]:
        """Take a new rep in; return the account and the code for other devices."""
        with self._database.begin() as session:
            self._room(session, cohort_id)
            account, code = self._accounts.make_rep(session, name)
            session.add(Member(cohort_id=cohort_id, account_id=account.id, joined_at=datetime.now(UTC)))
        return account, code

    def join_again(self, cohort_id: str, account_id: str) -> None:
        """Take a rep in who has an account; who is in already stays."""
        with self._database.begin() as session:
            if session.get(Member, (cohort_id, account_id)) is None:
                self._room(session, cohort_id)
                session.add(Member(cohort_id=cohort_id, account_id=account_id, joined_at=datetime.now(UTC)))

    @staticmethod
    def _room(session: Session, cohort_id: str) -> None:
        cohort = session.get(Cohort, cohort_id)
        count = session.scalar(sa.select(sa.func.count()).where(Member.cohort_id == cohort_id)) or 0
        if cohort is None or not cohort.open or count >= MOST_MEMBERS:
            raise RefusedError("This session takes no further people.")

    def set_open(self, cohort_id: str, *, is_open: bool) -> None:
        """Let further reps in, or none; a session that is opened again has a new code."""
        values: dict[str, object] = {"open": is_open}
        if is_open:
            values["join_code"] = new_code(JOIN_LENGTH)
        with self._database.begin() as session:
            session.execute(sa.update(Cohort).where(Cohort.id == cohort_id).values(values))

    def standings(self, cohort: Cohort, account_id: str = "") -> list[Standing]:
        """Return how all reps of a session stand, or one of them; by name."""
        members = sa.select(Member).where(Member.cohort_id == cohort.id)
        calls = sa.select(CallKept).where(CallKept.cohort_id == cohort.id).order_by(CallKept.started_at)
        if account_id:
            members = members.where(Member.account_id == account_id)
            calls = calls.where(CallKept.account_id == account_id)
        with self._database.begin() as session:
            everyone, kept = list(session.scalars(members)), list(session.scalars(calls))
        theirs: dict[str, list[CallKept]] = {}
        for call in kept:
            theirs.setdefault(call.account_id, []).append(call)
        found = [self._standing(cohort, member, theirs.get(member.account_id, [])) for member in everyone]
        return sorted(found, key=lambda standing: standing.member.account.name.lower())

    @staticmethod
    def _standing(cohort: Cohort, member: Member, calls: Sequence[CallKept]) -> Standing:
        ended = [Attempt(c.persona, c.outcome, c.score, c.pushes) for c in calls if c.ended_at]
        names = [one.persona for one in cohort.personas]
        return Standing(member, cells(names, ended, rule_of(cohort)), list(calls))

    def note_pass(self, cohort_id: str, account_id: str) -> bool:
        """Write down that a rep has passed, if so; return whether it is new. A pass once given stays."""
        with self._database.begin() as session:
            cohort, member = session.get(Cohort, cohort_id), session.get(Member, (cohort_id, account_id))
        if cohort is None or member is None or member.passed_at is not None:
            return False
        if not self.standings(cohort, account_id)[0].passed:
            return False
        with self._database.begin() as session:
            change = sa.update(Member).where(Member.cohort_id == cohort_id, Member.account_id == account_id)
            session.execute(change.values(passed_at=datetime.now(UTC)))
        return True
