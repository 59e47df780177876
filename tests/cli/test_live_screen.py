"""What a live call shows, without a terminal."""

from types import SimpleNamespace
from typing import Any

from rich.console import Console

from voicecoach.cli.live import held_back
from voicecoach.cli.live_screen import LiveScreen
from voicecoach.events import CallEnded, Event, Outcome, Position, ReplyWentOn, WillingnessChanged
from voicecoach.live import Floor

MOVED = WillingnessChanged(at_s=3.0, turn=1, before=0.4, after=0.2, rule="chased", because="sign today")
WENT_ON = ReplyWentOn(at_s=3.5, turn=1, heard_s=0.4, heard="Well", willingness=0.4, position=Position.STEPPED_BACK)


def test_an_exam_tells_nothing_of_a_half_reply() -> None:
    told: list[Event] = []
    listen = held_back(told.append)
    anew = WillingnessChanged(at_s=6.0, turn=1, before=0.4, after=0.5, rule="room given", because="no rush")
    ended = CallEnded(at_s=9.0, outcome=Outcome.LEFT_OPEN, willingness=0.5, ended_by="rep", why="")
    for event in (MOVED, WENT_ON, anew, ended):
        listen(event)
    assert told == [WENT_ON, anew, ended]


def test_the_screen_goes_back_to_where_the_prospect_stood() -> None:
    desk: Any = SimpleNamespace(floor=Floor.REP, level_db=-40.0)
    screen = LiveScreen(desk, exam=False, push_to_talk=False)
    for event in (MOVED, WENT_ON):
        screen.tell(event)
    console = Console(width=80, record=True)
    console.print(screen.drawn())
    assert "0.40" in console.export_text()
