"""What a server is started with."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from voicecoach.places import data_folder
from voicecoach.web.shared import CALLS_A_CORE


def default_limit() -> int:
    """Return how many calls this machine bears at once."""
    return CALLS_A_CORE * max(1, os.cpu_count() or 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One server."""

    solo: bool
    """One person on this machine, without accounts."""
    host: str = "127.0.0.1"
    port: int = 8000
    names: tuple[str, ...] = ()
    """Further host names that it answers to."""
    model: str = "tiny.en"
    calls: int = field(default_factory=default_limit)
    """How many calls run at once; further ones wait."""
    home: Path = field(default_factory=data_folder)
    """Where this program keeps things: records, the database, the server's key."""
    database: str = ""
    """A database's URL; empty: SQLite below `home`."""
    secure: bool = False
    """Served over HTTPS: cookies travel no other way."""

    @property
    def address(self) -> str:
        """Where others find this server."""
        name = self.names[-1] if self.names else self.host
        return f"{'https' if self.secure else 'http'}://{f'[{name}]' if ':' in name else name}:{self.port}"

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names that a request may ask for."""
        return ("127.0.0.1", "localhost", "::1", self.host, *self.names)
