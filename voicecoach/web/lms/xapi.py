"""xAPI 1.0.3 statements of a call: that it was played, each verdict, and the pass of a session.

Made from a record's events alone, and without a word that anybody said: verdicts, acts by name and numbers. Every id
comes from what the statement is about, so the same call gives the same statements however often they are made.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from voicecoach import __version__
from voicecoach.events import Verdict
from voicecoach.report.facts import Facts, facts_of
from voicecoach.report.scorecard import scorecard
from voicecoach.report.turns import Turn

Statement = dict[str, Any]
ADL: Final = "http://adlnet.gov/expapi"
OURS: Final = "urn:voicecoach:"
MOVES: Final = frozenset({Verdict.STEP_BACK, Verdict.PRESSURE, Verdict.STEP_IN})
"""Verdicts that are a right or a wrong step; the others are neither."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Who practised, in which session, and where this server is."""

    server: str
    """The server's address, e.g. ``https://coach.example:8443``: the home of accounts and activities."""
    rep: str
    """The rep's account here: an id, not a name."""
    session: str
    """The onboarding session's id."""
    title: str
    rep_name: str = ""
    """Empty unless whoever runs the server has names sent too."""


def of_call(call: str, opened_at: str, events: Sequence[Mapping[str, Any]], context: Context) -> list[Statement]:
    """Return the statements of one call, verdicts first, in the order of time."""
    told = [dict(event) for event in events]
    facts = facts_of(told)
    persona = next((event["persona"] for event in told if event["type"] == "call_started"), "unknown")
    opened = datetime.fromisoformat(opened_at)
    judged_at = {event["turn"]: event["at_s"] for event in told if event["type"] == "judged"}
    last_s = max((event["at_s"] for event in told), default=0.0)
    activity = _activity(f"{context.server}/personas/{persona}", "simulation", persona)
    return [
        *_verdicts(call, facts, judged_at, opened, activity, context),
        _played(call, facts, last_s, opened, activity, context),
    ]


def played_id(server: str, call: str) -> str:
    """Return the id of the statement that a call was played, its last."""
    return _id(server, f"{call}/played")


def of_pass(score: int | None, passed_at: str, context: Context) -> Statement:
    """Return the statement that the rep has passed the session."""
    result: dict[str, Any] = {"success": True, "completion": True}
    if score is not None:
        result["score"] = _score(score)
    return {
        **_frame(f"{context.session}/{context.rep}/passed", "passed", datetime.fromisoformat(passed_at), context),
        "object": _session(context),
        "result": result,
        "context": _where(context, {}),
    }


def _verdicts(
    call: str,
    facts: Facts,
    judged_at: Mapping[int, float],
    opened: datetime,
    activity: Statement,
    context: Context,
) -> Iterator[Statement]:
    for turn in facts.turns:
        if turn.verdict is None:
            continue  # nothing heard, or not judged: there is nothing to state
        yield {
            **_frame(
                f"{call}/replies/{turn.number}", "responded", _later(opened, judged_at.get(turn.number, 0)), context
            ),
            "object": _activity(
                f"{context.server}/calls/{call}/replies/{turn.number}", "question", f"Reply {turn.number}"
            ),
            "result": _verdict(turn),
            "context": _where(context, {"parent": [activity], "grouping": [_session(context)]}),
        }


def _verdict(turn: Turn) -> dict[str, Any]:
    acts = [act for act, _, _ in turn.acts]
    result: dict[str, Any] = {
        "response": str(turn.verdict),
        "duration": _duration(turn.seconds),
        "extensions": {
            f"{OURS}prospect-was": str(turn.side),
            f"{OURS}acts": acts,
            f"{OURS}willingness-before": turn.before,
            f"{OURS}willingness-after": turn.after,
            f"{OURS}prospect-is-now": str(turn.position),
        },
    }
    if turn.verdict in MOVES:
        result["success"] = turn.matched
    return result


def _played(
    call: str, facts: Facts, last_s: float, opened: datetime, activity: Statement, context: Context
) -> Statement:
    card = scorecard(facts)
    result: dict[str, Any] = {
        "completion": bool(facts.outcome),
        "duration": _duration(last_s),
        "extensions": {
            f"{OURS}call": call,
            f"{OURS}outcome": facts.outcome or "broken_off",
            f"{OURS}replies": len(facts.turns),
            f"{OURS}pushes": facts.pushes,
            f"{OURS}longest-chase": facts.longest_chase,
        },
    }
    if facts.outcome:
        result["success"] = facts.outcome != "lost"  # a door left open is no failure
    if card.score is not None:
        result["score"] = _score(card.score)
    verb = "completed" if facts.outcome else "terminated"
    return {
        **_frame(f"{call}/played", verb, _later(opened, last_s), context),
        "object": activity,
        "result": result,
        "context": _where(context, {"parent": [_session(context)]}),
    }


def _frame(about: str, verb: str, when: datetime, context: Context) -> Statement:
    actor: dict[str, Any] = {"objectType": "Agent", "account": {"homePage": context.server, "name": context.rep}}
    if context.rep_name:
        actor["name"] = context.rep_name
    return {
        "id": _id(context.server, about),
        "actor": actor,
        "verb": {"id": f"{ADL}/verbs/{verb}", "display": {"en": verb}},
        "timestamp": when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }


def _where(context: Context, activities: Mapping[str, Any]) -> dict[str, Any]:
    where = {
        "registration": _id(context.server, f"{context.session}/{context.rep}"),
        "platform": f"voicecoach {__version__}",
        "language": "en",
    }
    return {**where, "contextActivities": dict(activities)} if activities else where


def _session(context: Context) -> Statement:
    return _activity(f"{context.server}/sessions/{context.session}", "course", context.title)


def _activity(address: str, kind: str, name: str) -> Statement:
    definition: dict[str, Any] = {"type": f"{ADL}/activities/{kind}", "name": {"en": name}}
    return {"objectType": "Activity", "id": address, "definition": definition}


def _score(score: int) -> dict[str, Any]:
    return {"scaled": round(score / 100, 2), "raw": score, "min": 0, "max": 100}


def _id(server: str, about: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{server}/{about}"))


def _later(opened: datetime, seconds: float) -> datetime:
    """Return the wall-clock time of a moment on the call's clock."""
    return opened + timedelta(seconds=seconds)


def _duration(seconds: float) -> str:
    return f"PT{seconds:.2f}S"
