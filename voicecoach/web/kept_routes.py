"""The pages of calls that were kept: the list, the report, sharing."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from starlette.responses import HTMLResponse, Response

from voicecoach.errors import RecordError
from voicecoach.web.db.models import Account, CallKept
from voicecoach.web.identity import Anyone, OurForm, Rep, page, to
from voicecoach.web.reporting import report_of
from voicecoach.web.server import server_of

router = APIRouter()


@router.get("/calls")
def calls(request: Request, account: Rep) -> Response:
    """Show a rep's calls, the newest first."""
    return page(request, "calls.html", calls=server_of(request).book.of(account.id))


@router.get("/calls/{call_id}")
def one_call(request: Request, call_id: str, account: Anyone) -> Response:
    """Show one call: its report, and what may be done with it."""
    call = _seen(request, call_id, account)
    return page(request, "call.html", call=call, mine=call.account_id == account.id)


@router.get("/calls/{call_id}/report")
def report(request: Request, call_id: str, account: Anyone) -> Response:
    """Show the report itself; a trainer hears what was shared."""
    call = _seen(request, call_id, account)
    try:
        made, headers = report_of(
            server_of(request).book.home / call.id, with_sound=call.shared or call.account_id == account.id
        )
    except RecordError as error:
        raise HTTPException(404, "Of this call nothing can be read.") from error
    return HTMLResponse(made, headers=headers)


@router.post("/calls/{call_id}/share", dependencies=[OurForm])
def share(request: Request, call_id: str, account: Rep, shared: Annotated[bool, Form()] = False) -> Response:
    """Let the trainer hear this call, or no longer."""
    call = _own(request, call_id, account)
    if not call.cohort_id:
        raise HTTPException(403, "This call is practice of your own: there is no trainer to share it with.")
    server_of(request).book.share(call.id, shared=shared)
    return to(f"/calls/{call.id}")


def _own(request: Request, call_id: str, account: Account) -> CallKept:
    call = server_of(request).book.own(call_id, account.id)
    if call is None:
        raise HTTPException(404, "You have no such call.")
    return call


def _seen(request: Request, call_id: str, account: Account) -> CallKept:
    """Return a call that this account may see; what is not theirs is not found."""
    if account.role != "trainer":
        return _own(request, call_id, account)
    call = server_of(request).book.seen_by_trainer(call_id, account.id)
    if call is None:
        raise HTTPException(404, "There is no such call in your sessions.")
    return call
