"""Sound to words with faster-whisper, and what of them nobody said."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from voicecoach.events import Word

PHANTOMS: Final = frozenset(
    [
        "you",
        "bye",
        "bye bye",
        "the end",
        "thank you",
        "thanks for watching",
        "thank you for watching",
        "thank you very much",
        "thank you so much for watching",
        "please subscribe",
        "like and subscribe",
        "subscribe to my channel",
        "see you in the next video",
        "i'll see you in the next video",
        "subtitles by the amara org community",
        "transcription by castingwords",
    ]
)
"""What Whisper says where nobody spoke: it learnt from subtitles. Known from its users' reports and seen here."""
LIKELY_PHANTOM: Final = frozenset(phrase for phrase in PHANTOMS if "watching" in phrase or "subscri" in phrase)
"""No rep says these to a prospect: never believed, however sure the recognizer is."""
SURE: Final = 0.6
"""Mean word probability under which a phantom phrase is not believed."""
NO_SPEECH: Final = 0.6
"""Whisper's own default: above it a stretch is silence if the words are unlikely as well."""
LOG_PROB: Final = -1.0
"""Whisper's own default for unlikely words: mean log-probability a token."""
REPEATS: Final = 2.4
"""Whisper's own default: text that zlib shrinks by more repeats itself and was not said."""


class WhisperTranscriber:
    """faster-whisper on this machine's processor, int8, two threads: the same sound gives the same words."""

    def __init__(self, folder: Path, label: str, threads: int = 2) -> None:
        from faster_whisper import WhisperModel

        self._model: Any = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=threads)
        self._label = label

    @property
    def label(self) -> str:
        """Name and content of the weights."""
        return self._label

    def transcribe(self, pcm: bytes) -> tuple[tuple[Word, ...], str]:
        """Return the words and, where there are none, why."""
        samples = np.frombuffer(pcm, "<i2").astype(np.float32) / 32768
        segments, _ = self._model.transcribe(
            samples,
            language="en",
            beam_size=5,
            temperature=0.0,  # no chance: two replays of one call print the same bytes
            condition_on_previous_text=False,
            word_timestamps=True,
        )
        words: list[Word] = []
        why = "nothing that sounds like words"
        for segment in segments:
            doubt = unbelievable(segment.text, segment.no_speech_prob, segment.avg_logprob, segment.compression_ratio)
            if not doubt:
                doubt = phantom(segment.text, _mean([word.probability for word in segment.words]))
            if doubt:
                why = doubt
                continue
            words += _joined(segment.words)
        return tuple(words), "" if words else why


def _joined(heard: list[Any]) -> list[Word]:
    """Return the words as people write them: a piece without a space before it belongs to the word before."""
    words: list[Word] = []
    for piece in heard:
        text, end_s = piece.word.strip(), round(float(piece.end), 3)
        if words and not piece.word.startswith(" "):
            words[-1] = replace(words[-1], text=words[-1].text + text, end_s=end_s)
        elif text:
            confidence = round(float(piece.probability), 3)
            words.append(Word(text=text, start_s=round(float(piece.start), 3), end_s=end_s, confidence=confidence))
    return words


def _mean(numbers: list[float]) -> float:
    return sum(numbers) / len(numbers) if numbers else 0.0


def unbelievable(text: str, no_speech: float, log_prob: float, compression: float) -> str:
    """Return why the recognizer itself does not believe a segment; empty where it does."""
    if no_speech > NO_SPEECH and log_prob < LOG_PROB:
        return f"the recognizer takes it for no speech ({no_speech:.2f})"
    if compression > REPEATS:
        return "the recognizer repeated itself"
    if not re.search(r"\w", text):
        return "no word in it"
    return ""


def phantom(text: str, confidence: float) -> str:
    """Return why a segment is taken for a phantom phrase; empty where it is not."""
    plain = " ".join(re.findall(r"[\w']+", text.lower()))
    if plain in LIKELY_PHANTOM or (plain in PHANTOMS and confidence < SURE):
        return f"a phrase that recognizers invent: {plain!r}"
    return ""
