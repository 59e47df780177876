"""The practice page in a real browser, where the machine or the line is slow."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect, sync_playwright
from serving import quick, solo

WITHIN_MS = 30_000
SILENT = "AudioContext.prototype.resume = () => new Promise(() => {});"
"""A loudspeaker that never opens."""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with solo(tmp_path_factory.mktemp("slow"), quick(line_s=0.1)) as host:
        yield host


@pytest.fixture
def page(host: str) -> Iterator[Page]:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"http://{host}/practice/thoughtful-owner")
        no_sound = page.get_by_role("button", name="Keep no sound")
        if no_sound.is_visible():
            no_sound.click()
            expect(page.get_by_role("heading", name="Your microphone")).to_be_visible(timeout=WITHIN_MS)
        yield page
        browser.close()


def test_no_button_can_be_pressed_before_it_does_something(page: Page) -> None:
    held: list[Route] = []
    page.route("**/stage.js", lambda route: held.append(route))
    page.reload(wait_until="commit")
    names = ("Test the microphone", "Call Marta", "Call without a microphone")
    buttons = [page.get_by_role("button", name=name) for name in names]
    for button in buttons:
        expect(button).to_be_disabled(timeout=WITHIN_MS)
    while not held:
        page.wait_for_timeout(20)
    held[0].continue_()
    for button in buttons:
        expect(button).to_be_enabled(timeout=WITHIN_MS)
    buttons[-1].click()
    expect(page.get_by_label("Type a reply")).to_be_visible(timeout=WITHIN_MS)


def test_a_typed_call_begins_though_no_loudspeaker_opens(page: Page) -> None:
    page.add_init_script(SILENT)
    page.reload()
    page.get_by_role("button", name="Call without a microphone").click()
    page.get_by_label("Type a reply").fill("step_back give_time", timeout=WITHIN_MS)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("log")).to_contain_text("step_back give_time", timeout=WITHIN_MS)
