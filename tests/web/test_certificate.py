"""The server's own certificate: made once, for the right names, good for a browser's handshake; and its files."""

import ssl
from pathlib import Path

import httpx
import pytest
from serving import quick, served

from voicecoach.cli.main import main
from voicecoach.errors import InputError
from voicecoach.web import certificate
from voicecoach.web.app import make_app
from voicecoach.web.settings import Settings


def test_it_is_made_once_and_anew_for_a_further_name(tmp_path: Path) -> None:
    first = certificate.own(tmp_path, ["localhost", "127.0.0.1"])
    assert certificate.own(tmp_path, ["127.0.0.1"]).fingerprint == first.fingerprint
    assert certificate.own(tmp_path, ["localhost", "coach.example.org"]).fingerprint != first.fingerprint
    assert first.key.stat().st_mode & 0o077 == 0


def test_a_client_that_trusts_it_gets_pages_and_secure_cookies(tmp_path: Path) -> None:
    made = certificate.own(tmp_path, ["localhost", "127.0.0.1"])
    trusts = ssl.create_default_context(cafile=str(made.certificate))
    app, _ = make_app(Settings(solo=False, home=tmp_path, secure=True), quick())
    with served(app, ssl_certfile=str(made.certificate), ssl_keyfile=str(made.key)) as host:
        answer = httpx.get(f"https://{host}/login", verify=trusts)
    assert answer.status_code == 200
    assert "Secure" in answer.headers["set-cookie"]
    assert "wss://" in answer.headers["content-security-policy"]


def test_one_that_is_given_must_be_one(tmp_path: Path) -> None:
    (tmp_path / "x.pem").write_text("nothing")
    with pytest.raises(InputError, match="not there"):
        certificate.given(str(tmp_path / "none.pem"), str(tmp_path / "x.pem"))
    with pytest.raises(InputError, match="no certificate"):
        certificate.given(str(tmp_path / "x.pem"), str(tmp_path / "x.pem"))


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--solo", "--host", "0.0.0.0"], 2, "one person"),  # noqa: S104 -- refused
        (["--host", "0.0.0.0", "--certificate", "x.pem"], 2, "belong together"),  # noqa: S104 -- refused
        (["--status", "--port", "9"], 3, "No server answers"),
    ],
)
def test_serve_refuses_what_cannot_be(
    arguments: list[str], code: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", *arguments]) == code
    assert says in capsys.readouterr().err
