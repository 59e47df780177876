"""One call, from the opening line to the end: the only place that knows dance, deliver, hear, judge and keep.

dance → deliver → hear → judge → dance …, each fact kept and told as it happens
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from voicecoach import __version__
from voicecoach.dance.prospect import Prospect, Turned
from voicecoach.dance.script import Line
from voicecoach.errors import RepLeft
from voicecoach.events import (
    ACTS,
    SAMPLE_RATE_HZ,
    CallEnded,
    CallStarted,
    Clip,
    Event,
    Heard,
    Judged,
    Judgement,
    NothingHeard,
    NotJudged,
    Outcome,
    Played,
    Position,
    ProspectMoved,
    ProspectSpoke,
    ReplyWentOn,
    RepSpoke,
    Side,
    TalkedOver,
    TurnTimed,
    Verdict,
    VoiceFailed,
    WillingnessChanged,
    Word,
)
from voicecoach.ports import Desk, Ear, Judge, Recorder, Speaker, Voice

READING_WPM = 173
"""How long a caption stands where there is no sound: the usual pace of speech (quoting Gong)."""
NOBODY_SPOKE = ("silence", "noise")
"""What an ear says of a reply in which no voice was found."""
ASKS_INTO_SILENCE = 1
"""A prospect asks once whether anybody is there; at the next silence they hang up. Neither is judged."""

ONLY_BEGUN_S = 1.0
"""An answer of which no more was out had only begun: who begins to talk then was not done yet. A person who is cut off
goes on within a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a call is played with."""

    ear: Ear
    judge: Judge
    voice: Voice
    speaker: Speaker
    recorder: Recorder
    model: str
    """The recognizer's label."""
    desk: Desk | None = None
    """The live end of the call; None in a replay, which has no delay and no device."""
    went_on: Callable[[float], bool] | None = None
    """Takes the last reply for unfinished, with the seconds of silence between it and what the rep says now: the next
    that is heard is the whole of it. False where this one is over, None where each one is that was heard."""


class Call:
    """Plays one call; `tell` gets every event after it is safely kept."""

    def __init__(self, prospect: Prospect, seed: int, parts: Parts, tell: Callable[[Event], None]) -> None:
        self._prospect = prospect
        self._seed = seed
        self._parts = parts
        self._tell = tell
        self._now_s = 0.0
        self._turn = 0
        self._voice_failed = False
        self._silences = 0
        self._noted_s = 0.0
        self._reply_from_s = 0.0
        self._halves = 0
        self._line_s = 0.0
        self._times_s: list[float] = []
        if parts.desk:
            parts.desk.attend(self._note)

    def play(self) -> CallEnded:
        """Play until the prospect or the rep leaves; return the last event."""
        parts = self._parts
        started = CallStarted(
            at_s=0.0,
            persona=self._prospect.persona.name,
            seed=self._seed,
            model=parts.model,
            judge=parts.judge.label,
            voice=parts.voice.label,
            version=__version__,
        )
        self._keep(started)
        try:
            return self._dance()
        except RepLeft:
            return self._end("rep", self._prospect.leave().outcome, "the rep hung up")

    def _dance(self) -> CallEnded:
        line = self._prospect.open()
        self._keep_talked_over(line, self._speak(line, self._prospect.stance.position))
        while self._prospect.stance.outcome is None:
            heard = self._parts.ear.listen()
            if heard is None:
                return self._end("rep", self._prospect.leave().outcome, "the rep's replies ended")
            self._times_s = []
            self._stamp()
            self._turn += 1
            self._silences = self._silences + 1 if heard.why in NOBODY_SPOKE and not heard.text else 0
            if self._silences > ASKS_INTO_SILENCE:
                self._keep_reply(heard)
                return self._end("prospect", self._prospect.leave().outcome, "nobody answered")
            line = self._take(heard, line)
            self._keep_times(heard)
        return self._end("prospect", self._prospect.stance.outcome, f"the prospect {line.cue.value.replace('_', ' ')}")

    def _take(self, heard: Heard, said: Line) -> Line:
        """Keep one reply, judge it, move the prospect and say their answer; return the line to reply to next."""
        judgement = self._judge(heard, said) if self._keep_reply(heard) else None
        self._stamp()
        if judgement is None:
            turned = self._prospect.hear_nothing()
        else:
            turned = self._prospect.hear(judgement.verdict, [act.act for act in judgement.acts])
            self._keep_moves(turned, because(heard.text, judgement))
        played = self._speak(turned.line, turned.after.position)
        if judgement and self._goes_on(played):
            self._take_back(turned.line, played)
            return said
        self._keep_talked_over(turned.line, played)
        self._halves = 0
        return turned.line

    def _goes_on(self, played: Played) -> bool:
        """Whether the rep was not done yet; the ear then joins what they say now to the reply."""
        went_on = self._parts.went_on
        return bool(went_on and played.talked_over and played.over_from_s <= ONLY_BEGUN_S and went_on(played.quiet_s))

    def _take_back(self, answer: Line, played: Played) -> None:
        """Unsay what this turn was judged by: the reply goes on, and the prospect stands where they stood."""
        stance = self._prospect.take_back()
        self._keep(
            ReplyWentOn(
                at_s=self._now_s,
                turn=self._turn,
                heard_s=round(played.heard_s, 3),
                heard=self._heard_of(answer, played),
                willingness=stance.willingness,
                position=stance.position,
            )
        )
        self._turn, self._halves, self._times_s = self._turn - 1, self._halves + 1, []
        self._now_s = self._reply_from_s

    def _keep_reply(self, heard: Heard) -> bool:
        """Keep what was heard; return whether there were words."""
        from_s = self._reply_from_s = self._now_s
        self._now_s = round(from_s + heard.duration_s, 3)
        sound = Clip(pcm=heard.pcm, sample_rate_hz=SAMPLE_RATE_HZ)
        audio = self._parts.recorder.keep_sound(f"{self._turn:02}-rep", sound)
        start_s, end_s = round(from_s + heard.start_s, 3), round(from_s + heard.end_s, 3)
        if not heard.text:
            self._keep(
                NothingHeard(
                    at_s=self._now_s,
                    turn=self._turn,
                    start_s=start_s,
                    end_s=end_s,
                    why=heard.why,
                    sound_from_s=from_s,
                    audio=audio,
                )
            )
            return False
        self._keep(
            RepSpoke(
                at_s=self._now_s,
                turn=self._turn,
                text=heard.text,
                start_s=start_s,
                end_s=end_s,
                words=tuple(_later(word, from_s) for word in heard.words),
                confidence=heard.confidence,
                sound_from_s=from_s,
                audio=audio,
            )
        )
        return True

    def _judge(self, heard: Heard, said: Line) -> Judgement | None:
        """Judge and keep the judgement; None, and an event that says why, where judging failed."""
        side = self._prospect.stance.side
        try:
            judgement = self._parts.judge.judge(side, said.text, heard.text)
        except Exception as error:  # a judge that breaks must not end the call: "not judged" is a state
            self._keep(NotJudged(at_s=self._now_s, turn=self._turn, why=f"{type(error).__name__}: {error}"))
            return None
        if side is Side.AWAY and judgement.verdict is Verdict.STEP_IN:
            self._keep(NotJudged(at_s=self._now_s, turn=self._turn, why="a step in towards a prospect who is away"))
            return None
        self._keep(
            Judged(
                at_s=self._now_s,
                turn=self._turn,
                verdict=judgement.verdict,
                scores=judgement.scores,
                acts=judgement.acts,
            )
        )
        return judgement

    def _keep_moves(self, turned: Turned, words: str) -> None:
        before, after, rule = turned.before, turned.after, turned.rule
        if rule is None:
            return
        if before.willingness != after.willingness:
            self._keep(
                WillingnessChanged(
                    at_s=self._now_s,
                    turn=self._turn,
                    before=before.willingness,
                    after=after.willingness,
                    rule=rule.name,
                    because=words,
                )
            )
        if before.position is not after.position:
            self._keep(
                ProspectMoved(
                    at_s=self._now_s, turn=self._turn, before=before.position, after=after.position, rule=rule.name
                )
            )

    def _speak(self, line: Line, position: Position) -> Played:
        """Say a line; the clock then stands where it was over, or where the rep took the floor."""
        voice = self._parts.voice
        clip = voice.render(line.text, position)
        self._stamp()
        if voice.failure and not self._voice_failed:
            self._voice_failed = True
            self._keep(VoiceFailed(at_s=self._now_s, why=voice.failure))
        duration_s = clip.duration_s if clip else len(line.text.split()) * 60 / READING_WPM
        name = f"{self._turn:02}-prospect" + (f"-{self._halves + 1}" if self._halves else "")
        audio = self._parts.recorder.keep_sound(name, clip) if clip else ""
        self._line_s = duration_s
        self._keep(
            ProspectSpoke(
                at_s=self._now_s,
                turn=self._turn,
                text=line.text,
                position=position,
                cue=line.cue.value,
                duration_s=round(duration_s, 3),
                captioned=clip is None,
                audio=audio,
            )
        )
        played = (self._parts.speaker.play(clip) if clip else None) or Played(heard_s=duration_s)
        if played.began_s and self._parts.desk:
            self._times_s.append(played.began_s)
        self._now_s = round(self._now_s + (played.heard_s if played.talked_over else duration_s), 3)
        return played

    def _keep_talked_over(self, line: Line, played: Played) -> None:
        if not played.talked_over:
            return
        heard = self._heard_of(line, played)
        self._keep(TalkedOver(at_s=self._now_s, turn=self._turn, heard_s=round(played.heard_s, 3), heard=heard))
        # The reply began while the prospect was still speaking: its sound overlaps theirs on the call's clock.
        self._now_s = round(self._now_s - min(played.heard_s, played.rep_before_s), 3)

    def _heard_of(self, line: Line, played: Played) -> str:
        return _share(line.text, played.heard_s / self._line_s)

    def _note(self, make: Callable[[float, int], Event], later_s: float) -> None:
        self._noted_s = max(self._noted_s, round(self._now_s + later_s, 3))
        self._keep(make(round(self._now_s + later_s, 3), self._turn))

    def _stamp(self) -> None:
        """Take the time where there is a desk; the first of a turn is when its last sound was in the microphone."""
        if self._parts.desk:
            if not self._times_s:
                self._times_s.append(self._parts.desk.heard_at_s())
            self._times_s.append(self._parts.desk.now_s())

    def _keep_times(self, heard: Heard) -> None:
        """Keep how long each stage took, where the answer was audible."""
        times_s, self._times_s = self._times_s, []
        if len(times_s) != 5 or not heard.text:
            return
        arrived_s, words_s, judged_s, voiced_s, began_s = times_s
        silence_ms = round(1000 * (heard.duration_s - heard.end_s))
        self._keep(
            TurnTimed(
                at_s=self._now_s,
                turn=self._turn,
                silence_ms=silence_ms,
                recognize_ms=round(1000 * (words_s - arrived_s)),
                judge_ms=round(1000 * (judged_s - words_s)),
                voice_ms=round(1000 * (voiced_s - judged_s)),
                play_ms=round(1000 * (began_s - voiced_s)),
                total_ms=silence_ms + round(1000 * (began_s - arrived_s)),
            )
        )

    def _end(self, by: str, outcome: Outcome | None, why: str) -> CallEnded:
        if outcome is None:
            raise ValueError("a call that has not ended")
        # A call that is left in the middle of a reply ends no earlier than what happened in it.
        self._now_s = max(self._now_s, self._noted_s)
        if self._parts.desk:
            self._parts.desk.leave()
        ended = CallEnded(
            at_s=self._now_s, outcome=outcome, willingness=self._prospect.stance.willingness, ended_by=by, why=why
        )
        self._keep(ended)
        return ended

    def _keep(self, event: Event) -> None:
        self._parts.recorder.write(event)
        self._tell(event)


def because(text: str, judgement: Judgement) -> str:
    """Return the rep's own words that a move rests on: the stretches that show the verdict, or the whole reply."""
    showing = ACTS.get(judgement.verdict, ())
    return " … ".join(text[act.start : act.end] for act in judgement.acts if act.act in showing) or text


def _share(text: str, part: float) -> str:
    """Return the words that make up a part of a line's length, the one being spoken included."""
    words = text.split()
    count = 0
    while count < len(words) and len(" ".join(words[:count])) < part * len(text):
        count += 1
    return " ".join(words[:count])


def _later(word: Word, by_s: float) -> Word:
    return replace(word, start_s=round(word.start_s + by_s, 3), end_s=round(word.end_s + by_s, 3))
