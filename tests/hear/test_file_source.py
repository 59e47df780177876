"""Recordings: what is read, and the one clear sentence for what is not."""

import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from voicecoach.errors import SoundFileError
from voicecoach.events import FRAME_SAMPLES
from voicecoach.hear.sources.file import FileSource, open_sound


def tone(seconds: float, rate: int, channels: int = 1) -> np.ndarray:
    at_s = np.arange(round(seconds * rate)) / rate
    wave = 0.3 * np.sin(2 * np.pi * 440 * at_s)
    return np.repeat(wave[:, None], channels, axis=1)


def heard(path: Path) -> np.ndarray:
    source = FileSource(path)
    frames = list(source.frames())
    source.close()
    source.close()
    assert all(len(frame.pcm) == FRAME_SAMPLES * 2 for frame in frames)
    assert [frame.start_s for frame in frames] == pytest.approx([0.02 * number for number in range(len(frames))])
    return np.frombuffer(b"".join(frame.pcm for frame in frames), "<i2") / 32768


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 44100, 48000, 192_000])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("kind", ["wav", "flac", "ogg"])
def test_any_rate_and_format_becomes_16_khz_mono_of_the_same_length(
    tmp_path: Path, rate: int, channels: int, kind: str
) -> None:
    if kind == "ogg" and rate == 192_000:
        pytest.skip("Vorbis has no such rate")
    path = tmp_path / f"tone.{kind}"
    soundfile.write(path, tone(1.01, rate, channels), rate)

    sound = heard(path)

    assert len(sound) == pytest.approx(1.01 * 16000, abs=FRAME_SAMPLES)
    crossings = np.count_nonzero(np.diff(sound[1600:14400] > 0))
    assert crossings == pytest.approx(2 * 440 * 0.8, rel=0.02)


def bad_nan(path: Path) -> None:
    sound = tone(1, 16000)
    sound[8000] = np.nan
    soundfile.write(path, sound, 16000, subtype="FLOAT")


def bad_clipped(path: Path) -> None:
    soundfile.write(path, np.clip(tone(1, 16000) * 40, -1, 1), 16000)


def bad_truncated_wav(path: Path) -> None:
    soundfile.write(path, tone(1, 16000), 16000)
    path.write_bytes(path.read_bytes()[:9000])


def bad_truncated_flac(path: Path) -> None:
    noise = np.random.default_rng(1).uniform(-0.3, 0.3, 32000)
    soundfile.write(path, noise, 16000, format="FLAC")
    path.write_bytes(path.read_bytes()[:20000])


def bad_header_only(path: Path) -> None:
    soundfile.write(path, np.zeros(0), 16000)


def bad_ten_hours(path: Path) -> None:
    frames = 10 * 3600 * 8000
    with path.open("wb") as file:
        file.write(b"RIFF" + struct.pack("<I", 36 + frames) + b"WAVEfmt ")
        file.write(struct.pack("<IHHIIHH", 16, 1, 1, 8000, 8000, 1, 8) + b"data" + struct.pack("<I", frames))
        file.truncate(44 + frames)


BAD = {
    "is not there": lambda _: None,
    "is empty": lambda path: path.write_bytes(b""),
    "is no sound file": lambda path: path.write_text("hello, this is text"),
    "no numbers (NaN": bad_nan,
    "is clipped": bad_clipped,
    "is cut off: its header promises": bad_truncated_wav,
    "is cut off or damaged": bad_truncated_flac,
    "holds no sound": bad_header_only,
    "600 minutes long": bad_ten_hours,
    "has 1 samples a second": lambda path: soundfile.write(path, tone(30, 1), 1),
    "has 1000000 samples a second": lambda path: soundfile.write(path, tone(0.1, 1_000_000), 1_000_000),
    "has 12 channels": lambda path: soundfile.write(path, tone(0.1, 16000, 12), 16000),
}


def hear_all(path: Path) -> None:
    open_sound(path).close()
    list(FileSource(path).frames())


@pytest.mark.parametrize("says", BAD)
def test_a_recording_that_cannot_be_heard_gets_one_clear_sentence(tmp_path: Path, says: str) -> None:
    path = tmp_path / "reply.wav"
    BAD[says](path)

    with pytest.raises(SoundFileError) as caught:
        hear_all(path)

    text = str(caught.value)
    assert says in text
    assert str(path) in text
    assert "\n" not in text
    assert caught.value.exit_code == 2


def test_a_wav_from_a_pipe_that_did_not_know_its_length_is_read(tmp_path: Path) -> None:
    path = tmp_path / "pipe.wav"
    soundfile.write(path, tone(1, 16000), 16000)
    raw = bytearray(path.read_bytes())
    place = raw.index(b"data") + 4
    raw[place : place + 4] = b"\xff\xff\xff\xff"
    path.write_bytes(bytes(raw))

    assert len(heard(path)) == pytest.approx(16000, abs=FRAME_SAMPLES)
