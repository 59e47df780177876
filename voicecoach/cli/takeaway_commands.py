"""The arguments of what comes after a call: calls, report, progress, dispute, override, privacy, retry."""

import argparse
from typing import Any

CALL_HELP = "a call's name or part of it, or a record's folder (default: the last one)"


def add_commands(commands: Any, model_help: str) -> None:
    """Add them to the parser of all commands."""
    _calls(commands.add_parser("calls", help="the calls that were kept: list, show, delete, export"))

    report = commands.add_parser("report", help="what happened in a call, and the one point to work on")
    report.set_defaults(runs="report:report")
    report.add_argument("call", nargs="?", default="last", help=CALL_HELP)
    report.add_argument("--out", metavar="FILE", help="where to write the page (default: CALL.html, here)")
    report.add_argument("--text", action="store_true", help="print it instead")
    report.add_argument("--sound", action="store_true", help="put the sound into the page")

    progress = commands.add_parser("progress", help="how practice goes, and what to practise next and when")
    progress.set_defaults(runs="progress:progress")
    _filters(progress)
    progress.add_argument("--json", action="store_true", help="as JSON")
    progress.add_argument("--out", metavar="FILE", help="write it as a page with pictures")

    for name, what in (("dispute", "say that a verdict is wrong"), ("override", "change a verdict, as a trainer")):
        command = commands.add_parser(name, help=what)
        command.set_defaults(runs=f"verdicts:{name}")
        command.add_argument("call", nargs="?", default="last", help=CALL_HELP)
        command.add_argument("--turn", type=int, required=True, help="which reply")
        if name == "override":
            verdicts = ["step_back", "pressure", "step_in", "neutral", "unclear"]
            command.add_argument("--verdict", required=True, choices=verdicts)
        command.add_argument("--why", required=True, help="the reason, in a sentence; it stays visible")
        command.add_argument("--by", default="", help="who says so")

    privacy = commands.add_parser("privacy", help="whether the sound of calls is kept, and for how long")
    privacy.set_defaults(runs="privacy:privacy")
    privacy.add_argument("--sound", choices=["yes", "no"], help="keep it or not, from the next call on")
    privacy.add_argument("--days", type=int, help="delete sound after so many days; 0: never")

    forget = commands.add_parser("forget", help="delete the sound of older calls now; words stay")
    forget.set_defaults(runs="privacy:forget")
    forget.add_argument("--days", type=int, help="older than this (default: the retention time); 0: all sound")

    retry = commands.add_parser("retry", help="one moment of a call again, both attempts side by side")
    retry.set_defaults(runs="retry:retry", headphones=False)
    retry.add_argument("call", nargs="?", default="last", help=CALL_HELP)
    retry.add_argument("file", nargs="?", help="a recording (default: the microphone)")
    retry.add_argument("--turn", type=int, help="which reply (default: the one that cost most)")
    retry.add_argument("--model", default="tiny.en", help=model_help)
    retry.add_argument("--input", help="the microphone, by part of its name")
    retry.add_argument("--output", help="the loudspeaker, by part of its name")
    retry.add_argument("--push-to-talk", action="store_true", help="you are heard from one space bar to the next")


def _calls(calls: argparse.ArgumentParser) -> None:
    calls.set_defaults(runs="calls:list_calls")
    _filters(calls)
    calls.add_argument("--last", type=int, default=20, help="how many (default: 20)")
    actions = calls.add_subparsers(dest="action", metavar="ACTION")
    listed = actions.add_parser("list", help="the calls, the newest first; the same as calls alone")
    _filters(listed, argparse.SUPPRESS)
    listed.add_argument("--last", type=int, default=argparse.SUPPRESS, help="how many (default: 20)")
    show = actions.add_parser("show", help="all that the library knows of one call")
    show.set_defaults(runs="calls:show")
    show.add_argument("call", nargs="?", default="last", help=CALL_HELP)
    delete = actions.add_parser("delete", help="delete calls for good: sound, record, index")
    delete.set_defaults(runs="calls:delete")
    delete.add_argument("calls", nargs="+", metavar="CALL")
    delete.add_argument("--yes", action="store_true", help="do not ask")
    export = actions.add_parser("export", help="the library as CSV or JSON")
    export.set_defaults(runs="calls:export")
    _filters(export, argparse.SUPPRESS)
    export.add_argument("--format", choices=["csv", "json"], help="default: csv, or by the ending of --out")
    export.add_argument("--out", metavar="FILE", help="default: standard output")
    rebuild = actions.add_parser("rebuild", help="make the index anew from the records")
    rebuild.set_defaults(runs="calls:rebuild")


def _filters(command: argparse.ArgumentParser, default: str | None = None) -> None:
    command.add_argument("--persona", default=default, help="only with this prospect")
    command.add_argument("--outcome", default=default, help="agreed, left_open, lost, broken_off or damaged")
    command.add_argument("--since", metavar="DATE", default=default, help="from this day on, e.g. 2026-11-01")
    command.add_argument("--until", metavar="DATE", default=default, help="up to and with this day")
