"""Writes the step-backs that a report may show (voicecoach/report/answers.json) from the labelled situations.

Each is one labelled reply, word for word, chosen because it fits whoever the prospect is: it names no product, price,
person or gender. The picks are this list; the words and the verdict come from the data, and a reply that is not labelled
``step_back`` there stops the script. Before one is shown, the judge must read it as a step back again.

    python training/pick_answers.py
"""

import json
from pathlib import Path

from replies import read_situations

TARGET = Path(__file__).parent.parent / "voicecoach" / "report" / "answers.json"
# Kind of reason: words of a persona's reason that show it (the first kind that fits is taken), and the picks.
KINDS = {
    "paper": (["paper", "in writing", "email", "letter"], ["plain-006:13"]),
    "left_alone": (["left alone", "called all", "stop calling", "no more calls"], ["plain-008:14", "plain-003:14"]),
    "other_offer": (["offer", "quote", "compare", "others first"], ["plain-004:1", "plain-004:2", "plain-004:3"]),
    "money": (["money", "budget", "afford", "expensive", "price"], ["plain-003:3", "plain-003:4", "plain-003:1"]),
    "burned": (["cheated", "burned", "let down", "last firm", "last time"], ["plain-001:16", "plain-005:4"]),
    "someone": (
        ["ask", "husband", "wife", "partner", "brother", "boss", "foreman", "board", "team", "family", "view", "judge"]
        + ["live with it", "hear from"],
        ["plain-002:2", "plain-010:2", "plain-005:3"],
    ),
    "doubt": (["believe", "convinced", "sure it", "works", "doubt"], ["plain-006:1", "plain-005:4"]),
    "not_now": (
        ["season", "driving", "wait", "busy", "dreads", "later", "no head", "not now"],
        ["plain-003:13", "plain-003:12", "plain-003:15"],
    ),
    "soft_no": (["lovely", "not yet", "polite"], ["plain-001:16", "plain-007:4"]),
    "time": (["think", "sleep on", "settle", "time"], ["plain-001:1", "plain-001:2", "plain-005:2"]),
}
ANY = ["plain-001:1", "plain-003:15", "plain-001:3"]


def main() -> None:
    known = {reply.name: reply for reply in read_situations()}

    def picked(names: list[str]) -> list[dict[str, str]]:
        for name in names:
            assert known[name].verdict == "step_back", name
        return [{"text": known[name].rep, "from": name} for name in names]

    kinds = [
        {"kind": kind, "words": words, "answers": picked(names)} for kind, (words, names) in KINDS.items()
    ] + [{"kind": "any", "words": [], "answers": picked(ANY)}]
    TARGET.write_text(json.dumps({"kinds": kinds}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{TARGET}: {sum(len(kind['answers']) for kind in kinds)} step-backs for {len(kinds)} kinds of reason")


if __name__ == "__main__":
    main()
