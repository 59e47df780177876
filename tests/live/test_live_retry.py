"""A moment of a kept call again, over devices that are no hardware."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.live.conftest import ROOT, WAIT_S, SoundServer, Terminal, until
from voicecoach.dance import persona as personas
from voicecoach.dance.prospect import Prospect
from voicecoach.deliver.speaker import SilentSpeaker
from voicecoach.keep.privacy import Privacy, write_privacy
from voicecoach.keep.record import EVENTS, RecordWriter
from voicecoach.loop import Call, Parts
from voicecoach.testing import ScriptedEar, SilentVoice, SpellingJudge

pytestmark = pytest.mark.live
REPLIES = ["step_back give_time", "pressure urgency by friday"]


@pytest.fixture
def kept(server: SoundServer) -> Path:
    """Return a call with the owner: room, then a push."""
    folder = server.folder / "home" / "calls" / "a-call"
    writer = RecordWriter(folder)
    ear, judge, voice, speaker = ScriptedEar(REPLIES), SpellingJudge(), SilentVoice(), SilentSpeaker()
    parts = Parts(ear=ear, judge=judge, voice=voice, speaker=speaker, recorder=writer, model="none")
    Call(Prospect(personas.find("thoughtful-owner"), 7), 7, parts, lambda _: None).play()
    writer.close()
    return folder


def test_a_moment_is_answered_again_aloud_and_both_attempts_stand_side_by_side(server: SoundServer, kept: Path) -> None:
    before = (kept / EVENTS).read_bytes()
    log = server.folder / "printed"
    words = ["retry", "a-call", "--turn", "2", "--input", "[microphone]", "--output", "[loudspeaker]"]
    running = subprocess.Popen(
        [sys.executable, "-m", "voicecoach.cli.main", *words],
        env={**server.environment, "VOICECOACH_HOME": str(server.folder / "home")},
        stdin=subprocess.DEVNULL,
        stdout=log.open("wb"),
        stderr=subprocess.STDOUT,
    )
    try:
        until(lambda: "(your turn)" in log.read_text() or running.poll() is not None, "your turn")
        server.say(ROOT / "audio_fixtures" / "calls" / "dance" / "02.flac").wait()
        assert running.wait(WAIT_S) == 0, log.read_text()
    finally:
        running.kill()

    printed = log.read_text()
    assert "Reply 2 of a-call, again; this attempt is not kept. The prospect:" in printed
    assert re.search(r"then +now\n", printed), printed
    assert re.search(r"pressure \(urgency\) +step-back \(", printed), printed
    was, now = re.findall(r"willingness 0\.\d\d → (0\.\d\d)", printed)
    assert float(was) < float(now)
    assert "(your turn)" in printed.split("then  ")[0]
    assert "ALSA" not in printed
    assert (kept / EVENTS).read_bytes() == before


def test_in_a_loud_room_the_moment_is_answered_between_two_keys(server: SoundServer, kept: Path) -> None:
    """A colleague's push before the key is none of the rep's answer."""
    calls = ROOT / "audio_fixtures" / "calls"
    words = ["a-call", "--turn", "2", "--push-to-talk", "--input", "[microphone]", "--output", "[loudspeaker]"]
    rep = Terminal(server, "retry", *words)
    try:
        rep.until("(space: talk)")
        server.say(calls / "chase" / "01.flac").wait()
        rep.press(" ")
        server.say(calls / "dance" / "02.flac").wait()
        rep.press(" ")
        assert rep.process.wait(WAIT_S) == 0, rep.printed
        rep.until("now")
    finally:
        rep.process.kill()
    assert re.search(r"pressure \(urgency\) +step-back \(", rep.printed), rep.printed


def test_after_a_call_one_key_plays_its_moment_again(server: SoundServer) -> None:
    """The rep pushes once and hangs up: what it was, what to say instead, and the moment again at a key."""
    calls = ROOT / "audio_fixtures" / "calls"
    write_privacy(server.folder / "home", Privacy(keep_sound=False))
    words = ["thoughtful-owner", "--seed", "7", "--plain", "--input", "[microphone]", "--output", "[loudspeaker]"]
    rep = Terminal(server, "practice", *words)
    try:
        rep.until("(your turn)")
        server.say(calls / "chase" / "01.flac").wait()
        rep.until("because you said")
        rep.process.send_signal(signal.SIGINT)
        rep.until("Press r to try that moment again")
        assert "You chased: one push, and the call ended there." in rep.printed
        assert "The point to work on: reply 1" in rep.printed
        turns = rep.printed.count("(your turn)")

        rep.press("r")
        rep.until("(your turn)", turns + 1)
        server.say(calls / "dance" / "02.flac").wait()
        rep.until("Press r to try that moment again", 2)
        assert re.search(r"pressure \(demand reason\) +step-back \(", rep.printed), rep.printed

        rep.press("x")
        assert rep.process.wait(WAIT_S) == 0, rep.printed
    finally:
        rep.process.kill()
    assert len(list((server.folder / "home" / "calls").iterdir())) == 1
