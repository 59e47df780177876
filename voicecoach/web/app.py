"""Puts one server together: settings → what calls share → routes → the guard around them."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp

from voicecoach import __version__
from voicecoach.web import (
    account_routes,
    call_routes,
    kept_routes,
    page_routes,
    settings_routes,
    status_routes,
    trainer_routes,
)
from voicecoach.web.guard import Guard
from voicecoach.web.identity import LoginNeededError, account_of, address, logged_in, page, to
from voicecoach.web.lms import exports
from voicecoach.web.lms import routes as lms_routes
from voicecoach.web.lms.desk import ServerDesk
from voicecoach.web.server import Server, make_server
from voicecoach.web.settings import Settings
from voicecoach.web.shared import Shared, load

FORGETS_EVERY_S = 3600.0
log = logging.getLogger("voicecoach.web")
STATIC = Path(__file__).parent / "static"
TITLES = {
    403: "That is not yours to see",
    404: "There is nothing here",
    409: "That cannot be done",
    422: "That cannot be",
    429: "Too often",
}


def make_app(settings: Settings, shared: Shared | None = None) -> tuple[ASGIApp, str]:
    """Return the server as an ASGI application, and the token of the first trainer's link where there is none yet.

    `shared` may be handed in by tests, else it is loaded here.
    """
    parts = shared or load(settings.model)
    server = make_server(settings, parts)

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:  # noqa: ARG001 -- FastAPI's words
        if server.teller:
            await run_in_threadpool(server.teller.catch_up)
            server.teller.sender.start()
        forgetting = asyncio.create_task(_forget_what_is_due(server))
        yield
        forgetting.cancel()
        await server.calls.close()
        if server.teller:
            await run_in_threadpool(server.teller.close)
        parts.close()
        server.database.close()

    app = FastAPI(title="voicecoach", version=__version__, lifespan=life, docs_url=None, redoc_url=None)
    app.state.server = server
    app.state.lms_desk = _desk(server)
    routes = [call_routes, page_routes, kept_routes, settings_routes, status_routes]
    routes += [] if settings.solo else [account_routes, trainer_routes, lms_routes, exports]
    for module in routes:
        app.include_router(module.router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_exception_handler(LoginNeededError, _log_in)
    app.add_exception_handler(HTTPException, _say)
    app.add_exception_handler(RequestValidationError, _say_invalid)
    return Guard(app, settings.hosts), "" if settings.solo else server.accounts.first_link()


async def _forget_what_is_due(server: Server) -> None:
    """Delete sound whose time is over, at the start and every hour."""
    while True:
        try:
            await run_in_threadpool(server.sound.forget_due)
        except Exception:  # a full or broken disk must not end the round: the next one tries again
            log.exception("sound that is due could not be deleted")
        await asyncio.sleep(FORGETS_EVERY_S)


def _desk(server: Server) -> ServerDesk:
    return ServerDesk(
        server.database,
        server.accounts,
        server.cohorts,
        account_of,
        lambda account, response: logged_in(server, account, response),
        lambda request: server.limits.join.allows(address(request)),
    )


async def _log_in(request: Request, error: Exception) -> Response:  # noqa: ARG001 -- FastAPI's words
    return to("/login")


async def _say(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    says = str(error.detail) if isinstance(error, HTTPException) else ""
    told = page(request, "message.html", status, title=TITLES.get(status, "That did not work"), says=says)
    # A refused method names the ones that are served (RFC 9110, 15.5.6).
    told.headers.update((error.headers if isinstance(error, HTTPException) else None) or {})
    return told


async def _say_invalid(request: Request, error: Exception) -> Response:  # noqa: ARG001 -- no detail goes back
    return page(request, "message.html", 422, title=TITLES[422], says="Something that was sent cannot be used.")
