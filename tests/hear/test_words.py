"""What the recognizer says, and what of it is believed."""

import numpy as np
import pytest

from voicecoach.hear.words import phantom, unbelievable


@pytest.mark.parametrize(
    ("text", "confidence", "believed"),
    [
        ("Thank you for watching.", 0.95, False),
        ("Thanks for watching!", 0.99, False),
        ("you", 0.4, False),
        ("You", 0.9, True),
        ("Thank you.", 0.9, True),
        ("Thank you.", 0.3, False),
        ("Thank you for telling me.", 0.3, True),
    ],
)
def test_a_phrase_that_recognizers_invent_is_believed_only_when_sure(
    text: str, confidence: float, believed: bool
) -> None:
    assert (phantom(text, confidence) == "") is believed


@pytest.mark.parametrize(
    ("text", "no_speech", "log_prob", "compression", "believed"),
    [
        ("Take your time.", 0.1, -0.3, 1.0, True),
        ("Take your time.", 0.9, -0.3, 1.0, True),
        ("so so", 0.9, -1.4, 1.0, False),
        ("no no no no no no", 0.1, -0.3, 3.0, False),
        ("...", 0.1, -0.3, 1.0, False),
    ],
)
def test_the_recognizers_own_figures_are_used(
    text: str, no_speech: float, log_prob: float, compression: float, believed: bool
) -> None:
    assert (unbelievable(text, no_speech, log_prob, compression) == "") is believed


@pytest.mark.parametrize("kind", ["zeros", "hiss", "hum"])
def test_sound_without_a_voice_has_no_words(kind: str) -> None:
    from voicecoach.hear.ear import WHOLE_SOURCE, SourceEar
    from voicecoach.testing import ScriptedSource
    from voicecoach.wiring import transcriber

    at_s = np.arange(5 * 16000) / 16000
    sound = {
        "zeros": np.zeros(len(at_s)),
        "hiss": 0.05 * np.random.default_rng(1).standard_normal(len(at_s)),
        "hum": 0.2 * np.sin(2 * np.pi * 50 * at_s),
    }[kind]
    pcm = (sound * 32767).astype("<i2").tobytes()

    heard = SourceEar(iter([ScriptedSource(pcm)]), transcriber("tiny.en"), WHOLE_SOURCE).listen()

    assert heard is not None
    assert heard.text == ""
    assert heard.why == ("silence" if kind == "zeros" else "noise")
