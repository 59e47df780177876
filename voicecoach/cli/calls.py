"""``voicecoach calls``: the library of kept calls: list, show, delete, export, rebuild."""

import argparse
import csv
import io
import json
import re
import sys
import time
from dataclasses import asdict, fields
from pathlib import Path

from voicecoach.cli.privacy import opened_library
from voicecoach.errors import InputError
from voicecoach.keep.index import CallRow, Wanted
from voicecoach.library import OUTCOMES, Library
from voicecoach.places import write_whole


def wanted(arguments: argparse.Namespace) -> Wanted:
    """Return what the filters ask for; raise `InputError` for a date that is none."""
    for name in ("since", "until"):
        given = getattr(arguments, name)
        if given and not re.fullmatch(r"\d{4}-\d\d-\d\d([T ]\d\d(:\d\d){0,2})?", given):
            raise InputError(f"--{name} {given}: give a date as 2026-11-25 (UTC).")
    if arguments.outcome and arguments.outcome not in OUTCOMES:
        raise InputError(f"--outcome {arguments.outcome}: it can be {', '.join(OUTCOMES)}.")
    last = getattr(arguments, "last", None)
    if last is not None and last < 1:
        raise InputError(f"--last {last}: give the number of calls, 1 or more.")
    return Wanted(
        persona=arguments.persona or "",
        outcome=arguments.outcome or "",
        since=(arguments.since or "").replace(" ", "T"),
        until=(arguments.until or "").replace(" ", "T"),
        last=last,
    )


def list_calls(arguments: argparse.Namespace) -> int:
    """List calls, the newest first; a damaged one is listed as damaged, with what could be read."""
    asked = wanted(arguments)
    library = opened_library()
    rows = library.find(asked)
    if not rows:
        narrowed = any((asked.persona, asked.outcome, asked.since, asked.until))
        print("No call fits." if narrowed else f"No calls in {library.calls} yet. The first one: voicecoach practice")
        return 0
    width = max(len(row.name) for row in rows)
    print(f"{'call':<{width}}  {'ended':<11} {'score':>5}  replies  pushes")
    for row in rows:
        print(f"{row.name:<{width}}  {_in_short(row)}")
    found = library.index.count(asked)
    if found > len(rows):
        print(f"… and {found - len(rows)} older ones: --last {found}")
    return 0


def _in_short(row: CallRow) -> str:
    score = "–" if row.score is None else str(row.score)
    told = f"{row.outcome.replace('_', ' '):<11} {score:>5}  {row.replies:>7}  {row.pushes:>6}"
    if row.damage:
        told += f"  {row.damage}"
    return told + (f"  {row.disputed} disputed" if row.disputed else "")


def show(arguments: argparse.Namespace) -> int:
    """Show all that the library knows of one call."""
    library = Library()
    folder = library.folder_of(arguments.call)
    row = library.index.one(folder.name)
    if row is None:
        raise InputError(f"{folder} is no part of the library; see it with: voicecoach report {folder}")
    told = {
        "call": row.name,
        "when": row.opened_at.replace("T", " ").replace("+00:00", " UTC"),
        "prospect": row.persona + (f", difficulty {row.difficulty} of 5" if row.difficulty else ""),
        "ended": row.outcome.replace("_", " "),
        "score": str(row.score) if row.score is not None else f"none: {row.why_none}",
        "replies": f"{row.replies}: {row.matched} in step, {row.pushes} pushes, {row.missed} missed steps",
        "length": f"{row.duration_s:.0f} s",
        "sound": "kept" if row.has_sound else "not kept",
        "damage": row.damage,
        "disputed": f"{row.disputed} replies" if row.disputed else "",
        "folder": str(folder),
    }
    for name, value in told.items():
        if value:
            print(f"{name:<10}{value}")
    print(f"\nThe report: voicecoach report {row.name}")
    return 0


def delete(arguments: argparse.Namespace) -> int:
    """Delete calls for good: sound, notes, record and index row."""
    library = Library()
    names = [library.folder_of(call).name for call in arguments.calls]
    if not arguments.yes:
        if not sys.stdin.isatty():
            raise InputError(f"This deletes {', '.join(names)} for good. Where nobody can be asked, add --yes.")
        if input(f"Delete {', '.join(names)} for good, sound and record? [y/N] ").strip().lower() not in ("y", "yes"):
            print("Nothing was deleted.")
            return 0
    for call in arguments.calls:
        name, left = library.delete(call)
        print(f"Deleted {name}.")
        for path in left:
            print(f"  {path} is no part of the record and was left.")
    return 0


def export(arguments: argparse.Namespace) -> int:
    """Write the rows as CSV or JSON, to a file or to standard output."""
    rows = [asdict(row) for row in Library().find(wanted(arguments))]
    target = Path(arguments.out) if arguments.out else None
    as_json = arguments.format == "json" or (not arguments.format and target is not None and target.suffix == ".json")
    if as_json:
        text = json.dumps(rows, indent=1, ensure_ascii=False) + "\n"
    else:
        made = io.StringIO(newline="")
        writer = csv.DictWriter(made, [field.name for field in fields(CallRow)], lineterminator="\n")
        writer.writeheader()
        writer.writerows({key: _harmless(value) for key, value in row.items()} for row in rows)
        text = made.getvalue()
    if target is None:
        sys.stdout.write(text)
        return 0
    write_whole(target, text.encode())
    print(f"Wrote {len(rows)} calls to {target}.")
    return 0


def _harmless(value: object) -> object:
    """Return a cell that a spreadsheet does not take for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def rebuild(arguments: argparse.Namespace) -> int:  # noqa: ARG001 -- one shape for all commands
    """Make the index anew from the records on the disk."""
    library = Library()
    began = time.perf_counter()
    count = library.rebuild()
    print(f"Read {count} calls in {time.perf_counter() - began:.1f} s; the index is made anew.")
    return 0
