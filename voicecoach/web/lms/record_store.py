"""Sends what waits in an `Outbox` to a learning record store, again and again until the store has it.

Off unless ``xapi.yaml`` lies in voicecoach's folder:

    address: https://lrs.example/xapi     # its statements lie at ADDRESS/statements
    key: …
    secret: …
    names: false                          # true: the reps' names are sent with their ids
"""

import base64
import http.client
import json
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

from voicecoach.errors import InputError
from voicecoach.web.lms.outbox import Outbox

BATCH: Final = 50
TIMEOUT_S: Final = 20.0
FIRST_WAIT_S: Final = 5.0
LONGEST_WAIT_S: Final = 3600.0
LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})
VERSION: Final = "1.0.3"
log = logging.getLogger("voicecoach.web")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordStore:
    """Where statements go."""

    address: str
    key: str
    secret: str = field(repr=False)
    names: bool = False
    """Whether the reps' names go with them."""

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.address)
            whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            whole = False
        if not whole or parts.query or parts.fragment or parts.username is not None:
            raise InputError(f"{self.address!r} is no address of a record store. Like: https://lrs.example/xapi")
        if parts.scheme == "http" and parts.hostname not in LOCAL:
            raise InputError(f"{self.address} would carry results and the secret in the clear; use https://.")


def read_store(path: Path) -> RecordStore | None:
    """Read ``xapi.yaml``; None where there is none: then nothing is ever sent."""
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        readable_by_all = path.stat().st_mode & 0o077
    except FileNotFoundError:
        return None
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    if readable_by_all:
        raise InputError(f"{path} holds a secret and others can read it. Type: chmod 600 {path}")
    kinds = {"address": str, "key": str, "secret": str, "names": bool}
    if not isinstance(content, dict) or not {"address", "key", "secret"} <= set(content) <= set(kinds):
        raise InputError(f"{path} needs address, key and secret, and may have names; nothing else.")
    for name, value in content.items():
        if not isinstance(value, kinds[name]) or value == "":
            raise InputError(f"{path}: {name} must be {'true or false' if name == 'names' else 'a text'}.")
    return RecordStore(**content)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a store said; status 0 where it said nothing."""

    status: int
    text: str
    retry_after_s: float = 0.0


Ask = Callable[[str, str, bytes], Answer]
"""Method, path below the address, body."""


class Sender:
    """Empties an outbox into a store, in a thread of its own."""

    def __init__(self, outbox: Outbox, store: RecordStore) -> None:
        self.trouble = ""
        """Why nothing gets through at present; empty where it does."""
        self.failures = 0
        """How often a store did not take what it was sent, since the start."""
        self.last_failure = ""
        """Why it did not the last time, whether or not it has since; empty where it always did."""
        self.failed_at = 0.0
        """When that was, in seconds since 1970."""
        self._outbox = outbox
        self._store = store
        self._tries = 0
        self._wake = threading.Event()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="xapi", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Something was put: look at once, unless the store is in trouble."""
        if not self.trouble:
            self._wake.set()

    def close(self) -> None:
        """Stop; what waits goes on waiting on the disk."""
        self._closed = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(TIMEOUT_S + 5)

    def _run(self) -> None:
        while not self._closed:
            try:
                wait_s = self.send_once()
            except Exception:  # the thread must outlive anything, or nothing is sent until the next start
                log.exception("sending statements broke")
                wait_s = LONGEST_WAIT_S / 60
            self._wake.wait(wait_s)
            self._wake.clear()

    def send_once(self) -> float:
        """Send one batch; return how many seconds to wait before the next."""
        batch = self._outbox.next(BATCH)
        if not batch:
            return LONGEST_WAIT_S
        answer = self._ask("POST", "/statements", _json(batch))
        if answer.status in (200, 204):
            self._outbox.sent([statement["id"] for statement in batch])
        elif answer.status in (400, 409, 413, 422):
            # One of them is there already, or is not to its taste: each by itself, so that it holds up no other.
            answer = self._one_by_one(batch)
        if answer.status not in (200, 204):
            return self._back_off(answer)
        self._tries, self.trouble = 0, ""
        return 0.0

    def _one_by_one(self, batch: Sequence[dict[str, Any]]) -> Answer:
        for statement in batch:
            which = quote(statement["id"], safe="")
            answer = self._ask("PUT", f"/statements?statementId={which}", _json(statement))
            if answer.status in (200, 204, 409):  # 409: it has a statement of this id, and ids say what they are about
                self._outbox.sent([statement["id"]])
            elif answer.status in (400, 413, 422):
                self._outbox.refused(statement["id"], f"{answer.status} {answer.text}")
                self._failed(answer)
                log.error("the record store refused a statement for good: %s %s", answer.status, answer.text[:200])
            else:
                return answer
        return Answer(204, "")

    def _back_off(self, answer: Answer) -> float:
        self._tries += 1
        self._failed(answer)
        wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(self._tries - 1, 20))
        wait_s = min(LONGEST_WAIT_S, max(wait_s, answer.retry_after_s))
        self.trouble = self.last_failure
        log.warning("the record store did not take statements (%s); next try in %.0f s", self.trouble, wait_s)
        return wait_s

    def _failed(self, answer: Answer) -> None:
        self.failures += 1
        self.last_failure, self.failed_at = f"{answer.status or 'no answer'}: {answer.text[:200]}", time.time()

    def _ask(self, method: str, path: str, body: bytes) -> Answer:
        parts = urlsplit(self._store.address)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_S)
        secret = base64.b64encode(f"{self._store.key}:{self._store.secret}".encode()).decode()
        headers = {
            "authorization": f"Basic {secret}",
            "content-type": "application/json",
            "x-experience-api-version": VERSION,
        }
        try:
            # No redirect is followed: the secret is for this address alone.
            connection.request(method, parts.path.rstrip("/") + path, body, headers)
            answer = connection.getresponse()
            text = answer.read(2000).decode("utf-8", "replace")
            after = answer.headers.get("retry-after", "")
            return Answer(answer.status, text, float(after) if after.isdigit() else 0.0)
        except (OSError, http.client.HTTPException) as error:
            return Answer(0, f"{type(error).__name__}: {error}")
        finally:
            connection.close()


def _json(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode()
