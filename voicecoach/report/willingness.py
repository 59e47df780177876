"""The lower half of the drawing: the prospect's willingness over the call, and as it could have been."""

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

from voicecoach.report.coaching import WhatIf
from voicecoach.report.sheet import WIDE, Points, Sheet
from voicecoach.report.turns import Turn

LABELS_APART: Final = 0.16
"""Willingness between two labels of the lower drawing's scale, so that they do not touch."""


def willingness_of(turns: Sequence[Turn], what_if: WhatIf | None, threshold: float | None, sheet: Sheet) -> Markup:
    """Draw the curve as it was, as it could have been, and how much it takes for them to come closer."""
    count, end = len(turns), sheet.width - sheet.right
    levels = [turns[0].before if turns else 0.5, *(turn.after for turn in turns)]
    parts = [Markup('<text class="panel" x="0" y="{:.1f}">Their willingness</text>').format(sheet.top_of_will - 14)]
    for value in (0.0, 0.5, 1.0):
        y = sheet.level(value)
        parts.append(
            Markup('<line class="grid" x1="{}" x2="{}" y1="{y:.1f}" y2="{y:.1f}"/>').format(sheet.left, end, y=y)
        )
        if threshold is None or abs(value - threshold) >= LABELS_APART:
            parts.append(
                Markup('<text class="row" x="{}" y="{:.1f}" text-anchor="end">{:.1f}</text>').format(
                    sheet.left - 10, y + 4, value
                )
            )
    if threshold is not None:
        y = sheet.level(threshold)
        parts.append(
            Markup('<line class="needed" x1="{}" x2="{}" y1="{y:.1f}" y2="{y:.1f}"/>').format(sheet.left, end, y=y)
        )
        parts.append(
            Markup('<text class="needed" x="{}" y="{:.1f}" text-anchor="end">comes closer</text>').format(
                sheet.left - 10, y + 4
            )
        )
    points = [(sheet.x(i, count), sheet.level(value)) for i, value in enumerate(levels)]
    parts.append(Markup('<path class="will" d="{}"/>').format(_line(points)))
    parts += [Markup('<circle class="will" cx="{:.1f}" cy="{:.1f}" r="3"/>').format(x, y) for x, y in points]
    if what_if:
        parts.append(_other(turns, what_if, levels[-1], sheet))
    elif sheet is WIDE:
        parts.append(_end(end, points[-1][1], f"{levels[-1]:.2f}", "will"))
    return Markup("").join(parts)


def _other(turns: Sequence[Turn], what_if: WhatIf, last: float, sheet: Sheet) -> Markup:
    """Draw the curve as it could have been, with both ends labelled."""
    count = len(turns)
    first = next(i for i, turn in enumerate(turns) if turn.number == what_if.turn)
    points = [(sheet.x(first + i, count), sheet.level(value)) for i, value in enumerate(what_if.levels)]
    parts = [Markup('<path class="whatif" d="{}"/>').format(_line(points))]
    parts += [Markup('<circle class="whatif" cx="{:.1f}" cy="{:.1f}" r="3.5"/>').format(x, y) for x, y in points[1:]]
    if sheet is WIDE:
        end, was, would = sheet.width - sheet.right, sheet.level(last), points[-1][1]
        at_end = first + len(points) - 1 == count
        if at_end and abs(was - would) < sheet.text + 3:
            would, was = (was - sheet.text - 3, was) if would <= was else (was + sheet.text + 3, was)
        parts.append(_end(end, was, f"{last:.2f} as it was", "will"))
        x = end if at_end else points[-1][0] + 4
        parts.append(_end(x, would if at_end else would - 10, f"{what_if.levels[-1]:.2f} what if", "whatif"))
    return Markup("").join(parts)


def _end(x: float, y: float, words: str, kind: str) -> Markup:
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}">{}</text>').format(kind, x + 2, y + 4, words)


def _line(points: Points) -> str:
    return "M" + " L".join(f"{x:.1f},{y:.1f}" for x, y in points)
