"""Whether sound is kept: asked once, never assumed, changed at any time, and gone when its time is over."""

import io
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from voicecoach.cli.main import main
from voicecoach.cli.privacy import sound_is_kept
from voicecoach.events import Clip
from voicecoach.keep.notes import VerdictDisputed, append_note
from voicecoach.keep.privacy import FILE, Privacy, read_privacy, write_privacy
from voicecoach.keep.record import EVENTS, RecordWriter
from voicecoach.library import Library
from voicecoach.testing import FixedTranscriber

REPLY = Path(__file__).parent.parent.parent / "audio_fixtures" / "calls" / "dance" / "01.flac"


class Terminal(io.StringIO):
    """Something that looks like a terminal."""

    def isatty(self) -> bool:
        """Say that it is one."""
        return True


def at_a_terminal(monkeypatch: pytest.MonkeyPatch, types: str) -> Terminal:
    shown = Terminal()
    monkeypatch.setattr(sys, "stdin", Terminal(types))
    monkeypatch.setattr(sys, "stdout", shown)
    return shown


@pytest.mark.parametrize(("types", "kept"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_it_is_asked_once(home: Path, monkeypatch: pytest.MonkeyPatch, types: str, kept: bool) -> None:
    shown = at_a_terminal(monkeypatch, types)
    assert sound_is_kept(live=True) is kept
    assert shown.getvalue().count("Keep the sound?") == 1
    assert sound_is_kept(live=True) is kept
    assert shown.getvalue().count("Keep the sound?") == 1
    assert read_privacy(home).keep_sound is kept


def test_where_nobody_can_be_asked_nothing_is_kept_and_that_is_said(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert sound_is_kept(live=True) is False
    assert "not kept" in capsys.readouterr().err
    assert not (home / FILE).exists()


def test_a_recording_that_is_handed_over_is_kept_unless_the_answer_was_no(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("voicecoach.wiring.transcriber", lambda _: FixedTranscriber("take all the time you need"))
    assert main(["replay", str(REPLY), "--captions", "--record", str(home / "calls" / "one")]) == 0
    assert (home / "calls" / "one" / "01-rep.flac").exists()
    assert main(["privacy", "--sound", "no"]) == 0
    assert main(["replay", str(REPLY), "--captions", "--record", str(home / "calls" / "two")]) == 0
    assert not list((home / "calls" / "two").glob("*.flac"))
    assert main(["replay", str(REPLY), "--captions", "--mixdown", str(home / "all.wav")]) == 2
    assert main(["report", "two", "--sound"]) == 2
    assert "kept no sound" in capsys.readouterr().err
    assert main(["report", "two", "--out", str(home / "two.html")]) == 0


def test_the_answer_is_changed_and_shown(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["privacy"]) == 0
    assert "until you have been asked" in capsys.readouterr().out
    assert main(["privacy", "--sound", "yes", "--days", "30"]) == 0
    assert read_privacy(home) == Privacy(True, 30)
    out = capsys.readouterr().out
    assert "is kept" in out
    assert str(home) in out
    assert main(["privacy", "--days", "-1"]) == 2


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"keep_sound": "yes", "days": 9}', '{"keep_sound": true, "days": "x"}']
)
def test_an_answer_that_cannot_be_read_is_none(home: Path, text: str) -> None:
    home.mkdir()
    (home / FILE).write_text(text)
    assert read_privacy(home) == Privacy()


def kept_call(home: Path, name: str, days_ago: float) -> Path:
    folder = home / "calls" / name
    writer = RecordWriter(folder)
    writer.keep_sound("01-rep", Clip(pcm=np.ones(16_000, "<i2").tobytes(), sample_rate_hz=16_000))
    writer.close()
    when = (datetime.now(UTC) - timedelta(days=days_ago)).isoformat(timespec="seconds")
    opened = json.loads((folder / EVENTS).read_text())
    (folder / EVENTS).write_text(json.dumps({**opened, "opened_at": when}) + "\n")
    return folder


def test_sound_whose_time_is_over_goes_when_the_program_starts(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = kept_call(home, "old", 31), kept_call(home, "new", 29)
    write_privacy(home, Privacy(True, 30))
    assert main(["calls"]) == 0
    assert "The sound of one call is older than 30 days and was deleted." in capsys.readouterr().err
    assert not list(old.glob("*.flac"))
    assert list(new.glob("*.flac"))
    assert (old / EVENTS).exists()
    assert {row.name: row.has_sound for row in Library().find()} == {"old": False, "new": True}


def test_sound_that_shall_stay_stays(home: Path) -> None:
    old = kept_call(home, "old", 4000)
    write_privacy(home, Privacy(True, 0))
    assert main(["calls"]) == 0
    assert main(["forget"]) == 0
    assert list(old.glob("*.flac"))


def test_forget_deletes_sound_now(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = kept_call(home, "old", 5), kept_call(home, "new", 1)
    assert main(["forget", "--days", "3"]) == 0
    assert "one call" in capsys.readouterr().out
    assert not list(old.glob("*.flac"))
    assert list(new.glob("*.flac"))
    assert main(["forget", "--days", "0"]) == 0
    assert not list(new.glob("*.flac"))


def test_no_second_of_a_deleted_call_is_left_anywhere(home: Path) -> None:
    folder = kept_call(home, "zanzibar", 1)
    append_note(folder, VerdictDisputed(turn=1, why="zanzibar"))
    (folder / "02-rep.part").write_bytes(b"half a clip")
    sound = (folder / "01-rep.flac").read_bytes()
    Library()
    assert main(["calls", "delete", "zanzibar", "--yes"]) == 0
    for path in home.rglob("*"):
        assert "zanzibar" not in path.name
        if path.is_file():
            content = path.read_bytes()
            assert b"zanzibar" not in content
            assert sound[:200] not in content


def test_the_document_names_every_place(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (Path(__file__).parent.parent.parent / "docs" / "privacy.md").read_text()
    monkeypatch.setattr("voicecoach.wiring.transcriber", lambda _: FixedTranscriber("take all the time you need"))
    assert main(["privacy", "--sound", "yes"]) == 0
    assert main(["replay", str(REPLY), "--captions"]) == 0
    name = Library().find()[0].name
    assert main(["dispute", name, "--turn", "1", "--why", "because"]) == 0
    for path in home.rglob("*"):
        if path.is_file() and "cache" not in path.parts:
            known = {"01-rep.flac": "FLAC"}.get(path.name, path.name)
            assert known in text, f"docs/privacy.md does not say what {path.relative_to(home)} is"
