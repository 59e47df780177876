"""A live call: the devices, the models, the loop and what the rep sees of it."""

import argparse
import itertools
import signal
import sys
from types import FrameType
from typing import TYPE_CHECKING, Final

from voicecoach.dance import persona as personas
from voicecoach.keep.record import RecordWriter

if TYPE_CHECKING:
    from voicecoach.live import Floor, LiveDesk

PATIENCE_S: Final = 10.0
"""Seconds without a word after which the prospect asks, once, whether you are there."""


def live_call(arguments: argparse.Namespace) -> int:
    """Play one call over the devices and return the exit code."""
    from voicecoach import wiring
    from voicecoach.cli.privacy import ask_about_sound
    from voicecoach.cli.replay import DEFAULT_PERSONA, recorder
    from voicecoach.cli.screen import story
    from voicecoach.hear.live_ear import LiveEar
    from voicecoach.live import LiveDesk, Seat

    persona = personas.find(arguments.persona or DEFAULT_PERSONA)
    if not arguments.no_record:
        ask_about_sound()
    words = wiring.transcriber(arguments.model)
    desk = LiveDesk(Seat(input=arguments.input, output=arguments.output))
    print(f"Live, with {desk.label}. Wait for the prospect, then answer aloud. Ctrl-C ends the call.")
    print("It stays on this machine. Whether your voice is kept: voicecoach privacy; --no-record keeps nothing.\n")
    patience_s = PATIENCE_S if arguments.patience is None else arguments.patience
    ear = LiveEar(itertools.repeat(desk), words, give_up_s=patience_s)
    seed = 1 if arguments.seed is None else arguments.seed
    desk.on_floor = say_whose_turn
    end_well_on_ctrl_c(desk)
    try:
        with recorder(arguments, persona.name) as keeper:
            wiring.play(
                persona, seed, ear, words, keeper, story(persona), captions=arguments.captions, speaker=desk, desk=desk
            )
            if isinstance(keeper, RecordWriter):
                print(f"The record: {keeper.folder}")
    finally:
        ear.close()
        desk.close()
    return 0


def say_whose_turn(floor: "Floor") -> None:
    """Tell a reader of lines, and a screen reader, that they are being heard."""
    from voicecoach.live import Floor

    if floor is Floor.REP:
        print("          (your turn)", flush=True)


def end_well_on_ctrl_c(desk: "LiveDesk") -> None:
    """Let the first Ctrl-C hang up, within a frame of sound; the second one stops the program where it is."""
    from voicecoach.live import Wish

    def hang_up(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        print("\nYou hang up.", file=sys.stderr)
        desk.wish(Wish.END)

    signal.signal(signal.SIGINT, hang_up)
