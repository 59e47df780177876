"""``voicecoach practice``: a live call where there is a microphone, else a recorded one and how to go on."""

import argparse
import itertools
from importlib import resources
from pathlib import Path

from voicecoach.dance import persona as personas
from voicecoach.errors import NoDeviceError
from voicecoach.keep.record import RecordWriter

END_SILENCE_S = 1.0
"""Silence that hands the floor over: patience in general is 0.6 to 1.0 s (quoting Gong, second-hand)."""
GIVE_UP_S = 20.0
"""Seconds without a word after which the prospect asks whether you are there."""


def practice(arguments: argparse.Namespace) -> int:
    """Play a call and return the exit code."""
    live = not arguments.recorded and (arguments.input is not None or _has_microphone())
    return _live(arguments) if live else _recorded(arguments)


def _has_microphone() -> bool:
    from voicecoach.hear.sources.microphone import microphone_names

    try:
        return bool(microphone_names())
    except NoDeviceError:
        return False


def _recorded(arguments: argparse.Namespace) -> int:
    from voicecoach.cli.replay import replay

    why = "as you asked" if arguments.recorded else "there is no microphone here"
    print(f"Playing a recorded call ({why}).\n")
    target = Path("practice.wav").resolve()
    given = {**vars(arguments), "files": [str(demo())], "json": False, "mixdown": None}
    if not arguments.no_record:
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


def _live(arguments: argparse.Namespace) -> int:
    from voicecoach import wiring
    from voicecoach.cli.replay import DEFAULT_PERSONA, recorder
    from voicecoach.cli.screen import story
    from voicecoach.deliver.speaker import DeviceSpeaker
    from voicecoach.hear.ear import SourceEar
    from voicecoach.hear.sources.microphone import MicrophoneSource

    persona = personas.find(arguments.persona or DEFAULT_PERSONA)
    words = wiring.transcriber(arguments.model)
    speaker = DeviceSpeaker(arguments.output)
    microphone = MicrophoneSource(arguments.input)
    print(f"Live, with {microphone.label}. Wait for the prospect, then answer aloud. Ctrl-C ends the call.")
    print("Your voice is kept beside the record, on this machine only; --no-record keeps nothing.\n")
    ear = SourceEar(itertools.repeat(microphone), words, END_SILENCE_S, give_up_s=GIVE_UP_S)
    seed = 1 if arguments.seed is None else arguments.seed
    try:
        with recorder(arguments, persona.name) as keeper:
            wiring.play(persona, seed, ear, words, keeper, story(persona), captions=arguments.captions, speaker=speaker)
            if isinstance(keeper, RecordWriter):
                print(f"The record: {keeper.folder}")
    finally:
        microphone.close()
    return 0
