"""The report as one HTML file that opens with no network; everything that came from a voice or a persona is escaped."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from markupsafe import Markup, escape

from voicecoach.events import ACTS, Verdict
from voicecoach.report.drawing import draw
from voicecoach.report.facts import Turn
from voicecoach.report.story import Story, headline, point

KINDS = {Verdict.PRESSURE: "push", Verdict.STEP_BACK: "room", Verdict.STEP_IN: "meet"}


@dataclass(frozen=True, slots=True)
class Spoken:
    """One line of the transcript."""

    who: str
    words: Markup
    at_s: float
    position: str = ""
    did: str = ""
    kind: str = "none"


def page(
    story: Story,
    events: Sequence[dict[str, Any]],
    *,
    title: str,
    who: str,
    opened: str,
    folder: str,
    sound: str = "",
) -> str:
    """Return the page; `sound` is a data address of the whole call's sound, or empty."""
    import jinja2

    source = (resources.files("voicecoach") / "report" / "page.html").read_text(encoding="utf-8")
    template = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(source)
    started = next((event for event in events if event["type"] == "call_started"), {})
    ended = story.facts.outcome.replace("_", " ") or "broken off"
    return template.render(
        story=story,
        title=title,
        who=who,
        opened=opened.replace("T", " ").removesuffix("+00:00") + " UTC" if opened else "",
        ended=ended,
        headline=headline(story),
        point=point(story),
        what_if_words=what_if_words(story),
        drawing=draw(story.facts, story.what_if),
        talk=_talk(story, events),
        folder=folder,
        sound=sound,
        model=started.get("model", "?"),
        judge=started.get("judge", "?"),
    )


def what_if_words(story: Story) -> str:
    """Say where the call would have stood with a step back at the moment that cost most."""
    if not story.what_if or not story.what_if.before:
        return ""
    if story.what_if.closer_at:
        return f"With a step back there, they would have come closer after reply {story.what_if.closer_at}."
    last = len(story.what_if.after)
    was, would = story.what_if.before[last - 1], story.what_if.after[-1]
    return f"With a step back there, willingness after reply {last} would have been {would:.2f} instead of {was:.2f}."


def _talk(story: Story, events: Sequence[dict[str, Any]]) -> list[Spoken]:
    turns = {turn.number: turn for turn in story.facts.turns}
    lines = []
    for event in events:
        if event["type"] == "prospect_spoke":
            position = event["position"].replace("_", " ")
            lines.append(Spoken("prospect", escape(event["text"]), event["at_s"], position))
        elif event["type"] in ("rep_spoke", "nothing_heard") and event["turn"] in turns:
            turn = turns[event["turn"]]
            kind = KINDS.get(turn.verdict, "none") if turn.verdict else "none"
            lines.append(Spoken("rep", _marked(turn), event["sound_from_s"], did=_did(turn), kind=kind))
    return lines


def _marked(turn: Turn) -> Markup:
    """Return the reply with the words marked that moved the prospect."""
    if not turn.text:
        return Markup("<em>(nothing was heard)</em>")
    showing = ACTS.get(turn.verdict, ()) if turn.verdict else ()
    parts, place = [], 0
    for act, start, end in turn.acts:
        if act in showing:
            parts += [escape(turn.text[place:start]), Markup("<mark>{}</mark>").format(turn.text[start:end])]
            place = end
    return Markup("").join([*parts, escape(turn.text[place:])])


def _did(turn: Turn) -> str:
    if turn.verdict is None:
        return f"Not judged: {turn.why_not}. Nothing moved."
    acts = ", ".join(act.replace("_", " ") for act, _, _ in turn.acts)
    moved = f"willingness {turn.before:.2f} → {turn.after:.2f}, rule “{turn.rule}”" if turn.rule else "nothing moved"
    return f"{turn.verdict.replace('_', ' ')}{f' ({acts})' if acts else ''}: {moved}"
