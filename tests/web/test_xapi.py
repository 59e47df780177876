"""Statements of a call: by the rules of xAPI 1.0.3, in a real record store, and through a store that breaks."""

import contextlib
import http.server
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest
from tools import python_tools

from voicecoach.dance.prospect import Prospect
from voicecoach.deliver.speaker import SilentSpeaker
from voicecoach.errors import InputError
from voicecoach.events import as_record
from voicecoach.loop import Call, Parts
from voicecoach.testing import ListRecorder, ScriptedEar, SilentVoice, SpellingJudge, plain_persona
from voicecoach.web.lms import xapi
from voicecoach.web.lms.outbox import Outbox, Summary
from voicecoach.web.lms.record_store import RecordStore, Sender, read_store

CONTEXT = xapi.Context(
    server="https://coach.example:8443", rep="r-17", session="s-3", title="Monday <twelve>", rep_name=""
)
OPENED = "2026-11-23T19:18:12+00:00"
SAID = "take all the time"
ROOM, PUSH = f"step_back give_time {SAID}", f"pressure urgency {SAID}"
CALL = [ROOM, "", "unclear", PUSH, "neutral", ROOM, ROOM, ROOM]
STRICT = (
    "import json, sys\n"
    "from ralph.models.xapi.base.statements import BaseXapiStatement\n"
    "for statement in json.load(sys.stdin):\n"
    "    try: BaseXapiStatement(**statement)\n"
    "    except Exception as fault: print(statement.get('id'), fault)\n"
)


def played(replies: list[str]) -> list[dict[str, Any]]:
    recorder = ListRecorder()
    parts = Parts(
        ear=ScriptedEar(replies),
        judge=SpellingJudge(),
        voice=SilentVoice(),
        speaker=SilentSpeaker(),
        recorder=recorder,
        model="none",
    )
    Call(Prospect(plain_persona(), 1), 1, parts, lambda _: None).play()
    return [as_record(event) for event in recorder.events]


def of_call(call: str = "2026-11-23T19-18-12-plain-3f2a", replies: list[str] | None = None) -> list[dict[str, Any]]:
    return xapi.of_call(call, OPENED, played(replies or CALL), CONTEXT)


def faults(statements: list[dict[str, Any]]) -> str:
    """Ask the strict model of a published record store about statements."""
    done = subprocess.run(
        [python_tools(), "-c", STRICT], input=json.dumps(statements), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_every_statement_is_valid_by_the_rules_of_xapi() -> None:
    cut_short = [event for event in played(CALL) if event["type"] != "call_ended"]
    statements = [
        *of_call(),
        *xapi.of_call("cut", OPENED, cut_short, CONTEXT),
        xapi.of_pass(92, OPENED, CONTEXT),
        xapi.of_pass(None, OPENED, CONTEXT),
    ]
    assert faults(statements) == ""
    broken = [{**statements[0], "id": "1"}, {**statements[1], "verb": {"id": "passed"}}]
    assert faults(broken).count("validation error") == 2


def test_a_call_is_told_reply_by_reply_and_as_a_whole() -> None:
    statements = of_call()
    verbs = [statement["verb"]["display"]["en"] for statement in statements]
    assert verbs == ["responded"] * 7 + ["completed"]  # nothing was heard in one of the eight
    results = [statement["result"] for statement in statements]
    assert [(r["response"], r.get("success")) for r in results[:4]] == [
        ("step_back", True),
        ("unclear", None),
        ("pressure", False),
        ("neutral", None),
    ]
    whole = results[-1]
    assert whole["score"] == {"scaled": whole["score"]["raw"] / 100, "raw": whole["score"]["raw"], "min": 0, "max": 100}
    assert whole["extensions"]["urn:voicecoach:pushes"] == 1
    assert whole["completion"] is True
    assert [s["timestamp"] for s in statements] == sorted(s["timestamp"] for s in statements)


NOTES = [
    {"type": "verdict_disputed", "turn": 4, "why": "no", "by": "Rita", "noted_at": "2026-11-24T08:00:00+00:00"},
    {
        "type": "verdict_overridden",
        "turn": 4,
        "verdict": "step_back",
        "why": f"you said {SAID}",
        "by": "Tina",
        "noted_at": "2026-11-24T09:00:00+00:00",
    },
    {
        "type": "verdict_overridden",
        "turn": 4,
        "verdict": "neutral",
        "why": "not quite",
        "by": "Tina",
        "noted_at": "2026-11-24T10:00:00+00:00",
    },
]
BY_TINA = replace(CONTEXT, trainer="t-1")


def overridden(notes: list[dict[str, Any]] = NOTES) -> list[dict[str, Any]]:
    return xapi.of_overrides("2026-11-23T19-18-12-plain-3f2a", OPENED, played(CALL), notes, BY_TINA)


def test_an_override_voids_what_was_told_and_states_it_anew() -> None:
    first = of_call()
    (push,) = [s for s in first if s["result"].get("response") == "pressure"]
    void_reply, reply, void_whole, whole, *second = overridden()

    assert void_reply["verb"]["id"] == void_whole["verb"]["id"] == "http://adlnet.gov/expapi/verbs/voided"
    assert void_reply["object"] == {"objectType": "StatementRef", "id": push["id"]}
    assert void_whole["object"] == {"objectType": "StatementRef", "id": first[-1]["id"]}
    assert void_reply["actor"]["account"]["name"] == reply["context"]["instructor"]["account"]["name"] == "t-1"
    assert reply["actor"] == push["actor"]
    assert reply["object"] == push["object"]
    assert reply["timestamp"] == push["timestamp"]
    assert (reply["result"]["response"], reply["result"]["success"]) == ("step_back", True)
    assert reply["result"]["extensions"]["urn:voicecoach:judge-said"] == "pressure"
    assert reply["context"]["statement"]["id"] == push["id"]
    assert whole["result"]["score"]["raw"] > first[-1]["result"]["score"]["raw"]
    # A second thought voids the first, not what is void already.
    assert [s["object"].get("id") for s in second] == [reply["id"], push["object"]["id"], whole["id"], ANY]
    assert second[1]["result"]["response"] == "neutral"


def test_statements_of_overrides_are_valid_and_come_with_the_same_ids_again() -> None:
    statements = [*of_call(), *overridden()]
    assert faults(statements) == ""
    ids = [statement["id"] for statement in statements]
    assert len(set(ids)) == len(ids)
    assert overridden(NOTES[:2]) == overridden()[:4]
    assert ids[-1] == xapi.last_id(CONTEXT.server, "2026-11-23T19-18-12-plain-3f2a", NOTES)
    told = json.dumps(overridden())
    assert SAID not in told
    assert "Tina" not in told


def test_where_nothing_could_be_scored_there_is_no_score() -> None:
    (*_, whole) = of_call(replies=[""])
    assert "score" not in whole["result"]


def test_no_word_and_no_name_leaves_with_a_statement() -> None:
    told = json.dumps([*of_call(), xapi.of_pass(80, OPENED, CONTEXT)])
    assert SAID not in told
    assert "Nobody" not in told
    assert all("name" not in statement["actor"] for statement in json.loads(told))


def test_the_same_call_gives_the_same_ids_and_another_call_others() -> None:
    ids = [statement["id"] for statement in of_call()]
    assert ids == [statement["id"] for statement in of_call()]
    assert len(set(ids)) == len(ids)
    assert not set(ids) & {statement["id"] for statement in of_call("another")}


# The outbox.


def test_what_was_put_is_there_after_a_kill(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom voicecoach.web.lms.outbox import Outbox\n"
        "box = Outbox(Path(sys.argv[1]))\nnumber = 0\n"
        "while True:\n"
        "    number += 1\n"
        "    box.put([{'id': f'{number}-a'}, {'id': f'{number}-b'}])\n"
        "    print(number, flush=True)\n"
    )
    path = tmp_path / "xapi.db"
    with subprocess.Popen([sys.executable, "-c", code, path], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        last = [int(child.stdout.readline()) for _ in range(5)][-1]
        os.kill(child.pid, signal.SIGKILL)
        rest = child.stdout.read().split("\n")
        last = max([last, *(int(line) for line in rest[:-1] if line)])
    box = Outbox(path)
    ids = {statement["id"] for statement in box.next(100_000)}
    assert {f"{n}-{part}" for n in range(1, last + 1) for part in "ab"} <= ids
    assert len(ids) % 2 == 0, "half of what was put together is not there"
    assert sqlite3.connect(path).execute("pragma integrity_check").fetchone() == ("ok",)


def test_putting_again_changes_nothing(tmp_path: Path) -> None:
    box = Outbox(tmp_path / "xapi.db")
    assert box.put([{"id": "a"}, {"id": "b"}]) == 2
    box.sent(["a"])
    assert Outbox(tmp_path / "xapi.db").put([{"id": "a"}, {"id": "b"}, {"id": "c"}]) == 1
    assert [statement["id"] for statement in box.next(9)] == ["b", "c"]
    assert (box.has("a"), box.has("z")) == (True, False)


def test_of_what_was_sent_no_word_stays_on_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "xapi.db"
    box = Outbox(path)
    box.put([{"id": "a", "secret": "elderberry" * 500}])
    assert b"elderberry" in path.read_bytes()
    box.sent(["a"])
    assert b"elderberry" not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0


# A store of our own that breaks as it is told to.


class Store:
    """Answers as told, then as a store does; keeps what it took."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.kept: dict[str, Any] = {}
        self.asked: list[tuple[str, str]] = []
        self.headers: list[Any] = []
        self.dislikes: set[str] = set()

    def take(self, method: str, content: Any) -> int:
        """Decide on one request."""
        if self.answers and (status := self.answers.pop(0)):
            return status
        statements = content if isinstance(content, list) else [content]
        if any(statement["id"] in self.dislikes for statement in statements):
            return 400
        if any(self.kept.get(statement["id"], statement) != statement for statement in statements):
            return 409
        self.kept |= {statement["id"]: statement for statement in statements}
        return 200 if method == "POST" else 204


@pytest.fixture
def store() -> Iterator[tuple[Store, str]]:
    kept = Store()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Take or refuse."""
            body = self.rfile.read(int(self.headers["content-length"]))
            kept.asked.append((self.command, self.path))
            kept.headers.append(self.headers)
            status = kept.take(self.command, json.loads(body))
            if status == -1:
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.send_response(status)
            if status == 429:
                self.send_header("retry-after", "77")
            if status == 302:
                self.send_header("location", "/elsewhere")
            self.send_header("content-length", "0")
            self.end_headers()

        do_PUT = do_POST  # noqa: N815 -- the library's name

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the library's name
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield kept, f"http://127.0.0.1:{server.server_port}/lrs"
    server.shutdown()
    server.server_close()


def sender(box: Outbox, address: str) -> Sender:
    return Sender(box, RecordStore(address=address, key="key", secret="s3cret"))  # noqa: S106 -- of a store on loopback


def test_a_store_gets_everything_with_the_headers_of_xapi(tmp_path: Path, store: tuple[Store, str]) -> None:
    kept, address = store
    box = Outbox(tmp_path / "xapi.db")
    statements = of_call()
    box.put(statements)
    assert sender(box, address).send_once() == 0.0
    assert list(kept.kept.values()) == statements
    assert kept.asked == [("POST", "/lrs/statements")]
    assert kept.headers[0]["x-experience-api-version"] == "1.0.3"
    assert b64decode(kept.headers[0]["authorization"].removeprefix("Basic ")) == b"key:s3cret"
    assert box.summary() == Summary(0, len(statements), 0, 0.0)


@pytest.mark.parametrize("status", [-1, 500, 503, 401, 403, 404, 302])
def test_a_store_in_trouble_loses_nothing_and_is_asked_less_and_less(
    tmp_path: Path, store: tuple[Store, str], status: int
) -> None:
    kept, address = store
    kept.answers = [status] * 3
    box = Outbox(tmp_path / "xapi.db")
    box.put(of_call())
    sends = sender(box, address)
    assert [sends.send_once() for _ in range(3)] == [5.0, 10.0, 20.0]
    assert sends.trouble
    assert box.summary().waiting == 8
    assert {path for _, path in kept.asked} == {"/lrs/statements"}, "a redirect was followed"
    sends.send_once()
    assert (sends.trouble, box.summary().waiting, len(kept.kept)) == ("", 0, 8)


def test_a_store_says_when_to_come_back(tmp_path: Path, store: tuple[Store, str]) -> None:
    kept, address = store
    kept.answers = [429]
    box = Outbox(tmp_path / "xapi.db")
    box.put(of_call())
    assert sender(box, address).send_once() == 77.0


def test_one_bad_statement_holds_up_no_other_and_is_kept_with_its_reason(
    tmp_path: Path, store: tuple[Store, str]
) -> None:
    kept, address = store
    statements = of_call()
    kept.dislikes = {statements[2]["id"]}
    box = Outbox(tmp_path / "xapi.db")
    box.put(statements)
    sender(box, address).send_once()
    assert set(kept.kept) == {statement["id"] for statement in statements} - kept.dislikes
    assert box.summary() == Summary(0, 7, 1, 0.0)


def test_a_kill_between_sending_and_noting_sends_again_and_the_store_has_each_once(
    tmp_path: Path, store: tuple[Store, str]
) -> None:
    kept, address = store
    path = tmp_path / "xapi.db"
    Outbox(path).put(of_call())
    code = (
        "import os, signal, sys\nfrom pathlib import Path\n"
        "from voicecoach.web.lms.outbox import Outbox\n"
        "from voicecoach.web.lms.record_store import RecordStore, Sender\n"
        "box = Outbox(Path(sys.argv[1]))\n"
        "box.sent = lambda ids: os.kill(os.getpid(), signal.SIGKILL)\n"
        "Sender(box, RecordStore(address=sys.argv[2], key='key', secret='s')).send_once()\n"
    )
    done = subprocess.run([sys.executable, "-c", code, path, address], check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(kept.kept) == 8
    box = Outbox(path)
    assert box.summary().waiting == 8
    kept.answers = [409]  # as a store says that does not compare
    sender(box, address).send_once()
    assert box.summary() == Summary(0, 8, 0, 0.0)
    assert len(kept.kept) == 8


def test_the_thread_sends_what_is_put_and_stops_when_told(tmp_path: Path, store: tuple[Store, str]) -> None:
    kept, address = store
    box = Outbox(tmp_path / "xapi.db")
    sends = sender(box, address)
    sends.start()
    box.put(of_call())
    sends.wake()
    wait_for(lambda: len(kept.kept) == 8)
    sends.close()
    assert threading.active_count() < 20
    assert not [thread for thread in threading.enumerate() if thread.name == "xapi"]


def wait_for(true: Callable[[], bool], within_s: float = 60.0) -> None:
    until = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < until, "it did not come true in time"
        time.sleep(0.05)


# Settings.


def test_without_a_file_nothing_is_ever_sent(tmp_path: Path) -> None:
    assert read_store(tmp_path / "xapi.yaml") is None


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("address: https://lrs.example/xapi\nkey: k\n", "needs address, key and secret"),
        ("address: http://lrs.example/xapi\nkey: k\nsecret: s\n", "in the clear"),
        ("address: https://u:p@lrs.example/xapi\nkey: k\nsecret: s\n", "no address"),
        ("address: https://lrs.example/xapi\nkey: k\nsecret: s\nname: x\n", "nothing else"),
        ("address: https://lrs.example/xapi\nkey: 7\nsecret: s\n", "key must be a text"),
        ("[", "cannot be read"),
    ],
)
def test_settings_with_faults_say_which(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "xapi.yaml"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(InputError, match=says):
        read_store(path)


def test_a_secret_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "xapi.yaml"
    path.write_text("address: https://lrs.example/xapi\nkey: k\nsecret: s3cret\n")
    path.chmod(0o644)
    with pytest.raises(InputError, match="chmod 600"):
        read_store(path)
    path.chmod(0o600)
    store = read_store(path)
    assert store == RecordStore(address="https://lrs.example/xapi", key="k", secret="s3cret")  # noqa: S106
    assert "s3cret" not in repr(store)


# A real record store: Ralph.


@pytest.fixture(scope="module")
def ralph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    place = tmp_path_factory.mktemp("ralph")
    (place / "data").mkdir()
    python = python_tools()
    code = "import bcrypt; print(bcrypt.hashpw(b's3cret', bcrypt.gensalt(4)).decode())"
    made = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    user = {"agent": {"mbox": "mailto:coach@example.org"}, "scopes": ["all"], "hash": made, "username": "key"}
    (place / "auth.json").write_text(json.dumps([user]))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {
        "RALPH_AUTH_FILE": str(place / "auth.json"),
        "RALPH_APP_DIR": str(place),
        "RALPH_RUNSERVER_BACKEND": "fs",
        "RALPH_BACKENDS__LRS__FS__DEFAULT_DIRECTORY_PATH": str(place / "data"),
    }
    with (place / "log").open("w") as log:
        server = subprocess.Popen(
            [python, "-m", "uvicorn", "ralph.api:app", "--port", str(port)],
            cwd=place,
            env={"PATH": os.environ["PATH"], "HOME": str(place), **settings},
            stdout=log,
            stderr=log,
        )
    address = f"http://127.0.0.1:{port}/xAPI"
    try:
        wait_for(lambda: server.poll() is None and answers(address), 120)
        yield address
    finally:
        server.terminate()
        server.wait(30)


def answers(address: str) -> bool:
    with contextlib.suppress(OSError):
        asked(address)
        return True
    return False


def asked(address: str) -> list[dict[str, Any]]:
    """Read statements out of a store, as another program would."""
    secret = b64encode(b"key:s3cret").decode()
    headers = {"authorization": f"Basic {secret}", "x-experience-api-version": "1.0.3"}
    request = urllib.request.Request(f"{address}/statements/", headers=headers)  # noqa: S310 -- on loopback
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return list(json.load(answer)["statements"])


def test_a_real_record_store_takes_a_call_overrides_and_a_pass_and_has_each_once(ralph: str, tmp_path: Path) -> None:
    box = Outbox(tmp_path / "xapi.db")
    statements = [*of_call(), *overridden(), xapi.of_pass(92, OPENED, CONTEXT)]
    box.put(statements)
    sends = sender(box, ralph)
    assert sends.send_once() == 0.0, sends.trouble
    assert box.summary().sent == 17
    again = Outbox(tmp_path / "again.db")  # a backup that was put back would send all of it again
    again.put(statements)
    sender(again, ralph).send_once()
    assert again.summary() == Summary(0, 17, 0, 0.0)

    kept = {statement["id"]: statement for statement in asked(ralph)}
    counts = Counter(statement["id"] for statement in asked(ralph))
    assert set(counts.values()) == {1}
    for statement in statements:
        assert {name: kept[statement["id"]][name] for name in statement} == statement
    assert kept[statements[-1]["id"]]["result"]["score"]["raw"] == 92


def test_a_real_record_store_refuses_a_wrong_secret_and_nothing_is_lost(ralph: str, tmp_path: Path) -> None:
    box = Outbox(tmp_path / "xapi.db")
    box.put(of_call("with a wrong secret"))
    wrong = Sender(box, RecordStore(address=ralph, key="key", secret="wrong"))  # noqa: S106
    assert wrong.send_once() == 5.0
    assert wrong.trouble.startswith("401")
    assert box.summary().waiting == 8
