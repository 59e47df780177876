"""``/ws/call``: one call over a WebSocket, for the practice page and for any other client."""

import asyncio
import contextlib
import json
import logging
import time
from dataclasses import dataclass
from typing import Any, Final

from fastapi import WebSocket, WebSocketDisconnect

from voicecoach.web.calls import COMES_BACK_S, RELOADS_S, Calls, Running
from voicecoach.web.line import Message

MIN_RATE_HZ: Final = 8_000
MAX_RATE_HZ: Final = 96_000
MAX_BINARY: Final = 64 * 1024
"""A third of a second at the highest rate; a client that sends more at once is no microphone."""
MAX_TEXT: Final = 8 * 1024
MAX_TYPED: Final = 2_000
"""Characters of a typed reply."""
MAX_AHEAD_S: Final = 10.0
"""Sound a client may send ahead of the clock: more is no mouth."""
START_WITHIN_S: Final = 10.0
BAD: Final = 1008
GONE: Final = 1001
LATER: Final = 1013
log = logging.getLogger("voicecoach.web")


class ProtocolError(Exception):
    """A message that no client of ours sends; its text goes back as the reason."""


@dataclass(frozen=True, slots=True)
class Start:
    """The first message."""

    rate_hz: int
    resume: str = ""
    seen: int = 0
    token: str = ""


def read_start(text: str) -> Start:
    """Read ``{"type": "start", "sample_rate": …}``; raise `ProtocolError` where it is not that."""
    message = _json(text)
    rate, seen = message.get("sample_rate"), message.get("seen", 0)
    if message.get("type") != "start":
        raise ProtocolError("the first message must be of type start")
    if type(rate) is not int or not MIN_RATE_HZ <= rate <= MAX_RATE_HZ:
        raise ProtocolError(f"sample_rate must be a whole number from {MIN_RATE_HZ} to {MAX_RATE_HZ}")
    if type(seen) is not int or seen < 0:
        raise ProtocolError("seen must be a whole number")
    resume, token = message.get("resume", ""), message.get("token", "")
    if not isinstance(resume, str) or not isinstance(token, str):
        raise ProtocolError("resume and token must be text")
    return Start(rate, resume, seen, token)


async def receive_start(socket: WebSocket) -> Start:
    """Wait for the first message and read it."""
    message = await asyncio.wait_for(socket.receive(), START_WITHIN_S)
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1005))
    text = message.get("text")
    if text is None:
        raise ProtocolError("the first message must be JSON text")
    return read_start(text)


async def serve(socket: WebSocket, calls: Calls, call: Running, start: Start) -> None:
    """Carry one call until it ends or the connection does."""
    calls.back(call)
    queue = call.line.attach(start.rate_hz, start.seen)
    sending = asyncio.create_task(_send(socket, queue))
    receiving = asyncio.create_task(_receive(socket, call, start.rate_hz))
    await asyncio.wait({sending, receiving}, return_when=asyncio.FIRST_COMPLETED)
    away_s = COMES_BACK_S
    if receiving.done():
        error = receiving.exception()
        if isinstance(error, WebSocketDisconnect):
            away_s = 0.0 if error.code == 1000 else RELOADS_S if error.code == GONE else COMES_BACK_S
        else:
            away_s = 0.0
            await _refuse(socket, str(error) if isinstance(error, ProtocolError) else "")
            if error and not isinstance(error, ProtocolError):
                log.error("a socket broke", exc_info=error)
    for task in (sending, receiving):
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await task
    if call.line.detach(queue):
        calls.left(call, away_s)


async def _refuse(socket: WebSocket, why: str) -> None:
    with contextlib.suppress(RuntimeError, WebSocketDisconnect):
        await socket.close(BAD, why[:120])


async def _send(socket: WebSocket, queue: "asyncio.Queue[Message | None]") -> None:
    while (message := await queue.get()) is not None:
        if isinstance(message, bytes):
            await socket.send_bytes(message)
        else:
            await socket.send_text(json.dumps(message, ensure_ascii=False))
    with contextlib.suppress(RuntimeError, WebSocketDisconnect):
        await socket.close(1000)


async def _receive(socket: WebSocket, call: Running, rate_hz: int) -> None:
    began, got_s = time.monotonic(), 0.0
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code") or 1005)
        sound, text = message.get("bytes"), message.get("text")
        if sound is not None:
            got_s += _check_sound(sound, rate_hz)
            if got_s > time.monotonic() - began + MAX_AHEAD_S:
                raise ProtocolError("sound comes faster than anybody speaks")
            call.line.source.give(sound)
        elif text is not None:
            _command(call, _json(text))


def _check_sound(sound: bytes, rate_hz: int) -> float:
    if len(sound) > MAX_BINARY:
        raise ProtocolError(f"a binary message may hold {MAX_BINARY} bytes")
    if len(sound) % 2:
        raise ProtocolError("a binary message holds whole 16-bit samples")
    return len(sound) / 2 / rate_hz


def _command(call: Running, message: dict[str, Any]) -> None:
    """Do what the rep asks for; what is not known is refused."""
    line = call.line
    match message.get("type"):
        case "hang_up":
            line.close()
        case "again":
            line.ask_again()
        case "begin_turn":
            line.source.begin_turn()
        case "end_turn":
            line.source.end_turn()
        case "typing":
            line.source.typing()
        case "say":
            text = message.get("text")
            if not isinstance(text, str) or not text.strip() or len(text) > MAX_TYPED:
                raise ProtocolError(f"say needs a text of 1 to {MAX_TYPED} characters")
            line.source.type(" ".join(text.split()))
        case other:
            raise ProtocolError(f"no message of type {str(other)[:40]!r} is known")


def _json(text: str) -> dict[str, Any]:
    if len(text) > MAX_TEXT:
        raise ProtocolError(f"a text message may hold {MAX_TEXT} characters")
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProtocolError("a text message must be JSON") from error
    if not isinstance(message, dict):
        raise ProtocolError("a text message must be a JSON object")
    return message
