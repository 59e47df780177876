"""A call as plain lines: what a terminal of any width, without colour, and a screen reader can show."""

import textwrap
from collections.abc import Callable

from voicecoach.dance.moves import MOVES
from voicecoach.dance.persona import Persona
from voicecoach.events import (
    PAUSE_WISHED,
    CallEnded,
    CallPaused,
    CallResumed,
    CallStarted,
    DevicesUsed,
    Event,
    Judged,
    NothingHeard,
    NotJudged,
    Outcome,
    ProspectMoved,
    ProspectSpoke,
    ReplyWentOn,
    RepSpoke,
    VoiceFailed,
    WillingnessChanged,
)

WIDTH = 78
ENDS = {
    Outcome.AGREED: "They took the next step.",
    Outcome.LEFT_OPEN: "The door is open: they can come back by themselves.",
    Outcome.LOST: "They are gone.",
}
SAYS = {rule.name: rule.says for rule in MOVES.values()}


def story(persona: Persona) -> Callable[[Event], None]:
    """Return a listener that prints each event as a line or two for a person."""

    def tell(event: Event) -> None:
        match event:
            case CallStarted():
                _wrap("", f"{persona.title} ({persona.who}), difficulty {persona.difficulty} of 5")
                _wrap("  ", persona.situation)
                print()
            case ProspectSpoke():
                _wrap("Prospect  ", event.text)
            case RepSpoke():
                _wrap("You       ", event.text)
            case NothingHeard():
                print(f"          (I did not catch that: {event.why}; nothing moves)")
            case Judged():
                words = "; ".join(act.act.replace("_", " ") for act in event.acts)
                print(f"          → {event.verdict.replace('_', '-')}" + (f" ({words})" if words else ""))
            case NotJudged():
                _wrap("          ", f"→ not judged: {event.why}")
            case WillingnessChanged():
                arrow = "up" if event.after > event.before else "down"
                rule = f"{event.rule}: {SAYS[event.rule]}"
                _wrap("            ", f"willingness {event.before:.2f} → {event.after:.2f} ({arrow}). {rule}")
                _wrap("            ", f"because you said: “{event.because}”")
            case ProspectMoved():
                before, after = (position.replace("_", " ") for position in (event.before, event.after))
                print(f"            {before} → {after}")
            case ReplyWentOn():
                _wrap("          ", "(You went on: that was half a reply. It is judged once, when you are done.)")
            case VoiceFailed():
                _wrap("", f"The voice is broken ({event.why}). The call goes on with captions.")
            case CallPaused():
                why = "you wished it; p goes on" if event.why == PAUSE_WISHED else event.why
                _wrap("          ", f"(paused: {why})")
            case CallResumed():
                _wrap("          ", f"(the call goes on: {event.input}, {event.output})")
            case DevicesUsed() if event.overruns or event.underruns:
                print()
                _wrap(
                    "",
                    f"The sound was broken. Too late from the microphone: {_times(event.overruns)}; to a loudspeaker "
                    f"that had run dry: {_times(event.underruns)}. Other programs may keep this machine too busy.",
                )
            case CallEnded():
                print()
                _wrap("", f"The call has ended: {event.outcome.replace('_', ' ')}. {ENDS[event.outcome]}")
                print(f"Willingness at the end: {event.willingness:.2f}")

    return tell


def _times(count: int) -> str:
    return "never" if count == 0 else "once" if count == 1 else f"{count} times"


def _wrap(head: str, text: str) -> None:
    print(textwrap.fill(text, WIDTH, initial_indent=head, subsequent_indent=" " * len(head)))
