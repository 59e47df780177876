"""What a rep decides for themselves: whether sound is kept, for how long, and the code for other devices."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from starlette.responses import Response

from voicecoach.keep.privacy import Privacy
from voicecoach.web.identity import OurForm, Rep, page, to
from voicecoach.web.page_routes import practice_path
from voicecoach.web.privacy import MOST_DAYS
from voicecoach.web.server import server_of

router = APIRouter()


@router.get("/settings")
def settings(request: Request, account: Rep, done: str = "") -> Response:
    """Show what was decided, and what can be changed."""
    answer = server_of(request).sound.of(account.id)
    return page(request, "settings.html", answer=answer, most_days=MOST_DAYS, done=done)


@router.post("/settings/sound", dependencies=[OurForm])
def change(
    request: Request, account: Rep, keep: Annotated[bool, Form()], days: Annotated[int, Form(ge=0, le=MOST_DAYS)]
) -> Response:
    """Change whether sound is kept and for how long; sound whose time is over by that goes at once."""
    sound = server_of(request).sound
    sound.write(account.id, Privacy(keep, days))
    sound.forget_due()
    return to("/settings?done=kept")


@router.post("/settings/sound/first", dependencies=[OurForm])
def answer_first(
    request: Request,
    account: Rep,
    keep: Annotated[bool, Form()],
    persona: Annotated[str, Form(max_length=80)],
    cohort: Annotated[str, Form(max_length=32)] = "",
) -> Response:
    """Keep the answer that is asked for before the first call, and go on to that call."""
    sound = server_of(request).sound
    sound.write(account.id, Privacy(keep, sound.of(account.id).days))
    return to(practice_path(persona, cohort))


@router.post("/settings/sound/forget", dependencies=[OurForm])
def forget(request: Request, account: Rep) -> Response:
    """Delete the sound of all of one's calls; words, verdicts and scores stay."""
    server = server_of(request)
    if server.calls.of(account.id):
        raise HTTPException(409, "A call of yours is running. End it first, then delete the sound.")
    server.sound.forget_all(account.id)
    return to("/settings?done=forgotten")
