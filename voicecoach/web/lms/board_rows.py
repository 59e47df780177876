"""The rows of the board's table, from the database and the records."""

from collections.abc import Iterator
from pathlib import Path

from voicecoach.errors import RecordError
from voicecoach.keep.record import read_record
from voicecoach.report.facts import facts_of
from voicecoach.web.cohorts import Cohorts, Standing
from voicecoach.web.db.models import Cohort
from voicecoach.web.lms.table import Row


def rows_of(cohort: Cohort, cohorts: Cohorts, calls: Path) -> list[Row]:
    """Return one row an attempt, by rep, prospect and time; who has not begun with a prospect has an empty row."""
    return [row for standing in cohorts.standings(cohort) for row in _of_rep(cohort, standing, calls)]


def _of_rep(cohort: Cohort, standing: Standing, calls: Path) -> Iterator[Row]:
    passed = standing.passed or standing.member.passed_at is not None
    for cell in standing.cells:
        theirs = [call for call in standing.calls if call.persona == cell.persona and call.ended_at]
        for number, call in enumerate(theirs or [None], 1):
            chase, patience_s = _figures(calls / call.id) if call else (None, None)
            yield Row(
                session=cohort.title,
                rep=standing.member.account.name,
                persona=cell.persona,
                attempt=number if call else None,
                started_at=call.started_at.isoformat(timespec="seconds") if call else "",
                outcome=call.outcome if call else "",
                score=call.score if call else None,
                replies=call.replies if call else None,
                pushes=call.pushes if call else None,
                longest_chase=chase,
                patience_s=patience_s,
                shared=call.shared if call else None,
                disputed=call.disputed if call else None,
                prospect_passed=cell.passed,
                passed=passed,
            )


def _figures(folder: Path) -> tuple[int | None, float | None]:
    try:
        facts = facts_of(read_record(folder).events)
    except RecordError:
        return None, None  # its row says how it ended; there is nothing to count
    return facts.longest_chase, facts.patience_after_pull_back_s
