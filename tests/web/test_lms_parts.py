"""Learners, statements and the table on a real database: who is let in, what is told, what stands in the table."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from fastapi import Request, Response
from starlette.datastructures import Headers

from voicecoach.dance.prospect import Prospect
from voicecoach.deliver.speaker import SilentSpeaker
from voicecoach.keep.record import RecordWriter
from voicecoach.loop import Call, Parts
from voicecoach.testing import ScriptedEar, SilentVoice, SpellingJudge, plain_persona
from voicecoach.web.accounts import Accounts
from voicecoach.web.callbook import CallBook
from voicecoach.web.cohorts import Cohorts, Wish
from voicecoach.web.db.engine import Database, sqlite_url
from voicecoach.web.db.models import Account, CallKept, Cohort, Login, Member
from voicecoach.web.lms.board_rows import rows_of
from voicecoach.web.lms.desk import ServerDesk
from voicecoach.web.lms.record_store import RecordStore
from voicecoach.web.lms.routes import Learner, NoEntryError, Standing
from voicecoach.web.lms.teller import Teller
from voicecoach.web.passing import Rule
from voicecoach.web.secret import hashed

ROOM, MEET, PUSH = "step_back give_time", "step_in answer", "pressure urgency by friday"
DANCE = [ROOM, ROOM, MEET, MEET]
CHASE = [PUSH] * 3
PERSONA = "thoughtful-owner"
KEY = "ab" * 32
SERVER = "https://coach.example"


class Place:
    """One server's database, sessions and records, without its pages."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.database = Database(sqlite_url(home))
        self.accounts = Accounts(self.database)
        self.cohorts = Cohorts(self.database, self.accounts)
        self.book = CallBook(self.database, home / "calls")
        token = self.accounts.first_link()
        self.trainer = self.accounts.make_trainer(token, "Tina", "tina", "a long password")
        self.cohort = self.session("Monday")
        self.browser_is: Account | None = None
        self.allows = True
        self.desk = ServerDesk(
            self.database,
            self.accounts,
            self.cohorts,
            lambda _: self.browser_is,
            lambda account, response: response.set_cookie("login", self.accounts.log_in(account.id)),
            lambda _: self.allows,
        )

    def session(self, title: str) -> Cohort:
        """Make a session that one clean call passes."""
        rule = Rule(1, 80, True)
        wish = Wish(title=title, personas=(PERSONA,), rule=rule, due_on=None, shows_meter=True)
        return self.cohorts.make(self.trainer.id, wish)

    def play(self, account: Account, replies: list[str], call_id: str, cohort: Cohort | None) -> None:
        """Play a call as the server does and write it down."""
        self.book.began(call_id, account.id, cohort.id if cohort else None, PERSONA, 1)
        writer = RecordWriter(self.home / "calls" / call_id)
        parts = Parts(
            ear=ScriptedEar(replies),
            judge=SpellingJudge(),
            voice=SilentVoice(),
            speaker=SilentSpeaker(),
            recorder=writer,
            model="none",
        )
        Call(Prospect(plain_persona(), 1), 1, parts, lambda _: None).play()
        writer.close()
        self.book.count(call_id)
        if cohort:
            self.cohorts.note_pass(cohort.id, account.id)

    def come(self, learner: Learner) -> str:
        """Come from a platform; return the token of the cookie."""
        response = Response()
        request = Request({"type": "http", "headers": Headers().raw})
        asyncio.run(self.desk.let_in(request, response, learner))
        return response.headers["set-cookie"].split("=", 1)[1].split(";")[0]

    def standing(self, cohort: Cohort, key: str = KEY) -> Standing | None:
        """Ask as a launch page does."""
        return asyncio.run(self.desk.standing(cohort.id, key))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "server")


def learner(place: Place, **changes: object) -> Learner:
    return Learner(**({"code": place.cohort.id, "key": KEY, "name": "Jane Doe"} | changes))  # type: ignore[arg-type]


# Learners.


def test_a_learner_becomes_a_rep_and_comes_back_as_the_same(place: Place) -> None:
    assert place.standing(place.cohort) is None
    first = place.accounts.by_token(place.come(learner(place)))
    again = place.accounts.by_token(place.come(learner(place, name="Jane Married")))
    assert first is not None
    assert again is not None
    assert (first.id, first.name, first.role) == (again.id, "Jane Doe", "rep")
    assert len(place.cohorts.standings(place.cohort)) == 1
    assert place.standing(place.cohort) == Standing(status="incomplete", score=None, calls=0)


def test_calls_and_the_pass_are_told_to_whoever_has_the_key(place: Place) -> None:
    rep = place.accounts.by_token(place.come(learner(place)))
    assert rep is not None
    place.play(rep, CHASE, "c1", place.cohort)
    chased = place.standing(place.cohort)
    assert chased is not None
    assert (chased.status, chased.calls) == ("incomplete", 1)
    place.play(rep, DANCE, "c2", place.cohort)
    assert place.standing(place.cohort) == Standing(status="passed", score=100, calls=2)
    assert place.standing(place.cohort, "cd" * 32) is None
    assert place.standing(place.session("Tuesday")) is None


def test_a_key_is_kept_as_a_hash_alone(place: Place) -> None:
    place.come(learner(place))
    with place.database.begin() as session:
        assert session.get(Login, hashed(KEY)) is not None
    assert KEY.encode() not in b"".join(path.read_bytes() for path in place.home.rglob("*") if path.is_file())


def test_a_closed_or_unknown_session_lets_nobody_new_in_and_old_ones_come_back(place: Place) -> None:
    place.come(learner(place))
    place.cohorts.set_open(place.cohort.id, is_open=False)
    place.come(learner(place))
    with pytest.raises(NoEntryError) as closed:
        place.come(learner(place, key="cd" * 32))
    with pytest.raises(NoEntryError) as unknown:
        place.come(learner(place, code="nowhere", key="cd" * 32))
    assert (closed.value.status, unknown.value.status) == (403, 404)


def test_a_link_from_elsewhere_does_not_change_who_a_browser_is(place: Place) -> None:
    """Somebody sends a colleague a launch of their own, so that the colleague practises for them."""
    place.browser_is = place.cohorts.join(place.cohort.id, "Bob")[0]
    with pytest.raises(NoEntryError) as asked:
        place.come(learner(place))
    assert asked.value.status == 409
    assert place.come(learner(place, instead=True))


def test_who_tries_too_often_waits(place: Place) -> None:
    place.allows = False
    with pytest.raises(NoEntryError) as found:
        place.come(learner(place))
    assert found.value.status == 429
    assert place.cohorts.standings(place.cohort) == []


# Statements.


def teller(place: Place, *, names: bool = False) -> Teller:
    store = RecordStore(address="http://127.0.0.1:9/lrs", key="k", secret="s", names=names)  # noqa: S106
    return Teller(place.home / "calls", place.home, SERVER, store, place.database)


def rep_of(place: Place, name: str = "Ann") -> Account:
    return place.cohorts.join(place.cohort.id, name)[0]


def test_a_call_of_a_session_is_told_once_with_its_pass(place: Place) -> None:
    tells, ann = teller(place), rep_of(place)
    place.play(ann, DANCE, "c1", place.cohort)
    assert tells.call_ended("c1") == 6
    assert tells.call_ended("c1") == 0
    verbs = [statement["verb"]["display"]["en"] for statement in tells.outbox.next(99)]
    assert verbs == ["responded"] * 4 + ["completed", "passed"]
    assert {statement["actor"]["account"]["name"] for statement in tells.outbox.next(99)} == {ann.id}
    assert "Ann" not in str(tells.outbox.next(99))


def test_names_go_only_where_that_was_asked_for(place: Place) -> None:
    tells, ann = teller(place, names=True), rep_of(place)
    place.play(ann, CHASE, "c1", place.cohort)
    tells.call_ended("c1")
    assert {statement["actor"]["name"] for statement in tells.outbox.next(99)} == {"Ann"}


def test_private_practice_and_calls_from_before_are_never_told(place: Place) -> None:
    ann = rep_of(place)
    place.play(ann, CHASE, "before", place.cohort)
    with place.database.begin() as session:
        past = datetime.now(UTC) - timedelta(days=1)
        session.execute(sa.update(CallKept).where(CallKept.id == "before").values(started_at=past))
    tells = teller(place)
    place.play(ann, CHASE, "private", None)
    assert [tells.call_ended(call) for call in ("before", "private", "nowhere")] == [0, 0, 0]
    assert tells.catch_up() == 0


def test_what_a_kill_kept_from_being_told_is_told_at_the_next_start(place: Place) -> None:
    tells, ann = teller(place), rep_of(place)
    place.play(ann, CHASE, "c1", place.cohort)
    tells.call_ended("c1")
    place.play(ann, DANCE, "c2", place.cohort)  # killed here
    again = teller(place)
    assert again.catch_up() == 6
    assert again.catch_up() == 0
    assert again.outbox.summary().waiting == 4 + 6


# The table.


def test_the_table_has_every_attempt_and_everybody(place: Place) -> None:
    ann, _ = rep_of(place), rep_of(place, "=Bob()")
    place.play(ann, CHASE, "c1", place.cohort)
    place.play(ann, DANCE, "c2", place.cohort)
    place.play(ann, DANCE, "private", None)
    place.book.share("c2", shared=True)
    rows = rows_of(place.cohort, place.cohorts, place.home / "calls")
    assert [(row.rep, row.attempt, row.outcome, row.pushes, row.longest_chase, row.shared) for row in rows] == [
        ("=Bob()", None, "", None, None, None),
        ("Ann", 1, "lost", 3, 3, False),
        ("Ann", 2, "agreed", 0, 0, True),
    ]
    assert [(row.score, row.prospect_passed, row.passed) for row in rows[1:]] == [(0, True, True), (100, True, True)]
    assert rows[2].patience_s == pytest.approx(0.5)
    with place.database.begin() as session:
        assert session.get(Member, (place.cohort.id, ann.id)).passed_at is not None  # type: ignore[union-attr]
