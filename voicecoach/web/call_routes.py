"""The route of the call's socket: who may, which persona, which seed."""

import secrets
from typing import Annotated, Final

from fastapi import APIRouter, HTTPException, Query, WebSocket, WebSocketDisconnect
from starlette.concurrency import run_in_threadpool

from voicecoach.dance import persona as personas
from voicecoach.dance.prospect import Prospect
from voicecoach.errors import RecordError
from voicecoach.web.calls import FullError, Running
from voicecoach.web.db.models import Account, Cohort
from voicecoach.web.identity import account_of, address
from voicecoach.web.page_routes import assigned
from voicecoach.web.reporting import prospect_again
from voicecoach.web.server import Server, server_of
from voicecoach.web.socket import BAD, LATER, ProtocolError, Start, receive_start, serve

router = APIRouter()
MAX_CALLS_EACH: Final = 2
"""Calls that one person may have at once: one, and one that was left in another tab."""


@router.websocket("/ws/call")
async def call_socket(
    socket: WebSocket,
    persona: str = "thoughtful-owner",
    seed: Annotated[int | None, Query(ge=0, le=2**31)] = None,
    cohort: str = "",
    again: str = "",
    turn: int = 0,
) -> None:
    """Play one call, or come back to one."""
    server = server_of(socket)
    await socket.accept()
    try:
        start = await receive_start(socket)
        account = await run_in_threadpool(_who, server, socket, start)
        call = _resumed(server, account, start)
        if call is None:
            task = await run_in_threadpool(_task, server, account, cohort, persona)
            moment = await run_in_threadpool(_again, server, account, again, turn) if again else None
            kept = await run_in_threadpool(server.sound.of, account.id)
            call = _new(server, account, persona, seed, task, moment, keep_sound=kept.keep_sound is True)
    except (ProtocolError, HTTPException) as error:
        await socket.close(BAD, (error.detail if isinstance(error, HTTPException) else str(error))[:120])
    except TimeoutError:
        await socket.close(BAD, "no start message came")
    except FullError:
        await socket.send_json({"type": "full", "why": "too many calls wait already; try again in a few minutes"})
        await socket.close(LATER)
    except WebSocketDisconnect:
        return
    else:
        await serve(socket, server.calls, call, start)


def _who(server: Server, socket: WebSocket, start: Start) -> Account:
    """Return who calls: by cookie, by a bearer's header, or by a token or a rep's code in the first message."""
    account = account_of(socket)
    if account is None:
        token = start.token or socket.headers.get("authorization", "").removeprefix("Bearer ")
        if token and not server.limits.wrong.allows(address(socket)):
            raise ProtocolError("that was tried too often")
        account = (server.accounts.by_token(token) or server.accounts.by_code(token)) if token else None
    if account is None or account.role != "rep":
        raise ProtocolError("log in first, or give a token with the start message")
    return account


def _task(server: Server, account: Account, cohort: str, persona: str) -> Cohort | None:
    if persona not in personas.names():
        raise ProtocolError("there is no such persona")
    return assigned(server, account, cohort, persona) if cohort else None


def _resumed(server: Server, account: Account, start: Start) -> Running | None:
    if not start.resume:
        return None
    call = server.calls.by_resume(start.resume)
    if call is None or call.owner != account.id:
        raise ProtocolError("that call is over")
    return call


def _again(server: Server, account: Account, call_id: str, turn: int) -> tuple[Prospect, int]:
    """Return the prospect at a moment of one's own call, and the seed of that call."""
    if server.book.own(call_id, account.id) is None:
        raise ProtocolError("you have no such call")
    try:
        return prospect_again(server.book.home / call_id, turn)
    except RecordError as error:
        raise ProtocolError(str(error)) from error


def _new(
    server: Server,
    account: Account,
    persona: str,
    seed: int | None,
    task: Cohort | None,
    moment: tuple[Prospect, int] | None,
    *,
    keep_sound: bool,
) -> Running:
    if not server.settings.solo and len(server.calls.of(account.id)) >= MAX_CALLS_EACH:
        raise ProtocolError("you are in another call already; end it first")
    if moment:
        return server.calls.start(account.id, moment[0].persona, moment[1], who=account.name, again=moment[0])
    chosen = secrets.randbelow(1_000_000) if seed is None or task else seed
    return server.calls.start(
        account.id,
        personas.find(persona),
        chosen,
        who=account.name,
        cohort_id=task.id if task else "",
        hides=task is not None and not task.shows_meter,
        keep_sound=keep_sound,
    )
