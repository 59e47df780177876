"""Who has the floor while the prospect speaks: whether a sound takes it from them.

Pure and counted in samples: 20 ms of the microphone and the 20 ms that the loudspeaker gave meanwhile go in, a ruling
comes out. A prospect falls silent at the first sign of a voice and waits what it becomes. Where it says no words (a
laugh, a hum), they go on at the same sample, a fraction of a second later; where it was a word and no more, from a word
before; where the rep goes on talking, the line is over. A cough, things on the desk and the prospect's own echo do not
stop them.
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
SIGN_S: Final = 0.06
"""Voice in a row that makes the prospect fall silent: two chunks."""
UNSURE_S: Final = 0.24
"""So long they are silent for a voice that says no words."""
BREATH_S: Final = 0.09
"""Silence that ends a voice which said no words."""
AGAIN_S: Final = 0.25
"""Silence after which a voice is a new one: the one that said no words does not stop them twice."""
WORDS_S: Final = 0.5
"""Voice that makes an interruption of it: "yeah", "okay", "right" last 0.2 to 0.45 s."""
NOTHING_S: Final = 0.4
"""Silence after which a voice too short for an interruption was nothing: the prospect goes on."""
SYLLABLE_S: Final = 0.1
"""Words have a loud stretch at least this long; a laugh comes in shorter bursts (0.09 s at most in 12; half of 48
replies have one of 0.14 s within their first 0.2 s)."""
LOUD_SHARE: Final = 0.3
"""What is this much (-10 dB) of a voice's loudest part is loud."""
CHANGES: Final = 0.45
"""Mean change of the bands' logarithms between loud chunks: words move the mouth. In 0.2 s it is 0.26 to 0.46 for hums,
and over 0.53 for three of four replies. Both figures were read from sounds other than those of
`benchmarks/interruptions.py`."""
LONG_S: Final = 0.8
"""A voice that lasts so long is an interruption however little it changes."""
HISS_SHARE: Final = 0.5
"""With more than this part above 2.5 kHz it is breath, or china."""
LEAK: Final = 0.1
"""What headphones are taken to leave in the microphone (-20 dB) before anything was learnt of these. What is heard
more than `ECHO_OVER` this loud is none of it, and teaches nothing: it is the rep."""
ECHO_OVER: Final = 4.0
"""How far (12 dB) a voice must be over what the loudspeaker is known to leave in the microphone."""
ECHO_LATE_S: Final = 0.35
"""The latest echo: devices' delay, and the room's."""
LEARN_S: Final = 2.0
"""What the loudspeaker leaves in the microphone is learnt from so much of its sound."""
APART_S: Final = 0.3
"""The latest sound is not learnt from yet: it may be the rep, whose first consonants are no voice to the detector."""
LEARNT_S: Final = 0.24
"""Before so much was learnt `LEAK` holds."""
QUIET: Final = 0.002
"""-54 dB: under it nobody speaks into a microphone that they wear or sit at."""
LOUD: Final = 0.01
"""-40 dB: what is played under it teaches nothing."""
KEPT_S: Final = 0.3
"""Sound before the voice that belongs to the reply: soft consonants begin before the detector is sure."""

HZ: Final = np.fft.rfftfreq(CHUNK_SAMPLES, 1 / SAMPLE_RATE_HZ)
BANDS: Final = np.arange(2, 128, 6)
"""Where each band of 190 Hz begins, up to 4 kHz."""
Sound = npt.NDArray[np.float32]


class Ruling(StrEnum):
    """What the prospect does with this frame."""

    GO_ON = "go_on"
    STOP = "stop"
    """A voice has begun: fall silent, and wait what it becomes."""
    WAIT = "wait"
    RESUME = "resume"
    """It said no words: go on at the same sample."""
    TAKE_UP = "take_up"
    """It was a word and no more: go on with the line, from a word before."""
    YIELD = "yield"
    """The rep is talking: the line is over."""


class _State(StrEnum):
    SPEAKING = "speaking"
    UNSURE = "unsure"
    STOPPED = "stopped"


class FloorRules:
    """Rules over one line of the prospect."""

    def __init__(self, speech: Callable[[bytes], list[float]]) -> None:
        """Take a speech detector's `feed`; rules last over a call, since they learn what the loudspeaker leaves."""
        self._speech = speech
        self._heard = np.zeros(0, np.float32)
        self._played: deque[float] = deque(maxlen=round(ECHO_LATE_S / FRAME_S))
        self._leaks: deque[float] = deque(maxlen=round((LEARN_S + APART_S) / FRAME_S))
        self._level = 0.0
        self.new_line()

    def new_line(self) -> None:
        """Begin a line of the prospect; what was learnt of the loudspeaker stays."""
        self._state = _State.SPEAKING
        self._quiet_s, self._silent_s = AGAIN_S, 0.0
        self._since_voice_s = float("inf")
        self._played.clear()
        self._begin_voice()

    def _begin_voice(self) -> None:
        self._run_s = self._voice_s = 0.0
        self._levels: list[float] = []
        self._chunks: list[tuple[float, Sound]] = []
        self._doubted = False

    def feed(self, heard: bytes, played: bytes) -> Ruling:
        """Take 20 ms of both, 16 kHz mono, signed 16-bit, and rule; `played` is silence where nothing is played."""
        samples = _samples(heard)
        self._heard = np.concatenate([self._heard, samples])[-2 * CHUNK_SAMPLES :]
        self._level = _rms(samples)
        self._played.append(_rms(_samples(played)))
        self._since_voice_s += FRAME_S
        if self._level < QUIET and not self._run_s:
            self._quiet_s += FRAME_S  # most frames: the detector, which takes the time, is not asked
        else:
            for probability in self._speech(heard):
                self._take_chunk(probability >= VOICE_AT)
        if self._voice_s:
            self._levels.append(self._level)
        self._learn()
        if self._state is _State.SPEAKING:
            return self._speaking()
        self._silent_s += FRAME_S
        return self._unsure() if self._state is _State.UNSURE else self._stopped()

    @property
    def voice_began_s(self) -> float:
        """How long ago the voice that is on now began, with a little before it; 0 where none is on."""
        return self._since_voice_s + KEPT_S if self._run_s or self._state is _State.STOPPED else 0.0

    def _take_chunk(self, voice: bool) -> None:
        if not voice:
            self._run_s = 0.0
            self._quiet_s += CHUNK_S
        else:
            if self._quiet_s >= AGAIN_S and self._state is _State.SPEAKING:
                self._begin_voice()
                self._since_voice_s = CHUNK_S
            self._run_s += CHUNK_S
            self._voice_s += CHUNK_S
            self._quiet_s = 0.0
        if self._voice_s:
            chunk = self._heard[-CHUNK_SAMPLES:]
            self._chunks.append((_rms(chunk), _power(chunk)))

    def _speaking(self) -> Ruling:
        if self._run_s < SIGN_S or self._is_echo():
            return Ruling.GO_ON
        if self._says_words():
            return self._stop(_State.STOPPED)
        if self._doubted or self._is_hiss():
            return Ruling.GO_ON
        return self._stop(_State.UNSURE)

    def _stop(self, state: _State) -> Ruling:
        self._state, self._silent_s = state, 0.0
        return Ruling.STOP

    def _unsure(self) -> Ruling:
        if self._says_words():
            self._state = _State.STOPPED
            return Ruling.WAIT
        if self._silent_s < UNSURE_S and self._quiet_s < BREATH_S:
            return Ruling.WAIT
        self._state, self._doubted = _State.SPEAKING, True
        return Ruling.RESUME

    def _stopped(self) -> Ruling:
        if self._voice_s >= WORDS_S:
            return Ruling.YIELD
        if self._quiet_s < NOTHING_S:
            return Ruling.WAIT
        self._state = _State.SPEAKING
        return Ruling.TAKE_UP

    def _says_words(self) -> bool:
        """Whether the voice that is on comes from a mouth that moves, and not in bursts."""
        loud_frames = "".join("x" if level > LOUD_SHARE * max(self._levels) else " " for level in self._levels)
        longest_s = max(map(len, loud_frames.split()), default=0) * FRAME_S
        if longest_s < SYLLABLE_S - FRAME_S / 2 or len(self._chunks) < 3:
            return False
        loudest = max(level for level, _ in self._chunks)
        loud = [level > LOUD_SHARE * loudest for level, _ in self._chunks]
        bands = np.log(np.add.reduceat(np.sqrt([power for _, power in self._chunks]), BANDS, axis=1) + 1e-3)
        changes = np.abs(np.diff(bands, axis=0)).mean(axis=1)[np.array(loud[1:]) & np.array(loud[:-1])]
        return self._voice_s >= LONG_S or (len(changes) > 0 and float(changes.mean()) >= CHANGES)

    def _is_hiss(self) -> bool:
        """Whether the latest two chunks are breath, or china."""
        power = np.array([power for _, power in self._chunks[-2:]])
        return float(power[:, HZ > 2500].sum()) > HISS_SHARE * float(power[:, HZ > 60].sum())

    # The prospect's own voice in the microphone.

    def _is_echo(self) -> bool:
        """Whether what is heard is no louder than what the loudspeaker leaves in the microphone."""
        return bool(self._played) and self._level < ECHO_OVER * self._leak() * max(self._played)

    def _leak(self) -> float:
        """Return which part of the loudspeaker's level is in the microphone."""
        learnt = list(self._leaks)[: -round(APART_S / FRAME_S)]
        return float(np.percentile(learnt, 75)) if len(learnt) >= LEARNT_S / FRAME_S else LEAK

    def _learn(self) -> None:
        """Learn from a frame that may hold the prospect's voice alone: a rep who talks must not be taken for echo."""
        played = max(self._played)
        voice = self._run_s > 0 and not self._is_echo()
        if self._state is _State.SPEAKING and played > LOUD and not voice and self._level < ECHO_OVER * LEAK * played:
            self._leaks.append(self._level / played)


def _power(chunk: Sound) -> Sound:
    """Return the power of a chunk at each frequency of `HZ`."""
    whole = np.pad(chunk, (CHUNK_SAMPLES - len(chunk), 0)) * np.hanning(CHUNK_SAMPLES)
    return np.asarray(np.abs(np.fft.rfft(whole)) ** 2, np.float32)


def _samples(pcm: bytes) -> Sound:
    return np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(32768)


def _rms(samples: Sound) -> float:
    return float(np.sqrt(np.mean(samples**2)))
