"""The report as one HTML file that opens with no network; everything that came from a voice or a persona is escaped."""

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from markupsafe import Markup, escape

from voicecoach.events import ACTS, Outcome
from voicecoach.report.drawing import KINDS, draw, shape
from voicecoach.report.story import Story, did, heading, headline, noted, said, what_if_words
from voicecoach.report.turns import Turn

ENDS = {Outcome.AGREED: "They took the next step", Outcome.LEFT_OPEN: "Left open", Outcome.LOST: "Lost"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """One line of the transcript."""

    who: str
    words: Markup
    at_s: float
    turn: int
    position: str = ""
    did: str = ""
    rule: str = ""
    kind: str = "none"
    notes: tuple[str, ...] = ()


def page(story: Story, *, sound: str = "", threshold: float | None = None, served: bool = False) -> str:
    """Return the page; `sound` is a data address of the whole call's sound, or empty.

    `threshold` is the willingness at which this prospect comes closer, where that is known. `served`: read on a
    server's page, which has buttons where the desk has commands.
    """
    started: dict[str, Any] = next((e for e in story.events if e["type"] == "call_started"), {})
    return render(
        "page.html",
        story=story,
        opened=story.opened_at.replace("T", " ").removesuffix("+00:00") + " UTC" if story.opened_at else "",
        ended=ENDS.get(Outcome(story.facts.outcome)) if story.facts.outcome else "Broken off",
        headline=headline(story),
        heading=heading,
        said=said,
        what_if_words=what_if_words,
        drawing=draw(story, threshold),
        legend=[(kind, _legend_mark(kind), words) for kind, words in LEGEND.items()],
        talk=_talk(story),
        sound=sound,
        clock=clock,
        served=served,
        model=started.get("model", "?"),
        judge=started.get("judge", "?"),
    )


LEGEND = {"room": "you gave room", "push": "you pushed", "meet": "you met them", "none": "neither, or not judged"}


def render(template: str, **values: Any) -> str:
    """Fill one of the templates of this folder; style and script go in whole, their hashes for the browser to check."""
    import jinja2

    style, script = _file("page.css"), _file("page.js")
    loader = jinja2.FunctionLoader(_file)
    found = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, loader=loader).get_template(template)
    return found.render(
        style=Markup(style),  # noqa: S704 -- files of our own
        script=Markup(script),  # noqa: S704
        style_hash=_hash(style),
        script_hash=_hash(script),
        **values,
    )


@cache
def _file(name: str) -> str:
    return (resources.files("voicecoach") / "report" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def clock(at_s: float) -> str:
    """Return seconds as minutes and seconds."""
    return f"{int(at_s) // 60}:{int(at_s) % 60:02}"


def _legend_mark(kind: str) -> Markup:
    return Markup('<svg viewBox="0 0 22 22" aria-hidden="true"><g class="step {}">{}</g></svg>').format(
        kind, shape(kind, 11, 11)
    )


def _talk(story: Story) -> list[Spoken]:
    turns = {turn.number: turn for turn in story.facts.turns}
    lines = []
    for event in story.events:
        if event["type"] == "prospect_spoke":
            position = event["position"].replace("_", " ")
            words = escape(event["text"])
            lines.append(Spoken(who="them", words=words, at_s=event["at_s"], turn=event["turn"], position=position))
        elif event["type"] in ("rep_spoke", "nothing_heard") and event["turn"] in turns:
            turn = turns[event["turn"]]
            lines.append(
                Spoken(
                    who="you",
                    words=marked(turn),
                    at_s=event["start_s"],
                    turn=turn.number,
                    did=did(story, turn.number),
                    rule=f"{story.rules.get(turn.rule, '')} {story.touched.get(turn.number, '')}".strip(),
                    kind=KINDS.get(turn.verdict, "none") if turn.verdict else "none",
                    notes=tuple(noted(note) for note in turn.notes),
                )
            )
    return lines


def marked(turn: Turn) -> Markup:
    """Return the reply with the words marked that moved the prospect, each with its act."""
    if not turn.text:
        return Markup("<em>(nothing was heard)</em>")
    showing = ACTS.get(turn.judged, ()) if turn.judged else ()
    kind = KINDS.get(turn.judged, "none") if turn.judged else "none"
    parts, place = [], 0
    for act, start, end in turn.acts:
        if act in showing and place <= start < end <= len(turn.text):
            parts += [
                escape(turn.text[place:start]),
                Markup('<mark class="{}">{}<span class="act"> {}</span></mark>').format(
                    kind, turn.text[start:end], act.replace("_", " ")
                ),
            ]
            place = end
    return Markup("").join([*parts, escape(turn.text[place:])])
