"""The server killed with SIGKILL in the middle of eight calls, twenty times.

Each time a real ``voicecoach serve --solo`` runs on the loopback in one home that all rounds share; four reps speak
(recordings, paced), four type. At a moment that differs from round to round the whole process is killed. Then: every
event that any rep was told stands in that call's record, in the same words; every record reads; every database passes
SQLite's own check without a repair; and the server that is started next in the same home answers and plays a call.
"""

import asyncio
import contextlib
import json
import os
import random
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
SERVE = (sys.executable, "-m", "voicecoach.cli.main", "serve", "--solo")
UP_WITHIN_S = 180.0
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


async def typing(url: str, seen: list[dict[str, Any]], chance: random.Random) -> None:
    """Type replies one after another until the line is cut."""
    with contextlib.suppress(OSError, websockets.WebSocketException):
        async with websockets.connect(url, max_size=None) as line:
            await line.send(json.dumps({"type": "start", "sample_rate": 16000}))
            async for message in line:
                if isinstance(message, bytes):
                    continue
                told = json.loads(message)
                seen.append(told)
                if told.get("type") == "floor" and told["who"] == "rep":
                    await line.send(json.dumps({"type": "say", "text": chance.choice(TYPED)}))


async def speaking(url: str, seen: list[dict[str, Any]], name: str) -> None:
    """Speak recorded replies until the line is cut."""
    folder = ROOT / "audio_fixtures" / "calls" / name
    rep = Rep([sound_of(path) for path in sorted(folder.glob("*.flac"))] * 4)
    rep.seen.messages = seen
    await rep.call(url)


async def calls(port: int, after_s: float, child: "subprocess.Popen[bytes]") -> list[list[dict[str, Any]]]:
    """Hold eight calls, kill the server after `after_s`, return what each rep was told."""
    # A rep whose line is cut in mid-word is what this is about, not a fault of the rep's.
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
    seen: list[list[dict[str, Any]]] = [[] for _ in range(CALLS)]
    base = f"ws://127.0.0.1:{port}/ws/call?persona=thoughtful-owner&seed="
    reps = [
        asyncio.create_task(
            speaking(f"{base}{n}", seen[n], SPOKEN[n // 2])
            if n % 2
            else typing(f"{base}{n}", seen[n], random.Random(n))
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


def check(home: Path, seen: list[list[dict[str, Any]]], result: Round) -> None:
    """Compare what the reps were told with what is on the disk."""
    for told in seen:
        name = next(message["call"] for message in told if message["type"] == "call")
        events = [{k: v for k, v in m.items() if k != "received"} for m in told if m["type"] in EVENT_TYPES]
        result.told += len(events)
        result.calls += not any(event["type"] == "call_ended" for event in events)
        try:
            record = read_record(home / "calls" / name)
        except Exception as error:  # any fault of any kind is what is looked for
            result.faults.append(f"{name}: {error}")
            continue
        result.kept += len(record.events)
        if record.events[: len(events)] != events:
            result.faults.append(f"{name}: an event that the rep was told is not in the record")
    for path in (home / "calls").glob(f"*/{EVENTS}"):
        try:
            read_record(path.parent)
        except Exception as error:
            result.faults.append(f"{path.parent.name}: {error}")
    for path in (path for path in home.rglob("*") if path.suffix in (".sqlite", ".db")):
        with contextlib.closing(sqlite3.connect(path, timeout=30)) as base:
            (said,) = base.execute("pragma integrity_check").fetchone()
        if said != "ok":
            result.faults.append(f"{path.name}: {said}")


def main() -> None:
    """Kill it twenty times and print what was there each time."""
    rounds = int(os.environ.get("ROUNDS", ROUNDS))
    chance = random.Random(1)
    faults = 0
    with tempfile.TemporaryDirectory(prefix="voicecoach-killed-") as place:
        home = Path(place) / "home"
        print(f"{'kill':>4} {'after':>7} {'calls':>6} {'told':>6} {'on disk':>8}  faults")
        for number in range(1, rounds + 1):
            result = Round(number, round(chance.uniform(3.0, 15.0), 2))
            port = free_port()
            with server(home, port) as child:
                seen = asyncio.run(calls(port, result.after_s, child))
            check(home, seen, result)
            faults += len(result.faults)
            print(
                f"{number:>4} {result.after_s:>5.2f} s {result.calls:>6} {result.told:>6} {result.kept:>8}  "
                f"{'; '.join(result.faults) or 'none'}",
                flush=True,
            )
        with server(home, port := free_port()):
            seen = [[]]
            asyncio.run(asyncio.wait_for(_one_call(port, seen[0]), 120))
        ended = any(message["type"] == "call_ended" for message in seen[0])
        print(f"after the last kill the server {'plays a whole call' if ended else 'PLAYS NO CALL'}")
    print(f"{rounds} kills, {faults} faults")
    sys.exit(1 if faults or not ended else 0)


async def _one_call(port: int, seen: list[dict[str, Any]]) -> None:
    await typing(f"ws://127.0.0.1:{port}/ws/call?persona=thoughtful-owner&seed=1", seen, random.Random(1))


if __name__ == "__main__":
    main()
