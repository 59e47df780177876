"""What would have helped: step-backs from the project's own labelled data, fitted to the prospect's reason.

``answers.json`` holds them; ``training/pick_answers.py`` wrote it. Nothing here is made up, and whoever shows one has
the judge read it as a step back first.
"""

import json
import re
from collections.abc import Container
from dataclasses import dataclass
from functools import cache
from importlib import resources

from voicecoach.report.moment import Moment


@dataclass(frozen=True, slots=True)
class Answer:
    """One labelled step-back."""

    text: str
    source: str
    """Situation and number in the labelled data, e.g. ``plain-001:1``."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of reason for stepping away, and what fits it."""

    name: str
    words: tuple[str, ...]
    answers: tuple[Answer, ...]


@cache
def kinds() -> tuple[Kind, ...]:
    """Return all kinds; the last fits any reason."""
    text = (resources.files("voicecoach") / "report" / "answers.json").read_text(encoding="utf-8")
    return tuple(
        Kind(
            one["kind"],
            tuple(one["words"]),
            tuple(Answer(answer["text"], answer["from"]) for answer in one["answers"]),
        )
        for one in json.loads(text)["kinds"]
    )


def answers_for(reason: str) -> tuple[Answer, ...]:
    """Return step-backs that fit a reason such as ``wants to ask her husband``, the best first, then those for any."""
    *known, anyhow = kinds()
    plain = reason.lower()
    fitting = next((kind for kind in known if any(re.search(rf"\b{word}", plain) for word in kind.words)), anyhow)
    return fitting.answers if fitting is anyhow else (*fitting.answers, *anyhow.answers)


def fresh_answers(reason: str, used: Container[str], heard: str) -> tuple[Answer, ...]:
    """Return those of `answers_for` that this report has not shown and the rep has not said in this call.

    `used` holds their sources, `heard` is all that the rep said. Where every one was, all are returned.
    """
    every = answers_for(reason)
    said = _plain(heard)
    fresh = tuple(one for one in every if one.source not in used and _plain(one.text) not in said)
    return fresh or every


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w' ]", " ", text.lower()).split())


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """The dance again from one reply on, with the step that would have fitted in its place."""

    turn: int
    step: str
    """``step_back``, or ``step_in`` where a prospect who had come closer was left standing."""
    levels: tuple[float, ...]
    """Willingness before that reply and after it and each one that followed and still fitted."""
    was: tuple[float, ...]
    """The same as it was, as long."""
    closer_at: int
    """The reply after which they would have come closer; 0: not by the replies of this call."""
    more: int
    """Further step-backs right after that reply that would have brought them; 0 where it had, or none would."""
    room: float | None
    """Where an answer is what would have fitted: willingness after a step back instead; None elsewhere."""
    says: str
    """What this prospect would have answered; empty where it is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One thing to work on."""

    moment: Moment
    rule: str
    """What the rule of that reply says."""
    why: str
    """What the act does to someone, and to this prospect; empty where there is nothing to say."""
    reason: str
    """The prospect's reason for stepping away, in the persona's words; empty where it is not known."""
    instead: Answer | None
    """What would have helped; None where a step back would not, or none was judged one."""
    what_if: WhatIf | None
