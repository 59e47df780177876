"""How long ``voicecoach --help`` takes, beside importing faster-whisper, and how soon a prospect is heard.

The first word is timed by the wall clock, from the command to the first loud sample out of a virtual loudspeaker; it
needs pulseaudio, as the live tests do.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tests.live.conftest import SoundServer, sound_server, until
from voicecoach.ahead import QUIET

RUNS = 7
HEADER_BYTES = 44
"""Of the recording, a WAV: 16 000 samples a second, 16 bits each."""


def _median_s(words: list[str]) -> float:
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        subprocess.run([sys.executable, *words], check=True, capture_output=True)
        times.append(time.perf_counter() - began)
    return sorted(times)[RUNS // 2]


def _first_words_s() -> Sequence[float]:
    """Return the delay of each start; the first finds no line voiced before."""
    with sound_server() as server:
        return [_first_word_s(server, seed) for seed in range(1, RUNS + 1)]


def _first_word_s(server: SoundServer, seed: int) -> float:
    before = server.played.stat().st_size
    began_s = time.time()
    call = server.command("practice", "--seed", str(seed), "--input", "[microphone]", "--output", "[loudspeaker]")
    until(lambda: _first_loud(server.played, before) is not None, f"the prospect is heard: {call.printed}")
    now_s, size = time.time(), server.played.stat().st_size
    loud = _first_loud(server.played, before) or 0
    call.process.send_signal(signal.SIGINT)
    call.wait()
    # The recording's last sample is of now, give or take its 20 ms: counted back from there.
    return now_s - (size - before - loud) / 2 / 16_000 - began_s


def _first_loud(recording: Path, after: int) -> int | None:
    """Return how many bytes after a place in the recording the first loud sample is."""
    whole = recording.read_bytes()[max(HEADER_BYTES, after) :]
    samples = np.frombuffer(whole[: len(whole) // 2 * 2], "<i2").astype(int)
    loud = np.flatnonzero(np.abs(samples) > QUIET)
    return 2 * int(loud[0]) if len(loud) else None


def main() -> None:
    """Print all of it."""
    ours = _median_s(["-m", "voicecoach.cli.main", "--help"])
    theirs = _median_s(["-c", "import faster_whisper"])
    print(f"voicecoach --help: {ours:.2f} s (aim 0.30)")
    print(f"import faster_whisper: {theirs:.2f} s · ratio {ours / theirs:.2f}")
    first, *others = _first_words_s()
    print(f"voicecoach practice, to the prospect's first sound: {first:.2f} s the first time, then")
    print(f"  median {np.median(others):.2f} s, {min(others):.2f} to {max(others):.2f} (aim 1.50)")


if __name__ == "__main__":
    main()
