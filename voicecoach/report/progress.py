"""How practice goes over many calls, and what to practise next and when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from statistics import median
from typing import Final

AGAIN_DAYS: Final = (7, 21)
"""The same call again after about 7 and 21 days: skill fades in months unless refreshed, three or four sessions hold it
(Schwalbe 2014)."""
APART_DAYS: Final = 4
"""Attempts closer together than this are one session."""
GOOD: Final = 75
"""A score from which a call counts as a good one (our choice)."""
IN_A_ROW: Final = 3
"""Good ones after which a harder prospect comes."""
MOST_POINTS: Final = 40
"""Points of a curve; more calls than that are put together, as many in each point."""
MOST_NEXT: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCall:
    """What progress needs of one call."""

    name: str
    opened_at: str
    persona: str
    seed: int | None
    difficulty: int | None
    outcome: str
    score: int | None
    pushes: int
    replies: int
    patience_s: float | None
    """After the prospect stepped back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Calls of one kind, counted."""

    name: str
    difficulty: int | None
    calls: int
    agreed: int
    left_open: int
    lost: int
    score: float | None
    """Medians, of the calls that have one."""
    patience_s: float | None
    pushes_a_reply: float | None

    @property
    def broken_off(self) -> int:
        """The rest of the calls."""
        return self.calls - self.agreed - self.left_open - self.lost


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One or several calls in a row, as a point of the curves."""

    first: str
    last: str
    """Days, ISO 8601."""
    calls: int
    score: float | None
    patience_s: float | None
    pushes_a_reply: float | None
    outcome: str
    """Where it is one call: how it ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """What to practise, when and why."""

    kind: str
    """``again``: the same call; ``harder``: a harder prospect; ``stay``: the same prospect, another call."""
    persona: str
    seed: int | None
    due: str
    """Day, ISO 8601."""
    why: str

    @property
    def command(self) -> str:
        """What to type."""
        return f"voicecoach practice {self.persona}" + (f" --seed {self.seed}" if self.seed is not None else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """All that is told."""

    whole: Group
    personas: tuple[Group, ...]
    difficulties: tuple[Group, ...]
    points: tuple[Point, ...]
    nexts: tuple[Next, ...]


def progress_of(calls: Sequence[PastCall], known: Mapping[str, int], today: date) -> Progress:
    """Count calls, in any order; `known` gives the difficulty of every persona that can be practised with."""
    ordered = sorted((call for call in calls if call.outcome != "damaged"), key=lambda call: call.opened_at)
    by_persona: dict[str, list[PastCall]] = {}
    by_difficulty: dict[int, list[PastCall]] = {}
    for call in ordered:
        by_persona.setdefault(call.persona or "(nobody spoke yet)", []).append(call)
        if call.difficulty is not None:
            by_difficulty.setdefault(call.difficulty, []).append(call)
    personas = [_group(name, mine[-1].difficulty, mine) for name, mine in by_persona.items()]
    return Progress(
        whole=_group("all calls", None, ordered),
        personas=tuple(sorted(personas, key=lambda group: (group.difficulty or 9, group.name))),
        difficulties=tuple(_group(f"difficulty {n}", n, mine) for n, mine in sorted(by_difficulty.items())),
        points=tuple(_points(ordered)),
        nexts=tuple(_nexts(ordered, known, today)),
    )


def _group(name: str, difficulty: int | None, calls: Sequence[PastCall]) -> Group:
    return Group(
        name=name,
        difficulty=difficulty,
        calls=len(calls),
        agreed=sum(call.outcome == "agreed" for call in calls),
        left_open=sum(call.outcome == "left_open" for call in calls),
        lost=sum(call.outcome == "lost" for call in calls),
        score=_middle([call.score for call in calls]),
        patience_s=_middle([call.patience_s for call in calls]),
        pushes_a_reply=_share(calls),
    )


def _middle(values: Sequence[float | None]) -> float | None:
    found = [value for value in values if value is not None]
    return round(float(median(found)), 2) if found else None


def _share(calls: Sequence[PastCall]) -> float | None:
    replies = sum(call.replies for call in calls)
    return round(sum(call.pushes for call in calls) / replies, 3) if replies else None


def _points(calls: Sequence[PastCall]) -> list[Point]:
    size = max(1, -(-len(calls) // MOST_POINTS))
    found = []
    for start in range(0, len(calls), size):
        some = calls[start : start + size]
        found.append(
            Point(
                first=some[0].opened_at[:10],
                last=some[-1].opened_at[:10],
                calls=len(some),
                score=_middle([call.score for call in some]),
                patience_s=_middle([call.patience_s for call in some]),
                pushes_a_reply=_share(some),
                outcome=some[0].outcome if size == 1 else "",
            )
        )
    return found


def _nexts(calls: Sequence[PastCall], known: Mapping[str, int], today: date) -> list[Next]:
    """Return which prospect comes next, then the calls whose day is nearest to today, in the order of their days."""
    nearest = sorted(_again(calls, known, today), key=lambda one: abs((date.fromisoformat(one.due) - today).days))
    again = sorted(nearest[: MOST_NEXT - 1], key=lambda one: one.due)
    return [*_level(calls, known, today), *again]


def _level(calls: Sequence[PastCall], known: Mapping[str, int], today: date) -> list[Next]:
    """Say which prospect comes next: a harder one after three good calls in a row, else the same."""
    scored = [call for call in calls if call.score is not None and call.persona in known]
    latest = scored[-IN_A_ROW:]
    if not latest:
        return []
    reached = max(known[call.persona] for call in latest)
    good = len(latest) == IN_A_ROW and all((call.score or 0) >= GOOD for call in latest)
    harder = sorted((level, name) for name, level in known.items() if level > reached)
    if good and harder:
        played = {call.persona for call in calls}
        level, name = min(harder, key=lambda one: (one[0], one[1] in played, one[1]))
        why = f"{IN_A_ROW} good calls in a row at difficulty {reached}: difficulty {level} is next"
        return [Next(kind="harder", persona=name, seed=None, due=today.isoformat(), why=why)]
    row = 0
    for call in reversed(scored):
        if (call.score or 0) < GOOD:
            break
        row += 1
    if good:
        why = "the hardest there is: keep it up"
    else:
        why = f"{row} good in a row; after {IN_A_ROW} (a score of {GOOD} or more each) a harder prospect comes"
    # Another call with the same prospect: the seed after the highest that was played.
    name = latest[-1].persona
    seed = max((call.seed or 0 for call in calls if call.persona == name), default=0) + 1
    return [Next(kind="stay", persona=name, seed=seed, due=today.isoformat(), why=why)]


def _again(calls: Sequence[PastCall], known: Mapping[str, int], today: date) -> list[Next]:
    """Say which calls are due again: each about 7 and 21 days after it was first played."""
    days: dict[tuple[str, int], list[date]] = {}
    for call in calls:
        if call.seed is not None and call.persona in known and call.opened_at:
            days.setdefault((call.persona, call.seed), []).append(date.fromisoformat(call.opened_at[:10]))
    found = []
    for (persona, seed), played in days.items():
        sessions = [played[0]]
        sessions += [day for before, day in pairwise(played) if (day - before).days >= APART_DAYS]
        if len(sessions) > len(AGAIN_DAYS):
            continue
        after = AGAIN_DAYS[len(sessions) - 1]
        due = max(played[0] + timedelta(after), sessions[-1] + timedelta(APART_DAYS))
        times = "once" if len(sessions) == 1 else "twice"
        late = (today - due).days
        when = f"{late} days overdue" if late > 0 else "due today" if late == 0 else f"in {-late} days"
        why = f"the same call again, about {after} days after the first time ({times} so far; {when})"
        found.append(Next(kind="again", persona=persona, seed=seed, due=due.isoformat(), why=why))
    return found
