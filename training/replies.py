"""The labelled replies as training and the card read them: one flat row a reply, split by situation."""

import difflib
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

HERE = Path(__file__).parent
SITUATIONS = HERE / "situations"
AGAINST_JUDGE = tuple(f"plain_{name}-" for name in "home showroom callcenter finance b2b trade short helping counsel".split())
"""Situations written against an earlier judge: chosen by its errors, they tell nothing of how a reply usually goes on."""
SPOKEN = HERE / "spoken.jsonl"
"""Training replies once more, as tiny.en heard them from synthetic voices (speak.py)."""
FRESH = HERE / "fresh.jsonl"
"""Situations by writers who saw neither the data nor the judge; never trained on, no threshold chosen on them."""
EXAMPLES = HERE.parent.parent / "shared" / "examples"
HELD_OUT_PERCENT = 15
CHOOSING_PERCENT = 8
"""Situations on which thresholds are chosen; neither trained on nor reported."""
SHINGLE_WORDS = 4
UNDERSTOOD = 0.65
"""Share of words that the recognizer must have kept: of a reply heard worse, the label may no longer be true."""
ALIKE = 0.5
"""Share of four-word stretches in common from which two replies count as near-duplicates."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One labelled reply."""

    name: str
    business: str
    register: str
    heard: bool
    side: str
    prospect: str
    rep: str
    verdict: str
    acts: tuple[tuple[str, int, int], ...]
    """Act, first character, one past the last."""
    hard: str
    part: str
    """``train``, ``choosing`` or ``held_out``; all replies of a situation are in one part."""


SAYINGS = "plain"
"""Situations of sayings that everybody knows: always learnt from, since to hold them out would measure nothing."""


def part_of(situation: str) -> str:
    """Return the part that a situation belongs to, by its name alone, so that more data moves nothing."""
    if situation.startswith(SAYINGS):
        return "train"
    place = int(hashlib.sha256(f"split-1:{situation}".encode()).hexdigest(), 16) % 100
    if place < HELD_OUT_PERCENT:
        return "held_out"
    return "choosing" if place < HELD_OUT_PERCENT + CHOOSING_PERCENT else "train"


def read_situations(folder: Path = SITUATIONS) -> list[Reply]:
    """Read all situations, in the order of their files."""
    return [reply for path in sorted(folder.glob("*.jsonl")) for reply in _read(path)]


def read_usual() -> list[Reply]:
    """Read the situations that were not chosen by a judge's errors."""
    return [reply for reply in read_situations() if not reply.name.startswith(AGAINST_JUDGE)]


def _read(path: Path) -> list[Reply]:
    situations = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [_reply(one, number, reply) for one in situations for number, reply in enumerate(one["replies"], 1)]


def read_spoken(replies: list[Reply]) -> list[Reply]:
    """Return the replies that were spoken and heard, with the words and stretches as heard."""
    known = {reply.name: reply for reply in replies}
    rows = map(json.loads, SPOKEN.read_text(encoding="utf-8").splitlines()) if SPOKEN.exists() else ()
    found = []
    for row in rows:
        if row["name"] in known and understood(known[row["name"]].rep, row["rep"]) >= UNDERSTOOD:
            reply = known[row["name"]]
            acts = tuple(carried(reply, row["rep"]))
            found.append(replace(reply, name=f"{reply.name}:heard", heard=True, rep=row["rep"], acts=acts))
    return found


def carried(reply: Reply, heard: str) -> Iterator[tuple[str, int, int]]:
    """Yield the acts with the place of their words as heard, by aligning them with what was said; those whose words were lost are left out."""
    said, got = ([(m.start(), m.end(), m.group().lower()) for m in re.finditer(r"[\w']+", text)] for text in (reply.rep, heard))
    matcher = difflib.SequenceMatcher(None, [word for *_, word in said], [word for *_, word in got], autojunk=False)
    where: dict[int, int] = {}
    for tag, a0, a1, b0, b1 in matcher.get_opcodes():
        if tag == "equal" or (tag == "replace" and a1 - a0 == b1 - b0):
            where |= dict(zip(range(a0, a1), range(b0, b1), strict=True))
    for act, start, end in reply.acts:
        inside = [where[i] for i, (first, last, _) in enumerate(said) if first < end and last > start and i in where]
        if inside:
            yield act, got[min(inside)][0], got[max(inside)][1]


def understood(said: str, heard: str) -> float:
    """Return the share of words in common, in order."""
    words = [re.findall(r"[a-z0-9']+", text.lower()) for text in (said, heard)]
    return difflib.SequenceMatcher(None, *words, autojunk=False).ratio()


def _reply(one: dict, number: int, reply: dict) -> Reply:
    acts = []
    for act, words in reply["acts"]:
        start = reply["rep"].index(words)
        acts.append((act, start, start + len(words)))
    return Reply(
        name=f"{one['situation']}:{number}",
        business=one["business"],
        register=one["register"],
        heard=bool(one.get("heard")),
        side=reply["side"],
        prospect=reply["prospect"],
        rep=reply["rep"],
        verdict=reply["verdict"],
        acts=tuple(sorted(acts, key=lambda act: act[1])),
        hard=reply["hard"],
        part=part_of(one["situation"]),
    )


def read_examples(folder: Path = EXAMPLES) -> list[Reply]:
    """Read the yardstick beside the project; empty where it is not there. Never trained on, no threshold chosen on it."""
    found = []
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            one = json.loads(line)
            acts = []
            for act in one.get("acts", []):
                start = one["rep"].find(act["words"])
                if start >= 0:
                    acts.append((act["act"], start, start + len(act["words"])))
            found.append(
                Reply(
                    name=one["id"],
                    business="",
                    register="",
                    heard=one["rep"] == one["rep"].lower() and not re.search(r"[.?!]", one["rep"]),
                    side=one["side"],
                    prospect=one["prospect"],
                    rep=one["rep"],
                    verdict=one["label"],
                    acts=tuple(sorted(acts, key=lambda act: act[1])),
                    hard="hard" if one.get("hard") else "",
                    part="examples",
                )
            )
    return found


def shingles(text: str) -> set[tuple[str, ...]]:
    """Return the stretches of four words (the whole text where it is shorter)."""
    words = re.findall(r"[a-z0-9']+", text.lower())
    if len(words) <= SHINGLE_WORDS:
        return {tuple(words)}
    return {tuple(words[i : i + SHINGLE_WORDS]) for i in range(len(words) - SHINGLE_WORDS + 1)}


def near_duplicates(train: list[Reply], others: list[Reply]) -> Iterator[tuple[Reply, Reply]]:
    """Yield pairs of a training reply and another one that are nearly the same words."""
    where: dict[tuple[str, ...], set[int]] = {}
    cut = [shingles(reply.rep) for reply in train]
    for number, pieces in enumerate(cut):
        for piece in pieces:
            where.setdefault(piece, set()).add(number)
    for other in others:
        mine = shingles(other.rep)
        for number in set().union(*(where.get(piece, set()) for piece in mine)):
            if len(mine & cut[number]) / min(len(mine), len(cut[number])) >= ALIKE:
                yield train[number], other


def split() -> dict[str, list[Reply]]:
    """Return the three parts, the fresh ones and the examples; training replies that nearly stand elsewhere are left out."""
    parts: dict[str, list[Reply]] = {"train": [], "choosing": [], "held_out": []}
    for reply in read_situations():
        parts[reply.part].append(reply)
    parts["fresh"] = [replace(reply, part="fresh") for reply in _read(FRESH)]
    parts["examples"] = read_examples()
    elsewhere = [reply for name, part in parts.items() if name != "train" for reply in part]
    doubles = {one.name for one, _ in near_duplicates(parts["train"], elsewhere) if not one.name.startswith(SAYINGS)}
    parts["train"] = [reply for reply in parts["train"] if reply.name not in doubles]
    parts["train"] += read_spoken(parts["train"])
    parts["removed"] = [reply for reply in read_situations() if reply.name in doubles]
    return parts
