"""``voicecoach dispute`` and ``voicecoach override``: a verdict that somebody does not agree with."""

import argparse

from voicecoach.errors import InputError
from voicecoach.events import Side, Verdict
from voicecoach.keep.notes import MAX_WHY, VerdictDisputed, VerdictOverridden, append_note
from voicecoach.keep.record import Record
from voicecoach.library import Library
from voicecoach.report.turns import Turn, turns_of
from voicecoach.takeaway import find_persona, score_of


def dispute(arguments: argparse.Namespace) -> int:
    """Keep the rep's dispute beside the record; the verdict stands until a trainer changes it."""
    library = Library()
    record, turn = _turn(library, arguments)
    if turn.judged is None:
        raise InputError(f"Reply {turn.number} has no verdict to dispute ({turn.why_not}).")
    append_note(record.folder, VerdictDisputed(turn=turn.number, why=_why(arguments), by=arguments.by))
    library.add(record.folder)
    print(
        f"Reply {turn.number}, “{turn.text}”: {_words(turn.verdict)}, disputed. It stands until a trainer changes it:"
    )
    print(f"voicecoach override {record.folder.name} --turn {turn.number} --verdict … --why …")
    return 0


def override(arguments: argparse.Namespace) -> int:
    """Put a trainer's verdict in the place of the judge's; both stay visible, and the score follows."""
    library = Library()
    record, turn = _turn(library, arguments)
    verdict = Verdict(arguments.verdict)
    if not turn.text:
        raise InputError(f"In reply {turn.number} nothing was heard ({turn.why_not}): there is nothing to judge.")
    if turn.side is Side.AWAY and verdict is Verdict.STEP_IN:
        raise InputError(f"In reply {turn.number} the prospect was away: nobody can step in towards them then.")
    before = _score(record)
    append_note(
        record.folder, VerdictOverridden(turn=turn.number, verdict=verdict, why=_why(arguments), by=arguments.by)
    )
    library.add(record.folder)
    after = _score(library.record(str(record.folder)))
    print(f"Reply {turn.number}, “{turn.text}”: {_words(turn.verdict)} → {_words(verdict)}. Both are shown.")
    print(f"Dance score: {before} → {after}. The call itself stays as it was played.")
    return 0


def _turn(library: Library, arguments: argparse.Namespace) -> tuple[Record, Turn]:
    record = library.record(arguments.call)
    turns = turns_of(record.events, record.notes)
    found = next((turn for turn in turns if turn.number == arguments.turn), None)
    if found is None:
        raise no_such_reply(len(turns), arguments.turn)
    return record, found


def no_such_reply(count: int, asked: int) -> InputError:
    """Return what to say of a reply that a call of so many replies does not have."""
    if not count:
        return InputError("Nothing was answered in that call. Those with replies: voicecoach calls")
    return InputError(f"That call has replies 1 to {count}; --turn {asked} is not among them.")


def _why(arguments: argparse.Namespace) -> str:
    why = str(arguments.why).strip()
    if not why or len(why) > MAX_WHY:
        raise InputError(f"--why takes a reason of 1 to {MAX_WHY} characters.")
    return why


def _score(record: Record) -> str:
    from voicecoach.report.facts import facts_of

    card = score_of(facts_of(record.events, record.notes), find_persona(record))
    return str(card.score) if card.score is not None else f"none ({card.why_none})"


def _words(verdict: Verdict | None) -> str:
    return verdict.replace("_", "-") if verdict else "not judged"
