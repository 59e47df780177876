"""The dance over the call as one SVG: how close the prospect stands, their willingness, the rep's steps."""

from typing import Final

from markupsafe import Markup, escape

from voicecoach.events import Position, Verdict
from voicecoach.report.facts import Facts, Turn
from voicecoach.report.story import WhatIf

WIDTH, HEIGHT = 760, 330
LEFT, RIGHT, TOP, BOTTOM = 200, 24, 26, 40
LADDER: Final = tuple(reversed(list(Position)))
"""From gone at the bottom to leaning in at the top."""
MARKS: Final = {
    Verdict.STEP_BACK: ("room", "○"),
    Verdict.PRESSURE: ("push", "▲"),
    Verdict.STEP_IN: ("meet", "●"),
}


def draw(facts: Facts, what_if: WhatIf | None) -> Markup:
    """Return the drawing; colours come from the page's style sheet, shapes tell the same without them."""
    places = [Position.STEPPED_BACK, *(turn.position for turn in facts.turns)]
    levels = [facts.turns[0].before if facts.turns else 0.5, *(turn.after for turn in facts.turns)]
    parts = [_grid(), _path([_x(i, len(places)) for i in range(len(places))], [_y(p) for p in places], "where")]
    parts.append(_path([_x(i, len(levels)) for i in range(len(levels))], [_level(v) for v in levels], "will"))
    if what_if:
        values = [levels[0], *what_if.after]
        count = max(len(levels), len(values))
        parts.append(_path([_x(i, count) for i in range(len(values))], [_level(v) for v in values], "whatif"))
    parts += [_mark(turn, place, len(places)) for place, turn in enumerate(facts.turns, 1)]
    told = f"{len(facts.turns)} replies; the prospect ends {places[-1].replace('_', ' ')}, willingness {levels[-1]:.2f}"
    return Markup(
        '<svg viewBox="0 0 {} {}" role="img" aria-labelledby="dt dd"><title id="dt">The dance over the call</title>'
        '<desc id="dd">{}</desc>{}</svg>'
    ).format(WIDTH, HEIGHT, told, Markup("").join(parts))


def _x(place: int, count: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * place / max(1, count - 1)


def _y(position: Position) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * LADDER.index(position) / (len(LADDER) - 1)


def _level(willingness: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * willingness


def _grid() -> Markup:
    between = (_y(Position.TOGETHER) + _y(Position.STEPPED_BACK)) / 2
    parts = [
        Markup('<rect class="in" x="{}" y="{}" width="{}" height="{}"/>').format(
            LEFT, TOP - 12, WIDTH - LEFT - RIGHT, round(between - TOP + 12, 1)
        )
    ]
    for position in LADDER:
        y = round(_y(position), 1)
        parts.append(Markup('<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(LEFT, WIDTH - RIGHT, y, y))
        name = escape(position.replace("_", " "))
        parts.append(Markup('<text x="{}" y="{}" text-anchor="end">{}</text>').format(LEFT - 12, y + 4, name))
    return Markup("").join(parts)


def _path(xs: list[float], ys: list[float], kind: str) -> Markup:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True))
    return Markup('<polyline class="{}" points="{}"/>').format(kind, points)


def _mark(turn: Turn, place: int, count: int) -> Markup:
    kind, shape = MARKS.get(turn.verdict, ("none", "–")) if turn.verdict else ("none", "–")
    words = turn.verdict.replace("_", " ") if turn.verdict else "not judged"
    return Markup(
        '<g class="{}"><title>Reply {}: {}, willingness {:.2f} to {:.2f}</title>'
        '<text class="mark" x="{:.1f}" y="{:.1f}" text-anchor="middle">{}</text>'
        '<text class="number" x="{:.1f}" y="{}" text-anchor="middle">{}</text></g>'
    ).format(
        kind,
        turn.number,
        words,
        turn.before,
        turn.after,
        _x(place, count),
        _y(turn.position) + 6,
        shape,
        _x(place, count),
        HEIGHT - 14,
        turn.number,
    )
