"""The board as a table: whole, and harmless to open."""

import csv
import io

import pytest

from voicecoach.web.lms.table import Row, table


def row(**changes: object) -> Row:
    values: dict[str, object] = {
        "session": "Monday",
        "rep": "Ann",
        "persona": "thoughtful-owner",
        "attempt": 1,
        "started_at": "2026-11-23T19:18:12+00:00",
        "outcome": "agreed",
        "score": 92,
        "replies": 4,
        "pushes": 0,
        "longest_chase": 0,
        "patience_s": 1.2345,
        "shared": True,
        "disputed": 0,
        "prospect_passed": True,
        "passed": False,
    }
    return Row(**(values | changes))  # type: ignore[arg-type]


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_every_field_is_a_column_and_comes_back() -> None:
    (one,) = read(table([row()]))
    assert one == {
        "session": "Monday",
        "rep": "Ann",
        "persona": "thoughtful-owner",
        "attempt": "1",
        "started_at": "2026-11-23T19:18:12+00:00",
        "outcome": "agreed",
        "score": "92",
        "replies": "4",
        "pushes": "0",
        "longest_chase": "0",
        "patience_s": "1.23",
        "shared": "yes",
        "disputed": "0",
        "prospect_passed": "yes",
        "passed": "no",
    }


def test_who_has_not_begun_has_a_row_and_no_figures() -> None:
    empty = {"attempt": None, "score": None, "patience_s": None, "shared": None, "started_at": "", "outcome": ""}
    (one,) = read(table([row(**empty)]))
    assert [one[name] for name in empty] == [""] * len(empty)


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "  @", "\uff1d", "\x00="])
def test_a_name_is_never_a_formula(begins: str) -> None:
    (one,) = read(table([row(rep=begins + "HYPERLINK(1)")]))
    assert one["rep"].startswith("'")
    assert one["rep"].endswith("HYPERLINK(1)")


@pytest.mark.parametrize("name", ['Ann "the =sum"', "Ann, Bob", "Zoë 李", "two\nlines", "'quoted", "", "O-Neil"])
def test_other_names_come_back_as_they_are(name: str) -> None:
    (one,) = read(table([row(rep=name)]))
    assert one["rep"] == name
