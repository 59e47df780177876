"""When a live call is over: in ten seconds what it was, and its moment again at one key."""

import argparse
import importlib.util
import queue
import signal
import sys
from pathlib import Path

from voicecoach.cli.keys import keys
from voicecoach.cli.retry import retry
from voicecoach.keep.record import salvage
from voicecoach.library import Library
from voicecoach.takeaway import story_of


def after_call(folder: Path, arguments: argparse.Namespace) -> None:
    """Print the point of the call just kept, and play its moment again as often as the rep presses the key."""
    from voicecoach import wiring
    from voicecoach.report.text import in_short

    story = story_of(salvage(folder), Library().index.count(), wiring.make_judge())
    in_short(story)
    print(f"All of it: voicecoach report {story.name}")
    if not story.points or arguments.typed or not _has_keys():
        return
    again = argparse.Namespace(
        call=str(folder),
        file=None,
        turn=story.points[0].moment.turn.number,
        model=arguments.model,
        input=arguments.input,
        output=arguments.output,
        headphones=False,
        push_to_talk=arguments.push_to_talk,
    )
    while _wants_it_again():
        retry(again)


def _has_keys() -> bool:
    return importlib.util.find_spec("termios") is not None and sys.stdin.isatty() and sys.stdout.isatty()


def _wants_it_again() -> bool:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    print("\nPress r to try that moment again, any other key to end.", flush=True)
    pressed: queue.SimpleQueue[str] = queue.SimpleQueue()
    try:
        with keys(pressed.put):
            return pressed.get() == "r"
    except KeyboardInterrupt:
        return False
