"""What a call meant: counted, scored, coached and told from its events alone."""

import itertools
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from voicecoach.cli.main import main
from voicecoach.dance import persona as personas
from voicecoach.dance.moves import ImpossibleMoveError
from voicecoach.dance.prospect import Prospect
from voicecoach.deliver.speaker import SilentSpeaker
from voicecoach.events import Side, Verdict, as_record
from voicecoach.judge.trained import TrainedJudge
from voicecoach.keep.record import Record
from voicecoach.loop import Call, Parts
from voicecoach.report.coaching import answers_for, kinds
from voicecoach.report.facts import facts_of
from voicecoach.report.moment import PRACTISED, moment_of, moments_of
from voicecoach.report.page import page
from voicecoach.report.scorecard import scorecard
from voicecoach.report.story import heading, headline, said, what_if_words
from voicecoach.takeaway import story_of, what_if, whole_dance
from voicecoach.testing import FixedTranscriber, ListRecorder, ScriptedEar, SilentVoice, SpellingJudge, plain_persona

CALLS = Path(__file__).parent.parent.parent / "audio_fixtures" / "calls"
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
    assert facts.talked_over_s == 0


def test_talking_over_is_the_time_in_which_both_spoke() -> None:
    events = played(DANCE)
    first = next(event for event in events if event["type"] == "rep_spoke")
    first["start_s"] -= 0.8  # from 0.5 s after the prospect's end to 0.3 s before it
    assert facts_of(events).talked_over_s == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("replies", "score"),
    [
        (DANCE, 100),
        (CHASE, 0),
        (LUNGE, 25),
        ([ROOM] * 4, 38),
        (["neutral"] * 4, 0),
        ([ROOM, ROOM, "", ""], 50),
        ([ROOM, ROOM], 50),
        ([ROOM, "", ROOM, "neutral hello", MEET, MEET], 100),
    ],
    ids=["dance", "chase", "lunge", "never steps in", "says nothing", "falls silent", "leaves", "a greeting"],
)
def test_no_number_is_reached_but_by_dancing(replies: list[str], score: int) -> None:
    card = scorecard(facts_of(played(replies)), whole_dance(plain_persona()))
    assert card.score == score
    assert sum(line.points for line in card.lines) == pytest.approx(card.score, abs=0.6)


def all_calls(length: int) -> list[list[str]]:
    """Every call of up to `length` replies that the table allows, with the replies that were really taken."""
    found: dict[tuple[str, ...], None] = {}
    for replies in itertools.product((ROOM, PUSH, MEET, "neutral"), repeat=length):
        prospect, taken = Prospect(plain_persona(), 1), []
        prospect.open()
        for reply in replies:
            if prospect.stance.outcome is not None:
                break
            try:
                prospect.hear(Verdict(reply.split()[0]))
            except ImpossibleMoveError:
                break
            taken.append(reply)
            found[tuple(taken)] = None
    return [list(replies) for replies in found]


def test_of_all_calls_only_a_whole_dance_without_a_fault_reaches_100() -> None:
    steps = whole_dance(plain_persona())
    calls = all_calls(5)
    assert len(calls) > 200
    best = 0
    for replies in calls:
        facts = facts_of(played(replies))
        score = scorecard(facts, steps).score
        if score is None:
            continue
        clean = facts.outcome == "agreed" and not facts.pushes and not facts.missed
        assert (score == 100) == clean, replies
        best = max(best, score if not clean else 0)
    assert best <= 75


@pytest.mark.parametrize("name", [path.stem for path in sorted(personas.folder().glob("*.yaml"))])
def test_with_every_persona_the_dance_is_worth_100_and_always_giving_room_is_not(name: str) -> None:
    persona = personas.find(name)
    steps = whole_dance(persona)
    assert 3 <= steps <= 25
    prospect, verdicts = Prospect(persona, 1), []
    prospect.open()
    while prospect.stance.outcome is None:
        verdicts.append(Verdict.STEP_BACK)
        prospect.hear(Verdict.STEP_BACK)
    parrot = sum(verdict is Verdict.STEP_BACK for verdict in verdicts[:-2]) - 0.5
    assert 100 * parrot / max(steps, len(verdicts)) < 80


@pytest.mark.parametrize("replies", [[ROOM], ["", ""], ["unclear huh", "unclear huh"]])
def test_a_call_that_was_hardly_judged_has_no_score_and_says_why(replies: list[str]) -> None:
    card = scorecard(facts_of(played(replies)))
    assert card.score is None
    assert card.why_none


def test_a_broken_off_call_has_no_score() -> None:
    assert scorecard(facts_of(played(DANCE)[:-1])).why_none == "the call broke off before its end"


def test_an_override_moves_the_score_and_a_dispute_does_not() -> None:
    events = played([ROOM, PUSH, ROOM, ROOM])
    before = scorecard(facts_of(events)).score
    disputed = {"type": "verdict_disputed", "turn": 2, "why": "I asked for leave."}
    changed = {"type": "verdict_overridden", "turn": 2, "verdict": "step_back", "why": "It left a no open."}

    with_dispute = scorecard(facts_of(events, [disputed]))
    with_override = scorecard(facts_of(events, [disputed, changed]))

    assert before is not None
    assert with_dispute.score == before
    assert "disputed" in with_dispute.lines[1].why
    assert with_override.score is not None
    assert with_override.score > before
    assert "changed by the trainer" in with_override.lines[1].why
    assert moment_of(facts_of(events, [changed])).kind == "best"  # type: ignore[union-attr]


@pytest.mark.parametrize("name", sorted(path.parent.name for path in CALLS.glob("*/call.yaml")))
def test_the_point_names_the_turn_that_cost_most(name: str, written: Callable[[str], list[dict[str, Any]]]) -> None:
    events = written(name)
    losses = {e["turn"]: e["before"] - e["after"] for e in events if e["type"] == "willingness_changed"}
    worst = max(losses.values(), default=0)
    moment = moment_of(facts_of(events))
    if worst > 0:
        assert moment is not None
        assert moment.turn.number == next(turn for turn, loss in losses.items() if loss == worst)
        assert moment.words in moment.turn.text
    elif moment is not None:
        assert moment.turn.missed or moment.kind in ("best", "idle")


def test_a_beginner_gets_one_point_and_the_practised_two() -> None:
    facts = facts_of(played([PUSH, ROOM, PUSH, PUSH]))
    assert len(moments_of(facts, PRACTISED - 1)) == 1
    two = moments_of(facts, PRACTISED)
    assert len(two) == 2
    assert two[0].turn.cost >= two[1].turn.cost
    assert two[0].turn.number != two[1].turn.number
    assert len(moments_of(facts_of(played(DANCE)), PRACTISED)) == 1


def test_what_if_plays_the_call_again_with_one_step_back() -> None:
    facts = facts_of(played([PUSH, ROOM, ROOM]))
    moment = moment_of(facts)
    assert moment is not None
    found = what_if(facts, moment, plain_persona())
    assert found is not None
    assert found.levels[0] == found.was[0] == facts.turns[0].before
    assert found.levels[1] > found.was[1]
    assert found.closer_at == 2
    assert found.says.startswith("eases")


def test_what_if_counts_the_room_that_a_lost_call_still_needed() -> None:
    facts = facts_of(played(CHASE))
    moment = moment_of(facts)
    assert moment is not None
    found = what_if(facts, moment, plain_persona())
    assert found is not None
    assert found.closer_at == 0
    # Played by hand from that reply on: that many step-backs, and one fewer does not do it.
    prospect = Prospect(plain_persona(), 1)
    prospect.open()
    for _ in range(moment.turn.number - 1):
        prospect.hear(Verdict.PRESSURE)
    for _ in range(found.more):
        prospect.hear(Verdict.STEP_BACK)
    assert prospect.stance.side is Side.AWAY
    assert prospect.hear(Verdict.STEP_BACK).after.side is Side.IN


def test_what_if_answers_a_prospect_who_had_come_closer() -> None:
    """Where they grabbed, an answer is what would have fitted; a step back would still have cost nothing."""
    facts = facts_of(played(LUNGE))
    moment = moment_of(facts)
    assert moment is not None
    found = what_if(facts, moment, plain_persona())
    assert found is not None
    assert (found.step, found.room) == ("step_in", facts.turns[2].before)
    assert found.levels[1] > facts.turns[2].before > found.was[1]
    assert "With an answer there" in what_if_words(found)
    assert "even a step back" in what_if_words(found)


def test_who_came_closer_is_not_offered_a_step_back_as_the_answer() -> None:
    events = played(LUNGE)
    events[0]["persona"] = "thoughtful-owner"
    assert told(events, judge=SaysRoom()).points[0].instead is None


def test_two_points_show_two_answers_and_none_that_the_rep_gave() -> None:
    said_already = answers_for("wants to think it over")[0].text
    events = played(CHASE)
    events[0]["persona"] = "thoughtful-owner"
    next(event for event in events if event["type"] == "rep_spoke")["text"] += f" {said_already.lower()}"
    one, other = told(events, calls_before=PRACTISED, judge=SaysRoom()).points
    assert one.instead.text != said_already
    assert len({one.instead.text, other.instead.text, said_already}) == 3


def test_a_call_that_did_neither_still_gets_its_point() -> None:
    events = played(["neutral hello", "neutral well"])
    events[0]["persona"] = "thoughtful-owner"
    (point,) = told(events, judge=SaysRoom()).points
    assert (point.moment.kind, point.moment.turn.number) == ("idle", 1)
    assert "neither pushed nor gave room" in said(point.moment)
    assert point.instead is not None
    assert point.what_if is not None
    assert point.what_if.levels[1] > point.what_if.was[1]


def test_what_this_prospect_feels_more_is_said() -> None:
    """Their hot buttons and soft spots are rules as well: a reader sees why the same push cost more here."""
    persona = personas.find("thoughtful-owner")
    hot = min(persona.temper.hot_buttons)
    events = played([f"pressure {hot} and why", ROOM])
    events[0]["persona"] = persona.name
    story = told(events)
    assert "twice as much" in story.touched[1]
    assert "twice as much" in story.points[0].why
    assert story.touched[2] == ""
    assert "twice as much" in page(story)


def test_a_reason_is_known_by_whole_words() -> None:
    assert answers_for("has a task to finish")[0] == kinds()[-1].answers[0]
    assert "Talk it over" in answers_for("is asking her partners")[0].text


@pytest.mark.parametrize(
    ("replies", "says"),
    [
        (DANCE, "You danced: not one push."),
        ([ROOM], "You gave room: not one push."),
        (CHASE, "You chased: 3 pushes, and they hung up."),
        ([PUSH], "You chased: one push, and the call ended there."),
        (LUNGE, "You danced until they came closer, then grabbed."),
    ],
)
def test_the_headline_says_what_it_was(replies: list[str], says: str) -> None:
    assert headline(told(played(replies))) == says


def test_a_model_answer_fits_the_reason() -> None:
    assert "Talk it over together" in answers_for("wants to ask her husband")[0].text
    assert "compare" in answers_for("has another offer, a lower one")[0].text
    assert answers_for("")[0] == kinds()[-1].answers[0]


def test_every_model_answer_is_in_the_labelled_data_word_for_word() -> None:
    labelled = {}
    for path in (CALLS.parent.parent / "training" / "situations").glob("*.jsonl"):
        for situation in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            for number, reply in enumerate(situation["replies"], 1):
                labelled[f"{situation['situation']}:{number}"] = reply
    for kind in kinds():
        for answer in kind.answers:
            assert labelled[answer.source]["rep"] == answer.text
            assert labelled[answer.source]["verdict"] == "step_back"


@pytest.mark.parametrize("name", [path.stem for path in sorted(personas.folder().glob("*.yaml"))])
def test_for_every_reason_of_every_persona_an_answer_is_judged_a_step_back(name: str) -> None:
    judge = TrainedJudge()
    for reason in personas.find(name).rounds:
        asked = [(Side.AWAY, reason.steps_back[0], answer.text) for answer in answers_for(reason.reason)]
        assert Verdict.STEP_BACK in [found.verdict for found in judge.judge_many(asked)]


class SaysPressure:
    """A judge who takes everything for pressure."""

    label = "gruff"

    def judge(self, side: Side, prospect: str, rep: str) -> Any:
        """Judge it."""
        return SpellingJudge().judge(side, prospect, "pressure")


class SaysRoom:
    """A judge who takes everything for a step back."""

    label = "kind"

    def judge(self, side: Side, prospect: str, rep: str) -> Any:
        """Judge it."""
        return SpellingJudge().judge(side, prospect, "step_back")


def told(events: Sequence[dict[str, Any]], **more: Any) -> Any:
    return story_of(Record(Path("a-call"), "2026-11-25T10:00:00+00:00", list(events), whole=True), **more)


def test_no_model_answer_is_shown_that_the_judge_does_not_take_for_a_step_back() -> None:
    events = played(CHASE)
    events[0]["persona"] = "thoughtful-owner"
    assert told(events, judge=SaysPressure()).points[0].instead is None
    assert told(events).points[0].instead is None


def test_a_dance_is_praised_for_what_worked() -> None:
    story = told(played(DANCE))
    assert heading(story.points[0].moment) == "What to keep"
    assert "of all your replies it won most" in said(story.points[0].moment)


def test_the_page_opens_alone_and_escapes_what_a_voice_said() -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'"
    events = played(RECOVERY)
    for event in events:
        for key in ("text", "because", "persona", "why", "model"):
            if key in event:
                event[key] = evil
    notes = [{"type": "verdict_disputed", "turn": 1, "why": evil, "by": evil}]
    record = Record(Path(evil.replace("/", "")), evil, events, whole=True, notes=notes, damage=evil)
    made = page(story_of(record))
    assert made.count("<script") == 1
    assert "<img" not in made
    assert "&lt;script&gt;" in made
    assert not re.search(r"""(?:src|href)=["'](?!data:|#)""", made)
    assert "http:" not in made
    assert "https:" not in made
    assert len(made) < 400_000
    assert "verdict changed" not in made
    assert "Disputed" in made


def test_a_moment_is_played_again_from_where_the_prospect_stood(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voicecoach.wiring.make_judge", SpellingJudge)
    monkeypatch.setattr("voicecoach.wiring.transcriber", lambda _: FixedTranscriber(PUSH))
    pushed = str(CALLS / "recovery" / "01.flac")
    assert main(["replay", pushed, pushed, "--captions", "--record", str(home / "calls" / "one")]) == 0
    before = (home / "calls" / "one" / "events.jsonl").read_bytes()
    capsys.readouterr()

    monkeypatch.setattr("voicecoach.wiring.transcriber", lambda _: FixedTranscriber(ROOM))
    assert main(["retry", "last", str(CALLS / "dance" / "01.flac"), "--turn", "2"]) == 0

    out = capsys.readouterr().out
    events = [json.loads(line) for line in before.splitlines()]
    asked = next(event["text"] for event in events if event["type"] == "prospect_spoke" and event["turn"] == 1)
    assert asked in " ".join(out.split())
    assert re.search(r"pressure \(urgency\)\s+step-back \(give time\)", out)
    assert (home / "calls" / "one" / "events.jsonl").read_bytes() == before
    assert main(["retry", "last", pushed, "--turn", "9"]) == 2
    capsys.readouterr()
    assert main(["calls"]) == 0
    listed = capsys.readouterr().out
    assert "lost" in listed
    assert main(["calls", "list"]) == 0
    assert capsys.readouterr().out == listed
    assert main(["calls", "--outcome", "agreed", "list"]) == 0
    assert capsys.readouterr().out == "No call fits.\n"
    assert main(["report", "last", "--out", str(home / "page.html")]) == 0
    assert main(["report", "last", "--text"]) == 0
    assert "▲" in capsys.readouterr().out
    assert main(["report", "no-such-call"]) == 2
