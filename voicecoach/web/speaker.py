"""The prospect's voice over a line: no faster than it is spoken, silent at once when the rep begins to talk."""

import time
from typing import Final

import numpy as np

from voicecoach.events import FRAME_S, Clip, Played
from voicecoach.hear.speech import CHUNK_S, SpeechDetector
from voicecoach.web.line import Line

LEAD_S: Final = 0.2
"""How far ahead of the mouth sound is sent: a network's hiccup then cuts no word."""
TALKING_AT: Final = 0.6
"""Speech probability with which an interruption begins; Silero's own threshold is 0.5."""
STILL_TALKING_AT: Final = 0.4
"""The same for the chunks after it."""
TALKING_S: Final = 0.128
"""So much speech in a row stops the prospect: a cough has less voice in it, and 200 ms must do for all of it."""
QUIET: Final = 60.0
"""RMS (of 32768) under which a frame is not looked at: -55 dB, the rest of a loudspeaker after echo cancellation."""
KEPT_S: Final = 0.6
"""What is kept from before an interruption was sure: soft consonants begin earlier."""


class TalkOver:
    """Listens while the prospect speaks, and knows when the rep is talking."""

    def __init__(self) -> None:
        self._detector = SpeechDetector()
        self._run_s = 0.0
        self._kept: list[bytes] = []

    def feed(self, frames: list[bytes]) -> bool:
        """Take frames of 20 ms and return whether the rep is talking by now."""
        for frame in frames:
            self._kept.append(frame)
            samples = np.frombuffer(frame, "<i2").astype(np.float32)
            if not self._run_s and float(np.sqrt(np.mean(samples**2))) < QUIET:
                continue
            for probability in self._detector.feed(frame):
                enough = STILL_TALKING_AT if self._run_s else TALKING_AT
                self._run_s = self._run_s + CHUNK_S if probability >= enough else 0.0
        del self._kept[: -round(KEPT_S / FRAME_S)]
        return self._run_s >= TALKING_S

    def begun(self) -> list[bytes]:
        """Return the sound that belongs to the reply: empty where nobody has begun to talk."""
        return self._kept if self._run_s else []

    @property
    def run_s(self) -> float:
        """How long the rep has been talking."""
        return self._run_s


class LineSpeaker:
    """A `Speaker` that sends; it returns when the last sample is out, or when the rep talks over it."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._last: Clip | None = None

    def play(self, clip: Clip) -> Played | None:
        """Send the clip at the pace of speech; from its beginning again where the connection dropped in the middle."""
        self._last = clip
        self._line.tell({"type": "floor", "who": "prospect"})
        played = None
        while self._line.wait_attached() and played is None:
            played = self._sent(clip)
        self._line.tell({"type": "floor", "who": "rep"})
        return played

    def again(self) -> None:
        """Say the last line once more; nothing moves."""
        if self._last:
            self.play(self._last)

    def _sent(self, clip: Clip) -> Played | None:
        """Send the whole clip, or as much as is heard; return None where the connection dropped."""
        line, socket = self._line, self._line.attachment
        pcm, step = self._at_rate(clip, line.rate_hz), 2 * round(line.rate_hz * FRAME_S)
        talk_over, talked_over = TalkOver(), False
        began, sent_s, at, read = time.monotonic(), 0.0, 0, 0
        while (at < len(pcm) or time.monotonic() - began < sent_s) and not line.source.closed:
            if line.attachment != socket:
                return None
            while at < len(pcm) and sent_s < time.monotonic() - began + LEAD_S:
                line.sound(pcm[at : at + step])
                at, sent_s = at + step, sent_s + FRAME_S
            frames = line.source.overheard(FRAME_S)
            read += len(frames)
            talked_over = talk_over.feed(frames)
            if talked_over or line.source.has_typed:
                line.tell({"type": "clear"})
                break
        begun = talk_over.begun()
        line.source.put_back(begun)
        heard_s = min(clip.duration_s, time.monotonic() - began)
        return Played(
            heard_s=heard_s,
            rep_before_s=len(begun) * FRAME_S,
            talked_over=talked_over,
            over_from_s=max(0.0, heard_s - talk_over.run_s),
            quiet_s=(read - len(begun)) * FRAME_S,
            began_s=began,
        )

    @staticmethod
    def _at_rate(clip: Clip, rate_hz: int) -> bytes:
        import soxr

        if clip.sample_rate_hz == rate_hz:
            return clip.pcm
        samples = np.frombuffer(clip.pcm, "<i2")
        return bytes(soxr.resample(samples, clip.sample_rate_hz, rate_hz).astype("<i2").tobytes())
