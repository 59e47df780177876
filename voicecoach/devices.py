"""Sound devices: which are here, which one a part of a name means, and opening it at its own rate.

The only place that knows PortAudio. On Linux the sound server's own devices (PulseAudio, PipeWire) are known by name as
well: PortAudio sees them all as one called ``pulse``, and the server's variables choose among them as it is opened.
"""

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from voicecoach.errors import NoDeviceError, NoSuchDeviceError

Kind = Literal["input", "output"]
CALLED: Final[dict[Kind, str]] = {"input": "microphone", "output": "loudspeaker"}
BLOCK_S: Final = 0.02
RATES_HZ: Final = (48_000, 44_100, 32_000, 16_000, 96_000, 22_050, 8_000)
"""Tried, in this order, where a device refuses the rate that it names as its own."""
SERVER_VARIABLE: Final[dict[Kind, str]] = {"input": "PULSE_SOURCE", "output": "PULSE_SINK"}
_server_choice: Final[dict[str, str | None]] = {name: os.environ.get(name) for name in SERVER_VARIABLE.values()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One input or output."""

    kind: Kind
    name: str
    """As the user reads it and may give a part of."""
    index: int
    """PortAudio's number; it changes when devices come and go."""
    rate_hz: int
    """The rate it names as its own."""
    channels: int
    """The most it offers."""
    server_name: str = ""
    """The sound server's name for it; empty where PortAudio reaches it directly."""


class _Gone(threading.Event):
    """Set when a stream ends, except where it is halted for a moment."""

    halted = False

    def finished(self) -> None:
        if not self.halted:
            self.set()


class Opened:
    """A running stream, at the rate and channel count that the device accepted."""

    def __init__(self, device: Device, stream: Any, rate_hz: int, channels: int, gone: _Gone) -> None:
        """Take the stream that runs; `gone` is set when it ends, also by itself because the device went away."""
        self.device = device
        self.rate_hz = rate_hz
        self.channels = channels
        """An input's are mixed to one; all of an output's get the same sound."""
        self._stream = stream
        self._gone = gone
        self._watch = Watch(device, gone.set)

    @property
    def gone(self) -> bool:
        """Whether the device has left, or the stream was closed."""
        return self._gone.is_set()

    @property
    def held_s(self) -> float:
        """How much sound the device holds, by its own word."""
        return float(self._stream.latency)

    def give_up(self) -> None:
        """Count the device as gone: it takes or gives no sound any more, though nobody said that it left."""
        self._gone.set()

    def halt(self) -> None:
        """Drop what the device holds ready and take no block until `go_on`.

        Over PulseAudio the old sound is silent 1 to 25 ms later, where it would run on for 0.2 s.
        """
        if self.gone:
            return  # PortAudio would wait for a device that answers no more
        self._gone.halted = True
        try:
            self._stream.abort()
        except _portaudio().PortAudioError:
            self._gone.set()

    def go_on(self) -> None:
        """Take blocks again; the first is out in the time that the device holds."""
        if self.gone:
            return
        try:
            self._stream.start()
        except _portaudio().PortAudioError:
            self._gone.set()
        finally:
            self._gone.halted = False

    def close(self) -> None:
        """Let the device go; safe twice."""
        self._watch.close()
        self._stream.close(ignore_errors=True)


def _portaudio() -> Any:
    try:
        import sounddevice
    except OSError as error:
        raise NoDeviceError(
            f"PortAudio is missing ({error}). Type: sudo apt-get install libportaudio2. "
            "Without it you can replay recordings: voicecoach replay talk.wav"
        ) from error
    return sounddevice


def portaudio_version() -> str:
    """Return PortAudio's own name and number."""
    return str(_portaudio().get_portaudio_version()[1])


def rescan() -> None:
    """Look again at what is plugged in; every stream must be closed before."""
    library = _portaudio()
    library._terminate()
    library._initialize()


def listed(kind: Kind, *, with_server: bool = True) -> list[Device]:
    """Return all devices of a kind: PortAudio's, then the sound server's; raise `NoDeviceError` without PortAudio."""
    channels = f"max_{kind}_channels"
    found = [
        Device(
            kind=kind,
            name=str(one["name"]),
            index=int(one["index"]),
            rate_hz=int(one["default_samplerate"]),
            channels=int(one[channels]),
        )
        for one in _portaudio().query_devices()
        if one[channels] > 0
    ]
    bridge = next((device for device in found if with_server and device.name == "pulse"), None)
    return found + (listed_by_server(bridge) if bridge else [])


def listed_by_server(bridge: Device) -> list[Device]:
    """Return what the sound server lists of the bridge's kind; none where it does not answer."""
    if not shutil.which("pactl"):
        return []
    kind = bridge.kind
    listing = ["pactl", "--format=json", "list", "sources" if kind == "input" else "sinks"]
    try:
        done = subprocess.run(listing, capture_output=True, text=True, timeout=3, check=True)  # noqa: S603
        known: list[dict[str, Any]] = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return []
    return [
        Device(
            kind=kind,
            name=f"{one['description']} [{one['name']}]",
            index=bridge.index,
            rate_hz=_own_rate_hz(one) or bridge.rate_hz,
            channels=bridge.channels,
            server_name=str(one["name"]),
        )
        for one in known
        if kind == "output" or not one.get("monitor_source")
    ]


def _own_rate_hz(listed: dict[str, Any]) -> int:
    """Return the rate in what the server says of a device, e.g. ``s16le 2ch 48000Hz``; 0 where it says none."""
    rate = str(listed.get("sample_specification", "")).rpartition(" ")[2].removesuffix("Hz")
    return int(rate) if rate.isdecimal() else 0


def find(asked: str | None, kind: Kind) -> Device:
    """Return the one device that a name or a part of it means, or the system's own choice where nothing is asked.

    Raises `NoDeviceError` where there is no device at all, `NoSuchDeviceError` where the words fit none or several.
    """
    here = listed(kind, with_server=asked is not None)
    if not here:
        raise NoDeviceError(
            f"There is no {CALLED[kind]} here, or another program holds it. Plug one in and see whether it is found: "
            "voicecoach devices. Without one: voicecoach practice --recorded, or voicecoach replay talk.wav"
        )
    if asked is None:
        return _usual(here, kind)
    wanted = asked.casefold()
    exact = [one for one in here if wanted in (one.name.casefold(), one.server_name.casefold())]
    fitting = exact or [one for one in here if wanted in one.name.casefold()]
    if len(fitting) == 1:
        return fitting[0]
    raise NoSuchDeviceError(kind, asked, [one.name for one in fitting or here], several=len(fitting) > 1)


def _usual(here: Sequence[Device], kind: Kind) -> Device:
    library = _portaudio()
    try:
        usual = int(library.query_devices(None, kind)["index"])
    except (ValueError, library.PortAudioError):
        usual = here[0].index
    return next((one for one in here if one.index == usual), here[0])


def open_stream(device: Device, callback: Callable[..., None], ready_s: float | None = None) -> Opened:
    """Open and start a stream of 20 ms blocks of float32, at the device's own rate where it keeps its word.

    `callback` is PortAudio's (block, frames, time, status), in its thread, and may be called before this returns;
    `ready_s` is how much sound an output holds ready. Raises `NoDeviceError` with PortAudio's reason.
    """
    library = _portaudio()
    make = library.InputStream if device.kind == "input" else library.OutputStream
    _choose_on_server(device)
    refusals: list[str] = []
    for rate_hz in dict.fromkeys((device.rate_hz, *RATES_HZ)):
        for channels in dict.fromkeys((1, 2, device.channels)):
            if channels > device.channels:
                continue
            gone = _Gone()
            stream = None
            try:
                stream = make(
                    rate_hz,
                    round(rate_hz * BLOCK_S),
                    device.index,
                    channels,
                    "float32",
                    latency="low" if ready_s is None else ready_s,
                    callback=callback,
                    finished_callback=gone.finished,
                )
                stream.start()
            except library.PortAudioError as error:
                if stream is not None:  # it would hold the device
                    stream.close(ignore_errors=True)
                refusals.append(f"{rate_hz} Hz, {channels} channel{'s' * (channels > 1)}: {_reason(error)}")
                continue
            return Opened(device, stream, rate_hz, channels, gone)
    raise NoDeviceError(
        f"The {CALLED[device.kind]} {device.name} could not be opened ({refusals[0]}; {len(refusals)} ways were "
        "tried). If another program holds it, close that program; or name another one: voicecoach devices lists them."
    )


class Watch:
    """Watches whether a device that the sound server names is still there: its streams are moved on without a word."""

    def __init__(self, device: Device, gone: Callable[[], None]) -> None:
        """Call `gone` from a thread when the device has left; a device that PortAudio reaches itself needs no watch."""
        self._child: subprocess.Popen[str] | None = None
        if not device.server_name or not shutil.which("pactl"):
            return
        self._child = subprocess.Popen(
            ["pactl", "subscribe"],  # noqa: S607 -- found on the path just now
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "LC_ALL": "C"},
            start_new_session=True,  # Ctrl-C is for the call
        )
        threading.Thread(target=self._follow, args=(self._child, device, gone), daemon=True).start()

    @staticmethod
    def _follow(child: "subprocess.Popen[str]", device: Device, gone: Callable[[], None]) -> None:
        on = "source" if device.kind == "input" else "sink"
        for line in child.stdout or ():
            if f"'remove' on {on} #" not in line:
                continue
            names = {one.server_name for one in listed_by_server(device)}
            if device.server_name not in names:
                gone()
                return

    def close(self) -> None:
        """Stop watching; safe twice."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.wait()


def _reason(error: Exception) -> str:
    return (
        " ".join(str(part) for part in error.args[:1]).removeprefix("Error opening ").split("[PaErrorCode")[0].strip()
    )


def _choose_on_server(device: Device) -> None:
    """Tell the sound server's client library which of its devices the next stream is for."""
    variable = SERVER_VARIABLE[device.kind]
    choice = device.server_name or _server_choice[variable]
    if choice:
        os.environ[variable] = choice
    else:
        os.environ.pop(variable, None)
