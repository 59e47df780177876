"""Every test has a home of its own: nothing of the machine's user is read or written."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "home"
    monkeypatch.setenv("VOICECOACH_HOME", str(place))
    return place
