"""The speech detector works in its caller's thread: a server has one for each call."""

import subprocess
import sys

COUNT = """
import os, threading
import numpy as np
before = os.environ.get("OMP_THREAD_LIMIT")
from voicecoach.hear.speech import SpeechDetector
def threads(): return len(os.listdir("/proc/self/task"))
began = threads()
noise = (np.random.default_rng(1).normal(size=16_000) * 3000).astype("<i2").tobytes()
found = SpeechDetector().feed(noise)
print(len(found), threads() - began, os.environ.get("OMP_THREAD_LIMIT") == before)
"""


def test_it_starts_no_thread_and_leaves_the_environment_as_it_was() -> None:
    told = subprocess.run([sys.executable, "-c", COUNT], capture_output=True, text=True, check=True, timeout=120)

    assert told.stdout.split() == ["31", "0", "True"]
