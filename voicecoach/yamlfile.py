"""YAML as personas and recorded calls use it: plain values, every key once, no references, no depth without end."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import yaml

MAX_DEPTH: Final = 20
"""A persona is five deep; a file that nests further is a mistake, or meant to exhaust the reader."""
QUOTES: Final = " (a line with a colon or a # inside must stand in quotes)"
PLAIN: Final = (
    ("quoted scalar found unexpected", "a quote opens here and is never closed", True),
    ("flow mapping", "a bracket opens here and is never closed", True),
    ("flow sequence", "a bracket opens here and is never closed", True),
    (
        "could not find expected ':'",
        "is neither `key: value` nor a line that begins with a dash and a space; one of these is missing",
        True,
    ),
    (
        "mapping values are not allowed",
        "stands further right than the lines beside it, or has a colon in words that are not in quotes",
        False,
    ),
    (
        "expected <block end>",
        "does not fit the lines above: it stands too far left or right, or a quote in its words ends them",
        False,
    ),
)
"""What PyYAML says, what a trainer is told, and whether the place is where the trouble began or where it showed."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is wrong in a file."""

    line: int
    """Counts from 1."""
    text: str


class YamlFaultsError(Exception):
    """The text is no YAML as it is used here; `faults` says why, at least one."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(faults[0].text)
        self.faults = faults


class _Loader(yaml.SafeLoader):
    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "references (*name) are not used here", event.start_mark)
        if self._depth > MAX_DEPTH:
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(
                None, None, f"is nested more than {MAX_DEPTH} levels deep", event.start_mark
            )
        self._depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except ValueError as error:  # a 13th month, a number of 5,000 digits
            problem = f"{str(node.value)[:40]!r} is no date and no number; put words in quotes"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark) from error


def parse(text: str) -> tuple[yaml.Node | None, Any]:
    """Return the tree, for line numbers, and the values; raise `YamlFaultsError`."""
    for number, line in enumerate(text.splitlines(), 1):
        if "\t" in line:
            raise YamlFaultsError([Fault(number, "has a tab: YAML wants spaces; replace each tab by two spaces")])
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        doubles = list(_double_keys(node)) if node else []
        if doubles:
            raise YamlFaultsError(doubles)
        return node, loader.construct_document(node) if node else None
    except yaml.YAMLError as error:
        raise YamlFaultsError([_fault(text, error)]) from error


def _fault(text: str, error: yaml.YAMLError) -> Fault:
    if isinstance(error, yaml.reader.ReaderError):
        sign = error.character if isinstance(error.character, str) else chr(error.character)
        return Fault(text.count("\n", 0, text.find(sign)) + 1, f"holds the sign {sign!r}, which is not for text")
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "cannot be read as YAML"
    line = mark.line + 1 if mark else 1
    if isinstance(error, yaml.scanner.ScannerError | yaml.parser.ParserError):
        opened = error.context_mark.line + 1 if error.context_mark else line
        for said, plain, at_opening in PLAIN:
            if said in f"{error.context} {problem}":
                return Fault(opened if at_opening else line, plain)
        return Fault(line, f"this is no YAML: {problem}{QUOTES}")
    if "constructor for the tag" in problem:
        return Fault(line, "names a type (!name), which is not used here")
    return Fault(line, problem.replace("found unhashable key", "a key must be a word"))


def _double_keys(node: yaml.Node) -> Iterator[Fault]:
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            name = str(key.value)
            if name in seen:
                yield Fault(line, f"`{name}` stands here for a second time; the first is on line {seen[name]}")
            seen[name] = line
            yield from _double_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _double_keys(item)
