"""Sound of served calls: asked for first, honoured by the server, changed at any time; and calls that are deleted."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import websockets
from argon2 import PasswordHasher
from serving import class_room, solo, wait_for
from visitors import Room, Visitor, call, of, play

from voicecoach.keep.privacy import Privacy, read_privacy, write_privacy
from voicecoach.keep.record import EVENTS
from voicecoach.library import Library
from voicecoach.web.db.engine import Database, sqlite_url
from voicecoach.web.db.models import CallKept

PRACTICE = "persona=busy-driver"
ONE_REPLY = ["step_back give_time"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("class")


@pytest.fixture(scope="module")
def room(home: Path) -> Iterator[Room]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("voicecoach.web.accounts.HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        with class_room(home) as (host, link):
            yield Room(f"http://{host}", link)


def ended_call(room: Room, rep: Visitor, code: str, query: str = PRACTICE) -> str:
    """Play a call of one reply; return its id once its row is closed."""
    told = call(room, code, query, ONE_REPLY)
    assert of("rep_spoke", told)[0]["text"] == ONE_REPLY[0]
    wait_for(lambda: "running" not in rep.get("/calls").text)
    return str(of("call", told)[0]["call"])


def assigned(room: Room) -> str:
    return f"persona=thoughtful-owner&cohort={room.session.rsplit('/', 1)[1]}"


def flacs(home: Path, name: str) -> list[Path]:
    folder = home / "served" / "calls" / name
    assert (folder / EVENTS).read_text().count("rep_spoke") == 1
    return list(folder.glob("*.flac"))


def answer(rep: Visitor, keep: str, days: str = "90") -> None:
    assert rep.form("/settings", "/settings/sound", keep=keep, days=days).status_code == 200


def test_it_is_asked_before_the_first_call_and_never_again(room: Room) -> None:
    rep, _ = room.joined("Asked")
    path = f"/practice/thoughtful-owner?cohort={room.session.rsplit('/', 1)[1]}"
    asked = rep.get(path).text
    assert "shall the sound of your calls be kept?" in asked
    assert "practice.js" not in asked
    form = {"keep": "false", "persona": "thoughtful-owner", "cohort": path.rsplit("=", 1)[1]}
    answered = rep.form(path, "/settings/sound/first", **form)
    assert str(answered.url).endswith(path)
    assert "practice.js" in answered.text
    assert "The sound of this call is not kept." in answered.text
    assert "be kept?" not in rep.get("/practice/busy-driver").text


@pytest.mark.parametrize("sent", [{}, {"keep": "maybe"}, {"keep": "true", "days": "-1"}, {"keep": "true", "days": ""}])
def test_an_answer_that_is_none_changes_nothing(room: Room, sent: dict[str, str]) -> None:
    rep, _ = room.joined("Nonsense")
    assert rep.form("/settings", "/settings/sound", **sent).status_code == 422
    assert "be kept?" in rep.get("/practice/busy-driver").text


def test_the_way_on_leads_to_a_page_of_this_server(room: Room) -> None:
    rep, _ = room.joined("Led")
    for persona in ("//evil.example", "../../evil", "x?y#z\r\nSet-Cookie: a=b"):
        shown = rep.form("/settings", "/settings/sound/first", keep="false", persona=persona)
        assert str(shown.url).startswith(f"{room.base}/practice/")
        assert shown.status_code == 404


def test_the_server_keeps_sound_only_where_the_answer_is_yes(room: Room, home: Path) -> None:
    rep, code = room.joined("Yes")
    other, others = room.joined("No")
    assert flacs(home, ended_call(room, rep, code)) == []
    answer(rep, "true")
    assert {path.name for path in flacs(home, ended_call(room, rep, code))} >= {"00-prospect.flac", "01-prospect.flac"}
    assert flacs(home, ended_call(room, other, others)) == []
    answer(rep, "false")
    assert flacs(home, ended_call(room, rep, code)) == []


def test_where_no_sound_was_kept_there_is_nothing_to_share_and_the_trainer_is_told(room: Room, home: Path) -> None:
    rep, code = room.joined("Quiet")
    answer(rep, "false")
    name = ended_call(room, rep, code, assigned(room))
    assert flacs(home, name) == []
    assert "Let your trainer listen" not in rep.get(f"/calls/{name}").text
    assert rep.form("/settings", f"/calls/{name}/share", shared="true").status_code == 409
    assert "no sound was kept of this call" in room.trainer.get(f"/calls/{name}").text
    assert "<audio" not in room.trainer.get(f"/calls/{name}/report").text


def test_the_sound_of_a_shared_call_goes_and_the_trainer_is_told(room: Room, home: Path) -> None:
    rep, code = room.joined("Shared")
    answer(rep, "true")
    name = ended_call(room, rep, code, assigned(room))
    rep.form(f"/calls/{name}", f"/calls/{name}/share", shared="true")
    assert "<audio" in room.trainer.get(f"/calls/{name}/report").text
    assert rep.form(f"/calls/{name}", f"/calls/{name}/sound/delete").status_code == 200
    assert flacs(home, name) == []
    assert "no sound was kept of this call" in room.trainer.get(f"/calls/{name}").text
    assert room.trainer.get(f"/calls/{name}/report").status_code == 200


def test_all_sound_of_one_rep_goes_and_nobody_elses(room: Room, home: Path) -> None:
    rep, code = room.joined("Forgets")
    other, others = room.joined("Remembers")
    names = {}
    for who, token in ((rep, code), (other, others)):
        answer(who, "true")
        names[token] = ended_call(room, who, token)
    rep.form("/settings", "/settings/sound/forget")
    assert flacs(home, names[code]) == []
    assert flacs(home, names[others])


def older(home: Path, name: str, days: float) -> None:
    """Let a call have begun earlier."""
    database = Database(sqlite_url(home / "served"))
    with database.begin() as session:
        when = datetime.now(UTC) - timedelta(days=days)
        session.execute(sa.update(CallKept).where(CallKept.id == name).values(started_at=when))
    database.close()


def test_sound_goes_after_the_days_that_its_rep_said(room: Room, home: Path) -> None:
    found = {}
    for who, days in (("Thirty", "30"), ("Ninety", "90"), ("Forever", "0")):
        rep, code = room.joined(who)
        answer(rep, "true", days)
        found[who] = ended_call(room, rep, code)
        older(home, found[who], 31)
    answer(rep, "true", "0")
    assert flacs(home, found["Thirty"]) == []
    assert flacs(home, found["Ninety"])
    assert flacs(home, found["Forever"])


def test_a_server_that_starts_deletes_what_is_due(tmp_path: Path) -> None:
    with class_room(tmp_path) as (host, link):
        room = Room(f"http://{host}", link)
        answer(room.rep, "true", "30")
        name = ended_call(room, room.rep, room.code)
        assert flacs(tmp_path, name)
    older(tmp_path, name, 31)
    with class_room(tmp_path):
        wait_for(lambda: flacs(tmp_path, name) == [])


def test_alone_the_answer_is_the_one_at_the_desk(tmp_path: Path) -> None:
    with solo(tmp_path) as host:
        visitor = Visitor(base_url=f"http://{host}", timeout=60)
        calls = tmp_path / "calls"
        assert "be kept?" in visitor.get("/practice/busy-driver").text
        told = asyncio.run(play(f"http://{host}", "", PRACTICE, ONE_REPLY))
        assert not list((calls / of("call", told)[0]["call"]).glob("*.flac"))
        visitor.form("/practice/busy-driver", "/settings/sound/first", keep="true", persona="busy-driver")
        assert read_privacy(tmp_path) == Privacy(True, 90)
        told = asyncio.run(play(f"http://{host}", "", PRACTICE, ONE_REPLY))
        name = of("call", told)[0]["call"]
        wait_for(lambda: "running" not in visitor.get("/calls").text)
        assert list((calls / name).glob("*.flac"))
        write_privacy(tmp_path, Privacy(False, 7))
        shown = visitor.get("/settings").text
        assert 'value="7"' in shown
        assert 'value="false" required checked' in shown
        visitor.form("/settings", "/settings/sound/forget")
        assert not list((calls / name).glob("*.flac"))
        assert not any(row.has_sound for row in Library(calls).find())


def test_a_call_of_ones_own_is_deleted_with_all_that_belongs_to_it(room: Room, home: Path) -> None:
    rep, code = room.joined("Deletes")
    answer(rep, "true")
    name, stays = ended_call(room, rep, code), ended_call(room, rep, code)
    other, _ = room.joined("Curious")
    assert other.form("/settings", f"/calls/{name}/delete").status_code == 404
    assert room.trainer.form("/sessions/new", f"/calls/{name}/delete").status_code == 403
    assert flacs(home, name)
    assert "Delete this call for good" in rep.get(f"/calls/{name}").text
    assert rep.form(f"/calls/{name}", f"/calls/{name}/delete").url.path == "/calls"
    assert not (home / "served" / "calls" / name).exists()
    assert name not in rep.get("/calls").text
    assert stays in rep.get("/calls").text
    assert rep.get(f"/calls/{name}").status_code == 404
    for path in (home / "served").glob("server.sqlite*"):
        assert name.encode() not in path.read_bytes(), path


def test_a_call_that_counts_in_a_session_stays_and_says_why(room: Room, home: Path) -> None:
    rep, code = room.joined("Counts")
    name = ended_call(room, rep, code, assigned(room))
    assert "This call counts in a session" in rep.get(f"/calls/{name}").text
    refused = rep.form("/settings", f"/calls/{name}/delete")
    assert refused.status_code == 409
    assert "your pass rest on it" in refused.text
    assert (home / "served" / "calls" / name / EVENTS).exists()
    assert room.trainer.get(f"/calls/{name}").status_code == 200


def test_a_call_that_runs_is_not_deleted(room: Room) -> None:
    rep, code = room.joined("Busy")

    async def while_it_runs() -> tuple[int, int]:
        async with websockets.connect(f"ws{room.base[4:]}/ws/call?{PRACTICE}") as socket:
            await socket.send(json.dumps({"type": "start", "sample_rate": 16000, "token": code}))
            name = json.loads(await socket.recv())["call"]
            found = await asyncio.to_thread(rep.form, "/settings", f"/calls/{name}/delete")
            forgot = await asyncio.to_thread(rep.form, "/settings", "/settings/sound/forget")
            await socket.send(json.dumps({"type": "hang_up"}))
            return found.status_code, forgot.status_code

    assert asyncio.run(while_it_runs()) == (409, 409)


def test_alone_a_deleted_call_leaves_the_library_too(tmp_path: Path) -> None:
    with solo(tmp_path) as host:
        visitor = Visitor(base_url=f"http://{host}", timeout=60)
        told = asyncio.run(play(f"http://{host}", "", PRACTICE, ONE_REPLY))
        name = of("call", told)[0]["call"]
        wait_for(lambda: "running" not in visitor.get("/calls").text)
        library = Library(tmp_path / "calls")
        assert [row.name for row in library.find()] == [name]
        visitor.form(f"/calls/{name}", f"/calls/{name}/delete")
        assert library.find() == []
        assert not (tmp_path / "calls" / name).exists()
