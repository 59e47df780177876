"""``voicecoach judge``: JSON lines in, verdicts out."""

import argparse
import dataclasses
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from voicecoach.errors import InputError
from voicecoach.events import Side


def judge(arguments: argparse.Namespace) -> int:
    """Judge every line; a line with a fault is named and skipped, and the exit code is 2 then."""
    from voicecoach.wiring import make_judge

    wise = make_judge()
    faults = 0
    for number, line in enumerate(_lines(arguments.file), 1):
        if not line.strip():
            continue
        try:
            asked = _asked(line)
        except ValueError as error:
            faults += 1
            print(f"{arguments.file}:{number}: {error}", file=sys.stderr)
            continue
        found = wise.judge(Side(asked["side"]), asked["prospect"], asked["rep"])
        acts = [dataclasses.asdict(act) for act in found.acts]
        print(json.dumps({"id": asked["id"], "verdict": found.verdict, "scores": found.scores, "acts": acts}))
    return 2 if faults else 0


def _lines(name: str) -> Iterable[str]:
    if name == "-":
        return (line.decode("utf-8", "replace") for line in sys.stdin.buffer)
    try:
        return Path(name).read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}. Give a file of JSON lines, or - .") from error


def _asked(line: str) -> dict[str, Any]:
    try:
        asked = json.loads(line)
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
