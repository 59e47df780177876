"""What is made ready while the rep may still be talking, and that nothing happens by it."""

import copy

import numpy as np
import pytest

from voicecoach.ahead import Ahead, without_lead
from voicecoach.dance.prospect import Prospect
from voicecoach.deliver.speaker import SilentSpeaker
from voicecoach.events import Clip, Event, Judgement, Position, Side
from voicecoach.loop import Call, Parts
from voicecoach.testing import (
    ListRecorder,
    ScriptedEar,
    SilentVoice,
    SpellingJudge,
    plain_persona,
)


class CountingJudge(SpellingJudge):
    """Counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def judge(self, side: Side, prospect: str, rep: str) -> Judgement:
        """Count and judge."""
        self.asked.append(rep)
        return super().judge(side, prospect, rep)


class CountingVoice(SilentVoice):
    """Counts what it renders: a tone, so that something is left without the silence before it."""

    def __init__(self) -> None:
        super().__init__()
        self.rendered: list[str] = []

    def render(self, text: str, position: Position) -> Clip | None:
        """Count and render."""
        self.rendered.append(text)
        tone = (8000 * np.sin(np.arange(16_000) / 5)).astype("<i2").tobytes()
        return Clip(pcm=bytes(8_000) + tone, sample_rate_hz=16_000)


@pytest.fixture
def prospect() -> Prospect:
    return Prospect(plain_persona(), 7)


def test_a_guess_is_judged_and_voiced_once_and_moves_nobody(prospect: Prospect) -> None:
    judge, voice = CountingJudge(), CountingVoice()
    ahead = Ahead(prospect, judge, voice)
    said = prospect.open()
    ahead.voice.render(said.text, prospect.stance.position)
    before = prospect.stance

    ahead.prepare("step_back let_go well")
    ahead.close()
    rendered = list(voice.rendered)
    assert prospect.stance == before

    judgement = ahead.judge.judge(prospect.stance.side, said.text, "step_back let_go well")
    turned = prospect.hear(judgement.verdict, [act.act for act in judgement.acts])
    clip = ahead.voice.clip(turned.line.text, turned.after.position)

    assert judge.asked == ["step_back let_go well"]
    assert turned.line.text in rendered
    assert clip is not None


def test_the_line_that_follows_each_verdict_is_voiced_while_a_line_is_said(prospect: Prospect) -> None:
    voice = CountingVoice()
    ahead = Ahead(prospect, SpellingJudge(), voice)
    said = prospect.open()

    ahead.voice.render(said.text, prospect.stance.position)
    ahead.close()

    assert {text.rsplit(" ", 1)[0] for text in voice.rendered} >= {"eases", "steps_back_again", "asks_again"}


def test_a_call_prepared_goes_as_a_call_that_was_not() -> None:
    replies = ["step_back fine", "pressure urgency now", "", "step_back well"]

    def events(prepared: bool) -> list[Event]:
        prospect, recorder = Prospect(plain_persona(2), 3), ListRecorder()
        ahead = Ahead(prospect, SpellingJudge(), SilentVoice())

        class Ear(ScriptedEar):
            """Guesses wrong, then right, before each reply."""

            def listen(self):  # type: ignore[no-untyped-def]
                ahead.prepare("pressure something else")
                guessed = copy.deepcopy(self._texts)
                ahead.prepare(next(guessed, ""))
                return super().listen()

        ear = Ear(iter(list(replies))) if prepared else ScriptedEar(replies)
        parts = Parts(
            ear=ear,
            judge=ahead.judge if prepared else SpellingJudge(),
            voice=ahead.voice if prepared else SilentVoice(),
            speaker=SilentSpeaker(),
            recorder=recorder,
            model="none",
        )
        Call(prospect, 3, parts, lambda _: None).play()
        ahead.close()
        return recorder.events

    assert events(prepared=True) == events(prepared=False)


def test_a_judge_that_breaks_is_left_to_the_call(prospect: Prospect) -> None:
    ahead = Ahead(prospect, SpellingJudge(), SilentVoice())
    ahead.voice.render(prospect.open().text, prospect.stance.position)

    ahead.prepare("no verdict at all")
    ahead.close()

    with pytest.raises(ValueError, match="no"):
        ahead.judge.judge(prospect.stance.side, "", "no verdict at all")


def test_the_silence_before_a_line_is_cut_and_the_line_is_not() -> None:
    tone = (8000 * np.sin(np.arange(16_000) / 5)).astype("<i2")
    clip = Clip(pcm=bytes(2 * 5_600) + tone.tobytes(), sample_rate_hz=16_000)

    cut = np.frombuffer(without_lead(clip).pcm, "<i2")

    assert len(cut) == pytest.approx(16_000 + 320, abs=5)
    assert (cut[-16_000:] == tone).all()
    assert without_lead(Clip(pcm=bytes(640), sample_rate_hz=16_000)).pcm == bytes(640)
