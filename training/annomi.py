#!/usr/bin/env python3
"""Measures the judge beyond selling: do counsellors whose talks are held to be poor push more at a client who resists?

AnnoMI (Wu et al. 2022, https://github.com/uccollab/AnnoMI): 133 written-out counselling talks that show good or poor
interviewing (`mi_quality` high or low), in which experts marked each line of the client as talk of change, of staying as it is
(sustain), or neither. It is measured on, never trained on, and no part of it lies here. Lying as `made/AnnoMI-full.csv`, it gets
a section in the card.

    PYTHONPATH=.. ../.venv-train/bin/python annomi.py AnnoMI-full.csv
"""

import csv
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from voicecoach.events import Side
from voicecoach.judge.trained import TrainedJudge

Talk = list[tuple[str, str]]
"""What a client who resists said, and what they were answered."""


def read_talks(path: Path) -> dict[tuple[str, bool], Talk]:
    """Return by talk, (its id, whether it is a poor one), each answer to a line that resists; talks without one are left out."""
    lines: dict[tuple[str, bool], dict[int, dict[str, str]]] = defaultdict(dict)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            # Where several experts marked a talk, each line stands there several times: the first counts.
            lines[row["transcript_id"], row["mi_quality"] == "low"].setdefault(int(row["utterance_id"]), row)
    talks: dict[tuple[str, bool], Talk] = defaultdict(list)
    for talk, rows in lines.items():
        for number, row in rows.items():
            after = rows.get(number + 1)
            if row["client_talk_type"] == "sustain" and after and after["interlocutor"] == "therapist":
                talks[talk].append((row["utterance_text"], after["utterance_text"]))
    return dict(talks)


def measure(judge: TrainedJudge, path: Path) -> str:
    """Return one sentence: the area under the curve by talk, by the mean score of pressure in the answers, with its 95 % interval."""
    talks = read_talks(path)
    pushes = np.array(
        [np.mean([one.scores["pressure"] for one in judge.judge_many([(Side.AWAY, *pair) for pair in talk])]) for talk in talks.values()]
    )
    low = np.array([poor for _, poor in talks])
    chance = np.random.default_rng(1)
    drawn = [chance.integers(0, len(low), len(low)) for _ in range(2000)]
    least, most = np.quantile([roc_auc_score(low[some], pushes[some]) for some in drawn if 0 < low[some].sum() < len(some)], [0.025, 0.975])
    return (
        f"{sum(map(len, talks.values()))} answers to clients who resist, in {len(low)} talks, {low.sum()} of them poor: AUC by talk "
        f"{roc_auc_score(low, pushes):.3f} ({least:.3f}–{most:.3f}); mean score of pressure {pushes[low].mean():.2f} in the poor, {pushes[~low].mean():.2f} in the good ones."
    )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("which file? Type: PYTHONPATH=.. ../.venv-train/bin/python annomi.py AnnoMI-full.csv (from https://github.com/uccollab/AnnoMI)")
    print(measure(TrainedJudge(), Path(sys.argv[1])))
