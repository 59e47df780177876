"""What the rep has said about their sound: whether it is kept, and for how long."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from voicecoach.places import made, write_whole

FILE: Final = "privacy.json"
DAYS: Final = 90
"""How long sound is kept where nothing else was said (our choice)."""


@dataclass(frozen=True, slots=True)
class Privacy:
    """The answer, and the retention time."""

    keep_sound: bool | None = None
    """None: not asked yet."""
    days: int = DAYS
    """Days after which sound is deleted; 0: never."""


def read_privacy(home: Path) -> Privacy:
    """Return what was said; a file that cannot be read is as good as none, so that nothing is kept by mistake."""
    try:
        found = json.loads((home / FILE).read_text(encoding="utf-8"))
        keep, days = found["keep_sound"], found["days"]
    except (OSError, ValueError, KeyError, TypeError):
        return Privacy()
    if not isinstance(keep, bool | None) or not isinstance(days, int) or isinstance(days, bool) or days < 0:
        return Privacy()
    return Privacy(keep, days)


def write_privacy(home: Path, privacy: Privacy) -> None:
    """Keep the answer; raise `NotWritableError` where that cannot be done."""
    write_whole(made(home) / FILE, (json.dumps(asdict(privacy)) + "\n").encode())
