"""Live calls in a row over virtual devices: drift between clocks, memory, lost frames. `--minutes 60` is the hour.

Runs a sound server of its own, as the live tests do; needs pulseaudio. Not among the benchmarks that run by default.
"""

import argparse
import time
from pathlib import Path

from tests.live.conftest import ROOT, Session, SoundServer, sound_server

REPLIES = ("dance/01.flac", "chase/01.flac", "dance/02.flac", "recovery/01.flac")


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--minutes", type=float, default=5.0)
    asked.add_argument("--replies", type=int, default=len(REPLIES), help="replies a call")
    minutes, replies = vars(asked.parse_known_args()[0]).values()
    with sound_server() as server:
        began_s, number = time.monotonic(), 0
        print(
            f"{'call':>4}{'seconds':>9}{'replies':>9}{'overruns':>10}{'underruns':>11}{'losses':>8}{'MB':>7}{'grew':>6}{'clock':>8}"
        )
        while time.monotonic() - began_s < 60 * minutes:
            number += 1
            one_call(server, number, replies)


def one_call(server: SoundServer, number: int, replies: int) -> None:
    """Play one call and print its line.

    `grew` is the memory after the last reply less that after the first, when all models are loaded; `clock` the last
    reply's length by the call's clock, less what it took by this machine's.
    """
    words = ["practice", "thoughtful-owner", "--seed", str(number), "--plain"]
    call = server.command(*words, "--input", "[microphone]", "--output", "[loudspeaker]")
    count, memory_mb = 0, list[float]()
    for count in range(1, replies + 1):
        if call.process.poll() is not None:
            break
        call.until_heard_out(count)
        spoken_s = time.monotonic()
        server.say(ROOT / "audio_fixtures" / "calls" / REPLIES[(count - 1) % len(REPLIES)]).wait()
        spoken_s = time.monotonic() - spoken_s
        call.until_replied(count)
        memory_mb.append(resident_mb(call) or memory_mb[-1])
    call.hang_up()
    used = call.of("devices_used")[0]
    heard = call.of("rep_spoke")[-1:]
    clock_s = heard[0]["at_s"] - heard[0]["sound_from_s"] - spoken_s if heard else float("nan")
    print(
        f"{number:>4}{time.monotonic() - call.started_s:>9.0f}{count:>9}{used['overruns']:>10}{used['underruns']:>11}"
        f"{used['losses']:>8}{max(memory_mb):>7.0f}{memory_mb[-1] - memory_mb[0]:>6.0f}{clock_s:>8.2f}",
        flush=True,
    )


def resident_mb(call: Session) -> float:
    """Return the memory that a call's process holds."""
    status = Path(f"/proc/{call.process.pid}/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)


if __name__ == "__main__":
    main()
