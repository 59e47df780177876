"""What schemathesis cannot make up: the token of the forms, and things that are there. Loaded by its own process.

Every second request asks for the call and the session that are there, the others for whatever it makes up.
"""

import os
from itertools import count
from typing import Any

import schemathesis

FORM, CALL, SESSION = (os.environ.get(f"TEST_{name}", "") for name in ("FORM", "CALL", "SESSION"))
REAL = {"call_id": CALL, "cohort_id": SESSION}
turn = count()


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """Put the token into every form that has one."""
    return {**body, "csrf": FORM} if isinstance(body, dict) and "csrf" in body and FORM else body


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    """Put a real id into every second path."""
    if not path_parameters or next(turn) % 2:
        return path_parameters
    return {name: REAL.get(name) or value for name, value in path_parameters.items()}
