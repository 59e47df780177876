"""The replies of one call, each with what it did: read from a record's events and the notes people made on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from voicecoach.events import Position, Side, Verdict

STEPS_BACK: Final = "steps_back"
"""The cue with which a prospect gives a new reason for stepping away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One reply of the rep, and what it did."""

    number: int
    at_s: float
    """Where the reply's words begin on the call's clock."""
    seconds: float
    """First word to last word."""
    side: Side
    """Where the prospect was when the rep replied."""
    prospect: str
    """What they had said."""
    reason: int
    """Which of the prospect's reasons for stepping away it was, counted from 0."""
    text: str
    """What was heard; empty: nothing."""
    judged: Verdict | None
    """The verdict in the call, by which the prospect moved; None: nothing heard, or not judged."""
    verdict: Verdict | None
    """The verdict that stands: a trainer's where there is one, else the one of the call."""
    why_not: str
    """Why there is no verdict."""
    acts: tuple[tuple[str, int, int], ...]
    """Act, first character, one past the last."""
    before: float
    after: float
    """Willingness before and after the reply."""
    rule: str
    position: Position
    """Where the prospect stood after it."""
    patience_s: float | None
    """End of the prospect's clip to the rep's first word; None where nothing was heard."""
    over_s: float
    """Seconds that the rep talked while the prospect still did."""
    notes: tuple[dict[str, Any], ...] = ()
    """Disputes and overrides of this reply, oldest first."""

    @property
    def cost(self) -> float:
        """Willingness that the reply took; negative where it gave."""
        return round(self.before - self.after, 4)

    @property
    def matched(self) -> bool:
        """Whether the rep did what the prospect did: stepped back with them, or came closer with them."""
        return self.verdict is (Verdict.STEP_BACK if self.side is Side.AWAY else Verdict.STEP_IN)

    @property
    def missed(self) -> bool:
        """Whether the rep stepped back from a prospect who had come closer."""
        return self.side is Side.IN and self.verdict is Verdict.STEP_BACK


def turns_of(events: Sequence[dict[str, Any]], notes: Sequence[dict[str, Any]] = ()) -> tuple[Turn, ...]:
    """Return a call's replies in their order, from its events as the record holds them."""
    said: dict[str, Any] = {"text": "", "at_s": 0.0, "duration_s": 0.0, "position": Position.STEPPED_BACK}
    willingness = _opening_willingness(events)
    by_turn: dict[int, list[dict[str, Any]]] = {}
    for event in events:
        if "turn" in event:
            by_turn.setdefault(event["turn"], []).append(event)
    turns: list[Turn] = []
    reasons = 0
    for number, mine in sorted(by_turn.items()):
        found = {event["type"]: event for event in mine}
        if "rep_spoke" in found or "nothing_heard" in found:
            about = tuple(note for note in notes if note["turn"] == number)
            turns.append(_turn(number, found, said, max(0, reasons - 1), willingness, about))
            willingness = turns[-1].after
        said = found.get("prospect_spoke", said)
        reasons += found.get("prospect_spoke", {}).get("cue") == STEPS_BACK
    return tuple(turns)


def _opening_willingness(events: Sequence[dict[str, Any]]) -> float:
    """Where the call began: before the first change, or where it ended if nothing moved."""
    first = next((e["before"] for e in events if e["type"] == "willingness_changed"), None)
    last = next((e["willingness"] for e in events if e["type"] == "call_ended"), 0.5)
    return float(last if first is None else first)


def _turn(
    number: int,
    found: dict[str, dict[str, Any]],
    said: dict[str, Any],
    reason: int,
    before: float,
    notes: tuple[dict[str, Any], ...],
) -> Turn:
    spoke = "rep_spoke" in found
    reply = found["rep_spoke"] if spoke else found["nothing_heard"]
    judged, change = found.get("judged"), found.get("willingness_changed")
    verdict = Verdict(judged["verdict"]) if judged else None
    gap_s = reply["start_s"] - said["at_s"] - said["duration_s"]
    overrides = [note["verdict"] for note in notes if note.get("type") == "verdict_overridden"]
    return Turn(
        number=number,
        at_s=reply["start_s"],
        seconds=reply["end_s"] - reply["start_s"] if spoke else 0.0,
        side=Position(said["position"]).side,
        prospect=said["text"],
        reason=reason,
        text=reply.get("text", ""),
        judged=verdict,
        verdict=Verdict(overrides[-1]) if overrides else verdict,
        why_not="" if judged else found.get("not_judged", found.get("nothing_heard", {})).get("why", "no verdict"),
        acts=tuple((a["act"], a["start"], a["end"]) for a in judged["acts"]) if judged else (),
        before=before,
        after=change["after"] if change else before,
        rule=change["rule"] if change else "",
        position=Position(found.get("prospect_spoke", said)["position"]),
        patience_s=gap_s if spoke else None,
        over_s=min(max(0.0, -gap_s), reply["end_s"] - reply["start_s"]) if spoke else 0.0,
        notes=notes,
    )
