"""xAPI 1.0.3 statements of a call: that it was played, each verdict, a trainer's in its place, the pass of a session.

Made from a record's events alone, and without a word that anybody said: verdicts, acts by name and numbers. Every id
comes from what the statement is about, so the same call gives the same statements however often they are made.
"""

import uuid
from collections.abc import Mapping, Sequence
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
OVERRIDDEN: Final = "verdict_overridden"
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
    trainer: str = ""
    """The account, again an id, of whoever leads the session: verdicts are overridden by nobody else."""


def of_call(call: str, opened_at: str, events: Sequence[Mapping[str, Any]], context: Context) -> list[Statement]:
    """Return the statements of one call, verdicts first, in the order of time."""
    told = _Told(call, opened_at, [dict(event) for event in events], context)
    facts = facts_of(told.events)
    verdicts = (told.reply(turn, 0) for turn in facts.turns if turn.verdict is not None)
    return [*verdicts, told.played(facts, 0)]  # without a verdict (nothing heard, not judged) there is nothing to state


def of_overrides(
    call: str, opened_at: str, events: Sequence[Mapping[str, Any]], notes: Sequence[Mapping[str, Any]], context: Context
) -> list[Statement]:
    """Return what a call's notes (`voicecoach.keep.notes`, oldest first) change of what `of_call` has told.

    A statement is never changed: each override voids the one of its reply and the one of the whole call, as xAPI has it
    (Data, 2.3.2), and puts others in their place: the trainer's verdict, the score that follows from it.
    """
    told = _Told(call, opened_at, [dict(event) for event in events], context)
    kept: list[dict[str, Any]] = []
    made: list[Statement] = []
    for note in map(dict, notes):
        kept.append(note)
        facts = facts_of(told.events, kept)
        turn = next((turn for turn in facts.turns if turn.number == note["turn"]), None)
        if note.get("type") != OVERRIDDEN or turn is None or turn.verdict is None:
            continue
        when = datetime.fromisoformat(note["noted_at"])
        of_turn = sum(one["turn"] == turn.number for one in _overrides(kept))
        ever = len(_overrides(kept))
        made += [
            _voided(_reply_id(call, turn.number, of_turn - 1), when, context),
            told.reply(turn, of_turn),
            _voided(_whole_id(call, ever - 1), when, context),
            told.played(facts, ever),
        ]
    return made


def last_id(server: str, call: str, notes: Sequence[Mapping[str, Any]]) -> str:
    """Return the id of the last statement there is of a call with these notes."""
    return _id(server, _whole_id(call, len(_overrides(notes))))


def _overrides(notes: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [note for note in notes if note.get("type") == OVERRIDDEN]


def _reply_id(call: str, turn: int, overrides: int) -> str:
    return f"{call}/replies/{turn}" + (f"/overridden/{overrides}" if overrides else "")


def _whole_id(call: str, overrides: int) -> str:
    return f"{call}/played" + (f"/overridden/{overrides}" if overrides else "")


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


class _Told:
    """One call, and how its replies and the whole of it are stated after so many overrides."""

    def __init__(self, call: str, opened_at: str, events: list[dict[str, Any]], context: Context) -> None:
        self.events = events
        self._call = call
        self._context = context
        self._opened = datetime.fromisoformat(opened_at)
        self._judged_at = {event["turn"]: event["at_s"] for event in events if event["type"] == "judged"}
        self._last_s = max((event["at_s"] for event in events), default=0.0)
        persona = next((event["persona"] for event in events if event["type"] == "call_started"), "unknown")
        self._activity = _activity(f"{context.server}/personas/{persona}", "simulation", persona)

    def reply(self, turn: Turn, overrides: int) -> Statement:
        """State the verdict that stands on one reply."""
        context, about = self._context, f"{self._call}/replies/{turn.number}"
        around = {"parent": [self._activity], "grouping": [_session(context)]}
        statement = {
            **_frame(
                _reply_id(self._call, turn.number, overrides),
                "responded",
                self._opened + timedelta(seconds=self._judged_at.get(turn.number, 0)),
                context,
            ),
            "object": _activity(f"{context.server}/calls/{about}", "question", f"Reply {turn.number}"),
            "result": _verdict(turn),
            "context": _where(context, around),
        }
        if overrides:
            statement["result"]["extensions"][f"{OURS}judge-said"] = str(turn.judged)
            statement["context"] |= _by_trainer(context, _reply_id(self._call, turn.number, overrides - 1))
        return statement

    def played(self, facts: Facts, overrides: int) -> Statement:
        """State the whole call."""
        context = self._context
        verb = "completed" if facts.outcome else "terminated"
        when = self._opened + timedelta(seconds=self._last_s)
        statement = {
            **_frame(_whole_id(self._call, overrides), verb, when, context),
            "object": self._activity,
            "result": _result(self._call, facts, self._last_s),
            "context": _where(context, {"parent": [_session(context)]}),
        }
        if overrides:
            statement["context"] |= _by_trainer(context, _whole_id(self._call, overrides - 1))
        return statement


def _by_trainer(context: Context, before: str) -> dict[str, Any]:
    """Say whose decision it was, and in the place of which statement it stands."""
    return {"instructor": _agent(context, context.trainer), "statement": _reference(context, before)}


def _voided(about: str, when: datetime, context: Context) -> Statement:
    """Void a statement, as the trainer."""
    return {
        **_frame(f"{about}/voided", "voided", when, context),
        "actor": _agent(context, context.trainer),
        "object": _reference(context, about),
    }


def _reference(context: Context, about: str) -> dict[str, Any]:
    return {"objectType": "StatementRef", "id": _id(context.server, about)}


def _agent(context: Context, account: str) -> dict[str, Any]:
    return {"objectType": "Agent", "account": {"homePage": context.server, "name": account}}


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


def _result(call: str, facts: Facts, last_s: float) -> dict[str, Any]:
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
    return result


def _frame(about: str, verb: str, when: datetime, context: Context) -> Statement:
    actor = _agent(context, context.rep)
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


def _duration(seconds: float) -> str:
    return f"PT{seconds:.2f}S"
