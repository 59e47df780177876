"""``voicecoach report``: what happened in a call and what it meant, as a page or in the terminal."""

import argparse
from pathlib import Path

from voicecoach.cli.privacy import opened_library
from voicecoach.errors import InputError
from voicecoach.keep.mixdown import sound_of
from voicecoach.keep.record import salvage
from voicecoach.places import write_whole
from voicecoach.takeaway import find_persona, story_of


def report(arguments: argparse.Namespace) -> int:
    """Write one HTML file, or print the same story."""
    from voicecoach import wiring

    if arguments.text and arguments.out:
        raise InputError("--text prints the story, --out names a page for it: give one of them.")
    library = opened_library()
    record = salvage(library.folder_of(arguments.call))
    if not record.events:
        raise InputError(record.damage or f"{record.folder}: nothing of this call was kept.")
    story = story_of(record, library.index.count(), wiring.make_judge())
    if arguments.text:
        from voicecoach.report.text import show

        show(story)
        return 0
    from voicecoach.report.page import page

    target = Path(arguments.out or f"{record.folder.name}.html")
    persona = find_persona(record)
    made = page(
        story,
        sound=sound_of(record) if arguments.sound else "",
        threshold=persona.temper.steps_in_at if persona else None,
    )
    write_whole(target, made.encode())
    print(f"Wrote {target} ({len(made.encode()) // 1024} KB). Open it in a browser; it needs no network.")
    return 0
