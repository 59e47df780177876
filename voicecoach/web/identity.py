"""Who asks: cookies, roles, and the token that every form carries."""

import secrets
from typing import Annotated, Any, Final

from fastapi import Depends, Form, HTTPException, Request
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, RedirectResponse, Response

from voicecoach.web.accounts import LOGIN_LASTS
from voicecoach.web.db.models import Account
from voicecoach.web.secret import fits, form_token
from voicecoach.web.server import SOLO, Server, server_of
from voicecoach.web.templating import render

LOGIN: Final = "voicecoach_login"
FORM: Final = "voicecoach_form"
SEE_OTHER: Final = 303


class LoginNeededError(Exception):
    """Nobody is logged in; the page sends them to where they can."""


def account_of(connection: HTTPConnection) -> Account | None:
    """Return who asks; in `--solo` that is the one person there is."""
    server = server_of(connection)
    if server.settings.solo:
        with server.database.begin() as session:
            return session.get(Account, SOLO)
    return server.accounts.by_token(connection.cookies.get(LOGIN, ""))


def anyone(request: Request) -> Account:
    """Return who asks; whoever is not logged in is sent to log in."""
    account = account_of(request)
    if account is None:
        raise LoginNeededError
    return account


def a_rep(account: Annotated[Account, Depends(anyone)]) -> Account:
    """Return the rep who asks; a trainer has no place here."""
    if account.role != "rep":
        raise HTTPException(403, "This page is for the people who practise.")
    return account


def a_trainer(account: Annotated[Account, Depends(anyone)]) -> Account:
    """Return the trainer who asks; a rep has no place here."""
    if account.role != "trainer":
        raise HTTPException(403, "This page is for trainers.")
    return account


def from_our_form(request: Request, csrf: Annotated[str, Form()] = "") -> None:
    """Refuse a form that was not made for this browser."""
    if not fits(csrf, _form_token(request, request.cookies.get(FORM, ""))) or not request.cookies.get(FORM):
        raise HTTPException(403, "This form is too old. Go back, load the page again and send it once more.")


Anyone = Annotated[Account, Depends(anyone)]
Rep = Annotated[Account, Depends(a_rep)]
Trainer = Annotated[Account, Depends(a_trainer)]
OurForm = Depends(from_our_form)


def page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Return a page with its forms' token and who is logged in."""
    server = server_of(request)
    form = request.cookies.get(FORM) or secrets.token_urlsafe(24)
    values |= {"csrf": _form_token(request, form), "me": account_of(request), "solo": server.settings.solo}
    values["goes_to"] = server.teller.goes_to if server.teller else ""
    response = HTMLResponse(render(template, **values), status)
    if FORM not in request.cookies:
        response.set_cookie(FORM, form, httponly=True, samesite="strict", secure=server.settings.secure)
    return response


def to(path: str) -> RedirectResponse:
    """Send the browser to another page after a form."""
    return RedirectResponse(path, SEE_OTHER)


def logged_in(server: Server, account: Account, response: Response) -> Response:
    """Give this device its cookie."""
    token = server.accounts.log_in(account.id)
    age = int(LOGIN_LASTS.total_seconds())
    response.set_cookie(LOGIN, token, max_age=age, httponly=True, samesite="lax", secure=server.settings.secure)
    return response


def address(request: HTTPConnection) -> str:
    """Return where a request comes from, for the limits."""
    return request.client.host if request.client else ""


def _form_token(request: Request, form: str) -> str:
    return form_token(server_of(request).key, f"{form}:{request.cookies.get(LOGIN, '')}")
