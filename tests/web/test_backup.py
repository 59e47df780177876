"""A backup taken while everything is being written, put back and compared."""

import contextlib
import hashlib
import io
import json
import sqlite3
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from databases import postgresql as postgresql_server

from voicecoach.cli.main import main
from voicecoach.errors import InputError, MissingError
from voicecoach.events import CallEnded, CallStarted, Outcome
from voicecoach.keep.record import RecordWriter, read_record
from voicecoach.web.backup import LIST, backup, restore

CALLS = 30


def started(persona: str) -> CallStarted:
    return CallStarted(at_s=0.0, persona=persona, seed=1, model="m", judge="j", voice="v", version="0")


def contents(home: Path) -> dict[str, bytes]:
    return {path.relative_to(home).as_posix(): path.read_bytes() for path in home.rglob("*") if path.is_file()}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a small home: a database, a record, settings, a key, a cache."""
    place = tmp_path / "home"
    monkeypatch.setenv("VOICECOACH_HOME", str(place))
    writer = RecordWriter(place / "calls" / "one")
    writer.write(started("plain"))
    writer.write(CallEnded(at_s=1.0, outcome=Outcome.LOST, willingness=0.0, ended_by="rep", why="left"))
    writer.close()
    (place / "calls" / "one" / "00.flac").write_bytes(bytes(range(256)) * 40)
    (place / "server.key").write_bytes(b"k" * 32)
    (place / "xapi.yaml").write_text("address: https://lrs.example\n")
    (place / "cache").mkdir()
    (place / "cache" / "clip.wav").write_bytes(b"made again")
    with contextlib.closing(sqlite3.connect(place / "server.sqlite")) as base:
        base.execute("pragma journal_mode = wal")
        base.execute("create table call (id text primary key)")
        base.execute("insert into call values ('one')")
        base.commit()
    return place


def test_what_was_kept_comes_back_as_it_was(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = contents(home)
    file = tmp_path / "all.voicecoach"
    assert main(["backup", str(file)]) == 0
    assert file.stat().st_mode & 0o077 == 0
    home.rename(tmp_path / "lost")
    assert main(["restore", str(file)]) == 0
    after = contents(home)
    assert "cache/clip.wav" not in after
    for name in ("calls/one/events.jsonl", "calls/one/00.flac", "server.key", "xapi.yaml"):
        assert after[name] == before[name]
    assert sqlite3.connect(home / "server.sqlite").execute("select id from call").fetchall() == [("one",)]
    assert read_record(home / "calls" / "one").whole
    assert all(path.stat().st_mode & 0o077 == 0 for path in (home / "calls").rglob("*"))
    assert "server's" in capsys.readouterr().out


def test_a_backup_taken_while_calls_are_written_is_whole(home: Path, tmp_path: Path) -> None:
    """A row is written after its record was opened: every row in the backup has its record, and every record reads."""
    stop = threading.Event()
    written: list[str] = []

    def write() -> None:
        base = sqlite3.connect(home / "server.sqlite", timeout=30)
        number = 0
        while not stop.is_set():
            number += 1
            writer = RecordWriter(home / "calls" / f"call-{number}")
            writer.write(started("plain"))
            with base:
                base.execute("insert into call values (?)", (f"call-{number}",))
            for turn in range(20):
                writer.write(started(f"a longer name {turn}" * 20))
            writer.close()
            written.append(f"call-{number}")
        base.close()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        wait_for(lambda: len(written) >= CALLS)
        files = []
        for number in range(3):
            files.append(tmp_path / f"{number}.voicecoach")
            before = set(written)
            backup(home, files[-1])
            assert before
    finally:
        stop.set()
        thread.join(60)
    for number, file in enumerate(files):
        place = tmp_path / f"restored-{number}"
        restore(file, place)
        with contextlib.closing(sqlite3.connect(place / "server.sqlite")) as base:
            assert base.execute("pragma integrity_check").fetchone() == ("ok",)
            rows = {row for (row,) in base.execute("select id from call")}
        assert len(rows) > CALLS
        for row in rows:
            assert read_record(place / "calls" / row).events[0]["type"] == "call_started"


def test_nothing_is_written_over_without_force(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "all.voicecoach"
    assert main(["backup", str(file)]) == 0
    assert main(["backup", str(file)]) == 2
    assert main(["backup", str(file), "--force"]) == 0
    (home / "calls" / "one" / "events.jsonl").write_text("newer")
    before = contents(home)
    assert main(["restore", str(file)]) == 2
    assert "--force" in capsys.readouterr().err
    assert contents(home) == before
    assert main(["restore", str(file), "--force"]) == 0
    assert read_record(home / "calls" / "one").whole
    (aside,) = tmp_path.glob("home.before-*")
    assert contents(aside) == before


def test_a_backup_into_its_own_folder_does_not_hold_itself(home: Path, tmp_path: Path) -> None:
    for _ in range(2):
        backup(home, home / "all.voicecoach", force=True)
    with tarfile.open(home / "all.voicecoach") as packed:
        assert not [name for name in packed.getnames() if "voicecoach" in name]


@pytest.fixture
def file(home: Path, tmp_path: Path) -> Path:
    kept = tmp_path / "all.voicecoach"
    backup(home, kept)
    return kept


def test_a_backup_cut_short_or_changed_is_refused_and_nothing_is_touched(file: Path, tmp_path: Path) -> None:
    whole = file.read_bytes()
    for length in (0, 10, len(whole) // 2, len(whole) * 9 // 10):
        file.write_bytes(whole[:length])
        with pytest.raises(InputError):
            restore(file, tmp_path / "new")
    file.write_bytes(b"no backup at all")
    with pytest.raises(InputError):
        restore(file, tmp_path / "new")
    with pytest.raises(InputError):
        restore(tmp_path / "nowhere", tmp_path / "new")
    # Whether a home is in the way is asked of a backup that is one.
    with pytest.raises(InputError, match="is no backup"):
        restore(tmp_path / "nowhere", file.parent)
    assert not (tmp_path / "new").exists()
    assert not list(tmp_path.glob(".voicecoach-restore-*"))


def packed(file: Path, files: dict[str, bytes], said: dict[str, bytes] | None = None, link: str = "") -> Path:
    """Pack a backup as somebody else might."""
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in (said or files).items()}
    about = json.dumps({"format": 1, "version": "0", "made_at": "", "files": sums}).encode()
    with tarfile.open(file, "w:gz") as archive:
        if link:
            entry = tarfile.TarInfo("home/link")
            entry.type, entry.linkname = tarfile.SYMTYPE, link
            archive.addfile(entry)
        for name, content in {**files, LIST: about}.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return file


@pytest.mark.parametrize("name", ["../evil", "home/../../evil", "/evil", "home/../evil"])
def test_no_path_in_a_backup_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    file = packed(tmp_path / "evil.voicecoach", {name: b"evil"})
    with contextlib.suppress(InputError):
        restore(file, tmp_path / "deep" / "new")
    assert not [path for path in tmp_path.rglob("evil") if "new" not in path.parts]
    assert not Path("/evil").exists()


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    file = packed(tmp_path / "evil.voicecoach", {"home/link/x": b"evil"}, link=str(outside))
    with pytest.raises(InputError):
        restore(file, tmp_path / "new")
    assert not list(outside.iterdir())


def test_a_file_that_is_not_what_was_kept_is_named(tmp_path: Path) -> None:
    file = packed(tmp_path / "x.voicecoach", {"home/calls/a": b"1"}, said={"home/calls/a": b"2"})
    with pytest.raises(InputError, match="home/calls/a is not what was kept"):
        restore(file, tmp_path / "new")
    file = packed(tmp_path / "x.voicecoach", {"home/calls/a": b"1", "home/more": b"1"}, said={"home/calls/a": b"1"})
    with pytest.raises(InputError, match="other files"):
        restore(file, tmp_path / "new")


def test_a_damaged_database_is_not_kept_as_a_good_one(home: Path, tmp_path: Path) -> None:
    path = home / "other.db"
    with contextlib.closing(sqlite3.connect(path)) as base:
        base.execute("create table t (x text)")
        base.executemany("insert into t values (?)", [("word " * 50,)] * 500)
        base.commit()
    content = bytearray(path.read_bytes())
    content[8192:16384] = b"\xff" * 8192
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"other\.db"):
        backup(home, tmp_path / "all.voicecoach")
    assert not list(tmp_path.glob("all.voicecoach*"))


# PostgreSQL.


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with postgresql_server() as url:
        yield url


def other(url: str, name: str) -> str:
    """Make a second, empty database beside the one of the URL."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"create database {name}"))
    engine.dispose()
    return sa.make_url(url).set(database=name).render_as_string()


def rows(url: str) -> list[str]:
    engine = sa.create_engine(url)
    try:
        with engine.connect() as connection:
            return list(connection.execute(sa.text("select name from person order by name")).scalars())
    finally:
        engine.dispose()


def test_postgresql_is_kept_and_comes_back_in_another_database(home: Path, database: str, tmp_path: Path) -> None:
    live, new = other(database, "live"), other(database, "fresh")
    engine = sa.create_engine(live)
    with engine.begin() as connection:
        connection.execute(sa.text("create table person (name text primary key)"))
        connection.execute(sa.text("insert into person values ('Ann'), ('Bob; drop table person')"))
    file = tmp_path / "all.voicecoach"
    backup(home, file, live)
    with engine.begin() as connection:
        connection.execute(sa.text("insert into person values ('Later')"))
    engine.dispose()

    with pytest.raises(InputError, match="give its new place with --database"):
        restore(file, tmp_path / "new")
    restore(file, tmp_path / "new", new)
    assert rows(new) == ["Ann", "Bob; drop table person"]
    assert read_record(tmp_path / "new" / "calls" / "one").whole

    with pytest.raises(InputError, match="holds tables already"):
        restore(file, tmp_path / "another", live)
    assert rows(live) == ["Ann", "Bob; drop table person", "Later"]
    assert not (tmp_path / "another").exists()
    restore(file, tmp_path / "another", live, force=True)
    assert rows(live) == ["Ann", "Bob; drop table person"]


def test_a_database_that_does_not_answer_is_said_without_its_password(home: Path, tmp_path: Path) -> None:
    url = "postgresql+psycopg://ann:elderberry@127.0.0.1:1/x"
    with pytest.raises(MissingError) as found:
        backup(home, tmp_path / "all.voicecoach", url)
    assert "elderberry" not in str(found.value)
    assert not list(tmp_path.glob("all.voicecoach*"))


def wait_for(true: Callable[[], bool], within_s: float = 120.0) -> None:
    until = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < until, "it did not come true in time"
        time.sleep(0.05)
