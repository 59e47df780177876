"""How the server is: for people, for a load balancer, for Prometheus. No name and no word of anybody is in it."""

from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter, HTTPException, Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import JSONResponse, Response

from voicecoach.web.identity import account_of
from voicecoach.web.server import Server, server_of

router = APIRouter()


@router.get("/healthz")
def health(request: Request) -> JSONResponse:
    """Say whether calls can be taken: the database answers."""
    try:
        with server_of(request).database.begin() as session:
            session.execute(sa.text("select 1"))
    except sa.exc.SQLAlchemyError:
        return JSONResponse({"status": "the database does not answer"}, 503)
    return JSONResponse({"status": "ok"})


@router.get("/status")
def status(request: Request) -> JSONResponse:
    """Say how much the server does, to this machine and to trainers."""
    _only_ours(request)
    return JSONResponse(numbers(server_of(request)))


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """Say the same to Prometheus, on this machine and to trainers."""
    _only_ours(request)
    server = server_of(request)
    meters, now = server.calls.shared.meters, numbers(server)
    meters.running.set(now["running"])
    meters.waiting.set(now["waiting"])
    meters.places.set(now["places"])
    meters.queued.set(now["recognitions_queued"])
    return Response(generate_latest(meters.registry), media_type=CONTENT_TYPE_LATEST)


def numbers(server: Server) -> dict[str, Any]:
    """Return what `serve --status` prints."""
    calls = server.calls
    return {
        "running": len(calls.running),
        "waiting": calls.waiting,
        "places": calls.limit,
        "ended": calls.done,
        "broke_off": calls.failed,
        "recognitions_queued": calls.shared.pool.queued,
        "model": calls.shared.label,
        "judge": calls.shared.judge.label,
        **(server.teller.numbers() if server.teller else {}),
    }


def _only_ours(request: Request) -> None:
    here = request.client is not None and request.client.host in ("127.0.0.1", "::1")
    account = None if here else account_of(request)
    if not here and (account is None or account.role != "trainer"):
        raise HTTPException(403, "This page is for this machine and for trainers.")
