"""``voicecoach devices``: which there are, which are used, and whether you are heard."""

import argparse
import contextlib
import sys

from voicecoach.cli.live import quiet_libraries
from voicecoach.devices import CALLED, Device, Kind, find, listed
from voicecoach.errors import NoDeviceError
from voicecoach.settings import Remembered, remember, remembered

SENTENCE = "Take all the time you need. There is no rush at all."
ECHO = """\
On loudspeakers the prospect cannot be interrupted: the microphone would hear
them. Wear headphones and type
  voicecoach practice --headphones
or let the sound system take the echo away. PulseAudio, and PipeWire's own
PulseAudio server, do it with this line:
  pactl load-module module-echo-cancel aec_method=webrtc \\
    source_name=quiet sink_name=toquiet
Then use its two new devices, with --headphones as well:
  voicecoach devices --input quiet --output toquiet"""


def devices(arguments: argparse.Namespace) -> int:
    """List the devices, remember those that are named, and try them where that is wished."""
    before = remembered()
    chosen = before
    if arguments.forget:
        chosen = Remembered(started_before=before.started_before)
    with quiet_libraries():
        for kind in ("input", "output"):
            asked = getattr(arguments, kind)
            if asked:
                find(asked, kind)
        chosen = chosen.named(arguments.input, arguments.output)
        if chosen != before:
            remember(chosen)
            print("Remembered for the calls to come.\n")
        _list("input", chosen.input)
        _list("output", chosen.output)
        print(ECHO)
        if arguments.test:
            _try(chosen)
        else:
            print("\nTo hear a sentence, and see whether you are heard: voicecoach devices --test")
    return 0


def _list(kind: Kind, asked: str | None) -> None:
    print(f"{CALLED[kind].capitalize()}s")
    used: Device | None = None
    with contextlib.suppress(NoDeviceError):
        used = find(asked, kind)
    here = listed(kind)
    for device in here:
        mark = "→" if device == used else " "
        print(f"  {mark} {device.name} ({device.rate_hz} Hz)")
    if not here:
        print("    none")
    if asked and used is None:
        print(f"    {asked!r}, which you named, is not here; forget it: voicecoach devices --forget")
    print()


def _try(chosen: Remembered) -> None:
    """Say a sentence, hear it said back, show the level meanwhile and the words afterwards."""
    import itertools

    from voicecoach import wiring
    from voicecoach.dance import persona as personas
    from voicecoach.events import AudioFrame, Position
    from voicecoach.hear.live_ear import LiveEar
    from voicecoach.live import LiveDesk, Seat

    voice = wiring.make_voice(personas.find("thoughtful-owner"), captions=False)
    words = wiring.LaterTranscriber("tiny.en")
    words.load()
    desk = LiveDesk(Seat(input=chosen.input, output=chosen.output))

    class Shown:
        label = desk.label

        def frames(self) -> "itertools.chain[AudioFrame]":
            return itertools.chain.from_iterable(map(self._show, desk.frames()))

        def _show(self, frame: AudioFrame) -> list[AudioFrame]:
            if sys.stdout.isatty() and round(frame.start_s * 50) % 5 == 0:
                bar = "▮" * max(0, round((desk.level_db + 60) / 3))
                print(f"\r  {desk.level_db:4.0f} dB {bar:<20}", end="", flush=True)
            return [frame]

        def close(self) -> None:
            desk.close()

    source = Shown()
    ear = LiveEar(itertools.repeat(source), words, give_up_s=8.0)
    try:
        print(f"\nYou should hear: “{SENTENCE}” Say it back.", flush=True)
        clip = voice.render(SENTENCE, Position.TOGETHER)
        if clip is None:
            print(f"The voice is broken: {voice.failure}")
        else:
            desk.play(clip)
        heard = ear.listen()
        if sys.stdout.isatty():
            print()
        if heard is None or not heard.text:
            print(f"Nothing was heard ({heard.why if heard else 'no sound'}). Is the microphone on, and the right one?")
        else:
            print(f"You were heard to say: “{heard.text}”")
    finally:
        ear.close()
        source.close()
        wiring.close_voice(voice)
