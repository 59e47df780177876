"""Interruptions by the rules alone, counted in samples: how soon a prospect is silent, what stops them for nothing.

The time that is printed holds what the loudspeaker has ready and out of reach, not the microphone's block of 20 ms.
"""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from benchmarks.short_sounds import MOUTHS, echo, level, short_sounds
from benchmarks.spoken import RATE, Sound, room, speak, texts
from voicecoach.deliver.speaker import QUICK_S
from voicecoach.hear.floor import FloorRules, Ruling
from voicecoach.hear.speech import SpeechDetector

LEAD_S = 1.2
"""The prospect speaks for so long before anything else is heard."""


@dataclass(frozen=True)
class Heard:
    """What the rules made of one sound."""

    stopped_s: float | None
    """From the sound's first sample to the ruling; None: the prospect went on."""
    yielded: bool
    silent_s: float
    """How long they were silent before they took the line up again."""


def rule(sound: Sound, line: Sound, leak: Sound | None = None) -> Heard:
    """Let a sound begin while the prospect speaks; `leak` is what the microphone hears of the loudspeaker."""
    rules = FloorRules(SpeechDetector().feed)
    heard = room(LEAD_S + len(sound) / RATE + 2.0, np.random.default_rng(5))
    start = round(LEAD_S * RATE)
    heard[start : start + len(sound)] += sound
    if leak is not None:
        heard[: len(leak)] += leak[: len(heard)]
    played = np.resize(line, len(heard))
    stopped, taken_up, yielded, silent = None, None, False, False
    for at in range(0, len(heard) - 320, 320):
        given = np.zeros(320, np.float32) if silent else played[at : at + 320]
        ruling = rules.feed(_pcm(heard[at : at + 320]), _pcm(given))
        now_s = (at + 320) / RATE - LEAD_S
        if ruling is Ruling.STOP:
            stopped, silent = (now_s if stopped is None else stopped), True
        elif ruling is Ruling.TAKE_UP:
            taken_up, silent = now_s, False
        elif ruling is Ruling.YIELD:
            yielded = True
            break
    return Heard(stopped, yielded, (taken_up or now_s) - stopped if stopped is not None else 0.0)


def _pcm(sound: Sound) -> bytes:
    return (np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes()


def main() -> None:
    line = level(
        speak("I would like to think about it, and then I would like to ask my partner what she says.", MOUTHS[0]), 0.4
    )
    print(f"{'short sound':<22}{'sounds':>7}{'stopped':>9}{'lost line':>11}{'silent, median s':>18}")
    found: dict[str, list[Heard]] = defaultdict(list)
    for kind, sound in short_sounds():
        found[kind].append(rule(sound, line))
    for number in range(12):
        chance = np.random.default_rng(number)
        said = level(speak(texts(12, "echo")[number], MOUTHS[number % len(MOUTHS)]), 0.4)
        leak = echo(said, chance, chance.uniform(-30, -12))
        found["own echo"].append(rule(np.zeros(len(said), np.float32), said, leak))
    for kind, all_of_it in found.items():
        stops = [one for one in all_of_it if one.stopped_s is not None]
        silent = f"{np.median([one.silent_s for one in stops]):.2f}" if stops else "-"
        print(f"{kind:<22}{len(all_of_it):>7}{len(stops):>9}{sum(one.yielded for one in stops):>11}{silent:>18}")
    named = [one for kind, all_of_it in found.items() if not kind.startswith("yeah") for one in all_of_it]
    false = sum(one.stopped_s is not None for one in named)
    print(f"false stops: {false} of {len(named)} ({100 * false / len(named):.0f} %), words of listening not counted\n")

    times = []
    for number, text in enumerate(texts(48, "interrupt")):
        one = rule(level(speak(text, MOUTHS[number % len(MOUTHS)])[: 3 * RATE], 0.3), line)
        times.append(one.stopped_s if one.stopped_s is not None and one.yielded else np.inf)
    silence_ms = [1000 * (at_s + QUICK_S) for at_s in times]
    within = sum(ms <= 200 for ms in silence_ms)
    print(f"{len(times)} replies that begin over the prospect: {sum(np.isfinite(times))} took the floor")
    print(
        f"time to silence, with {1000 * QUICK_S:.0f} ms of the loudspeaker: median {np.median(silence_ms):.0f} ms, "
        f"90th percentile {np.percentile(silence_ms, 90):.0f} ms, within 200 ms {within} of {len(times)}"
    )


if __name__ == "__main__":
    main()
