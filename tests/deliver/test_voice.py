"""The voice speaks, is kept, and a broken engine costs no call."""

import sys
from pathlib import Path

import numpy as np
import pytest

from voicecoach.deliver.engine_process import choose
from voicecoach.deliver.voice import EngineProcess, Pyttsx3Voice, VoiceSettings
from voicecoach.events import Position

WOMAN = VoiceSettings(gender="female", accent="en-gb", rate_wpm=165, volume=0.9, pitch=50)
LINE = "I would like to think it over."


def never_answers() -> EngineProcess:
    return EngineProcess([sys.executable, "-c", "import time; time.sleep(60)"], timeout_s=0.3)


def dies() -> EngineProcess:
    return EngineProcess([sys.executable, "-c", "raise SystemExit('no espeak-ng here')"], timeout_s=5)


def test_a_line_is_spoken_once_and_then_kept(tmp_path: Path) -> None:
    voice = Pyttsx3Voice(WOMAN, cache=tmp_path)
    first = voice.render(LINE, Position.STEPPED_BACK)
    voice.close()
    assert first is not None
    assert 1 < first.duration_s < 6
    assert np.abs(np.frombuffer(first.pcm, "<i2")).max() > 1000

    kept = Pyttsx3Voice(WOMAN, engine=never_answers(), cache=tmp_path)
    assert kept.render(LINE, Position.STEPPED_BACK) == first
    assert kept.failure == ""


def test_a_prospect_on_the_run_speaks_faster(tmp_path: Path) -> None:
    voice = Pyttsx3Voice(WOMAN, cache=tmp_path)
    calm, running = (voice.render(LINE, at) for at in (Position.TOGETHER, Position.STILL_RUNNING))
    voice.close()
    assert calm is not None
    assert running is not None
    assert running.duration_s < 0.95 * calm.duration_s


@pytest.mark.parametrize(
    ("engine", "why"), [(never_answers, "did not answer in 0 s"), (dies, "no espeak-ng here")], ids=["hangs", "dies"]
)
def test_a_broken_engine_gives_captions_and_says_why(tmp_path: Path, engine: object, why: str) -> None:
    voice = Pyttsx3Voice(WOMAN, engine=engine(), cache=tmp_path)  # type: ignore[operator]

    assert voice.render(LINE, Position.TOGETHER) is None
    assert why in voice.failure
    assert list(tmp_path.iterdir()) == []


def test_a_home_that_cannot_be_written_costs_only_the_cache(tmp_path: Path) -> None:
    file = tmp_path / "a-file-in-the-way"
    file.touch()
    voice = Pyttsx3Voice(WOMAN, cache=file / "clips")
    assert voice.render(LINE, Position.TOGETHER) is not None
    voice.close()


@pytest.mark.parametrize(
    ("voices", "gender", "accent", "chosen"),
    [
        ([("gmw/en-gb", "male", "en-gb")], "female", "en-gb", "en-gb+f3"),
        (
            [("com.apple.Daniel", "male", "en_GB"), ("com.apple.Kate", "female", "en_GB")],
            "female",
            "en-gb",
            "com.apple.Kate",
        ),
        ([("ZIRA", "female", "en-US"), ("HEDDA", "female", "de-DE")], "female", "en-gb", "ZIRA"),
    ],
    ids=["espeak", "macos", "windows"],
)
def test_the_voice_that_fits_best_is_chosen(
    voices: list[tuple[str, str, str]], gender: str, accent: str, chosen: str
) -> None:
    assert choose(voices, gender, accent) == chosen
