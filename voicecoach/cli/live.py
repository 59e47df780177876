"""A live call: the devices, the models, the loop and what the rep sees of it."""

import argparse
import contextlib
import functools
import itertools
import os
import signal
import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import TYPE_CHECKING, Final

from voicecoach.dance import persona as personas
from voicecoach.dance.persona import Persona
from voicecoach.errors import NoDeviceError, RepLeft
from voicecoach.events import CallEnded, Event, Judged, ProspectMoved, ReplyWentOn, RepSpoke, WillingnessChanged
from voicecoach.keep.record import NoRecord, RecordWriter
from voicecoach.settings import Remembered, remember, remembered

if TYPE_CHECKING:
    from voicecoach.live import Floor, LiveDesk, Seat

PATIENCE_S: Final = 10.0
"""Seconds without a word after which the prospect asks, once, whether you are there."""
HIDDEN: Final = (Judged, WillingnessChanged, ProspectMoved)
FIRST_START: Final = """\
A prospect calls, steps back, and you answer aloud: give them room and they
come closer, chase them and they run.
You are heard on this machine alone; nothing that you say leaves it.
Use headphones with --headphones to be able to interrupt, and press Ctrl-C to
hang up at any time.
"""
LIVE: Final = """\
Live.
  Microphone:  {microphone}
  Loudspeaker: {loudspeaker}
Wait for the prospect, then answer aloud. Ctrl-C ends the call.
It stays on this machine. Whether your voice is kept: voicecoach privacy;
--no-record keeps nothing.
"""
KEYS: Final = "Keys: p pause and go on, r say that again, s slower, + louder, q end"
FROM_NEXT_LINE: Final = {"s": "slower", "+": "louder"}
TALK_KEY: Final = "Space: you are heard from here to the next space"


def live_call(arguments: argparse.Namespace) -> int:
    """Play one call over the devices, or by keyboard, and return the exit code."""
    from voicecoach.cli.privacy import ask_about_sound
    from voicecoach.cli.replay import DEFAULT_PERSONA, recorder

    persona = personas.find(arguments.persona or DEFAULT_PERSONA)
    if not arguments.no_record:
        ask_about_sound()
    seed = 1 if arguments.seed is None else arguments.seed
    with recorder(arguments, persona.name) as keeper:
        run = _typed if arguments.typed else _spoken
        run(arguments, persona, seed, keeper)
        if isinstance(keeper, RecordWriter):
            print(f"The record: {keeper.folder}")
    if isinstance(keeper, RecordWriter):
        from voicecoach.cli.after import after_call

        after_call(keeper.folder, arguments)
    return 0


def _spoken(arguments: argparse.Namespace, persona: Persona, seed: int, keeper: RecordWriter | NoRecord) -> None:
    from voicecoach import wiring
    from voicecoach.cli.screen import story
    from voicecoach.hear.live_ear import LiveEar
    from voicecoach.live import LiveDesk

    words = wiring.LaterTranscriber(arguments.model)
    voice = wiring.make_voice(persona, arguments.captions)
    with quiet_libraries():
        desk = LiveDesk(seat(arguments), slower=getattr(voice, "slower", None))
        remember(remembered().named(arguments.input, arguments.output))  # now that there are devices of these names
        try:
            _first_start(desk)
            print(
                LIVE.format(microphone=desk.microphone.opened.device.name, loudspeaker=desk.speaker.opened.device.name)
            )
            end_well_on_ctrl_c(desk)
            desk.on_line = words.load
            tell, heard, shown = _shown(
                arguments, desk, held_back(story(persona)) if arguments.exam else story(persona)
            )
            patience_s = PATIENCE_S if arguments.patience is None else arguments.patience
            with (
                shown,
                contextlib.closing(
                    LiveEar(itertools.repeat(desk), words, give_up_s=patience_s, held=lambda: desk.talking)
                ) as ear,
            ):
                wiring.play(
                    persona, seed, ear, words, keeper, tell, voice=voice, speaker=desk, desk=desk, hearing=heard
                )
        finally:
            desk.close()


def _typed(arguments: argparse.Namespace, persona: Persona, seed: int, keeper: RecordWriter | NoRecord) -> None:
    from voicecoach import wiring
    from voicecoach.cli.screen import story
    from voicecoach.deliver.speaker import DeviceSpeaker, SilentSpeaker
    from voicecoach.hear.typed import Keyboard, TypedEar

    told = held_back(story(persona)) if arguments.exam else story(persona)
    # At a terminal the reply stands there already: they typed it.
    tell = functools.partial(_but_replies, told) if sys.stdin.isatty() else told
    with quiet_libraries(), contextlib.ExitStack() as stack:
        speaker: DeviceSpeaker | SilentSpeaker = SilentSpeaker()
        if not arguments.captions:
            with contextlib.suppress(NoDeviceError):
                speaker = stack.enter_context(
                    contextlib.closing(DeviceSpeaker(arguments.output or remembered().output))
                )
        signal.signal(signal.SIGINT, _leave)
        ear, captions = TypedEar(_line), arguments.captions
        wiring.play(persona, seed, ear, Keyboard(), keeper, tell, captions=captions, speaker=speaker)


def _but_replies(tell: Callable[[Event], None], event: Event) -> None:
    if not isinstance(event, RepSpoke):
        tell(event)


def _line() -> str | None:
    try:
        return input("You       " if sys.stdin.isatty() else "")
    except EOFError:
        return None


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise RepLeft


def seat(arguments: argparse.Namespace) -> "Seat":
    """Return how the rep sits down: what was asked for, else what was asked for last time."""
    from voicecoach.live import Seat

    now = remembered().named(arguments.input, arguments.output)
    return Seat(
        input=now.input, output=now.output, headphones=arguments.headphones, push_to_talk=arguments.push_to_talk
    )


def _shown(
    arguments: argparse.Namespace, desk: "LiveDesk", tell: Callable[[Event], None]
) -> tuple[Callable[[Event], None], Callable[[str], None], contextlib.AbstractContextManager[object]]:
    """Return who is told the events, who gets the words as they are heard, and what is shown meanwhile."""
    from voicecoach.cli.keys import has_keys, keys
    from voicecoach.cli.offer import Offer

    stack = contextlib.ExitStack()
    offer = Offer(desk.handset, keys=has_keys())

    def pressed(key: str) -> None:
        offer.pressed(key)
        press(desk, key)
        if key in FROM_NEXT_LINE:  # until then nothing else would say that the key was taken
            print(f"          ({FROM_NEXT_LINE[key]} from the next line on)", flush=True)

    stack.enter_context(keys(pressed))
    if arguments.plain or not has_screen():
        desk.on_floor = say_whose_turn
        if has_keys():
            print(KEYS)
            if arguments.push_to_talk:
                print(TALK_KEY)
            print()
        return tell, lambda _text: None, stack
    from voicecoach.cli.live_screen import LiveScreen

    screen = LiveScreen(desk, exam=arguments.exam, push_to_talk=arguments.push_to_talk)

    def tell_both(event: Event) -> None:
        screen.tell(event)
        tell(event)

    stack.enter_context(screen.shown())
    return tell_both, screen.hearing, stack


def has_screen() -> bool:
    """Whether the terminal can show more than lines: colour, 80 columns, and nobody has said otherwise."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM", "dumb") == "dumb"
    return sys.stdout.isatty() and not plain and os.get_terminal_size().columns >= 80


def press(desk: "LiveDesk", key: str) -> None:
    """Do what a key stands for (`KEYS`, `TALK_KEY`); nothing at any other."""
    from voicecoach.live import Wish

    wishes = {"p": Wish.PAUSE, "r": Wish.AGAIN, "s": Wish.SLOWER, "+": Wish.LOUDER, " ": Wish.TALK, "q": Wish.END}
    if key in wishes:
        desk.wish(wishes[key])


def held_back(tell: Callable[[Event], None]) -> Callable[[Event], None]:
    """Return a listener for an exam: verdicts and what they moved are told when the call has ended."""
    held: list[Event] = []

    def listen(event: Event) -> None:
        if isinstance(event, HIDDEN):
            held.append(event)
            return
        if isinstance(event, ReplyWentOn):
            held[:] = [one for one in held if getattr(one, "turn", None) != event.turn]
        if isinstance(event, CallEnded):
            if held:
                print("\nWhat your replies did:")
            turn = 0
            for one in held:
                if getattr(one, "turn", turn) != turn:
                    turn = getattr(one, "turn", turn)
                    print(f"Reply {turn}")
                tell(one)
        tell(event)

    return listen


def say_whose_turn(floor: "Floor") -> None:
    """Tell a reader of lines, and a screen reader, that they are being heard, or how to be."""
    from voicecoach.live import Floor

    if floor is Floor.REP:
        print("          (your turn)", flush=True)
    elif floor is Floor.KEY:
        print("          (space: talk)", flush=True)


def _first_start(desk: "LiveDesk") -> None:
    """Explain the game in three sentences and test the microphone, on the first start ever at a terminal."""
    before = remembered()
    if before.started_before or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return
    print(FIRST_START)
    print("Say something, for three seconds …", flush=True)
    loudest = desk.loudest_db(3.0)
    if loudest < -45:
        print(f"That was very faint ({loudest:.0f} dB). See: voicecoach devices")
    else:
        print(f"You are heard ({loudest:.0f} dB).")
    print()
    remember(Remembered(input=before.input, output=before.output, started_before=True))


@contextlib.contextmanager
def quiet_libraries() -> Iterator[None]:
    """Keep what sound libraries write to the terminal by themselves away from it; Python's own messages stay."""
    sys.stderr.flush()
    before, stream = os.dup(2), sys.stderr
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    sys.stderr = os.fdopen(os.dup(before), "w", buffering=1)
    try:
        yield
    finally:
        sys.stderr.close()
        sys.stderr = stream
        os.dup2(before, 2)
        os.close(before)


def end_well_on_ctrl_c(desk: "LiveDesk") -> None:
    """Let the first Ctrl-C hang up, within a frame of sound; the second one stops the program where it is."""
    from voicecoach.live import Wish

    def hang_up(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        desk.wish(Wish.END)

    signal.signal(signal.SIGINT, hang_up)
