"""A session out of the server and back: the package launched in a platform, the table, the statements in a store."""

import asyncio
import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import websockets
from argon2 import PasswordHasher
from playwright.sync_api import expect
from serving import class_room, quick, wait_for
from test_scorm import WITHIN_MS, browser, cmi, come_back, page, platform  # noqa: F401 -- fixtures
from test_xapi import Store, store  # noqa: F401 -- fixtures
from visitors import Room, Visitor

from voicecoach.web.identity import LOGIN

ROOM = "step_back give_time"


@pytest.fixture(scope="module")
def quick_hash() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("voicecoach.web.accounts.HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        yield


async def call(base: str, login: str, session: str) -> list[dict[str, object]]:
    """Play an assigned call, typing only room."""
    told = []
    address = f"{base.replace('http', 'ws')}/ws/call?persona=thoughtful-owner&cohort={session}"
    async with websockets.connect(address) as line:
        await line.send(json.dumps({"type": "start", "sample_rate": 16000, "token": login}))
        async for message in line:
            if isinstance(message, str):
                told.append(json.loads(message))
                if told[-1].get("who") == "rep" and told[-1]["type"] == "floor":
                    await line.send(json.dumps({"type": "say", "text": ROOM}))
    return told


def played(base: str, login: str, session: str) -> list[dict[str, object]]:
    # In a thread of its own: Playwright's has a loop that runs already.
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(asyncio.run, call(base, login, session)).result(120)


def test_a_learner_of_a_platform_practises_here_and_the_platform_hears_of_it(
    tmp_path: Path,
    page,  # noqa: F811 -- the fixture
    platform: Callable[..., str],  # noqa: F811
    quick_hash: None,
) -> None:
    with class_room(tmp_path / "home", quick(line_s=0.05)) as (host, link):
        room = Room(f"http://{host}", link)
        zipped = room.trainer.get(f"{room.session}/scorm.zip")
        assert zipped.headers["content-disposition"].endswith('-scorm.zip"')
        page.goto(platform(room.base, zipped.content))
        frame = page.frame_locator("iframe")
        expect(frame.get_by_role("status")).to_contain_text("Not begun yet", timeout=WITHIN_MS)
        with page.context.expect_page() as opened:
            frame.get_by_role("button", name="Open the practice").click()
        expect(opened.value.locator("body")).to_contain_text("Monday", timeout=WITHIN_MS)
        login = next(c["value"] for c in page.context.cookies(room.base) if c["name"] == LOGIN)

        assert played(room.base, login, room.session.rsplit("/", 1)[1])[-1]["type"]
        rows = list(csv.DictReader(io.StringIO(room.trainer.get(f"{room.session}/attempts.csv").text[1:])))
        jane = [row for row in rows if row["rep"] == "Jane Doe"]
        assert [row["attempt"] for row in jane] == ["1"]
        come_back(page)
        expect(frame.get_by_role("status")).to_contain_text("1 call so far", timeout=WITHIN_MS)
        assert cmi(page, "cmi.core.score.raw") == jane[0]["score"]


def test_only_its_trainer_takes_a_session_out(tmp_path: Path, quick_hash: None) -> None:
    with class_room(tmp_path) as (host, link):
        room = Room(f"http://{host}", link)
        for name in ("scorm.zip", "attempts.csv"):
            path = f"{room.session}/{name}"
            assert room.trainer.get(path).status_code == 200
            assert room.rep.get(path).status_code == 403
            assert room.stranger().get(path).headers["location"] == "/login"
            assert room.trainer.get(f"/sessions/{'0' * 32}/{name}").status_code == 404


def test_another_origin_may_ask_how_a_learner_stands_and_nothing_else(tmp_path: Path, quick_hash: None) -> None:
    elsewhere = {"origin": "https://lms.example", "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"}
    with class_room(tmp_path) as (host, link):
        room = Room(f"http://{host}", link)
        session = room.session.rsplit("/", 1)[1]
        learner = {"code": session, "key": "ab" * 32, "name": "=Jane<b>"}
        joined = Visitor(base_url=room.base, timeout=60).post("/lms/join", json=learner)
        assert joined.json() == {"go": "/"}
        assert "httponly" in joined.headers["set-cookie"].lower()

        with httpx.Client(base_url=room.base, headers=elsewhere, timeout=60) as other:
            asked = {"authorization": f"Bearer {learner['key']}"}
            answer = other.get("/lms/standing", params={"code": session}, headers=asked)
            assert answer.json() == {"status": "incomplete", "score": None, "calls": 0}
            assert answer.headers["access-control-allow-origin"] == "*"
            assert "access-control-allow-credentials" not in answer.headers
            assert other.options("/lms/standing").status_code == 204
            assert other.get("/lms/standing", params={"code": session}).status_code == 404
            wrong = {"authorization": "Bearer " + "cd" * 32}
            assert other.get("/lms/standing", params={"code": session}, headers=wrong).status_code == 404
            assert other.post("/lms/join", json=learner).status_code == 403
            assert other.get("/calls").status_code == 403
            assert other.get("/lms").status_code == 403
        table = room.trainer.get(f"{room.session}/attempts.csv").text
        assert "'=Jane<b>" in table


def test_a_record_store_hears_of_calls_in_a_session_and_the_rep_is_told_so(
    tmp_path: Path,
    store: tuple[Store, str],  # noqa: F811
    quick_hash: None,
) -> None:
    kept, address = store
    home = tmp_path / "home"
    home.mkdir()
    (home / "xapi.yaml").write_text(f"address: {address}\nkey: key\nsecret: s3cret\n")
    (home / "xapi.yaml").chmod(0o600)
    with class_room(home, quick(line_s=0.05)) as (host, link):
        room = Room(f"http://{host}", link)
        assert "sent to 127.0.0.1" in room.stranger().get(room.join).text
        login = room.rep.cookies[LOGIN]
        played(room.base, login, room.session.rsplit("/", 1)[1])
        wait_for(lambda: len(kept.kept) > 2, 60)
        verbs = {statement["verb"]["display"]["en"] for statement in kept.kept.values()}
        assert verbs >= {"responded", "completed"}
        assert verbs.isdisjoint({"voided"})
        kept.answers = [503]
        before = len(kept.kept)
        path = re.search(r'href="(/calls/[^"/]+)"', room.rep.get("/calls").text)
        assert path
        room.trainer.form(path[1], f"{path[1]}/override", turn="1", verdict="pressure", why="She named a date.")
        wait_for(
            lambda: "503" in room.trainer.get("/metrics").text or "failures 1.0" in room.trainer.get("/metrics").text
        )
        told, meters = room.trainer.get("/status").json(), room.trainer.get("/metrics").text
        assert told["statements_waiting"] == 4
        assert told["statements_failed"] == 1
        assert "503" in told["statements_last_failure"]
        assert 'voicecoach_xapi_statements{state="waiting"} 4.0' in meters
        assert len(kept.kept) == before
        wait_for(lambda: len(kept.kept) == before + 4, 60)
        assert [s["verb"]["display"]["en"] for s in list(kept.kept.values())[before:]].count("voided") == 2
        told = room.trainer.get("/status").json()
        assert (told["statements_waiting"], told["statements_failed"]) == (0, 1)
        assert "503" in told["statements_last_failure"], "what failed last is told after it went well, too"
        assert "Rita" not in json.dumps(list(kept.kept.values()))
