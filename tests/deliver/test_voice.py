"""The voice speaks, is kept, and a broken engine costs no call."""

import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from voicecoach.deliver.engine_process import choose
from voicecoach.deliver.voice import EngineProcess, Pyttsx3Voice, VoiceSettings
from voicecoach.events import Position

WOMAN = VoiceSettings(gender="female", accent="en-gb", rate_wpm=165, volume=0.9, pitch=50)
LINE = "I would like to think it over."


def never_answers(start_s: float = 0.3) -> EngineProcess:
    return EngineProcess([sys.executable, "-c", "import time; time.sleep(60)"], start_s=start_s)


def dies() -> EngineProcess:
    return EngineProcess([sys.executable, "-c", "raise SystemExit('no espeak-ng here')"], start_s=5)


def faulty(tmp_path: Path, fault: str, engines: int = 10**6) -> EngineProcess:
    """Return the real engine, which in the first `engines` processes does `fault` at its second line."""
    script = tmp_path / "faulty.py"
    script.write_text(
        f"""
import os, pathlib, time
import pyttsx3
from voicecoach.deliver.engine_process import main
started = pathlib.Path({str(tmp_path / "started")!r})
started.open("a").write("x")
sound, init = len(started.read_text()) > {engines}, pyttsx3.init
def faulty_engine():
    engine = init()
    run, lines = engine.runAndWait, []
    def run_and_wait():
        lines.append(1)
        if len(lines) > 1 and not sound:
            {fault}
        run()
    engine.runAndWait = run_and_wait
    return engine
pyttsx3.init = faulty_engine
main()
"""
    )
    return EngineProcess([sys.executable, str(script)], line_s=1)


FAULTS = {
    "hangs": ("time.sleep(100)", "did not answer in 1 s"),
    "is_killed": ("os.kill(os.getpid(), 9)", "the voice engine ended"),
    "raises": ("raise RuntimeError('run loop already started')", "run loop already started"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_an_engine_that_fails_at_its_second_line_is_started_anew(tmp_path: Path, fault: str) -> None:
    voice = Pyttsx3Voice(WOMAN, engine=faulty(tmp_path, FAULTS[fault][0]), cache=tmp_path / "clips")
    said = [voice.render(line, Position.TOGETHER) for line in ("One.", "Two.", "Three.")]
    voice.close()
    assert None not in said
    assert voice.failure == ""


def test_an_engine_that_never_starts_is_waited_for_once(tmp_path: Path) -> None:
    began_s = time.monotonic()
    voice = Pyttsx3Voice(WOMAN, engine=never_answers(start_s=1), cache=tmp_path)
    assert [voice.render(line, Position.TOGETHER) for line in ("One.", "Two.")] == [None, None]
    assert time.monotonic() - began_s < 1.9


def test_the_engine_answers_when_the_whole_line_is_written(tmp_path: Path) -> None:
    """espeak-ng writes in a thread of its own: an answer before it is done made a third of first lines fail."""
    seconds = set()
    for number in range(8):
        engine, path = EngineProcess(), tmp_path / f"{number}.wav"
        engine.render(LINE, WOMAN, path)
        seconds.add(soundfile.info(path).duration)
        engine.close()
    assert len(seconds) == 1


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
