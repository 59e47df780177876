"""The recorded calls can be made again."""

import importlib.util
from pathlib import Path

import pytest
import soundfile

FIXTURES = Path(__file__).parent.parent / "audio_fixtures"
spec = importlib.util.spec_from_file_location("make", FIXTURES / "make.py")
assert spec
assert spec.loader
make = importlib.util.module_from_spec(spec)
spec.loader.exec_module(make)


@pytest.mark.parametrize("name", ["silence", "noise_only", "cough_and_keyboard", "music"])
def test_a_call_that_nobody_speaks_comes_out_byte_for_byte(tmp_path: Path, name: str) -> None:
    for path in sorted((FIXTURES / "calls" / name).glob("*.flac")):
        make.written(tmp_path / path.name, *make.treated(name, make.spoken(name, int(path.stem), "")))
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()


def test_an_ogg_stream_comes_out_byte_for_byte(tmp_path: Path) -> None:
    first, second = tmp_path / "1.ogg", tmp_path / "2.ogg"
    for path in (first, second):
        make.written(path, make.music(), make.RATE)
    assert first.read_bytes() == second.read_bytes()
    assert soundfile.info(first).duration == 6
