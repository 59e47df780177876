"""The judge: a small encoder, fine-tuned on this project's own labelled replies, by ONNX Runtime on one core.

It reads the side, the prospect's last line and the reply, and gives three things at once: calibrated scores of the four
verdicts, which acts the reply shows, and which words show them. `model/CARD.md` says how well.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from voicecoach.events import ACTS, Act, Judgement, Side, Verdict
from voicecoach.judge import sure
from voicecoach.judge.spans import find_stretches
from voicecoach.judge.unreadable import why_unreadable

Floats = npt.NDArray[np.float32]
KINDS: Final = (Verdict.STEP_BACK, Verdict.PRESSURE, Verdict.STEP_IN, Verdict.NEUTRAL)
WINDOW, OVERLAP = 36, 16
"""Tokens of a window over a reply too long to be read at once, and how many two neighbours share."""
SHORT_WORDS: Final = 2
SURE_OF_SHORT: Final = 0.9
"""What a verdict on so few words must reach: "okay" and "sure" say too little for less."""
MAX_CHARACTERS: Final = 100_000
"""Four hours of talk; what comes after is not read."""
IMPOSSIBLE: Final = -1e4


@dataclass(frozen=True, slots=True)
class Reading:
    """What the model makes of a reply, or of one window of a long one."""

    verdicts: Floats
    """Logits of `KINDS`, (4,); one that cannot be on this side is far below the others."""
    acts: Floats
    """The chance of each act to stand in it, (acts,)."""
    offsets: list[tuple[int, int]]
    """The characters of each token in the reply."""
    tokens: Floats
    """For each token the chance of "no act" and of each act, (tokens, 1 + acts)."""


class TrainedJudge:
    """Judges replies; loads its model at the first one."""

    def __init__(self, in_call: bool = False) -> None:
        """Judge replies of a file, or in a call, where `unclear` stalls the dance and a little less must do.

        The model's card says how often either is right where it is told.
        """
        self._folder = resources.files("voicecoach") / "judge" / "model"
        self._settings: dict[str, Any] = json.loads((self._folder / "judge.json").read_text(encoding="utf-8"))
        self._least = float(self._settings["abstains_in_calls_under" if in_call else "abstains_under"])

    @property
    def label(self) -> str:
        """Name and version of the model."""
        return str(self._settings["label"])

    def judge(self, side: Side, prospect: str, rep: str) -> Judgement:
        """Judge one reply; `unclear` where it cannot be read or where no verdict is sure enough."""
        return self.judge_many([(side, prospect, rep)])[0]

    def judge_many(self, asked: Sequence[tuple[Side, str, str]]) -> list[Judgement]:
        """Judge many replies, (side, prospect, rep) each; answers in their order.

        One after the other: on one core a batch is no faster, and int8 would make an answer depend on its neighbours.
        """
        return [self._judgement(side, rep, self.read(side, prospect, rep)) for side, prospect, rep in asked]

    def read(self, side: Side, prospect: str, rep: str) -> list[Reading]:
        """Return what the model makes of each window of a reply, in order; nothing where it cannot be read."""
        if why_unreadable(rep):
            return []
        return [self._run(side, *window) for window in self._windows(prospect, rep[:MAX_CHARACTERS])]

    def _is_sure(self, side: Side, rep: str, reading: Reading, chances: Floats) -> bool:
        words = len(rep.split())
        if words <= SHORT_WORDS and float(chances.max()) < SURE_OF_SHORT:
            return False
        acts = dict(zip(self._settings["acts"], reading.acts.tolist(), strict=True))
        told = sure.inputs(KINDS, chances, acts, side is Side.AWAY, words)
        return sure.chance_right(told, self._settings["sure"]) >= self._least

    def _judgement(self, side: Side, rep: str, readings: list[Reading]) -> Judgement:
        if not readings:
            possible = [kind for kind in KINDS if side is Side.IN or kind is not Verdict.STEP_IN]
            even = {kind.value: 1 / len(possible) if kind in possible else 0.0 for kind in KINDS}
            return Judgement(verdict=Verdict.UNCLEAR, scores=even, acts=())
        # A long talk that pushes anywhere has pushed: its most pressing window speaks for it.
        spoken_for = max(readings, key=lambda one: float(one.verdicts[1] - np.delete(one.verdicts, 1).max()))
        chances = _softmax(spoken_for.verdicts / self._settings["temperature"])
        scores = {kind.value: round(float(chance), 4) for kind, chance in zip(KINDS, chances, strict=True)}
        best = KINDS[int(chances.argmax())]
        scores[best.value] = round(scores[best.value] + 1 - sum(scores.values()), 4)
        shown = [act for kind in _kinds_shown(best) for act in ACTS[kind]]
        must = ACTS.get(best, ())
        acts: list[Act] = []
        # Each act once: where the window that is spoken for shows it, else where it comes first.
        for one in sorted(readings, key=lambda one: one is not spoken_for):
            known = {act.act for act in acts}
            found = find_stretches(
                rep, one.offsets, one.tokens, self._settings["acts"], shown, must if one is spoken_for else ()
            )
            acts += [
                act
                for act in found
                if act.act not in known and all(act.end <= other.start or act.start >= other.end for other in acts)
            ]
        acts.sort(key=lambda act: act.start)
        verdict = best if self._is_sure(side, rep, spoken_for, chances) else Verdict.UNCLEAR
        return Judgement(verdict=verdict, scores=scores, acts=tuple(acts))

    def _windows(self, prospect: str, rep: str) -> Iterator[tuple[list[int], int, list[tuple[int, int]]]]:
        """Yield token ids, the place of the reply's first token, and the characters of each of its tokens."""
        begin, end = self._settings["begin"], self._settings["end"]
        whose = self._tokenizer.encode(prospect[-1000:], add_special_tokens=False)
        first = [begin, *whose.ids[-self._settings["max_prospect_tokens"] :], end, end]
        said = self._tokenizer.encode(rep, add_special_tokens=False)
        room = self._settings["max_tokens"] - len(first) - 1
        room = room if len(said.ids) <= room else WINDOW
        start = 0
        while True:
            yield [*first, *said.ids[start : start + room], end], len(first), said.offsets[start : start + room]
            if start + room >= len(said.ids):
                return
            start += room - OVERLAP

    def _run(self, side: Side, ids: list[int], first: int, offsets: list[tuple[int, int]]) -> Reading:
        row = np.array([ids], np.int64)
        # Whose words, to whom: 0 the prospect's and 1 the rep's where the prospect is away, 2 and 3 where they are in.
        kinds = (np.arange(len(ids)) >= first).astype(np.int64)[None] + (0 if side is Side.AWAY else 2)
        feed = {"ids": row, "mask": np.ones_like(row), "kinds": kinds}
        verdicts, shown, parts = (found[0] for found in self._session.run(["verdict", "shows", "parts"], feed))
        if side is Side.AWAY:
            verdicts[KINDS.index(Verdict.STEP_IN)] = IMPOSSIBLE
        return Reading(
            verdicts=verdicts,
            acts=1 / (1 + np.exp(-shown)),
            offsets=offsets,
            tokens=_softmax(parts[first : first + len(offsets)]),
        )

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        if not self.multiplies_exactly():
            options.add_session_config_entry("session.x64quantprecision", "1")  # right, at twice the time
        return onnxruntime.InferenceSession((self._folder / "judge.onnx").read_bytes(), options)

    def multiplies_exactly(self) -> bool:
        """Whether the largest eight-bit products come out right: x64 processors without VNNI overflow in them."""
        import onnxruntime

        probe = onnxruntime.InferenceSession((self._folder / "products.onnx").read_bytes())
        (products,) = probe.run(None, {"a": np.full((4, 64), 255, np.uint8)})
        return bool(np.all(products == 64 * 255 * 127))

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        return Tokenizer.from_str((self._folder / "tokenizer.json").read_text(encoding="utf-8"))


def _kinds_shown(verdict: Verdict) -> tuple[Verdict, ...]:
    """Which acts may be told beside a verdict: a push that gives room first shows both, a step back shows no push."""
    return {
        Verdict.PRESSURE: (Verdict.STEP_BACK, Verdict.PRESSURE),
        Verdict.STEP_BACK: (Verdict.STEP_BACK,),
        Verdict.STEP_IN: (Verdict.STEP_IN, Verdict.STEP_BACK),
    }.get(verdict, ())


def _softmax(logits: npt.NDArray[Any]) -> Floats:
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    found: Floats = raised / raised.sum(axis=-1, keepdims=True)
    return found
