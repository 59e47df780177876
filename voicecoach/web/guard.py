"""Before any page: the right Host, no strange Origin; after any page: the headers of every answer."""

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; "
    "connect-src 'self' {socket}; worker-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-src 'self'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "microphone=(self), camera=(), geolocation=()",
}
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
OPEN_TO_ALL: Final = frozenset({"/lms/standing"})
"""What a page from elsewhere may ask: it takes no cookie, and answers whoever shows a key."""
MAX_BODY: Final = 256 * 1024
"""Forms here are small; nobody uploads a file."""


class Guard:
    """ASGI middleware: refuses what comes from elsewhere, sets the headers of every answer."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str]) -> None:
        """Take the host names that this server answers to, without ports; ``*`` is not among them."""
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it with why not."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        why = self._why_not(scope, headers)
        if why:
            await self._refuse(why, scope, receive, send)
            return
        taken = receive if scope["type"] == "websocket" else _no_more_than(MAX_BODY, receive)
        await self._app(scope, taken, _with_headers(scope, headers, send))

    def _why_not(self, scope: Scope, headers: Headers) -> str:
        host = headers.get("host", "")
        if _name(host) not in self._hosts:
            return "this server does not answer to that name; whoever runs it can add it: voicecoach serve --name NAME"
        origin = headers.get("origin")
        changes = scope["type"] == "websocket" or scope["method"] not in SAFE_METHODS
        if changes and origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return "this request comes from another page"
        strange = headers.get("sec-fetch-site") in ("cross-site", "same-site") and scope["path"] not in OPEN_TO_ALL
        if strange and headers.get("sec-fetch-mode") != "navigate":
            return "this request comes from another page"
        length = headers.get("content-length", "0")
        return "" if length.isdigit() and int(length) <= MAX_BODY else "that is too much at once"

    @staticmethod
    async def _refuse(why: str, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": why})
            return
        await PlainTextResponse(why, 403)(scope, receive, send)


def _no_more_than(most: int, receive: Receive) -> Receive:
    """Return a `receive` that ends a body which says no length, or another than it has, where a form would end."""
    got = 0

    async def received() -> Message:
        nonlocal got
        message = await receive()
        got += len(message.get("body", b""))
        if got > most:
            raise HTTPException(413, "that is too much at once")
        return message

    return received


def _name(host: str) -> str:
    """Return the host's name without its port."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _with_headers(scope: Scope, asked: Headers, send: Send) -> Send:
    secure = scope["scheme"] in ("https", "wss")
    socket = f"{'wss' if secure else 'ws'}://{asked.get('host', '')}"

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("content-security-policy", POLICY.format(socket=socket))
            if not scope["path"].startswith("/static/"):
                headers.setdefault("cache-control", "no-store")
        await send(message)

    return sent
