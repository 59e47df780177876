"""The command ``voicecoach``: reads the arguments, hands over to one module a command, returns the exit code.

0: done · 1: a recorded call did something else than it expects · 2: wrong use · 3: something the machine must have is
missing · 130: stopped with Ctrl-C.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from voicecoach import __version__
from voicecoach.cli import takeaway_commands
from voicecoach.errors import CoachError

MODEL_HELP = "Whisper model: tiny.en (default), base, small … or a folder in CTranslate2's format"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command."""
    arguments = parser().parse_args(argv)
    if not arguments.command:
        parser().print_help()
        return 2
    module, _, function = arguments.runs.partition(":")
    try:
        run = getattr(importlib.import_module(f"voicecoach.cli.{module}"), function)
        return int(run(arguments))
    except CoachError as error:
        print(f"voicecoach: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("Stopped. What was said so far is kept.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader (head, less) has gone: nothing is left to tell it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = argparse.ArgumentParser(
        prog="voicecoach",
        description="Practise selling aloud. Give a prospect room and they come closer; chase them and they run.",
        epilog="The first call: voicecoach practice. Everything runs on this machine; no sound leaves it.",
    )
    top.add_argument("--version", action="version", version=f"voicecoach {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")

    practice = commands.add_parser("practice", help="play a call: live with a microphone, else a recorded one")
    practice.set_defaults(runs="practice:practice")
    practice.add_argument("persona", nargs="?", help="who calls (see: voicecoach personas list)")
    practice.add_argument("--input", help="the microphone, by part of its name")
    practice.add_argument("--output", help="the loudspeaker, by part of its name")
    practice.add_argument("--headphones", action="store_true", help="you wear some: you may interrupt")
    practice.add_argument("--push-to-talk", action="store_true", help="you are heard from one space bar to the next")
    practice.add_argument("--typed", action="store_true", help="answer by keyboard")
    practice.add_argument("--exam", action="store_true", help="verdicts and willingness are shown at the end")
    practice.add_argument("--plain", action="store_true", help="lines only, for a screen reader")
    practice.add_argument(
        "--patience", type=float, metavar="SECONDS", help="silence after which they ask (default: 10)"
    )
    practice.add_argument("--recorded", action="store_true", help="play the recorded call even with a microphone")
    _call_options(practice)

    replay = commands.add_parser("replay", help="play a call from recordings, without any sound device")
    replay.set_defaults(runs="replay:replay")
    replay.add_argument("files", nargs="+", metavar="FILE", help="a call.yaml, or recordings, one a reply")
    replay.add_argument("--persona", help="who answers (default: the call.yaml's, else thoughtful-owner)")
    replay.add_argument("--json", action="store_true", help="print the events, one JSON object a line")
    replay.add_argument("--mixdown", metavar="FILE", help="write the whole call as one sound file (.wav, .flac)")
    _call_options(replay)

    judge = commands.add_parser("judge", help="judge replies: JSON lines in, verdicts out")
    judge.set_defaults(runs="judge:judge")
    judge.add_argument(
        "file", nargs="?", default="-", help='lines of {"id", "side", "prospect", "rep"}; - is standard input'
    )
    judge.add_argument("--text", help="one reply in words, judged for a person to read")
    judge.add_argument("--side", choices=["away", "in"], help="with --text: where the prospect is (away)")
    judge.add_argument("--prospect", help="with --text: what they said last (a usual line)")

    takeaway_commands.add_commands(commands, MODEL_HELP)

    _personas(commands.add_parser("personas", help="list, show, check, make and simulate prospects"))

    serve = commands.add_parser("serve", help="practise in the browser: alone, or a trainer with a whole session")
    serve.set_defaults(runs="serve:serve")
    serve.add_argument("--solo", action="store_true", help="one person on this machine, without accounts")
    serve.add_argument("--port", type=int, default=8000, help="where it listens (default: 8000)")
    serve.add_argument("--model", default="tiny.en", help=MODEL_HELP)
    serve.add_argument("--host", default="127.0.0.1", help="let other machines in, e.g. 0.0.0.0 (over HTTPS)")
    serve.add_argument("--name", action="append", default=[], help="a further name that the server answers to")
    serve.add_argument("--certificate", metavar="FILE", help="with --host: your own, in PEM (default: one is made)")
    serve.add_argument("--key", metavar="FILE", help="the key of --certificate, in PEM")
    serve.add_argument("--status", action="store_true", help="how a server that runs on this machine is")
    serve.add_argument("--database", default="", metavar="URL", help="a PostgreSQL database (default: SQLite)")
    serve.add_argument("--calls", type=int, help="how many calls run at once (default: by this machine's cores)")

    for name, says in (("backup", "everything of yours in one file, while a server runs"), ("restore", "and back")):
        keeps = commands.add_parser(name, help=says)
        keeps.set_defaults(runs=f"backup:{name}")
        keeps.add_argument("file", metavar="FILE")
        keeps.add_argument("--database", metavar="URL", help="the server's, where it is PostgreSQL")
        keeps.add_argument("--force", action="store_true", help="also where something is there already")

    devices = commands.add_parser("devices", help="which there are; try and choose them")
    devices.set_defaults(runs="devices:devices")
    devices.add_argument("--input", help="the microphone to use from now on, by part of its name")
    devices.add_argument("--output", help="the loudspeaker to use from now on, by part of its name")
    devices.add_argument("--forget", action="store_true", help="use the system's own choice again")
    devices.add_argument("--test", action="store_true", help="hear a sentence, say it back, see what was heard")

    doctor = commands.add_parser("doctor", help="what is here, what is missing, what to type")
    doctor.set_defaults(runs="doctor:doctor")
    doctor.add_argument("--latency", action="store_true", help="how long a reply takes on this machine, by stage")
    return top


def _call_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--seed", type=int, help="which of the fitting lines are said (default: 1)")
    command.add_argument("--model", default="tiny.en", help=MODEL_HELP)
    command.add_argument("--captions", action="store_true", help="no voice: read the prospect's lines")
    command.add_argument("--record", metavar="FOLDER", help="keep the record here (default: with your other calls)")
    command.add_argument("--no-record", action="store_true", help="keep nothing")


def _personas(personas: argparse.ArgumentParser) -> None:
    actions = personas.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="all of them, from easy to hard")
    listing.set_defaults(runs="personas:list_all")
    show = actions.add_parser("show", help="one of them: situation, temper, lines")
    show.set_defaults(runs="personas:show")
    show.add_argument("name")
    check = actions.add_parser("check", help="say file, line and what is wrong")
    check.set_defaults(runs="personas:check")
    check.add_argument("files", nargs="*", metavar="NAME_OR_FILE", help="default: all that are shipped")
    new = actions.add_parser("new", help="write a commented start")
    new.set_defaults(runs="personas:new")
    new.add_argument("name")
    new.add_argument("--folder", default=".", help="where to write it (default: here)")
    simulate = actions.add_parser("simulate", help="what room, pushing and mixtures lead to")
    simulate.set_defaults(runs="personas:simulate")
    simulate.add_argument("name")


if __name__ == "__main__":
    sys.exit(main())
