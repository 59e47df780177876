"""A call over real devices: one desk that is the rep's microphone, the prospect's loudspeaker and the keys beside them.

The call runs in one thread. Keys and signals come from others: they only put a wish into a queue, which is obeyed
between two frames of 20 ms, whether the rep or the prospect is speaking.
"""

import contextlib
import queue
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from voicecoach.deliver.speaker import DeviceSpeaker
from voicecoach.errors import RepLeft, SourceLostError
from voicecoach.events import (
    FRAME_S,
    FRAME_SAMPLES,
    PAUSE_WISHED,
    SAMPLE_RATE_HZ,
    AudioFrame,
    CallPaused,
    CallResumed,
    Clip,
    Played,
    SaidAgain,
    TookUpAgain,
)
from voicecoach.handset import Handset
from voicecoach.hear.floor import KEPT_S as LEAD_S
from voicecoach.hear.floor import FloorRules, Ruling
from voicecoach.hear.sources.microphone import Captured, MicrophoneSource
from voicecoach.hear.speech import SpeechDetector
from voicecoach.ports import Note

ECHO_S: Final = 0.12
"""The ear stays shut for so long after the prospect's last sample: a room answers for about that long."""
LOOK_AGAIN_S: Final = 0.5
"""How often a device that went away is looked for."""
LOUDER: Final = 1.26
"""2 dB."""
SILENCE: Final = bytes(FRAME_SAMPLES * 2)
KEPT_S: Final = 3.0
"""The rep's sound that is kept while the prospect speaks: a reply may begin before they are silent."""
BACK_S: Final = 0.3
"""A line that goes on after a pause begins so much earlier: about a word."""


class Wish(StrEnum):
    """What a key or a signal asks of the desk."""

    PAUSE = "pause"
    AGAIN = "again"
    LOUDER = "louder"
    SLOWER = "slower"
    TALK = "talk"
    END = "end"


class Floor(StrEnum):
    """Who has the floor, for the screen."""

    PROSPECT = "prospect"
    REP = "rep"
    NOBODY = "nobody"
    KEY = "key"
    """The rep's, as soon as they press the key to talk."""
    PAUSED = "paused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """How the rep sits down."""

    input: str | None = None
    """The microphone, by a part of its name; None is the system's choice."""
    output: str | None = None
    headphones: bool = False
    """The prospect's voice does not reach the microphone: the rep may interrupt."""
    push_to_talk: bool = False


class LiveDesk:
    """An `AudioSource`, a `Speaker` and a `Desk` in one."""

    def __init__(self, seat: Seat, slower: Callable[[], None] | None = None, handset: Handset | None = None) -> None:
        """Open both devices, or take those of a handset; raise `NoDeviceError` where one is not to be had."""
        self.handset = handset or Handset(seat.input, seat.output)
        self._seat = seat
        self._slower = slower
        self._wishes: queue.SimpleQueue[tuple[Wish, float]] = queue.SimpleQueue()
        self._talk_keys_s: deque[float] = deque()
        self._note: Note = lambda _make, _later_s: None
        self._last: Clip | None = None
        self._before: list[Captured] = []
        self._rules: FloorRules | None = None
        self._heard_at_s = 0.0
        self._talking = self._again = False
        self._still = 0
        self._stopped_at_s = 0.0
        self._floor = Floor.NOBODY
        self.on_floor: Callable[[Floor], None] = lambda _floor: None
        self.on_line: Callable[[], None] = lambda: None
        self.level_db = -90.0

    @property
    def microphone(self) -> MicrophoneSource:
        """What hears the rep; another one after a device was lost."""
        return self.handset.microphone

    @property
    def speaker(self) -> DeviceSpeaker:
        """What plays the prospect; another one after a device was lost."""
        return self.handset.speaker

    @property
    def talking(self) -> bool:
        """Whether the rep has taken the floor by the key."""
        return self._talking

    @property
    def label(self) -> str:
        """The microphone's name."""
        return self.microphone.label

    @property
    def floor(self) -> Floor:
        """Who has the floor; `on_floor` is told each change."""
        return self._floor

    @floor.setter
    def floor(self, floor: Floor) -> None:
        if floor is not self._floor:
            self._floor = floor
            self.on_floor(floor)

    def wish(self, wish: Wish) -> None:
        """Ask something of the desk, from any thread; it is obeyed within a frame."""
        self._wishes.put((wish, time.monotonic()))

    def loudest_db(self, seconds: float) -> float:
        """Listen for a while and return how loud it got, in decibels under full scale."""
        loudest = -90.0
        for _ in range(round(seconds / FRAME_S)):
            self._next(0.0)
            loudest = max(loudest, self.level_db)
        return loudest

    def held_s(self) -> tuple[float, float]:
        """Return how much sound the microphone and the loudspeaker hold, as the devices say themselves."""
        return self.microphone.opened.held_s, self.speaker.opened.held_s

    # The desk as the loop sees it.

    def attend(self, note: Note) -> None:
        """Take where to tell what happens at the desk."""
        self._note = note

    def now_s(self) -> float:
        """Return the machine's monotonic clock."""
        return time.monotonic()

    def heard_at_s(self) -> float:
        """Return when the last sample that the ear was given was in the microphone."""
        return self._heard_at_s

    def leave(self) -> None:
        """Note what the call was heard and spoken with."""
        self._note(lambda at_s, _turn: self.handset.used(at_s), 0.0)

    # Playing.

    def play(self, clip: Clip) -> Played:
        """Play a line: the ear is shut, for the microphone hears the loudspeaker; with headphones it is open."""
        self._last = clip
        self.on_line()
        self.floor = Floor.PROSPECT
        if self._seat.headphones and not self._seat.push_to_talk:
            return self._play_to_open_ear(clip)
        began_s = self._sound_out(clip, clock_runs=True)
        for _ in range(round(ECHO_S / FRAME_S)):
            self._next(clip.duration_s)
        self.floor = Floor.NOBODY
        return Played(heard_s=clip.duration_s, began_s=began_s)

    def _sound_out(self, clip: Clip, *, clock_runs: bool) -> float:
        """Play a clip to its end, through pauses and lost devices; return when its first sample was out."""
        began_s = from_s = 0.0
        self.speaker.start(clip)
        while True:
            stood = self._still
            try:
                if self.speaker.done:
                    return began_s or self.speaker.first_out_s
                self._next((from_s + self.speaker.played_s()) * clock_runs)
            except SourceLostError as error:
                self._recover(error, (from_s + self.speaker.played_s()) * clock_runs)
            if self._again:
                self._again, from_s = False, 0.0
                self.speaker.start(clip)
            elif self._still != stood:
                from_s = max(0.0, from_s + self._stopped_at_s - BACK_S)
                self.speaker.start(clip, from_s)
            began_s = began_s or self.speaker.first_out_s

    def _play_to_open_ear(self, clip: Clip) -> Played:
        """Play a line that the rep may interrupt; what they say over it is kept for the ear."""
        self._rules = self._rules or FloorRules(SpeechDetector().feed)
        self._rules.new_line()
        said = _at_16k(clip)
        kept: deque[Captured] = deque(maxlen=round(KEPT_S / FRAME_S))
        began_s = from_s = 0.0
        held = read = 0
        heard_at_s = 0.0
        self.speaker.start(clip)
        # On a busy machine sound waits to be looked at: the line is over when all that was said over it was heard.
        while held or not self._is_done(from_s) or heard_at_s < self.speaker.over_s:
            stood = self._still
            captured = self._next(from_s)
            heard_at_s = captured.at_s
            kept.append(captured)
            read += 1
            if self._again or self._still != stood:
                from_s = 0.0 if self._again else max(0.0, from_s + self._stopped_at_s * (not held) - BACK_S)
                self._again, held = False, 0
                self.speaker.start(clip, from_s)
                continue
            began_s = began_s or self.speaker.first_out_s
            out_s = min(self.speaker.played_s(), max(0.0, heard_at_s - self.speaker.first_out_s))
            place = round((from_s + out_s) * SAMPLE_RATE_HZ) * 2
            held += bool(held)
            ruling = self._rules.feed(captured.pcm, SILENCE if held else said[place : place + len(SILENCE)])
            if ruling is Ruling.STOP:
                from_s, held = from_s + self.speaker.stop(), 1
            elif ruling in (Ruling.RESUME, Ruling.TAKE_UP):
                self._took_up(from_s, held * FRAME_S)
                from_s, held = max(0.0, from_s - BACK_S * (ruling is Ruling.TAKE_UP)), 0
                self.speaker.start(clip, from_s)
            elif ruling is Ruling.YIELD:
                break
        reply_s = self._keep_for_ear(kept)
        self.floor = Floor.NOBODY
        heard_s = from_s if held else clip.duration_s
        return Played(
            heard_s=heard_s,
            rep_before_s=max(0.0, reply_s - held * FRAME_S),
            talked_over=held > 0 and heard_s < clip.duration_s,
            over_from_s=max(0.0, self._before[0].at_s + LEAD_S - began_s) if self._before else 0.0,
            quiet_s=max(0.0, read * FRAME_S - reply_s),
            began_s=began_s,
        )

    def _is_done(self, from_s: float) -> bool:
        try:
            return self.speaker.done
        except SourceLostError as error:
            self._recover(error, from_s)
            return False

    def _took_up(self, heard_s: float, silent_s: float) -> None:
        self._note(
            lambda at_s, turn: TookUpAgain(
                at_s=at_s, turn=turn, heard_s=round(heard_s, 3), silent_s=round(silent_s, 3)
            ),
            heard_s,
        )

    def _keep_for_ear(self, kept: Sequence[Captured]) -> float:
        """Keep the sound since the rep's voice began, if it is on; return its seconds."""
        count = round((self._rules.voice_began_s if self._rules else 0.0) / FRAME_S)
        self._before = list(kept)[-count:] if count else []
        return len(self._before) * FRAME_S

    # Hearing.

    def frames(self) -> Iterator[AudioFrame]:
        """Yield the rep's sound from now on; with push-to-talk silence until the key, and no more after the next."""
        before, self._before = self._before, []
        if not self._seat.headphones or self._seat.push_to_talk:
            self.microphone.skip()
        self._talking = talked = self._again = False
        self._talk_keys_s.clear()
        self.floor = Floor.KEY if self._seat.push_to_talk else Floor.REP
        sent = 0
        try:
            while True:
                captured = before.pop(0) if before else self._next(sent * FRAME_S)
                if self._again:
                    self._say_again(sent * FRAME_S)
                    continue
                # By the sound's own time: on a busy machine it waits to be read, and the key must not overtake it.
                while self._talk_keys_s and self._talk_keys_s[0] <= captured.at_s:
                    self._talk_keys_s.popleft()
                    self._talking = not self._talking
                if talked and not self._talking:
                    break
                talked = self._talking
                shut = self._seat.push_to_talk and not self._talking
                self.floor = Floor.KEY if shut else Floor.REP
                self._heard_at_s = captured.at_s
                yield AudioFrame(start_s=sent * FRAME_S, pcm=SILENCE if shut else captured.pcm)
                sent += 1
        finally:  # also where the ear has heard enough
            self.floor = Floor.NOBODY

    def _say_again(self, later_s: float) -> None:
        self._again = False
        if self._last is None:
            return
        self._note(lambda at_s, turn: SaidAgain(at_s=at_s, turn=turn), later_s)
        self.floor = Floor.PROSPECT
        self._sound_out(self._last, clock_runs=False)
        self.microphone.skip()

    def _next(self, later_s: float) -> Captured:
        """Return the next 20 ms, after what was wished and whatever befell the device; the clock's place is told."""
        while True:
            self._obey(later_s)
            try:
                captured = self.microphone.read()
            except SourceLostError as error:
                self._recover(error, later_s)
                continue
            samples = np.frombuffer(captured.pcm, "<i2").astype(np.float32)
            self.level_db = 20 * float(np.log10(max(1.0, float(np.sqrt(np.mean(samples**2)))) / 32768))
            return captured

    # Wishes, pauses and lost devices.

    def _obey(self, later_s: float) -> None:
        """Do what was wished since the last frame; a pause lasts until it is wished away."""
        paused = False
        while True:
            try:
                wish, at_s = self._wishes.get(timeout=FRAME_S) if paused else self._wishes.get_nowait()
            except queue.Empty:
                if not paused:
                    return
                self.microphone.skip()
                continue
            if wish is Wish.END:
                raise RepLeft
            if wish is Wish.TALK and paused and not self._talking:
                continue  # nobody begins to be heard in a pause
            if wish is not Wish.PAUSE:
                self._grant(wish, at_s)
            elif paused:
                paused = False
                self._resume(later_s)
            else:
                paused = True
                self._pause(PAUSE_WISHED, later_s)

    def _grant(self, wish: Wish, at_s: float) -> None:
        if wish is Wish.AGAIN:
            self._again = True
        elif wish is Wish.TALK:
            self._talk_keys_s.append(at_s)
        elif wish is Wish.LOUDER:
            self.handset.louder(LOUDER)
        elif wish is Wish.SLOWER and self._slower:
            self._slower()

    def _pause(self, why: str, later_s: float) -> None:
        self._stopped_at_s = self.speaker.stop()
        self.floor = Floor.PAUSED
        self._note(lambda at_s, turn: CallPaused(at_s=at_s, turn=turn, why=why), later_s)

    def _resume(self, later_s: float) -> None:
        self._still += 1
        mouth, ear = self.speaker.opened.device.name, self.microphone.opened.device.name
        self._note(lambda at_s, turn: CallResumed(at_s=at_s, turn=turn, input=ear, output=mouth), later_s)

    def _recover(self, error: SourceLostError, later_s: float) -> None:
        """Wait until both devices are to be had again, the same or others that were named, and open them."""
        before = self.floor
        self._pause(str(error), later_s)
        self.handset.lost()
        while not self.handset.found():
            self._wait_for_device()
        self.floor = before
        self._resume(later_s)

    def _wait_for_device(self) -> None:
        until_s = time.monotonic() + LOOK_AGAIN_S
        while (left_s := until_s - time.monotonic()) > 0:
            with contextlib.suppress(queue.Empty):
                wish, at_s = self._wishes.get(timeout=left_s)
                if wish is Wish.END:
                    raise RepLeft
                if wish is Wish.TALK and self._talking:  # they are done, and nobody else would say so
                    self._grant(wish, at_s)

    def close(self) -> None:
        """Let both devices go; safe twice."""
        self.handset.close()


def _at_16k(clip: Clip) -> bytes:
    import soxr

    samples = np.frombuffer(clip.pcm, "<i2")
    resampled = soxr.resample(samples, clip.sample_rate_hz, SAMPLE_RATE_HZ).astype("<i2").tobytes()
    return bytes(resampled) + SILENCE * 50
