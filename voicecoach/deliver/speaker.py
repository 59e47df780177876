"""Sound to the rep's ears."""

from typing import Any

import numpy as np

from voicecoach.errors import NoDeviceError
from voicecoach.events import Clip


class SilentSpeaker:
    """Plays nothing: a replay hears no loudspeaker."""

    def play(self, clip: Clip) -> None:
        """Return at once."""


class DeviceSpeaker:
    """A loudspeaker through PortAudio, at the rate of the device."""

    def __init__(self, device: int | str | None = None) -> None:
        import sounddevice

        try:
            found: Any = sounddevice.query_devices(device, "output")
        except (ValueError, sounddevice.PortAudioError) as error:
            raise NoDeviceError(
                f"No loudspeaker fits {device!r}: {error}. See: voicecoach doctor; "
                "or replay a recording: voicecoach replay talk.wav"
            ) from error
        self._device = device
        self._rate = int(found["default_samplerate"])

    def play(self, clip: Clip) -> None:
        """Play, and return when the last sample is out."""
        import sounddevice
        import soxr

        samples = np.frombuffer(clip.pcm, "<i2").astype(np.float32) / 32768
        with sounddevice.OutputStream(self._rate, device=self._device, channels=1, dtype="float32") as stream:
            out = soxr.resample(samples, clip.sample_rate_hz, self._rate).astype(np.float32)
            stream.write(out.reshape(-1, 1))
            # The stream stops when its buffers are empty; a little silence keeps the last consonant whole.
            stream.write(np.zeros((int(0.05 * self._rate), 1), np.float32))
