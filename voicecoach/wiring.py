"""Puts a replayed call together from real parts, for the command and for the pytest plugin."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from voicecoach.ahead import Ahead
from voicecoach.dance.persona import Persona
from voicecoach.dance.prospect import Prospect
from voicecoach.deliver.speaker import SilentSpeaker
from voicecoach.deliver.voice import Captions, Pyttsx3Voice, VoiceSettings
from voicecoach.events import CallEnded, Event, Word
from voicecoach.hear.ear import WHOLE_SOURCE, SourceEar
from voicecoach.hear.live_ear import LiveEar
from voicecoach.hear.sources.file import FileSource
from voicecoach.judge.trained import TrainedJudge
from voicecoach.loop import Call, Parts
from voicecoach.ports import AudioSource, Desk, Ear, Recorder, Speaker, Transcriber


def transcriber(model: str, threads: int = 2) -> Transcriber:
    """Find, check and load a Whisper model; a raise of `MissingError` says what to type."""
    from voicecoach.hear.weights import find
    from voicecoach.hear.words import WhisperTranscriber

    weights = find(model)
    return WhisperTranscriber(weights.folder, weights.label, threads)


class LaterTranscriber:
    """Knows its model at once and loads it, with the judge, in a thread: while the prospect says the first line."""

    def __init__(self, model: str) -> None:
        """Find the weights; raise `MissingError` before the call begins where there are none."""
        from voicecoach.hear.weights import find

        self.label = find(model).label
        self._model = model
        self._loading: Future[Transcriber] | None = None

    def load(self) -> None:
        """Begin to load; safe twice."""
        if self._loading is None:
            loader = ThreadPoolExecutor(1, thread_name_prefix="load")
            self._loading = loader.submit(transcriber, self._model)
            loader.shutdown(wait=False)

    def transcribe(self, pcm: bytes) -> tuple[tuple[Word, ...], str]:
        """Return the words of one turn, once the model is there."""
        self.load()
        loading = self._loading
        if loading is None:
            raise AssertionError("load has not begun")
        return loading.result().transcribe(pcm)


def make_judge(*, in_call: bool = True) -> TrainedJudge:
    """Return the judge of this release, as it judges in a call or else in a file: surer of what it tells."""
    return TrainedJudge(in_call=in_call)


def make_voice(persona: Persona, captions: bool) -> Pyttsx3Voice | Captions:
    """Return the persona's voice."""
    return Captions() if captions else Pyttsx3Voice(voice_settings(persona))


def voice_settings(persona: Persona) -> VoiceSettings:
    """Return what the persona asks of an engine."""
    wish = persona.voice
    return VoiceSettings(
        gender=wish.gender, accent=wish.accent, rate_wpm=wish.rate_wpm, volume=wish.volume, pitch=wish.pitch
    )


def close_voice(voice: Pyttsx3Voice | Captions) -> None:
    """End the voice's process where it has one."""
    if isinstance(voice, Pyttsx3Voice):
        voice.close()


def check_files(paths: Sequence[Path]) -> None:
    """Read every recording once before the call begins, so that a bad one costs no half-played call."""
    for path in paths:
        source = FileSource(path)
        try:
            source.check()
        finally:
            source.close()


def file_ear(paths: Sequence[Path], words: Transcriber) -> Ear:
    """Return an ear that hears one file a reply."""

    def sources() -> Iterator[AudioSource]:
        for path in paths:
            source = FileSource(path)
            try:
                yield source
            finally:
                source.close()

    return SourceEar(sources(), words, WHOLE_SOURCE)


def play(
    persona: Persona,
    seed: int,
    ear: Ear,
    words: Transcriber,
    recorder: Recorder,
    tell: Callable[[Event], None],
    *,
    captions: bool = False,
    voice: Pyttsx3Voice | Captions | None = None,
    speaker: Speaker | None = None,
    desk: Desk | None = None,
    hearing: Callable[[str], None] | None = None,
    prospect: Prospect | None = None,
) -> CallEnded:
    """Play one call with real parts and return its last event; `prospect` is one who stands somewhere already."""
    voice = voice or make_voice(persona, captions)
    prospect = prospect or Prospect(persona, seed)
    ahead = Ahead(prospect, make_judge(), voice)
    live = isinstance(ear, LiveEar)
    if isinstance(ear, LiveEar):

        def guessed(text: str) -> None:
            if hearing:
                hearing(text)
            ahead.prepare(text)

        ear.on_guess = guessed
    parts = Parts(
        ear=ear,
        judge=ahead.judge,
        voice=ahead.voice if live else voice,
        speaker=speaker or SilentSpeaker(),
        recorder=recorder,
        model=words.label,
        desk=desk,
        went_on=ahead.joining(ear.join) if isinstance(ear, LiveEar) else None,
    )
    try:
        return Call(prospect, seed, parts, tell).play()
    finally:
        ahead.close()
        close_voice(voice)
