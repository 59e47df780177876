"""What each push does to someone who stepped back, and a step back that could have stood in its place."""

from dataclasses import dataclass
from typing import Final

from voicecoach.events import Side


@dataclass(frozen=True, slots=True)
class Advice:
    """For one act of pressure."""

    why: str
    instead: str
    """A line of our own; a test has the judge read it as a step back."""
    why_close: str = ""
    """What it does to someone who had come closer, where that is something else."""

    def why_to(self, side: Side) -> str:
        """Return what it does to a prospect on that side."""
        return self.why if side is Side.AWAY else self.why_close or self.why


ASKED: Final = "A question is not a yes yet: it wants an answer."
ADVICE: Final = {
    "urgency": Advice(
        "A deadline makes the clock theirs to fight.", "Take all the time you need, there is no deadline."
    ),
    "scarcity": Advice(
        "Others who want it make them feel herded.",
        "Take your time. Nobody else decides when you do.",
    ),
    "incentive_now": Advice(
        "A better deal for hurrying says that the first was not honest.",
        "There is no rush. The price is the same whenever you decide.",
    ),
    "fear": Advice(
        "Frightened people leave, they do not choose.", "It may not be the right time for you, and that is fine."
    ),
    "guilt": Advice(
        "They owe you nothing, and now they feel billed.", "You don't owe me anything. It is entirely up to you."
    ),
    "argue": Advice(
        "Winning the argument loses the person.", "That makes complete sense. I would want to think about it as well."
    ),
    "demand_reason": Advice(
        "Asked for their reasons, they have to defend them; nobody needs one to think it over.",
        "That is completely fair. Take all the time you need.",
        ASKED,
    ),
    "belittle": Advice("Who they ask is theirs to choose.", "You should talk it over together. There is no rush."),
    "assume_sale": Advice(
        "Going on as if it were settled takes the choice away.", "It is your decision, and a no is fine too."
    ),
    "push_close": Advice(
        "Asked again for a yes, they defend the no.", "Sleep on it. You know where to find me.", ASKED
    ),
    "pin_down": Advice(
        "Your diary is not their deadline.", "Call me if you want to, whenever it suits you. I won't chase you."
    ),
    "repeat_pitch": Advice(
        "They heard it the first time; what they asked for is room.",
        "That makes sense. Think it over for as long as you like.",
        ASKED,
    ),
}
