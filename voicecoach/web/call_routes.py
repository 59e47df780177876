"""The route of the call's socket: who may, which persona, which seed."""

import secrets
from typing import Annotated, Final

from fastapi import APIRouter, Query, WebSocket, WebSocketDisconnect

from voicecoach.dance import persona as personas
from voicecoach.web.calls import Calls, FullError, Running
from voicecoach.web.socket import BAD, LATER, ProtocolError, Start, receive_start, serve

router = APIRouter()
SOLO: Final = "solo"
MAX_CALLS_EACH: Final = 4
"""Calls that one person may have at once: a second tab, a dropped one, no more."""


@router.websocket("/ws/call")
async def call_socket(
    socket: WebSocket, persona: str = "thoughtful-owner", seed: Annotated[int | None, Query(ge=0, le=2**31)] = None
) -> None:
    """Play one call, or come back to one."""
    calls: Calls = socket.app.state.calls
    await socket.accept()
    try:
        start = await receive_start(socket)
        call = _resumed(calls, start) or _new(calls, persona, seed)
    except ProtocolError as error:
        await socket.close(BAD, str(error)[:120])
    except TimeoutError:
        await socket.close(BAD, "no start message came")
    except FullError:
        await socket.send_json({"type": "full", "why": "too many calls wait already; try again in a few minutes"})
        await socket.close(LATER)
    except WebSocketDisconnect:
        return
    else:
        await serve(socket, calls, call, start)


def _resumed(calls: Calls, start: Start) -> Running | None:
    if not start.resume:
        return None
    call = calls.by_resume(start.resume)
    if call is None:
        raise ProtocolError("that call is over")
    return call


def _new(calls: Calls, persona: str, seed: int | None) -> Running:
    if persona not in personas.names():
        raise ProtocolError("there is no such persona")
    if len(calls.of(SOLO)) >= MAX_CALLS_EACH and calls.limit < MAX_CALLS_EACH:
        raise FullError
    return calls.start(SOLO, personas.find(persona), secrets.randbelow(1_000_000) if seed is None else seed)
