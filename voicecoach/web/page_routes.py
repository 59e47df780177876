"""The pages of whoever practises: their sessions, the prospects, the call."""

from dataclasses import dataclass
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import Response

from voicecoach.dance import persona as personas
from voicecoach.report.turns import Turn
from voicecoach.web.cohorts import rule_of
from voicecoach.web.db.models import Account, Cohort
from voicecoach.web.identity import Rep, account_of, page, to
from voicecoach.web.reporting import replies_of
from voicecoach.web.server import Server, server_of

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page tells of a persona: nothing of their temper."""

    name: str
    title: str
    difficulty: int
    who: str
    situation: str

    @property
    def first(self) -> str:
        """Their first name."""
        return self.who.split()[0].strip(",")


def shown(name: str) -> Shown:
    """Return a persona by name; raise 404 where there is none."""
    if name not in personas.names():
        raise HTTPException(404, "There is no such prospect.")
    found = personas.find(name)
    return Shown(found.name, found.title, found.difficulty, found.who, found.situation)


def everyone() -> list[Shown]:
    """Return all prospects, from easy to hard."""
    return sorted((shown(name) for name in personas.names()), key=lambda one: (one.difficulty, one.title))


@router.get("/")
def home(request: Request) -> Response:
    """Show a trainer their sessions, a rep what is theirs to do."""
    server, account = server_of(request), account_of(request)
    if account is None:
        return to("/login")
    if account.role == "trainer":
        return page(request, "trainer.html", cohorts=server.cohorts.of_trainer(account.id))
    return page(request, "home.html", personas=everyone(), tasks=_tasks(server, account))


def _tasks(server: Server, account: Account) -> list[dict[str, object]]:
    tasks: list[dict[str, object]] = []
    for cohort in server.cohorts.of_rep(account.id):
        standing = server.cohorts.standings(cohort, account.id)[0]
        cells = [(shown(cell.persona), cell) for cell in standing.cells if cell.persona in personas.names()]
        tasks.append({"cohort": cohort, "cells": cells, "passed": standing.passed, "rule": rule_of(cohort).says()})
    return tasks


@router.get("/practice/{name}")
def practice(request: Request, name: str, account: Rep, cohort: str = "", again: str = "", turn: int = 0) -> Response:
    """Show the practice page: of an assigned call where `cohort` names a session, or of one moment of a call again.

    Whoever has not said yet whether sound is kept is asked here first, before any is recorded.
    """
    server, persona = server_of(request), shown(name)
    task = assigned(server, account, cohort, name) if cohort else None
    then = _then(server, account, again, turn) if again else None
    query = f"persona={name}" + (f"&cohort={task.id}" if task else "")
    if then:
        query = f"persona={name}&again={again}&turn={turn}"
    hides = task is not None and not task.shows_meter
    willing: float | str = "" if hides else then.before if then else personas.find(name).temper.willingness
    sound = server.sound.of(account.id)
    return page(
        request,
        "practice.html",
        persona=persona,
        hides=hides,
        query=query,
        willing=willing,
        then=then,
        again=again,
        cohort=task.id if task else "",
        sound=sound,
        asks=sound.keep_sound is None and not then,
    )


def practice_path(persona: str, cohort: str) -> str:
    """Return the address of a practice page, of parts that somebody sent."""
    return f"/practice/{quote(persona, safe='')}" + (f"?cohort={quote(cohort, safe='')}" if cohort else "")


def _then(server: Server, account: Account, call_id: str, number: int) -> Turn:
    """Return the reply that is tried again; raise 404 where it is not the rep's own."""
    call = server.book.own(call_id, account.id)
    turns = replies_of(server.book.home / call.id) if call else ()
    found = next((turn for turn in turns if turn.number == number), None)
    if found is None:
        raise HTTPException(404, "You have no such call, or it has no such reply.")
    return found


def assigned(server: Server, account: Account, cohort_id: str, persona: str) -> Cohort:
    """Return the session in which this call is the rep's to make now; raise 404 where it is not theirs, 403 not yet."""
    cohort = server.cohorts.reps(cohort_id, account.id)
    if cohort is None:
        raise HTTPException(404, "You are in no such session.")
    cell = next((c for c in server.cohorts.standings(cohort, account.id)[0].cells if c.persona == persona), None)
    if cell is None:
        raise HTTPException(404, "This prospect is not in that session.")
    if not cell.open:
        raise HTTPException(403, "The prospects before this one come first.")
    return cohort
