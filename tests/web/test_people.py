"""Accounts, onboarding sessions and calls, over SQLite and over a real PostgreSQL: the same answers."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from argon2 import PasswordHasher
from databases import postgresql

from voicecoach.errors import InputError, MissingError
from voicecoach.web.accounts import Accounts, RefusedError
from voicecoach.web.callbook import CallBook
from voicecoach.web.cohorts import Cohorts, Wish
from voicecoach.web.db.engine import Database, sqlite_url
from voicecoach.web.db.models import Account, Base, CallKept, Link
from voicecoach.web.passing import Rule

PASSWORD = "correct horse battery"  # noqa: S105 -- a test's
RULE = Rule(2, 80, no_push_in_last=True)


@pytest.fixture(autouse=True)
def quick_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash the same way with little work: these tests make many trainers."""
    monkeypatch.setattr("voicecoach.web.accounts.HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if request.param == "sqlite":
        yield sqlite_url(tmp_path_factory.mktemp("database"))
    else:
        with postgresql() as address:
            yield address


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    database = Database(url)
    with database.begin() as session:
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(table.delete())
    yield database
    database.close()


@pytest.fixture
def accounts(database: Database) -> Accounts:
    return Accounts(database)


@pytest.fixture
def cohorts(database: Database, accounts: Accounts) -> Cohorts:
    return Cohorts(database, accounts)


def wish(*names: str, rule: Rule = RULE) -> Wish:
    return Wish(title="November", personas=names or ("thoughtful-owner",), rule=rule, due_on=None, shows_meter=True)


def trainer(accounts: Accounts, login: str = "tina") -> str:
    return accounts.make_trainer(accounts.trainer_link(), "Tina", login, PASSWORD).id


def ended(
    database: Database, call_id: str, account: str, cohort: str | None, score: int | None, **more: object
) -> None:
    now = datetime.now(UTC)
    values = {"outcome": "agreed", "pushes": 0, "persona": "thoughtful-owner", "started_at": now, **more}
    with database.begin() as session:
        row = CallKept(id=call_id, account_id=account, cohort_id=cohort, score=score, seed=1, replies=3, **values)
        row.ended_at, row.shared, row.disputed = now, False, 0
        session.add(row)


def test_the_migrations_lead_to_the_tables_as_they_are(database: Database) -> None:
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_a_second_start_changes_nothing(database: Database, accounts: Accounts) -> None:
    trainer(accounts)
    database.migrate()
    assert accounts.by_password("tina", PASSWORD)


def test_the_first_link_makes_one_trainer_and_then_no_more(accounts: Accounts) -> None:
    old = accounts.first_link()
    token = accounts.first_link()
    assert not accounts.link_holds(old)
    assert accounts.link_holds(token)
    made = accounts.make_trainer(token, "Tina", "Tina@Example.org", PASSWORD)
    assert made.role == "trainer"
    assert accounts.first_link() == ""
    with pytest.raises(RefusedError, match="used"):
        accounts.make_trainer(token, "Eve", "eve", PASSWORD)


def test_an_old_link_is_no_link(database: Database, accounts: Accounts) -> None:
    token = accounts.first_link()
    with database.begin() as session:
        session.execute(sa.update(Link).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    assert not accounts.link_holds(token)


def test_a_password_is_kept_as_argon2id_and_only_the_right_one_fits(database: Database, accounts: Accounts) -> None:
    trainer(accounts)
    with database.begin() as session:
        kept = session.scalar(sa.text("select password_hash from account"))
    assert kept.startswith("$argon2id$")
    assert accounts.by_password(" TINA ", PASSWORD)
    assert accounts.by_password("tina", PASSWORD + "x") is None
    assert accounts.by_password("nobody", PASSWORD) is None


@pytest.mark.parametrize(
    ("name", "login", "password"),
    [("", "t", PASSWORD), ("x" * 81, "t", PASSWORD), ("\u202e\u200b", "t", PASSWORD), ("T", "t", "short")],
)
def test_what_cannot_be_an_account_is_refused(accounts: Accounts, name: str, login: str, password: str) -> None:
    token = accounts.first_link()
    with pytest.raises(RefusedError):
        accounts.make_trainer(token, name, login, password)
    assert accounts.link_holds(token)


def test_no_secret_is_in_the_database(database: Database, accounts: Accounts, cohorts: Cohorts) -> None:
    link = accounts.first_link()
    maker = accounts.make_trainer(link, "Tina", "tina", PASSWORD)
    cookie = accounts.log_in(maker.id)
    cohort = cohorts.make(maker.id, wish())
    _, code = cohorts.join(cohort.id, "Rita")
    with database.begin() as session:
        everything = " ".join(
            str(row) for table in Base.metadata.sorted_tables for row in session.execute(sa.select(table))
        )
    for secret in (link, PASSWORD, cookie, code, code.replace("-", "")):
        assert secret not in everything


def test_a_rep_comes_back_with_the_code_however_it_is_typed(accounts: Accounts, cohorts: Cohorts) -> None:
    cohort = cohorts.make(trainer(accounts), wish())
    rep, code = cohorts.join(cohort.id, "  Rita \n R. ")
    assert rep.name == "Rita R."
    for typed in (code, code.lower(), code.replace("-", " ")):
        assert accounts.by_code(typed).id == rep.id
    other = accounts.new_code(rep.id)
    assert accounts.by_code(code) is None
    assert accounts.by_code(other).id == rep.id
    assert accounts.by_code("") is None


def test_a_cookie_holds_until_one_logs_out(accounts: Accounts) -> None:
    whose = trainer(accounts)
    token = accounts.log_in(whose)
    assert accounts.by_token(token).id == whose
    accounts.log_out(token)
    assert accounts.by_token(token) is None
    assert accounts.by_token("") is None


def test_a_closed_session_takes_nobody_and_an_old_code_leads_nowhere(accounts: Accounts, cohorts: Cohorts) -> None:
    cohort = cohorts.make(trainer(accounts), wish())
    assert cohorts.by_code(cohort.join_code.lower()).id == cohort.id
    cohorts.set_open(cohort.id, is_open=False)
    assert cohorts.by_code(cohort.join_code) is None
    with pytest.raises(RefusedError):
        cohorts.join(cohort.id, "Late")
    cohorts.set_open(cohort.id, is_open=True)
    assert cohorts.by_code(cohort.join_code) is None


def test_who_reaches_what(database: Database, accounts: Accounts, cohorts: Cohorts, tmp_path: Path) -> None:
    book = CallBook(database, tmp_path)
    one, other = trainer(accounts), trainer(accounts, "tom")
    cohort = cohorts.make(one, wish())
    rita, _ = cohorts.join(cohort.id, "Rita")
    sam, _ = cohorts.join(cohort.id, "Sam")
    book.began("assigned", rita.id, cohort.id, "thoughtful-owner", 1)
    book.began("practice", rita.id, None, "thoughtful-owner", 1)

    assert book.own("assigned", rita.id)
    assert book.own("assigned", sam.id) is None
    assert book.own("nothing", rita.id) is None
    assert book.seen_by_trainer("assigned", one)
    assert book.seen_by_trainer("assigned", other) is None
    assert book.seen_by_trainer("practice", one) is None
    assert cohorts.trainers(cohort.id, other) is None
    assert cohorts.reps(cohort.id, rita.id)
    assert cohorts.reps(cohort.id, one) is None


def test_the_pass_is_given_once_and_stays(database: Database, accounts: Accounts, cohorts: Cohorts) -> None:
    cohort = cohorts.make(trainer(accounts), wish())
    rep, _ = cohorts.join(cohort.id, "Rita")
    ended(database, "1", rep.id, cohort.id, 90)
    assert not cohorts.note_pass(cohort.id, rep.id)
    ended(database, "2", rep.id, cohort.id, 85)
    assert cohorts.note_pass(cohort.id, rep.id)
    assert not cohorts.note_pass(cohort.id, rep.id)
    ended(database, "3", rep.id, cohort.id, 0, outcome="lost", pushes=4)
    assert cohorts.standings(cohort)[0].passed


def test_a_call_cut_short_by_a_kill_is_closed_at_the_next_start(
    database: Database, accounts: Accounts, cohorts: Cohorts, tmp_path: Path
) -> None:
    book = CallBook(database, tmp_path)
    rep, _ = cohorts.join(cohorts.make(trainer(accounts), wish()).id, "Rita")
    book.began("cut", rep.id, None, "thoughtful-owner", 1)
    assert book.finish_broken() == 1
    assert book.own("cut", rep.id).outcome == "broken_off"
    assert book.finish_broken() == 0


def test_a_schema_from_before_sound_was_asked_for_is_brought_up_to_date(
    url: str, database: Database, accounts: Accounts, cohorts: Cohorts
) -> None:
    rep, _ = cohorts.join(cohorts.make(trainer(accounts), wish()).id, "Rita")
    with database.engine.begin() as connection:
        for column in ("keep_sound", "sound_days"):
            connection.exec_driver_sql(f"alter table account drop column {column}")
        connection.exec_driver_sql("update alembic_version set version_num = '0001'")
    again = Database(url)
    with again.begin() as session:
        found = session.get(Account, rep.id)
    again.close()
    assert (found.name, found.keep_sound, found.sound_days) == ("Rita", None, 90)


def test_many_join_at_once(accounts: Accounts, cohorts: Cohorts) -> None:
    cohort = cohorts.make(trainer(accounts), wish())
    threads = [threading.Thread(target=cohorts.join, args=(cohort.id, f"Rep {n}")) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(cohorts.standings(cohort)) == 12


@pytest.mark.parametrize("names", [(), ("nobody",), ("thoughtful-owner", "thoughtful-owner"), ("../x.yaml",)])
def test_a_session_has_prospects_that_are_here(names: tuple[str, ...]) -> None:
    with pytest.raises(RefusedError):
        Wish(title="x", personas=names, rule=RULE, due_on=None, shows_meter=True)


@pytest.mark.parametrize("wrong", ["nonsense", "mysql://x/y", "postgresql+psycopg://x:secret@127.0.0.1:1/y"])
def test_a_database_that_is_not_there_is_said_so_without_its_password(wrong: str) -> None:
    with pytest.raises((InputError, MissingError)) as said:
        Database(wrong)
    assert "secret" not in str(said.value)
