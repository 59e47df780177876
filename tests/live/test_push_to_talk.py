"""Keys during a call, over real sound and a terminal; in a loud room the rep is heard from one key to the next."""

import time

import pytest

from tests.live.conftest import ROOT, WAIT_S, SoundServer, Terminal, until
from voicecoach.hear.ending import LONGEST_S
from voicecoach.keep.privacy import Privacy, write_privacy
from voicecoach.keep.record import EVENTS, read_record

pytestmark = pytest.mark.live
CALLS = ROOT / "audio_fixtures" / "calls"
PUSH = CALLS / "chase" / "01.flac"
ROOM = CALLS / "recovery" / "02.flac"
MORE_ROOM = CALLS / "dance" / "05.flac"


def test_a_key_that_is_pressed_in_a_pause_opens_nothing(server: SoundServer) -> None:
    """Their next press begins the reply; as an end of one that was never begun it would throw the reply away."""
    write_privacy(server.folder / "home", Privacy(keep_sound=False))
    words = ["thoughtful-owner", "--seed", "7", "--plain", "--push-to-talk", "--no-record"]
    rep = Terminal(server, "practice", *words, "--input", "[microphone]", "--output", "[loudspeaker]")
    try:
        rep.until("(space: talk)")
        rep.press("p")
        rep.until("(paused")
        rep.press(" ")
        rep.press("p")
        rep.until("(space: talk)", 2)
        assert "(your turn)" not in rep.printed
        rep.press(" ")
        server.say(ROOM).wait()
        rep.press(" ")
        rep.until("→ step-back")
        rep.press("q")
        assert rep.process.wait(WAIT_S) == 0, rep.printed
    finally:
        rep.process.kill()


def test_a_key_that_changes_the_next_line_is_answered_at_once(server: SoundServer) -> None:
    write_privacy(server.folder / "home", Privacy(keep_sound=False))
    words = ["thoughtful-owner", "--plain", "--no-record", "--input", "[microphone]", "--output", "[loudspeaker]"]
    rep = Terminal(server, "practice", *words)
    try:
        rep.until("(your turn)")
        rep.press("s")
        rep.until("(slower from the next line on)")
        rep.press("+")
        rep.until("(louder from the next line on)")
        rep.press("q")
        assert rep.process.wait(WAIT_S) == 0, rep.printed
    finally:
        rep.process.kill()


def test_a_reply_is_what_is_said_between_two_keys_and_no_thought_ends_it(server: SoundServer) -> None:
    """A colleague pushes before the key and after the next; the rep gives room, thinks for long, and gives more."""
    write_privacy(server.folder / "home", Privacy(keep_sound=False))
    record = server.folder / "record"
    words = ["thoughtful-owner", "--seed", "7", "--plain", "--push-to-talk", "--record", str(record)]
    rep = Terminal(server, "practice", *words, "--input", "[microphone]", "--output", "[loudspeaker]")
    try:
        rep.until("(space: talk)")
        server.say(PUSH).wait()
        rep.press(" ")
        server.say(ROOM).wait()
        time.sleep(LONGEST_S + 0.7)
        server.say(MORE_ROOM).wait()
        rep.press(" ")
        server.say(PUSH)
        until(lambda: (record / EVENTS).exists() and "judged" in (record / EVENTS).read_text(), rep.printed)
        rep.press("q")
        rep.until("any other key to end")
        rep.press("x")
        assert rep.process.wait(WAIT_S) == 0, rep.printed
    finally:
        rep.process.kill()
    events = read_record(record).events
    said = [event["text"].lower() for event in events if event["type"] == "rep_spoke"]
    assert [event["verdict"] for event in events if event["type"] == "judged"] == ["step_back"], rep.printed
    assert len(said) == 1
    assert "take all the time you need" in said[0]
    assert "there is no rush at all" in said[0]
    assert "think about" not in said[0]
