"""Personas: every one that ships can be won, left open and lost; every fault is named with its line."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from voicecoach.dance import persona as personas
from voicecoach.dance.simulate import HABITS, outcomes
from voicecoach.errors import PersonaError

GOOD = (personas.folder() / "thoughtful-owner.yaml").read_text(encoding="utf-8")
MAY_COACH = ("pressure", "you gave me room", "technique", "step back", "step-back")


def test_ten_and_more_ship_in_all_five_difficulties() -> None:
    shipped = [personas.find(name) for name in personas.names()]
    assert len(shipped) >= 10
    assert {one.difficulty for one in shipped} == {1, 2, 3, 4, 5}
    assert len({(one.voice.gender, one.voice.accent, one.voice.rate_wpm, one.voice.pitch) for one in shipped}) > 8


@pytest.mark.parametrize("name", personas.names())
def test_a_persona_is_won_by_room_lost_by_pushing_and_can_be_left_open(name: str) -> None:
    persona = personas.find(name)
    found = {habit.name: outcomes(persona, habit, calls=20) for habit in HABITS}
    rooms, pushes = found["matches every step"], found["always pushes"]
    assert rooms.agreed == 20
    assert pushes.lost == 20
    assert any(one.left_open for one in found.values())


def test_harder_personas_take_more_steps_of_room() -> None:
    shipped = [personas.find(name) for name in personas.names()]
    replies = {
        level: [outcomes(one, HABITS[0], calls=5).replies / 5 for one in shipped if one.difficulty == level]
        for level in (1, 5)
    }
    assert min(replies[5]) > max(replies[1])


@pytest.mark.parametrize("name", personas.names())
def test_a_prospect_stays_in_their_role(name: str) -> None:
    persona = personas.find(name)
    lines = persona.all_lines()
    assert not [line for line in lines for word in MAY_COACH if word in line.lower()]


def test_no_line_is_shared_between_personas() -> None:
    seen: dict[str, str] = {}
    spoken = [(name, line.lower()) for name in personas.names() for line in personas.find(name).all_lines()]
    doubles = [line for name, line in spoken if len(line.split()) > 4 and seen.setdefault(line, name) != name]
    assert doubles == []


def test_the_schema_that_editors_read_is_the_one_that_is_checked() -> None:
    assert json.loads((personas.folder() / personas.SCHEMA_FILE).read_text()) == personas.make_schema()


def without(key: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        lines = text.splitlines()
        start = next(i for i, line in enumerate(lines) if line.strip().startswith(f"{key}:"))
        indent = len(lines[start]) - len(lines[start].lstrip())
        end = next(
            (
                i
                for i in range(start + 1, len(lines))
                if lines[i].strip() and len(lines[i]) - len(lines[i].lstrip()) <= indent
            ),
            len(lines),
        )
        return "\n".join(lines[:start] + lines[end:])

    return change


def altered(before: str, after: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert before in text
        return text.replace(before, after, 1)

    return change


TRAINERS_SLIPS = {
    "an unclosed quote": ("- Good. I decide", '- "Good. I decide', 37, "a quote opens here and is never closed"),
    "a line without its dash": ("    - Thank you. I do", "    Thank you. I do", 36, "begins with a dash and a space"),
    "no space after the dash": ("    - Thank you. I do", "    -Thank you. I do", 36, "begins with a dash and a space"),
    "a key without its colon": ("difficulty: 1", "difficulty 1", 4, "`key: value`"),
    "too far right": ("  steps_in_at: 0.7", "    steps_in_at: 0.7", 12, "further right than the lines beside it"),
    "an apostrophe in quotes": ("- Good. I decide", "- 'Good. I'll decide", 37, "does not fit the lines above"),
    "an unclosed brace": ("pitch: 48}", "pitch: 48", 9, "a bracket opens here and is never closed"),
    "a bare yes": ("difficulty: 1", "difficulty: yes", 4, "is yes or no"),
    "words after a #": ("- Good. I decide", "- Good. #1 is that I decide", 37, "nothing after the # is said"),
    "an unknown key": ("temper:", "mood: 3\ntemper:", 10, "`mood` is not known"),
}


@pytest.mark.parametrize("slip", TRAINERS_SLIPS)
def test_a_trainers_slip_is_told_in_words_and_at_its_own_line(tmp_path: Path, slip: str) -> None:
    before, after, line, says = TRAINERS_SLIPS[slip]
    path = tmp_path / "thoughtful-owner.yaml"
    path.write_text(altered(before, after)(GOOD), encoding="utf-8")
    _, faults = personas.read(path)
    assert [fault.line for fault in faults] == [line]
    assert says in faults[0].text


@pytest.mark.parametrize(
    ("change", "line", "says"),
    [
        (without("leans_in"), None, "lines lacks `leans_in`"),
        (lambda t: t.replace("difficulty:", "difficulty: 1\ndifficulty:", 1), None, "second time"),
        (lambda t: t.replace("temper:", "temper:\t", 1), None, "has a tab"),
        (lambda t: t.replace("difficulty: 1", "difficulty: 9", 1), None, "must be at most 5"),
        (lambda t: t.replace("difficulty: 1", "difficulty: hard", 1), None, "should be a whole number"),
        (lambda t: t.replace("gender: female", "gender: robot", 1), None, "it can be female, male"),
        (lambda t: t.replace("temper:", "mood: 3\ntemper:", 1), None, "`mood` is not known"),
        (lambda t: t + "x" * 5_000_000, 1, "a persona has at most"),
        (lambda _: "", 1, "holds no persona"),
        (lambda _: "&a [*a]", 1, "references"),
        (lambda t: t.replace("name: thoughtful-owner", "name: somebody-else", 1), None, "make them alike"),
        (lambda t: t.replace("name: thoughtful-owner", "name: Thoughtful Owner", 1), 2, "a name is small letters"),
        (lambda _: "a: " + "[" * 100_000, 1, "nested more than"),
        (lambda t: t.replace("difficulty: 1", "difficulty: 2026-13-45", 1), 4, "no date and no number"),
        (lambda t: t.replace("difficulty: 1", "difficulty: !!python/object:os.system 1", 1), 4, "names a type"),
        (lambda t: t.replace("difficulty: 1", "difficulty:", 1), 4, "difficulty is empty"),
        (lambda t: t.replace("willingness: ", "willingness: .nan # ", 1), None, "temper.willingness is no number"),
        (lambda t: t.replace("volume: ", "volume: .nan, x: ", 1).replace(", x: 0.9", "", 1), None, "volume"),
        (lambda t: t + "\n? [a, b]\n: 1\n", None, "a key must be a word"),
        (lambda t: t + "\x00", None, "is not for text"),
        (lambda t: t.replace("leans_in:", "leans_in:\n    - Well: yes, I do", 1), None, "must stand in quotes"),
    ],
    ids=[
        *("missing", "double", "tab", "range", "kind", "choice", "strange", "5MB", "empty", "bomb", "name", "pattern"),
        *("deep", "date", "type", "no value", "NaN", "NaN volume", "key", "NUL", "colon"),
    ],
)
def test_a_fault_is_named_with_its_line(
    tmp_path: Path, change: Callable[[str], str], line: int | None, says: str
) -> None:
    path = tmp_path / "thoughtful-owner.yaml"
    path.write_text(change(GOOD), encoding="utf-8")

    with pytest.raises(PersonaError) as caught:
        personas.load(path)

    first = str(caught.value).splitlines()[0]
    assert says in str(caught.value)
    where = first.removeprefix(f"{path}:").split(":")[0]
    assert where.isdigit()
    assert line is None or int(where) == line


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "nobody", "/etc/passwd", "Thoughtful Owner", "", "a" * 5000, "\0.yaml"]
)
def test_a_name_that_is_none_reads_no_file_and_says_what_is_there(name: str) -> None:
    with pytest.raises(PersonaError, match="persona"):
        personas.find(name)
