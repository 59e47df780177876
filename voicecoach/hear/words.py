"""Sound to words with Whisper in as small a window as holds them, and what of them nobody said."""

import re
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from voicecoach.errors import DamagedModelError
from voicecoach.events import SAMPLE_RATE_HZ, Word

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
WINDOWS: Final = ((8.0, 1_000), (13.0, 1_500), (29.0, 3_000))
"""Up to how many seconds of sound, how many frames (10 ms) the encoder is given; the rest of a window stays empty.

Whisper's own window is 3,000 always. Windows cut closer to the sound than these make it repeat itself now and then.
"""
FULL: Final = 3_000
TOKENS_A_SECOND: Final = 7
TOKENS_MORE: Final = 12
"""A reply has at most about 7 tokens a second and a dozen: more is a recognizer that repeats itself."""
UNSURE: Final = -0.7
SHORT: Final = 6
"""Up to so many tokens, and with a mean log-probability under that, a full window is tried as well: "okay" is hard."""
SAME_AGAIN: Final = 4
"""A phrase said so many times in a row was said once and repeated by the recognizer."""
LONG_PHRASE: Final = 4
"""Words from which a phrase said twice in a row is doubted as well: tiny.en doubles short replies in a short window."""
BEAM: Final = 5


@dataclass(frozen=True, slots=True)
class Decoded:
    """What one pass of the recognizer made of a reply."""

    tokens: tuple[int, ...]
    text: str
    no_speech: float
    log_prob: float
    """Mean a token."""
    cut: bool
    """Whether the limit of tokens ended it."""
    encoded: Any
    frames: int

    @property
    def compression(self) -> float:
        """How much zlib shrinks the text: Whisper's own measure of repetition."""
        raw = self.text.encode()
        return len(raw) / len(zlib.compress(raw))

    @property
    def failed(self) -> bool:
        """Whether a wider window may do better."""
        return self.cut or self.compression > REPEATS or self.log_prob < LOG_PROB or repeats(self.text)


class WhisperTranscriber:
    """Whisper on this machine's processor, int8, two threads: the same sound gives the same words."""

    def __init__(self, folder: Path, label: str, threads: int = 2, beam: int = BEAM) -> None:
        from faster_whisper import WhisperModel
        from faster_whisper.tokenizer import Tokenizer
        from faster_whisper.transcribe import get_suppressed_tokens

        try:
            self._model: Any = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=threads)
        except (RuntimeError, ValueError, OSError) as error:
            raise DamagedModelError(
                f"The model in {folder} cannot be loaded: {error}. Give another folder, or a name: --model tiny.en"
            ) from error
        multilingual = self._model.model.is_multilingual
        self._tokenizer: Any = Tokenizer(self._model.hf_tokenizer, multilingual, task="transcribe", language="en")
        self._suppressed = list(get_suppressed_tokens(self._tokenizer, [-1]))
        self._label = label
        self._beam = beam

    @property
    def label(self) -> str:
        """Name and content of the weights."""
        return self._label

    def transcribe(self, pcm: bytes) -> tuple[tuple[Word, ...], str]:
        """Return the words and, where there are none, why."""
        samples: npt.NDArray[np.float32] = np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(32768)
        seconds = len(samples) / SAMPLE_RATE_HZ
        window = next((frames for longest_s, frames in WINDOWS if seconds <= longest_s), None)
        if window is None:
            return self._long(samples)
        heard = self._decode(samples, window)
        if window != FULL and (heard.failed or (heard.log_prob < UNSURE and len(heard.tokens) <= SHORT)):
            again = self._decode(samples, FULL)
            if heard.failed or again.log_prob > heard.log_prob:
                heard = again
        doubt = unbelievable(heard.text, heard.no_speech, heard.log_prob, heard.compression)
        if doubt:
            return (), doubt
        return _believed(self._timed(heard))

    def _decode(self, samples: npt.NDArray[np.float32], window: int) -> Decoded:
        """Recognize in a window of so many frames."""
        mel = self._model.feature_extractor(samples)
        frames = min(mel.shape[-1], window)
        encoded = self._model.encode(np.pad(mel[:, :window], ((0, 0), (0, window - frames))))
        prompt = [*self._tokenizer.sot_sequence, self._tokenizer.no_timestamps]
        most = len(prompt) + TOKENS_MORE + round(TOKENS_A_SECOND * len(samples) / SAMPLE_RATE_HZ)
        found = self._model.model.generate(
            encoded,
            [prompt],
            beam_size=self._beam,
            max_length=most,
            suppress_blank=True,
            suppress_tokens=self._suppressed,
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        tokens = tuple(token for token in found.sequences_ids[0] if token < self._tokenizer.eot)
        return Decoded(
            tokens=tokens,
            text=self._tokenizer.decode(tokens).strip(),
            no_speech=found.no_speech_prob,
            log_prob=found.scores[0] * len(found.sequences_ids[0]) / (len(found.sequences_ids[0]) + 1),
            cut=len(tokens) + len(prompt) >= most,
            encoded=encoded,
            frames=frames,
        )

    def _timed(self, heard: Decoded) -> list[Word]:
        """Align the words with the sound."""
        found = self._model.find_alignment(self._tokenizer, [list(heard.tokens)], heard.encoded, heard.frames)
        return _joined([(one["word"], one["start"], one["end"], one["probability"]) for one in found[0]])

    def _long(self, samples: npt.NDArray[np.float32]) -> tuple[tuple[Word, ...], str]:
        """Recognize what no one window holds, window after window, as faster-whisper does."""
        segments, _ = self._model.transcribe(
            samples,
            language="en",
            beam_size=self._beam,
            temperature=0.0,  # no chance: two replays of one call print the same bytes
            condition_on_previous_text=False,
            word_timestamps=True,
        )
        words: list[Word] = []
        why = "nothing that sounds like words"
        for segment in segments:
            doubt = unbelievable(segment.text, segment.no_speech_prob, segment.avg_logprob, segment.compression_ratio)
            if doubt:
                why = doubt
                continue
            found, doubt = _believed(_joined([(w.word, w.start, w.end, w.probability) for w in segment.words]))
            why = doubt or why
            words += found
        return tuple(words), "" if words else why


def _joined(pieces: list[tuple[str, float, float, float]]) -> list[Word]:
    """Return the words as people write them: a piece without a space before it belongs to the word before."""
    words: list[Word] = []
    for piece, start_s, end_s, probability in pieces:
        text, end_s = piece.strip(), round(float(end_s), 3)
        if words and not piece.startswith(" "):
            words[-1] = replace(words[-1], text=words[-1].text + text, end_s=end_s)
        elif text:
            confidence = round(float(probability), 3)
            words.append(Word(text=text, start_s=round(float(start_s), 3), end_s=end_s, confidence=confidence))
    return words


def _believed(words: list[Word]) -> tuple[tuple[Word, ...], str]:
    """Return the words without the sentences that nobody said and, where none is left, why."""
    kept: list[Word] = []
    sentence: list[Word] = []
    why = "nothing that sounds like words"
    for word in words:
        sentence.append(word)
        if word is words[-1] or word.text[-1] in ".?!":
            doubt = phantom(" ".join(one.text for one in sentence), _mean([one.confidence for one in sentence]))
            kept += [] if doubt else sentence
            why = doubt or why
            sentence = []
    return tuple(kept), "" if kept else why


def repeats(text: str) -> bool:
    """Whether a phrase of up to three words comes four times in a row, or a longer one twice."""
    words = re.findall(r"[\w']+", text.lower())
    for length in range(1, len(words) // 2 + 1):
        times = SAME_AGAIN if length < LONG_PHRASE else 2
        for start in range(len(words) - length * times + 1):
            phrase = words[start : start + length]
            if words[start : start + length * times] == phrase * times:
                return True
    return False


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
