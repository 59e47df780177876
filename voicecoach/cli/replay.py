"""``voicecoach replay``: a whole call from recordings."""

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from voicecoach.callfile import CallFile, differences, read_call
from voicecoach.cli.privacy import forget_what_is_due, sound_is_kept
from voicecoach.dance import persona as personas
from voicecoach.errors import CoachError, InputError
from voicecoach.events import Event, as_record
from voicecoach.keep.record import NoRecord, RecordWriter, new_folder, read_record
from voicecoach.places import data_folder

DEFAULT_PERSONA = "thoughtful-owner"


def replay(arguments: argparse.Namespace) -> int:
    """Play the files and return the exit code."""
    from voicecoach import wiring
    from voicecoach.cli.screen import story

    paths = [Path(name) for name in arguments.files]
    call = _call_file(paths)
    files = [reply.audio for reply in call.replies] if call else paths
    persona = personas.find(arguments.persona or (call.persona if call else DEFAULT_PERSONA))
    seed = arguments.seed if arguments.seed is not None else call.seed if call else 1
    wiring.check_files(files)
    words = wiring.transcriber(arguments.model)
    told: list[dict[str, Any]] = []
    show: Callable[[Event], None] = _print_json if arguments.json else story(persona)
    with recorder(arguments, persona.name) as keeper:

        def tell(event: Event) -> None:
            told.append(json.loads(json.dumps(as_record(event))))
            show(event)

        ear = wiring.file_ear(files, words)
        wiring.play(persona, seed, ear, words, keeper, tell, captions=arguments.captions)
        if isinstance(keeper, RecordWriter):
            _say(arguments, f"The record: {keeper.folder}")
            if arguments.mixdown:
                mixdown(keeper.folder, Path(arguments.mixdown))
                _say(arguments, f"The whole call as sound: {arguments.mixdown}")
    wrong = differences(call, told) if call else []
    for difference in wrong:
        print(f"{call.path if call else ''}: {difference}", file=sys.stderr)
    return 1 if wrong else 0


def _say(arguments: argparse.Namespace, text: str) -> None:
    print(text, file=sys.stderr if arguments.json else sys.stdout)


def _call_file(paths: list[Path]) -> CallFile | None:
    # pathlib raises for a name that is too long; os.path says that it is no folder.
    named = [path / "call.yaml" if os.path.isdir(path) else path for path in paths]  # noqa: PTH112
    calls = [path for path in named if path.suffix in (".yaml", ".yml")]
    if calls and len(paths) > 1:
        raise InputError("Give one call.yaml, or recordings, not both: voicecoach replay my-call/call.yaml")
    return read_call(calls[0]) if calls else None


@contextlib.contextmanager
def recorder(arguments: argparse.Namespace, persona: str) -> Iterator[RecordWriter | NoRecord]:
    """Open the record that the arguments ask for; raise before the call begins where it cannot be written."""
    sound = getattr(arguments, "mixdown", None)
    if sound and not sound.lower().endswith((".wav", ".flac")):
        raise InputError(f"--mixdown {sound}: give a name that ends in .wav or .flac.")
    if arguments.no_record:
        if getattr(arguments, "mixdown", None):
            raise InputError("--mixdown is made from the record: leave --no-record away.")
        yield NoRecord()
        return
    folder = Path(arguments.record) if arguments.record else new_folder(data_folder() / "calls", persona)
    kept = sound_is_kept(live=not getattr(arguments, "files", None))
    if getattr(arguments, "mixdown", None) and not kept:
        raise InputError("--mixdown is made from sound that is kept: voicecoach privacy --sound yes")
    forget_what_is_due()
    writer = RecordWriter(folder, keep_sound=kept)
    try:
        yield writer
    finally:
        writer.close()
        shelve(folder)


def shelve(folder: Path) -> None:
    """Give a call that has ended its row in the library; what goes wrong there never costs the call."""
    from voicecoach.library import Library

    try:
        Library().add(folder)
    except CoachError as error:
        print(f"The call is kept, but not yet in the library: {error}", file=sys.stderr)


def mixdown(record: Path, target: Path) -> float:
    """Write a record's sound as one file; return its seconds."""
    from voicecoach.keep.mixdown import write_mixdown

    return write_mixdown(read_record(record), target)


def _print_json(event: Event) -> None:
    print(json.dumps(as_record(event), ensure_ascii=False), flush=True)
