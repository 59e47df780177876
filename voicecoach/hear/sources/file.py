"""The rep's voice from a recording: any format that libsndfile reads, mono or stereo, to 16 kHz mono frames."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from voicecoach.errors import SoundFileError
from voicecoach.events import FRAME_SAMPLES, SAMPLE_RATE_HZ, AudioFrame
from voicecoach.places import is_file

MAX_REPLY_S: Final = 900.0
"""A quarter of an hour: the longest monologue worth hearing is 2:30 (Gong), and memory has an end."""
MIN_RATE_HZ: Final = 8_000
"""The telephone's rate; below it consonants are gone."""
MAX_RATE_HZ: Final = 384_000
CLIPPED_SHARE: Final = 0.2
"""Part of the loud samples at full scale from which words break: jfk.flac at 30 dB too much has 0.4 and is misheard."""


def open_sound(path: Path) -> Any:
    """Open a recording with libsndfile and check what its header says; raise `SoundFileError` with the cause."""
    import soundfile

    if not is_file(path):
        raise SoundFileError(f"{path} is not there. Give the path of a recording, e.g. voicecoach replay reply.wav")
    if path.stat().st_size == 0:
        raise SoundFileError(f"{path} is empty: it has no bytes. Record it again.")
    try:
        sound = soundfile.SoundFile(path)
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise SoundFileError(
            f"{path} is no sound file that libsndfile reads ({_reason(error)}). "
            "Save it as WAV, FLAC, OGG or MP3 and try again."
        ) from error
    try:
        _check(path, sound)
    except SoundFileError:
        sound.close()
        raise
    return sound


def _reason(error: Exception) -> str:
    return str(error).rsplit(": ", 1)[-1].rstrip(".")


def _check(path: Path, sound: Any) -> None:
    if not MIN_RATE_HZ <= sound.samplerate <= MAX_RATE_HZ:
        raise SoundFileError(
            f"{path} has {sound.samplerate} samples a second; {MIN_RATE_HZ} to {MAX_RATE_HZ} can be heard. "
            "Save it at 16000 and try again."
        )
    if sound.channels > 2:
        raise SoundFileError(
            f"{path} has {sound.channels} channels; one (mono) or two (stereo) can be heard. Mix it down and try again."
        )
    if sound.frames == 0:
        raise SoundFileError(f"{path} holds no sound: it has a header and not one sample. Record it again.")
    seconds = sound.frames / sound.samplerate
    if seconds > MAX_REPLY_S:
        raise SoundFileError(
            f"{path} is {seconds / 60:.0f} minutes long; one reply has at most {MAX_REPLY_S / 60:.0f}. "
            "Cut it into one file a reply: voicecoach replay 01.wav 02.wav"
        )
    cut = re.search(r"^\s*data\s*:\s*(\d+) \(should be (\d+)\)", sound.extra_info, re.MULTILINE)
    # A recorder that was killed, or a pipe, writes 0 or 2³²-1 for a length it does not know: that file is whole.
    if cut and int(cut[1]) not in (0, 2**32 - 1) and int(cut[1]) > int(cut[2]):
        raise SoundFileError(
            f"{path} is cut off: its header promises {int(cut[1])} bytes of sound and {int(cut[2])} are there. "
            "Copy or record it again."
        )


class FileSource:
    """One recording as an `AudioSource`; it is read in blocks, so that a long one takes no more memory."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._sound: Any = open_sound(path)

    @property
    def label(self) -> str:
        """``file:`` and the file's name."""
        return f"file:{self._path.name}"

    def frames(self) -> Iterator[AudioFrame]:
        """Yield 20 ms frames at 16 kHz; raise `SoundFileError` for samples that are no sound."""
        left = np.zeros(0, np.int16)
        sent = 0
        for block in self._blocks():
            left = np.concatenate([left, block])
            whole = len(left) // FRAME_SAMPLES * FRAME_SAMPLES
            for start in range(0, whole, FRAME_SAMPLES):
                yield _frame(sent, left[start : start + FRAME_SAMPLES])
                sent += FRAME_SAMPLES
            left = left[whole:]
        if len(left):
            yield _frame(sent, np.pad(left, (0, FRAME_SAMPLES - len(left))))

    def check(self) -> None:
        """Read it to the end without keeping it; raise `SoundFileError` for samples that are no sound."""
        for _ in self._mono():
            pass

    def _blocks(self) -> Iterator[npt.NDArray[np.int16]]:
        """Yield blocks of int16 at 16 kHz mono."""
        import soxr

        resampler = soxr.ResampleStream(self._sound.samplerate, SAMPLE_RATE_HZ, 1, dtype="float32")
        for mono in self._mono():
            yield _whole(resampler.resample_chunk(mono, last=False))
        yield _whole(resampler.resample_chunk(np.zeros(0, np.float32), last=True))

    def _mono(self) -> Iterator[npt.NDArray[np.float32]]:
        """Yield blocks of a second at the file's own rate, checked."""
        import soundfile

        rate, promised, got = self._sound.samplerate, self._sound.frames, 0
        loud, clipped = 0, 0
        while True:
            try:
                block = self._sound.read(rate, dtype="float32", always_2d=True)
            except (soundfile.LibsndfileError, RuntimeError) as error:
                raise self._cut_off(got) from error
            if not len(block):
                break
            got += len(block)
            mono = block.mean(axis=1)
            if not np.isfinite(mono).all():
                at_s = (got - len(block) + int(np.flatnonzero(~np.isfinite(mono))[0])) / rate
                raise SoundFileError(
                    f"{self._path} has samples that are no numbers (NaN or infinite) at {at_s:.1f} s. "
                    "Export it again from the program that made it."
                )
            level = np.abs(mono)
            loud += int((level > 0.1).sum())
            clipped += int((level >= 0.999).sum())
            yield mono
        if got < promised:
            raise self._cut_off(got)
        if loud and clipped / loud > CLIPPED_SHARE:
            raise SoundFileError(
                f"{self._path} is clipped: {100 * clipped // loud} % of its loud samples are cut off at full scale and "
                "words cannot be told apart. Turn the microphone down and record it again."
            )

    def _cut_off(self, got: int) -> SoundFileError:
        rate, promised = self._sound.samplerate, self._sound.frames
        return SoundFileError(
            f"{self._path} is cut off or damaged after {got / rate:.1f} of {promised / rate:.1f} s. "
            "Copy or record it again."
        )

    def close(self) -> None:
        """Close the file."""
        self._sound.close()


def _whole(samples: npt.NDArray[np.float32]) -> npt.NDArray[np.int16]:
    """Return whole numbers; what was 16-bit at 16 kHz comes out as it went in, so that a record replays exactly."""
    return np.clip(np.rint(samples * 32768), -32768, 32767).astype(np.int16)


def _frame(first_sample: int, samples: npt.NDArray[np.int16]) -> AudioFrame:
    return AudioFrame(start_s=first_sample / SAMPLE_RATE_HZ, pcm=samples.astype("<i2").tobytes())
