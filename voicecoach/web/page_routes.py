"""The pages of practice: who is there, and the call."""

from dataclasses import dataclass

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import HTMLResponse

from voicecoach.dance import persona as personas
from voicecoach.web.templating import show

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


@router.get("/")
def home(request: Request) -> HTMLResponse:  # noqa: ARG001 -- the route's shape
    """Show all prospects, from easy to hard."""
    everyone = sorted((shown(name) for name in personas.names()), key=lambda one: (one.difficulty, one.title))
    return show("home.html", personas=everyone)


@router.get("/practice/{name}")
def practice(name: str) -> HTMLResponse:
    """Return the practice page."""
    persona = shown(name)
    willing = personas.find(name).temper.willingness
    return show("practice.html", persona=persona, hides=False, query=f"persona={name}", willing=willing)
