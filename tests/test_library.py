"""The library: an index that follows the disk, survives what can happen to a file, and can always be made again."""

import csv
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from voicecoach.cli.main import main
from voicecoach.dance.prospect import Prospect
from voicecoach.deliver.speaker import SilentSpeaker
from voicecoach.keep.index import HEAD, METADATA, Index, Wanted, _alembic_config
from voicecoach.keep.notes import NOTES, VerdictDisputed, VerdictOverridden, append_note, read_notes
from voicecoach.keep.record import EVENTS, RecordWriter
from voicecoach.library import INDEX, Library
from voicecoach.loop import Call, Parts
from voicecoach.rows import rows_of
from voicecoach.testing import FixedTranscriber, ScriptedEar, SilentVoice, SpellingJudge, plain_persona

ROOM, PUSH, MEET = "step_back give_time", "pressure urgency by friday", "step_in answer"
MARKED = "step_back give_time xylophone"


def keep(home: Path, name: str, replies: list[str], *, persona: str = "plain", day: str = "") -> Path:
    """Play a call and keep its record, with sound."""
    folder = home / "calls" / name
    writer = RecordWriter(folder)
    voice, speaker = SilentVoice(), SilentSpeaker()
    parts = Parts(
        ear=ScriptedEar(replies), judge=SpellingJudge(), voice=voice, speaker=speaker, recorder=writer, model="none"
    )
    Call(Prospect(plain_persona(), 1), 1, parts, lambda _: None).play()
    writer.close()
    log = folder / EVENTS
    text = log.read_text().replace('"persona": "plain"', f'"persona": "{persona}"')
    log.write_text(
        text.replace(json.loads(text.splitlines()[0])["opened_at"], f"{day}T10:00:00+00:00") if day else text
    )
    return folder


@pytest.fixture
def three(home: Path) -> Path:
    keep(home, "a-dance", [ROOM, ROOM, MEET, MEET], day="2026-11-01")
    keep(home, "b-chase", [PUSH] * 3, day="2026-11-02")
    keep(home, "c-other", [ROOM, PUSH], persona="thoughtful-owner", day="2026-11-03")
    return home


def test_calls_are_found_by_persona_outcome_and_date(three: Path) -> None:
    library = Library()
    assert [row.name for row in library.find()] == ["c-other", "b-chase", "a-dance"]
    assert [row.name for row in library.find(Wanted(persona="thoughtful-owner"))] == ["c-other"]
    assert [row.name for row in library.find(Wanted(outcome="agreed"))] == ["a-dance"]
    assert [row.name for row in library.find(Wanted(since="2026-11-02"))] == ["c-other", "b-chase"]
    assert [row.name for row in library.find(Wanted(until="2026-11-02"))] == ["b-chase", "a-dance"]
    assert [row.name for row in library.find(Wanted(last=1))] == ["c-other"]
    dance = library.find(Wanted(outcome="agreed"))[0]
    assert (dance.score, dance.replies, dance.pushes, dance.has_sound) == (100, 4, 0, True)
    assert library.find(Wanted(persona="thoughtful-owner"))[0].difficulty == 1


def test_what_lies_on_the_disk_is_picked_up_and_what_is_gone_goes(three: Path) -> None:
    assert Library().index.count() == 3
    keep(three, "d-copied-in", [ROOM, ROOM, MEET, MEET])
    shutil.rmtree(three / "calls" / "a-dance")

    library = Library()

    assert {row.name for row in library.find()} == {"b-chase", "c-other", "d-copied-in"}
    assert library.pick_up() == 0


def test_a_call_that_goes_on_after_it_was_read_is_read_again(three: Path) -> None:
    log = three / "calls" / "a-dance" / EVENTS
    whole = log.read_bytes()
    log.write_bytes(b"".join(whole.splitlines(keepends=True)[:6]))
    assert Library().find(Wanted(outcome="broken_off"))[0].name == "a-dance"

    log.write_bytes(whole)

    assert Library().find(Wanted(outcome="agreed"))[0].score == 100


@pytest.mark.parametrize("damage", ["rubbish in a line", "an event without its fields", "not a record", "no log"])
def test_a_damaged_record_is_listed_with_what_could_be_read(
    three: Path, damage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    log = three / "calls" / "a-dance" / EVENTS
    lines = log.read_text().splitlines()
    match damage:
        case "rubbish in a line":
            lines[8] = lines[8][:20]
        case "an event without its fields":
            lines[4] = '{"type": "rep_spoke", "turn": 1}'
        case "not a record":
            lines = ["hello"]
        case "no log":
            log.unlink()
    if log.exists():
        log.write_text("\n".join(lines) + "\n")

    assert main(["calls"]) == 0

    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("a-dance"))
    assert "damaged" in line
    row = next(row for row in Library().find(Wanted(outcome="damaged")))
    assert row.score is None
    assert row.damage
    if damage == "rubbish in a line":
        assert row.replies == 2  # all that came before it
        assert f"{EVENTS}:9" in row.damage
        assert main(["report", "a-dance", "--text"]) == 0
        assert "what could be read" in capsys.readouterr().out


@pytest.mark.parametrize("harm", ["no database", "cut in half", "newer", "gone"])
def test_an_index_that_cannot_be_used_is_made_anew(three: Path, harm: str) -> None:
    library = Library()
    before = library.find()
    library.index.close()
    index = three / INDEX
    match harm:
        case "no database":
            index.write_bytes(b"this is no database" * 1000)
        case "cut in half":
            index.write_bytes(index.read_bytes()[: index.stat().st_size // 2])
        case "newer":
            with sqlite3.connect(index) as connection:
                connection.execute("update alembic_version set version_num = '9999'")
        case "gone":
            index.unlink()

    assert Library().find() == before


def test_rebuild_gives_the_same_rows(three: Path) -> None:
    library = Library()
    before = library.find()
    assert library.rebuild() == 3
    assert library.find() == before


def test_many_records_are_read_by_several_processes_and_give_the_same_rows(
    three: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (three / "calls" / "b-chase" / EVENTS).write_text("no record\n")
    calls, names = three / "calls", ["a-dance", "b-chase", "c-other"]
    alone = rows_of(calls, names)
    assert [row.outcome == "damaged" for row in alone] == [False, True, False]
    monkeypatch.setattr("voicecoach.rows.MANY", 2)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    # Here only whoever is started anew can count: this process refuses.
    with monkeypatch.context() as refusing:
        refusing.setattr("voicecoach.rows.salvage", lambda _: pytest.fail("read by this process"))
        assert rows_of(calls, names) == alone

    def none_to_be_had(_: str) -> None:
        raise OSError("no processes here")

    monkeypatch.setattr("multiprocessing.get_context", none_to_be_had)
    assert rows_of(calls, names) == alone


def test_a_rebuild_that_is_broken_off_leaves_the_index_as_it_was(three: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = Library()
    before = library.find()
    monkeypatch.setattr("voicecoach.library.rows_of", lambda *_: [*before[:1], None])
    with pytest.raises(AttributeError):
        library.rebuild()
    assert library.find() == before


def test_the_migrations_make_what_the_program_expects(tmp_path: Path) -> None:
    assert ScriptDirectory.from_config(_alembic_config()).get_current_head() == HEAD
    index = Index(tmp_path / "index.sqlite")
    with index._engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
        assert connection.execute(sa.text("PRAGMA integrity_check")).scalar() == "ok"


def test_two_programs_may_open_a_new_library_at_once(three: Path) -> None:
    code = "from voicecoach.library import Library; print(len(Library().find()))"
    running = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [program.communicate(timeout=120)[0].strip() for program in running] == ["3"] * 3


def test_deleting_a_call_leaves_no_trace_of_it(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(home, "keeps", [ROOM, ROOM, MEET, MEET])
    keep(home, "unmistakable-name", [MARKED, ROOM, PUSH])
    append_note(home / "calls" / "unmistakable-name", VerdictDisputed(turn=3, why="xylophone again"))
    Library().rebuild()
    assert any(b"unmistakable-name" in path.read_bytes() for path in home.rglob("*") if path.is_file())

    assert main(["calls", "delete", "unmistakable", "--yes"]) == 0

    # Neither a file, nor a row, nor a free page of the index, nor a journal beside it.
    for path in home.rglob("*"):
        assert "unmistakable" not in str(path)
        if path.is_file():
            assert b"unmistakable" not in path.read_bytes()
            assert b"xylophone" not in path.read_bytes()
    assert not list(home.glob(f"{INDEX}-*"))
    assert [row.name for row in Library().find()] == ["keeps"]


def test_deleting_leaves_what_is_no_part_of_the_record(three: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = three / "calls" / "a-dance" / "my own notes.txt"
    mine.write_text("keep this")
    assert main(["calls", "delete", "a-dance", "--yes"]) == 0
    assert mine.read_text() == "keep this"
    assert str(mine) in capsys.readouterr().out
    assert not (three / "calls" / "a-dance" / EVENTS).exists()


def test_nothing_is_deleted_without_a_yes(three: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calls", "delete", "a-dance"]) == 2
    assert "--yes" in capsys.readouterr().err
    assert (three / "calls" / "a-dance" / EVENTS).exists()


def test_the_library_is_exported_as_csv_and_json(three: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calls", "export"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["name"] for row in rows] == ["c-other", "b-chase", "a-dance"]
    assert rows[2]["score"] == "100"
    assert main(["calls", "export", "--outcome", "lost", "--format", "json"]) == 0
    assert [row["pushes"] for row in json.loads(capsys.readouterr().out)][-1] == 3
    assert main(["calls", "export", "--out", str(three / "all.json")]) == 0
    assert len(json.loads((three / "all.json").read_text())) == 3


def test_a_spreadsheet_takes_no_cell_for_a_formula(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(home, "a-call", [ROOM, ROOM], persona="=cmd()")
    assert main(["calls", "export"]) == 0
    assert next(csv.DictReader(io.StringIO(capsys.readouterr().out)))["persona"] == "'=cmd()"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["calls", "--since", "yesterday"], "2026-11-25"),
        (["calls", "--outcome", "won"], "left_open"),
        (["calls", "show", "nowhere"], "There is no call"),
        (["calls", "show", "-"], "3 calls have"),
        (["dispute", "a-dance", "--turn", "9", "--why", "x"], "replies 1 to 4"),
        (["dispute", "a-dance", "--turn", "1", "--why", " "], "--why takes a reason"),
        (["override", "a-dance", "--turn", "1", "--verdict", "step_in", "--why", "x"], "was away"),
    ],
)
def test_wrong_use_says_what_to_type(
    three: Path, words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert says in capsys.readouterr().err


def test_a_verdict_is_disputed_and_changed_and_both_stay_visible(
    three: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = (three / "calls" / "c-other" / EVENTS).read_bytes()
    assert main(["dispute", "c-other", "--turn", "2", "--why", "I left a no open."]) == 0
    assert Library().index.one("c-other").disputed == 1  # type: ignore[union-attr]
    words = ["override", "c-other", "--turn", "2", "--verdict", "step_back", "--why", "So it was.", "--by", "Ann"]
    assert main(words) == 0
    assert "Dance score: 7 → 29." in capsys.readouterr().out

    row = Library().index.one("c-other")
    assert row is not None
    assert (row.disputed, row.pushes, row.matched) == (0, 0, 2)
    assert main(["report", "c-other", "--text"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "Disputed: I left a no open." in out
    assert "Verdict changed to step back, Ann: So it was." in out
    assert "pressure" in out
    assert (three / "calls" / "c-other" / EVENTS).read_bytes() == record


def test_a_note_cut_short_by_a_kill_costs_only_itself(tmp_path: Path) -> None:
    append_note(tmp_path, VerdictDisputed(turn=1, why="one"))
    with (tmp_path / NOTES).open("a") as notes:
        notes.write('{"type": "verdict_disp')
    append_note(tmp_path, VerdictOverridden(turn=1, verdict="step_back", why="two"))  # type: ignore[arg-type]
    assert [note["why"] for note in read_notes(tmp_path)] == ["one", "two"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_the_index_and_the_notes_are_their_owners_alone(three: Path) -> None:
    Library()
    append_note(three / "calls" / "a-dance", VerdictDisputed(turn=1, why="one"))
    assert (three / INDEX).stat().st_mode & 0o077 == 0
    assert (three / "calls" / "a-dance" / NOTES).stat().st_mode & 0o077 == 0


def test_a_call_adds_its_row_when_it_ends(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voicecoach.wiring.transcriber", lambda _: FixedTranscriber("take all the time you need"))
    reply = Path(__file__).parent.parent / "audio_fixtures" / "calls" / "dance" / "01.flac"
    assert main(["replay", str(reply), "--captions"]) == 0
    with sqlite3.connect(home / INDEX) as connection:
        assert connection.execute("select replies, whole from calls").fetchall() == [(1, 1)]
