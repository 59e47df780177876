"""The prospect's voice: pyttsx3 in a process of its own, rendering to clips that are kept."""

import contextlib
import hashlib
import importlib.metadata
import json
import secrets
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue
from typing import Any, Final

from voicecoach.errors import NotWritableError
from voicecoach.events import Clip, Position
from voicecoach.places import cache_folder, made

START_S: Final = 20.0
"""A cold engine takes about a second to be there; whoever needs this long has hung."""
LINE_S: Final = 5.0
"""A sentence takes about 20 ms; whoever needs this long has hung, and the rep waits."""
TRIES: Final = 2
"""A fresh engine mends the hang that pyttsx3 is known for; one that fails too is broken."""
SLOWER: Final = 0.88
"""What one wish for slower speech does to the pace."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a line is said where the prospect stands, against how they usually speak."""

    rate: float
    volume: float
    pause_s: float
    """Silence before the line: a thought at ease, none on the run."""


MANNERS: Final = {
    Position.LEANING_IN: Manner(1.04, 1.0, 0.15),
    Position.TOGETHER: Manner(1.0, 1.0, 0.25),
    Position.STEPPED_BACK: Manner(0.96, 0.95, 0.35),
    Position.STEPPED_BACK_AGAIN: Manner(1.04, 0.9, 0.25),
    Position.TURNED_AND_RUNNING: Manner(1.12, 0.85, 0.1),
    Position.STILL_RUNNING: Manner(1.2, 0.8, 0.05),
    Position.GONE: Manner(1.2, 0.8, 0.0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceSettings:
    """What is asked of an engine."""

    gender: str
    accent: str
    rate_wpm: int
    volume: float
    pitch: int


class EngineError(Exception):
    """The engine hung, died or wrote nothing that can be read."""


class NeverStartedError(EngineError):
    """The engine hung as it was started: another try would cost the rep as long again."""


class EngineProcess:
    """The child that owns the engine; started at the first line, killed when it hangs."""

    def __init__(self, command: list[str] | None = None, start_s: float = START_S, line_s: float = LINE_S) -> None:
        self._command = command or [sys.executable, "-m", "voicecoach.deliver.engine_process"]
        self._start_s, self._line_s = start_s, line_s
        self._child: subprocess.Popen[str] | None = None
        self._answers: Queue[str] = Queue()

    def render(self, text: str, settings: VoiceSettings, path: Path) -> None:
        """Write the line as WAV; raise `EngineError` where the engine does not answer in time."""
        try:
            child = self._running()
            asked: dict[str, object] = {
                "text": text,
                "path": str(path),
                "gender": settings.gender,
                "accent": settings.accent,
            }
            asked |= {"rate_wpm": settings.rate_wpm, "volume": settings.volume, "pitch": settings.pitch}
            if child.stdin is None:
                raise EngineError("the engine has no input")
            child.stdin.write(json.dumps(asked) + "\n")
            child.stdin.flush()
            self._answer(self._line_s)
        except (OSError, EngineError) as error:
            detail = self._last_words()
            self.close()
            kind = type(error) if isinstance(error, EngineError) else EngineError
            raise kind(f"{error}{detail}") from error

    def _running(self) -> subprocess.Popen[str]:
        if self._child is None:
            self._answers = Queue()
            self._errors = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
            self._child = subprocess.Popen(  # noqa: S603 -- our own module, by our own interpreter
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True
            )
            threading.Thread(target=self._collect, args=(self._child, self._answers), daemon=True).start()
            self._answer(self._start_s, NeverStartedError)
        return self._child

    @staticmethod
    def _collect(child: subprocess.Popen[str], answers: "Queue[str]") -> None:
        if child.stdout:
            for line in child.stdout:
                answers.put(line)
        answers.put("")

    def _answer(self, within_s: float, hung: type[EngineError] = EngineError) -> Any:
        try:
            line = self._answers.get(timeout=within_s)
        except Empty:
            raise hung(f"the voice engine did not answer in {within_s:.0f} s") from None
        if not line:
            if self._child:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._child.wait(1)
            raise EngineError("the voice engine ended")
        return json.loads(line)

    def _last_words(self) -> str:
        if self._child is None or self._child.poll() is None:
            return ""
        self._errors.seek(0)
        lines = self._errors.read().strip().splitlines()
        return f": {lines[-1][:200]}" if lines else ""

    def close(self) -> None:
        """End the child; safe twice."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe:
                    with contextlib.suppress(OSError):
                        pipe.close()
            self._errors.close()


class Pyttsx3Voice:
    """One persona's voice over one call. After two failures it is broken and the call goes on with captions."""

    def __init__(self, settings: VoiceSettings, engine: EngineProcess | None = None, cache: Path | None = None) -> None:
        self._settings = settings
        self._engine = engine or EngineProcess()
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._cache = self._usable(cache or cache_folder() / "clips")
        self._failure = ""
        self._pace = 1.0

    @property
    def label(self) -> str:
        """Engine and version."""
        return f"pyttsx3 {importlib.metadata.version('pyttsx3')}"

    @property
    def failure(self) -> str:
        """Why the voice is broken; empty while it works."""
        return self._failure

    def slower(self) -> None:
        """Speak more slowly from the next line on."""
        self._pace *= SLOWER

    def render(self, text: str, position: Position) -> Clip | None:
        """Return the line's sound, from the cache where it was said before; None once the voice is broken."""
        manner = MANNERS[position]
        usual = self._settings
        settings = VoiceSettings(
            gender=usual.gender,
            accent=usual.accent,
            rate_wpm=round(usual.rate_wpm * manner.rate * self._pace),
            volume=round(usual.volume * manner.volume, 3),
            pitch=usual.pitch,
        )
        key = hashlib.sha256(f"{self.label}|{sys.platform}|{settings}|{text}".encode()).hexdigest()[:32]
        path = self._cache / f"{key}.wav"
        if not path.exists() and not self._failure:
            self._make(text, settings, path)
        clip = _read_clip(path)
        if clip is None:
            return None
        silence = bytes(2 * round(manner.pause_s * clip.sample_rate_hz))
        return Clip(pcm=silence + clip.pcm, sample_rate_hz=clip.sample_rate_hz)

    def _make(self, text: str, settings: VoiceSettings, path: Path) -> None:
        # Calls that run at once may want the same line: each writes its own file.
        fresh = path.with_suffix(f".{secrets.token_hex(4)}.part.wav")
        for _ in range(TRIES):
            try:
                self._engine.render(text, settings, fresh)
                if _read_clip(fresh) is None:
                    raise EngineError("the voice engine wrote no sound")
                fresh.replace(path)
                self._failure = ""
                return
            except (EngineError, OSError) as error:
                self._failure = str(error)
                if isinstance(error, NeverStartedError):
                    return
            finally:
                fresh.unlink(missing_ok=True)

    def _usable(self, folder: Path) -> Path:
        """Return a folder that can be written: where the home cannot, clips last as long as the call."""
        try:
            return made(folder)
        except NotWritableError:
            self._scratch = tempfile.TemporaryDirectory(prefix="voicecoach-")
            return Path(self._scratch.name)

    def close(self) -> None:
        """End the engine's process."""
        self._engine.close()
        if self._scratch:
            self._scratch.cleanup()


def _read_clip(path: Path) -> Clip | None:
    import soundfile

    try:
        pcm, rate = soundfile.read(path, dtype="int16", always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError, OSError):
        return None
    return Clip(pcm=pcm[:, 0].astype("<i2").tobytes(), sample_rate_hz=rate) if len(pcm) else None


class Captions:
    """A voice for those who read: every line is a caption."""

    label = "captions"
    failure = ""

    def render(self, text: str, position: Position) -> Clip | None:  # noqa: ARG002 -- the port's words
        """Return nothing: the line is read."""
        return None
