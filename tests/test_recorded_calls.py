"""Whole calls, event by event, against golden logs; and what the pytest plugin shows where one fails.

Write the logs anew after a change that is meant: ``GOLDEN=write .venv/bin/pytest tests/test_recorded_calls.py``.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from voicecoach.pytest_plugin import replayed

pytest_plugins = ["pytester"]
CALLS = Path(__file__).parent.parent / "audio_fixtures" / "calls"
GOLDEN = Path(__file__).parent / "golden"
STEADY = {
    "type",
    "turn",
    "text",
    "cue",
    "position",
    "verdict",
    "rule",
    "because",
    "outcome",
    "ended_by",
    "why",
    "persona",
}
"""What is the same on every processor; times and scores have decimals that differ, what was heard its capitals."""


def steady(event: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in event.items() if key in STEADY}
    if "acts" in event:
        kept["acts"] = [act["act"] for act in event["acts"]]
    heard = () if event["type"] == "prospect_spoke" else ("text", "because")
    return kept | {key: kept[key].lower() for key in heard if kept.get(key)}


@pytest.mark.parametrize("name", ["dance", "chase", "lunge", "missed_steps", "noise_only"])
def test_a_whole_call_goes_as_it_went(name: str) -> None:
    log = "".join(
        json.dumps(steady(event), ensure_ascii=False) + "\n" for event in replayed(CALLS / name / "call.yaml")
    )
    golden = GOLDEN / f"{name}.jsonl"
    if os.environ.get("GOLDEN") == "write":
        golden.write_text(log, encoding="utf-8")
    assert log == golden.read_text(encoding="utf-8")


def test_the_plugin_shows_the_turn_what_was_heard_and_the_willingness(pytester: pytest.Pytester) -> None:
    for file in (CALLS / "recovery").iterdir():
        (pytester.path / file.name).write_bytes(file.read_bytes())
    call = pytester.path / "call.yaml"
    call.write_text(call.read_text().replace("verdict: pressure", "verdict: step_back"))

    result = pytester.runpytest_subprocess()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*turn 1 (01.flac): expected step_back, got pressure*",
            "*says:*But what is there to think about?*",
            "*heard:*think about*",
            "*willingness: 0.* → 0.* (chased)*",
        ]
    )
