"""What a launch page on a learning platform asks: let this learner in, and how far are they.

``/lms`` reads what the launch page put behind ``#`` (no server and no log sees that), posts it here and goes on to the
practice. ``/lms/standing`` is the one address that pages from elsewhere may ask: it answers whoever shows the learner's
key, tells nothing but a status, a score and a count, and takes no cookie.
"""

from dataclasses import asdict, dataclass
from importlib import resources
from typing import Annotated, Any, Final, Protocol

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel, Field

router = APIRouter()
KEY: Final = r"^[0-9a-f]{64}$"
CROSS_ORIGIN: Final = {
    "access-control-allow-origin": "*",
    "access-control-allow-headers": "authorization",
    "access-control-allow-methods": "GET",
    "access-control-allow-private-network": "true",
    "access-control-max-age": "600",
    "cross-origin-resource-policy": "cross-origin",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far one learner is in one onboarding session."""

    status: str
    """``incomplete``, ``passed`` or ``failed``: SCORM's words."""
    score: int | None
    """The best scored call's, 0 to 100; None before there is one."""
    calls: int


class Learner(BaseModel):
    """What the launch page says of the learner."""

    code: Annotated[str, Field(min_length=1, max_length=80)]
    key: Annotated[str, Field(pattern=KEY)]
    name: Annotated[str, Field(max_length=200)] = ""
    instead: bool = False
    """Go on as this learner though the browser is somebody else's so far."""


class NoEntryError(Exception):
    """A learner who cannot be let in; the text is for them."""

    def __init__(self, why: str, status: int = 404) -> None:
        self.status = status
        super().__init__(why)


class Desk(Protocol):
    """What these routes ask of the server's accounts; found in ``app.state.lms_desk``."""

    async def let_in(self, request: Request, response: Response, learner: Learner) -> str:
        """Make or find the rep, sign them in on the response and return where to go; raise `NoEntryError`."""

    async def standing(self, code: str, key: str) -> Standing | None:
        """Return how far the rep of that key is in that session; None where nobody came with it yet."""


@router.get("/lms", include_in_schema=False)
async def arrival() -> HTMLResponse:
    """Serve the page that reads what stands behind ``#``."""
    page = resources.files("voicecoach.web.lms") / "arrival.html"
    return HTMLResponse(page.read_text(encoding="utf-8"))


@router.post("/lms/join")
async def join(request: Request, learner: Learner) -> JSONResponse:
    """Let a learner in; the answer says where to go on."""
    answer = Response()
    try:
        go = await request.app.state.lms_desk.let_in(request, answer, learner)
    except NoEntryError as error:
        return JSONResponse({"why": str(error)}, error.status)
    found = JSONResponse({"go": go})
    found.raw_headers.extend(pair for pair in answer.raw_headers if pair[0] == b"set-cookie")
    return found


@router.options("/lms/standing", include_in_schema=False)
async def may_ask() -> Response:
    """Tell a browser that any page may ask."""
    return Response(status_code=204, headers=CROSS_ORIGIN)


@router.get("/lms/standing")
async def standing(
    request: Request,
    code: Annotated[str, Query(max_length=80)],
    authorization: Annotated[str, Header(max_length=200)] = "",
) -> JSONResponse:
    """Tell how far the learner is whose key this is."""
    scheme, _, key = authorization.partition(" ")
    found: Standing | None = None
    if scheme.lower() == "bearer" and key:
        found = await request.app.state.lms_desk.standing(code, key.strip())
    content: dict[str, Any] = asdict(found) if found else {"why": "nobody has begun with this key"}
    return JSONResponse(content, 200 if found else 404, headers=CROSS_ORIGIN)
