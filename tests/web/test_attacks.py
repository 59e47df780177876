"""What somebody might try against a server, and what comes of it: SECURITY.md lists these by name."""

import asyncio
import contextlib
import json
import os
import random
import re
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import websockets
from fastapi import FastAPI, Request
from playwright.sync_api import expect, sync_playwright
from serving import quick, served, solo, wait_for
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from test_after_the_call import call
from visitors import Room

from voicecoach.web.app import make_app
from voicecoach.web.guard import MAX_BODY, Guard
from voicecoach.web.settings import Settings

START = json.dumps({"type": "start", "sample_rate": 16000})
SCRIPT = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>{{7*7}}'
WITHIN_MS = 30_000


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with solo(tmp_path_factory.mktemp("attacked"), quick(line_s=0.1)) as host:
        yield host


def call_url(host: str, seed: int = 7) -> str:
    return f"ws://{host}/ws/call?persona=thoughtful-owner&seed={seed}"


def still_serves(host: str) -> None:
    """Get a page and play a whole call."""
    assert httpx.get(f"http://{host}/", timeout=60).status_code == 200
    seen = asyncio.run(asyncio.wait_for(_typed_call(host), 60))
    assert "call_ended" in seen


async def _typed_call(host: str) -> list[str]:
    seen = []
    async with websockets.connect(call_url(host)) as line:
        await line.send(START)
        async for message in line:
            if isinstance(message, str):
                told = json.loads(message)
                seen.append(told["type"])
                if told["type"] == "floor" and told["who"] == "rep":
                    with contextlib.suppress(websockets.ConnectionClosed):  # the call may end as one types
                        await line.send(json.dumps({"type": "say", "text": "step_back give_time"}))
    return seen


# Frames.


@pytest.mark.parametrize("message", ["x" * 300_000, b"\0" * 300_000], ids=["text", "binary"])
def test_a_frame_larger_than_any_of_ours_is_not_even_read(host: str, message: str | bytes) -> None:
    async def call() -> int | None:
        line = await websockets.connect(call_url(host), max_size=None)
        with contextlib.suppress(websockets.ConnectionClosed):
            await line.send(START)
            await line.send(message)
        await asyncio.wait_for(line.wait_closed(), 30)
        return line.close_code

    assert asyncio.run(call()) in (1009, 1008, 1006)  # too big; or cut off before that could be said
    still_serves(host)


def test_noise_on_the_socket_breaks_no_other_call(host: str) -> None:
    """Two hundred clients, each with one message of chance, while a rep is in a call."""
    chance = random.Random(7)

    def noise() -> str | bytes:
        length = chance.randrange(0, 3000)
        raw = chance.randbytes(length)
        kinds = [
            raw,
            raw.decode("latin-1"),
            json.dumps({"type": chance.choice(["say", "start", 7, None]), "text": [1]}),
        ]
        return chance.choice(kinds)

    async def attack() -> None:
        for begins in range(200):
            with contextlib.suppress(websockets.WebSocketException, OSError):
                async with websockets.connect(call_url(host)) as line:
                    if begins % 2:
                        await line.send(START)
                    await line.send(noise())

    async def both() -> list[str]:
        call = asyncio.create_task(_typed_call(host))
        await attack()
        return await asyncio.wait_for(call, 120)

    assert "call_ended" in asyncio.run(both())
    still_serves(host)


def test_sockets_that_say_nothing_keep_nobody_out(host: str) -> None:
    async def flood() -> list[str]:
        silent = [await websockets.connect(call_url(host)) for _ in range(100)]
        seen = await asyncio.wait_for(_typed_call(host), 60)
        for line in silent:
            await line.close()
        return seen

    assert "call_ended" in asyncio.run(flood())


def test_a_call_is_not_to_be_had_by_guessing_its_token(tmp_path: Path) -> None:
    async def guess(host: str) -> tuple[str, set[int | None]]:
        async with websockets.connect(call_url(host)) as line:
            await line.send(START)
            async for message in line:
                told = json.loads(message) if isinstance(message, str) else {}
                if told.get("type") == "call":
                    break
            codes = set()
            guesses = [told["call"], told["resume"][:-1], told["resume"].swapcase(), *map(str, range(30))]
            for token in guesses:
                other = await websockets.connect(call_url(host))
                await other.send(json.dumps({"type": "start", "sample_rate": 16000, "resume": token}))
                await asyncio.wait_for(other.wait_closed(), 30)
                codes.add(other.close_code)
        return told["resume"], codes

    with solo(tmp_path) as host:
        token, codes = asyncio.run(guess(host))
    assert codes == {1008}
    assert len(token) >= 32


# Requests.


def raw(host: str, request: bytes) -> bytes:
    """Send bytes as they are and return the first of the answer."""
    name, port = host.split(":")
    with socket.create_connection((name, int(port)), timeout=30) as line:
        with contextlib.suppress(OSError):
            line.sendall(request)
        with contextlib.suppress(OSError):
            return line.recv(4000)
    return b""


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET /static/../../wiring.py HTTP/1.1",
        b"GET /static/%2e%2e/%2e%2e/wiring.py HTTP/1.1",
        b"GET /static/..%5c..%5cwiring.py HTTP/1.1",
        b"GET //etc/passwd HTTP/1.1",
        b"GET http://evil.example/ HTTP/1.1",
        b"GET /practice/..%2f..%2fserver.key HTTP/1.1",
        b"GET /static/%00 HTTP/1.1",
    ],
)
def test_no_path_leads_anywhere_else(host: str, request_line: bytes) -> None:
    answer = raw(host, request_line + b"\r\nHost: " + host.encode() + b"\r\nConnection: close\r\n\r\n")
    assert answer.split(b" ")[1] in (b"404", b"403", b"400", b"405"), answer[:200]
    assert b"root:" not in answer
    assert b"import" not in answer


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET / HTTP/1.1\r\nHost: HOST\r\n" + b"X: " + b"a" * 200_000 + b"\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 99999999999\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"\x16\x03\x01\x02\x00" + b"\0" * 100,
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: HOST\r\nHost: evil.example\r\n\r\n",
    ],
    ids=["a long header", "a long body", "less than nothing", "two lengths", "TLS", "HTTP 9", "no host", "two hosts"],
)
def test_a_request_that_is_none_gets_no_page(host: str, request_bytes: bytes) -> None:
    answer = raw(host, request_bytes.replace(b"HOST", host.encode()))
    assert not answer.startswith(b"HTTP/1.1 2"), answer[:200]
    assert not answer.startswith(b"HTTP/1.1 5"), answer[:200]
    still_serves(host)


def test_a_body_without_a_length_is_cut_off_where_a_form_ends() -> None:
    taken = 0
    app = FastAPI()

    @app.post("/form")
    async def form(request: Request) -> int:
        nonlocal taken
        async for chunk in request.stream():
            taken += len(chunk)
        return taken

    def endless() -> Iterator[bytes]:
        for _ in range(200):
            yield b"x" * 64 * 1024

    with served(Guard(app, ["127.0.0.1"])) as host:
        with contextlib.suppress(httpx.TransportError):
            answer = httpx.post(f"http://{host}/form", content=endless(), timeout=60)
            assert answer.status_code == 413
        assert httpx.post(f"http://{host}/form", content=b"x" * 1000).status_code == 200
    assert taken <= 2 * MAX_BODY


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "127.0.0.1.evil.example"},
        {"host": "evil.example#127.0.0.1"},
        {"host": "127.0.0.1@evil.example"},
        {"origin": "https://evil.example", "method": "POST"},
        {"origin": "null", "method": "POST"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_page_from_elsewhere_gets_nothing(host: str, headers: dict[str, str]) -> None:
    asked = dict(headers)
    method = asked.pop("method", "GET")
    answer = httpx.request(method, f"http://{host}/", headers=asked)
    assert answer.status_code in (400, 403)
    assert "prospect" not in answer.text


# Words.


def test_markup_in_what_is_said_is_text_on_the_page(host: str) -> None:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page()
        faults: list[str] = []
        page.on("console", lambda said: faults.append(said.text) if "Content Security" in said.text else None)
        page.goto(f"http://{host}/practice/thoughtful-owner")
        page.get_by_role("button", name="Keep no sound").click()
        page.get_by_role("button", name="Call without a microphone").click()
        page.get_by_label("Type a reply").fill("neutral " + SCRIPT)
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_role("log")).to_contain_text(SCRIPT, timeout=WITHIN_MS)
        assert page.evaluate("window.pwned") is None
        assert page.locator("#log img, #log script").count() == 0
        assert faults == []
        browser.close()


def test_the_policy_stops_a_script_even_where_escaping_failed(host: str) -> None:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"http://{host}/")
        page.evaluate("markup => document.body.insertAdjacentHTML('beforeend', markup)", SCRIPT)
        page.evaluate(
            "() => { const one = document.createElement('script'); one.textContent = 'window.pwned = 1';"
            " document.body.append(one); }"
        )
        page.wait_for_timeout(500)
        assert page.evaluate("window.pwned") is None
        browser.close()


# The description of the interface, by a tool that makes requests of it.


def described(host: str, folder: Path, *more: str, **environment: str) -> str:
    """Let schemathesis make requests of what the server says of itself; return what it says of the answers."""
    done = subprocess.run(
        [
            Path(sys.executable).parent / "schemathesis",
            "run",
            f"http://{host}/openapi.json",
            *("--checks", "not_a_server_error,unsupported_method"),
            *("--phases", "examples,coverage,fuzzing", "-n", "15", "--seed", "1", "--suppress-health-check", "all"),
            *more,
        ],
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1", **environment},
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "No issues found" in done.stdout or "passed" in done.stdout
    return done.stdout


def test_nothing_that_schemathesis_makes_of_the_description_breaks_the_server(host: str, tmp_path: Path) -> None:
    described(host, tmp_path)
    still_serves(host)


@pytest.mark.parametrize("role", ["trainer", "rep"])
def test_nor_as_a_trainer_or_a_rep(tmp_path: Path, role: str) -> None:
    """With the cookies and the forms' token of somebody who is logged in, half of it about things that are there."""
    statuses: Counter[int] = Counter()
    app, link = make_app(Settings(solo=False, home=tmp_path, calls=8), quick(line_s=0.05))
    with served(counting(app, statuses)) as host:
        room = Room(f"http://{host}", link)
        session = room.session.rsplit("/", 1)[1]
        told = call(room, room.code, f"persona=thoughtful-owner&cohort={session}", ["pressure urgency"])
        (name,) = [one["call"] for one in told if one["type"] == "call"]
        wait_for(lambda: room.trainer.get(f"/calls/{name}").status_code == 200)
        who = room.trainer if role == "trainer" else room.rep
        form = re.search(r'name="csrf" value="([^"]+)"', who.get(f"/calls/{name}").text)
        assert form
        statuses.clear()
        described(
            host,
            tmp_path,
            *("-H", "Cookie: " + "; ".join(f"{one}={value}" for one, value in who.cookies.items())),
            *("--exclude-path", "/logout", "--exclude-path-regex", "/live$"),  # one ends the login, one never ends
            SCHEMATHESIS_HOOKS="description_hooks",
            PYTHONPATH=os.pathsep.join([str(Path(__file__).parent), *sys.path]),
            TEST_FORM=form[1],
            TEST_CALL=name,
            TEST_SESSION=session,
        )
        assert who.get(f"/calls/{name}").status_code == 200
    # It got in: pages were shown and forms taken, not only refused.
    assert statuses[200] > 20, statuses
    assert statuses[303] > 3, statuses


def counting(app: ASGIApp, statuses: Counter[int]) -> ASGIApp:
    """Count the answers of an app by status."""

    async def counted(scope: Scope, receive: Receive, send: Send) -> None:
        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses[message["status"]] += 1
            await send(message)

        await app(scope, receive, sent)

    return counted
