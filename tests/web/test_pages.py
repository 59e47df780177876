"""The pages: what they carry, and what is not there."""

from collections.abc import Iterator

import httpx
import pytest
from serving import solo

from voicecoach.dance import persona as personas


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with solo(tmp_path_factory.mktemp("pages")) as host, httpx.Client(timeout=60, base_url=f"http://{host}") as client:
        yield client


def test_every_prospect_is_there_and_can_be_called(client: httpx.Client) -> None:
    home = client.get("/").text
    for name in personas.names():
        assert f'href="/practice/{name}"' in home
        page = client.get(f"/practice/{name}")
        assert page.status_code == 200
        assert personas.find(name).who.split(",")[0] in page.text


@pytest.mark.parametrize("path", ["/", "/practice/thoughtful-owner", "/static/practice.js", "/nothing"])
def test_every_answer_forbids_what_is_not_ours(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/", "/practice/thoughtful-owner"])
def test_no_page_asks_another_host(client: httpx.Client, path: str) -> None:
    page = client.get(path).text
    assert "https://" not in page
    assert "//" not in page.replace("<!doctype", "").replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize("name", ["..%2f..%2fetc%2fpasswd", "x.yaml", "nobody", "%00", "THOUGHTFUL-OWNER"])
def test_a_prospect_that_is_not_here_is_not_found(client: httpx.Client, name: str) -> None:
    assert client.get(f"/practice/{name}").status_code == 404


@pytest.mark.parametrize("path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2f..%2fwiring.py"])
def test_no_path_leads_out_of_the_static_folder(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 404
