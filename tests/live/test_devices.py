"""Devices as they are: missed in mid-call, held by others, at rates of their own, served too late."""

import os
import pty
import re
import signal
import time
from dataclasses import replace

import numpy as np
import pytest

from tests.live.conftest import ROOT, SoundServer, until
from voicecoach import devices
from voicecoach.errors import NoDeviceError
from voicecoach.hear.sources.microphone import MicrophoneSource

pytestmark = pytest.mark.live
REPLY = ROOT / "audio_fixtures" / "calls" / "chase" / "01.flac"
NAMED = ("practice", "thoughtful-owner", "--seed", "7", "--input", "[microphone]", "--output", "[loudspeaker]")
FULL = 256
"""PulseAudio lets so many listen to one source."""


@pytest.fixture
def here(server: SoundServer, monkeypatch: pytest.MonkeyPatch) -> SoundServer:
    """Let this process see that server's devices as well."""
    for name in ("XDG_RUNTIME_DIR", "PULSE_RUNTIME_PATH", "PULSE_SERVER"):
        monkeypatch.setenv(name, server.environment[name])
    for name in devices.SERVER_VARIABLE.values():
        monkeypatch.delenv(name, raising=False)
    devices.rescan()
    return server


def test_another_microphone_named_by_its_number_takes_the_place_of_the_one_that_is_missed(server: SoundServer) -> None:
    ours, theirs = pty.openpty()
    call = server.command(*NAMED, "--captions", terminal=theirs)
    call.until_heard_out(1)
    server.unload("microphone")
    call.until("call_paused")
    server.load("webcam", "module-remap-source", "master=mouth.monitor", "source_name=webcam")
    until(lambda: "[webcam]" in call.printed, f"it is offered: {call.printed}")
    number = next(line.split()[0] for line in call.printed.splitlines() if "[webcam]" in line)
    os.write(ours, number.encode())

    assert "[webcam]" in call.until("call_resumed")["input"]
    server.say(REPLY).wait()
    assert call.until("rep_spoke")["text"]
    assert call.hang_up() == 0, call.printed
    assert "[webcam]" in call.of("devices_used")[0]["input"]
    assert "[webcam]" in (server.folder / "home" / "settings.json").read_text()


def test_devices_are_opened_at_their_own_rates_and_heard_alike(server: SoundServer) -> None:
    server.unplug_microphone()
    server.plug_in_microphone(rate=8000)
    server.unplug_loudspeaker()
    server.plug_in_loudspeaker(rate=44100)
    call = server.command(*NAMED, "--captions")
    call.until_heard_out(1)
    server.say(REPLY).wait()

    assert "think about" in call.until("rep_spoke")["text"]
    assert call.hang_up() == 0, call.printed
    used = call.of("devices_used")[0]
    assert used["input_rate_hz"] == 8000
    # A sink without listeners takes the rate that suits its first one: what it has now is its own.
    assert used["output_rate_hz"] == int(server.listed("sinks", "loudspeaker").split()[5].removesuffix("Hz"))


def test_a_rate_that_a_device_names_and_then_refuses_is_not_the_end(here: SoundServer) -> None:
    device = replace(devices.find("[microphone]", "input"), rate_hz=4_000_000)
    frames: list[int] = []
    opened = devices.open_stream(device, lambda block, *_: frames.append(len(block)))
    try:
        until(lambda: len(frames) > 5, "sound comes")
    finally:
        opened.close()

    assert opened.rate_hz == devices.RATES_HZ[0]
    assert set(frames) == {round(opened.rate_hz * devices.BLOCK_S)}


def test_a_microphone_that_others_hold_is_refused_with_the_reason(here: SoundServer) -> None:
    device = devices.find("[microphone]", "input")
    fill_up(here)

    with pytest.raises(NoDeviceError) as refused:
        devices.open_stream(device, lambda *_: None)
    assert "[microphone] could not be opened" in str(refused.value)
    assert "8000 Hz" not in str(refused.value)  # the first reason is enough
    assert "If another program holds it" in str(refused.value)


def fill_up(server: SoundServer) -> None:
    """Let so many listen to the microphone that the server takes no more."""
    for number in range(FULL + 1):
        taken = server._ctl(
            "load-module", "module-remap-source", "master=microphone", f"source_name=n{number}", check=False
        )
        if taken.returncode:
            return
    raise AssertionError("the server takes any number")


def test_a_program_that_stood_still_counts_what_the_loudspeaker_missed_and_says_so(server: SoundServer) -> None:
    call = server.command(*NAMED)
    call.until_heard_out(1)
    os.kill(call.process.pid, signal.SIGSTOP)
    time.sleep(1.5)
    os.kill(call.process.pid, signal.SIGCONT)
    time.sleep(1)

    assert call.hang_up() == 0, call.printed
    assert call.of("devices_used")[0]["underruns"] >= 1
    assert re.search(r"loudspeaker that had run dry: (once|\d+ times)", " ".join(call.printed.split()))


def test_sound_that_the_driver_dropped_is_counted(here: SoundServer) -> None:
    import sounddevice

    source = MicrophoneSource("[microphone]")
    try:
        source.read()
        before = source.overruns
        dropped = sounddevice.CallbackFlags(0x02)  # paInputOverflow
        times = type("Times", (), {"currentTime": 1.0, "inputBufferAdcTime": 0.9})
        source._arrive(np.zeros((882, 1), np.float32), 882, times, dropped)
        assert source.overruns >= before + 1
    finally:
        source.close()
