"""The trainer's board as plain values: who is in a call, who has passed, who is stuck and on what."""

import time
from dataclasses import dataclass
from datetime import date

from voicecoach.web.calls import Running
from voicecoach.web.cohorts import Standing, rule_of
from voicecoach.web.db.models import CallKept, Cohort
from voicecoach.web.passing import Cell
from voicecoach.web.server import Server


@dataclass(frozen=True, slots=True)
class Live:
    """One call that runs now."""

    who: str
    persona: str
    position: str
    willingness: float
    pushes: int
    minutes: int
    waits: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One rep."""

    account: str
    name: str
    cells: list[Cell]
    passed: bool
    stuck_on: str
    in_call: bool


@dataclass(frozen=True, slots=True)
class Board:
    """One session, at one moment."""

    cohort: str
    live: list[Live]
    rows: list[Row]
    personas: list[str]
    asked: int
    """Good calls in a row that the rule asks for."""
    passed: int
    late: bool
    shared: list[CallKept]
    disputed: list[CallKept]


def board_of(server: Server, cohort: Cohort) -> Board:
    """Put the board together."""
    standings = server.cohorts.standings(cohort)
    here = [call for call in server.calls.all if call.cohort_id == cohort.id]
    busy = {call.owner for call in here}
    calls = sorted((call for s in standings for call in s.calls), key=lambda call: call.started_at, reverse=True)
    passed = sum(standing.passed for standing in standings)
    return Board(
        cohort=cohort.id,
        live=[_live(call) for call in here],
        rows=[_row(standing, busy) for standing in standings],
        personas=[one.persona for one in cohort.personas],
        asked=rule_of(cohort).calls_in_row,
        passed=passed,
        late=cohort.due_on is not None and cohort.due_on < date.today() and passed < len(standings),
        shared=[call for call in calls if call.shared],
        disputed=[call for call in calls if call.disputed],
    )


def heat(cell: Cell) -> str:
    """Return how a cell of the map is coloured; the words in it say the same."""
    if cell.passed:
        return "passed"
    if cell.stuck:
        return "stuck"
    return "going" if cell.attempts else "none"


def _live(call: Running) -> Live:
    minutes = int((time.monotonic() - call.began) / 60)
    return Live(
        call.who, call.persona.name, call.position, call.willingness, call.pushes, minutes, waits=not call.running
    )


def _row(standing: Standing, busy: set[str]) -> Row:
    account = standing.member.account
    return Row(account.id, account.name, standing.cells, standing.passed, standing.stuck_on, account.id in busy)
