"""The same story in a terminal, drawn with rich."""

from voicecoach.events import Verdict
from voicecoach.report.page import what_if_words
from voicecoach.report.story import Story, headline, point

BAR = 20
COLOURS = {Verdict.PRESSURE: "red", Verdict.STEP_BACK: "green", Verdict.STEP_IN: "blue"}


def show(story: Story, title: str) -> None:
    """Print the report."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    score = f"{story.card.score} of 100" if story.card.score is not None else f"no score: {story.card.why_none}"
    console.print(f"[bold]{escape(title)}[/bold]\n{headline(story)}  Dance score: {score}")
    dance = Table("reply", "you", "what it was", "willingness", "they stand", box=None, pad_edge=False)
    for turn in story.facts.turns:
        colour = COLOURS.get(turn.verdict, "default") if turn.verdict else "default"
        verdict = turn.verdict.replace("_", " ") if turn.verdict else "not judged"
        bar = "█" * round(turn.after * BAR)
        dance.add_row(
            str(turn.number),
            escape(turn.text[:44] or "(nothing heard)"),
            f"[{colour}]{verdict}[/{colour}]",
            f"{bar} {turn.after:.2f}",
            turn.position.replace("_", " "),
        )
    console.print(dance)
    console.print(f"\n[bold]The point to work on[/bold]\n{escape(point(story))}")
    if story.why:
        console.print(f"{story.why}\nA step back would have been: “{story.instead}”")
    console.print(what_if_words(story))
    facts = Table("what", "this call", "beside it", box=None, pad_edge=False)
    for line in story.lines:
        facts.add_row(line.name, line.value, line.reference)
    console.print(facts)
