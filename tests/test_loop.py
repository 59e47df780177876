"""A whole call with fakes behind every port: what happens, in which order, and what never does."""

import pytest

from voicecoach.dance.persona import Persona
from voicecoach.dance.prospect import Prospect
from voicecoach.deliver.speaker import SilentSpeaker
from voicecoach.events import (
    CallEnded,
    Clip,
    Event,
    Judged,
    Judgement,
    NothingHeard,
    NotJudged,
    Outcome,
    Played,
    Position,
    ProspectSpoke,
    ReplyWentOn,
    RepSpoke,
    Side,
    TalkedOver,
    VoiceFailed,
    WillingnessChanged,
    as_record,
    type_name,
)
from voicecoach.keep.record import standing
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


class TalkedOverSpeaker:
    """Is talked over in its so-many-th lines, from so many seconds on, and silent 0.2 s later."""

    def __init__(self, over: dict[int, float]) -> None:
        self._over = over
        self._lines = 0

    def play(self, clip: Clip) -> Played:
        """Play a line, or what is heard of it."""
        number, self._lines = self._lines, self._lines + 1
        if number not in self._over:
            return Played(heard_s=clip.duration_s)
        from_s = self._over[number]
        return Played(heard_s=from_s + 0.2, talked_over=True, over_from_s=from_s, rep_before_s=0.1, quiet_s=0.4)


def interrupted(
    replies: list[str], over: dict[int, float], *, can_join: bool = True
) -> tuple[list[Event], list[float]]:
    """Play a call over a desk at which a reply may go on; return its events, and the silences that were joined."""
    recorder, joined = ListRecorder(), list[float]()

    def went_on(quiet_s: float) -> bool:
        joined.extend([quiet_s] * can_join)
        return can_join

    parts = Parts(
        ear=ScriptedEar(replies),
        judge=SpellingJudge(),
        voice=SilentVoice(),
        speaker=TalkedOverSpeaker(over),
        recorder=recorder,
        model="scripted",
        went_on=went_on,
    )
    Call(Prospect(plain_persona(), 1), 1, parts, lambda _: None).play()
    return recorder.events, joined


HALF, WHOLE = "pressure urgency by friday", "step_back give_time by friday is what others say"


def test_a_reply_that_goes_on_as_the_answer_begins_is_judged_once() -> None:
    events, joined = interrupted([HALF, WHOLE, "step_back release"], {1: 0.5})
    plain = played([WHOLE, "step_back release"])

    assert joined == [0.4]
    stand = standing([as_record(event) for event in events])
    told = [event for event in stand if event["type"] not in ("reply_went_on", "prospect_spoke")]
    assert told == [as_record(event) for event in plain if not isinstance(event, ProspectSpoke)]
    assert [e["text"] for e in stand if e["type"] == "prospect_spoke"] == [e.text for e in of(ProspectSpoke, plain)]


def test_a_reply_that_cannot_go_on_is_a_reply_and_the_answer_was_talked_over() -> None:
    events, joined = interrupted([HALF, WHOLE, "step_back release"], {1: 0.5}, can_join=False)

    assert joined == []
    assert of(ReplyWentOn, events) == []
    assert [event.turn for event in of(TalkedOver, events)] == [1]


def test_what_was_taken_back_stays_in_the_record_and_says_so() -> None:
    events, _ = interrupted([HALF, WHOLE], {1: 0.5})

    went_on = of(ReplyWentOn, events)[0]
    assert (went_on.turn, went_on.heard_s, went_on.willingness) == (1, 0.7, 0.5)
    assert went_on.position is Position.STEPPED_BACK
    assert [event.turn for event in of(Judged, events)] == [1, 1]
    assert [(e.before, e.after) for e in of(WillingnessChanged, events)] == [(0.5, 0.38), (0.5, 0.6)]
    names = [event.audio for event in of(ProspectSpoke, events)]
    assert names == ["00-prospect.flac", "01-prospect.flac", "01-prospect-2.flac"]
    assert [e.sound_from_s for e in of(RepSpoke, events)] == [1.0, 1.0]
    times = [event.at_s for event in events if not isinstance(event, ReplyWentOn | ProspectSpoke)]
    assert times == sorted(times)


def test_a_reply_may_go_on_twice() -> None:
    events, joined = interrupted([HALF, HALF + " now", WHOLE], {1: 0.5, 2: 0.9})

    assert joined == [0.4, 0.4]
    stand = standing([as_record(event) for event in events])
    assert [e["after"] for e in stand if e["type"] == "willingness_changed"] == [0.6]


@pytest.mark.parametrize(("replies", "over"), [([HALF, WHOLE], {1: 1.1}), (["", WHOLE], {1: 0.5}), ([HALF], {0: 0.5})])
def test_who_talks_over_more_of_a_line_or_after_saying_nothing_begins_a_reply(
    replies: list[str], over: dict[int, float]
) -> None:
    events, joined = interrupted(replies, over)

    assert not joined
    assert not of(ReplyWentOn, events)
    assert len(of(TalkedOver, events)) == 1


def test_a_farewell_that_was_only_begun_is_taken_back_too() -> None:
    pushes = ["pressure urgency"] * 3
    lines = len(of(ProspectSpoke, played(pushes))) - 1
    assert of(CallEnded, played(pushes))[0].outcome is Outcome.LOST
    events, _ = interrupted([*pushes, WHOLE], {lines: 0.5})

    assert of(ReplyWentOn, events)[0].willingness > 0
    assert of(CallEnded, events)[0].willingness > of(ReplyWentOn, events)[0].willingness
