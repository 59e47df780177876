"""Sound to the rep's ears."""

import time
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from voicecoach.devices import find, open_stream
from voicecoach.errors import SourceLostError
from voicecoach.events import Clip, Played

LOST_AFTER_S: Final = 4.0
"""A device that takes no block for so long has gone; it takes one every 20 ms."""
FIRST_AFTER_S: Final = 5.0
"""A sound server may take a second or two to wake a sleeping device."""
DRY_AFTER_S: Final = 0.4
"""A device that asked for no block in so long has run dry, whether it says so or not."""
READY_S: Final = 0.15
"""Sound held ready for the device. With 0.06 s PortAudio over PulseAudio lost its pace on a busy machine in six of
eight streams, and took a line of three seconds in 0.4 s; with 0.15 s in none."""
FADE_S: Final = 0.012
"""A voice that begins in the middle of a line is faded in over this: a sudden edge clicks."""


class SilentSpeaker:
    """Plays nothing: a replay hears no loudspeaker."""

    def play(self, clip: Clip) -> Played:
        """Return at once."""
        return Played(heard_s=clip.duration_s)


class DeviceSpeaker:
    """A loudspeaker at the rate of the device; open over the whole call, silent between clips."""

    def __init__(self, asked: str | None = None) -> None:
        """Open the loudspeaker that a part of its name means; raise `NoDeviceError` where that cannot be done."""
        self.underruns = 0
        self.gain = 1.0
        self._sound: npt.NDArray[np.float32] = np.zeros(0, np.float32)
        self._place = 0
        self._first_out_s = 0.0
        self._last_out_s = 0.0
        self._called_s = 0.0
        self._lost_s = time.monotonic() + FIRST_AFTER_S
        self.opened = open_stream(find(asked, "output"), self._fill, READY_S)
        self._rate = self.opened.rate_hz

    @property
    def label(self) -> str:
        """``loudspeaker:`` and the device's name."""
        return f"loudspeaker:{self.opened.device.name}"

    def _fill(self, out: npt.NDArray[np.float32], frames: int, times: Any, status: Any) -> None:
        """Give PortAudio's thread its next block: a copy and no more."""
        now_s = time.monotonic()
        if status.output_underflow or (self._called_s and now_s - self._called_s > DRY_AFTER_S):
            self.underruns += 1
        self._called_s = now_s
        sound, place = self._sound, self._place
        part = sound[place : place + frames]
        out[: len(part)] = part[:, None]
        out[len(part) :] = 0
        if len(part):
            out_s = now_s + max(0.0, times.outputBufferDacTime - times.currentTime)
            if place == 0:
                self._first_out_s = out_s
            self._place = place + len(part)
            self._last_out_s = out_s + len(part) / self._rate

    def _renew(self, sound: npt.NDArray[np.float32]) -> None:
        """Drop what the device holds ready, and give it this sound at once."""
        self.opened.halt()
        self._first_out_s = self._last_out_s = 0.0
        self._place, self._sound = 0, sound
        self.opened.go_on()

    def start(self, clip: Clip, from_s: float = 0.0) -> None:
        """Begin to play a clip, or the rest of it; what was playing is dropped."""
        import soxr

        samples = np.frombuffer(clip.pcm, "<i2").astype(np.float32) / 32768
        out = soxr.resample(samples[round(from_s * clip.sample_rate_hz) :], clip.sample_rate_hz, self._rate)
        sound = np.clip(out.astype(np.float32) * self.gain, -1, 1)
        if from_s:
            edge = min(len(sound), round(FADE_S * self._rate))
            sound[:edge] *= np.linspace(0, 1, edge, dtype=np.float32)
        self._lost_s = time.monotonic() + (LOST_AFTER_S if self._called_s else FIRST_AFTER_S)
        self._renew(sound)

    def stop(self) -> float:
        """Fall silent at once; return how many seconds were out by then."""
        played_s = self.played_s()
        self._renew(np.zeros(0, np.float32))
        return played_s

    def played_s(self) -> float:
        """Return how much of the clip has left the loudspeaker: never more than time has passed."""
        if self._last_out_s == 0.0:
            return 0.0
        now_s = time.monotonic()
        ahead_s = max(0.0, self._last_out_s - now_s)
        return max(0.0, min(self._place / self._rate - ahead_s, now_s - self._first_out_s))

    @property
    def first_out_s(self) -> float:
        """When the clip's first sample left the loudspeaker, by the machine's monotonic clock; 0 before that."""
        return self._first_out_s

    @property
    def over_s(self) -> float:
        """When the last sample that the device was given is out, by the same clock.

        A device that runs ahead of time is not believed: the rep could not talk over a line that counts as over.
        """
        return max(self._last_out_s, self._first_out_s + self._place / self._rate)

    @property
    def done(self) -> bool:
        """Whether the last sample is out; raise `SourceLostError` where the device has gone."""
        if self._place >= len(self._sound) and not self.opened.gone:
            return time.monotonic() >= self.over_s
        if self.opened.gone or time.monotonic() > max(self._lost_s, self._called_s + LOST_AFTER_S):
            self.opened.give_up()
            raise SourceLostError(f"The loudspeaker {self.opened.device.name} takes no sound any more.")
        return False

    def play(self, clip: Clip) -> Played:
        """Play, and return when the last sample is out."""
        self.start(clip)
        while not self.done:
            time.sleep(0.01)
        return Played(heard_s=clip.duration_s)

    def close(self) -> None:
        """Let the device go; safe twice."""
        self.opened.close()
