"""A sound server of the test's own, with a loudspeaker and a microphone that are no hardware."""

import contextlib
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from voicecoach.keep.privacy import Privacy, write_privacy

ROOT = Path(__file__).parent.parent.parent
WAIT_S = 90.0
"""Whatever takes longer on a busy machine has hung."""


class SoundServer:
    """PulseAudio with null sinks: ``loudspeaker`` is played to, what is said into ``mouth`` is in ``microphone``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        run = folder / "pulse"
        run.mkdir(mode=0o700)
        self.environment = {
            **os.environ,
            "XDG_RUNTIME_DIR": str(folder),
            "PULSE_RUNTIME_PATH": str(run),
            "PULSE_SERVER": f"unix:{run}/native",
            "HOME": str(folder),
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "COLUMNS": "80",
        }
        for name in ("PULSE_SINK", "PULSE_SOURCE", "PULSE_LATENCY_MSEC"):
            self.environment.pop(name, None)
        command = ["pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--disable-shm", "--exit-idle-time=-1"]
        command += ["-L", "module-native-protocol-unix"]
        self._children = [self._start(command)]
        until(lambda: self._ctl("info", check=False).returncode == 0, "the sound server starts")
        self.modules: dict[str, str] = {}
        # In this order: PulseAudio moves who listens to its only source on to a better one that comes later.
        self.plug_in_microphone()
        self._ctl("set-default-source", "microphone")
        self.plug_in_loudspeaker()

    def _start(self, command: list[str], **more: Any) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more
        )

    def _ctl(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["pactl", *words], env=self.environment, capture_output=True, text=True, check=check)

    def listed(self, kind: str, name: str) -> str:
        """Return the server's line about a device: number, name, module, format, channels, rate, state."""
        lines = self._ctl("list", "short", kind).stdout.splitlines()
        return next(line for line in lines if line.split()[1] == name)

    def load(self, name: str, *words: str) -> None:
        self.modules[name] = self._ctl("load-module", *words).stdout.strip()

    def unload(self, name: str) -> None:
        self._ctl("unload-module", self.modules.pop(name))

    def plug_in_loudspeaker(self, rate: int = 48000) -> None:
        self.load("loudspeaker", "module-null-sink", "sink_name=loudspeaker", f"rate={rate}")
        # A null sink sleeps for two seconds unless somebody listens to it: this keeps it, and the recording, prompt.
        record = ["parec", "--device=loudspeaker.monitor", "--latency-msec=20", "--rate=16000", "--channels=1"]
        self.played = self.folder / "played.wav"
        self._listen([*record, "--file-format=wav", str(self.played)])

    def plug_in_microphone(self, rate: int = 44100) -> None:
        self.load("mouth", "module-null-sink", "sink_name=mouth", f"rate={rate}")
        self.load("microphone", "module-remap-source", "master=mouth.monitor", "source_name=microphone")
        self._listen(["parec", "--device=mouth.monitor", "--latency-msec=20", "/dev/null"])

    def _listen(self, command: list[str]) -> None:
        before = self._ctl("list", "short", "source-outputs").stdout.count("\n")
        self._children.append(self._start(command))
        until(lambda: self._ctl("list", "short", "source-outputs").stdout.count("\n") > before, "somebody listens")

    def unplug_microphone(self) -> None:
        self.unload("microphone")
        self.unload("mouth")

    def unplug_loudspeaker(self) -> None:
        self.unload("loudspeaker")

    def say(self, file: Path) -> subprocess.Popen[bytes]:
        """Speak a recording into the microphone."""
        return self._start(["paplay", "--device=mouth", "--latency-msec=20", str(file)])

    def mouth(self) -> "Mouth":
        """Open a stream into the microphone that stays open: what is said into it is heard at once."""
        words = ["pacat", "--playback", "--raw", "--device=mouth", "--latency-msec=20"]
        before = self._ctl("list", "short", "sink-inputs").stdout.count("\n")
        child = self._start([*words, "--rate=16000", "--channels=1", "--format=s16le"], stdin=subprocess.PIPE)
        self._children.append(child)
        until(lambda: self._ctl("list", "short", "sink-inputs").stdout.count("\n") > before, "a mouth opens")
        return Mouth(child)

    def command(self, *words: str, terminal: int = subprocess.DEVNULL, **environment: str) -> "Session":
        """Start a command; `terminal` is where its keys come from."""
        return Session(self, list(words), environment, terminal)

    def close(self) -> None:
        for child in reversed(self._children):
            child.terminate()
        for child in self._children:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(5)
            child.kill()


class Mouth:
    """Somebody at the microphone; to start a player for each reply takes a second on a busy machine."""

    def __init__(self, player: subprocess.Popen[bytes]) -> None:
        self._player = player

    def say(self, file: Path) -> None:
        """Speak a recording from its first loud sample on."""
        sound, rate = soundfile.read(file, dtype="int16")
        assert rate == 16_000
        begins = int(np.flatnonzero(np.abs(sound.astype(np.int32)) > 650)[0])
        assert self._player.stdin is not None
        self._player.stdin.write(sound[begins:].tobytes())
        self._player.stdin.flush()


class Session:
    """One ``voicecoach`` command at that server, its record followed while it runs."""

    def __init__(self, server: SoundServer, words: list[str], environment: dict[str, str], terminal: int) -> None:
        self.record = Path(tempfile.mkdtemp(dir=server.folder)) / "record"
        self.log = self.record.parent / "printed"
        home = {"VOICECOACH_HOME": str(server.folder / "home")}
        # Somebody has been asked and said yes: these tests hear again what was kept.
        write_privacy(server.folder / "home", Privacy(keep_sound=True))
        self.started_s = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "voicecoach.cli.main", *words, "--record", str(self.record)],
            env={**server.environment, **home, **environment},
            stdin=terminal,
            stdout=self.log.open("wb"),
            stderr=subprocess.STDOUT,
            cwd=self.record.parent,
        )

    @property
    def printed(self) -> str:
        return self.log.read_text()

    @property
    def events(self) -> list[dict[str, Any]]:
        with contextlib.suppress(OSError):
            lines = (self.record / "events.jsonl").read_text().split("\n")[:-1]
            return [json.loads(line) for line in lines]
        return []

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == kind]

    def until(self, kind: str, count: int = 1) -> dict[str, Any]:
        """Wait for the so-many-th event of a kind."""

        def there() -> bool:
            if self.process.poll() is not None and len(self.of(kind)) < count:
                raise AssertionError(f"ended with {self.process.returncode} before {kind}:\n{self.printed}")
            return len(self.of(kind)) >= count

        until(there, f"{kind} {count}; so far: {self.printed}")
        return self.of(kind)[count - 1]

    def until_heard_out(self, count: int) -> None:
        """Wait until the prospect's so-many-th line is over and the ear open."""
        self.until("prospect_spoke", count)
        until(lambda: self.printed.count("(your turn)") >= count, f"turn {count}: {self.printed}")

    def until_replied(self, count: int) -> None:
        """Wait until the so-many-th reply was heard, as words or as nothing."""
        until(
            lambda: len(self.of("rep_spoke") + self.of("nothing_heard")) >= count or self.process.poll() is not None,
            f"reply {count}; so far: {self.printed}",
        )

    def hang_up(self) -> int:
        """Press Ctrl-C, unless the call has ended already."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.wait()

    def wait(self) -> int:
        try:
            return self.process.wait(WAIT_S)
        finally:
            self.process.kill()


class Terminal:
    """A ``voicecoach`` command at a terminal of its own: what it prints is read, keys are pressed."""

    def __init__(self, server: SoundServer, *words: str) -> None:
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "voicecoach.cli.main", *words],
            env={**server.environment, "VOICECOACH_HOME": str(server.folder / "home"), "TERM": "xterm"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=server.folder,
        )
        os.close(theirs)
        self.printed = ""
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        try:
            while some := os.read(self._ours, 4096):
                self.printed += some.decode("utf-8", "replace")
        except OSError:
            return  # the program has ended, and its terminal with it

    def until(self, words: str, count: int = 1) -> None:
        """Wait until the words were printed so many times."""
        until(lambda: self.printed.count(words) >= count or self.process.poll() is not None, f"{words}: {self.printed}")
        assert self.printed.count(words) >= count, self.printed

    def press(self, key: str) -> None:
        os.write(self._ours, key.encode())


def until(there: Callable[[], bool], what: str) -> None:
    end_s = time.monotonic() + WAIT_S
    while not there():
        assert time.monotonic() < end_s, f"not within {WAIT_S:.0f} s: {what}"
        time.sleep(0.05)


@contextlib.contextmanager
def sound_server() -> Iterator[SoundServer]:
    """Run a server in a folder of its own, which goes with it."""
    for program in ("pulseaudio", "pactl", "paplay", "parec"):
        assert shutil.which(program), f"{program} is missing: bash setup-system.sh tests"
    # A socket's path has 108 characters at most: pytest's own folders may be longer.
    folder = Path(tempfile.mkdtemp(prefix="vc-"))
    made = SoundServer(folder)
    try:
        yield made
    finally:
        made.close()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def server() -> Iterator[SoundServer]:
    with sound_server() as made:
        yield made
