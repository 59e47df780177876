"""With headphones the rep may talk while the prospect does: over real sound, each stream read as it comes."""

import time
from pathlib import Path

import pytest

from tests.live.conftest import ROOT, Session, SoundServer
from voicecoach.keep.record import read_record

pytestmark = pytest.mark.live
CALLS = ROOT / "audio_fixtures" / "calls"
PUSH = CALLS / "chase" / "01.flac"
ROOM = CALLS / "recovery" / "02.flac"
MORE_PUSH = CALLS / "chase" / "02.flac"


def at_headphones(server: SoundServer) -> Session:
    words = ["--seed", "7", "--headphones", "--input", "[microphone]", "--output", "[loudspeaker]"]
    return server.command("practice", "thoughtful-owner", *words)


@pytest.mark.parametrize("into_s", [0.3, 1.5])
def test_a_reply_over_the_line_stops_it(server: SoundServer, into_s: float) -> None:
    mouth = server.mouth()
    call = at_headphones(server)
    line = call.until("prospect_spoke")
    time.sleep(into_s)
    mouth.say(ROOM)

    over = call.until("talked_over")
    assert call.hang_up() == 0, call.printed
    # How soon is counted in samples by the pure tests: here a busy machine takes some of it, but never all of the line.
    assert over["heard_s"] < line["duration_s"] - 1
    assert line["text"].startswith(over["heard"])


def test_half_a_reply_is_taken_back_and_the_whole_is_judged_once(server: SoundServer) -> None:
    mouth = server.mouth()
    call = at_headphones(server)
    call.until_heard_out(1)
    mouth.say(PUSH)
    call.until("prospect_spoke", 2)
    mouth.say(MORE_PUSH)

    went_on = call.until("reply_went_on")
    call.until("rep_spoke", 2)
    call.until("prospect_spoke", 3)
    assert call.hang_up() == 0, call.printed
    half, whole = call.of("rep_spoke")
    assert (half["turn"], whole["turn"]) == (1, 1)
    assert whole["start_s"] == half["start_s"]
    assert len(whole["text"]) > len(half["text"]) + 10
    stand = read_record(Path(call.record)).events
    assert [event["type"] for event in stand].count("judged") == 1
    first = next(event for event in stand if event["type"] == "willingness_changed")
    assert first["before"] == went_on["willingness"]
