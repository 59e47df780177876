"""A call's report as a page of this server: made by `voicecoach.report`, framed, with a policy of its own."""

import base64
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from voicecoach.dance.prospect import Prospect
from voicecoach.errors import RecordError
from voicecoach.keep.mixdown import sound_of
from voicecoach.keep.record import salvage
from voicecoach.ports import Judge
from voicecoach.report.facts import facts_of
from voicecoach.report.moment import moment_of
from voicecoach.report.page import page
from voicecoach.report.turns import Turn
from voicecoach.takeaway import find_persona, stand_again, story_of

POLICY: Final = (
    "default-src 'none'; style-src {style}; script-src {script}; img-src data:; media-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'"
)


def report_of(folder: Path, judge: Judge, *, with_sound: bool) -> tuple[str, dict[str, str]]:
    """Return the report's HTML, and the headers that let exactly its own style and script run."""
    record = salvage(folder)
    persona = find_persona(record)
    made = page(
        story_of(record, 0, judge),
        sound=sound_of(record) if with_sound and any(folder.glob("*.flac")) else "",
        served=True,
        threshold=persona.temper.steps_in_at if persona else None,
    )
    policy = POLICY.format(style=_hashes(made, "style"), script=_hashes(made, "script"))
    return made, {"content-security-policy": policy, "x-frame-options": "SAMEORIGIN"}


def replies_of(folder: Path) -> Sequence[Turn]:
    """Return the replies of a call, each with its verdict and what was said about it."""
    record = salvage(folder)
    return facts_of(record.events, record.notes).turns


def moment_to_try(folder: Path) -> int:
    """Return the number of the reply to try again; 0 where nothing was judged."""
    record = salvage(folder)
    moment = moment_of(facts_of(record.events, record.notes))
    return moment.turn.number if moment else 0


def prospect_again(folder: Path, number: int) -> tuple[Prospect, int]:
    """Return the prospect as they stood before a reply, and the seed; raise `RecordError` where there is none."""
    record = salvage(folder)
    persona = find_persona(record)
    turns = facts_of(record.events, record.notes).turns
    started = next((event for event in record.events if event["type"] == "call_started"), None)
    if persona is None or started is None or not 1 <= number <= len(turns):
        raise RecordError("of that call this reply cannot be tried again")
    return stand_again(persona, started["seed"], turns, number), started["seed"]


def _hashes(made: str, tag: str) -> str:
    found = re.findall(rf"<{tag}>(.*?)</{tag}>", made, re.DOTALL)
    return (
        " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(f.encode()).digest()).decode()}'" for f in found)
        or "'none'"
    )
