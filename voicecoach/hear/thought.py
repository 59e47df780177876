"""Are these words a finished thought? A linear model over the last words, trained on replies cut at their pauses."""

import re
import zlib
from collections.abc import Iterator, Sequence
from typing import Final

BUCKETS: Final = 1 << 15
"""Features share so many weights by a checksum of their name."""
SMALL_WORDS: Final = """
    a an the this that these those my your our their his her its some any no every each all both
    i you he she it we they me him us them who what which where when why how there here
    am is are was were be been being do does did done have has had will would can could shall should may might must
    i'm you're he's she's it's we're they're that's there's what's i've you've we've they've i'd you'd we'd they'd
    i'll you'll he'll she'll it'll we'll they'll don't doesn't didn't won't wouldn't can't couldn't isn't aren't wasn't
    and or but so because if when while since unless until although though than as like
    of to in on at by for with from about into over after before under between through up down out off back away
    not just only very really too more most less much many still even well also again now then
"""
SMALL: Final = frozenset(SMALL_WORDS.split())
"""Words that carry a sentence's frame: they stand for themselves, all others for their ending."""
ENDINGS: Final = ("ing", "ed", "ly", "tion", "ment", "ness", "er", "est", "al", "ful", "s")
OPENERS: Final = frozenset(["if", "when", "because", "since", "unless", "while", "until", "although", "though"])
"""They promise a second half where a sentence begins with them."""


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
    kinds = [_kind(word) for word in padded[-4:]]
    for length in (2, 3, 4):
        yield f"kinds {' '.join(kinds[-length:])}"
    clauses = " ".join(sentence).split(" , ")
    clause = clauses[-1].split()
    yield f"clause {' '.join(map(_kind, clause[:2]))} {min(len(clause), 8)}"
    yield f"clauses {min(3, len(clauses))} {min(len(clause), 4)}"
    if sentence and sentence[0] in OPENERS:
        yield f"promised {sentence[0]} {min(3, len(clauses))}"
    yield f"frame {sum(word in SMALL for word in clause)} {min(6, sum(word not in SMALL for word in clause))}"


def _kind(word: str) -> str:
    if word in SMALL or not word[0].isalnum():
        return word
    return next((f"-{ending}" for ending in ENDINGS if word.endswith(ending) and len(word) > len(ending) + 2), "*")
