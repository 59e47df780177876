"""While a device is missed: which others are here, and the number that takes one of them."""

import textwrap
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from voicecoach.cli.screen import WIDTH
from voicecoach.devices import CALLED, Device, Kind
from voicecoach.handset import Handset
from voicecoach.settings import remember, remembered

MOST: Final = 9
"""One key a device."""


class Offer:
    """Prints what may be used instead, as lines; a digit names one, for this call and those to come."""

    def __init__(self, handset: Handset, *, keys: bool) -> None:
        """Take what misses a device, and whether there are keys to choose with."""
        self._handset = handset
        self._keys = keys
        self._kind: Kind = "input"
        self._here: Sequence[Device] = ()
        handset.on_offer = self.show

    def show(self, kind: Kind, here: Sequence[Device]) -> None:
        """Print the devices that are here now instead of the one that is missed."""
        self._kind, self._here = kind, here[:MOST]
        plug = f"The {CALLED[kind]} is missing. Plug it in again and the call goes on"
        if not self._here or not self._keys:
            _say(f"{plug}.")
            return
        _say(f"{plug}, or press the number of another one:")
        for number, device in enumerate(self._here, 1):
            _say(f"  {number}  {device.name}")

    def pressed(self, key: str) -> None:
        """Take the device whose number this key is, if it is one."""
        if key.isdecimal() and 1 <= int(key) <= len(self._here):
            name = self._here[int(key) - 1].name
            self._here = ()
            before = remembered()
            remember(replace(before, input=name) if self._kind == "input" else replace(before, output=name))
            self._handset.use(self._kind, name)


def _say(text: str) -> None:
    print(textwrap.fill(text, WIDTH, initial_indent=" " * 10, subsequent_indent=" " * 13), flush=True)
