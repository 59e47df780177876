"""A served call measured from outside by voicebench, which knows nothing of voicecoach but the sound on its socket.

Recorded replies dance through a call: five answers, one of them over the prospect's own words (they must stop), and a
cough in the middle of a line (they must not). Printed: voicebench's own report. It is installed into ``.tools/``, so
that nothing of it comes into voicecoach's environment.
"""

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

from benchmarks.killed_server import ROOT, free_port, server
from voicecoach.web.client import RATE_HZ, sound_of

DANCE = ROOT / "audio_fixtures" / "calls" / "dance"
COUGH = ROOT / "audio_fixtures" / "calls" / "cough_and_keyboard" / "01.flac"
WANTED = Path(__file__).with_name("from_outside.txt")
AFTER_THEM = {"after": "agent_speech_end", "delay_ms": 700, "timeout_ms": 30_000}


def voicebench() -> Path:
    """Return the program, installed once from pinned content."""
    place = ROOT / ".tools" / f"voicebench-{hashlib.sha256(WANTED.read_bytes()).hexdigest()[:12]}"
    if not (place / ".ready").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", "--without-pip", place], check=True)
        pip = [sys.executable, "-m", "pip", "--python", place / "bin" / "python", "install", "-q"]
        subprocess.run([*pip, "--require-hashes", "--no-deps", "-r", WANTED], check=True)
        (place / ".ready").touch()
    return place / "bin" / "voicebench"


def scenario(folder: Path, url: str) -> Path:
    """Write the replies as WAV and the scenario that plays them."""
    import numpy as np
    import soundfile

    says = [reply["says"] for reply in yaml.safe_load((DANCE / "call.yaml").read_text())["replies"]]

    def wav(name: str, path: Path) -> dict[str, str]:
        soundfile.write(folder / f"{name}.wav", np.frombuffer(sound_of(path), "<i2"), RATE_HZ)
        return {"file": f"{name}.wav"}

    def reply(number: int, start: dict[str, Any], expect: str = "respond") -> dict[str, Any]:
        name = f"reply-{number}"
        audio = wav(name, DANCE / f"{number:02}.flac")
        return {"id": name, "audio": audio, "text": says[number - 1], "start": start, "expect": expect}

    over = {"after": "agent_speech_start", "timeout_ms": 30_000}
    turns = [
        reply(1, AFTER_THEM),
        reply(2, AFTER_THEM),
        reply(3, AFTER_THEM),
        {"id": "cough", "audio": wav("cough", COUGH), "start": {**over, "delay_ms": 600}, "expect": "ignore"},
        reply(4, AFTER_THEM),
        reply(5, {**over, "delay_ms": 900}, "stop"),
        reply(6, AFTER_THEM),
    ]
    content = {
        "name": "dance",
        "sample_rate": RATE_HZ,
        "max_duration_ms": 180_000,
        "defaults": {"response_timeout_ms": 15_000},
        # By itself it hangs up 3 s after the last reply, whatever answer was still to come.
        "tail_ms": 15_000,
        # A pause within a line, or within a reply, is not its end.
        "vad": {"agent": {"min_silence_ms": 900}, "user": {"min_silence_ms": 700}},
        "adapter": {"type": "websocket", "options": {"url": url, "start_message": {"type": "start"}}},
        "turns": turns,
        "assert": {"max_missed_responses": 0, "min_barge_in_success_rate": 1.0, "max_false_barge_ins": 0},
    }
    path = folder / "dance.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    return path


def main() -> None:
    """Serve, measure, print."""
    program = voicebench()
    with tempfile.TemporaryDirectory(prefix="voicecoach-outside-") as place:
        folder = Path(place)
        port = free_port()
        with server(folder / "home", port, 8, "--solo"):
            url = f"ws://127.0.0.1:{port}/ws/call?persona=thoughtful-owner&seed=7"
            out = ROOT / "benchmarks" / "results" / "voicebench"
            done = subprocess.run([program, "run", scenario(folder, url), "--out", out], timeout=400, check=False)
    print(f"voicebench's whole report lies in {out}; it ended with {done.returncode}")


if __name__ == "__main__":
    main()
