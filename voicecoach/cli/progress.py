"""``voicecoach progress``: how practice goes over the calls, and what to practise next."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path

from voicecoach.cli.calls import wanted
from voicecoach.cli.privacy import opened_library
from voicecoach.dance import persona as personas
from voicecoach.errors import CoachError
from voicecoach.keep.index import CallRow
from voicecoach.places import write_whole
from voicecoach.report.progress import PastCall, Progress, progress_of

SPARKS = "▁▂▃▄▅▆▇█"
ENDS = (("agreed", "agreed"), ("left_open", "left open"), ("lost", "lost"), ("broken_off", "broken off"))


def progress(arguments: argparse.Namespace) -> int:
    """Print it, as text or JSON, or write it as a page."""
    rows = opened_library().find(wanted(arguments))
    found = progress_of([past(row) for row in rows], _known(), datetime.now(UTC).date())
    if arguments.json:
        print(json.dumps(as_json(found), indent=1, ensure_ascii=False))
    elif arguments.out:
        target = Path(arguments.out)
        write_whole(target, page(found).encode())
        print(f"Wrote {target}. Open it in a browser; it needs no network.")
    else:
        show(found, datetime.now(UTC).date())
    return 0


def past(row: CallRow) -> PastCall:
    """Return what progress needs of a row."""
    return PastCall(
        name=row.name,
        opened_at=row.opened_at,
        persona=row.persona,
        seed=row.seed,
        difficulty=row.difficulty,
        outcome=row.outcome,
        score=row.score,
        pushes=row.pushes,
        replies=row.replies,
        patience_s=row.patience_s,
    )


def as_json(found: Progress) -> dict[str, object]:
    """Return it as plain values."""
    nexts = [{**asdict(one), "command": one.command} for one in found.nexts]
    return {**asdict(found), "nexts": nexts}


def _known() -> dict[str, int]:
    known = {}
    for path in sorted(personas.folder().glob("*.yaml")):
        try:
            known[path.stem] = personas.find(path.stem).difficulty
        except CoachError:
            continue  # one with faults is nobody to practise with
    return known


def headline(found: Progress) -> str:
    """Say in one sentence how it goes."""
    whole = found.whole
    if not whole.calls:
        return "No calls yet."
    half = len(found.points) // 2
    scores = [[p.score for p in part if p.score is not None] for part in (found.points[:half], found.points[half:])]
    ended = f"{whole.calls} calls: {whole.agreed} agreed, {whole.left_open} left open, {whole.lost} lost"
    ended += f", {whole.broken_off} broken off." if whole.broken_off else "."
    if not all(scores):
        return ended
    before, now = (sum(part) / len(part) for part in scores)
    if abs(now - before) < 1:
        return f"{ended} The score holds at {now:.0f}."
    return f"{ended} The score went from {before:.0f} to {now:.0f}."


def page(found: Progress) -> str:
    """Return the page."""
    from voicecoach.report.curves import bar, curve
    from voicecoach.report.page import render

    points = found.points
    waits = [point.patience_s for point in points]
    longest = max(2.0, *(wait for wait in waits if wait is not None)) if any(waits) else 2.0
    each = "Each point is one call." if all(point.calls == 1 for point in points) else "Each point is several calls."
    curves = [
        ("Dance score", curve(points, [p.score for p in points], 100, "Dance score"), each),
        (
            "Wait after they stepped back",
            curve(points, waits, longest, "Wait", " s"),
            "Top reps wait about 1.5 s after an objection, average ones 0.3 s (quoting Gong, second-hand).",
        ),
        (
            "Pushes a reply",
            curve(points, [p.pushes_a_reply for p in points], 1, "Pushes a reply"),
            "0: none of your replies pushed; 1: all did.",
        ),
    ]
    groups = [(group, bar(group)) for group in (*found.personas, *found.difficulties)]
    return render("progress.html", progress=found, headline=headline(found), curves=curves, groups=groups, ends=ENDS)


def show(found: Progress, today: date) -> None:
    """Print it with rich."""
    from rich.console import Console
    from rich.markup import escape
    from rich.padding import Padding
    from rich.table import Table

    console = Console(highlight=False)
    console.print(f"[bold]{headline(found)}[/bold]")
    if not found.whole.calls:
        console.print("The first one: voicecoach practice")
        return
    curves = Table(box=None, pad_edge=False, show_header=False)
    curves.add_row("dance score", sparks([p.score for p in found.points], 100), "0 to 100")
    curves.add_row("wait after a step back", sparks([p.patience_s for p in found.points], 2.0), "0 to 2 s")
    curves.add_row("pushes a reply", sparks([p.pushes_a_reply for p in found.points], 1.0), "0 to 1")
    console.print(curves)
    console.print()
    table = Table("who", "calls", "agreed", "open", "lost", "score", "wait", "pushes a reply", box=None, pad_edge=False)
    for group in (*found.personas, *found.difficulties):
        table.add_row(
            escape(group.name),
            *map(str, (group.calls, group.agreed, group.left_open, group.lost)),
            "–" if group.score is None else f"{group.score:.0f}",
            "–" if group.patience_s is None else f"{group.patience_s:.1f} s",
            "–" if group.pushes_a_reply is None else f"{group.pushes_a_reply:.2f}",
        )
    console.print(table)
    console.print("\n[bold]What to practise next[/bold]")
    for one in found.nexts:
        when = "now" if one.due <= today.isoformat() else one.due
        console.print(escape(f"{when:<11}{one.command}"))
        console.print(Padding(escape(one.why), (0, 0, 0, 11)))


def sparks(values: Sequence[float | None], most: float) -> str:
    """Return values from 0 to `most` as a line of bars, a dot where there is none."""
    steps = len(SPARKS) - 1
    return "".join("·" if v is None else SPARKS[round(min(1.0, max(0.0, v / most)) * steps)] for v in values)
