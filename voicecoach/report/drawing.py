"""The dance over the call as SVG: where both stand, and below it the prospect's willingness.

The prospect's line runs above the middle, the further up the further away; the rep's runs below it while they give room
and above it while they go after the prospect. So a dance opens and closes like a lens, and a chase is two lines that
climb together. Colours come from the page's style sheet; shapes tell the same without them.
"""

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

from voicecoach.events import Position, Side, Verdict
from voicecoach.report.sheet import NARROW, WIDE, Points, Sheet
from voicecoach.report.story import Story
from voicecoach.report.turns import Turn
from voicecoach.report.willingness import willingness_of

AWAY: Final = {
    Position.LEANING_IN: 0.5,
    Position.TOGETHER: 1.3,
    Position.STEPPED_BACK: 2.3,
    Position.STEPPED_BACK_AGAIN: 3.3,
    Position.TURNED_AND_RUNNING: 4.3,
    Position.STILL_RUNNING: 5.3,
    Position.GONE: 6.3,
}
"""How far from the middle the prospect stands, in rows."""
CLOSE: Final = 1.8
"""Rows around the middle in which the two are together."""
FURTHEST_BACK: Final = 3.3
BEHIND: Final = 1.0
"""How far behind a running prospect the one who chases is drawn."""
GRABS: Final = 0.8
"""How far past the prospect a lunge is drawn."""
LANES: Final = {"close": -0.9, "apart": -2.3}
SHORT: Final = {Position.STEPPED_BACK_AGAIN: "back again", Position.TURNED_AND_RUNNING: "turned, running"}
"""Names too long for the margin."""
KINDS: Final = {Verdict.STEP_BACK: "room", Verdict.PRESSURE: "push", Verdict.STEP_IN: "meet"}
MOST_NUMBERS: Final = 14
"""Replies up to which each one is numbered."""


def draw(story: Story, threshold: float | None = None) -> Markup:
    """Return the drawing twice, for a wide page and for a phone; the style sheet shows the one that fits.

    `threshold` is the willingness at which this prospect comes closer.
    """
    return Markup("").join(_draw(story, threshold, sheet) for sheet in (WIDE, NARROW))


def _draw(story: Story, threshold: float | None, sheet: Sheet) -> Markup:
    turns = story.facts.turns
    what_if = story.points[0].what_if if story.points else None
    parts = [
        _ground(sheet),
        _moment(story, sheet),
        _numbers(turns, sheet),
        _both(turns, sheet),
        willingness_of(turns, what_if, threshold, sheet),
    ]
    return Markup(
        '<svg class="dance {0}" viewBox="0 0 {1} {2:.0f}" role="img" aria-labelledby="t-{0} d-{0}">'
        '<title id="t-{0}">The dance over the call</title><desc id="d-{0}">{3}</desc>{4}</svg>'
    ).format(sheet.name, sheet.width, sheet.height, told(turns), Markup("").join(parts))


def told(turns: Sequence[Turn]) -> str:
    """Return the drawing in words."""
    if not turns:
        return "No reply was heard."
    steps = [
        f"reply {t.number}: {t.verdict.replace('_', ' ') if t.verdict else 'not judged'}, "
        f"they are {t.position.replace('_', ' ')}, willingness {t.after:.2f}"
        for t in turns
    ]
    return "; ".join(steps) + "."


def _ground(sheet: Sheet) -> Markup:
    """Draw the floor: the rows of distance, their names, the field where the two are together."""
    end = sheet.width - sheet.right
    parts = [
        Markup('<text class="panel" x="0" y="14">Where you both stand</text>'),
        Markup('<rect class="in" x="{}" y="{:.1f}" width="{}" height="{:.1f}" rx="3"/>').format(
            sheet.left, sheet.y(CLOSE), end - sheet.left, 2 * CLOSE * sheet.row
        ),
        Markup('<line class="axis" x1="{}" x2="{}" y1="{y:.1f}" y2="{y:.1f}"/>').format(
            sheet.left, end, y=sheet.middle
        ),
    ]
    rows = [(SHORT.get(position, position.replace("_", " ")), rows, "them") for position, rows in AWAY.items()]
    rows += [(f"you, {name}", rows, "you") for name, rows in LANES.items()]
    for name, place, whose in rows:
        y = sheet.y(place)
        parts.append(
            Markup('<line class="grid" x1="{}" x2="{}" y1="{y:.1f}" y2="{y:.1f}"/>').format(sheet.left, end, y=y)
        )
        parts.append(
            Markup('<text class="row {}" x="{}" y="{:.1f}" text-anchor="end">{}</text>').format(
                whose, sheet.left - 10, y + 4, name
            )
        )
    return Markup("").join(parts)


def _moment(story: Story, sheet: Sheet) -> Markup:
    """Draw a band through the reply to work on."""
    point = next((point for point in story.points if point.moment.kind != "best"), None)
    if point is None:
        return Markup("")
    count = len(story.facts.turns)
    place = next(i for i, turn in enumerate(story.facts.turns) if turn.number == point.moment.turn.number)
    x = sheet.x(place + 0.5, count)
    half = min(26.0, (sheet.width - sheet.left - sheet.right) / max(1, count) * 0.42)
    anchor, at = ("end", x + half) if place + 0.5 > count * 0.7 else ("middle", x)
    return Markup(
        '<rect class="moment" x="{:.1f}" y="38" width="{:.1f}" height="{:.1f}" rx="4"/>'
        '<text class="moment" x="{:.1f}" y="33" text-anchor="{}">{}</text>'
    ).format(
        x - half,
        2 * half,
        sheet.height - 64,
        at,
        anchor,
        {"cost": "cost most", "missed": "missed"}.get(point.moment.kind, "look here"),
    )


def _numbers(turns: Sequence[Turn], sheet: Sheet) -> Markup:
    """Write the number of each reply between the two drawings."""
    every = -(-len(turns) // (MOST_NUMBERS if sheet is WIDE else MOST_NUMBERS // 2)) or 1
    y = sheet.floor + 6
    parts = [
        Markup('<text class="row" x="{}" y="{:.1f}" text-anchor="end">your reply</text>').format(sheet.left - 10, y)
    ]
    for place, turn in enumerate(turns):
        if place % every == 0:
            x = sheet.x(place + 0.5, len(turns))
            parts.append(Markup('<text class="number" x="{:.1f}" y="{:.1f}">{}</text>').format(x, y, turn.number))
    return Markup("").join(parts)


def steps(turns: Sequence[Turn]) -> list[float]:
    """Return where the rep is drawn at each reply, in rows: negative while they give room, positive in a chase."""
    places, here, position = [], -AWAY[Position.TOGETHER], Position.STEPPED_BACK
    for turn in turns:
        away = AWAY[position]
        match turn.verdict:
            case Verdict.PRESSURE:
                here = away - BEHIND if turn.side is Side.AWAY else away + GRABS
            case Verdict.STEP_IN:
                here = -away
            case Verdict.STEP_BACK:
                here = -min(away, FURTHEST_BACK) if turn.side is Side.AWAY else -AWAY[Position.STEPPED_BACK]
        places.append(here)
        position = turn.position
    return places


def _both(turns: Sequence[Turn], sheet: Sheet) -> Markup:
    """Draw the two lines, the space between them and a mark for each step of the rep."""
    count = len(turns)
    places = [Position.STEPPED_BACK, *(turn.position for turn in turns)]
    theirs = [(sheet.x(i, count), sheet.y(AWAY[place])) for i, place in enumerate(places)]
    mine = [(sheet.x(0, count), sheet.y(-AWAY[Position.TOGETHER]))]
    mine += [(sheet.x(i + 0.5, count), sheet.y(rows)) for i, rows in enumerate(steps(turns))]
    mine.append((sheet.x(count, count), mine[-1][1]))
    between = _curve(theirs) + " L" + _curve(mine[::-1])[1:] + " Z"
    parts = [
        Markup('<path class="between" d="{}"/>').format(between),
        Markup('<path class="you" d="{}"/>').format(_curve(mine)),
        Markup('<path class="they" d="{}"/>').format(_curve(theirs)),
    ]
    parts += [
        Markup('<path class="chasing" d="{}"/>').format(_curve(mine[i : i + 2]))
        for i, turn in enumerate(turns)
        if turn.verdict is Verdict.PRESSURE
    ]
    parts += [Markup('<circle class="they" cx="{:.1f}" cy="{:.1f}" r="4"/>').format(x, y) for x, y in theirs]
    parts += [_mark(turn, x, y) for turn, (x, y) in zip(turns, mine[1:-1], strict=True)]
    if sheet is WIDE:
        end = sheet.width - sheet.right + 2
        parts.append(Markup('<text class="they" x="{}" y="{:.1f}">prospect</text>').format(end, theirs[-1][1] + 4))
        apart = abs(mine[-1][1] - theirs[-1][1]) >= sheet.text + 2
        y = mine[-1][1] + 4 if apart else theirs[-1][1] + 4 + sheet.text + 3
        parts.append(Markup('<text class="you" x="{}" y="{:.1f}">you</text>').format(end, y))
    return Markup("").join(parts)


def _curve(points: Points) -> str:
    """Return a path through the points that bends only between them."""
    (x, y), *rest = points
    path = f"M{x:.1f},{y:.1f}"
    for to_x, to_y in rest:
        half = (x + to_x) / 2
        path += f" C{half:.1f},{y:.1f} {half:.1f},{to_y:.1f} {to_x:.1f},{to_y:.1f}"
        x, y = to_x, to_y
    return path


SHAPES: Final = {
    "room": Markup('<circle cx="{x}" cy="{y}" r="7"/>'),
    "push": Markup('<path d="M{x},{up} L{right},{down} L{left},{down} Z"/>'),
    "meet": Markup('<circle cx="{x}" cy="{y}" r="7"/>'),
    "none": Markup('<rect x="{left}" y="{bar}" width="16" height="4" rx="2"/>'),
}


def shape(kind: str, x: float, y: float) -> Markup:
    """Return the mark of a step: a ring for room, a triangle for a push, a disc for meeting, a bar for neither."""
    measures = {"x": x, "y": y, "up": y - 9, "down": y + 7, "left": x - 8, "right": x + 8, "bar": y - 2}
    return SHAPES[kind].format(**{name: f"{value:.1f}" for name, value in measures.items()})


def _mark(turn: Turn, x: float, y: float) -> Markup:
    kind = KINDS.get(turn.verdict, "none") if turn.verdict else "none"
    words = turn.verdict.replace("_", " ") if turn.verdict else "not judged"
    title = f"Reply {turn.number}: {words}, willingness {turn.before:.2f} to {turn.after:.2f}"
    return Markup('<g class="step {}"><title>{}</title>{}</g>').format(kind, title, shape(kind, x, y))
