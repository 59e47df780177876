"""Secrets: made, shown once, kept as hashes."""

import hashlib
import hmac
import os
import secrets
from pathlib import Path
from typing import Final

from voicecoach.places import made

ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without letters and digits that are taken for each other."""
CODE_LENGTH: Final = 12
"""About 59 bits: a thousand guesses a second would need millions of years."""
JOIN_LENGTH: Final = 8


def new_token() -> str:
    """Return a token for a cookie or a link."""
    return secrets.token_urlsafe(32)


def new_code(length: int = CODE_LENGTH) -> str:
    """Return a code that people can read out and type."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def grouped(code: str) -> str:
    """Return a code as it is shown, four by four."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def plain(code: str) -> str:
    """Return a code as it is kept, however it was typed."""
    return "".join(letter for letter in code.upper() if letter in ALPHABET)


def hashed(secret: str) -> str:
    """Return what is kept of a secret with enough chance in it."""
    return hashlib.sha256(secret.encode()).hexdigest()


def server_key(home: Path) -> bytes:
    """Return this server's own key, made at the first start."""
    path = made(home) / "server.key"
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(file, "wb") as stream:
        key = secrets.token_bytes(32)
        stream.write(key)
    return key


def form_token(key: bytes, whose: str) -> str:
    """Return the token that a form of this browser carries; no other page can know it."""
    return hmac.new(key, f"form:{whose}".encode(), hashlib.sha256).hexdigest()


def fits(one: str, other: str) -> bool:
    """Compare without telling by time where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())
