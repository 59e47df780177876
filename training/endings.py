#!/usr/bin/env python3
"""Trains the rule that ends turns: voicecoach/hear/ending.npz, from written replies and from pauses.jsonl.

    .venv/bin/python -m training.endings       # from the repository's root; a minute; the same numbers each time

First the words: written replies, cut at their punctuation and now and then between two words, are finished at their
end and nowhere else. Then, on the pauses of spoken replies, what the words say is joined with the voice and the pauses
before. Both are logistic regressions.
"""

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from training.pauses import FILE
from training.replies import read_situations
from voicecoach.hear import ending, thought

Floats = npt.NDArray[np.float64]
BETWEEN_WORDS = 0.12
"""Share of the places between two words at which a reply is cut as well: people stop to think anywhere."""
ROUNDS = 3


def cuts(text: str, chance: random.Random) -> Iterator[tuple[str, bool]]:
    """Yield a reply, or its end from some sentence on, up to each place where it may pause; the last is its end."""
    pieces = list(re.finditer(r"[A-Za-z0-9'’]+|[.?!]+|[,;:—–]", text))
    words = [bool(re.match(r"[A-Za-z0-9'’]", piece[0])) for piece in pieces]
    sentences = [0] + [n + 1 for n, piece in enumerate(pieces[:-1]) if piece[0][0] in ".?!"]
    first = chance.choice([0, chance.choice(sentences)])
    last = max((n for n, word in enumerate(words) if word), default=-1)
    for n in range(first, last + 1):
        if not words[n]:
            continue
        if n == last or not words[n + 1] or chance.random() < BETWEEN_WORDS:
            yield text[pieces[first].start() : pieces[n].end()], n == last


def written(part: str) -> list[tuple[str, bool]]:
    """Return the cuts of all written replies of a part."""
    replies = [reply for reply in read_situations() if not reply.heard and (reply.part == "held_out") == (part == "held_out")]
    found = []
    for number in range(ROUNDS if part == "train" else 1):
        for reply in replies:
            found += cuts(reply.rep, random.Random(f"{reply.name} {number}"))
    return found


def train_words(rows: list[tuple[str, bool]]) -> Floats:
    """Return the weights of the words, the last one the constant: Adam on batches, with a penalty on large weights."""
    chance = np.random.default_rng(1)
    used = [thought.indices(text) for text, _ in rows]
    ends = np.array([end for _, end in rows], float)
    weights = np.zeros(thought.BUCKETS + 1)
    first, second = np.zeros_like(weights), np.zeros_like(weights)
    step = 0
    for _ in range(8):
        order = chance.permutation(len(rows))
        for start in range(0, len(order), 512):
            batch = order[start : start + 512]
            flat = np.concatenate([[*used[n], thought.BUCKETS] for n in batch])
            owner = np.repeat(np.arange(len(batch)), [len(used[n]) + 1 for n in batch])
            logit = np.bincount(owner, weights[flat], len(batch))
            error = (1 / (1 + np.exp(-logit)) - ends[batch]) / len(batch)
            slope = np.bincount(flat, error[owner], len(weights)) + 4e-4 * weights
            step += 1
            first = 0.9 * first + 0.1 * slope
            second = 0.999 * second + 0.001 * slope**2
            weights -= 0.01 * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
    return weights


def logistic(inputs: Floats, ends: Floats, penalty: float) -> Floats:
    """Return weights and the constant: Newton's method."""
    whole = np.c_[inputs, np.ones(len(inputs))]
    weights = np.zeros(whole.shape[1])
    ridge = penalty * np.eye(len(weights))
    ridge[-1, -1] = 1e-6
    for _ in range(30):
        sure = 1 / (1 + np.exp(-whole @ weights))
        slope = whole.T @ (sure - ends) + ridge @ weights
        weights -= np.linalg.solve((whole.T * (sure * (1 - sure))) @ whole + ridge, slope)
    return weights


def rank(scores: Floats, ends: Floats) -> float:
    """Return the area under the ROC curve."""
    order = np.argsort(np.argsort(scores))
    positive = ends > 0.5
    count = positive.sum()
    return float((order[positive].sum() - count * (count - 1) / 2) / (count * (len(ends) - count)))


def main() -> None:
    """Train, tell and write."""
    rows, held_out = written("train"), written("held_out")
    words = train_words(rows)
    told = np.array([words[[*thought.indices(text), thought.BUCKETS]].sum() for text, _ in held_out])
    print(f"words: {len(rows)} cuts; held out {len(held_out)}, AUC {rank(told, np.array([e for _, e in held_out], float)):.3f}")
    pauses = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
    inputs = {}
    for part in ("train", "held_out"):
        mine = [one for one in pauses if one["part"] == part]
        given = np.array([ending.inputs(one["text"], one["melody"], one["earlier_s"], words) for one in mine])
        inputs[part] = given, np.array([one["end"] for one in mine], float), mine
    given, ends, _ = inputs["train"]
    middle, spread = given.mean(axis=0), given.std(axis=0) + 1e-6
    weights = logistic((given - middle) / spread, ends, 3.0)
    for part, (given, ends, mine) in inputs.items():
        if not mine:
            continue
        told = (given - middle) / spread @ weights[:-1] + weights[-1]
        print(f"pauses, {part}: {len(mine)}, AUC {rank(told, ends):.3f}; words alone {rank(given[:, 0], ends):.3f}")
    for name, weight in zip(ending.INPUTS, weights, strict=False):
        print(f"  {name:<14}{weight:+.2f}")
    ending.save(words, middle, spread, weights)


if __name__ == "__main__":
    main()
