"""The pages of calls that were kept: the list, the report, sharing."""

from typing import Annotated, Final

from fastapi import APIRouter, Form, HTTPException, Request
from starlette.responses import HTMLResponse, Response

from voicecoach.events import Verdict
from voicecoach.keep.notes import MAX_WHY, VerdictDisputed, VerdictOverridden, append_note
from voicecoach.keep.record import delete_sound
from voicecoach.web.db.models import Account, CallKept
from voicecoach.web.identity import Anyone, OurForm, Rep, Trainer, page, to
from voicecoach.web.privacy import has_sound
from voicecoach.web.reporting import moment_to_try, replies_of, report_of
from voicecoach.web.server import server_of

router = APIRouter()
Reply = Annotated[int, Form(ge=1, le=10_000)]
Reason = Annotated[str, Form(max_length=MAX_WHY)]
COUNTS: Final = (
    "This call counts in a session: your trainer's board and your pass rest on it. Its sound you can delete."
)
VERDICTS: Final = ("step_back", "pressure", "step_in", "neutral")


@router.get("/calls")
def calls(request: Request, account: Rep) -> Response:
    """Show a rep's calls, the newest first."""
    return page(request, "calls.html", calls=server_of(request).book.of(account.id))


@router.get("/calls/{call_id}")
def one_call(request: Request, call_id: str, account: Anyone) -> Response:
    """Show one call: its report, and what may be done with it."""
    call = _seen(request, call_id, account)
    folder = server_of(request).book.home / call.id
    return page(
        request,
        "call.html",
        call=call,
        mine=call.account_id == account.id,
        sound=has_sound(folder),
        replies=[turn for turn in replies_of(folder) if turn.verdict],
        moment=moment_to_try(folder),
        verdicts=VERDICTS,
        counts=COUNTS,
    )


@router.get("/calls/{call_id}/report")
def report(request: Request, call_id: str, account: Anyone) -> Response:
    """Show the report itself; a trainer hears what was shared."""
    call, server = _seen(request, call_id, account), server_of(request)
    with_sound = call.shared or call.account_id == account.id
    made, headers = report_of(server.book.home / call.id, server.calls.shared.judge, with_sound=with_sound)
    return HTMLResponse(made, headers=headers)


@router.post("/calls/{call_id}/dispute", dependencies=[OurForm])
def dispute(request: Request, call_id: str, account: Rep, turn: Reply, why: Reason) -> Response:
    """Keep that the rep does not agree with a verdict; it stands until the trainer decides."""
    call = _own(request, call_id, account)
    return _noted(request, call, VerdictDisputed(turn=turn, why=why.strip(), by=account.name))


@router.post("/calls/{call_id}/override", dependencies=[OurForm])
def override(
    request: Request, call_id: str, account: Trainer, turn: Reply, why: Reason, verdict: Annotated[str, Form()]
) -> Response:
    """Put the trainer's verdict in the place of the judge's; both stay visible, the score follows."""
    call = _seen(request, call_id, account)
    if verdict not in VERDICTS:
        raise HTTPException(422, "There is no such verdict.")
    note = VerdictOverridden(turn=turn, verdict=Verdict(verdict), why=why.strip(), by=account.name)
    return _noted(request, call, note)


def _noted(request: Request, call: CallKept, note: VerdictDisputed | VerdictOverridden) -> Response:
    server = server_of(request)
    folder = server.book.home / call.id
    if note.turn not in [turn.number for turn in replies_of(folder) if turn.verdict]:
        raise HTTPException(422, "That call has no such reply with a verdict.")
    try:
        append_note(folder, note)
    except ValueError as error:
        raise HTTPException(422, "Give a reason, in some words.") from error
    server.book.count(call.id)
    if call.cohort_id:
        server.cohorts.note_pass(call.cohort_id, call.account_id)
    if server.teller:
        server.teller.call_ended(call.id)
    return to(f"/calls/{call.id}")


@router.post("/calls/{call_id}/share", dependencies=[OurForm])
def share(request: Request, call_id: str, account: Rep, shared: Annotated[bool, Form()] = False) -> Response:
    """Let the trainer hear this call, or no longer."""
    call = _own(request, call_id, account)
    if not call.cohort_id:
        raise HTTPException(403, "This call is practice of your own: there is no trainer to share it with.")
    server = server_of(request)
    if shared and not has_sound(server.book.home / call.id):
        raise HTTPException(409, "No sound of this call was kept: there is nothing to listen to.")
    server.book.share(call.id, shared=shared)
    return to(f"/calls/{call.id}")


@router.post("/calls/{call_id}/sound/delete", dependencies=[OurForm])
def delete_its_sound(request: Request, call_id: str, account: Rep) -> Response:
    """Delete the sound of one call; what was said and how it was judged stays."""
    call = _over(_own(request, call_id, account))
    server = server_of(request)
    delete_sound(server.book.home / call.id)
    server.book.share(call.id, shared=False)
    return to(f"/calls/{call.id}")


@router.post("/calls/{call_id}/delete", dependencies=[OurForm])
def delete(request: Request, call_id: str, account: Rep) -> Response:
    """Delete a call of one's own practice; one that counts in a session stays."""
    call = _over(_own(request, call_id, account))
    if call.cohort_id:
        raise HTTPException(409, COUNTS)
    server_of(request).book.delete(call.id)
    return to("/calls")


def _over(call: CallKept) -> CallKept:
    if call.ended_at is None:
        raise HTTPException(409, "This call is still running. Hang up first.")
    return call


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
