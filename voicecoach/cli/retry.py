"""``voicecoach retry``: one moment of a kept call again, and both attempts side by side."""

import argparse
import contextlib
import itertools
import textwrap
from collections.abc import Iterator
from pathlib import Path

from voicecoach.dance import persona as personas
from voicecoach.dance.prospect import Prospect, Turned
from voicecoach.dance.script import Line
from voicecoach.errors import InputError, RecordError
from voicecoach.events import Heard, Judgement, Side, Verdict
from voicecoach.keep.record import Record, read_record
from voicecoach.ports import Ear, Transcriber
from voicecoach.report.facts import Turn, facts_of
from voicecoach.report.moment import moment_of

WIDTH = 78


def retry(arguments: argparse.Namespace) -> int:
    """Put the prospect back where they stood, hear one reply, show what it does. The record stays as it is."""
    from voicecoach import wiring
    from voicecoach.cli.report import record_folder

    record = read_record(record_folder(arguments.call))
    turns = facts_of(record.events).turns
    moment = moment_of(facts_of(record.events))
    number = arguments.turn or (moment.turn.number if moment else 1)
    if not 1 <= number <= len(turns):
        raise InputError(f"That call has replies 1 to {len(turns)}; --turn {number} is not among them.")
    words = wiring.transcriber(arguments.model)
    prospect, line = stand_again(record, number)
    print(f"Reply {number} of {record.folder.name}, again. The prospect:")
    _wrap("Prospect  ", line.text)
    with _ear(arguments, words, prospect, line) as ear:
        heard = ear.listen()
    if heard is None or not heard.text:
        print(f"Nothing was heard ({heard.why if heard else 'no sound'}). Try again.")
        return 0
    judgement = wiring.make_judge().judge(prospect.stance.side, line.text, heard.text)
    _side_by_side(turns[number - 1], heard, judgement, prospect)
    return 0


def stand_again(record: Record, number: int) -> tuple[Prospect, Line]:
    """Return the prospect as they stood before that reply, and the line they had just said."""
    started = next((event for event in record.events if event["type"] == "call_started"), None)
    if started is None:
        raise RecordError(f"{record.folder} holds no beginning of a call.")
    prospect = Prospect(personas.find(started["persona"]), started["seed"])
    line = prospect.open()
    for turn in facts_of(record.events).turns[: number - 1]:
        acts = [act for act, _, _ in turn.acts]
        line = (prospect.hear(turn.verdict, acts) if turn.verdict else prospect.hear_nothing()).line
    return prospect, line


@contextlib.contextmanager
def _ear(arguments: argparse.Namespace, words: Transcriber, prospect: Prospect, line: Line) -> Iterator[Ear]:
    from voicecoach import wiring

    if arguments.file:
        wiring.check_files([Path(arguments.file)])
        yield wiring.file_ear([Path(arguments.file)], words)
        return
    from voicecoach.cli.live import PATIENCE_S
    from voicecoach.deliver.speaker import DeviceSpeaker
    from voicecoach.hear.live_ear import LiveEar
    from voicecoach.hear.sources.microphone import MicrophoneSource

    microphone = MicrophoneSource(arguments.input)
    voice = wiring.make_voice(prospect.persona, captions=False)
    try:
        clip = voice.render(line.text, prospect.stance.position)
        if clip:
            DeviceSpeaker(arguments.output).play(clip)
        yield LiveEar(itertools.repeat(microphone), words, give_up_s=PATIENCE_S)
    finally:
        microphone.close()
        wiring.close_voice(voice)


def _side_by_side(then: Turn, heard: Heard, judgement: Judgement, prospect: Prospect) -> None:
    side, verdict = prospect.stance.side, judgement.verdict
    print(f"\n{'then':<40}now")
    left = textwrap.wrap(then.text or "(nothing heard)", 36)
    right = textwrap.wrap(heard.text, 36)
    for one, other in itertools.zip_longest(left, right, fillvalue=""):
        print(f"{one:<40}{other}")
    was = then.verdict.replace("_", "-") if then.verdict else "not judged"
    print(f"{was:<40}{verdict.replace('_', '-')}")
    moved: Turned | None = None
    if not (side is Side.AWAY and verdict is Verdict.STEP_IN):
        moved = prospect.hear(verdict, [act.act for act in judgement.acts])
    after = moved.after.willingness if moved else then.before
    print(f"{f'willingness {then.before:.2f} → {then.after:.2f}':<40}willingness {then.before:.2f} → {after:.2f}")
    if moved:
        print(f"{then.position.replace('_', ' '):<40}{moved.after.position.replace('_', ' ')}\n")
        _wrap("Prospect  ", moved.line.text)


def _wrap(head: str, text: str) -> None:
    print(textwrap.fill(text, WIDTH, initial_indent=head, subsequent_indent=" " * len(head)))
