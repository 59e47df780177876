"""A whole call with fakes behind every port: what happens, in which order, and what never does."""

import pytest

from voicecoach.dance.persona import Persona
from voicecoach.dance.prospect import Prospect
from voicecoach.deliver.speaker import SilentSpeaker
from voicecoach.events import (
    CallEnded,
    Event,
    Judged,
    Judgement,
    NothingHeard,
    NotJudged,
    Outcome,
    Position,
    ProspectSpoke,
    Side,
    VoiceFailed,
    WillingnessChanged,
    type_name,
)
from voicecoach.loop import Call, Parts
from voicecoach.testing import ListRecorder, ScriptedEar, SilentVoice, SpellingJudge, plain_persona


class BrokenJudge:
    """Fails on every reply."""

    label = "broken"

    def judge(self, side: Side, prospect: str, rep: str) -> Judgement:
        """Fail."""
        raise OSError("the model is gone")


def played(replies: list[str], persona: Persona | None = None, judge: object = None, breaks_at: int | None = None):
    recorder = ListRecorder()
    told: list[Event] = []
    parts = Parts(
        ear=ScriptedEar(replies),
        judge=judge or SpellingJudge(),
        voice=SilentVoice(breaks_at),
        speaker=SilentSpeaker(),
        recorder=recorder,
        model="scripted",
    )
    Call(Prospect(persona or plain_persona(), 1), 1, parts, told.append).play()
    assert told == recorder.events
    return told


def of(kind: type, events: list[Event]) -> list:
    return [event for event in events if isinstance(event, kind)]


def test_a_dance_is_agreed() -> None:
    events = played(["step_back give_time now", "step_back release", "step_in answer", "step_in answer"])

    assert [type_name(event) for event in events[:6]] == [
        "call_started",
        "prospect_spoke",
        "rep_spoke",
        "judged",
        "willingness_changed",
        "prospect_spoke",
    ]
    ended = of(CallEnded, events)[0]
    assert (ended.outcome, ended.ended_by, ended.willingness) == (Outcome.AGREED, "prospect", 0.9)
    assert [e.position for e in of(ProspectSpoke, events)] == [
        Position.STEPPED_BACK,
        Position.STEPPED_BACK,
        Position.TOGETHER,
        Position.LEANING_IN,
        Position.LEANING_IN,
    ]


def test_a_change_carries_the_rule_and_the_words_that_show_it() -> None:
    change = of(WillingnessChanged, played(["pressure urgency by friday"]))[0]

    assert (change.before, change.after, change.rule, change.because) == (0.5, 0.38, "chased", "urgency")


def test_a_chase_loses_the_prospect_and_each_push_costs_more() -> None:
    events = played(["pressure urgency"] * 9)

    losses = [round(change.before - change.after, 4) for change in of(WillingnessChanged, events)]
    assert losses[:2] == [0.12, 0.18]
    assert losses == sorted(losses[:-1]) + losses[-1:]
    assert of(CallEnded, events)[0].outcome is Outcome.LOST
    assert of(ProspectSpoke, events)[-1].cue == "hangs_up"


def test_silence_moves_nothing_and_is_not_judged() -> None:
    events = played(["", "unclear huh"])

    assert len(of(NothingHeard, events)) == 1
    assert not of(WillingnessChanged, events)
    assert [event.cue for event in of(ProspectSpoke, events)] == ["steps_back", "asks_again", "asks_again"]
    assert len(of(Judged, events)) == 1


@pytest.mark.parametrize("reply", ["step_in answer", "step_back give_time"])
def test_a_judge_that_fails_is_told_and_moves_nothing(reply: str) -> None:
    judge = BrokenJudge() if reply.startswith("step_back") else None
    events = played([reply], judge=judge)

    assert len(of(NotJudged, events)) == 1
    assert not of(Judged, events)
    assert not of(WillingnessChanged, events)


def test_a_broken_voice_is_told_once_and_the_call_goes_on_with_captions() -> None:
    events = played(["step_back give_time"] * 2, breaks_at=1)

    assert len(of(VoiceFailed, events)) == 1
    assert [event.captioned for event in of(ProspectSpoke, events)] == [False, True, True]
    assert of(CallEnded, events)


def test_the_call_clock_counts_both_voices() -> None:
    events = played(["step_back give_time"])

    assert [event.at_s for event in of(ProspectSpoke, events)] == [0.0, 3.0]
    assert of(CallEnded, events)[0].at_s == 4.0


def test_no_line_is_said_twice_and_a_call_that_goes_nowhere_ends_kindly() -> None:
    events = played(["neutral"] * 60)

    said = [event.text for event in of(ProspectSpoke, events)]
    assert len(said) == len(set(said))
    ended = of(CallEnded, events)[0]
    assert (ended.outcome, ended.ended_by) == (Outcome.LEFT_OPEN, "prospect")
    assert of(ProspectSpoke, events)[-1].cue == "has_to_go"


def test_the_same_seed_gives_the_same_call_and_another_seed_other_lines() -> None:
    replies = ["step_back give_time", "pressure fear", "step_back release"]
    assert played(replies) == played(replies)


def test_a_second_reason_comes_after_the_first() -> None:
    dance = ["step_back give_time"] * 2 + ["step_in answer"] * 2
    events = played([*dance, "step_back release", *dance[2:]], persona=plain_persona(rounds=2))

    reasons = [event.text[:12] for event in of(ProspectSpoke, events) if event.cue == "steps_back"]
    assert reasons == ["steps_back 1", "steps_back 2"]
    # Trust that was built stays: one step back is enough the second time.
    assert of(CallEnded, events)[0].outcome is Outcome.AGREED
