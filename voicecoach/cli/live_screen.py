"""The lower edge of the screen in a live call: the dance, who has the floor, how loud you are, what was heard so far.

What was said scrolls above it as the same plain lines that a terminal without colour shows (`cli.screen`).
"""

import contextlib
import threading
from collections.abc import Iterator
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from voicecoach.events import CallEnded, Event, Position, ProspectSpoke, ReplyWentOn, RepSpoke, WillingnessChanged
from voicecoach.live import Floor, LiveDesk

LADDER: Final = (
    (Position.GONE, "gone"),
    (Position.STILL_RUNNING, "runs faster"),
    (Position.TURNED_AND_RUNNING, "runs"),
    (Position.STEPPED_BACK_AGAIN, "back twice"),
    (Position.STEPPED_BACK, "back"),
    (Position.TOGETHER, "together"),
    (Position.LEANING_IN, "leaning in"),
)
FLOORS: Final = {
    Floor.PROSPECT: ("the prospect speaks", "cyan"),
    Floor.REP: ("your turn", "bold green"),
    Floor.NOBODY: ("they think", "dim"),
    Floor.KEY: ("space: talk", "bold green"),
    Floor.PAUSED: ("paused", "bold yellow"),
}
QUIETEST_DB: Final = -60.0
BAR: Final = 20


class LiveScreen:
    """Drawn eight times a second from what it was last told."""

    def __init__(self, desk: LiveDesk, *, exam: bool, push_to_talk: bool) -> None:
        self._desk = desk
        self._exam = exam
        self._push_to_talk = push_to_talk
        self._position = Position.STEPPED_BACK
        self._willingness: float | None = None
        self._hearing = ""
        self._lock = threading.Lock()

    def tell(self, event: Event) -> None:
        """Take an event of the call."""
        with self._lock:
            match event:
                case ProspectSpoke():
                    self._position = event.position
                case WillingnessChanged():
                    self._willingness = event.after
                case ReplyWentOn():
                    self._position, self._willingness = event.position, event.willingness
                case RepSpoke():
                    self._hearing = ""
                case CallEnded():
                    self._exam = False
                    self._willingness = event.willingness

    def hearing(self, text: str) -> None:
        """Take the words as they are heard; what follows may change them."""
        with self._lock:
            self._hearing = text

    @contextlib.contextmanager
    def shown(self) -> Iterator[None]:
        """Show it until the block ends."""
        live = Live(get_renderable=self.drawn, refresh_per_second=8, console=Console(), transient=True)
        # Drawn once before its thread runs: a line printed at the same time would leave a second frame behind.
        live.start(refresh=True)
        try:
            yield
        finally:
            live.stop()

    def drawn(self) -> Panel:
        """Return the whole of it."""
        with self._lock:
            says, style = FLOORS[self._desk.floor]
            head = Table.grid(expand=True)
            head.add_column()
            head.add_column(justify="right")
            head.add_row(Text(says, style), level(self._desk.level_db))
            parts: list[RenderableType] = [
                head,
                Text(self._hearing[-140:] or " ", "italic", no_wrap=True, overflow="ellipsis"),
            ]
            # Always as many lines: a frame that grows leaves its old upper edge behind.
            parts += [Text("exam: the dance is shown at the end", "dim"), Text(" ")] if self._exam else self._dance()
            talk = "space talk · " if self._push_to_talk else ""
            pause = "go on" if self._desk.floor is Floor.PAUSED else "pause"
            return Panel(
                Group(*parts), subtitle=f"{talk}p {pause} · r say again · s slower · + louder · q end", title="live"
            )

    def _dance(self) -> list[Text]:
        places = Text(no_wrap=True, overflow="crop")
        for place, (position, name) in enumerate(LADDER):
            here = position is self._position
            style = "bold reverse" if here else "dim" if position.side.value == "away" else "dim green"
            places.append(f"●{name}" if here else name, style)
            if place < len(LADDER) - 1:
                places.append(" ‖ " if position is Position.STEPPED_BACK else "  ", "dim")
        if self._willingness is None:
            return [places, Text(" ")]
        filled = round(self._willingness * BAR)
        bar = Text("willingness ") + Text("█" * filled, "green") + Text("░" * (BAR - filled), "dim")
        return [places, bar + Text(f" {self._willingness:.2f}")]


def level(decibels: float) -> Text:
    """Return a bar of how loud the microphone is, from -60 dB to full scale."""
    filled = round(BAR * min(1.0, max(0.0, 1 - decibels / QUIETEST_DB)))
    colour = "red" if decibels > -3 else "yellow" if decibels < -45 else "green"
    return Text("mic ") + Text("▮" * filled, colour) + Text("▯" * (BAR - filled), "dim")
