"""The server killed with SIGKILL in the middle of eight calls, twenty times.

Each time a real server runs on the loopback in one home that all rounds share: ``voicecoach serve --solo``, or with
``--accounts`` one with a trainer, a session and eight reps in assigned calls. Four reps speak (recordings, paced), four
type. At a moment that differs from round to round the whole process is killed. Then: every event that any rep was told
stands in that call's record, in the same words; every record reads; every database passes SQLite's own check without a
repair; and the server that is started next in the same home answers, has closed each call's row, and plays a call.

    python -m benchmarks.killed_server [--accounts] [--rounds 20]
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import websockets

from voicecoach.keep.record import EVENTS, read_record
from voicecoach.web.client import Rep, sound_of

ROUNDS = 20
CALLS = 8
ROOT = Path(__file__).parents[1]
SPOKEN = ("dance", "chase", "recovery", "lunge")
TYPED = (
    "Take all the time you need, there is no hurry.",
    "That is entirely up to you.",
    "You should talk it over with her; I would.",
    "If it is not for you, that is a good answer too.",
    "The price goes up on Friday, so sign today.",
)
SERVE = (sys.executable, "-m", "voicecoach.cli.main", "serve")
UP_WITHIN_S = 180.0
CALL_WITHIN_S = 240.0
EVENT_TYPES = {
    "call_started",
    "prospect_spoke",
    "rep_spoke",
    "nothing_heard",
    "judged",
    "not_judged",
    "willingness_changed",
    "prospect_moved",
    "voice_failed",
    "call_ended",
}


@dataclass
class Round:
    """What came of one kill."""

    number: int
    after_s: float
    calls: int = 0
    """Calls that were going on when the server was killed."""
    told: int = 0
    kept: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Room:
    """How reps get in: with `--solo` there is nothing to show."""

    solo: bool = True
    codes: tuple[str, ...] = ("",) * CALLS
    query: str = ""

    @property
    def options(self) -> tuple[str, ...]:
        """What the server is started with."""
        return ("--solo",) if self.solo else ()

    def records(self, home: Path) -> Path:
        """Where the records of its calls lie."""
        return home / ("calls" if self.solo else "served/calls")

    def url(self, port: int, number: int) -> str:
        """Where a rep calls."""
        return f"ws://127.0.0.1:{port}/ws/call?persona=thoughtful-owner&seed={number}{self.query}"


def furnished(home: Path) -> Room:
    """Start a server once, make the trainer's account and a session, and let eight reps in."""
    with server(home, port := free_port(), CALLS):
        base = f"http://127.0.0.1:{port}"
        link = parse_qs(urlsplit(re.findall(r"http\S+/setup\S+", (home.parent / "server.log").read_text())[-1]).query)
        with httpx.Client(base_url=base, timeout=60, follow_redirects=True) as trainer:
            account = {"link": link["link"][0], "name": "Tina", "login": "tina", "password": "correct horse battery"}
            _send(trainer, f"/setup?link={account['link']}", "/setup", **account)
            made = _send(
                trainer,
                "/sessions/new",
                "/sessions/new",
                title="Monday",
                persona="thoughtful-owner",
                shows_meter="true",
            )
            session, join = made.url.path.rsplit("/", 1)[1], re.findall(r"/join/\w+", made.text)[0]
        codes = []
        for number in range(CALLS):
            with httpx.Client(base_url=base, timeout=60, follow_redirects=True) as rep:
                welcome = _send(rep, join, join, name=f"Rep {number}").text
                codes += re.findall(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", welcome)[:1]
    assert len(codes) == CALLS, "not every rep got a code"
    return Room(solo=False, codes=tuple(codes), query=f"&cohort={session}")


def _send(browser: httpx.Client, page: str, to: str, **fields: str) -> httpx.Response:
    """Load a page and send one of its forms."""
    (token, *_) = re.findall(r'name="csrf" value="([^"]+)"', browser.get(page).text)
    return browser.post(to, data={"csrf": token, **fields}).raise_for_status()


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def server(home: Path, port: int, calls: int = CALLS, *options: str) -> Any:
    """Run the server; what is left of it is killed at the end."""
    with (home.parent / "server.log").open("ab") as log:
        child = subprocess.Popen(
            [*SERVE, "--port", str(port), "--calls", str(calls), *options],
            env={**os.environ, "VOICECOACH_HOME": str(home), "PYTHONPATH": str(ROOT)},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        until = time.monotonic() + UP_WITHIN_S
        while not _answers(port):
            assert child.poll() is None, f"the server ended by itself, see {home.parent / 'server.log'}"
            assert time.monotonic() < until, "the server did not come up"
            time.sleep(0.2)
        yield child
    finally:
        kill(child)


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5):
        return True
    return False


def kill(child: "subprocess.Popen[bytes]") -> None:
    """Kill the server and the voice's process that it started: nothing of it says goodbye."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait(30)


async def typing(url: str, code: str, seen: list[dict[str, Any]], chance: random.Random) -> None:
    """Type replies one after another until the line is cut."""
    with contextlib.suppress(OSError, websockets.WebSocketException):
        async with websockets.connect(url, max_size=None) as line:
            await line.send(json.dumps({"type": "start", "sample_rate": 16000, "token": code}))
            async for message in line:
                if isinstance(message, bytes):
                    continue
                told = json.loads(message)
                seen.append(told)
                if told.get("type") == "floor" and told["who"] == "rep":
                    await line.send(json.dumps({"type": "say", "text": chance.choice(TYPED)}))


async def speaking(url: str, code: str, seen: list[dict[str, Any]], name: str) -> None:
    """Speak recorded replies until the line is cut."""
    folder = ROOT / "audio_fixtures" / "calls" / name
    rep = Rep([sound_of(path) for path in sorted(folder.glob("*.flac"))] * 4)
    rep.seen.messages = seen
    await rep.call(url, {"token": code})


async def calls(port: int, room: Room, after_s: float, child: "subprocess.Popen[bytes]") -> list[list[dict[str, Any]]]:
    """Hold eight calls, kill the server after `after_s`, return what each rep was told."""
    # A rep whose line is cut in mid-word is what this is about, not a fault of the rep's.
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
    seen: list[list[dict[str, Any]]] = [[] for _ in range(CALLS)]
    reps = [
        asyncio.create_task(
            speaking(room.url(port, n), room.codes[n], seen[n], SPOKEN[n // 2])
            if n % 2
            else typing(room.url(port, n), room.codes[n], seen[n], random.Random(n))
        )
        for n in range(CALLS)
    ]
    until = time.monotonic() + UP_WITHIN_S
    while not all(any(told["type"] == "prospect_spoke" for told in one) for one in seen):
        assert time.monotonic() < until, "not all eight calls began"
        await asyncio.sleep(0.05)
    await asyncio.sleep(after_s)
    kill(child)
    done, late = await asyncio.wait(reps, timeout=30)
    for task in late:
        task.cancel()
    for task in done:
        task.result()
    return seen


def check(home: Path, records: Path, seen: list[list[dict[str, Any]]], result: Round) -> None:
    """Compare what the reps were told with what is on the disk."""
    for told in seen:
        name = next(message["call"] for message in told if message["type"] == "call")
        events = [{k: v for k, v in m.items() if k != "received"} for m in told if m["type"] in EVENT_TYPES]
        result.told += len(events)
        result.calls += not any(event["type"] == "call_ended" for event in events)
        try:
            record = read_record(records / name)
        except Exception as error:  # any fault of any kind is what is looked for
            result.faults.append(f"{name}: {error}")
            continue
        result.kept += len(record.events)
        # Line by line: what a `reply_went_on` took back stays in the file, and the reader leaves it out.
        lines = [json.loads(line) for line in (records / name / EVENTS).read_bytes().split(b"\n")[1:-1]]
        if lines[: len(events)] != events:
            result.faults.append(f"{name}: an event that the rep was told is not in the record")
    for path in records.glob(f"*/{EVENTS}"):
        try:
            read_record(path.parent)
        except Exception as error:
            result.faults.append(f"{path.parent.name}: {error}")
    for path in (path for path in home.rglob("*") if path.suffix in (".sqlite", ".db")):
        with contextlib.closing(sqlite3.connect(path, timeout=30)) as base:
            (said,) = base.execute("pragma integrity_check").fetchone()
        if said != "ok":
            result.faults.append(f"{path.name}: {said}")


def open_rows(home: Path) -> int:
    """Return how many calls the server's database takes for unfinished."""
    with contextlib.closing(sqlite3.connect(next(home.glob("*/server.sqlite")), timeout=30)) as base:
        return int(base.execute("select count(*) from call where ended_at is null").fetchone()[0])


def main() -> None:
    """Kill it twenty times and print what was there each time."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--accounts", action="store_true", help="with a trainer, a session and reps instead of --solo")
    parser.add_argument("--rounds", type=int, default=int(os.environ.get("ROUNDS", ROUNDS)))
    arguments, _ = parser.parse_known_args()
    chance = random.Random(1)
    faults = 0
    with tempfile.TemporaryDirectory(prefix="voicecoach-killed-") as place:
        home = Path(place) / "home"
        room = furnished(home) if arguments.accounts else Room()
        print(f"{'kill':>4} {'after':>7} {'calls':>6} {'told':>6} {'on disk':>8}  faults")
        for number in range(1, arguments.rounds + 1):
            result = one_round(home, room, number, round(chance.uniform(3.0, 15.0), 2))
            faults += len(result.faults)
            print(
                f"{number:>4} {result.after_s:>5.2f} s {result.calls:>6} {result.told:>6} {result.kept:>8}  "
                f"{'; '.join(result.faults) or 'none'}",
                flush=True,
            )
        with server(home, port := free_port(), CALLS, *room.options):
            seen: list[dict[str, Any]] = []
            unfinished = open_rows(home)
            call = typing(room.url(port, 1), room.codes[0], seen, random.Random(1))
            asyncio.run(asyncio.wait_for(call, CALL_WITHIN_S))
        ended = any(message["type"] == "call_ended" for message in seen)
        print(f"after the last kill the server {'plays a whole call' if ended else 'PLAYS NO CALL'}; ", end="")
        print(f"{unfinished} calls were left open in its database")
    print(f"{arguments.rounds} kills, {faults} faults")
    sys.exit(1 if faults or unfinished or not ended else 0)


def one_round(home: Path, room: Room, number: int, after_s: float) -> Round:
    """Start the server, hold eight calls, kill it and look at what is there."""
    result = Round(number, after_s)
    with server(home, port := free_port(), CALLS, *room.options) as child:
        seen = asyncio.run(calls(port, room, after_s, child))
    check(home, room.records(home), seen, result)
    return result


if __name__ == "__main__":
    main()
