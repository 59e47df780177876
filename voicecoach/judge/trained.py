"""The judge: a small encoder, fine-tuned on this project's own labelled replies, by ONNX Runtime on one core.

It reads the side, the prospect's last line and the reply, and gives three things at once: calibrated scores of the four
verdicts, which acts the reply shows, and which words show them. `model/CARD.md` says how well.
"""

import json
from collections.abc import Iterator, Sequence
from functools import cached_property
from importlib import resources
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from voicecoach.events import ACTS, Act, Judgement, Side, Verdict
from voicecoach.judge.spans import find_stretches
from voicecoach.judge.unreadable import why_unreadable

Floats = npt.NDArray[np.float32]
Window = tuple[int, Floats, list[tuple[int, int]], Floats]
"""First character, verdict logits, the characters of each token, token chances."""
KINDS: Final = (Verdict.STEP_BACK, Verdict.PRESSURE, Verdict.STEP_IN, Verdict.NEUTRAL)
WINDOW, OVERLAP = 36, 16
"""Tokens of a window over a reply too long to be read at once, and how many two neighbours share."""
SHORT_WORDS: Final = 2
SURE_OF_SHORT: Final = 0.9
"""What a verdict on so few words must reach: "okay" and "sure" say too little for less."""
MAX_CHARACTERS: Final = 100_000
"""Four hours of talk; what comes after is not read."""
IMPOSSIBLE: Final = -1e4


class TrainedJudge:
    """Judges replies; loads its model at the first one."""

    def __init__(self) -> None:
        self._folder = resources.files("voicecoach") / "judge" / "model"
        self._settings: dict[str, Any] = json.loads((self._folder / "judge.json").read_text(encoding="utf-8"))

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
        windows = [
            (number, *window)
            for number, (_, prospect, rep) in enumerate(asked)
            if not why_unreadable(rep)
            for window in self._windows(prospect, rep[:MAX_CHARACTERS])
        ]
        read: dict[int, list[Window]] = {}
        for number, ids, first, offsets in windows:
            verdicts, parts = self._run(asked[number][0], ids, first)
            read.setdefault(number, []).append((offsets[0][0], verdicts, offsets, parts[first : first + len(offsets)]))
        return [self._judgement(side, rep, read.get(number, [])) for number, (side, _, rep) in enumerate(asked)]

    def _judgement(self, side: Side, rep: str, windows: list[Window]) -> Judgement:
        possible = [kind for kind in KINDS if side is Side.IN or kind is not Verdict.STEP_IN]
        if not windows:
            even = {kind.value: 1 / len(possible) if kind in possible else 0.0 for kind in KINDS}
            return Judgement(verdict=Verdict.UNCLEAR, scores=even, acts=())
        # A long talk that pushes anywhere has pushed: its most pressing window speaks for it.
        _, logits, _, _ = max(windows, key=lambda window: float(window[1][1] - np.delete(window[1], 1).max()))
        chances = _softmax(
            np.where([kind in possible for kind in KINDS], logits, IMPOSSIBLE) / self._settings["temperature"]
        )
        scores = {kind.value: round(float(chance), 4) for kind, chance in zip(KINDS, chances, strict=True)}
        best = KINDS[int(chances.argmax())]
        scores[best.value] = round(scores[best.value] + 1 - sum(scores.values()), 4)
        least = SURE_OF_SHORT if len(rep.split()) <= SHORT_WORDS else self._settings["abstains_under"]
        sure = float(chances.max()) >= least
        names = self._settings["acts"]
        shown = [act for kind in _kinds_shown(best) for act in ACTS[kind]]
        must = ACTS.get(best, ())
        acts: list[Act] = []
        for _, _, offsets, tokens in sorted(windows, key=lambda window: window[0]):
            acts += [
                a
                for a in find_stretches(rep, offsets, tokens, names, shown, must)
                if not acts or a.start >= acts[-1].end
            ]
        return Judgement(verdict=best if sure else Verdict.UNCLEAR, scores=scores, acts=tuple(acts))

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

    def _run(self, side: Side, ids: list[int], first: int) -> tuple[Floats, Floats]:
        """Return verdict logits (4) and token chances (t, 1 + acts)."""
        row = np.array([ids], np.int64)
        # Whose words, to whom: 0 the prospect's and 1 the rep's where the prospect is away, 2 and 3 where they are in.
        kinds = (np.arange(len(ids)) >= first).astype(np.int64)[None] + (0 if side is Side.AWAY else 2)
        feed = {"ids": row, "mask": np.ones_like(row), "kinds": kinds}
        verdicts, parts = self._session.run(["verdict", "parts"], feed)
        return verdicts[0], _softmax(parts[0])

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        return onnxruntime.InferenceSession((self._folder / "judge.onnx").read_bytes(), options)

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
