"""Where things lie on this machine: records of calls, clips, joined weights.

``VOICECOACH_HOME`` puts all of it into one folder of the user's choice.
"""

import errno
import os
from pathlib import Path

import platformdirs

from voicecoach.errors import NotWritableError


def data_folder() -> Path:
    """Where records of calls lie; not made by asking."""
    home = os.environ.get("VOICECOACH_HOME")
    return Path(home) if home else Path(platformdirs.user_data_dir("voicecoach", appauthor=False))


def cache_folder() -> Path:
    """Where things lie that can be made again; not made by asking."""
    home = os.environ.get("VOICECOACH_HOME")
    return Path(home) / "cache" if home else Path(platformdirs.user_cache_dir("voicecoach", appauthor=False))


def made(folder: Path) -> Path:
    """Make the folder and return it; raise `NotWritableError` where that cannot be done."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise not_writable(folder, error) from error
    if not os.access(folder, os.W_OK):
        raise not_writable(folder, PermissionError(13, "Permission denied"))
    return folder


def not_writable(path: Path, error: OSError) -> NotWritableError:
    """Return what to tell the user when a write has failed."""
    ours = any(path.is_relative_to(place()) for place in (data_folder, cache_folder))
    other = "another folder: VOICECOACH_HOME=/path/to/folder voicecoach …" if ours else "another place for it."
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return NotWritableError(
        f"Cannot write to {path}: {error.strerror or error}. {'Free some space or name' if full else 'Name'} {other}"
    )


def is_file(path: Path) -> bool:
    """Return whether a file lies there; what cannot be a path at all (too long, a NUL in it) is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that there is either all of it or what was there before; raise `NotWritableError`."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        try:
            part.write_bytes(content)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise not_writable(path, error) from error
