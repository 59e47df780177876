"""``voicecoach privacy`` and ``voicecoach forget``: whether sound is kept, how long, and being rid of it."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from voicecoach.errors import CoachError, InputError
from voicecoach.keep.privacy import Privacy, read_privacy, write_privacy
from voicecoach.library import Library
from voicecoach.places import data_folder

QUESTION = """\
Shall the sound of your calls be kept, on this machine only? With it you can
hear a call again and share one; what was heard as words and how it was judged
is kept either way. Sound is deleted after {days} days. You can change this at
any time: voicecoach privacy. Keep the sound? [y/N] """


def ask_about_sound() -> bool | None:
    """Return the answer about sound; ask for it once, where there is somebody to ask."""
    home = data_folder()
    answer = read_privacy(home)
    if answer.keep_sound is not None or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return answer.keep_sound
    keep = input(QUESTION.format(days=answer.days)).strip().lower() in ("y", "yes")
    write_privacy(home, replace(answer, keep_sound=keep))
    print("Sound is kept.\n" if keep else "Sound is not kept.\n")
    return keep


def sound_is_kept(*, live: bool) -> bool:
    """Say whether a call that begins now keeps its sound.

    Recordings that the user hands over are kept with their record unless the answer was no. A microphone is kept only
    where the answer was yes: where nobody can be asked, it is not, and that is said aloud.
    """
    if not live:
        return read_privacy(data_folder()).keep_sound is not False
    answer = ask_about_sound()
    if answer is None:
        print(
            "The sound of this call is not kept: nobody could be asked. To keep it: voicecoach privacy --sound yes",
            file=sys.stderr,
        )
    return bool(answer)


def forget_what_is_due(library: Library | None = None) -> None:
    """Delete sound whose time is over; called when a call begins and when the library is opened."""
    days = read_privacy(data_folder()).days
    if days == 0 or not (data_folder() / "calls").is_dir():
        return
    try:
        gone = (library or Library()).forget_sound(days)
    except CoachError as error:
        print(f"Sound that is due could not be deleted: {error}", file=sys.stderr)
        return
    if gone:
        print(f"The sound of {_calls(len(gone))} is older than {days} days and was deleted.", file=sys.stderr)


def opened_library() -> Library:
    """Open the library as commands do: sound whose time is over goes first."""
    library = Library()
    forget_what_is_due(library)
    return library


def privacy(arguments: argparse.Namespace) -> int:
    """Show what is kept, or change it."""
    home = data_folder()
    answer = read_privacy(home)
    if arguments.sound:
        answer = replace(answer, keep_sound=arguments.sound == "yes")
    if arguments.days is not None:
        if arguments.days < 0:
            raise InputError("--days takes a number of days, 0 for never.")
        answer = replace(answer, days=arguments.days)
    if arguments.sound or arguments.days is not None:
        write_privacy(home, answer)
    _tell(answer, home)
    return 0


def _tell(answer: Privacy, home: Path) -> None:
    kept = {
        True: "is kept",
        False: "is not kept",
        None: "is not kept until you have been asked (before the first live call); recordings that you replay are",
    }
    print(f"The sound of your calls {kept[answer.keep_sound]}.")
    print(f"Sound is deleted after {answer.days} days." if answer.days else "Sound is never deleted by itself.")
    print(f"All of it lies in {home} and nowhere else; nothing is sent anywhere.")
    print("Change it: voicecoach privacy --sound yes|no --days N. Delete sound now: voicecoach forget --days 0.")
    print("Delete a call with all that belongs to it: voicecoach calls delete CALL")


def forget(arguments: argparse.Namespace) -> int:
    """Delete the sound of older calls now; words, verdicts and scores stay."""
    days = arguments.days if arguments.days is not None else read_privacy(data_folder()).days
    if days < 0:
        raise InputError("--days takes a number of days, 0 for all.")
    if arguments.days is None and days == 0:
        print("Sound is never deleted by itself (voicecoach privacy --days N); to delete all of it now: --days 0")
        return 0
    gone = Library().forget_sound(days)
    for name in gone:
        print(f"  {name}")
    print(f"Deleted the sound of {_calls(len(gone))} older than {days} days. What was said stays as words.")
    return 0


def _calls(count: int) -> str:
    return "one call" if count == 1 else f"{count} calls"
