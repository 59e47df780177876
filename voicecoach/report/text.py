"""The same story in a terminal, drawn with rich: time runs down, the prospect to the right, the rep to the left."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from voicecoach.report.coaching import Point
from voicecoach.report.drawing import AWAY, FURTHEST_BACK, KINDS, steps
from voicecoach.report.story import Story, did, heading, headline, noted, said, what_if_words
from voicecoach.report.turns import Turn

COLUMNS = 3
"""Characters a row of distance."""
MIDDLE = round(FURTHEST_BACK * COLUMNS) + 1
ACROSS = MIDDLE + round(max(AWAY.values()) * COLUMNS) + 2
MARKS = {"room": "○", "push": "▲", "meet": "●", "none": "–"}
COLOURS = {"room": "green", "push": "red", "meet": "blue", "none": "default"}
BAR = 10
LEAST_WORDS = 12


def in_short(story: Story) -> None:
    """Print whether they danced or chased, and the one point."""
    console = Console(highlight=False)
    console.print()
    _verdict(console, story)
    for point in story.points[:1]:
        _point(console, story, point)


def _verdict(console: Console, story: Story) -> None:
    card = story.card
    score = f"Dance score: {card.score} of 100" if card.score is not None else f"No dance score: {card.why_none}"
    console.print(f"[bold]{headline(story)}[/bold]  {escape(score)}")


def show(story: Story) -> None:
    """Print the report."""
    console = Console(highlight=False)
    when = story.opened_at[:16].replace("T", " ")
    console.print(f"[bold]{escape(story.title)}[/bold]  {escape(story.who)}  {when} UTC")
    _verdict(console, story)
    console.print()
    if story.broken:
        console.print(f"{escape(story.broken)} This shows what could be read.\n")
    _dance(console, story)
    for point in story.points:
        _point(console, story, point)
    if story.card.lines:
        _score(console, story)
    facts = Table("what", "this call", "beside it", box=None, pad_edge=False)
    for line in story.lines:
        source = (
            f" ({line.source}, {'second-hand' if line.grade == 'B' else 'read in the source'})" if line.grade else ""
        )
        facts.add_row(line.name, line.value, line.reference + source)
    console.print(facts)


def _dance(console: Console, story: Story) -> None:
    floor = f"{'you':<{MIDDLE - 3}}together{'away':>{ACROSS - MIDDLE - 6}}"
    table = Table(box=None, pad_edge=False, padding=(0, 1))
    table.add_column("", no_wrap=True, min_width=2)
    table.add_column(floor, no_wrap=True, min_width=ACROSS)
    table.add_column("you did", no_wrap=True, min_width=10)
    table.add_column("willingness", no_wrap=True, min_width=BAR + 5)
    room = console.width - ACROSS - BAR - 27  # what the other columns leave
    if room >= LEAST_WORDS:
        table.add_column("you said", no_wrap=True)
    for turn, place in zip(story.facts.turns, steps(story.facts.turns), strict=True):
        kind = KINDS.get(turn.verdict, "none") if turn.verdict else "none"
        verdict = turn.verdict.replace("_", " ") if turn.verdict else "not judged"
        bar = "█" * round(turn.after * BAR)
        words = Text(turn.text or "(nothing heard)")
        words.truncate(max(room, 1), overflow="ellipsis")
        cells: list[str | Text] = [str(turn.number), _floor(turn, place, kind), Text(verdict, COLOURS[kind])]
        cells.append(f"{bar:<{BAR}} {turn.after:.2f}")
        table.add_row(*cells, *([words] if room >= LEAST_WORDS else []))
    console.print(table)
    console.print("[dim]○ you gave room  ▲ you pushed  ● you met them  – neither, or not judged  ◆ the prospect[/dim]")
    for turn in story.facts.turns:
        for note in turn.notes:
            console.print(f"Reply {turn.number}, {escape(did(story, turn.number))}. {escape(noted(note))}")


def _floor(turn: Turn, place: float, kind: str) -> Text:
    """Draw one row of the floor: the middle, the rep's step and where the prospect stands after it."""
    cells = [" "] * ACROSS
    cells[MIDDLE] = "│"
    mine = MIDDLE + round(place * COLUMNS)
    theirs = MIDDLE + round(AWAY[turn.position] * COLUMNS)
    cells[theirs] = "◆"
    cells[mine if mine != theirs else mine - 1] = MARKS[kind]
    text = Text("".join(cells))
    text.highlight_regex(r"[○▲●–]", COLOURS[kind])
    text.highlight_regex("◆", "magenta")
    return text


def _point(console: Console, story: Story, point: Point) -> None:
    console.print(f"\n[bold]{heading(point.moment)}: reply {point.moment.turn.number}[/bold]")
    console.print(escape(said(point.moment)))
    if point.moment.kind != "idle":
        console.print(escape(f"Why: {point.rule} {point.why}".rstrip()))
    if point.moment.kind != "best" and point.moment.turn.side == "in":
        said_by_them = point.moment.turn.prospect
        console.print(
            escape(
                f"What would have helped: an answer to what they said, “{said_by_them}”, the next step left to them."
            )
        )
    if point.instead:
        whom = f" someone who {point.reason}" if point.reason else ""
        console.print(escape(f"What would have helped{whom}: “{point.instead.text}”"))
    if point.what_if:
        console.print(escape(what_if_words(point.what_if)))
    console.print(escape(f"Try that moment again: voicecoach retry {story.name} --turn {point.moment.turn.number}"))


def _score(console: Console, story: Story) -> None:
    table = Table("reply", "what it was", "points", box=None, pad_edge=False)
    table.columns[2].justify = "right"
    for line in story.card.lines:
        table.add_row(str(line.turn or "–"), line.why, f"{line.points:+.1f}" if line.points else "0")
    table.add_row("", "[bold]dance score[/bold]", f"[bold]{story.card.score}[/bold]")
    console.print()
    console.print(table)
    console.print()
