"""How soon a turn is taken for over, and how many replies are cut off: counted in samples, so no load changes it.

    python -m benchmarks.endings

It hears the replies of ../shared/latency (or of LATENCY_REPLIES) and people who read aloud; held-out pauses it reads.
Seconds of silence by the detector, up to the decision; recognition is taken to be ready by then. A reply is cut off if
a pause inside it was given less than it lasted.
"""

import json
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.latency import GIVEN, given_replies
from benchmarks.spoken import LEAD_S, RATE, Reply, room
from benchmarks.words import human
from training.pauses import FILE, pauses_of
from voicecoach import wiring
from voicecoach.hear import ending
from voicecoach.hear.speech import CHUNK_S

Pause = dict[str, Any]
"""A line of training/pauses.jsonl."""
SILENCES_S = (0.8, 1.6)
PATIENCES_S = (0.2, 0.4, 0.6, 0.8, ending.PATIENCE_S, 1.2, 1.5)


def outcome(pauses: Sequence[Pause], wait_s: Callable[[Pause], float]) -> tuple[list[float], int]:
    """Return the silence at the end of each reply, and how many replies are cut off."""
    delays, cut = [], set()
    for one in pauses:
        waited_s = math.ceil(wait_s(one) / CHUNK_S - 0.5) * CHUNK_S  # the detector looks once a chunk
        if one["end"]:
            delays.append(waited_s)
        elif waited_s <= one["lasts_s"] + CHUNK_S / 2:
            cut.add(one["reply"])
    return delays, len(cut)


def by_rule(patience_s: float = ending.PATIENCE_S) -> Callable[[Pause], float]:
    """Return the rule as a function of a line."""
    return lambda one: ending.silence_s(likely(one), patience_s) if one["text"] else ending.LONGEST_S


def likely(one: Pause) -> float:
    """Return the probability that a line is the end."""
    return ending.likely(one["text"], one["melody"], one["earlier_s"])


def trade(pauses: Sequence[Pause]) -> str:
    """Return cut-offs against silence, a row a rule."""
    rules: dict[str, Callable[[Pause], float]] = {f"silence of {s} s": lambda _, s=s: s for s in SILENCES_S}
    rules |= {f"patience {s} s": by_rule(s) for s in PATIENCES_S}
    rows = [f"{'':<22}median   90 %   mean   cut off"]
    for name, rule in rules.items():
        delays, cut = outcome(pauses, rule)
        here = " *" if name == f"patience {ending.PATIENCE_S} s" else ""
        rows.append(
            f"{name:<22}{np.median(delays):6.2f}{np.percentile(delays, 90):7.2f}{np.mean(delays):7.2f}"
            f"{cut:6} of {len(delays)}{here}"
        )
    return "\n".join(rows)


def heard(replies: Sequence[Reply]) -> list[Pause]:
    """Hear replies with tiny.en and return their pauses."""
    words = wiring.transcriber("tiny.en")
    return [one | {"reply": number} for number, reply in enumerate(replies) for one in pauses_of(reply, words)]


def people() -> list[Reply]:
    """Return the recordings of people, each with three seconds of room after it."""
    found = []
    for number, (text, sound) in enumerate(human()):
        whole = np.concatenate([np.zeros(round(LEAD_S * RATE), np.float32), sound, np.zeros(3 * RATE, np.float32)])
        whole += room(len(whole) / RATE + 1, np.random.default_rng(number))[: len(whole)]
        found.append(Reply(text, "human", whole, LEAD_S, LEAD_S + len(sound) / RATE, ()))
    return found


def main() -> None:
    """Print a table for each set; each pause as well where replies are heard anew."""
    for name, replies in ((GIVEN.name, given_replies()), ("people who read aloud", people())):
        pauses = heard(replies)
        print(f"\n{name}: {len(replies)} replies, {len(pauses)} pauses")
        for one in pauses:
            lasts = "end" if one["end"] else f"{one['lasts_s']:.2f}"
            print(f"{one['reply']:4} {lasts:>5} p {likely(one):.2f} given {by_rule()(one):.2f} s  {one['text'][-60:]}")
        print(trade(pauses) if pauses else "none here")
    held_out = [one for one in map(json.loads, FILE.read_text().splitlines()) if one["part"] == "held_out"]
    print(f"\nheld out: {len({one['reply'] for one in held_out})} replies, {len(held_out)} pauses\n{trade(held_out)}")


if __name__ == "__main__":
    main()
