"""Whole live calls over devices that are no hardware: fixture sound into the microphone, the loudspeaker recorded."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.live.conftest import ROOT, Session, SoundServer

pytestmark = pytest.mark.live
CALLS = ROOT / "audio_fixtures" / "calls"


def practice(server: SoundServer, *words: str, **environment: str) -> Session:
    return server.command("practice", "thoughtful-owner", "--seed", "7", *words, **environment)


def told(events: list[dict[str, object]]) -> list[object]:
    kinds = {"rep_spoke": "text", "judged": "verdict", "willingness_changed": "after", "call_ended": "outcome"}
    return [event[kinds[str(event["type"])]] for event in events if event["type"] in kinds]


def test_a_live_call_and_the_replay_of_its_sound_end_alike(server: SoundServer) -> None:
    call = practice(server, "--input", "[microphone]", "--output", "[loudspeaker]")
    replies = sorted((CALLS / "chase").glob("*.flac"))[:2]
    for count, reply in enumerate(replies, 1):
        call.until_heard_out(count)
        server.say(reply).wait()
    call.until("rep_spoke", len(replies))

    assert call.hang_up() == 0, call.printed
    kept = sorted(str(path) for path in call.record.glob("*-rep.flac"))
    again = subprocess.run(
        [sys.executable, "-m", "voicecoach.cli.main", "replay", *kept, "--seed", "7", "--json", "--no-record"],
        env=server.environment,
        capture_output=True,
        check=True,
    )
    replayed = [json.loads(line) for line in again.stdout.splitlines()]
    assert len([event for event in replayed if event["type"] == "rep_spoke"]) == len(replies)
    assert told(call.events) == told(replayed)
    assert call.of("devices_used")[0]["losses"] == 0, call.of("call_paused")
    for timed in call.of("turn_timed"):
        stages = [timed[f"{stage}_ms"] for stage in ("silence", "recognize", "judge", "voice", "play")]
        assert abs(sum(stages) - timed["total_ms"]) <= 3
        assert timed["silence_ms"] >= 900
    assert _seconds_of_voice(server.played) > 0.4 * sum(line["duration_s"] for line in call.of("prospect_spoke")[:-1])


def test_a_microphone_that_goes_away_pauses_the_call_and_nothing_is_lost(server: SoundServer) -> None:
    call = practice(server, "--input", "[microphone]", "--output", "[loudspeaker]", "--captions")
    call.until_heard_out(1)
    server.unplug_microphone()
    assert "gives no sound" in call.until("call_paused")["why"]
    server.plug_in_microphone(rate=48000)
    assert "[microphone]" in call.until("call_resumed")["input"]
    server.say(CALLS / "chase" / "01.flac").wait()

    assert call.until("rep_spoke")["text"]
    assert call.hang_up() == 0, call.printed
    assert call.of("devices_used")[0]["losses"] >= 1
    assert call.of("call_ended")[0]["ended_by"] == "rep"


def test_a_loudspeaker_that_goes_away_says_the_line_to_its_end_when_it_is_back(server: SoundServer) -> None:
    call = practice(server, "--input", "[microphone]", "--output", "[loudspeaker]")
    call.until("prospect_spoke")
    time.sleep(1.5)
    server.unplug_loudspeaker()
    call.until("call_paused")
    server.plug_in_loudspeaker()
    call.until("call_resumed")

    call.until_heard_out(1)
    assert call.hang_up() == 0, call.printed
    assert _seconds_of_voice(server.played) > 1


def test_silence_is_asked_into_once_and_then_they_hang_up_and_nothing_is_judged(server: SoundServer) -> None:
    call = practice(server, "--input", "[microphone]", "--output", "[loudspeaker]", "--captions", "--patience", "1")

    assert call.wait() == 0, call.printed
    assert len(call.of("nothing_heard")) == 2
    assert len(call.of("prospect_spoke")) == 2
    assert not call.of("judged")
    ended = call.of("call_ended")[0]
    assert (ended["ended_by"], ended["why"], ended["outcome"]) == ("prospect", "nobody answered", "left_open")


def test_without_any_device_a_named_one_is_refused_with_what_to_do(tmp_path: Path) -> None:
    nowhere = {**os.environ, "PYTHONPATH": str(ROOT), "PULSE_SERVER": "unix:/nowhere"}
    asked = [sys.executable, "-m", "voicecoach.cli.main", "practice", "--input", "headset"]
    done = subprocess.run(asked, env=nowhere, cwd=tmp_path, capture_output=True, text=True)

    assert done.returncode == 3
    assert "There is no microphone here" in done.stderr
    assert "voicecoach practice --recorded" in done.stderr


def test_a_name_that_fits_no_device_is_answered_with_those_that_are_here(server: SoundServer) -> None:
    call = practice(server, "--input", "headset")

    assert call.wait() == 3
    assert "No microphone fits 'headset'" in call.printed
    assert "[microphone]" in call.printed
    # It is not what later calls look for.
    assert not (server.folder / "home" / "settings.json").exists()


def _seconds_of_voice(path: Path) -> float:
    raw = path.read_bytes()[44:]  # the header of a recording that still runs says that there is no sound
    sound = np.frombuffer(raw[: len(raw) // 1600 * 1600], "<i2").astype(np.float32) / 32768
    return float((np.sqrt((sound.reshape(-1, 800) ** 2).mean(axis=1)) > 0.003).sum() * 800 / 16000)


def test_an_exam_shows_verdicts_at_the_end_only(server: SoundServer) -> None:
    words = ["practice", "--typed", "--exam", "--captions", "--seed", "7", "--no-record"]
    done = subprocess.run(
        [sys.executable, "-m", "voicecoach.cli.main", *words],
        env={**server.environment, "VOICECOACH_HOME": str(server.folder / "home")},
        input="Take all the time you need.\nIt is entirely up to you.\n",
        capture_output=True,
        text=True,
        cwd=server.folder,
    )

    assert done.returncode == 0, done.stderr
    call, _, after = done.stdout.partition("What your replies did:")
    assert "willingness" not in call
    assert after.count("because you said") == 2
    assert "Reply 2" in after
