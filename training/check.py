#!/usr/bin/env python3
"""Check files of labelled situations: python3 training/check.py FILE… (training/WRITING.md says how they are written)."""

import collections
import json
import sys

SIDES = {
    "away": {"step_back", "pressure", "neutral"},
    "in": {"step_back", "pressure", "step_in", "neutral"},
}
ACTS = {
    "step_back": "give_time affirm_choice invite_no encourage_reflection release acknowledge".split(),
    "pressure": "urgency scarcity incentive_now fear guilt argue demand_reason belittle assume_sale "
    "push_close pin_down repeat_pitch".split(),
    "step_in": "answer give_reason offer_next_step".split(),
}
HARD = set(
    " twin taken_back let_go negated sarcasm polite blunt asks_leave demands_reason hint two_sides bait_words "
    "room_words plays_down lunge fact".split(" ")
)
KNOWN = {act for acts in ACTS.values() for act in acts}


def faults(reply: dict) -> list[str]:
    """Every way in which one reply breaks the format, in words; empty where it is sound."""
    found = []
    side, verdict, rep = reply.get("side"), reply.get("verdict"), reply.get("rep", "")
    if side not in SIDES:
        return [f"side {side!r} is neither away nor in"]
    if verdict not in SIDES[side]:
        found.append(f"verdict {verdict!r} cannot stand on side {side}")
    if not rep or not reply.get("prospect"):
        found.append("prospect or rep is empty")
    if not 1 <= len(rep.split()) <= 110:
        found.append(f"{len(rep.split())} words")
    if reply.get("hard") not in HARD:
        found.append(f"hard {reply.get('hard')!r} is no known tag")
    names = [act[0] for act in reply.get("acts", [])]
    for act, words in reply.get("acts", []):
        if act not in KNOWN:
            found.append(f"act {act!r} is not in the codebook")
        if words not in rep or not words:
            found.append(f"the words {words!r} are not in the reply, letter for letter")
    if verdict == "neutral" and names:
        found.append("a neutral reply shows no act")
    if verdict in ACTS and not set(names) & set(ACTS[verdict]):
        found.append(f"verdict {verdict}, but no act of that kind")
    if verdict == "step_back" and set(names) & set(ACTS["pressure"]):
        found.append("a step_back shows no act of pressure")
    return found


def main() -> int:
    """Print each fault as FILE:LINE:REPLY and a count per file; exit 1 where there was one."""
    bad, seen = 0, {}
    for path in sys.argv[1:]:
        tally, total, hard, heads = collections.Counter(), 0, 0, collections.Counter()
        with open(path, encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                try:
                    situation = json.loads(line)
                    replies = situation["replies"]
                except (ValueError, KeyError) as error:
                    bad += 1
                    print(f"{path}:{number}: not a situation: {error}")
                    continue
                for index, reply in enumerate(replies, 1):
                    key = (reply.get("side"), reply.get("rep", "").lower())
                    wrong = faults(reply)
                    if key in seen and reply.get("hard") != "two_sides":
                        wrong.append(f"already written at {seen[key]}")
                    seen[key] = f"{path}:{number}:{index}"
                    for fault in wrong:
                        bad += 1
                        print(f"{path}:{number}:{index}: {fault}")
                    tally[reply.get("side"), reply.get("verdict")] += 1
                    total, hard = total + 1, hard + bool(reply.get("hard"))
                    heads[" ".join(reply.get("rep", "").lower().split()[:2])] += 1
        print(f"{path}: {total} replies, {hard} hard, {dict(tally)}; first words most used: {heads.most_common(5)}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
