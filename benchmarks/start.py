"""How long ``voicecoach --help`` takes, beside importing faster-whisper."""

import subprocess
import sys
import time

RUNS = 7


def _median_s(words: list[str]) -> float:
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        subprocess.run([sys.executable, *words], check=True, capture_output=True)
        times.append(time.perf_counter() - began)
    return sorted(times)[RUNS // 2]


def main() -> None:
    """Print both."""
    ours = _median_s(["-m", "voicecoach.cli.main", "--help"])
    theirs = _median_s(["-c", "import faster_whisper"])
    print(f"voicecoach --help: {ours:.2f} s (aim 0.30)")
    print(f"import faster_whisper: {theirs:.2f} s · ratio {ours / theirs:.2f}")
