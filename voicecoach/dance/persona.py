"""A prospect as data: who they are, how they take what the rep does, every line they can say."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

import jsonschema
import yaml

from voicecoach.dance.moves import SOFT, Cue, Temper
from voicecoach.errors import PersonaError
from voicecoach.events import ACTS, Verdict
from voicecoach.places import is_file
from voicecoach.yamlfile import Fault, YamlFaultsError, parse

MAX_BYTES: Final = 256 * 1024
"""A persona of a thousand long lines is smaller; a larger file is a mistake."""
SCHEMA_FILE: Final = "persona.schema.json"
LINE_COUNTS: Final[dict[Cue, int]] = {
    Cue.EASES: 4,
    Cue.STEPS_BACK_AGAIN: 3,
    Cue.TURNS_AND_RUNS: 3,
    Cue.KEEPS_RUNNING: 4,
    Cue.HANGS_UP: 3,
    Cue.STEPS_IN: 4,
    Cue.LEANS_IN: 4,
    Cue.STEPS_BACK_FROM_LUNGE: 3,
    Cue.HINTS_AGAIN: 3,
    Cue.COOLS: 2,
    Cue.TAKES_NEXT_STEP: 3,
    Cue.ASKS_AGAIN: 5,
    Cue.WAITS: 4,
    Cue.GOES_ON: 4,
    Cue.HAS_TO_GO: 2,
}
"""The least number of lines for each cue, so that a call of ordinary length never repeats one."""
MIN_LINES: Final = 60
ACCENTS: Final = ("en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-gb-x-gbclan", "en-gb-x-gbcwmd", "en-029")


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceWish:
    """How the persona sounds; an engine takes what it has of this."""

    gender: str
    accent: str
    rate_wpm: int
    volume: float
    """0 to 1."""
    pitch: int
    """0 to 99, 50 in the middle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One reason for stepping away, and the lines that say it."""

    reason: str
    steps_back: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """One prospect, checked."""

    name: str
    title: str
    difficulty: int
    who: str
    situation: str
    voice: VoiceWish
    temper: Temper
    rounds: tuple[Round, ...]
    lines: Mapping[Cue, tuple[str, ...]]
    answers: Mapping[str, tuple[str, ...]]
    """Lines for an act of pressure."""
    eases_to: Mapping[str, tuple[str, ...]]
    """Lines for an act of a step back."""

    def all_lines(self) -> list[str]:
        """Every line they can say, in the file's order."""
        groups = [r.steps_back for r in self.rounds]
        groups += [*self.lines.values(), *self.answers.values(), *self.eases_to.values()]
        return [line for group in groups for line in group]


def folder() -> Path:
    """Where the shipped personas lie: beside the package in a checkout, inside it in a wheel."""
    inside = Path(str(resources.files("voicecoach"))) / "personas"
    return inside if inside.is_dir() else inside.parent.parent / "personas"


def schema() -> dict[str, Any]:
    """Return the JSON schema that editors use for completion."""
    found: dict[str, Any] = json.loads((folder() / SCHEMA_FILE).read_text(encoding="utf-8"))
    return found


def names() -> list[str]:
    """Return the names of the shipped personas."""
    return sorted(path.stem for path in folder().glob("*.yaml"))


def find(name: str) -> Persona:
    """Return a shipped persona by name, or one from a file by its path (it ends in ``.yaml``).

    Raises `PersonaError` where there is none, or where it has faults.
    """
    path = Path(name) if name.endswith((".yaml", ".yml")) else folder() / f"{name}.yaml"
    if not name.endswith((".yaml", ".yml")) and not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name):
        raise PersonaError(
            f"{name!r} is no persona's name: names are small letters, digits and hyphens. See: voicecoach personas list"
        )
    if not is_file(path):
        here = "\n".join(f"  {known}" for known in names())
        raise PersonaError(
            f"There is no persona {name!r}. These are here:\n{here}\n"
            "Give one of these names, or a file that ends in .yaml; make one: voicecoach personas new my-persona"
        )
    return load(path)


def load(path: Path) -> Persona:
    """Read one persona; raise `PersonaError` with every fault, each with its line, where it has some."""
    data, faults = read(path)
    if faults:
        listed = "\n".join(f"{path}:{fault.line}: {fault.text}" for fault in faults)
        raise PersonaError(f"{listed}\nMend these and try again: voicecoach personas check {path}")
    return _build(data)


def read(path: Path) -> tuple[dict[str, Any], list[Fault]]:
    """Return the file's content and its faults, in the file's order."""
    try:
        if path.stat().st_size > MAX_BYTES:
            size = path.stat().st_size // 1024
            return {}, [
                Fault(1, f"the file has {size} KB; a persona has at most {MAX_BYTES // 1024}. Is it the right file?")
            ]
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        return {}, [Fault(1, f"cannot be read: {error.strerror}")]
    except UnicodeDecodeError:
        return {}, [Fault(1, "is no text in UTF-8: save it as UTF-8 in your editor")]
    try:
        node, data = parse(text)
    except YamlFaultsError as error:
        return {}, error.faults
    if not isinstance(node, yaml.MappingNode):
        return {}, [Fault(1, "holds no persona: begin with `name:`, or with: voicecoach personas new NAME")]
    faults = [
        Fault(_line_of(node, [*error.absolute_path, *_strange(error)[:1]]), _plain(error))
        for error in jsonschema.Draft202012Validator(schema()).iter_errors(data)
    ]
    if not faults:
        faults = [*_sense(path, data, node), *_cut_short(data, node, text.splitlines())]
    return data, sorted(set(faults))


def _line_of(node: yaml.Node, path: list[Any]) -> int:
    line = node.start_mark.line + 1
    for step in path:
        if isinstance(node, yaml.MappingNode):
            pair = next(((k, v) for k, v in node.value if k.value == str(step)), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode):
            node = node.value[step]
            line = node.start_mark.line + 1
    return line


def _strange(error: jsonschema.ValidationError) -> list[str]:
    """Return the keys that a schema does not know."""
    if error.validator not in ("additionalProperties", "propertyNames"):
        return []
    instance: Any = error.instance
    return [str(key) for key in instance if key not in _known(error)]


def _known(error: jsonschema.ValidationError) -> list[str]:
    schema: Any = error.schema
    return list(schema.get("properties", {}))


def _plain(error: jsonschema.ValidationError) -> str:
    """Say a schema's complaint in words for someone who is no programmer."""
    where = ".".join(str(step) for step in error.absolute_path if not isinstance(step, int)) or "the file"
    wanted: Any = error.validator_value
    instance: Any = error.instance
    match error.validator:
        case "required":
            missing = [key for key in wanted if key not in instance]
            return f"{where} lacks {', '.join(f'`{key}`' for key in missing)}"
        case "additionalProperties" | "propertyNames":
            strange = ", ".join(f"`{key}`" for key in _strange(error))
            return f"{where}: {strange} is not known; known are {', '.join(_known(error))}"
        case "minItems" | "minProperties":
            return f"{where} has {len(instance)} entries; it takes at least {wanted}"
        case "maxItems":
            return f"{where} has {len(instance)} entries; it takes at most {wanted}"
        case "type":
            return f"{where} {_wrong_kind(str(wanted), instance)}"
        case "enum":
            return f"{where} is {instance!r}; it can be {', '.join(map(str, wanted))}"
        case "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum":
            words = {
                "minimum": "at least",
                "maximum": "at most",
                "exclusiveMinimum": "more than",
                "exclusiveMaximum": "less than",
            }
            return f"{where} is {instance}; it must be {words[str(error.validator)]} {wanted}"
        case "minLength" | "maxLength" | "pattern":
            fault = {"minLength": "too short", "maxLength": "too long"}.get(str(error.validator), "no name")
            hint = "; a name is small letters, digits and hyphens" if error.validator == "pattern" else ""
            return f"{where} is {fault}: {instance[:40]!r}{hint}"
        case _:
            return f"{where}: {error.message[:120]}"


def _wrong_kind(wanted: str, instance: Any) -> str:
    if wanted == "string" and isinstance(instance, dict):
        return "holds a line that is not in quotes: a line with a colon inside must stand in quotes"
    if instance is None:
        return f"is empty; it should be {_KINDS.get(wanted, wanted)}"
    if isinstance(instance, bool):
        return f"should be {_KINDS.get(wanted, wanted)}, and is yes or no"
    return f"should be {_KINDS.get(wanted, wanted)}, and is {instance!r}"


_KINDS: Final = {
    "string": "words (put them in quotes if they look like a number or yes/no)",
    "number": "a number",
    "integer": "a whole number",
    "array": "a list (lines that begin with -)",
    "object": "a group of `key: value` lines",
}


def _sense(path: Path, data: dict[str, Any], node: yaml.Node) -> Iterator[Fault]:
    """Find what a schema cannot see."""
    if data["name"] != path.stem:
        yield Fault(
            _line_of(node, ["name"]), f"name is {data['name']!r} and the file is called {path.name}; make them alike"
        )
    temper = data["temper"]
    for group, key, value in [(g, k, v) for g in ("temper", "voice") for k, v in data[g].items()]:
        if value != value:  # YAML's .nan, which no limit holds
            yield Fault(_line_of(node, [group, key]), f"{group}.{key} is no number")
            return
    if temper["willingness"] >= temper["steps_in_at"]:
        yield Fault(_line_of(node, ["temper", "willingness"]), "willingness must begin below steps_in_at")
    if temper["lunge_loss"] <= temper["push_loss"]:
        yield Fault(_line_of(node, ["temper", "lunge_loss"]), "lunge_loss must be more than push_loss")
    seen: dict[str, int] = {}
    for keys, line in _spoken(data):
        number = _line_of(node, keys)
        if line.lower() in seen:
            yield Fault(number, f"this line stands on line {seen[line.lower()]} already: {line!r}")
        seen[line.lower()] = number
        odd = re.search(r"[\[\]{}<>*_#|\\]|\(|\)|[^\u0000-\u024f\u2010-\u2026\u20ac]", line)
        if odd:
            yield Fault(number, f"has {odd.group()!r}, which a voice cannot say: no stage directions, no signs")
    if len(seen) < MIN_LINES:
        yield Fault(_line_of(node, ["lines"]), f"there are {len(seen)} lines in all; it takes at least {MIN_LINES}")


def _cut_short(data: dict[str, Any], node: yaml.Node, text: list[str]) -> Iterator[Fault]:
    """Find lines of speech that a ``#`` ends: YAML drops the rest of them without a word."""
    for keys, line in _spoken(data):
        number = _line_of(node, keys)
        written = text[number - 1]
        if " #" in written and line in written.split(" #")[0] and not written.lstrip(" -").startswith(("'", '"')):
            yield Fault(
                number, "nothing after the # is said: put the line in quotes, or the remark on a line of its own"
            )


def _spoken(data: dict[str, Any]) -> Iterator[tuple[list[Any], str]]:
    for index, one in enumerate(data["rounds"]):
        for place, line in enumerate(one["steps_back"]):
            yield ["rounds", index, "steps_back", place], line
    for cue, group in data["lines"].items():
        if isinstance(group, dict):
            for act, lines in group.items():
                for place, line in enumerate(lines):
                    yield ["lines", cue, act, place], line
        else:
            for place, line in enumerate(group):
                yield ["lines", cue, place], line


def _build(data: dict[str, Any]) -> Persona:
    hot, soft = frozenset(data.get("hot_buttons", ())), frozenset(data.get("soft_spots", ()))
    lines = data["lines"]
    return Persona(
        name=data["name"],
        title=data["title"],
        difficulty=int(data["difficulty"]),  # 2.0 is a whole number too
        who=data["who"],
        situation=" ".join(data["situation"].split()),
        voice=VoiceWish(**data["voice"]),
        temper=Temper(**data["temper"], hot_buttons=hot, soft_spots=soft),
        rounds=tuple(Round(reason=r["reason"], steps_back=tuple(r["steps_back"])) for r in data["rounds"]),
        lines={cue: tuple(lines[cue]) for cue in LINE_COUNTS},
        answers={act: tuple(said) for act, said in lines["answers"].items()},
        eases_to={act: tuple(said) for act, said in lines["eases_to"].items()},
    )


def make_schema() -> dict[str, Any]:
    """Return the JSON schema as the code knows it; `personas/persona.schema.json` holds it, and a test compares."""

    def spoken(least: int) -> dict[str, Any]:
        item = {"type": "string", "minLength": 2, "maxLength": 300}
        return {"type": "array", "minItems": least, "maxItems": 60, "items": item}

    def group(properties: dict[str, Any], required: list[str] | None = None) -> dict[str, Any]:
        keys = list(properties) if required is None else required
        return {"type": "object", "additionalProperties": False, "required": keys, "properties": properties}

    def share(low: float = 0.0, high: float = 1.0) -> dict[str, Any]:
        return {"type": "number", "exclusiveMinimum": low, "exclusiveMaximum": high}

    words = {"type": "string", "minLength": 1, "maxLength": 2000}
    pushes, rooms = ACTS[Verdict.PRESSURE], ACTS[Verdict.STEP_BACK]
    top = {
        "name": {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]*$", "maxLength": 60},
        "title": words,
        "difficulty": {"type": "integer", "minimum": 1, "maximum": 5},
        "who": words,
        "situation": words,
        "voice": group(
            {
                "gender": {"enum": ["female", "male"]},
                "accent": {"enum": list(ACCENTS)},
                "rate_wpm": {"type": "integer", "minimum": 100, "maximum": 260},
                "volume": {"type": "number", "minimum": 0.1, "maximum": 1},
                "pitch": {"type": "integer", "minimum": 0, "maximum": 99},
            }
        ),
        "temper": group(
            {
                "willingness": share(),
                "steps_in_at": share(),
                "room_gain": share(),
                "push_loss": share(),
                "faster": {"type": "number", "minimum": 1, "maximum": 4},
                "lunge_loss": share(),
                "step_in_gain": share(),
                "heals": share(high=round(1 / SOFT, 4)),
                "cools": share(),
            }
        ),
        "hot_buttons": {"type": "array", "items": {"enum": list(pushes)}, "maxItems": 12},
        "soft_spots": {"type": "array", "items": {"enum": list(rooms)}, "maxItems": 6},
        "rounds": {
            "type": "array",
            "minItems": 1,
            "maxItems": 3,
            "items": group({"reason": words, "steps_back": spoken(3)}),
        },
        "lines": group(
            {
                **{cue.value: spoken(least) for cue, least in LINE_COUNTS.items()},
                "answers": group({act: spoken(2) for act in pushes}),
                "eases_to": {
                    "type": "object",
                    "additionalProperties": False,
                    "minProperties": 4,
                    "properties": {act: spoken(1) for act in rooms},
                },
            }
        ),
    }
    required = [key for key in top if key not in ("hot_buttons", "soft_spots")]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A voicecoach persona",
        **group(top, required),
    }


_HINTS: Final[dict[str, str]] = {
    "eases": "given room, still away, a little warmer",
    "steps_back_again": "pushed once: cooler, shorter",
    "turns_and_runs": "wants the call to end",
    "keeps_running": "a word or two, the hand on the phone",
    "hangs_up": "the last words before they hang up",
    "steps_in": "comes closer by themselves: engaged, asks something",
    "leans_in": "buying signals: price, start, how it works",
    "steps_back_from_lunge": "had come closer, was pushed, steps back",
    "hints_again": "was close and the rep missed it: a second hint",
    "cools": "the second miss: ends kindly, the door open",
    "takes_next_step": "agrees, or proposes the next step",
    "asks_again": "did not understand the rep",
    "waits": "away, and the rep neither pushed nor gave room",
    "goes_on": "in, and the rep neither met them nor pushed",
    "has_to_go": "ends a call that goes nowhere, kindly",
}


def commented_start(name: str) -> str:
    """Return a persona file to fill in; `read` then names every line that is still missing."""
    lines = "".join(f"  {cue}: []  # at least {least}: {_HINTS[cue]}\n" for cue, least in LINE_COUNTS.items())
    answers = "".join(f"    {act}: []\n" for act in ACTS[Verdict.PRESSURE])
    eases = "".join(f"    {act}: []\n" for act in ACTS[Verdict.STEP_BACK])
    return (
        f"# yaml-language-server: $schema={(folder() / SCHEMA_FILE).as_uri()}\n"
        f"# What each part means: docs/personas.md. See what is missing: voicecoach personas check {name}.yaml\n"
        f"name: {name}  # the file's name without .yaml\n"
        "title: The owner who thinks it over\n"
        "difficulty: 2  # 1 forgives, 5 was chased by three others this week\n"
        "who: First name, surname, what they do\n"
        "situation: >\n"
        "  What the rep sells and what happened before this call. The rep reads it before the call.\n"
        f"voice: {{gender: female, accent: en-gb, rate_wpm: 165, volume: 0.9, pitch: 50}}  # {', '.join(ACCENTS)}\n"
        "temper:\n"
        "  willingness: 0.45  # where it stands when the call begins, 0 to 1\n"
        "  steps_in_at: 0.7  # here they come closer by themselves\n"
        "  room_gain: 0.13  # what a step back of the rep gives\n"
        "  push_loss: 0.12  # what the first push takes\n"
        "  faster: 1.5  # each further push in a row takes this many times more\n"
        "  lunge_loss: 0.25  # a push at a prospect who came closer; more than push_loss\n"
        "  step_in_gain: 0.1  # what meeting them gives\n"
        "  heals: 0.5  # after a chase, room gives this share of push_loss\n"
        "  cools: 0.1  # what the second missed step takes\n"
        "hot_buttons: [belittle]  # take double\n"
        "soft_spots: [invite_no]  # give half as much again\n"
        "rounds:  # one to three reasons for stepping away\n"
        "  - reason: wants to think it over\n"
        "    steps_back: []  # at least 3; the first round's open the call\n"
        f"lines:\n{lines}"
        f"  answers:  # at least 2 each: what they say to that very push\n{answers}"
        f"  eases_to:  # at least 1 each, for at least 4 of them\n{eases}"
    )
