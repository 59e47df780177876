"""What happened in a call, in numbers: from a record's events alone, with units, the program's own delay left out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from voicecoach.events import Position, Side, Verdict

FILLERS: Final = frozenset(["um", "uh", "uhm", "er", "erm", "ehm", "hmm"])
"""Sounds that carry no word. "Like" and "you know" are words as well, and are not counted."""


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
    text: str
    """What was heard; empty: nothing."""
    verdict: Verdict | None
    """None: nothing heard, or not judged."""
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

    @property
    def cost(self) -> float:
        """Willingness that the reply took; negative where it gave."""
        return round(self.before - self.after, 4)

    @property
    def matched(self) -> bool:
        """Whether the rep did what the prospect did: stepped back with them, or came closer with them."""
        return self.verdict is (Verdict.STEP_BACK if self.side is Side.AWAY else Verdict.STEP_IN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One call, counted."""

    turns: tuple[Turn, ...]
    outcome: str
    """agreed, left_open, lost; empty where the record breaks off."""
    matched: int
    missed: int
    """Steps in of the prospect from which the rep stepped back."""
    pushes: int
    longest_chase: int
    """Most pushes in a row."""
    recoveries: tuple[int, ...]
    """For each chase that the prospect came back from: replies from the last push until they did."""
    patience_after_pull_back_s: float | None
    patience_else_s: float | None
    """Medians."""
    rep_share: float | None
    """The rep's part of all talking, 0 to 1."""
    words_a_minute: float | None
    longest_stretch_s: float
    fillers: int
    questions: int


def facts_of(events: Sequence[dict[str, Any]]) -> Facts:
    """Count a call from its events, as `voicecoach.keep.record.read_record` gives them."""
    turns = tuple(_turns(events))
    spoken = [turn for turn in turns if turn.text]
    prospect_s = sum(event["duration_s"] for event in events if event["type"] == "prospect_spoke")
    rep_s = sum(turn.seconds for turn in spoken)
    words = sum(len(turn.text.split()) for turn in spoken)
    ended = next((event for event in events if event["type"] == "call_ended"), None)
    # Patience counts after lines with which the prospect stepped away, and beside it all others.
    away = [t.patience_s for t in spoken if t.patience_s is not None and t.side is Side.AWAY]
    close = [t.patience_s for t in spoken if t.patience_s is not None and t.side is Side.IN]
    plain = [re.sub(r"[^\w' ]", " ", turn.text.lower()).split() for turn in spoken]
    return Facts(
        turns=turns,
        outcome=ended["outcome"] if ended else "",
        matched=sum(turn.matched for turn in turns),
        missed=sum(turn.side is Side.IN and turn.verdict is Verdict.STEP_BACK for turn in turns),
        pushes=sum(turn.verdict is Verdict.PRESSURE for turn in turns),
        longest_chase=_longest_chase(turns),
        recoveries=tuple(_recoveries(turns)),
        patience_after_pull_back_s=_median(away),
        patience_else_s=_median(close),
        rep_share=rep_s / (rep_s + prospect_s) if rep_s else None,
        words_a_minute=words / rep_s * 60 if rep_s else None,
        longest_stretch_s=max((turn.seconds for turn in spoken), default=0.0),
        fillers=sum(word in FILLERS for reply in plain for word in reply),
        questions=sum(turn.text.count("?") for turn in spoken),
    )


def _turns(events: Sequence[dict[str, Any]]) -> list[Turn]:
    turns: list[Turn] = []
    said: dict[str, Any] = {"text": "", "at_s": 0.0, "duration_s": 0.0, "position": Position.STEPPED_BACK}
    willingness = next((e["before"] for e in events if e["type"] == "willingness_changed"), None)
    last = next((e["willingness"] for e in events if e["type"] == "call_ended"), 0.5)
    willingness = last if willingness is None else willingness
    by_turn: dict[int, list[dict[str, Any]]] = {}
    for event in events:
        if "turn" in event:
            by_turn.setdefault(event["turn"], []).append(event)
    for number, mine in sorted(by_turn.items()):
        found = {event["type"]: event for event in mine}
        reply = found.get("rep_spoke") or found.get("nothing_heard")
        if reply is not None:
            judged, change = found.get("judged"), found.get("willingness_changed")
            after = change["after"] if change else willingness
            answer = found.get("prospect_spoke", said)
            why = found.get("not_judged", found.get("nothing_heard", {})).get("why", "")
            turns.append(
                Turn(
                    number=number,
                    at_s=reply["start_s"],
                    seconds=reply["end_s"] - reply["start_s"] if "text" in reply else 0.0,
                    side=Position(said["position"]).side,
                    prospect=said["text"],
                    text=reply.get("text", ""),
                    verdict=Verdict(judged["verdict"]) if judged else None,
                    why_not="" if judged else why,
                    acts=tuple((a["act"], a["start"], a["end"]) for a in judged["acts"]) if judged else (),
                    before=willingness,
                    after=after,
                    rule=change["rule"] if change else "",
                    position=Position(answer["position"]),
                    patience_s=reply["start_s"] - said["at_s"] - said["duration_s"] if "text" in reply else None,
                )
            )
            willingness = after
        said = found.get("prospect_spoke", said)
    return turns


def _longest_chase(turns: Sequence[Turn]) -> int:
    longest = row = 0
    for turn in turns:
        row = row + 1 if turn.verdict is Verdict.PRESSURE else 0 if turn.matched else row
        longest = max(longest, row)
    return longest


def _recoveries(turns: Sequence[Turn]) -> list[int]:
    """Count, after each chase, the replies until the prospect came closer again."""
    found, since = [], None
    for turn in turns:
        if turn.verdict is Verdict.PRESSURE:
            since = 0
        elif since is not None:
            since += 1
            if turn.position.side is Side.IN:
                found.append(since)
                since = None
    return found


def _median(values: Sequence[float]) -> float | None:
    ordered = sorted(values)
    return ordered[len(ordered) // 2] if ordered else None


@dataclass(frozen=True, slots=True)
class Reference:
    """A figure from elsewhere to stand beside a fact."""

    says: str
    source: str
    grade: str
    """A: read in the source. B: second-hand."""


REFERENCES: Final = {
    "rep_share": Reference(
        "best reps talk 43 %, average ones 65 to 75 % (B2B calls; a correlation, not for cold calls)",
        "Gong, 25,537 calls",
        "A",
    ),
    "patience_after_pull_back_s": Reference(
        "top reps wait about 1.5 s after an objection, average ones 0.3 s", "quoting Gong, 67,149 calls", "B"
    ),
    "patience_else_s": Reference("0.6 to 1.0 s in general", "quoting Gong", "B"),
    "longest_stretch_s": Reference("150 s at most", "quoting Gong", "B"),
    "words_a_minute": Reference("173 is usual, 188 when flustered by an objection", "quoting Gong", "B"),
}
