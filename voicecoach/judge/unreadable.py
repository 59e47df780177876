"""What the judge cannot read, and says so instead of guessing: nothing, no letters, other scripts and languages."""

import re
from typing import Final

LATIN: Final = 0.7
"""Share of the letters that must be Latin."""
ENOUGH_WORDS: Final = 8
"""From this many words on, English shows itself by its small words."""
SMALL_WORDS: Final = frozenset(
    "a about after all am an and any are aren't as ask at back be because been before but by call can can't come could "
    "did didn't do does doesn't don't for from get give go good got had has have he her here him his how i i'd i'll i'm "
    "i've if in is isn't it it's its just know last let let's like make may me might my need never new no not now of off "
    "ok okay on one only or other our out over own price right same say see she should so some sure take tell than thank "
    "thanks that that's the their them then there there's they they're thing think this time to today told too two up us "
    "very want was wasn't way we we'd we'll we're we've well were what what's when where which while who why will with "
    "won't would yeah year yes you you'd you'll you're you've your".split()
)


def why_unreadable(rep: str) -> str:
    """Return why a reply cannot be judged; empty where it can."""
    letters = [c for c in rep if c.isalpha()]
    if not letters:
        return "no words"
    if sum(c < "\u0250" for c in letters) < LATIN * len(letters):
        return "another script than Latin"
    words = re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)?", rep.lower().replace("’", "'"))
    if len(words) >= ENOUGH_WORDS and sum(word in SMALL_WORDS for word in words) <= 0.1 * len(words):
        return "another language than English"
    return ""
