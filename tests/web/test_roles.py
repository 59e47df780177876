"""Who may do what, over real requests: routes ask for a role, forms for their token, objects for their owner."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from serving import class_room, wait_for
from visitors import Room


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("voicecoach.web.accounts.HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        with class_room(tmp_path_factory.mktemp("class")) as (host, link):
            yield Room(f"http://{host}", link)


def test_a_stranger_is_sent_to_log_in_from_every_page(room: Room) -> None:
    for path in ("/", "/calls", "/calls/x", "/practice/thoughtful-owner", "/sessions/new", room.session):
        answer = room.stranger().get(path)
        assert (answer.status_code, answer.headers.get("location")) == (303, "/login"), path


def test_a_rep_has_no_place_among_the_trainers_pages(room: Room) -> None:
    for path in ("/sessions/new", room.session, f"{room.session}/live"):
        assert room.rep.get(path).status_code == 403
    assert room.rep.form("/calls", "/sessions/new", title="x", persona="thoughtful-owner").status_code == 403
    assert room.rep.form("/calls", f"{room.session}/open", is_open="false").status_code == 403


def test_a_trainer_does_not_practise_and_does_not_see_others_sessions(room: Room) -> None:
    assert room.trainer.get("/calls").status_code == 403
    assert room.trainer.get("/practice/thoughtful-owner").status_code == 403
    assert room.trainer.get("/sessions/" + "0" * 32).status_code == 404


def test_a_form_without_its_token_does_nothing(room: Room) -> None:
    for path in (
        "/login",
        "/login/code",
        "/logout",
        "/setup",
        "/code",
        room.join,
        "/sessions/new",
        f"{room.session}/open",
    ):
        for visitor in (room.stranger(), room.rep, room.trainer):
            assert visitor.post(path, data={"csrf": "", "name": "Eve"}).status_code in (303, 403), path
            assert visitor.post(path, data={"csrf": "x" * 64, "name": "Eve"}).status_code in (303, 403), path
    assert room.trainer.get(room.session).status_code == 200
    assert "Eve" not in room.trainer.get(room.session).text


def test_a_form_from_another_page_does_nothing(room: Room) -> None:
    answer = room.rep.post("/code", headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403


def test_cookies_are_not_for_scripts_and_not_for_other_sites(room: Room) -> None:
    visitor = room.stranger()
    shown = visitor.get(room.join)
    token = re.search(r'name="csrf" value="([^"]+)"', shown.text)[1]
    joined = visitor.post(room.join, data={"csrf": token, "name": "Cookie"})
    for cookie in (shown.headers["set-cookie"], joined.headers["set-cookie"]):
        assert "HttpOnly" in cookie
        assert re.search(r"SameSite=(lax|strict)", cookie, re.IGNORECASE)


def test_a_rep_comes_back_with_the_code_on_another_device(room: Room) -> None:
    other = room.stranger()
    back = other.form("/login", "/login/code", code=room.code.lower())
    assert "Monday" in back.text
    assert "Rita" in back.text
    assert room.stranger().form("/login", "/login/code", code="ZZZZ-ZZZZ-ZZZZ").status_code == 401


def test_a_join_link_opened_again_makes_nobody_new(room: Room) -> None:
    assert room.rep.get(room.join).headers["location"] == "/"
    before = room.trainer.get(room.session).text.count('scope="row"')
    room.rep.get(room.join, follow_redirects=True)
    assert room.trainer.get(room.session).text.count('scope="row"') == before


@pytest.mark.parametrize("title", ["<script>alert(1)</script>", "'\"><img src=x onerror=alert(1)>", "{{ 7*7 }}"])
def test_what_is_typed_is_shown_and_never_run(room: Room, title: str) -> None:
    page = room.trainer.form("/sessions/new", "/sessions/new", title=title, persona="thoughtful-owner")
    assert page.status_code == 200
    assert title not in page.text.replace("{{ 7*7 }}", "") or "{" in title
    assert "<script>alert" not in page.text
    assert "<img src=x" not in page.text
    assert "49</h1>" not in page.text


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "", "persona": "thoughtful-owner"},
        {"title": "x", "persona": "nobody"},
        {"title": "x"},
        {"title": "x", "persona": "thoughtful-owner", "calls_in_row": "0"},
        {"title": "x", "persona": "thoughtful-owner", "least_score": "101"},
        {"title": "x", "persona": "thoughtful-owner", "calls_in_row": "many"},
        {"title": "x", "persona": "thoughtful-owner", "due_on": "soon"},
        {"title": "x" * 81, "persona": "thoughtful-owner"},
    ],
)
def test_a_session_that_cannot_be_is_refused_in_words(room: Room, fields: dict[str, str]) -> None:
    page = room.trainer.form("/sessions/new", "/sessions/new", **fields)
    assert page.status_code == 422
    assert "<h1>" in page.text


def test_too_many_wrong_passwords_are_held_up(room: Room) -> None:
    answers = [
        room.stranger().form("/login", "/login", login="nobody", password="x" * 12).status_code for _ in range(10)
    ]
    assert answers[0] == 401
    assert answers[-1] == 429
    assert room.trainer.get("/").status_code == 200


def test_the_board_tells_of_a_new_rep_without_reloading(room: Room) -> None:
    seen: list[str] = []
    with room.trainer.stream("GET", f"{room.session}/live") as stream:
        for line in stream.iter_lines():
            if not line.startswith("data:"):
                continue
            seen.append(line)
            if len(seen) == 1:
                room.joined("Newcomer")
            if "Newcomer" in line:
                break
    assert "Newcomer" not in seen[0]


def test_the_server_says_how_it_is_and_names_nobody(room: Room) -> None:
    stranger = room.stranger()
    assert stranger.get("/healthz").json() == {"status": "ok"}
    assert stranger.get("/status").json()["running"] == 0
    metrics = stranger.get("/metrics").text
    assert "voicecoach_calls_running 0.0" in metrics
    assert "Rita" not in metrics


def test_the_first_trainers_link_is_used_up(room: Room) -> None:
    page = room.stranger().get("/setup?link=anything")
    assert page.status_code == 404
    wait_for(lambda: room.stranger().get("/setup").status_code == 404)


def test_the_key_and_the_database_are_the_owners_alone(room: Room, tmp_path_factory: pytest.TempPathFactory) -> None:
    keys = list(Path(tmp_path_factory.getbasetemp()).glob("class*/**/server.key"))
    assert keys
    assert all(key.stat().st_mode & 0o077 == 0 for key in keys)
