"""How often somebody may try: a window of time per name, in memory."""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final

MAX_NAMES: Final = 10_000
"""Names that are remembered; the longest silent is forgotten first."""


class RateLimit:
    """At most `times` in `within_s` seconds for each name."""

    def __init__(self, times: int, within_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._times = times
        self._within_s = within_s
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()

    def allows(self, name: str) -> bool:
        """Count one try and return whether it may go on."""
        now = self._clock()
        with self._lock:
            tries = self._seen.setdefault(name, deque())
            self._seen.move_to_end(name)
            while tries and now - tries[0] >= self._within_s:
                tries.popleft()
            while len(self._seen) > MAX_NAMES:
                self._seen.popitem(last=False)
            if len(tries) >= self._times:
                return False
            tries.append(now)
            return True
