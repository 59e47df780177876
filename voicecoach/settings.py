"""What the program remembers between calls: the devices that were named, and that somebody was here before."""

import json
from dataclasses import asdict, dataclass, replace
from typing import Any

from voicecoach.errors import NotWritableError
from voicecoach.places import data_folder, made

FILE = "settings.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """Each is what was asked for last; None where nothing was."""

    input: str | None = None
    output: str | None = None
    started_before: bool = False

    def named(self, microphone: str | None, loudspeaker: str | None) -> "Remembered":
        """Return it with the devices that are named now in the place of those remembered."""
        return replace(self, input=microphone or self.input, output=loudspeaker or self.output)


def remembered() -> Remembered:
    """Return what is remembered; a file that is missing or damaged is nothing remembered."""
    try:
        found: Any = json.loads((data_folder() / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Remembered()
    if not isinstance(found, dict):
        return Remembered()
    names = {key: found[key] for key in ("input", "output") if isinstance(found.get(key), str)}
    return Remembered(started_before=found.get("started_before") is True, **names)


def remember(settings: Remembered) -> None:
    """Write it, where it is anything new; a home that cannot be written costs the memory, not the call."""
    if settings == remembered():
        return
    try:
        target = made(data_folder()) / FILE
        fresh = target.with_suffix(".part")
        fresh.write_text(json.dumps(asdict(settings), indent=1) + "\n", encoding="utf-8")
        fresh.replace(target)
    except (OSError, NotWritableError):
        return
