"""A call's report as a page of this server: made by `voicecoach.report`, framed, with a policy of its own."""

import base64
import hashlib
import re
from pathlib import Path
from typing import Final

from voicecoach import wiring
from voicecoach.keep.mixdown import sound_of
from voicecoach.keep.record import salvage
from voicecoach.report.page import page
from voicecoach.takeaway import find_persona, story_of

POLICY: Final = (
    "default-src 'none'; style-src {style}; script-src {script}; img-src data:; media-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'"
)


def report_of(folder: Path, *, with_sound: bool) -> tuple[str, dict[str, str]]:
    """Return the report's HTML, and the headers that let exactly its own style and script run."""
    record = salvage(folder)
    persona = find_persona(record)
    made = page(
        story_of(record, judge=wiring.make_judge()),
        sound=sound_of(record) if with_sound and any(folder.glob("*.flac")) else "",
        threshold=persona.temper.steps_in_at if persona else None,
    )
    policy = POLICY.format(style=_hashes(made, "style"), script=_hashes(made, "script"))
    return made, {"content-security-policy": policy, "x-frame-options": "SAMEORIGIN"}


def _hashes(made: str, tag: str) -> str:
    found = re.findall(rf"<{tag}>(.*?)</{tag}>", made, re.DOTALL)
    return (
        " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(f.encode()).digest()).decode()}'" for f in found)
        or "'none'"
    )
