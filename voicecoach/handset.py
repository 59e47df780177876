"""The rep's microphone and loudspeaker as one: opened together, and together again after one of them went away."""

import queue
from collections.abc import Callable, Sequence

from voicecoach.deliver.speaker import DeviceSpeaker
from voicecoach.devices import Device, Kind, listed, rescan
from voicecoach.errors import NoDeviceError
from voicecoach.events import DevicesUsed
from voicecoach.hear.sources.microphone import MicrophoneSource


class Handset:
    """Both devices over a whole call, with what befell them."""

    def __init__(self, microphone: str | None, loudspeaker: str | None) -> None:
        """Open the devices that these parts of names mean; raise `NoDeviceError` where one is not to be had."""
        self._asked: dict[Kind, str | None] = {"input": microphone, "output": loudspeaker}
        self._named: queue.SimpleQueue[tuple[Kind, str]] = queue.SimpleQueue()
        self._offered: tuple[Kind, list[str]] | None = None
        self._lacking: Kind = "input"
        self._gain = 1.0
        self._overruns = self._underruns = self._losses = 0
        self.on_offer: Callable[[Kind, Sequence[Device]], None] = lambda _kind, _here: None
        """Told, while a device is missed, which others of its kind are here: each time that they change."""
        self._open()

    def _open(self) -> None:
        self._lacking = "input"
        self.microphone = MicrophoneSource(self._asked["input"])
        self._lacking = "output"
        try:
            self.speaker = DeviceSpeaker(self._asked["output"])
        except NoDeviceError:
            self.microphone.close()
            raise
        self.speaker.gain = self._gain

    def louder(self, by: float) -> None:
        """Play louder by this factor from the next line on."""
        self._gain *= by
        self.speaker.gain = self._gain

    def use(self, kind: Kind, name: str) -> None:
        """Name another device, from any thread; it is tried instead of the one that is missed."""
        self._named.put((kind, name))

    def lost(self) -> None:
        """Let both go, because one has gone."""
        self._losses += 1
        self._overruns, self.microphone.overruns = self._overruns + self.microphone.overruns, 0
        self._underruns, self.speaker.underruns = self._underruns + self.speaker.underruns, 0
        self._offered = None
        self.close()

    def found(self) -> bool:
        """Look for both and open them; return whether they are back, and tell what else is here where they are not."""
        while not self._named.empty():
            kind, name = self._named.get()
            self._asked[kind] = name
        try:
            rescan()
            self._open()
        except NoDeviceError:
            self._offer()
            return False
        return True

    def _offer(self) -> None:
        here = listed(self._lacking)
        offer = (self._lacking, [device.name for device in here])
        if offer != self._offered:
            self._offered = offer
            self.on_offer(self._lacking, here)

    def used(self, at_s: float) -> DevicesUsed:
        """Say what the call was heard and spoken with."""
        ear, mouth = self.microphone.opened, self.speaker.opened
        return DevicesUsed(
            at_s=at_s,
            input=ear.device.name,
            input_rate_hz=ear.rate_hz,
            input_channels=ear.channels,
            output=mouth.device.name,
            output_rate_hz=mouth.rate_hz,
            output_channels=mouth.channels,
            overruns=self._overruns + self.microphone.overruns,
            underruns=self._underruns + self.speaker.underruns,
            losses=self._losses,
        )

    def close(self) -> None:
        """Let both devices go; safe twice."""
        self.microphone.close()
        self.speaker.close()
