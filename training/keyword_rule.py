"""The simplest way, to compare with: plain words, one kind of act, else `unclear`."""

from typing import Final

from voicecoach.events import ACTS, Act, Judgement, Side, Verdict
from keyword_acts import NEGATES, find_acts

MAX_CHARACTERS: Final = 20_000
SURE: Final = 0.9
"""What one plain act is worth; not measured, and told as a score only so that the four sum to 1."""
GREETINGS: Final = frozenset(
    ["hello", "hi", "hello can you hear me", "can you hear me", "good morning", "good afternoon"]
)


class KeywordRule:
    """Reads plain acts; judges only where all that it finds points one way."""

    label = "keywords-1"

    def judge(self, side: Side, prospect: str, rep: str) -> Judgement:  # noqa: ARG002 -- the port's words
        """Judge one reply; `unclear` where nothing plain stands in it or where it cuts both ways."""
        acts = find_acts(side, rep[:MAX_CHARACTERS])
        verdict = self._verdict(rep, acts)
        return Judgement(verdict=verdict, scores=_scores(side, verdict), acts=tuple(acts))

    def _verdict(self, rep: str, acts: list[Act]) -> Verdict:
        if "".join(c for c in rep.lower() if c.isalnum() or c == " ").strip() in GREETINGS:
            return Verdict.NEUTRAL
        pushes = [act for act in acts if act.act in ACTS[Verdict.PRESSURE]]
        if any(NEGATES.search(rep[: push.start].lower()) for push in pushes):
            return Verdict.UNCLEAR
        if pushes and acts[-1] in pushes:
            # Room given and taken back is pressure; a push before room may have been named and let go.
            return Verdict.PRESSURE
        if pushes or not acts:
            return Verdict.UNCLEAR
        met = any(act.act in ACTS[Verdict.STEP_IN] for act in acts)
        return Verdict.STEP_IN if met else Verdict.STEP_BACK


def _scores(side: Side, verdict: Verdict) -> dict[str, float]:
    kinds = [Verdict.STEP_BACK, Verdict.PRESSURE, Verdict.STEP_IN, Verdict.NEUTRAL]
    possible = [kind for kind in kinds if side is Side.IN or kind is not Verdict.STEP_IN]
    sure = 1 / len(possible) if verdict is Verdict.UNCLEAR else SURE
    rest = (1 - sure) / (len(possible) - 1)
    return {kind.value: sure if kind is verdict else rest if kind in possible else 0.0 for kind in kinds}
