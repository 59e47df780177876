"""``call.yaml``: every fault is named with the file; a call never reaches outside its folder."""

from pathlib import Path

import pytest

from voicecoach.callfile import read_call
from voicecoach.errors import CallFileError


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("persona: x\nreplies: [{audio: ../secret.wav}]", "outside the call's folder"),
        ("persona: x\nreplies: [{audio: /etc/passwd}]", "outside the call's folder"),
        ("persona: ../../p.yaml\nreplies: [{audio: 01.wav}]", "outside the call's folder"),
        ("persona: x\nreplies: [{audio: 02.wav}]", "02.wav, which is not there"),
        ("persona: x\nreplies: []", "at least one reply"),
        ("persona: x\nreplies: [{says: hello}]", "has no `audio: FILE`"),
        ("persona: x\nreplies: [{audio: 01.wav, verdict: great}]", "it can be step_back, pressure"),
        ("persona: x\nreplies: [{audio: 01.wav}]\noutcome: won", "it can be agreed"),
        ("persona: x\nmood: 1\nreplies: [{audio: 01.wav}]", "mood is not known"),
        ("persona: x\nseed: seven\nreplies: [{audio: 01.wav}]", "whole number"),
        ("persona: 3\nreplies: [{audio: 01.wav}]", "should be a name"),
        ("just words", "should hold persona"),
        ("a: [", "this is no YAML"),
        ("x" * 300_000, "more than 256 KB"),
        ("persona: x\npersona: y\nreplies: [{audio: 01.wav}]", "call.yaml:2: `persona` stands here for a second time"),
        ("a: " + "[" * 100_000, "nested more than"),
        ("seed: 2026-13-45", "no date and no number"),
        ('replies: [{audio: "a\\0b"}]', "no file's name"),
        ("replies: [{audio: " + "a" * 5000 + "}]", "which is not there"),
        ("replies: [{audio: 01.wav, says: no}]", "put the words in quotes"),
    ],
)
def test_a_fault_is_named(tmp_path: Path, text: str, says: str) -> None:
    folder = tmp_path / "call"
    folder.mkdir()
    (folder / "01.wav").touch()
    (tmp_path / "secret.wav").touch()
    (folder / "call.yaml").write_text(text)

    with pytest.raises(CallFileError) as caught:
        read_call(folder / "call.yaml")

    assert says in str(caught.value)
    assert str(folder / "call.yaml") in str(caught.value)


def test_a_call_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CallFileError, match="cannot be read"):
        read_call(tmp_path / "call.yaml")
