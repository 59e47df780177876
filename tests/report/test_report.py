"""What a call meant: counted, scored and told from its events alone."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from voicecoach.cli.main import main
from voicecoach.cli.report import what_if
from voicecoach.dance.prospect import Prospect
from voicecoach.deliver.speaker import SilentSpeaker
from voicecoach.events import as_record
from voicecoach.loop import Call, Parts
from voicecoach.report.facts import facts_of
from voicecoach.report.moment import moment_of
from voicecoach.report.page import page
from voicecoach.report.scorecard import scorecard
from voicecoach.report.story import headline, point, story_of
from voicecoach.testing import FixedTranscriber, ListRecorder, ScriptedEar, SilentVoice, SpellingJudge, plain_persona

ROOM, PUSH, MEET = "step_back give_time", "pressure urgency by friday", "step_in answer"
DANCE = [ROOM, ROOM, MEET, MEET]
CHASE = [PUSH] * 3
RECOVERY = [PUSH, ROOM, ROOM, ROOM, ROOM, MEET, MEET]
LUNGE = [ROOM, ROOM, PUSH]


def played(replies: list[str]) -> list[dict[str, Any]]:
    recorder = ListRecorder()
    voice, speaker = SilentVoice(), SilentSpeaker()
    parts = Parts(
        ear=ScriptedEar(replies), judge=SpellingJudge(), voice=voice, speaker=speaker, recorder=recorder, model="none"
    )
    Call(Prospect(plain_persona(), 1), 1, parts, lambda _: None).play()
    return [as_record(event) for event in recorder.events]


@pytest.mark.parametrize(
    ("replies", "matched", "pushes", "chase", "recoveries", "outcome"),
    [
        (DANCE, 4, 0, 0, (), "agreed"),
        (CHASE, 0, 3, 3, (), "lost"),
        (RECOVERY, 6, 1, 1, (4,), "agreed"),
        (LUNGE, 2, 1, 1, (), "lost"),
    ],
    ids=["dance", "chase", "recovery", "lunge"],
)
def test_steps_are_counted(
    replies: list[str], matched: int, pushes: int, chase: int, recoveries: tuple[int, ...], outcome: str
) -> None:
    facts = facts_of(played(replies))
    assert (facts.matched, facts.pushes, facts.longest_chase, facts.recoveries) == (matched, pushes, chase, recoveries)
    assert facts.outcome == outcome


def test_times_are_the_sound_alone() -> None:
    facts = facts_of(played(DANCE))
    # The scripted ear speaks from 0.5 to 1.5 s of each reply; each of the five lines lasts a second.
    assert facts.patience_after_pull_back_s == pytest.approx(0.5)
    assert facts.rep_share == pytest.approx(4 / 9)
    assert facts.longest_stretch_s == pytest.approx(1.0)
    assert facts.words_a_minute == pytest.approx(120)


@pytest.mark.parametrize(
    ("replies", "score"),
    [
        (DANCE, 100),
        (CHASE, 0),
        (LUNGE, 50),
        ([ROOM] * 4, 75),
        (["neutral"] * 4, 0),
        ([ROOM, ROOM, "", ""], 50),
    ],
    ids=["dance", "chase", "lunge", "never steps in", "says nothing of weight", "holds back"],
)
def test_no_number_is_reached_but_by_dancing(replies: list[str], score: int) -> None:
    card = scorecard(facts_of(played(replies)))
    assert card.score == score
    assert sum(line.points for line in card.lines) == pytest.approx(card.score, abs=0.6) or card.score == 0


@pytest.mark.parametrize("replies", [[ROOM], ["", ""], ["unclear huh", "unclear huh"]])
def test_a_call_that_was_hardly_judged_has_no_score_and_says_why(replies: list[str]) -> None:
    card = scorecard(facts_of(played(replies)))
    assert card.score is None
    assert card.why_none


def test_a_broken_off_call_has_no_score() -> None:
    assert scorecard(facts_of(played(DANCE)[:-1])).why_none == "the call broke off before its end"


@pytest.mark.parametrize(("replies", "turn"), [(CHASE, 3), (RECOVERY, 1), (LUNGE, 3), ([ROOM, PUSH, PUSH], 3)])
def test_the_point_names_the_turn_that_cost_most(replies: list[str], turn: int) -> None:
    events = played(replies)
    losses = {e["turn"]: e["before"] - e["after"] for e in events if e["type"] == "willingness_changed"}
    moment = moment_of(facts_of(events))
    assert moment is not None
    assert losses[moment.turn.number] == max(losses.values())
    assert moment.kind == "cost"
    assert moment.act == "urgency"
    assert moment.turn.number == turn or replies == CHASE


def test_what_if_plays_the_call_again_with_one_step_back() -> None:
    found = what_if(facts_of(played([PUSH, ROOM, ROOM])), plain_persona())
    assert found is not None
    assert found.after[0] > found.before[0]
    assert found.closer_at == 2


def test_a_dance_is_praised_for_what_worked() -> None:
    story = story_of(facts_of(played(DANCE)), {}, None)
    assert headline(story) == "You danced: not one push."
    assert point(story).startswith("Keep this")


def test_the_page_opens_alone_and_escapes_what_a_voice_said() -> None:
    evil = "<script>alert(1)</script>"
    events = played(RECOVERY)
    for event in events:
        if "text" in event:
            event["text"] = evil
    facts = facts_of(events)
    advice = {"urgency": ("because", "instead")}
    made = page(
        story_of(facts, advice, what_if(facts, plain_persona())), events, title=evil, who=evil, opened="", folder=evil
    )
    assert "<script" not in made
    assert "&lt;script&gt;" in made
    assert not re.search(r"""(?:src|href)=["'](?!data:|#)""", made)
    assert "http" not in made.replace("http-equiv", "")
    assert len(made) < 400_000
    assert made.count("<svg") == 1


def test_a_moment_is_played_again_from_where_the_prospect_stood(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = Path(__file__).parent.parent.parent / "audio_fixtures" / "calls"
    monkeypatch.setattr(
        "voicecoach.wiring.transcriber", lambda _: FixedTranscriber("But what is there to think about?")
    )
    pushed = str(calls / "recovery" / "01.flac")
    assert main(["replay", pushed, pushed, "--captions", "--record", str(home / "calls" / "one")]) == 0
    before = (home / "calls" / "one" / "events.jsonl").read_bytes()
    capsys.readouterr()

    monkeypatch.setattr("voicecoach.wiring.transcriber", lambda _: FixedTranscriber("Take all the time you need."))
    assert main(["retry", "last", str(calls / "dance" / "01.flac"), "--turn", "2"]) == 0

    out = capsys.readouterr().out
    events = [json.loads(line) for line in before.splitlines()]
    asked = next(event["text"] for event in events if event["type"] == "prospect_spoke" and event["turn"] == 1)
    assert asked in " ".join(out.split())
    assert re.search(r"pressure\s+step-back", out)
    assert (home / "calls" / "one" / "events.jsonl").read_bytes() == before
    assert main(["retry", "last", pushed, "--turn", "9"]) == 2
    assert main(["calls"]) == 0
    assert "lost" in capsys.readouterr().out
    assert main(["report", "last", "--out", str(home / "page.html")]) == 0
    assert main(["report", "last", "--text"]) == 0
    assert main(["report", "no-such-call"]) == 2
