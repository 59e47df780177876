"""A whole onboarding session in headless Chromium, recorded voices as its microphones: real ears, the real judge.

A trainer sets up, two reps join; one dances, one chases, both aloud; the board shows it, the report opens, the pass is
given. axe-core looks at every page on the way.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright
from serving import ToneVoice, class_room, solo

from voicecoach import wiring
from voicecoach.web.client import sound_of
from voicecoach.web.shared import Shared

CALLS = Path(__file__).parents[2] / "audio_fixtures" / "calls"
expect.set_options(timeout=150_000)  # a call takes half a minute; a machine that is busy with other tests takes longer
CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    words = [wiring.transcriber("tiny.en", threads=1) for _ in range(2)]
    shared = Shared(words, wiring.make_judge(), lambda _: ToneVoice(0.6))
    with class_room(tmp_path_factory.mktemp("class"), shared) as (host, link):
        yield f"http://{host}", link


def microphone(folder: Path, call: str, replies: int) -> Path:
    """Write a call's replies as one recording, with room between them for the prospect."""
    gap = np.zeros(16_000 * 5, "<i2")
    parts = [gap]
    for path in sorted((CALLS / call).glob("0*.flac"))[:replies]:
        parts += [np.frombuffer(sound_of(path), "<i2"), gap]
    sound = folder / f"{call}.wav"
    soundfile.write(sound, np.concatenate([*parts, np.zeros(16_000 * 200, "<i2")]), 16_000, subtype="PCM_16")
    return sound


@pytest.fixture(scope="module")
def browsers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Browser]]:
    assert CHROMIUM.exists(), "Chromium is missing: bash setup-system.sh tests, or sudo apt-get install chromium"
    folder = tmp_path_factory.mktemp("voices")
    fake = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    with sync_playwright() as playwright:
        opened = {}
        for name, replies in {"dance": 3, "chase": 3}.items():
            sound = microphone(folder, name, replies)
            arguments = [*fake, f"--use-file-for-fake-audio-capture={sound}"]
            opened[name] = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield opened
        for browser in opened.values():
            browser.close()


def visitor(browser: Browser, troubles: list[str], **more: Any) -> Page:
    """Return a fresh visitor's page; what it complains about is collected."""
    page = browser.new_context(**more).new_page()
    page.set_default_timeout(150_000)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
    page.on("request", lambda asked: troubles.append(asked.url) if "127.0.0.1" not in asked.url else None)
    return page


def accessible(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    bad = [(one["id"], one["nodes"][0]["html"][:120]) for one in found if one["impact"] in ("serious", "critical")]
    assert not bad, (page.url, bad)


def test_a_session_from_the_link_to_the_pass(room: tuple[str, str], browsers: dict[str, Browser]) -> None:
    base, link = room
    troubles: list[str] = []
    trainer = visitor(browsers["dance"], troubles)
    trainer.goto(f"{base}/setup?link={link}")
    accessible(trainer)
    trainer.get_by_label("Your name").fill("Tina")
    trainer.get_by_label("Login name").fill("tina")
    trainer.get_by_label("Password").fill("correct horse battery")
    trainer.get_by_role("button", name="Make the account").click()
    accessible(trainer)
    trainer.get_by_role("link", name="New session").click()
    accessible(trainer)
    trainer.get_by_label("Title").fill("Monday")
    trainer.get_by_role("checkbox", name="The grower").uncheck()
    trainer.get_by_role("checkbox", name="The owner who thinks it over").check()
    trainer.get_by_label("Good calls in a row").fill("1")
    trainer.get_by_label("A score of at least").fill("40")
    trainer.get_by_role("button", name="Make the session").click()
    invitation = trainer.locator("#link").inner_text()
    accessible(trainer)

    reps = {}
    for name, call in {"Rita <script>alert(1)</script>": "dance", "Sam": "chase"}.items():
        narrow = {"viewport": {"width": 390, "height": 844}} if name == "Sam" else {}
        rep = reps[call] = visitor(browsers[call], troubles, **narrow)
        rep.goto(invitation)
        accessible(rep)
        rep.get_by_label("Your name").fill(name)
        rep.get_by_role("button", name="Join").click()
        accessible(rep)
        rep.get_by_role("link", name="To your calls").click()
        accessible(rep)
        rep.get_by_role("link", name="Call Marta in this session").click()
        accessible(rep)
        expect(rep.get_by_role("button", name="Call Marta")).to_have_count(0)
        rep.get_by_role("button", name="Keep the sound" if call == "dance" else "Keep no sound").click()
        accessible(rep)
        rep.get_by_role("button", name="Call Marta").click()

    expect(trainer.locator(".lives li")).to_have_count(2)
    expect(trainer.locator(".lives li", has_text="Sam")).to_contain_text("push")
    accessible(reps["chase"])
    # Before the other's end, which stays: once this rep falls silent, the prospect hangs up as well.
    expect(reps["dance"].locator("#log .did.meet")).to_be_visible()
    accessible(reps["dance"])
    reps["dance"].get_by_role("button", name="Hang up").click()
    expect(reps["dance"].locator("#ended")).to_have_text("The door is open.")
    accessible(reps["dance"])
    expect(reps["chase"].locator("#ended")).to_have_text("They are gone.")

    reps["dance"].get_by_role("link", name="See what happened").click()
    report = reps["dance"].frame_locator("#frame")
    expect(report.locator("body")).to_contain_text("You danced: not one push.")
    accessible(reps["dance"])
    reps["dance"].get_by_role("button", name="Let your trainer listen").click()

    rita, sam = (trainer.locator("table.heat tbody tr", has_text=name) for name in ("Rita", "Sam"))
    expect(rita).to_contain_text("✓ passed")
    expect(rita).to_contain_text("<script>alert(1)</script>")
    expect(sam).not_to_contain_text("passed")
    trainer.locator("section[aria-labelledby=shared] a", has_text="Rita").click()
    expect(trainer.frame_locator("#frame").locator("audio")).to_be_attached()
    accessible(trainer)
    trainer.go_back()
    trainer.get_by_role("link", name="Sam", exact=True).click()
    accessible(trainer)
    expect(trainer.locator("tbody tr")).to_contain_text("none kept")
    trainer.locator("tbody tr a").click()
    expect(trainer.locator(".acts")).to_contain_text("no sound was kept of this call")
    expect(trainer.frame_locator("#frame").locator("body")).to_contain_text("You chased")
    expect(trainer.frame_locator("#frame").locator("audio")).to_have_count(0)
    accessible(trainer)
    reps["chase"].goto(f"{base}/calls")
    expect(reps["chase"].locator("tbody tr")).to_contain_text("lost")
    accessible(reps["chase"])
    reps["chase"].locator("tbody a").click()
    reps["chase"].get_by_text("Why this call cannot be deleted").click()
    expect(reps["chase"].locator("main")).to_contain_text("This call counts in a session")
    accessible(reps["chase"])
    reps["chase"].get_by_role("link", name="Settings").click()
    expect(reps["chase"].get_by_label("No: words")).to_be_checked()
    accessible(reps["chase"])
    assert troubles == []


HALF = [
    {"type": "transcript", "role": "user", "text": "I understand."},
    {"type": "judged", "verdict": "step_back"},
    {"type": "willingness_changed", "before": 0.45, "after": 0.58, "rule": "room given"},
    {"type": "transcript", "role": "agent", "text": "Thank"},
    {"type": "prospect_spoke", "position": "together"},
    {"type": "reply_went_on", "position": "stepped_back", "willingness": 0.45},
]
WHOLE = [
    {"type": "transcript", "role": "user", "text": "I understand. But the price goes up."},
    {"type": "judged", "verdict": "pressure"},
]


def test_the_page_shows_a_reply_that_went_on_once(tmp_path: Path, browsers: dict[str, Browser]) -> None:
    """The socket's other end is played here, so that the page alone is looked at."""
    first = {"type": "transcript", "role": "agent", "text": "I need to think."}
    with solo(tmp_path) as host:
        page = visitor(browsers["dance"], [])
        page.route_web_socket(
            "**/ws/call**", lambda line: [line.send(json.dumps(one)) for one in [first, *HALF, *WHOLE]]
        )
        page.goto(f"http://{host}/practice/thoughtful-owner")
        page.get_by_role("button", name="Keep no sound").click()
        page.get_by_role("button", name="without a microphone").click()
        expect(page.locator("#log")).to_contain_text("the price goes up")

        assert page.locator("#log p").all_inner_texts() == [
            "Marta\nI need to think.",
            "– You were not done: the answer waits, and it is one reply.",
            "You\nI understand. But the price goes up.",
            "▲ you pushed",
        ]
        assert page.locator("#stage .steps text").all_text_contents() == ["▲Reply 1: you pushed"]
        expect(page.locator("#position")).to_have_text("Marta has stepped back.")
        expect(page.locator("#willingness")).to_have_text("Willingness 0.45")
        page.screenshot(path=tmp_path / "went_on.png")


def test_the_worklet_resamples_both_ways(room: tuple[str, str], browsers: dict[str, Browser]) -> None:
    """Sines of 440 Hz keep their pitch and level from 48 000, 44 100 and 22 050 to 16 000 and back, block by block."""
    page = visitor(browsers["dance"], [])
    page.goto(f"{room[0]}/login")
    measured = page.evaluate(
        """async () => {
          const { Resampler } = await import("/static/resample.js");
          const found = [];
          for (const [from, to] of [[48000, 16000], [44100, 16000], [22050, 16000], [16000, 48000], [16000, 44100]]) {
            const resampler = new Resampler(from, to), out = [];
            const sine = (at) => Math.sin(at * 440 * 2 * Math.PI / from);
            for (let at = 0; at < from; at += 128)
              out.push(...resampler.push(Float32Array.from({ length: 128 }, (_, i) => sine(at + i))));
            const tail = out.slice(1000, 1000 + to / 2);
            let crossings = 0, peak = 0, worst = 0;
            const w = 2 * Math.cos(2 * Math.PI * 440 / to);
            for (let i = 2; i < tail.length; i++) {
              if (tail[i - 1] < 0 && tail[i] >= 0) crossings++;
              peak = Math.max(peak, Math.abs(tail[i]));
              worst = Math.max(worst, Math.abs(tail[i] - w * tail[i - 1] + tail[i - 2]));
            }
            found.push({ length: out.length / to, hz: crossings * to / tail.length, peak, worst });
          }
          return found;
        }"""
    )
    for one in measured:
        assert one["length"] == pytest.approx(1.0, abs=0.01)
        assert one["hz"] == pytest.approx(440, abs=4)
        assert one["peak"] == pytest.approx(1.0, abs=0.03)
        assert one["worst"] < 0.02  # a sine follows from its last two samples: a seam between blocks would not
