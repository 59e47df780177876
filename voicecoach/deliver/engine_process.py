"""The program that owns the pyttsx3 engine: one JSON line in, one JSON line out, until its input closes.

pyttsx3's `runAndWait` is known to hang on a second call (its issues 126 and 194), and it prints; so it lives in a
process of its own that can be killed, and its prints go nowhere.
"""

import contextlib
import json
import os
import sys
import threading
import time
from typing import Any


def choose(voices: list[tuple[str, str, str]], gender: str, accent: str) -> str:
    """Return the id of the voice that fits best: `voices` are (id, gender, languages).

    espeak-ng makes a woman's voice of any language by a variant; other systems list women and men.
    """
    known = {identifier.lower(): identifier for identifier, _, _ in voices}
    for identifier in (f"gmw/{accent}", accent):
        if identifier in known:
            return accent + ("+f3" if gender == "female" else "+m3")
    english = [v for v in voices if "en" in v[2].lower().replace("_", "-").split("-") or "english" in v[0].lower()]
    fitting = [v for v in english if gender in v[1].lower().split()] or english or voices
    closest = [v for v in fitting if accent.replace("-", "") in v[2].lower().replace("_", "").replace("-", "")]
    return (closest or fitting)[0][0]


def _describe(voice: Any) -> tuple[str, str, str]:
    languages = ",".join(
        code.decode("utf-8", "replace") if isinstance(code, bytes) else str(code) for code in voice.languages or []
    )
    gender = str(voice.gender or "").lower().replace("voicegender", "")
    return str(voice.id), gender, languages


def main() -> None:
    """Serve requests: {"text", "path", "gender", "accent", "rate_wpm", "volume", "pitch"} each."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

    import pyttsx3

    engine = pyttsx3.init()
    # With espeak-ng `runAndWait` returns before the file is written: another thread does that, and tells the engine.
    written = threading.Event()
    engine.connect("finished-utterance", lambda **_: written.set())
    waits = sys.platform not in ("darwin", "win32")
    if waits:
        from pyttsx3.drivers import _espeak
    voices = [_describe(voice) for voice in engine.getProperty("voices")]
    answers.write(json.dumps({"ready": len(voices)}) + "\n")
    answers.flush()
    for line in sys.stdin:
        asked = json.loads(line)
        # Busy, pyttsx3 keeps what is asked of it until its loop runs, where the engines of other systems need it;
        # espeak-ng is to have taken the settings before.
        engine.proxy.setBusy(not waits)
        engine.setProperty("voice", choose(voices, asked["gender"], asked["accent"]))
        engine.setProperty("rate", asked["rate_wpm"])
        engine.setProperty("volume", asked["volume"])
        with contextlib.suppress(KeyError, ValueError):  # not every engine has a pitch
            engine.setProperty("pitch", asked["pitch"])
        # espeak-ng takes the settings, and leaves the line before, in a thread of its own. Where that is still at it as
        # the line begins, pyttsx3 cancels all that waits: a setting, half the line or the whole of it.
        while waits and _espeak.IsPlaying():
            time.sleep(0.001)
        written.clear()
        engine.save_to_file(asked["text"], asked["path"])
        engine.runAndWait()
        if waits:
            written.wait()  # where that never comes, the parent's patience ends
        answers.write(json.dumps({"done": asked["path"]}) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
