"""A record survives a kill, refuses to be overwritten, and says where it is damaged."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from voicecoach.errors import NotWritableError, RecordError
from voicecoach.events import NothingHeard
from voicecoach.keep.mixdown import write_mixdown
from voicecoach.keep.record import EVENTS, RecordWriter, read_record, salvage

KILLED_IN_MID_CALL = """
import os, sys
from pathlib import Path
from voicecoach.events import NothingHeard
from voicecoach.keep.record import RecordWriter
writer = RecordWriter(Path(sys.argv[1]))
for turn in range(1, 1000000):
    writer.write(NothingHeard(at_s=float(turn), turn=turn, start_s=0.0, end_s=1.0, why="silence", sound_from_s=0.0))
    if turn == 5:
        print("five", flush=True)
"""


def an_event(turn: int = 1) -> NothingHeard:
    return NothingHeard(at_s=1.0, turn=turn, start_s=0.0, end_s=1.0, why="silence", sound_from_s=0.0)


def test_a_call_killed_at_any_moment_is_readable_to_the_last_event(tmp_path: Path) -> None:
    program = subprocess.Popen(
        [sys.executable, "-c", KILLED_IN_MID_CALL, str(tmp_path / "call")], stdout=subprocess.PIPE, text=True
    )
    assert program.stdout is not None
    assert program.stdout.readline() == "five\n"
    os.kill(program.pid, signal.SIGKILL)
    program.wait()

    record = read_record(tmp_path / "call")

    assert not record.whole
    assert [event["turn"] for event in record.events] == list(range(1, len(record.events) + 1))
    assert len(record.events) >= 5


def test_a_half_written_last_line_costs_only_that_line(tmp_path: Path) -> None:
    writer = RecordWriter(tmp_path / "call")
    writer.write(an_event())
    writer.close()
    with (tmp_path / "call" / EVENTS).open("a") as log:
        log.write('{"type": "rep_sp')

    record = read_record(tmp_path / "call")

    assert len(record.events) == 1
    assert not record.whole


def test_a_damaged_line_in_the_middle_is_named(tmp_path: Path) -> None:
    writer = RecordWriter(tmp_path / "call")
    writer.write(an_event())
    writer.close()
    log = tmp_path / "call" / EVENTS
    log.write_text(log.read_text() + "#!\n" + json.dumps({"type": "call_ended"}) + "\n")

    with pytest.raises(RecordError, match=r"events\.jsonl:3: this line is damaged"):
        read_record(tmp_path / "call")


def test_a_record_is_never_written_over(tmp_path: Path) -> None:
    RecordWriter(tmp_path / "call").close()
    before = (tmp_path / "call" / EVENTS).read_bytes()

    with pytest.raises(RecordError, match="holds a record already"):
        RecordWriter(tmp_path / "call")

    assert (tmp_path / "call" / EVENTS).read_bytes() == before


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_record_is_its_owners_alone(tmp_path: Path) -> None:
    RecordWriter(tmp_path / "call").close()
    assert (tmp_path / "call").stat().st_mode & 0o077 == 0


def test_a_record_of_a_newer_program_is_not_guessed_at(tmp_path: Path) -> None:
    (tmp_path / EVENTS).write_text('{"type": "record_opened", "schema": 999}\n')

    with pytest.raises(RecordError, match="newer voicecoach"):
        read_record(tmp_path)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full here")
def test_a_full_disk_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "call").mkdir()
    writer = RecordWriter(tmp_path / "call")
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, writer._file)

    with pytest.raises(NotWritableError, match="No space left on device"):
        writer.write(an_event())


def test_a_mixdown_puts_both_voices_in_their_place(home: Path) -> None:
    from voicecoach.cli.main import main

    assert main(["replay", "audio_fixtures/calls/only_okay/call.yaml", "--record", str(home / "call")]) == 0
    record = read_record(home / "call")
    seconds = write_mixdown(record, home / "call.wav")

    sound, rate = soundfile.read(home / "call.wav")
    assert len(sound) / rate == pytest.approx(seconds, abs=0.01)
    assert seconds >= record.events[-1]["at_s"] - 0.01
    assert np.abs(sound).max() > 0.1


@pytest.mark.parametrize(
    ("log", "number", "events"),
    [
        (b'{"type": "record_opened", "schema": 1}\n{"type": "a"}\n{"type": "b\xff"}\n{"type": "c"}\n', 3, 1),
        (b'{"type": "record_opened", "schema": 1}\n{"type": "a"}{"type": "b"}\n', 2, 0),
        (b'{"type": "record_opened", "schema": 1}\n' + b"[" * 100_000 + b"\n", 2, 0),
        (b'{"type": "record_opened", "schema": 1}\n{"type": "a"}\n\n', 3, 1),
    ],
    ids=["not UTF-8", "two in a line", "nested without end", "an empty line"],
)
def test_the_first_damaged_line_is_named(tmp_path: Path, log: bytes, number: int, events: int) -> None:
    (tmp_path / EVENTS).write_bytes(log)
    record = salvage(tmp_path)
    assert f"{EVENTS}:{number}:" in record.damage
    assert len(record.events) == events


@pytest.mark.parametrize(
    "log",
    [
        b'{"type": "record_opened", "schema": 1}\r\n{"type": "a"}\r\n',
        '{"type": "record_opened", "schema": 1}\n{"type": "a"}\n{"type": "é'.encode()[:-1],
    ],
    ids=["line ends of Windows", "a letter cut in half by a kill"],
)
def test_what_is_no_damage_is_read(tmp_path: Path, log: bytes) -> None:
    (tmp_path / EVENTS).write_bytes(log)
    record = salvage(tmp_path)
    assert (record.damage, [event["type"] for event in record.events]) == ("", ["a"])


@pytest.mark.parametrize("left", [b"", b'{"type": "record_op'])
def test_a_kill_before_the_first_line_is_told_as_what_it_is(tmp_path: Path, left: bytes) -> None:
    (tmp_path / "events.jsonl").write_bytes(left)
    with pytest.raises(RecordError, match="holds no event"):
        read_record(tmp_path)
