"""A synthetic prospect to practise selling aloud with: give room and they come closer, chase and they run."""

import os

__version__ = "0.1.0"

# "No telemetry" holds for what we stand on, too. Untold, onnxruntime (1.32) keeps an identifier of the machine in the
# home, and events to be sent to its maker; the Hub's client says what it runs on. Both look when they are imported,
# which is later than this line, and every child process inherits it.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
