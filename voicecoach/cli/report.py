"""``voicecoach calls`` and ``voicecoach report``: what happened in a call and what it meant."""

import argparse
import base64
import tempfile
from pathlib import Path
from typing import Any

from voicecoach.dance import persona as personas
from voicecoach.dance.moves import ImpossibleMoveError, move, opening
from voicecoach.errors import CoachError, InputError, RecordError
from voicecoach.events import Side, Verdict
from voicecoach.keep.record import EVENTS, Record, read_record
from voicecoach.places import data_folder, not_writable
from voicecoach.report.facts import Facts, facts_of
from voicecoach.report.moment import moment_of
from voicecoach.report.story import Story, WhatIf, story_of


def calls(arguments: argparse.Namespace) -> int:
    """List the kept calls, the newest first; a damaged one is listed as damaged."""
    folder = data_folder() / "calls"
    found = sorted((path.parent for path in folder.glob(f"*/{EVENTS}")), reverse=True)
    if not found:
        print(f"No calls in {folder} yet. The first one: voicecoach practice")
        return 0
    for path in found[: arguments.last]:
        print(f"{path.name:<58}{_in_short(path)}")
    if len(found) > arguments.last:
        print(f"… and {len(found) - arguments.last} older ones: voicecoach calls --last {len(found)}")
    return 0


def _in_short(path: Path) -> str:
    try:
        record = read_record(path)
    except RecordError as error:
        return f"damaged: {error}"
    facts = facts_of(record.events)
    return f"{(facts.outcome or 'broken off').replace('_', ' '):<12}{len(facts.turns)} replies, {facts.pushes} pushes"


def report(arguments: argparse.Namespace) -> int:
    """Write one HTML file, or print the same story."""
    record = read_record(record_folder(arguments.call))
    story, title, who = _story(record)
    if arguments.text:
        from voicecoach.report.text import show

        show(story, f"{title}, {record.opened_at[:16].replace('T', ' ')} UTC")
        return 0
    from voicecoach.report.page import page

    target = Path(arguments.out or f"{record.folder.name}.html")
    sound = _sound(record) if arguments.sound else ""
    made = page(
        story, record.events, title=title, who=who, opened=record.opened_at, folder=record.folder.name, sound=sound
    )
    try:
        target.write_text(made, encoding="utf-8")
    except OSError as error:
        raise not_writable(target, error) from error
    print(f"Wrote {target} ({len(made) // 1024} KB). Open it in a browser; it needs no network.")
    return 0


def record_folder(name: str) -> Path:
    """Return the record's folder: a path, a call's name, or ``last``."""
    home = data_folder() / "calls"
    if name == "last":
        kept = sorted(path.parent for path in home.glob(f"*/{EVENTS}"))
        if not kept:
            raise InputError(f"There is no call in {home} yet. The first one: voicecoach practice")
        return kept[-1]
    for path in (Path(name), home / name):
        if (path / EVENTS).is_file():
            return path
    raise InputError(f"There is no call {name!r}. See: voicecoach calls; or give a record's folder, or `last`.")


def _story(record: Record) -> tuple[Story, str, str]:
    from voicecoach.judge.advice import ADVICE

    facts = facts_of(record.events)
    name = next((event["persona"] for event in record.events if event["type"] == "call_started"), "")
    try:
        persona = personas.find(name)
    except CoachError:
        return story_of(facts, _advice(ADVICE), None), name, "this persona is no longer here"
    return story_of(facts, _advice(ADVICE), what_if(facts, persona)), persona.title, persona.who


def _advice(known: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {act: (advice.why, advice.instead) for act, advice in known.items()}


def what_if(facts: Facts, persona: personas.Persona) -> WhatIf | None:
    """Play the verdicts of a call again by the table, a step back in place of the push that cost most."""
    moment = moment_of(facts)
    if moment is None or moment.kind != "cost":
        return None
    stance = opening(persona.temper, len(persona.rounds))
    after, closer_at = [], 0
    for turn in facts.turns:
        verdict = Verdict.STEP_BACK if turn.number == moment.turn.number else turn.verdict
        acts = [] if turn.number == moment.turn.number else [act for act, _, _ in turn.acts]
        if verdict is not None:
            try:
                stance = move(stance, verdict, persona.temper, acts).stance
            except ImpossibleMoveError:
                break  # from here on the rep would have answered something else
        after.append(stance.willingness)
        if turn.number >= moment.turn.number and stance.side is Side.IN:
            closer_at = turn.number
            break
    return WhatIf(tuple(turn.after for turn in facts.turns), tuple(after), closer_at) if after else None


def _sound(record: Record) -> str:
    """Return the whole call's sound as a data address, Opus in Ogg."""
    import soundfile

    from voicecoach.keep.mixdown import write_mixdown

    with tempfile.TemporaryDirectory() as scratch:
        whole, small = Path(scratch) / "call.wav", Path(scratch) / "call.ogg"
        if not write_mixdown(record, whole):
            raise InputError(f"{record.folder} kept no sound; leave --sound away.")
        sound, rate = soundfile.read(whole, dtype="float32")
        soundfile.write(small, sound, rate, format="OGG", subtype="OPUS")
        return "data:audio/ogg;base64," + base64.b64encode(small.read_bytes()).decode()
