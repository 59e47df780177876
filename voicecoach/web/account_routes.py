"""Logging in, joining, the first trainer's account."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from starlette.responses import Response

from voicecoach.web.accounts import RefusedError
from voicecoach.web.cohorts import rule_of
from voicecoach.web.db.models import Cohort
from voicecoach.web.identity import LOGIN, OurForm, Rep, account_of, address, logged_in, page, to
from voicecoach.web.secret import plain
from voicecoach.web.server import Server, server_of

router = APIRouter()
Typed = Annotated[str, Form(max_length=300)]
TOO_OFTEN = "That was tried too often. Wait ten minutes and try again."
WRONG = "That does not fit. Check both and try again."


@router.get("/login")
def login_page(request: Request, wrong: str = "") -> Response:
    """Show where trainers and returning reps log in, and where new ones join."""
    return page(request, "login.html", wrong="That code leads nowhere." if wrong == "join" else "")


@router.post("/login", dependencies=[OurForm])
def log_in(request: Request, login: Typed = "", password: Typed = "") -> Response:
    """Log a trainer in."""
    server = server_of(request)
    if not server.limits.name.allows(login.strip().lower()) or not server.limits.wrong.allows(address(request)):
        return page(request, "login.html", 429, wrong=TOO_OFTEN)
    account = server.accounts.by_password(login, password)
    if account is None:
        return page(request, "login.html", 401, wrong=WRONG)
    return logged_in(server, account, to("/"))


@router.post("/login/code", dependencies=[OurForm])
def log_in_with_code(request: Request, code: Typed = "") -> Response:
    """Log a rep in on another device."""
    server = server_of(request)
    if not server.limits.wrong.allows(address(request)):
        return page(request, "login.html", 429, wrong=TOO_OFTEN)
    account = server.accounts.by_code(code)
    if account is None:
        return page(request, "login.html", 401, wrong="There is no such code.")
    return logged_in(server, account, to("/"))


@router.post("/logout", dependencies=[OurForm])
def log_out(request: Request) -> Response:
    """Forget this device."""
    server_of(request).accounts.log_out(request.cookies.get(LOGIN, ""))
    response = to("/login")
    response.delete_cookie(LOGIN)
    return response


@router.get("/setup")
def setup_page(request: Request, link: str = "") -> Response:
    """Show the form for a trainer's account, to whoever has a link."""
    if not server_of(request).accounts.link_holds(link):
        raise HTTPException(404, "This link has been used or is too old.")
    return page(request, "setup.html", link=link, wrong="", name="", login="")


@router.post("/setup", dependencies=[OurForm])
def set_up(request: Request, link: Typed = "", name: Typed = "", login: Typed = "", password: Typed = "") -> Response:
    """Make the trainer's account; the link is used up by it."""
    server = server_of(request)
    if not server.limits.wrong.allows(address(request)):
        raise HTTPException(429, TOO_OFTEN)
    try:
        account = server.accounts.make_trainer(link, name, login, password)
    except RefusedError as error:
        return page(request, "setup.html", 422, link=link, wrong=str(error), name=name, login=login)
    return logged_in(server, account, to("/"))


@router.get("/join")
def join_with_code(request: Request, code: str = "") -> Response:
    """Lead from a typed code to its session."""
    if not server_of(request).limits.join.allows(address(request)):
        raise HTTPException(429, TOO_OFTEN)
    return to(f"/join/{plain(code)[:16]}") if plain(code) else to("/login?wrong=join")


@router.get("/join/{code}")
def join_page(request: Request, code: str) -> Response:
    """Ask for a name; who is in already goes on to their page."""
    server, cohort = _cohort(request, code)
    account = account_of(request)
    if account and account.role == "rep" and server.cohorts.reps(cohort.id, account.id):
        return to("/")
    return page(request, "join.html", cohort=cohort, rule=rule_of(cohort).says(), code=code, wrong="")


@router.post("/join/{code}", dependencies=[OurForm])
def join(request: Request, code: str, name: Typed = "") -> Response:
    """Take somebody in, and show the code for other devices once."""
    server, cohort = _cohort(request, code)
    account = account_of(request)
    try:
        if account and account.role == "rep":
            server.cohorts.join_again(cohort.id, account.id)
            return to("/")
        rep, comes_back = server.cohorts.join(cohort.id, name)
    except RefusedError as error:
        says = rule_of(cohort).says()
        return page(request, "join.html", 422, cohort=cohort, rule=says, code=code, wrong=str(error))
    return logged_in(server, rep, page(request, "welcome.html", name=rep.name, code=comes_back))


@router.post("/code", dependencies=[OurForm])
def new_code(request: Request, account: Rep) -> Response:
    """Give a rep a new code for other devices; the old one is void."""
    return page(request, "welcome.html", name=account.name, code=server_of(request).accounts.new_code(account.id))


def _cohort(request: Request, code: str) -> tuple[Server, Cohort]:
    server = server_of(request)
    if not server.limits.join.allows(address(request)):
        raise HTTPException(429, TOO_OFTEN)
    cohort = server.cohorts.by_code(code)
    if cohort is None:
        raise HTTPException(404, "This code leads to no session that is open. Ask your trainer for the new one.")
    return server, cohort
