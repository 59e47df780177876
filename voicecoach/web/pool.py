"""A few workers shared by many calls, with fair turns: whoever had one last waits behind those who did not."""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from voicecoach.events import Word
from voicecoach.ports import Transcriber

Worker = TypeVar("Worker")
Result = TypeVar("Result")


class DroppedError(Exception):
    """Whoever asked wants the result no more; nothing was done."""


class _Ticket(Generic[Worker]):
    """A place in the queue; `worker` is set before `ready`, or stays None: dropped."""

    def __init__(self) -> None:
        self.ready = threading.Event()
        self.worker: Worker | None = None


class FairPool(Generic[Worker]):
    """Lends workers out. Work runs in the caller's own thread, so the number of workers bounds what runs at once."""

    def __init__(self, workers: Sequence[Worker]) -> None:
        self._lock = threading.Lock()
        self._free = list(workers)
        # In the order of their next turn; an owner's own requests stay in their order.
        self._waiting: OrderedDict[str, deque[_Ticket[Worker]]] = OrderedDict()

    def run(self, owner: str, work: Callable[[Worker], Result]) -> Result:
        """Wait for a worker, do the work with it and return what it gives; raise `DroppedError` after `drop`."""
        worker = self._borrow(owner)
        try:
            return work(worker)
        finally:
            self._give_back(worker)

    def drop(self, owner: str) -> None:
        """Take an owner's requests out of the queue; what has a worker already goes on."""
        with self._lock:
            for ticket in self._waiting.pop(owner, ()):
                ticket.ready.set()

    @property
    def queued(self) -> int:
        """How many requests wait."""
        with self._lock:
            return sum(len(tickets) for tickets in self._waiting.values())

    def _borrow(self, owner: str) -> Worker:
        ticket: _Ticket[Worker] = _Ticket()
        with self._lock:
            if self._free:
                return self._free.pop()
            self._waiting.setdefault(owner, deque()).append(ticket)
        ticket.ready.wait()
        if ticket.worker is None:
            raise DroppedError
        return ticket.worker

    def _give_back(self, worker: Worker) -> None:
        with self._lock:
            if not self._waiting:
                self._free.append(worker)
                return
            owner, tickets = self._waiting.popitem(last=False)
            ticket = tickets.popleft()
            if tickets:
                self._waiting[owner] = tickets
            ticket.worker = worker
            ticket.ready.set()


class SharedTranscriber:
    """A `Transcriber` of one call that takes its turn at the recognizers all calls share."""

    def __init__(
        self, pool: FairPool[Transcriber], owner: str, label: str, took: Callable[[float], None] = lambda _: None
    ) -> None:
        """Take the pool, whose turn it is, the recognizer's label, and whom to tell how many seconds it took."""
        self._pool = pool
        self._owner = owner
        self._label = label
        self._took = took

    @property
    def label(self) -> str:
        """Name and content of the weights."""
        return self._label

    def transcribe(self, pcm: bytes) -> tuple[tuple[Word, ...], str]:
        """Wait for a recognizer and return the words; raise `DroppedError` where `drop` came first."""
        began = time.monotonic()
        found = self._pool.run(self._owner, lambda words: words.transcribe(pcm))
        self._took(time.monotonic() - began)
        return found

    def drop(self) -> None:
        """Give up what waits: the rep goes on, so that busy recognizers are not asked for what nobody will read."""
        self._pool.drop(self._owner)
