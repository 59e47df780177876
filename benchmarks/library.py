"""The library with 20,000 calls, and what a kill at any moment leaves of a call."""

import json
import os
import random
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
    began, used = time.perf_counter(), time.process_time()
    library.rebuild()
    rebuilt, used = time.perf_counter() - began, time.process_time() - used
    print(f"{count} calls, index {(home / 'library.sqlite').stat().st_size / 1e6:.1f} MB, medians of {RUNS}")
    print(f"open and list the newest 20:  {listed:7.3f} s  (aim 0.2)")
    print(f"list filtered:                {narrowed:7.3f} s")
    print(f"open and count progress:      {told:7.3f} s  (aim 1)")
    print(f"a call adds its row:          {added:7.3f} s")
    print(
        f"the index made from the disk: {picked:7.1f} s; made anew: {rebuilt:7.1f} s, {used:.1f} s of it this program's"
    )
    environment = {**os.environ, "VOICECOACH_HOME": str(home)}
    for words in (["calls"], ["progress"]):
        command = [sys.executable, "-m", "voicecoach.cli.main", *words]
        took = _median_s(lambda: subprocess.run(command, env=environment, check=True, capture_output=True))  # noqa: B023
        print(f"voicecoach {words[0]}, the whole command: {took:.2f} s")


WORDS_ALONE = """
import itertools, json, sys
from pathlib import Path
from voicecoach.cli.replay import shelve
from voicecoach.dance import persona as personas
from voicecoach.dance.prospect import Prospect
from voicecoach.deliver.speaker import SilentSpeaker
from voicecoach.events import as_record
from voicecoach.keep.record import RecordWriter, new_folder
from voicecoach.loop import Call, Parts
from voicecoach.testing import ScriptedEar, SilentVoice, SpellingJudge
for _ in itertools.count():
    folder = new_folder(Path(sys.argv[1]) / "calls", "thoughtful-owner")
    writer = RecordWriter(folder)
    ear = ScriptedEar(["pressure demand_reason", *["step_back give_time"] * 4])
    judge, voice, speaker = SpellingJudge(), SilentVoice(), SilentSpeaker()
    parts = Parts(ear=ear, judge=judge, voice=voice, speaker=speaker, recorder=writer, model="none")
    def tell(event):
        print(json.dumps({"in": folder.name, **as_record(event)}), flush=True)
    Call(Prospect(personas.find("thoughtful-owner"), 7), 7, parts, tell).play()
    writer.close()
    shelve(folder)
"""
"""Calls one after the other through the real loop, record and library, from words instead of sound."""


REPLAYED = ("dance", "chase", "recovery", "lunge", "missed_steps")


def replaying(name: str) -> list[str]:
    """Return the command that replays one recorded call, sound and all."""
    call = Path(__file__).parent.parent / "audio_fixtures" / "calls" / name
    return [sys.executable, "-u", "-m", "voicecoach.cli.main", "replay", str(call), "--json"]


def kills(home: Path, commands: list[list[str]], count: int, within_s: list[float]) -> None:
    """Kill calls at random moments; every event that was said before must be in the record, its sound whole."""
    environment = {**os.environ, "VOICECOACH_HOME": str(home)}
    chance, told, kept, lost, sounds, going_on = random.Random(9), 0, 0, 0, 0, 0
    for number in range(count):
        before = set((home / "calls").iterdir()) if (home / "calls").is_dir() else set()
        command, longest_s = commands[number % len(commands)], within_s[number % len(commands)]
        program = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert program.stdout is not None
        first = program.stdout.readline()
        time.sleep(chance.uniform(0, longest_s))
        going_on += program.poll() is None
        program.send_signal(signal.SIGKILL)
        *lines, _half = (first + program.stdout.read()).split("\n")
        program.wait()
        new = set((home / "calls").iterdir()) - before
        said: dict[str, list[dict[str, Any]]] = {}
        for event in map(json.loads, lines):
            said.setdefault(event.pop("in", next(iter(new)).name), []).append(event)
        for folder in new:
            events, mine = read_record(folder).events, said.get(folder.name, [])
            told, kept = told + len(mine), kept + len(events)
            lost += sum(event not in events for event in mine)
            sounds += sum(_is_whole(folder / event["audio"]) for event in events if event.get("audio"))
    library = Library(home / "calls")
    rows, cut = library.rebuild(), len(library.find(Wanted(outcome="broken_off")))
    damaged = len(library.find(Wanted(outcome="damaged")))
    print(f"{count} kills, {going_on} of a call that was going on: ", end="")
    print(f"{told} events said before, {kept} in the records, {lost} lost; {sounds} sounds named there, all whole")
    print(f"the library rebuilds: {rows} calls, {cut} of them cut short, {damaged} damaged")


def _is_whole(path: Path) -> bool:
    """Read a sound to its end; raise where it is cut."""
    import soundfile

    with soundfile.SoundFile(path) as sound:
        if len(sound.read()) != sound.frames:
            raise ValueError(f"{path} is cut")
    return True


def _took_s(command: list[str], home: Path) -> float:
    """Return the seconds from a command's first line to its end, undisturbed."""
    environment = {**os.environ, "VOICECOACH_HOME": str(home)}
    program = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert program.stdout is not None
    program.stdout.readline()
    began = time.perf_counter()
    program.communicate()
    return time.perf_counter() - began


def killed_sound(count: int = KILLS) -> None:
    """Kill `voicecoach replay` of recorded sound, anywhere between a call's first event and its end."""
    with tempfile.TemporaryDirectory() as folder:
        commands = [replaying(name) for name in REPLAYED]
        whole_s = [_took_s(command, Path(folder) / "undisturbed") for command in commands]
        print("voicecoach replay, from sound; undisturbed the calls take", *(f"{took:.1f}" for took in whole_s), "s")
        kills(Path(folder), commands, count, whole_s)


def main() -> None:
    """Print all of it."""
    with tempfile.TemporaryDirectory() as folder:
        large(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        print("calls through the loop, from words:")
        kills(Path(folder), [[sys.executable, "-c", WORDS_ALONE, folder]], KILLS, [1.0])
    killed_sound()
