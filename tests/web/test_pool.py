"""Shared workers: never more at once than there are, and nobody waits behind somebody else's backlog."""

import threading

import pytest
from serving import wait_for

from voicecoach.testing import FixedTranscriber
from voicecoach.web.pool import DroppedError, FairPool, SharedTranscriber


def test_no_more_run_at_once_than_there_are_workers() -> None:
    pool = FairPool(["one", "two"])
    lock, running, most = threading.Lock(), 0, 0
    gate = threading.Event()

    def work(worker: str) -> str:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        gate.wait(5)
        with lock:
            running -= 1
        return worker

    threads = [threading.Thread(target=pool.run, args=(str(n), work)) for n in range(6)]
    for thread in threads:
        thread.start()
    wait_for(lambda: pool.queued == 4)
    gate.set()
    for thread in threads:
        thread.join()
    assert most == 2
    assert pool.queued == 0


def test_a_call_with_one_request_goes_before_the_second_of_a_busy_one() -> None:
    pool = FairPool(["only"])
    order: list[str] = []
    gate = threading.Event()
    threads = [threading.Thread(target=pool.run, args=("first", lambda _: gate.wait(5)))]
    threads[0].start()
    wait_for(lambda: not pool._free)
    for number, owner in enumerate(["busy", "busy", "busy", "quiet"]):
        threads.append(threading.Thread(target=pool.run, args=(owner, lambda _, o=owner: order.append(o))))
        threads[-1].start()
        wait_for(lambda n=number: pool.queued == n + 1)
    gate.set()
    for thread in threads:
        thread.join()
    assert order == ["busy", "quiet", "busy", "busy"]


def test_a_worker_comes_back_from_work_that_failed() -> None:
    pool = FairPool(["only"])
    for _ in range(3):
        try:
            pool.run("a", lambda _: 1 / 0)
        except ZeroDivisionError:
            continue
    assert pool.run("a", lambda worker: worker) == "only"


def test_what_nobody_will_read_is_not_recognized() -> None:
    """A rep goes on while the guess at what they said waits: it goes away at once, and the others keep their turns."""
    heard: list[str] = []

    class Slow(FixedTranscriber):
        def transcribe(self, pcm: bytes):  # type: ignore[no-untyped-def]
            heard.append(pcm.decode())
            gate.wait(5)
            return super().transcribe(pcm)

    pool, gate = FairPool([Slow("words")]), threading.Event()
    took: list[float] = []
    faults: list[Exception] = []

    def ask(owner: str, pcm: bytes) -> None:
        try:
            calls[owner].transcribe(pcm)
        except DroppedError as error:
            faults.append(error)

    calls = {owner: SharedTranscriber(pool, owner, "slow", took.append) for owner in ("one", "two", "three")}
    threads = []
    for number, owner in enumerate(calls):
        threads.append(threading.Thread(target=ask, args=(owner, owner.encode())))
        threads[-1].start()
        wait_for(lambda n=number: len(heard) + pool.queued == n + 1)
    calls["two"].drop()
    threads[1].join(5)
    assert (pool.queued, len(faults)) == (1, 1)
    calls["one"].drop()  # runs already: it goes on
    gate.set()
    for thread in threads:
        thread.join()
    assert heard == ["one", "three"]
    assert len(took) == 2


def test_after_a_drop_the_owner_may_ask_again() -> None:
    pool = FairPool(["only"])
    pool.drop("one")
    assert pool.run("one", lambda worker: worker) == "only"
    with pytest.raises(ZeroDivisionError):
        pool.run("one", lambda _: 1 / 0)
