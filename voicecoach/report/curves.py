"""Progress drawn as SVG: curves over the calls, and bars of how they ended."""

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

from voicecoach.report.progress import Group, Point

WIDTH, HEIGHT = 640, 176
LEFT, RIGHT, TOP, BOTTOM = 44, 14, 16, 32
FEW: Final = 12
"""Points up to which each has a mark of its own."""


def curve(points: Sequence[Point], values: Sequence[float | None], most: float, name: str, unit: str = "") -> Markup:
    """Return one curve from 0 to `most`; a call without a value leaves a gap."""
    count = len(values)
    parts = []
    for share in (0.0, 0.5, 1.0):
        y = _y(share)
        label = f"{most * share:g}{unit}"
        parts.append(Markup('<line class="grid" x1="{}" x2="{}" y1="{y}" y2="{y}"/>').format(LEFT, WIDTH - RIGHT, y=y))
        parts.append(Markup('<text x="{}" y="{}" text-anchor="end">{}</text>').format(LEFT - 7, y + 4, label))
    for edge, place, anchor in ((LEFT, 0, "start"), (WIDTH - RIGHT, -1, "end")):
        if points and (place == 0 or len(points) > 1):
            day = points[place].first if place == 0 else points[place].last
            parts.append(Markup('<text x="{}" y="{}" text-anchor="{}">{}</text>').format(edge, HEIGHT - 6, anchor, day))
    found = [(_x(i, count), _y(min(1.0, v / most)), i, v) for i, v in enumerate(values) if v is not None]
    if len(found) > 1:
        path = "M" + " L".join(f"{x:.1f},{y:.1f}" for x, y, _, _ in found)
        parts.append(Markup('<path class="will" d="{}"/>').format(path))
    radius = 5 if count <= FEW else 4
    for x, y, place, value in found:
        point = points[place]
        when = point.first if point.calls == 1 else f"{point.first} to {point.last}, {point.calls} calls"
        ended = f", {point.outcome.replace('_', ' ')}" if point.outcome else ""
        parts.append(
            Markup('<circle class="end {}" cx="{:.1f}" cy="{:.1f}" r="{}"><title>{}: {:g}{}{}</title></circle>').format(
                point.outcome or "some", x, y, radius, when, value, unit, ended
            )
        )
    last = f"{found[-1][3]:g}{unit}" if found else "not measured"
    told = f"{name} over {count} points; the last: {last}"
    return Markup('<svg class="curve" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        WIDTH, HEIGHT, told, Markup("").join(parts)
    )


def bar(group: Group) -> Markup:
    """Return how the calls of a group ended, as one bar."""
    parts, x = [], 0.0
    names = ("agreed", "left_open", "lost", "broken_off")
    ended = {name: getattr(group, name) for name in names}
    whole = max(1, group.calls)
    for outcome, count in ended.items():
        width = 200 * count / whole
        if count:
            parts.append(
                Markup('<rect class="end {}" x="{:.1f}" y="0" width="{:.1f}" height="14"/>').format(outcome, x, width)
            )
        x += width
    told = ", ".join(f"{count} {outcome.replace('_', ' ')}" for outcome, count in ended.items())
    return Markup(
        '<svg class="bar" viewBox="0 0 200 14" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>'
    ).format(told, Markup("").join(parts))


def _x(place: int, count: int) -> float:
    return LEFT + 8 + (WIDTH - LEFT - RIGHT - 16) * (place / (count - 1) if count > 1 else 0.5)


def _y(share: float) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share, 1)
