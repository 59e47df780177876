"""A call's report as a page of this server: made by `voicecoach.report`, framed, with a policy of its own."""

import base64
import hashlib
import re
from pathlib import Path
from typing import Final

from voicecoach.cli.report import _sound, _story
from voicecoach.keep.record import read_record
from voicecoach.report.page import page

POLICY: Final = (
    "default-src 'none'; style-src {style}; script-src {script}; img-src data:; media-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'"
)


def report_of(folder: Path, *, with_sound: bool) -> tuple[str, dict[str, str]]:
    """Return the report's HTML, and the headers that let exactly its own style and script run."""
    record = read_record(folder)
    story, title, who = _story(record)
    sound = _sound(record) if with_sound and any(folder.glob("*.flac")) else ""
    made = page(story, record.events, title=title, who=who, opened=record.opened_at, folder=folder.name, sound=sound)
    policy = POLICY.format(style=_hashes(made, "style"), script=_hashes(made, "script"))
    return made, {"content-security-policy": policy, "x-frame-options": "SAMEORIGIN"}


def _hashes(made: str, tag: str) -> str:
    found = re.findall(rf"<{tag}>(.*?)</{tag}>", made, re.DOTALL)
    return (
        " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(f.encode()).digest()).decode()}'" for f in found)
        or "'none'"
    )
