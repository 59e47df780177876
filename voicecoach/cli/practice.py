"""``voicecoach practice``: a live call where there is a microphone, else a recorded one and how to go on."""

import argparse
from importlib import resources
from pathlib import Path

from voicecoach.errors import NoDeviceError


def practice(arguments: argparse.Namespace) -> int:
    """Play a call and return the exit code."""
    asked = arguments.input is not None or arguments.typed
    live = not arguments.recorded and (asked or _has_microphone())
    if not live:
        return _recorded(arguments)
    from voicecoach.cli.live import live_call

    return live_call(arguments)


def _has_microphone() -> bool:
    from voicecoach.hear.sources.microphone import microphone_names

    try:
        return bool(microphone_names())
    except NoDeviceError:
        return False


def _recorded(arguments: argparse.Namespace) -> int:
    from voicecoach.cli.privacy import sound_is_kept
    from voicecoach.cli.replay import replay

    why = "as you asked" if arguments.recorded else "there is no microphone here"
    print(f"Playing a recorded call ({why}).\n")
    target = Path("practice.wav").resolve()
    given = {**vars(arguments), "files": [str(demo())], "json": False, "mixdown": None}
    if not arguments.no_record and sound_is_kept(live=False):
        given["mixdown"] = str(target)
    code = replay(argparse.Namespace(**given))
    print("\nTo talk yourself: plug in a microphone and type  voicecoach practice  (it is found by itself;")
    print("see what is found: voicecoach doctor). To have your own recordings judged: voicecoach replay my-reply.wav")
    print("Who you can practise with: voicecoach personas list")
    return code


def demo() -> Path:
    """Where the recorded call lies that is shipped: beside the package in a checkout, inside it in a wheel."""
    inside = Path(str(resources.files("voicecoach"))) / "demo"
    if inside.is_dir():
        return inside / "call.yaml"
    return inside.parent.parent / "audio_fixtures" / "calls" / "dance" / "call.yaml"
