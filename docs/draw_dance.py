"""Draws docs/dance.md from the table of the dance; `make docs` runs it, a test keeps it honest."""

from dataclasses import replace
from pathlib import Path

from voicecoach.dance import persona as personas
from voicecoach.dance.moves import AWAY_LADDER, MOVES, Stance, move
from voicecoach.events import Position, Side, Verdict

TARGET = Path(__file__).parent / "dance.md"
EASY = personas.find("thoughtful-owner").temper
TEMPER = replace(EASY, hot_buttons=frozenset(), soft_spots=frozenset())
EXAMPLES = [
    ("A dance", [Verdict.STEP_BACK, Verdict.STEP_BACK, Verdict.STEP_IN, Verdict.STEP_IN]),
    ("A chase", [Verdict.PRESSURE] * 3),
    ("One push, then room", [Verdict.PRESSURE, *[Verdict.STEP_BACK] * 4, Verdict.STEP_IN, Verdict.STEP_IN]),
    ("A lunge at the first buying signal", [Verdict.STEP_BACK, Verdict.STEP_BACK, Verdict.PRESSURE]),
]


def _stance(position: Position, **more: object) -> Stance:
    return replace(Stance(position=position, willingness=0.5, rounds_left=0), **more)  # type: ignore[arg-type]


def _where(stance: Stance) -> str:
    return f"**{stance.outcome}**" if stance.outcome else stance.position.value


def _bars() -> list[str]:
    lines = []
    for title, verdicts in EXAMPLES:
        stance = Stance(position=Position.STEPPED_BACK, willingness=TEMPER.willingness, rounds_left=0)
        lines += [f"### {title}", "", "```text", f"{'the rep':<12}{'willingness':<34}{'the prospect'}"]
        lines.append(f"{'':<12}{_bar(stance.willingness)}{stance.position}")
        for verdict in verdicts:
            stance = move(stance, verdict, TEMPER).stance
            lines.append(f"{verdict:<12}{_bar(stance.willingness)}{stance.outcome or stance.position}")
        lines += ["```", ""]
    return lines


def _bar(willingness: float) -> str:
    return f"{'█' * round(willingness * 25):<26}{willingness:<8.2f}"


def draw() -> str:
    """Return the whole page."""
    lines = [
        "# The dance",
        "",
        "Drawn from `voicecoach/dance/moves.py` by `make docs`; change the table there, not here.",
        "",
        "## The rules",
        "",
        "| the prospect is | the rep's reply | rule | what it says |",
        "| --- | --- | --- | --- |",
    ]
    lines += [f"| {side} | {verdict} | {rule.name} | {rule.says} |" for (side, verdict), rule in MOVES.items()]
    lines += ["", "A `step_in` cannot be given towards a prospect who is away.", "", "## Where each reply leads", ""]
    lines += ["From willingness 0.50, for `thoughtful-owner`, no hot buttons or soft spots.", ""]
    lines += ["| from | reply | to | willingness | next line |", "| --- | --- | --- | --- | --- |"]
    for position in (*AWAY_LADDER, Position.TOGETHER, Position.LEANING_IN):
        side = position.side
        for verdict in Verdict:
            if side is Side.AWAY and verdict is Verdict.STEP_IN:
                continue
            step = move(_stance(position), verdict, TEMPER)
            after = step.stance
            lines.append(f"| {position} | {verdict} | {_where(after)} | {after.willingness:.2f} | {step.cue} |")
    lines += ["", "## Four calls", "", *_bars()]
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    TARGET.write_text(draw(), encoding="utf-8")
