"""The report as a browser shows it: headless Chromium, axe-core, keyboard, phone and paper.

Needs /usr/bin/chromium (setup-system.sh tests); without it these tests fail and say so.
"""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from voicecoach.cli.progress import page as progress_page
from voicecoach.keep.record import Record
from voicecoach.report.page import page
from voicecoach.report.progress import PastCall, progress_of
from voicecoach.takeaway import story_of
from voicecoach.wiring import make_judge

CHROMIUM = Path("/usr/bin/chromium")
NAMES = ("dance", "chase", "recovery", "lunge", "silence")
SILENCE = "data:audio/wav;base64,UklGRiQAAABXQVZFZm10IBAAAAABAAEAgD4AAAB9AAACABAAZGF0YQAAAAA="
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert CHROMIUM.exists(), "These tests need Chromium: bash setup-system.sh tests"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory, written: Callable[[str], list[dict[str, Any]]]) -> Path:
    """One page a fixture call, the chase also with a note and with sound."""
    folder = tmp_path_factory.mktemp("reports")
    judge = make_judge()
    for name in NAMES:
        record = Record(Path(name), "2026-11-25T10:00:00+00:00", written(name), whole=True)
        if name == "chase":
            record.notes.append({"type": "verdict_disputed", "turn": 1, "why": "I only asked."})
        story = story_of(record, calls_before=20, judge=judge)
        sound = SILENCE if name == "chase" else ""
        (folder / f"{name}.html").write_text(page(story, sound=sound, threshold=0.56), encoding="utf-8")
    calls = [past(day, score=score) for day, score in ((1, 20), (2, None), (3, 90), (9, 80))]
    found = progress_of(calls, {"easy": 1, "hard": 3}, date(2026, 11, 25))
    (folder / "progress.html").write_text(progress_page(found), encoding="utf-8")
    return folder


def past(day: int, score: int | None) -> PastCall:
    """Return a call of that day."""
    return PastCall(
        name=f"call-{day}",
        opened_at=f"2026-11-{day:02}T10:00:00+00:00",
        persona="easy",
        seed=day,
        difficulty=1,
        outcome="lost" if day == 1 else "agreed",
        score=score,
        pushes=0,
        replies=4,
        patience_s=0.8,
    )


def opened(browser: Browser, path: Path, width: int = 1280, **more: Any) -> Page:
    """Open a page; a console error or a request fails the test."""
    shown = browser.new_page(viewport={"width": width, "height": 900}, **more)
    troubles: list[str] = []
    shown.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    shown.on("pageerror", lambda error: troubles.append(str(error)))
    shown.on("request", lambda asked: None if asked.url.startswith(("file:", "data:")) else troubles.append(asked.url))
    shown.goto(path.as_uri())
    assert troubles == []
    return shown


@pytest.mark.parametrize(
    ("name", "scheme"),
    [*((name, "light") for name in (*NAMES, "progress")), ("dance", "dark"), ("chase", "dark"), ("progress", "dark")],
)
def test_axe_finds_nothing(browser: Browser, reports: Path, name: str, scheme: str) -> None:
    shown = opened(browser, reports / f"{name}.html", color_scheme=scheme, bypass_csp=True)
    found = Axe().run(shown, options=RULES).response["violations"]
    shown.close()
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []


@pytest.mark.parametrize("name", [*NAMES, "progress"])
def test_nothing_is_wider_than_the_page(browser: Browser, reports: Path, name: str) -> None:
    shown = opened(browser, reports / f"{name}.html")
    for width in (320, 375, 768, 1280):
        shown.set_viewport_size({"width": width, "height": 900})
        assert shown.evaluate("document.documentElement.scrollWidth") <= width
        assert shown.locator("svg.dance:visible").count() == (name != "progress")
    shown.close()


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("name", NAMES)
def test_no_two_labels_of_the_drawing_overlap_and_none_is_cut(
    browser: Browser, reports: Path, name: str, width: int
) -> None:
    shown = opened(browser, reports / f"{name}.html", width=width)
    labels = shown.evaluate(
        """() => { const svg = [...document.querySelectorAll("svg.dance")].find(s => s.getClientRects().length);
        const all = svg.getBoundingClientRect();
        return [...svg.querySelectorAll("text")].map(t => { const b = t.getBoundingClientRect();
          return [t.textContent, b.left - all.left, b.top - all.top, b.right - all.left, b.bottom - all.top,
                  all.width]; }); }"""
    )
    shown.close()
    for place, (words, left, top, right, bottom, across) in enumerate(labels):
        assert left >= -1, words
        assert right <= across + 1, words
        for other, x1, y1, x2, y2, _ in labels[place + 1 :]:
            # A few pixels of line height may touch; letters may not.
            apart = x2 <= left + 1 or right <= x1 + 1 or y2 <= top + 4 or bottom <= y1 + 4
            assert apart, f"{words!r} and {other!r}"


def test_a_line_is_heard_by_click_and_by_keyboard_and_the_transcript_follows(browser: Browser, reports: Path) -> None:
    shown = opened(browser, reports / "chase.html")
    shown.evaluate(
        """() => { const s = document.getElementById("sound"); window.played = [];
        Object.defineProperty(s, "currentTime", {get: () => window.at || 0, set: v => { window.at = v; }});
        Object.defineProperty(s, "paused", {get: () => false});
        s.play = () => { window.played.push(window.at); }; }"""
    )
    lines = shown.locator("ol.talk li")
    wanted = [float(line.get_attribute("data-at") or "nan") for line in lines.all()]
    lines.nth(2).locator("p").last.click()
    shown.keyboard.press("Escape")
    button = lines.nth(3).locator("button.play")
    button.focus()
    shown.keyboard.press("Enter")
    assert shown.evaluate("window.played") == [wanted[2], wanted[3]]
    shown.evaluate("document.getElementById('sound').dispatchEvent(new Event('timeupdate'))")
    assert shown.locator("ol.talk li.now").count() == 1
    assert "now" in (lines.nth(3).get_attribute("class") or "")
    shown.close()


def test_every_control_is_reached_with_the_tab_key_and_shows_it(browser: Browser, reports: Path) -> None:
    shown = opened(browser, reports / "chase.html")
    count = shown.locator("button, a, audio").count()
    seen = set()
    for _ in range(count + 12):  # the player has controls of its own
        shown.keyboard.press("Tab")
        seen.add(shown.evaluate("[...document.querySelectorAll('button')].indexOf(document.activeElement)"))
        if shown.evaluate("document.activeElement.matches('button')"):
            assert shown.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert seen - {-1} == set(range(shown.locator("button").count()))
    shown.close()


def test_the_drawing_tells_a_chase_from_a_dance(browser: Browser, reports: Path) -> None:
    def ends(name: str) -> tuple[float, int, int]:
        shown = opened(browser, reports / f"{name}.html")
        marks = shown.locator("svg.wide .step")
        middle = shown.locator("svg.wide .axis").bounding_box()
        assert middle is not None
        boxes = [mark.bounding_box() for mark in marks.all()]
        above = sum(1 for box in boxes if box and box["y"] + box["height"] / 2 < middle["y"])
        pushes = shown.locator("svg.wide .step.push").count()
        shown.close()
        return above, pushes, len(boxes)

    assert ends("chase") == (3, 3, 3)
    assert ends("dance") == (0, 0, 7)


def test_on_paper_nothing_is_lost_but_buttons(browser: Browser, reports: Path, tmp_path: Path) -> None:
    shown = opened(browser, reports / "chase.html", color_scheme="dark")
    shown.emulate_media(media="print")
    assert shown.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert shown.locator("button.copy:visible, audio:visible").count() == 0
    assert shown.locator("button.play:visible").count() == shown.locator("button.play").count() > 0  # the lines' times
    assert shown.locator("ol.talk li:visible").count() == shown.locator("ol.talk li").count()
    shown.pdf(path=tmp_path / "report.pdf")
    assert (tmp_path / "report.pdf").stat().st_size > 10_000
    shown.close()


def test_without_scripts_everything_is_there_to_read(browser: Browser, reports: Path) -> None:
    shown = opened(browser, reports / "chase.html", java_script_enabled=False)
    text = shown.inner_text("body")
    for words in ("You chased", "pressure", "The score, line by line", "Disputed: I only asked.", "second-hand"):
        assert words in text
    assert (reports / "chase.html").stat().st_size < 400_000
    shown.close()
