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
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.endings import trade
from benchmarks.spoken import some_sentences, texts
from training.pauses import FILE, PARTS
from training.replies import read_usual
from voicecoach.hear import ending, melody, thought

Floats = npt.NDArray[np.float64]
BETWEEN_WORDS = 0.12
"""Share of the places between two words at which a reply is cut as well: people stop to think anywhere."""
ROUNDS = 2
OF_VOICE = 400.0
"""Penalty on the weights of the voice: machines end every clause alike, and what they do tells little of people."""
OF_WORDS = 400.0
"""The words' log-odds are drawn to count as they do in writing: tiny.en hears people better than it hears old voices."""
OF_OTHERS = 150.0


def cuts(text: str, chance: random.Random) -> Iterator[tuple[str, bool]]:
    """Yield a reply, or some sentences of it, up to each place where it may pause; the last is its end.

    A sentence's end within a reply is so now an end and now a pause, as often as it is in spoken replies.
    """
    text = some_sentences(text, chance)
    pieces = list(re.finditer(r"[A-Za-z0-9'’]+|[.?!]+|[,;:—–]", text))
    words = [bool(re.match(r"[A-Za-z0-9'’]", piece[0])) for piece in pieces]
    last = max((n for n, word in enumerate(words) if word), default=-1)
    for n in range(last + 1):
        if words[n] and (n == last or not words[n + 1] or chance.random() < BETWEEN_WORDS):
            yield text[: pieces[n].end()], n == last


def written(part: str) -> list[tuple[str, bool]]:
    """Return the cuts of all written replies of a part, but not of those that are spoken for the second step.

    Of replies it has read, the first step would be surer than it ever is of new ones, and the second would trust it.
    """
    spoken = {text for name, count, seed, _ in PARTS if name == "train" for text in texts(count, seed, name)}
    found = []
    for number in range(ROUNDS if part == "train" else 1):
        for reply in read_usual():
            if not reply.heard and (reply.part == "held_out") == (part == "held_out") and reply.rep not in spoken:
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


def logistic(inputs: Floats, ends: Floats, penalty: Floats, towards: Floats) -> Floats:
    """Return weights and the constant: Newton's method, each weight drawn with its penalty to where it began."""
    whole = np.c_[inputs, np.ones(len(inputs))]
    first = np.r_[towards, 0.0]
    weights = first.copy()
    ridge = np.diag(np.r_[penalty, 1e-6])
    for _ in range(30):
        sure = 1 / (1 + np.exp(-whole @ weights))
        slope = whole.T @ (sure - ends) + ridge @ (weights - first)
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
    parts = {part: [one for one in pauses if one["part"] == part] for part in ("train", "held_out")}
    given, ends = known(parts["train"], words)
    middle, spread = given.mean(axis=0), given.std(axis=0) + 1e-6
    kinds = {"words": OF_WORDS} | dict.fromkeys(melody.NAMES, OF_VOICE)
    penalty = np.array([kinds.get(name, OF_OTHERS) for name in ending.INPUTS])
    towards = np.where(np.array(ending.INPUTS) == "words", spread, 0.0)
    weights = logistic(ending.scaled(given, middle, spread), ends, penalty, towards)
    for part, mine in parts.items():
        given, ends = known(mine, words)
        told = ending.scaled(given, middle, spread) @ weights[:-1] + weights[-1]
        print(f"pauses, {part}: {len(mine)}, AUC {rank(told, ends):.3f}; words alone {rank(given[:, 0], ends):.3f}")
    for name, weight in zip(ending.INPUTS, weights, strict=False):
        print(f"  {name:<16}{weight:+.2f}")
    ending.save(words, middle, spread, weights)
    print(trade(parts["held_out"]))


def known(pauses: list[dict[str, Any]], words: Floats) -> tuple[Floats, Floats]:
    """Return the inputs of pauses, and which are the end."""
    given = [ending.inputs(one["text"], one["melody"], one["earlier_s"], words) for one in pauses]
    return np.array(given), np.array([one["end"] for one in pauses], float)


if __name__ == "__main__":
    main()
