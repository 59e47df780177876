"""Progress: counted, drawn, and what comes next by the days and the scores."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from voicecoach.cli.main import main
from voicecoach.cli.progress import headline, page
from voicecoach.report.progress import MOST_POINTS, PastCall, progress_of

TODAY = date(2026, 11, 25)
KNOWN = {"easy": 1, "middling": 2, "hard": 4}


def call(day: str, **more: Any) -> PastCall:
    given: dict[str, Any] = {
        "name": f"{day}-{len(more)}",
        "opened_at": f"{day}T10:00:00+00:00",
        "persona": "easy",
        "seed": 1,
        "difficulty": 1,
        "outcome": "agreed",
        "score": 90,
        "pushes": 0,
        "replies": 4,
        "patience_s": 1.0,
        **more,
    }
    return PastCall(**given)


def test_calls_are_counted_by_persona_and_difficulty() -> None:
    found = progress_of(
        [
            call("2026-11-01", outcome="lost", score=0, pushes=3, replies=3),
            call("2026-11-02", patience_s=2.0),
            call("2026-11-03", persona="hard", difficulty=4, outcome="left_open", score=None, patience_s=None),
            call("2026-11-04", outcome="damaged", score=None),
        ],
        KNOWN,
        TODAY,
    )
    easy = found.personas[0]
    assert (easy.name, easy.calls, easy.agreed, easy.lost, easy.score, easy.patience_s) == ("easy", 2, 1, 1, 45, 1.5)
    assert easy.pushes_a_reply == pytest.approx(3 / 7, abs=0.001)
    assert [group.name for group in found.difficulties] == ["difficulty 1", "difficulty 4"]
    assert found.whole.calls == 3
    assert found.difficulties[1].score is None


@pytest.mark.parametrize(
    ("played", "due"),
    [
        (["2026-11-20"], ["2026-11-27"]),
        (["2026-11-01"], ["2026-11-08"]),
        (["2026-11-01", "2026-11-02"], ["2026-11-08"]),  # the next day is the same session
        (["2026-11-01", "2026-11-09"], ["2026-11-22"]),
        (["2026-11-01", "2026-11-09", "2026-11-23"], []),
    ],
    ids=["once", "long ago", "twice at once", "after a week", "after three weeks"],
)
def test_the_same_call_comes_again_after_7_and_21_days(played: list[str], due: list[str]) -> None:
    found = progress_of([call(day) for day in played], KNOWN, TODAY)
    again = [one for one in found.nexts if one.kind == "again"]
    assert [one.due for one in again] == due
    assert all(one.command == "voicecoach practice easy --seed 1" for one in again)


@pytest.mark.parametrize(
    ("scores", "kind", "persona"),
    [
        ([90, 80, 75], "harder", "middling"),
        ([90, 80, 74], "stay", "easy"),
        ([90, 80], "stay", "easy"),
        ([20, 90, 80, 75], "harder", "middling"),
        ([90, None, 80, 75], "harder", "middling"),
    ],
)
def test_a_harder_prospect_comes_after_three_good_ones_in_a_row(
    scores: list[int | None], kind: str, persona: str
) -> None:
    calls = [call(f"2026-11-{n:02}", seed=n, score=score) for n, score in enumerate(scores, 1)]
    first = progress_of(calls, KNOWN, TODAY).nexts[0]
    assert (first.kind, first.persona, first.due) == (kind, persona, "2026-11-25")
    assert "good" in first.why


def test_beyond_the_hardest_there_is_nothing_harder() -> None:
    calls = [call(f"2026-11-{n:02}", persona="hard", difficulty=4) for n in (1, 2, 3)]
    assert progress_of(calls, KNOWN, TODAY).nexts[0].kind == "stay"


def test_many_calls_are_put_together_and_none_is_lost() -> None:
    calls = [call(f"2026-{1 + n // 28:02}-{1 + n % 28:02}", seed=n) for n in range(300)]
    found = progress_of(calls, KNOWN, TODAY)
    assert len(found.points) <= MOST_POINTS
    assert sum(point.calls for point in found.points) == 300


def test_the_page_is_alone_and_escapes() -> None:
    evil = '"><script>alert(1)</script>'
    found = progress_of([call("2026-11-01", persona=evil, outcome=evil)], {evil: 1}, TODAY)
    made = page(found)
    assert made.count("<script") == 1
    assert "http:" not in made
    assert "https:" not in made


def test_progress_is_printed_drawn_and_told_as_json(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["progress"]) == 0
    assert "No calls yet" in capsys.readouterr().out
    folder = home / "calls" / "one"
    folder.mkdir(parents=True)
    lines = [
        {"type": "record_opened", "schema": 1, "opened_at": "2026-11-01T10:00:00+00:00"},
        {"type": "call_started", "at_s": 0.0, "persona": "thoughtful-owner", "seed": 3},
        {"type": "call_ended", "at_s": 9.0, "outcome": "left_open", "willingness": 0.5, "ended_by": "rep", "why": ""},
    ]
    (folder / "events.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))

    assert main(["progress"]) == 0
    assert "thoughtful-owner" in capsys.readouterr().out
    assert main(["progress", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["whole"]["left_open"] == 1
    assert told["nexts"][0]["command"] == "voicecoach practice thoughtful-owner --seed 3"
    assert main(["progress", "--out", str(home / "progress.html")]) == 0
    assert "<svg" in (home / "progress.html").read_text()


def test_the_headline_says_where_the_score_went() -> None:
    calls = [call(f"2026-11-{n:02}", seed=n, score=10 * n) for n in range(1, 9)]
    assert headline(progress_of(calls, KNOWN, TODAY)).endswith("The score went from 25 to 65.")
