"""``voicecoach practice``: a live call where there is a microphone, else a recorded one and how to go on."""

import argparse
import itertools
from importlib import resources
from pathlib import Path

from voicecoach.errors import InputError, NoDeviceError

EXCLUDE = (
    ("headphones", "push_to_talk", "with a key you are heard when you wish"),
    ("typed", "push_to_talk", "what is typed needs no microphone"),
    ("typed", "headphones", "what is typed needs no microphone"),
    ("recorded", "typed", "a recorded call has its replies"),
    ("recorded", "push_to_talk", "a recorded call has its replies"),
    ("recorded", "headphones", "a recorded call has its replies"),
    ("recorded", "exam", "a recorded call shows each verdict as it goes"),
)
"""Two options that do not go together, and why."""


def practice(arguments: argparse.Namespace) -> int:
    """Play a call and return the exit code."""
    for one, other, why in EXCLUDE:
        if getattr(arguments, one) and getattr(arguments, other):
            names = (f"--{name.replace('_', '-')}" for name in (one, other))
            raise InputError(f"{' and '.join(names)} exclude each other: {why}.")
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
    if arguments.exam:
        print("--exam is for live calls: this one shows each verdict as it goes.\n")
    target = _free(Path("practice.wav").resolve())
    given = {**vars(arguments), "files": [str(demo())], "json": False, "mixdown": None}
    if not arguments.no_record and sound_is_kept(live=False):
        given["mixdown"] = str(target)
    code = replay(argparse.Namespace(**given))
    print("\nTo talk yourself: plug in a microphone and type  voicecoach practice  (it is found by itself;")
    print("see what is found: voicecoach doctor). To have your own recordings judged: voicecoach replay my-reply.wav")
    print("Who you can practise with: voicecoach personas list")
    return code


def _free(wished: Path) -> Path:
    """Return that path or, where something is there already, the same with a number."""
    numbered = (wished.with_stem(f"{wished.stem}-{number}") for number in itertools.count(2))
    return wished if not wished.exists() else next(path for path in numbered if not path.exists())


def demo() -> Path:
    """Where the recorded call lies that is shipped: beside the package in a checkout, inside it in a wheel."""
    inside = Path(str(resources.files("voicecoach"))) / "demo"
    if inside.is_dir():
        return inside / "call.yaml"
    return inside.parent.parent / "audio_fixtures" / "calls" / "dance" / "call.yaml"
