"""Are these words a finished thought? A linear model over the last words, trained on replies cut at their pauses."""

import re
import zlib
from collections.abc import Iterator, Sequence
from typing import Final

BUCKETS: Final = 1 << 15
"""Features share so many weights by a checksum of their name."""


def tokens(text: str) -> list[str]:
    """Return the words in small letters and the punctuation between them; none at the end: the voice tells that."""
    found = re.findall(r"[a-z0-9']+|[.?!]+|[,;:—–]", text.lower().replace("’", "'"))
    kept = ["," if one in ";:—–" else one[0] if one[0] in ".?!" else one for one in found]
    while kept and kept[-1] in ",.?!":
        kept.pop()
    return kept


def indices(text: str) -> list[int]:
    """Return which weights the text uses."""
    return sorted({zlib.crc32(name.encode()) % BUCKETS for name in _names(tokens(text))})


def _names(said: Sequence[str]) -> Iterator[str]:
    ends = [place for place, one in enumerate(said) if one in ".?!"]
    sentence = list(said[ends[-1] + 1 :]) if ends else list(said)
    padded = ["<s>"] * 3 + sentence
    for length in (1, 2, 3, 4):
        yield f"last {length} {' '.join(padded[-length:])}"
    yield f"last but two {padded[-3]} {padded[-1]}"
    yield f"sentences {min(3, len(ends))}"
    yield f"words {min(len(said), 12 if len(said) < 20 else 20)}"
    yield f"in sentence {min(len(sentence), 10)}"
    yield f"begins {sentence[0] if sentence else ''}"
    yield f"begins {' '.join(sentence[:2])}"
    for word in sentence[-6:]:
        yield f"near {word}"
    for one, two in zip(sentence[-7:-1], sentence[-6:], strict=False):
        yield f"near {one} {two}"
