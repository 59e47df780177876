"""A real server on a port of its own, with quick fakes where a call's heavy parts would be."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import uvicorn
from starlette.types import ASGIApp

from voicecoach.events import Clip, Position
from voicecoach.testing import FixedTranscriber, SpellingJudge
from voicecoach.web.app import make_app
from voicecoach.web.settings import Settings
from voicecoach.web.shared import Shared

SPEECH = Path(__file__).parents[2] / "audio_fixtures" / "speech"


class ToneVoice:
    """Says every line as a tone of the given length, so that a test hears whether it is there."""

    label = "tone"
    failure = ""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def render(self, text: str, position: Position) -> Clip | None:
        """Return the tone."""
        wave = np.sin(np.arange(round(16_000 * self._seconds)) * 0.2) * 8000
        return Clip(pcm=wave.astype("<i2").tobytes(), sample_rate_hz=16_000)


def quick(says: str = "step_back give_time", line_s: float = 0.3) -> Shared:
    """Parts that hear always the same and speak in tones."""
    return Shared([FixedTranscriber(says)], SpellingJudge(), lambda _: ToneVoice(line_s))


@contextlib.contextmanager
def served(app: ASGIApp, **more: str) -> Iterator[str]:
    """Run the app on a free port of the loopback; yield its host and port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = uvicorn.Config(
        app,
        port=port,
        log_level="warning",
        ws_max_size=256 * 1024,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=2,
        timeout_keep_alive=60,  # a client on a busy machine must not meet a connection that is just being closed
        **more,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_for(lambda: server.started)
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(20)


@contextlib.contextmanager
def solo(home: Path, shared: Shared | None = None, calls: int = 4) -> Iterator[str]:
    """Serve one person."""
    app, _ = make_app(Settings(solo=True, home=home, calls=calls), shared or quick())
    with served(app) as host:
        yield host


@contextlib.contextmanager
def class_room(home: Path, shared: Shared | None = None, database: str = "") -> Iterator[tuple[str, str]]:
    """Serve a trainer and a class; yield the host and the token of the first trainer's link."""
    app, link = make_app(Settings(solo=False, home=home, calls=8, database=database), shared or quick())
    with served(app) as host:
        yield host, link


def wait_for(true: Callable[[], bool], within_s: float = 20.0) -> None:
    """Wait until it is true."""
    until = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < until, "it did not come true in time"
        time.sleep(0.02)
