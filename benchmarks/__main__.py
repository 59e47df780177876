"""Run all benchmarks, or those that are named: ``python -m benchmarks words throughput``."""

import importlib
import sys

ALL = (
    *("words", "latency", "throughput", "start", "interruptions", "library"),
    *("served_calls", "killed_server", "from_outside"),
)

if __name__ == "__main__":
    for name in sys.argv[1:] or ALL:
        if name not in ALL:
            sys.exit(f"There is no benchmark {name!r}; there are {', '.join(ALL)}.")
        print(f"\n== {name}")
        importlib.import_module(f"benchmarks.{name}").main()
