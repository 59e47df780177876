"""``voicecoach personas``: list, show, check, new, simulate."""

import argparse
import re
import textwrap
from pathlib import Path

from voicecoach.dance import persona as personas
from voicecoach.dance.simulate import HABITS, outcomes
from voicecoach.errors import InputError, PersonaError
from voicecoach.places import is_file, write_whole

NAME = r"[a-z0-9][a-z0-9-]{0,59}"


def list_all(arguments: argparse.Namespace) -> int:  # noqa: ARG001 -- every command takes them
    """Print every shipped persona, from easy to hard."""
    for persona in sorted(map(personas.find, personas.names()), key=lambda p: (p.difficulty, p.name)):
        stars = "*" * persona.difficulty
        print(f"{stars:<6}{persona.name:<22}{persona.title}")
        print(f"{'':6}{persona.who}; steps away because: {'; '.join(r.reason for r in persona.rounds)}")
    return 0


def show(arguments: argparse.Namespace) -> int:
    """Print one persona."""
    persona = personas.find(arguments.name)
    temper = persona.temper
    print(f"{persona.name}: {persona.title}\n{persona.who}. Difficulty {persona.difficulty} of 5.\n")
    print(textwrap.fill(persona.situation, 78))
    print(f"\nBegins at willingness {temper.willingness}, steps in at {temper.steps_in_at}.")
    print(f"Room gives {temper.room_gain} (after a chase {temper.push_loss * temper.heals:.3f}), a push takes")
    print(
        f"{temper.push_loss}, each further one in a row {temper.faster} times more; a lunge takes {temper.lunge_loss}."
    )
    print(f"Hot buttons (double harm): {_listed(temper.hot_buttons)}")
    print(f"Soft spots (half as much again): {_listed(temper.soft_spots)}\n")
    for number, one in enumerate(persona.rounds, 1):
        print(f"Round {number}: {one.reason}")
    for cue, lines in persona.lines.items():
        print(f"\n{cue.replace('_', ' ')}")
        for line in lines:
            print(textwrap.fill(line, 76, initial_indent="  - ", subsequent_indent="    "))
    return 0


def _listed(acts: frozenset[str]) -> str:
    return ", ".join(sorted(acts)).replace("_", " ") or "none"


def check(arguments: argparse.Namespace) -> int:
    """Print each fault as FILE:LINE: what is wrong; exit 2 where there is one."""
    paths = [_path(name) for name in arguments.files or personas.names()]
    bad = 0
    for path in paths:
        _, faults = personas.read(path)
        bad += len(faults)
        for fault in faults:
            print(f"{path}:{fault.line}: {fault.text}")
    if not bad:
        print(f"{len(paths)} checked, nothing wrong.")
    return 2 if bad else 0


def _path(name: str) -> Path:
    if not name.endswith((".yaml", ".yml")) and not re.fullmatch(NAME, name):
        raise PersonaError(f"{name!r} is no persona's name and no .yaml file. See: voicecoach personas list")
    path = Path(name) if name.endswith((".yaml", ".yml")) else personas.folder() / f"{name}.yaml"
    if not is_file(path):
        here = f" {name}.yaml lies in this folder: name it with its ending." if is_file(Path(f"{name}.yaml")) else ""
        raise PersonaError(f"There is no persona file {path}.{here} See: voicecoach personas list")
    return path


def new(arguments: argparse.Namespace) -> int:
    """Write a commented start that `check` then leads through."""
    if not re.fullmatch(NAME, arguments.name):
        raise InputError(f"{arguments.name!r} is no persona's name: small letters, digits and hyphens, e.g. busy-baker")
    path = Path(arguments.folder) / f"{arguments.name}.yaml"
    if path.exists():
        raise InputError(f"{path} is there already; nothing was changed. Choose another name.")
    write_whole(path, personas.commented_start(arguments.name).encode())
    print(f"Wrote {path}. Fill it in, and see what is missing: voicecoach personas check {path}")
    return 0


def simulate(arguments: argparse.Namespace) -> int:
    """Print where each habit of a rep leads with this persona."""
    persona = personas.find(arguments.name)
    print(f"{persona.title}: a hundred calls a habit\n")
    print(f"{'the rep':<44}{'agreed':>8}{'open':>7}{'lost':>7}{'replies':>10}")
    for habit in HABITS:
        found = outcomes(persona, habit, calls=100)
        print(f"{habit.name:<44}{found.agreed:>8}{found.left_open:>7}{found.lost:>7}{found.replies / 100:>10.1f}")
    return 0
