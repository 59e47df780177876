"""Puts one server together: settings → what calls share → routes → the guard around them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.types import ASGIApp

from voicecoach import __version__
from voicecoach.places import made
from voicecoach.web import call_routes, page_routes
from voicecoach.web.calls import Calls
from voicecoach.web.guard import Guard
from voicecoach.web.settings import Settings
from voicecoach.web.shared import Shared, load

STATIC = Path(__file__).parent / "static"


def make_app(settings: Settings, shared: Shared | None = None) -> ASGIApp:
    """Return the server as an ASGI application; `shared` may be handed in by tests, else it is loaded here."""
    parts = shared or load(settings.model)
    home = made(settings.home / "calls")

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        app.state.calls = Calls(parts, home, settings.calls)
        yield
        await app.state.calls.close()
        parts.close()

    app = FastAPI(title="voicecoach", version=__version__, lifespan=life, docs_url=None, redoc_url=None)
    app.state.settings = settings
    app.state.home = home
    app.include_router(call_routes.router)
    app.include_router(page_routes.router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return Guard(app, settings.hosts)
