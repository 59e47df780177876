"""What a trainer takes out of a session: a package for a learning platform, the board as a table."""

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import Response

from voicecoach.errors import InputError
from voicecoach.web.db.models import Account, Cohort
from voicecoach.web.identity import Trainer
from voicecoach.web.lms import scorm
from voicecoach.web.lms.board_rows import rows_of
from voicecoach.web.lms.table import table
from voicecoach.web.server import server_of

router = APIRouter()


@router.get("/sessions/{cohort_id}/scorm.zip")
def package(request: Request, cohort_id: str, trainer: Trainer) -> Response:
    """Return the session as a SCORM 1.2 package; it leads to the address at which the trainer asks."""
    cohort = _own(request, cohort_id, trainer)
    address = f"{request.url.scheme}://{request.url.netloc}"
    try:
        made = scorm.build(scorm.Package(title=cohort.title, code=cohort.id, server=address))
    except InputError as error:
        raise HTTPException(409, str(error)) from error
    return _file(made, "application/zip", f"session-{cohort.id[:8]}-scorm.zip")


@router.get("/sessions/{cohort_id}/attempts.csv")
def attempts(request: Request, cohort_id: str, trainer: Trainer) -> Response:
    """Return everything on the board, one row an attempt."""
    server, cohort = server_of(request), _own(request, cohort_id, trainer)
    content = table(rows_of(cohort, server.cohorts, server.book.home))
    return _file(content.encode(), "text/csv; charset=utf-8", f"session-{cohort.id[:8]}-attempts.csv")


def _own(request: Request, cohort_id: str, trainer: Account) -> Cohort:
    cohort = server_of(request).cohorts.trainers(cohort_id, trainer.id)
    if cohort is None:
        raise HTTPException(404, "You have no such session.")
    return cohort


def _file(content: bytes, kind: str, name: str) -> Response:
    return Response(content, media_type=kind, headers={"content-disposition": f'attachment; filename="{name}"'})
