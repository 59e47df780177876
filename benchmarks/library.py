"""The library with 20,000 calls, and what a kill at any moment leaves of a call."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from voicecoach.cli.progress import _known, past
from voicecoach.dance import persona as personas
from voicecoach.dance.prospect import Prospect
from voicecoach.deliver.speaker import SilentSpeaker
from voicecoach.events import Side, Verdict, as_record
from voicecoach.keep.index import Wanted
from voicecoach.keep.record import EVENTS, read_record
from voicecoach.library import Library
from voicecoach.loop import Call, Parts
from voicecoach.report.progress import progress_of
from voicecoach.testing import ListRecorder, ScriptedEar, SilentVoice, SpellingJudge

CALLS = 20_000
SHAPES = 200
KILLS = 50
RUNS = 5
ROOM, PUSH, MEET = "step_back give_time and more words", "pressure urgency by friday or so", "step_in answer that is it"


def _habits(name: str, seed: int, chance: random.Random, skill: float) -> list[str]:
    """Return the replies of a rep who does what fits with that probability."""
    prospect, replies = Prospect(personas.find(name), seed), []
    prospect.open()
    while prospect.stance.outcome is None and len(replies) < 15:
        away = prospect.stance.side is Side.AWAY
        reply = (ROOM if away else MEET) if chance.random() < skill else PUSH
        prospect.hear(Verdict(reply.split()[0]))
        replies.append(reply)
    return replies


def make_calls(home: Path, count: int, days: int = 700) -> None:
    """Write records of calls with all personas, from a rep who gets better."""
    chance = random.Random(5)
    names = [path.stem for path in sorted(personas.folder().glob("*.yaml"))]
    shapes = []
    kinds = min(SHAPES, count)
    for number in range(kinds):
        name, seed = chance.choice(names), chance.randint(1, 9)
        recorder = ListRecorder()
        replies = _habits(name, seed, chance, 0.55 + 0.44 * number / kinds)
        parts = Parts(
            ear=ScriptedEar(replies),
            judge=SpellingJudge(),
            voice=SilentVoice(),
            speaker=SilentSpeaker(),
            recorder=recorder,
            model="none",
        )
        Call(Prospect(personas.find(name), seed), seed, parts, lambda _: None).play()
        shapes.append((name, "".join(json.dumps(as_record(event)) + "\n" for event in recorder.events)))
    begin = datetime.now(UTC) - timedelta(days=days)
    for number in range(count):
        name, text = shapes[number * len(shapes) // count]
        when = begin + timedelta(days=days * number / count)
        folder = home / "calls" / f"{when.strftime('%Y-%m-%dT%H-%M-%S')}-{name}-{number:05x}"
        folder.mkdir(parents=True)
        opened = {"type": "record_opened", "schema": 1, "opened_at": when.isoformat(timespec="seconds")}
        (folder / EVENTS).write_text(json.dumps(opened) + "\n" + text)


def _median_s(run: Callable[[], Any]) -> float:
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        run()
        times.append(time.perf_counter() - began)
    return sorted(times)[RUNS // 2]


def large(home: Path, count: int = CALLS) -> None:
    """Time list, progress, one more call and rebuild."""
    make_calls(home, count)
    calls = home / "calls"
    began = time.perf_counter()
    library = Library(calls)
    picked = time.perf_counter() - began
    listed = _median_s(lambda: Library(calls).find(Wanted(last=20)))
    narrowed = _median_s(lambda: library.find(Wanted(last=20, outcome="lost", since="2026-01-01")))
    known = _known()
    today = datetime.now(UTC).date()
    told = _median_s(lambda: progress_of([past(row) for row in Library(calls).find()], known, today))
    one = sorted(calls.iterdir())[0]
    added = _median_s(lambda: library.add(one))
    began = time.perf_counter()
    library.rebuild()
    rebuilt = time.perf_counter() - began
    print(f"{count} calls, index {(home / 'library.sqlite').stat().st_size / 1e6:.1f} MB, medians of {RUNS}")
    print(f"open and list the newest 20:  {listed:7.3f} s  (aim 0.2)")
    print(f"list filtered:                {narrowed:7.3f} s")
    print(f"open and count progress:      {told:7.3f} s  (aim 1)")
    print(f"a call adds its row:          {added:7.3f} s")
    print(f"the index made from the disk: {picked:7.1f} s; made anew: {rebuilt:7.1f} s")
    environment = {**os.environ, "VOICECOACH_HOME": str(home)}
    for words in (["calls"], ["progress"]):
        command = [sys.executable, "-m", "voicecoach.cli.main", *words]
        took = _median_s(lambda: subprocess.run(command, env=environment, check=True, capture_output=True))  # noqa: B023
        print(f"voicecoach {words[0]}, the whole command: {took:.2f} s")


def kills(home: Path, count: int = KILLS) -> None:
    """Kill replayed calls at random moments; every event that was said before must be in the record."""
    recordings = Path(__file__).parent.parent / "audio_fixtures" / "calls" / "recovery"
    environment = {**os.environ, "VOICECOACH_HOME": str(home)}
    command = [sys.executable, "-u", "-m", "voicecoach.cli.main", "replay", str(recordings), "--captions", "--json"]

    def begin() -> tuple[subprocess.Popen[str], float]:
        program = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert program.stdout is not None
        first = program.stdout.readline()
        assert "call_started" in first
        return program, time.perf_counter()

    program, began = begin()
    program.communicate()
    whole_s = time.perf_counter() - began
    chance, told, kept, lost, half = random.Random(9), 0, 0, 0, 0
    for _ in range(count):
        before = set((home / "calls").iterdir())
        program, _ = begin()
        time.sleep(chance.uniform(0, whole_s * 0.95))
        os.kill(program.pid, signal.SIGKILL)
        assert program.stdout is not None
        said = ["call_started", *re.findall(r'^\{"type": "(\w+)".*\}$', program.stdout.read(), re.MULTILINE)]
        program.wait()
        (folder,) = set((home / "calls").iterdir()) - before
        record = read_record(folder)
        kinds = [event["type"] for event in record.events]
        told += len(said)
        kept += len(kinds)
        lost += len(said) if kinds[: len(said)] != said else 0
        half += not record.whole
    library = Library(home / "calls")
    rows = library.rebuild()
    damaged = len(library.find(Wanted(outcome="damaged")))
    print(
        f"{count} kills over {whole_s:.1f} s of a call: {told} events said before, {kept} in the records, {lost} lost"
    )
    print(f"{half} calls were cut short; the library rebuilds: {rows} rows, {damaged} damaged")


def main() -> None:
    """Print both."""
    with tempfile.TemporaryDirectory() as folder:
        large(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        kills(Path(folder))
