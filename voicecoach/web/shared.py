"""What all calls of one server share: recognizers, the judge, the voice's engine."""

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from voicecoach import wiring
from voicecoach.dance.persona import Persona
from voicecoach.deliver.voice import EngineProcess, Pyttsx3Voice, VoiceSettings
from voicecoach.events import Side
from voicecoach.ports import Judge, Transcriber, Voice
from voicecoach.web.meters import Meters
from voicecoach.web.pool import FairPool, SharedTranscriber

CALLS_A_CORE: Final = 8
"""How many calls a core bears with the answer still in time: 16 on two cores were measured, docs/capacity.md."""


class SharedEngine(EngineProcess):
    """The one voice engine, asked by one call at a time; it lives as long as the server."""

    def __init__(self) -> None:
        super().__init__()
        self._turn = threading.Lock()

    def render(self, text: str, settings: VoiceSettings, path: Path) -> None:
        """Render one line; others wait, about 10 ms each."""
        with self._turn:
            super().render(text, settings, path)


class Shared:
    """Loaded once, before the first call."""

    def __init__(
        self,
        words: Sequence[Transcriber],
        judge: Judge,
        voice: Callable[[Persona], Voice],
        close: Callable[[], None] = lambda: None,
    ) -> None:
        """Take the recognizers (as many as run at once), the judge, how a voice is made, and what ends with it."""
        self.label = words[0].label
        self.pool: FairPool[Transcriber] = FairPool(words)
        self.judge = judge
        self.voice = voice
        self.close = close
        self.meters = Meters()

    def transcriber(self, owner: str) -> SharedTranscriber:
        """Return one call's place at the recognizers."""
        return SharedTranscriber(self.pool, owner, self.label, self.meters.recognized.observe)


def load(model: str, recognizers: int | None = None) -> Shared:
    """Load a server's parts: one recognizer a core, one thread each; the judge has judged once, so no call waits."""
    words = [wiring.transcriber(model, threads=1) for _ in range(recognizers or max(1, os.cpu_count() or 1))]
    judge = wiring.make_judge()
    judge.judge(Side.AWAY, "I'd want to think it over.", "Take your time.")
    engine = SharedEngine()
    return Shared(words, judge, lambda persona: Pyttsx3Voice(wiring.voice_settings(persona), engine), engine.close)
