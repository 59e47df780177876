"""Fills the templates of the pages; everything that is put in is escaped."""

from functools import cache
from importlib import resources
from typing import Any

import jinja2
from starlette.responses import HTMLResponse


@cache
def _environment() -> jinja2.Environment:
    folder = str(resources.files("voicecoach") / "web" / "templates")
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )


def show(template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Return the page."""
    return HTMLResponse(_environment().get_template(template).render(**values), status)
