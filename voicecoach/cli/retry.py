"""``voicecoach retry``: one moment of a kept call again, and both attempts side by side."""

import argparse
import contextlib
import itertools
import json
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voicecoach.cli.verdicts import no_such_reply
from voicecoach.dance import persona as personas
from voicecoach.errors import InputError, RecordError
from voicecoach.events import Event, Heard, ProspectSpoke, as_record
from voicecoach.keep.record import NoRecord
from voicecoach.library import Library
from voicecoach.ports import Ear, Transcriber
from voicecoach.report.facts import facts_of
from voicecoach.report.moment import moment_of
from voicecoach.report.turns import Turn, turns_of
from voicecoach.takeaway import SAYS, stand_again

if TYPE_CHECKING:
    from voicecoach.live import LiveDesk

WIDTH = 78
COLUMN = 37


class OneReply:
    """An ear that hears one reply with words in it, then says that the rep has left."""

    def __init__(self, ear: Ear, tries: int = 3) -> None:
        self._ear = ear
        self._tries = tries

    def listen(self) -> Heard | None:
        """Return the next reply; None after one with words, and after a few with none."""
        if self._tries <= 0:
            return None
        heard = self._ear.listen()
        self._tries = 0 if heard is None or heard.text else self._tries - 1
        return heard


def retry(arguments: argparse.Namespace) -> int:
    """Put the prospect back where they stood, hear one reply, show what it does. The record stays as it is."""
    from voicecoach import wiring

    if arguments.file and arguments.push_to_talk:
        raise InputError("FILE and --push-to-talk exclude each other: a recording has its reply.")
    record = Library().record(arguments.call)
    facts = facts_of(record.events, record.notes)
    moment = moment_of(facts)
    number = arguments.turn or (moment.turn.number if moment else 1)
    if not 1 <= number <= len(facts.turns):
        raise no_such_reply(len(facts.turns), number)
    started = next((event for event in record.events if event["type"] == "call_started"), None)
    if started is None:
        raise RecordError(f"{record.folder} holds no beginning of a call.")
    words = wiring.transcriber(arguments.model)
    prospect = stand_again(personas.find(started["persona"]), started["seed"], facts.turns, number)
    print(f"Reply {number} of {record.folder.name}, again; this attempt is not kept. The prospect:")
    told: list[dict[str, Any]] = []

    def tell(event: Event) -> None:
        told.append(json.loads(json.dumps(as_record(event))))
        if isinstance(event, ProspectSpoke) and event.turn == 0:
            _wrap("Prospect  ", event.text)

    with _ear(arguments, words) as (ear, desk):
        wiring.play(
            prospect.persona,
            started["seed"],
            OneReply(ear),
            words,
            NoRecord(),
            tell,
            captions=desk is None,
            speaker=desk,
            desk=desk,
            prospect=prospect,
        )
    again = next((turn for turn in turns_of(told) if turn.text), None)
    if again is None:
        why = next((event["why"] for event in told if event["type"] == "nothing_heard"), "no sound")
        print(f"Nothing was heard ({why}). Try again.")
        return 0
    _side_by_side(facts.turns[number - 1], again, _answers(record.events, number), _answers(told, again.number))
    return 0


def _answers(events: list[dict[str, Any]], number: int) -> str:
    """Return what the prospect said to that reply."""
    spoken = (event["text"] for event in events if event["type"] == "prospect_spoke" and event["turn"] == number)
    return str(next(spoken, ""))


@contextlib.contextmanager
def _ear(arguments: argparse.Namespace, words: Transcriber) -> Iterator[tuple[Ear, "LiveDesk | None"]]:
    """Open the file, or the desk as a live call does: microphone and loudspeaker."""
    from voicecoach import wiring

    if arguments.file:
        wiring.check_files([Path(arguments.file)])
        yield wiring.file_ear([Path(arguments.file)], words), None
        return
    from voicecoach.cli.keys import has_keys, keys
    from voicecoach.cli.live import (
        PATIENCE_S,
        TALK_KEY,
        end_well_on_ctrl_c,
        press,
        quiet_libraries,
        say_whose_turn,
        seat,
    )
    from voicecoach.hear.live_ear import LiveEar
    from voicecoach.live import LiveDesk

    desk = LiveDesk(seat(arguments))
    ear = LiveEar(itertools.repeat(desk), words, give_up_s=PATIENCE_S, held=lambda: desk.talking)
    desk.on_floor = say_whose_turn
    end_well_on_ctrl_c(desk)
    if arguments.push_to_talk and has_keys():
        print(TALK_KEY)
    try:
        with quiet_libraries(), keys(lambda key: press(desk, key)):
            yield ear, desk
    finally:
        ear.close()
        desk.close()


def _side_by_side(then: Turn, now: Turn, answer_then: str, answer_now: str) -> None:
    print()
    _row("then", "now")
    _row("-" * COLUMN, "-" * COLUMN)
    _row(then.text or "(nothing heard)", now.text)
    _row(_did(then), _did(now))
    _row(f"willingness {then.before:.2f} → {then.after:.2f}", f"willingness {now.before:.2f} → {now.after:.2f}")
    _row(then.position.replace("_", " "), now.position.replace("_", " "))
    _row(f"“{answer_then}”", f"“{answer_now}”")
    if now.rule:
        print()
        _wrap("", SAYS.get(now.rule, ""))


def _did(turn: Turn) -> str:
    if turn.judged is None:
        return f"not judged: {turn.why_not}"
    acts = ", ".join(dict.fromkeys(act.replace("_", " ") for act, _, _ in turn.acts))
    return turn.judged.replace("_", "-") + (f" ({acts})" if acts else "")


def _row(left: str, right: str) -> None:
    one, other = textwrap.wrap(left, COLUMN), textwrap.wrap(right, COLUMN)
    for a, b in itertools.zip_longest(one, other, fillvalue=""):
        print(f"{a:<{COLUMN + 3}}{b}".rstrip())


def _wrap(head: str, text: str) -> None:
    print(textwrap.fill(text, WIDTH, initial_indent=head, subsequent_indent=" " * len(head)))
