"""``voicecoach backup`` and ``voicecoach restore``: everything in one file, and back."""

import argparse
from pathlib import Path

from voicecoach.places import data_folder


def backup(arguments: argparse.Namespace) -> int:
    """Write one file that holds everything; a running server goes on."""
    from voicecoach.web.backup import backup as write

    target = Path(arguments.file)
    count = write(data_folder(), target, arguments.database or "", force=arguments.force)
    print(
        f"Wrote {target}: {count} files, {target.stat().st_size // 1024} KB. It holds voices, names and this server's"
    )
    print("keys, readable by you alone: keep it as you would keep the calls themselves.")
    return 0


def restore(arguments: argparse.Namespace) -> int:
    """Put a backup back."""
    from voicecoach.web.backup import restore as put_back

    home = data_folder()
    aside = put_back(Path(arguments.file), home, arguments.database or "", force=arguments.force)
    print(f"{home} is as it was in {arguments.file}.")
    if aside:
        print(f"What was there before lies in {aside}; delete it when you no longer need it.")
    return 0
