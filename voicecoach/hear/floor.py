"""Who has the floor while the prospect speaks: whether a sound takes it from them.

Pure and counted in samples: 20 ms of the microphone and the 20 ms that the loudspeaker gave meanwhile go in, a ruling
comes out. A prospect stops at a voice that says words, at once; if it ends before it has said anything, they take up
the line again. A hum, a cough, a laugh, things on the desk and their own echo do not stop them.
"""

from collections import deque
from collections.abc import Callable
from enum import StrEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from voicecoach.events import FRAME_S, SAMPLE_RATE_HZ
from voicecoach.hear.speech import CHUNK_S, CHUNK_SAMPLES

VOICE_AT: Final = 0.6
"""Speech probability of a chunk that counts; Silero's own threshold is 0.5."""
SURE_S: Final = 0.09
"""Voice in a row that stops the prospect: three chunks; with four, every second voice takes over 200 ms."""
WORDS_S: Final = 0.5
"""Voice that makes an interruption of it: "yeah", "okay", "right" last 0.2 to 0.45 s."""
SYLLABLE_S: Final = 0.2
"""One stretch of voice at least this long is in every interruption; a laugh comes in bursts of a tenth of a second."""
NOTHING_S: Final = 0.5
"""Silence after which a shorter voice was nothing: the prospect goes on."""
LOOK_CHUNKS: Final = 3
"""How much of a voice is looked at, in chunks of 32 ms."""
OPEN_HZ: Final = 450.0
OPEN_SHARE: Final = 0.1
"""A closed mouth lets less than this part of its sound through above 450 Hz. These and `CHANGES` are the best of five
choices in `benchmarks/interruptions.py`: stricter ones let a real interruption wait."""
OPEN_CHUNKS: Final = 2
"""So many of the chunks looked at must come from an open mouth: between two hums there is a breath."""
HISS_SHARE: Final = 0.5
"""With more than this part above 2.5 kHz it is breath, or china."""
CHANGES: Final = 0.42
"""Mean change of the bands' logarithms from chunk to chunk: words move the mouth, a hum and a thump do not."""
LONG_S: Final = 0.3
"""A voice with an open mouth that lasts so long is an interruption however little it changes."""
ECHO_OVER: Final = 3.0
"""How far (10 dB) a voice must be over what the loudspeaker is known to leave in the microphone."""
ECHO_LATE_S: Final = 0.35
"""The latest echo: devices' delay, and the room's."""
LEARN_S: Final = 2.0
"""What the loudspeaker leaves in the microphone is learnt from so much of its sound."""
APART_S: Final = 0.6
"""The latest sound is not learnt from yet: it may be the rep, before the prospect has stopped."""
LEARNT_S: Final = 0.24
"""Before so much was learnt nothing stops the prospect: on a call's first line alone."""
QUIET: Final = 0.002
"""-54 dB: under it nobody speaks into a microphone that they wear or sit at."""
LOUD: Final = 0.01
"""-40 dB: what is played under it teaches nothing."""
KEPT_S: Final = 0.3
"""Sound before the voice that belongs to the reply: soft consonants begin before the detector is sure."""


class Ruling(StrEnum):
    """What the prospect does with this frame."""

    GO_ON = "go_on"
    STOP = "stop"
    """A voice has begun: fall silent, and wait what it becomes."""
    WAIT = "wait"
    TAKE_UP = "take_up"
    """It was nothing: go on with the line."""
    YIELD = "yield"
    """The rep is talking: the line is over."""


class FloorRules:
    """Rules over one line of the prospect."""

    def __init__(self, speech: Callable[[bytes], list[float]]) -> None:
        """Take a speech detector's `feed`; rules last over a call, since they learn what the loudspeaker leaves."""
        self._speech = speech
        self._heard = np.zeros(0, np.float32)
        self._played: deque[float] = deque(maxlen=round(ECHO_LATE_S / FRAME_S))
        self._leaks: deque[float] = deque(maxlen=round((LEARN_S + APART_S) / FRAME_S))
        self._level = 0.0
        self._begin()

    def _begin(self) -> None:
        self._run_s = self._voice_s = self._quiet_s = self._longest_s = 0.0
        self._stopped = False
        self._since_voice_s = float("inf")

    def new_line(self) -> None:
        """Begin a line of the prospect; what was learnt of the loudspeaker stays."""
        self._begin()
        self._played.clear()

    def feed(self, heard: bytes, played: bytes) -> Ruling:
        """Take 20 ms of both, 16 kHz mono, signed 16-bit, and rule; `played` is silence where nothing is played."""
        samples = _samples(heard)
        self._heard = np.concatenate([self._heard, samples])[-LOOK_CHUNKS * CHUNK_SAMPLES :]
        self._level = _rms(samples)
        self._played.append(_rms(_samples(played)))
        if max(self._played) > LOUD and not self._stopped:
            self._leaks.append(self._level / max(self._played))
        self._since_voice_s += FRAME_S
        if self._level < QUIET and not self._run_s and not self._stopped:
            return Ruling.GO_ON  # most frames: the detector, which takes the time, is not asked
        for probability in self._speech(heard):
            self._run_s = self._run_s + CHUNK_S if probability >= VOICE_AT else 0.0
            if self._run_s == CHUNK_S and not self._stopped:
                self._since_voice_s = CHUNK_S
            self._longest_s = max(self._longest_s, self._run_s)
            if self._run_s:
                self._voice_s += CHUNK_S
                self._quiet_s = 0.0
            else:
                self._quiet_s += CHUNK_S
        return self._after_stop() if self._stopped else self._before_stop()

    @property
    def voice_began_s(self) -> float:
        """How long ago the voice that is on now began, with a little before it; 0 where none is on."""
        return self._since_voice_s + KEPT_S if self._run_s or self._stopped else 0.0

    def _before_stop(self) -> Ruling:
        if self._run_s < SURE_S or self._is_echo() or not self._says_words():
            return Ruling.GO_ON
        self._stopped, self._voice_s, self._quiet_s = True, self._run_s, 0.0
        self._longest_s = self._run_s
        return Ruling.STOP

    def _after_stop(self) -> Ruling:
        if self._voice_s >= WORDS_S and self._longest_s >= SYLLABLE_S:
            return Ruling.YIELD
        if self._quiet_s < NOTHING_S:
            return Ruling.WAIT
        self._stopped = False
        return Ruling.TAKE_UP

    def _says_words(self) -> bool:
        """Whether what has a voice comes from an open mouth that moves."""
        parts = self._heard.reshape(-1, CHUNK_SAMPLES) * np.hanning(CHUNK_SAMPLES)
        power = np.abs(np.fft.rfft(parts)) ** 2
        hz = np.fft.rfftfreq(CHUNK_SAMPLES, 1 / SAMPLE_RATE_HZ)
        whole = power[:, hz > 60].sum(axis=1) + 1e-9
        opened = (power[:, hz > OPEN_HZ].sum(axis=1) > OPEN_SHARE * whole) & (whole > 0.1 * whole.max())
        if opened.sum() < OPEN_CHUNKS or power[:, hz > 2500].sum() > HISS_SHARE * whole.sum():
            return False
        bands = np.log(np.add.reduceat(np.sqrt(power), np.arange(2, 128, 6), axis=1) + 1e-3)
        return self._run_s >= LONG_S or float(np.abs(np.diff(bands, axis=0)).mean()) >= CHANGES

    def _is_echo(self) -> bool:
        """Whether what is heard is no louder than what the loudspeaker leaves in the microphone."""
        if not self._played or max(self._played) <= LOUD:
            return False
        learnt = list(self._leaks)[: -round(APART_S / FRAME_S)]
        if len(learnt) < LEARNT_S / FRAME_S:
            return True
        leak = float(np.percentile(learnt, 90))
        return self._level < ECHO_OVER * leak * max(self._played)


def _samples(pcm: bytes) -> npt.NDArray[np.float32]:
    return np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(32768)


def _rms(samples: npt.NDArray[np.float32]) -> float:
    return float(np.sqrt(np.mean(samples**2)))
