"""The trainer's pages: making a session, its board, who may still join."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, Form, HTTPException, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from voicecoach.web.accounts import RefusedError
from voicecoach.web.board import board_of, heat
from voicecoach.web.cohorts import Wish, rule_of
from voicecoach.web.db.models import Account, Cohort
from voicecoach.web.identity import OurForm, Trainer, page, to
from voicecoach.web.page_routes import everyone
from voicecoach.web.passing import Rule
from voicecoach.web.privacy import has_sound
from voicecoach.web.secret import grouped
from voicecoach.web.server import Server, server_of
from voicecoach.web.templating import render

router = APIRouter()
LOOKS_EVERY_S: Final = 1.0
LIVES_S: Final = 3600.0
"""A board that was open so long asks anew by itself; a forgotten connection ends."""
MOST_STREAMS: Final = 8
"""Boards that one trainer may have open at once."""


@router.get("/sessions/new")
def new_page(request: Request, trainer: Trainer) -> Response:  # noqa: ARG001 -- only trainers come here
    """Show the form for a new session."""
    return page(request, "session_new.html", personas=everyone(), wrong="")


@router.post("/sessions/new", dependencies=[OurForm])
def make(
    request: Request,
    trainer: Trainer,
    title: Annotated[str, Form(max_length=200)] = "",
    persona: Annotated[list[str], Form()] = [],  # noqa: B006 -- FastAPI copies it
    calls_in_row: Annotated[int, Form()] = 3,
    least_score: Annotated[int, Form()] = 80,
    no_push_in_last: Annotated[bool, Form()] = False,
    shows_meter: Annotated[bool, Form()] = False,
    due_on: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Make a session."""
    try:
        wish = Wish(
            title=title,
            personas=tuple(name for name in persona if name)[:50],
            rule=Rule(calls_in_row, least_score, no_push_in_last),
            due_on=date.fromisoformat(due_on) if due_on else None,
            shows_meter=shows_meter,
        )
        cohort = server_of(request).cohorts.make(trainer.id, wish)
    except (RefusedError, ValueError) as error:
        wrong = str(error) if isinstance(error, RefusedError) else "The due date is not a date."
        return page(request, "session_new.html", 422, personas=everyone(), wrong=wrong)
    return to(f"/sessions/{cohort.id}")


@router.get("/sessions/{cohort_id}")
def board(request: Request, cohort_id: str, trainer: Trainer) -> Response:
    """Show a session's board."""
    server, cohort = server_of(request), _own(request, cohort_id, trainer)
    code = cohort.join_code
    link = str(request.url.replace(path=f"/join/{code}", query=""))
    return page(
        request,
        "board.html",
        cohort=cohort,
        rule=rule_of(cohort).says(),
        link=link,
        code=grouped(code),
        live=_fragment(server, cohort),
    )


@router.get("/sessions/{cohort_id}/reps/{account_id}")
def one_rep(request: Request, cohort_id: str, account_id: str, trainer: Trainer) -> Response:
    """Show one rep's calls in a session, the newest first."""
    server, cohort = server_of(request), _own(request, cohort_id, trainer)
    standing = next(iter(server.cohorts.standings(cohort, account_id)), None) if account_id else None
    if standing is None:
        raise HTTPException(404, "There is no such rep in this session.")
    calls = [(call, has_sound(server.book.home / call.id)) for call in reversed(standing.calls)]
    return page(request, "rep.html", cohort=cohort, name=standing.member.account.name, calls=calls)


@router.get("/sessions/{cohort_id}/live")
async def live(request: Request, cohort_id: str, trainer: Trainer) -> Response:
    """Stream the board as server-sent events: its part that changes, as HTML, whenever it has changed."""
    server, cohort = server_of(request), _own(request, cohort_id, trainer)
    if server.streams.get(trainer.id, 0) >= MOST_STREAMS:
        raise HTTPException(429, "This board is open too many times.")
    return StreamingResponse(_changes(request, server, cohort, trainer), media_type="text/event-stream")


async def _changes(request: Request, server: Server, cohort: Cohort, trainer: Account) -> AsyncIterator[str]:
    last, until = "", asyncio.get_running_loop().time() + LIVES_S
    server.streams[trainer.id] = server.streams.get(trainer.id, 0) + 1
    try:
        while asyncio.get_running_loop().time() < until and not await request.is_disconnected():
            now = await run_in_threadpool(_fragment, server, cohort)
            # A comment keeps the connection open, and tells when nobody listens any more.
            yield f"data: {json.dumps(now)}\n\n" if now != last else ": still here\n\n"
            last = now
            await asyncio.sleep(LOOKS_EVERY_S)
    finally:
        server.streams[trainer.id] -= 1


@router.post("/sessions/{cohort_id}/open", dependencies=[OurForm])
def set_open(request: Request, cohort_id: str, trainer: Trainer, is_open: Annotated[bool, Form()] = False) -> Response:
    """Let people join, by a new code, or no longer."""
    cohort = _own(request, cohort_id, trainer)
    server_of(request).cohorts.set_open(cohort.id, is_open=is_open)
    return to(f"/sessions/{cohort.id}")


def _own(request: Request, cohort_id: str, trainer: Account) -> Cohort:
    cohort = server_of(request).cohorts.trainers(cohort_id, trainer.id)
    if cohort is None:
        raise HTTPException(404, "You have no such session.")
    return cohort


def _fragment(server: Server, cohort: Cohort) -> str:
    return render("board_live.html", board=board_of(server, cohort), heat=heat)
