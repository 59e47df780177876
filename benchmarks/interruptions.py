"""Interruptions by the rules alone, counted in samples: how soon a prospect is silent, what stops them for nothing.

A sound is played over a line of the prospect. The times hold what the loudspeaker takes to be silent once it is told
(`SILENT_S`), not the microphone's block of 20 ms. They count from the reply's first sample over -46 dB of its peak; a
second row counts from its first 20 ms over -30 dB, where it is loud enough to be heard over a voice.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.short_sounds import MOUTHS, echo, level, short_sounds
from benchmarks.spoken import RATE, Sound, room, speak, texts
from voicecoach.hear.floor import FloorRules, Ruling
from voicecoach.hear.speech import SpeechDetector

LEAD_S = 1.2
"""The prospect speaks for so long before anything else is heard."""
SILENT_S = 0.025
"""The loudspeaker over PulseAudio was silent 1 to 24 ms after it was told (eight times, on a busy machine)."""
PAUSE_S = 0.3
"""A silence up to this, after which they go on at the same sample, is a pause; more is a stop."""


@dataclass(frozen=True)
class Heard:
    """What the rules made of one sound."""

    silences: tuple[tuple[float, float], ...]
    """When the prospect fell silent, in seconds from the sound's first sample, and for how long."""
    yielded: bool

    @property
    def first_s(self) -> float:
        """When they first fell silent; infinite: never."""
        return self.silences[0][0] if self.silences else np.inf

    @property
    def silent_s(self) -> float:
        """How long in all."""
        return sum(length for _, length in self.silences)

    @property
    def stopped(self) -> bool:
        """Whether it was more than a pause."""
        return self.yielded or any(length > PAUSE_S for _, length in self.silences)


def rule(sound: Sound, line: Sound, leak: Sound | None = None) -> Heard:
    """Let a sound begin while the prospect speaks; `leak` is what the microphone hears of the loudspeaker."""
    rules = FloorRules(SpeechDetector().feed)
    heard = room(LEAD_S + len(sound) / RATE + 2.0, np.random.default_rng(5))
    start = round(LEAD_S * RATE)
    heard[start : start + len(sound)] += sound
    if leak is not None:
        heard[: len(leak)] += leak[: len(heard)]
    played = np.resize(line, len(heard))
    silences: list[tuple[float, float]] = []
    since: float | None = None
    for at in range(0, len(heard) - 320, 320):
        given = played[at : at + 320] if since is None else np.zeros(320, np.float32)
        ruling = rules.feed(_pcm(heard[at : at + 320]), _pcm(given))
        now_s = (at + 320) / RATE - LEAD_S
        if ruling is Ruling.STOP:
            since = now_s
        elif since is not None and ruling is not Ruling.WAIT:
            silences.append((since, now_s - since))
            since = None
        if ruling is Ruling.YIELD:
            return Heard(tuple(silences), yielded=True)
    return Heard(tuple(silences), yielded=False)


def _pcm(sound: Sound) -> bytes:
    return (np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes()


def audible_s(sound: Sound) -> float:
    """Return where the first 20 ms over -30 dB of the loudest begin."""
    frames = np.sqrt((sound[: len(sound) // 320 * 320].reshape(-1, 320) ** 2).mean(axis=1))
    return float(np.flatnonzero(frames > 10 ** (-30 / 20) * frames.max())[0]) * 0.02


def false_ones(line: Sound) -> None:
    """Print what short sounds do to a line."""
    found: dict[str, list[Heard]] = defaultdict(list)
    for kind, sound in short_sounds():
        found[kind].append(rule(sound, line))
    for number, text in enumerate(texts(12, "echo")):
        chance = np.random.default_rng(number)
        said = level(speak(text, MOUTHS[number % len(MOUTHS)]), 0.4)
        leak = echo(said, chance, chance.uniform(-30, -12))
        found["own echo"].append(rule(np.zeros(len(said), np.float32), said, leak))
    print(
        f"{'short sound':<20}{'sounds':>7}{'paused':>8}{'stopped':>9}"
        f"{'lost line':>11}{'silent, median s':>18}{'most':>7}"
    )
    for kind, all_of_it in found.items():
        print(f"{kind:<20}{_counts(all_of_it)}")
    named = [one for kind, all_of_it in found.items() if not kind.startswith("yeah") for one in all_of_it]
    print(f"{'all but words':<20}{_counts(named)}\n")


def _counts(found: Sequence[Heard]) -> str:
    stopped = sum(one.stopped for one in found)
    silent = [one.silent_s for one in found if one.silences]
    paused, lost = len(silent) - stopped, sum(one.yielded for one in found)
    times = f"{np.median(silent):>18.2f}{max(silent):>7.2f}" if silent else f"{'-':>18}{'-':>7}"
    return f"{len(found):>7}{paused:>8}{stopped:>9}{lost:>11}{times}"


def real_ones(line: Sound) -> None:
    """Print how soon replies silence the prospect."""
    replies = [
        level(speak(text, MOUTHS[number % len(MOUTHS)])[: 3 * RATE], 0.3)
        for number, text in enumerate(texts(48, "interrupt"))
    ]
    found = [rule(reply, line) for reply in replies]
    resumed = sum(len(one.silences) > 1 for one in found)
    print(f"{len(found)} replies that begin over the prospect: {sum(one.yielded for one in found)} took the floor,")
    print(f"{resumed} after the prospect had gone on once more\n")
    print(f"{'time to silence':<38}{'median ms':>10}{'90 %':>7}{'within 200 ms':>15}")
    late = [audible_s(reply) for reply in replies]
    last = [one.silences[-1][0] if one.yielded else np.inf for one in found]
    _print_times("from the first sample", [one.first_s for one in found])
    _print_times("from the first audible sample", [one.first_s - s for one, s in zip(found, late, strict=True)])
    _print_times("the silence that lasts, first sample", last)


def _print_times(what: str, times_s: Sequence[float]) -> None:
    ms = 1000 * (np.array(times_s) + SILENT_S)
    print(f"{what:<38}{np.median(ms):>10.0f}{np.percentile(ms, 90):>7.0f}{sum(ms <= 200):>9} of {len(ms)}")


def main() -> None:
    """Print both."""
    line = level(
        speak("I would like to think about it, and then I would like to ask my partner what she says.", MOUTHS[0]), 0.4
    )
    false_ones(line)
    real_ones(line)


if __name__ == "__main__":
    main()
