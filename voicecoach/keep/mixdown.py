"""A whole call as one sound file: the prospect and the rep, each at their time on the call clock."""

import base64
import io
import tempfile
from pathlib import Path
from typing import Any, Final

import numpy as np

from voicecoach.errors import RecordError
from voicecoach.events import SAMPLE_RATE_HZ
from voicecoach.keep.record import Record
from voicecoach.places import write_whole

PANS: Final = {"prospect_spoke": (0.9, 0.5), "rep_spoke": (0.5, 0.9), "nothing_heard": (0.5, 0.9)}
"""Left and right: two voices are told apart, and one ear is enough to hear both."""
SMALL: Final = 0.97
"""Of 0 to 1, how far Opus is pressed: about 24 kbit a second, enough to understand two voices."""
KINDS: Final = {".wav": "WAV", ".flac": "FLAC"}


def write_mixdown(record: Record, path: Path) -> float:
    """Write 16 kHz stereo WAV or FLAC (by the path's ending) and return its length in seconds."""
    import soundfile
    import soxr

    pieces: list[tuple[int, Any, tuple[float, float]]] = []
    for event in record.events:
        if event.get("audio") and event["type"] in PANS and (record.folder / event["audio"]).is_file():
            sound, rate = soundfile.read(record.folder / event["audio"], dtype="float32")
            resampled = soxr.resample(sound, rate, SAMPLE_RATE_HZ)
            starts_s = event["at_s"] if event["type"] == "prospect_spoke" else event["sound_from_s"]
            pieces.append((round(starts_s * SAMPLE_RATE_HZ), resampled, PANS[event["type"]]))
    length = max((start + len(sound) for start, sound, _ in pieces), default=0)
    mixed = np.zeros((length, 2), np.float32)
    for start, sound, pan in pieces:
        mixed[start : start + len(sound)] += sound[:, None] * np.array(pan, np.float32)
    packed = io.BytesIO()
    soundfile.write(packed, np.clip(mixed, -1, 1), SAMPLE_RATE_HZ, format=KINDS[path.suffix.lower()])
    write_whole(path, packed.getvalue())
    return length / SAMPLE_RATE_HZ


def sound_of(record: Record) -> str:
    """Return the whole call's sound as a data address, Opus in Ogg; raise `RecordError` where none was kept."""
    import soundfile

    with tempfile.TemporaryDirectory() as scratch:
        whole, small = Path(scratch) / "call.wav", Path(scratch) / "call.ogg"
        if not write_mixdown(record, whole):
            raise RecordError(f"{record.folder} kept no sound; leave --sound away.")
        sound, rate = soundfile.read(whole, dtype="float32")
        soundfile.write(small, sound, rate, format="OGG", subtype="OPUS", compression_level=SMALL)
        return "data:audio/ogg;base64," + base64.b64encode(small.read_bytes()).decode()
