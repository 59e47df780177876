"""What happened in a call, in numbers: from a record's events alone, with units, the program's own delay left out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from voicecoach.events import Side, Verdict
from voicecoach.report.turns import Turn, turns_of

FILLERS: Final = re.compile(r"(?<![\w'])(?:um|uh|uhm|er|erm|ehm|hmm)(?![\w'])")
"""Sounds that carry no word. "Like" and "you know" are words as well, and are not counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One call, counted."""

    turns: tuple[Turn, ...]
    outcome: str
    """agreed, left_open, lost; empty where the record breaks off."""
    ended_by: str
    """``prospect`` or ``rep``; empty where the record breaks off."""
    duration_s: float
    """Both voices, one after the other."""
    matched: int
    missed: int
    """Steps in of the prospect from which the rep stepped back."""
    pushes: int
    longest_chase: int
    """Most pushes in a row."""
    recoveries: tuple[int, ...]
    """For each chase that the prospect came back from: replies from the last push until they did."""
    recovery_cost: float
    """Willingness that the pushes took in all."""
    patience_after_pull_back_s: float | None
    patience_else_s: float | None
    """Medians."""
    rep_share: float | None
    """The rep's part of all talking, 0 to 1."""
    words_a_minute: float | None
    longest_stretch_s: float
    talked_over_s: float
    fillers: int
    questions: int


def facts_of(events: Sequence[dict[str, Any]], notes: Sequence[dict[str, Any]] = ()) -> Facts:
    """Count a call from its events and notes, as `voicecoach.keep.record.read_record` gives them."""
    turns = turns_of(events, notes)
    spoken = [turn for turn in turns if turn.text]
    prospect_s = sum(event["duration_s"] for event in events if event["type"] == "prospect_spoke")
    rep_s = sum(turn.seconds for turn in spoken)
    words = sum(len(turn.text.split()) for turn in spoken)
    ended = next((event for event in events if event["type"] == "call_ended"), None)
    # Patience counts after lines with which the prospect stepped away, and beside it all others.
    away = [t.patience_s for t in spoken if t.patience_s is not None and t.side is Side.AWAY]
    close = [t.patience_s for t in spoken if t.patience_s is not None and t.side is Side.IN]
    pushes = [turn for turn in turns if turn.verdict is Verdict.PRESSURE]
    return Facts(
        turns=turns,
        outcome=ended["outcome"] if ended else "",
        ended_by=ended["ended_by"] if ended else "",
        duration_s=events[-1]["at_s"] if events else 0.0,
        matched=sum(turn.matched for turn in turns),
        missed=sum(turn.missed for turn in turns),
        pushes=len(pushes),
        longest_chase=_longest_chase(turns),
        recoveries=tuple(_recoveries(turns)),
        recovery_cost=round(sum(max(0.0, turn.cost) for turn in pushes), 4),
        patience_after_pull_back_s=_median(away),
        patience_else_s=_median(close),
        rep_share=rep_s / (rep_s + prospect_s) if rep_s else None,
        words_a_minute=words / rep_s * 60 if rep_s else None,
        longest_stretch_s=max((turn.seconds for turn in spoken), default=0.0),
        talked_over_s=sum(turn.over_s for turn in spoken),
        fillers=sum(len(FILLERS.findall(turn.text.lower())) for turn in spoken),
        questions=sum(turn.text.count("?") for turn in spoken),
    )


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
    """Return the middle value, the mean of two where there is no middle."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    if not ordered:
        return None
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


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
