"""What the user can put right; each says what was asked, what is there and what to type.

CoachError                      anything below
├── InputError                  exit 2: what was given cannot be used
│   ├── SoundFileError          a recording that is no speech recording
│   ├── PersonaError            a persona with faults, or none of that name
│   ├── CallFileError           a ``call.yaml`` with faults
│   └── RecordError             a record that cannot be read
└── MissingError                exit 3: something that the machine must have is missing
    ├── NoModelError            no Whisper weights of that name to be had
    ├── DamagedModelError       weights whose content is not what it should be
    ├── NoDeviceError           no microphone or loudspeaker, or none that opens
    │   └── NoSuchDeviceError   a name that fits none of them, or several
    ├── SourceLostError         a microphone that broke off
    └── NotWritableError        a full disk, a read-only home

RepLeft is none of these: the rep ends the call, which is their right.
"""

from collections.abc import Sequence


class CoachError(Exception):
    """Base of all; its text is one or a few sentences for the user."""

    exit_code = 1


class InputError(CoachError):
    """What was given cannot be used."""

    exit_code = 2


class SoundFileError(InputError):
    """A recording that cannot be heard as one reply."""


class PersonaError(InputError):
    """A persona with faults, or none of that name."""


class CallFileError(InputError):
    """A ``call.yaml`` with faults."""


class RecordError(InputError):
    """A record of a call that cannot be read."""


class MissingError(CoachError):
    """Something that the machine must have is missing."""

    exit_code = 3


class NoModelError(MissingError):
    """No Whisper weights of that name are to be had."""


class DamagedModelError(MissingError):
    """Weights whose content is not what it should be."""


class NoDeviceError(MissingError):
    """No microphone or loudspeaker fits what was asked."""


class NoSuchDeviceError(NoDeviceError):
    """The words given to ``--input`` or ``--output`` fit no device, or more than one."""

    def __init__(self, kind: str, asked: str, found: Sequence[str], *, several: bool) -> None:
        called = "microphone" if kind == "input" else "loudspeaker"
        seen = "\n".join(f"  {name}" for name in found)
        fits = f"{asked!r} fits more than one {called}" if several else f"No {called} fits {asked!r}"
        super().__init__(
            f"{fits}. These are here:\n{seen}\n"
            f"Give more of one name to --{kind}. To forget a name from last time: voicecoach devices --forget. "
            "Or replay a file: voicecoach replay talk.wav"
        )


class SourceLostError(MissingError):
    """The rep's microphone broke off in mid-call."""


class NotWritableError(MissingError):
    """A folder that must be written to cannot be: full, read-only or not a folder."""


class RepLeft(Exception):  # noqa: N818 -- no error: the rep hangs up
    """The rep ends the call, in the middle of hearing or playing."""
