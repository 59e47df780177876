"""The calls of one server: each in a thread of a bounded pool, with a waiting line before it."""

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from voicecoach.ahead import Ahead
from voicecoach.dance.persona import Persona
from voicecoach.dance.prospect import Prospect
from voicecoach.events import CallEnded, Event, NothingHeard, ProspectSpoke, RepSpoke, as_record
from voicecoach.keep.record import NoRecord, RecordWriter, new_folder, standing
from voicecoach.loop import Call, Parts
from voicecoach.ports import Recorder
from voicecoach.web.ear import TabEar
from voicecoach.web.line import Line
from voicecoach.web.shared import Shared
from voicecoach.web.speaker import LineSpeaker

COMES_BACK_S: Final = 60.0
"""How long a dropped connection may stay away before the call ends."""
RELOADS_S: Final = 10.0
"""The same where the tab said that it goes: closed for good, or reloaded and back at once."""
MAX_CALL_S: Final = 45 * 60.0
"""The longest call; after it the rep is taken to have left."""
MAX_WAITING: Final = 50
"""Calls that may wait for a place; further ones are sent away."""
log = logging.getLogger("voicecoach.web")


class FullError(Exception):
    """Too many calls run and wait already."""


@dataclass(slots=True, eq=False)
class Running:
    """One call that waits for a place, runs, or has just ended."""

    call_id: str
    owner: str
    """Whose it is: an account's id, or ``solo``."""
    persona: Persona
    seed: int
    line: Line
    who: str = ""
    """The rep's name, for the board."""
    cohort_id: str = ""
    """The onboarding session it is assigned in; empty: practice."""
    hides: bool = False
    """Where the prospect stands is not told before the end."""
    keep_sound: bool = False
    """Whether the rep has said that the sound is kept."""
    again: Prospect | None = None
    """A prospect put back to a moment of an earlier call: one reply is heard, nothing is kept."""
    resume: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    """Whoever has it may come back to the call; it ends with the call."""
    folder: Path | None = None
    """The record, once the call runs."""
    began: float = field(default_factory=time.monotonic)
    running: bool = False
    outcome: str = ""
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def position(self) -> str:
        """Where the prospect stands; empty before the first line."""
        return next((e["position"] for e in reversed(self.events) if e["type"] == "prospect_spoke"), "")

    @property
    def willingness(self) -> float:
        """How willing the prospect is to come closer, 0 to 1."""
        changes = (event["after"] for event in reversed(self.events) if event["type"] == "willingness_changed")
        return float(next(changes, self.persona.temper.willingness))

    @property
    def pushes(self) -> int:
        """Replies that pushed, so far."""
        return sum(event["type"] == "judged" and event["verdict"] == "pressure" for event in self.events)


class Calls:
    """Starts, finds and ends calls; all methods belong to the event loop's thread."""

    def __init__(
        self,
        shared: Shared,
        home: Path,
        limit: int,
        *,
        began: Callable[[Running], None] = lambda _: None,
        ended: Callable[[Running], None] = lambda _: None,
    ) -> None:
        """Take what calls share, the folder for records and how many run at once.

        `began` and `ended` are told of each call in its own thread, before its first and after its last event.
        """
        self.shared = shared
        self.limit = limit
        self.waiting = 0
        self.failed = 0
        self.done = 0
        self._home = home
        self._began = began
        self._ended = ended
        self._places = asyncio.Semaphore(limit)
        self._threads = ThreadPoolExecutor(limit, thread_name_prefix="call")
        self._running: dict[str, Running] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._leaves: dict[str, asyncio.TimerHandle] = {}

    @property
    def all(self) -> list[Running]:
        """The calls that run or wait."""
        return list(self._running.values())

    @property
    def running(self) -> list[Running]:
        """The calls that run now."""
        return [call for call in self._running.values() if call.running]

    def of(self, owner: str) -> list[Running]:
        """Return the calls of one owner, waiting ones too."""
        return [call for call in self._running.values() if call.owner == owner]

    def by_resume(self, token: str) -> Running | None:
        """Return the call that a token comes back to."""
        return next((c for c in self._running.values() if secrets.compare_digest(c.resume, token)), None)

    def start(
        self,
        owner: str,
        persona: Persona,
        seed: int,
        *,
        who: str = "",
        cohort_id: str = "",
        hides: bool = False,
        keep_sound: bool = False,
        again: Prospect | None = None,
    ) -> Running:
        """Begin a call, or put it in the waiting line; raise `FullError` where that is too long."""
        if self.waiting >= MAX_WAITING:
            raise FullError
        call_id = new_folder(self._home, persona.name).name
        line = Line(asyncio.get_running_loop())
        call = Running(call_id, owner, persona, seed, line, who=who, cohort_id=cohort_id, hides=hides, again=again)
        call.keep_sound = keep_sound
        self._running[call_id] = call
        task = asyncio.create_task(self._run(call))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return call

    def left(self, call: Running, within_s: float) -> None:
        """End the call when nobody has come back by then."""
        self.back(call)
        if call.call_id in self._running:
            self._leaves[call.call_id] = asyncio.get_running_loop().call_later(within_s, call.line.close)

    def back(self, call: Running) -> None:
        """Somebody is in the call again."""
        handle = self._leaves.pop(call.call_id, None)
        if handle:
            handle.cancel()

    async def close(self) -> None:
        """End all calls and wait for their last events."""
        for call in list(self._running.values()):
            call.line.close()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=10)
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _run(self, call: Running) -> None:
        try:
            if self._places.locked():
                place = self.waiting + 1
                call.line.tell({"type": "wait", "place": place, "why": "every place for a call is taken"})
            self.waiting += 1
            try:
                await self._places.acquire()
            finally:
                self.waiting -= 1
            try:
                if not call.line.source.closed:
                    call.running = True
                    loop = asyncio.get_running_loop()
                    limit = loop.call_later(MAX_CALL_S, call.line.close)
                    await loop.run_in_executor(self._threads, self._play, call)
                    limit.cancel()
            finally:
                self._places.release()
        finally:
            call.running = False
            self._forget(call)

    def _forget(self, call: Running) -> None:
        self.back(call)
        self._running.pop(call.call_id, None)
        call.line.finish()
        self.done += 1
        self.shared.meters.calls.labels(call.outcome or "broken_off").inc()

    def _play(self, call: Running) -> None:
        """Play the call; this runs in the call's own thread."""
        line = call.line
        line.tell({"type": "call", "call": "" if call.again else call.call_id, "resume": call.resume})
        try:
            if call.again:
                self._with(call, NoRecord(), call.again)
                return
            recorder = RecordWriter(self._home / call.call_id, keep_sound=call.keep_sound)
            self._began(call)
            call.folder = recorder.folder
            with contextlib.closing(recorder):
                self._with(call, recorder, Prospect(call.persona, call.seed))
        except Exception as error:  # a call that breaks must say so and leave the others alone
            self.failed += 1
            log.exception("call %s broke off", call.call_id)
            line.tell({"type": "failed", "why": f"{type(error).__name__}: the call broke off; what was said is kept"})
        finally:
            if call.folder:
                self._ended(call)

    def _with(self, call: Running, recorder: Recorder, prospect: Prospect) -> None:
        shared, line = self.shared, call.line
        speaker = LineSpeaker(line)
        words = shared.transcriber(call.call_id)
        replies = 1 if call.again else None
        with (
            contextlib.closing(Ahead(prospect, shared.judge, shared.voice(call.persona))) as ahead,
            contextlib.closing(TabEar(line, words, speaker, ahead.prepare, replies)) as ear,
        ):
            parts = Parts(
                ear=ear,
                judge=ahead.judge,
                voice=ahead.voice,
                speaker=speaker,
                recorder=recorder,
                model=words.label,
                went_on=ahead.joining(ear.join),
            )
            Call(prospect, call.seed, parts, lambda event: _tell(call, event)).play()


HIDDEN: Final = frozenset({"judged", "willingness_changed", "prospect_moved"})


def _tell(call: Running, event: Event) -> None:
    """Send one event, and what it says as a transcript."""
    record = as_record(event)
    call.events = standing([*call.events, record])
    if isinstance(event, CallEnded):
        call.outcome = event.outcome.value
        if call.hides:
            for held in call.events:
                if held["type"] in HIDDEN:
                    call.line.tell(held)
    if isinstance(event, ProspectSpoke):
        call.line.tell({"type": "transcript", "role": "agent", "text": event.text, "final": True})
    if isinstance(event, RepSpoke):
        call.line.tell({"type": "transcript", "role": "user", "text": event.text, "final": True})
    if isinstance(event, NothingHeard):
        call.line.tell({"type": "transcript", "role": "user", "text": "", "final": True})
    if call.hides and record["type"] in ("prospect_spoke", "reply_went_on"):
        # A copy: the board, which reads the call's own events, still tells the trainer.
        record = record | dict.fromkeys({"position", "willingness"} & record.keys(), "")
    if not (call.hides and record["type"] in HIDDEN):
        call.line.tell(record)
