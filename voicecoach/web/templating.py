"""Fills the templates of the pages; everything that is put in is escaped."""

from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Any

import jinja2

from voicecoach.dance import persona as personas
from voicecoach.errors import CoachError


@cache
def _environment() -> jinja2.Environment:
    folder = str(resources.files("voicecoach") / "web" / "templates")
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    made.filters |= {"words": _words, "moment": _moment, "day": _day, "prospect": prospect_title}
    return made


def render(template: str, **values: Any) -> str:
    """Return the filled template."""
    return _environment().get_template(template).render(**values)


def _words(name: str) -> str:
    """Return ``left_open`` as people write it."""
    return name.replace("_", " ")


def _day(when: date) -> str:
    return f"{when.day} {when:%B %Y}"


def _moment(when: datetime) -> str:
    return f"{when:%d %b %Y, %H:%M} UTC"


@cache
def prospect_title(name: str) -> str:
    """Return a prospect's title; the name where they are no longer here."""
    try:
        return personas.find(name).title
    except CoachError:
        return name
