"""``voicecoach judge``: JSON lines in, verdicts out."""

import argparse
import dataclasses
import itertools
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voicecoach.errors import InputError
from voicecoach.events import Side, Verdict

if TYPE_CHECKING:
    from voicecoach.judge.trained import TrainedJudge


CHUNK = 64
"""Lines that are judged before their answers are printed."""
TYPE_LINES = """\
Type lines of {"id": 1, "side": "away", "prospect": "…", "rep": "…"}; Ctrl-D ends.
One reply in words: voicecoach judge --text "…\""""
SAID = {Side.AWAY: "I'd want to think it over.", Side.IN: "And what does it cost?"}
"""What the prospect said last where nobody says what."""


def judge(arguments: argparse.Namespace) -> int:
    """Judge every line; a line with a fault is named and skipped, and the exit code is 2 then."""
    from voicecoach.wiring import make_judge

    wise = make_judge(in_call=False)
    if arguments.text is not None and arguments.file != "-":
        raise InputError(f"--text judges one reply, {arguments.file} holds others: give one of them.")
    if arguments.text is not None:
        side = Side(arguments.side or Side.AWAY)
        return _for_a_person(wise, side, arguments.prospect or SAID[side], arguments.text)
    if arguments.side or arguments.prospect:
        raise InputError("--side and --prospect go with --text; the lines of a file say theirs themselves.")
    if arguments.file == "-" and sys.stdin.isatty():
        print(TYPE_LINES, file=sys.stderr)
    return _each_line(wise, arguments.file)


def _each_line(wise: "TrainedJudge", name: str) -> int:
    faults = judged = 0
    lines = enumerate(_lines(name), 1)
    while chunk := list(itertools.islice(lines, CHUNK)):
        asked = []
        for number, line in chunk:
            if not line.strip():
                continue
            try:
                asked.append(_asked(line))
            except ValueError as error:
                faults += 1
                print(f"{name}:{number}: {error}", file=sys.stderr)
        found = wise.judge_many([(Side(one["side"]), one["prospect"], one["rep"]) for one in asked])
        for one, judgement in zip(asked, found, strict=True):
            acts = [dataclasses.asdict(act) for act in judgement.acts]
            answer = {"id": one["id"], "verdict": judgement.verdict, "scores": judgement.scores, "acts": acts}
            print(json.dumps(answer, ensure_ascii=False), flush=True)
        judged += len(asked)
    if not judged and not faults:
        print(f"{name} holds no line to judge.", file=sys.stderr)
    return 2 if faults else 0


def _for_a_person(wise: "TrainedJudge", side: Side, prospect: str, rep: str) -> int:
    from voicecoach.dance.moves import MOVES
    from voicecoach.judge.advice import ADVICE
    from voicecoach.judge.unreadable import why_unreadable

    found = wise.judge(side, prospect, rep)
    where = "stepped back" if side is Side.AWAY else "came closer"
    print(f"The prospect {where}: “{_printable(prospect)}”\nYou: “{_printable(rep)}”\n")
    if found.verdict is Verdict.UNCLEAR:
        best = max(found.scores, key=found.scores.__getitem__)
        guess = f"the best guess is {best.replace('_', '-')} ({found.scores[best]:.0%})"
        print(f"Not judged: {why_unreadable(rep) or f'not sure enough; {guess}'}.")
        return 0
    print(f"{found.verdict.replace('_', '-')} ({found.scores[found.verdict]:.0%}). {MOVES[side, found.verdict].says}")
    for act in found.acts:
        print(f"  {act.act.replace('_', ' ')}: “{_printable(rep[act.start : act.end])}”")
    pushes = [act.act for act in found.acts if act.act in ADVICE]
    if found.verdict is Verdict.PRESSURE and pushes:
        advice = ADVICE[pushes[-1]]
        print(f"\nWhy it pushes: {advice.why_to(side)}")
        if side is Side.AWAY:
            print(f"A step back would have been: “{advice.instead}”")
        else:
            print(
                "They came closer by themselves: answer what they asked, and offer a next step that they may decline."
            )
    return 0


def _printable(text: str) -> str:
    """Return it without what would steer the terminal."""
    return "".join(one if one.isprintable() else " " for one in text)


def _lines(name: str) -> Iterable[str]:
    if name == "-":
        return (line.decode("utf-8", "replace") for line in sys.stdin.buffer)
    try:
        return Path(name).read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}. Give a file of JSON lines, or - .") from error


def _asked(line: str) -> dict[str, Any]:
    try:
        asked = json.loads(line.removeprefix("\ufeff"))  # editors of Windows begin a file so
    except ValueError as error:
        raise ValueError(f"this is no JSON: {error}") from error
    if not isinstance(asked, dict):
        raise ValueError('this is no object: {"id": …, "side": "away", "prospect": …, "rep": …}')
    for key in ("id", "side", "prospect", "rep"):
        if key not in asked:
            raise ValueError(f"`{key}` is missing")
    if asked["side"] not in ("away", "in"):
        raise ValueError(f"side is {asked['side']!r}; it is away or in")
    if not isinstance(asked["prospect"], str) or not isinstance(asked["rep"], str):
        raise ValueError("prospect and rep are text")
    return asked
