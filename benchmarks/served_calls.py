"""Many calls at once against a real server: real sockets, paced recordings, the real ear, judge and voice.

For 1, 4, 8 and 16 calls: the rep's last sample to the prospect's first audible one (median, 95th percentile), errors,
the server's memory, processor time a reply and cores in use, and which calls were told to wait. The clients run on the
same machine: their cores are told too, and the machine's load, since on a busy one only the processor time means much.

    python -m benchmarks.served_calls [--calls 1 4 8 16] [--replies 4] [--places N]
"""

import argparse
import asyncio
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from voicecoach.web.client import Rep, Seen, sound_of

ROOT = Path(__file__).parents[1]
RECORDED = ("dance", "recovery", "turns_late", "missed_steps")
CALL_WITHIN_S = 400.0
"""A call that takes longer, its wait for a place included, is an error."""
STAGGER_S = 0.7
"""Between the beginnings of two calls: a class does not press the button in one instant."""


def main() -> None:
    """Print one row a number of calls, as a table and as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, nargs="+", default=[1, 4, 8, 16])
    parser.add_argument("--places", type=int, help="calls that the server takes at once (default: its own)")
    parser.add_argument("--replies", type=int, default=4, help="replies a call")
    arguments, _ = parser.parse_known_args()
    print(f"{os.cpu_count()} cores, load before {os.getloadavg()[0]:.1f}")
    print(
        "calls  replies  median s  95 % s  waited  errors  memory MB  CPU s a reply  server cores  client cores  load"
    )
    rows = []
    for count in arguments.calls:
        row = measure(count, arguments.replies, arguments.places)
        rows.append(row)
        print(
            f"{row['calls']:>5}{row['replies']:>9}{row['median_s']:>10.2f}{row['p95_s']:>8.2f}{row['waited']:>8}"
            f"{row['errors']:>8}{row['memory_mb']:>11.0f}{row['cpu_s_a_reply']:>15.2f}{row['server_cores']:>14.2f}"
            f"{row['client_cores']:>14.2f}{row['load']:>6.1f}",
            flush=True,
        )
    print("\n".join(json.dumps(row) for row in rows))


def measure(count: int, each: int, places: int | None) -> dict[str, Any]:
    """Play so many calls of so many replies at once against a fresh server."""
    replies = [[sound_of(path) for path in sounds(name)][:each] for name in RECORDED]
    with tempfile.TemporaryDirectory() as home:
        server, port = start(Path(home), places)
        try:
            asyncio.run(together(port, 1, [replies[0][:1]]))  # the models have run once
            before_s, ours_s, began = cpu_s(server.pid), time.process_time(), time.monotonic()
            seen = asyncio.run(together(port, count, replies))
            used_s, memory = cpu_s(server.pid) - before_s, memory_mb(server.pid)
            ours_s, took_s = time.process_time() - ours_s, time.monotonic() - began
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(30)
    delays = sorted(delay for one in seen for delay in one.delays_s)
    return {
        "calls": count,
        "replies": len(delays),
        "median_s": statistics.median(delays) if delays else float("nan"),
        "p95_s": delays[min(len(delays) - 1, round(0.95 * (len(delays) - 1)))] if delays else float("nan"),
        "waited": sum(bool(one.of("wait")) for one in seen),
        "errors": sum(bool(one.error or one.of("failed") or not one.of("call_ended")) for one in seen),
        "memory_mb": memory,
        "cpu_s_a_reply": used_s / max(1, len(delays)),
        "server_cores": used_s / took_s,
        "client_cores": ours_s / took_s,
        "load": os.getloadavg()[0],
        "lead_s": max((one.lead_s for one in seen), default=0.0),
    }


def sounds(name: str) -> list[Path]:
    """Return the recordings of one fixture call."""
    return sorted((ROOT / "audio_fixtures" / "calls" / name).glob("0*.flac"))


def start(home: Path, places: int | None) -> tuple[subprocess.Popen[bytes], int]:
    """Start a server on a free port and wait until it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "voicecoach.cli.main", "serve", "--solo", "--port", str(port)]
    command += ["--calls", str(places)] if places else []
    server = subprocess.Popen(command, env={**os.environ, "VOICECOACH_HOME": str(home)}, stdout=subprocess.DEVNULL)
    for _ in range(600):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1)
            return server, port
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the server did not start")


async def together(port: int, count: int, replies: list[list[bytes]]) -> list[Seen]:
    """Play calls at once, each begun a little after the one before."""

    async def one(number: int) -> Seen:
        await asyncio.sleep(number * STAGGER_S)
        url = f"ws://127.0.0.1:{port}/ws/call?persona=thoughtful-owner&seed={number}"
        rep = Rep(replies[number % len(replies)])
        try:
            return await asyncio.wait_for(rep.call(url), CALL_WITHIN_S)
        except TimeoutError:
            rep.seen.error = f"not over after {CALL_WITHIN_S:.0f} s"
            return rep.seen

    return list(await asyncio.gather(*(one(number) for number in range(count))))


def cpu_s(pid: int) -> float:
    """Processor seconds so far of a process and its children: the voice's engine is one."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    fields = [Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split() for one in (pid, *children)]
    return sum(int(one[11]) + int(one[12]) for one in fields) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int) -> float:
    """Its memory now."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
