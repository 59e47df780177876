"""Plain words that show an act of the codebook: the patterns of the keyword rule."""

import re
from typing import Final

from voicecoach.events import ACTS, Act, Side, Verdict

_PATTERNS: Final[dict[str, tuple[str, ...]]] = {
    "give_time": (
        r"take (?:all the|as much|as long|your) time(?: (?:as )?(?:you|that you) (?:need|want|like))?",
        r"(?:there(?:'s| is)|i'?m in|we'?re in) (?:absolutely )?no (?:hurry|rush|deadline)(?: at all)?",
        r"no (?:hurry|rush)(?: at all)?",
        r"as long as you (?:need|want|like)",
        r"whenever you(?:'re| are) ready",
    ),
    "affirm_choice": (
        r"(?:entirely|completely|totally|really|all) up to you",
        r"(?:it'?s|that'?s|it is|that is) (?:your|yours) (?:decision|choice|call|to (?:decide|make))",
        r"you (?:decide|know best)",
    ),
    "invite_no": (
        r"(?:a )?no(?:'s| is) (?:a )?(?:perfectly |completely |totally )?(?:fine|okay|ok|good answer)",
        r"(?:it )?(?:might|may) not be (?:the right (?:time|thing|fit)|for you|right for you)",
        r"if (?:it'?s|the answer is) (?:a )?no",
        r"you may not need (?:it|us|this)",
    ),
    "encourage_reflection": (
        r"(?:talk|think) (?:it|that|this) (?:over|through)(?: with (?:him|her|them|your \w+))?",
        r"you should (?:definitely |really )?(?:ask|talk to|speak to|check with) (?:him|her|them|your \w+)",
        r"(?:sleep on it|i would(?: do)? the same|i'd do the same)",
        r"(?:do )?(?:compare|look around|shop around)\b",
    ),
    "release": (
        r"you know where (?:i am|to find (?:me|us)|we are)",
        r"(?:you )?(?:don't owe|owe) (?:me|us) (?:nothing|anything|no call)",
        r"i won'?t (?:call|chase|bother|ring) you",
        r"(?:call|ring) me if you (?:ever )?(?:want|like|feel like)",
    ),
    "acknowledge": (
        r"that makes (?:complete |perfect |total )?sense(?: to me)?",
        r"(?:that'?s|that is|it is|it's) (?:completely |perfectly |totally )?(?:fair(?: enough)?|understandable)",
        r"thank you for (?:telling me|being (?:so )?honest)",
    ),
    "urgency": (
        r"(?:price|offer|deal|rate|discount)(?: is| was)? (?:only )?(?:good|valid)? ?"
        r"(?:ends|expires|until|goes up|runs out)"
        r"(?: (?:on|in|at|this|next))?(?: \w+)?",
        r"(?:i|we) need (?:an answer|a decision|your answer) (?:by|today|now|right now|tonight)\w*",
        r"before (?:the end of the day|midnight|it'?s too late)",
        r"(?:has|have) to be (?:today|now|tonight)",
    ),
    "scarcity": (
        r"only (?:\w+ )?(?:\w+ )?left\b",
        r"last (?:one|few|spot|slot|place)s? (?:left|available)",
        r"someone else (?:is|wants|will)[\w ]{0,20}",
    ),
    "incentive_now": (
        r"if you (?:sign|buy|decide|book|order|commit|say yes) (?:today|now|right now|tonight)[\w ,']{0,30}"
        r"(?:percent|%|off|discount|free|cheaper)",
        r"(?:today|right now) (?:i|we) can (?:give|offer) you[\w ]{0,30}",
    ),
    "fear": (
        r"can you (?:really )?afford to (?:wait|lose)",
        r"(?:your )?competitors? (?:are|is|will)[\w ]{0,20}",
        r"you(?:'ll| will) regret (?:it|this)",
        r"(?:every|each) (?:day|week|month) you wait[\w ]{0,25}",
    ),
    "guilt": (
        r"after (?:all|everything) (?:the time )?i(?:'ve| have) (?:done|spent|put)[\w ]{0,20}",
        r"i(?:'ve| have) spent (?:\w+ )?(?:hours|so much time|weeks)[\w ]{0,15}",
        r"i(?:'m| am) (?:really )?disappointed",
    ),
    "argue": (
        r"(?:but )?you (?:just |already )?(?:told me|said)(?: (?:yourself|last week|on \w+|earlier))?",
        r"most people who say that[\w ]{0,30}",
        r"that(?:'s| is) (?:not a (?:good |real )?reason|just an excuse)",
    ),
    "demand_reason": (
        r"(?:but )?what is there to think about",
        r"what(?:'s| is) (?:really )?(?:stopping|holding) you(?: back)?",
        r"why (?:not|wait|can'?t you)\b[\w ]{0,25}",
        r"what exactly do you (?:need|have) to think about",
    ),
    "belittle": (
        r"(?:can'?t|don'?t) you (?:decide|make (?:a|your own) decisions?)(?: (?:yourself|on your own|alone))?",
        r"(?:aren'?t|are) you (?:the one who|not the one who|really the one who)[\w ]{0,20}",
        r"do you (?:really )?need (?:your (?:wife|husband|partner|boss)'?s?|his|her) permission",
    ),
    "assume_sale": (
        r"i(?:'ll| will) (?:just )?(?:put|write|sign) you (?:down|up)(?: for \w+)?",
        r"(?:let'?s|i(?:'ll| will)) (?:just )?(?:get|go ahead and) "
        r"(?:it done|you started|you signed up|start|book it)(?: now)?",
    ),
    "push_close": (
        r"(?:just )?sign (?:here|it now|it today|right here|the contract)",
        r"(?:let'?s|we can) (?:just )?(?:close|do|finish) (?:this|it) (?:now|today|right now)",
        r"(?:what'?s|give me) your (?:card|credit card|card number)",
    ),
    "pin_down": (
        r"i(?:'ll| will) (?:call|ring|phone) you (?:back )?(?:tomorrow|on \w+|at \w+|next week|tonight)(?: at \w+)?",
        r"(?:when|what time) (?:exactly )?(?:can|should|shall) i (?:call|ring) you (?:back|again)",
    ),
    "answer": (
        r"^(?:well |so |oh |um |uh )*(?:yes|yeah|yep|no|nope)\b[\w ,']{3,40}",
        r"\bit (?:costs|takes|starts|comes|works|includes|runs|fits|is)\b[\w ,']{3,40}",
        r"(?:the price|that|they|the plan|setup|set up) (?:is|would be|are|takes|costs|starts)\b[\w ,']{3,30}",
    ),
    "give_reason": (r"(?:since|because|as) you (?:said|told me|mentioned)[\w ,']{3,40}",),
    "offer_next_step": (
        r"(?:would you like|do you want) (?:to|me to)\b[\w ,']{3,40}",
        r"(?:if you (?:like|want)|when it suits you),? (?:i|we|you) (?:can|could)\b[\w ,']{3,40}",
        r"(?:i|we) (?:can|could)\b[\w ,']{3,40} if you (?:like|want)",
    ),
}
COMPILED: Final = tuple((act, re.compile(pattern)) for act, patterns in _PATTERNS.items() for pattern in patterns)
NEGATES: Final = re.compile(r"(?:\bnot|n't|\bno|\bnever|\bwithout|\bwon't|\bcould tell you that)\b[^.!?]{0,12}$")
"""Words right before a push that may undo it: the start judge leaves such a push unread."""


def find_acts(side: Side, rep: str) -> list[Act]:
    """Return the acts whose plain words stand in the reply, in its order, none inside another.

    Acts of stepping in are looked for only where the prospect is in.
    """
    possible = {
        act for verdict, acts in ACTS.items() if side is Side.IN or verdict is not Verdict.STEP_IN for act in acts
    }
    text = rep.lower().replace("\u2019", "'")
    found = sorted(
        (match.start(), -match.end(), act)
        for act, pattern in COMPILED
        if act in possible
        for match in pattern.finditer(text)
    )
    acts: list[Act] = []
    for start, minus_end, act in found:
        if not acts or start >= acts[-1].end:
            acts.append(Act(act=act, start=start, end=-minus_end))
    return acts
