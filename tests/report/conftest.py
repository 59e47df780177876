"""The recorded calls as they are written: with a perfect ear and a perfect judge, so that no sound need be heard."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from voicecoach.callfile import read_call
from voicecoach.dance import persona as personas
from voicecoach.dance.prospect import Prospect
from voicecoach.deliver.speaker import SilentSpeaker
from voicecoach.events import Judgement, Side, Verdict, as_record
from voicecoach.loop import Call, Parts
from voicecoach.testing import ListRecorder, ScriptedEar, SilentVoice
from voicecoach.wiring import make_judge

CALLS = Path(__file__).parent.parent.parent / "audio_fixtures" / "calls"
Written = Callable[[str], list[dict[str, Any]]]


class WrittenJudge:
    """Gives the verdicts that the call's file expects, with the acts that the real judge finds."""

    label = "written"

    def __init__(self, verdicts: dict[str, Verdict]) -> None:
        self._verdicts = verdicts
        self._real = _real_judge()

    def judge(self, side: Side, prospect: str, rep: str) -> Judgement:
        """Look the reply up."""
        found = self._real.judge(side, prospect, rep)
        verdict = self._verdicts.get(rep, found.verdict)
        if verdict is Verdict.STEP_IN and side is Side.AWAY:
            verdict = Verdict.NEUTRAL
        acts = found.acts if found.verdict is verdict else ()
        return Judgement(verdict=verdict, scores=found.scores, acts=acts)


@cache
def _real_judge() -> Any:
    return make_judge()


@cache
def _played(name: str) -> str:
    call = read_call(CALLS / name / "call.yaml")
    says = [reply.says or "" for reply in call.replies]
    verdicts = {reply.says: reply.verdict for reply in call.replies if reply.says and reply.verdict}
    recorder = ListRecorder()
    parts = Parts(
        ear=ScriptedEar(says),
        judge=WrittenJudge(verdicts),
        voice=SilentVoice(),
        speaker=SilentSpeaker(),
        recorder=recorder,
        model="none",
    )
    Call(Prospect(personas.find(call.persona), call.seed), call.seed, parts, lambda _: None).play()
    return json.dumps([as_record(event) for event in recorder.events])


@pytest.fixture(scope="session")
def written() -> Written:
    """Return a function from a recorded call's name to its events."""
    return lambda name: json.loads(_played(name))  # type: ignore[no-any-return]
