"""``call.yaml``: a recorded call and what it should do."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voicecoach.errors import CallFileError
from voicecoach.events import Outcome, Verdict
from voicecoach.places import is_file
from voicecoach.yamlfile import YamlFaultsError, parse

NAME = "call.yaml"
MAX_BYTES = 256 * 1024
REPLY_KEYS = {"audio", "says", "verdict"}
CALL_KEYS = {"persona", "seed", "replies", "outcome", "about"}


@dataclass(frozen=True, slots=True)
class ExpectedReply:
    """One recorded reply."""

    audio: Path
    says: str | None
    """What a perfect ear would hear; empty: nothing; None: not said."""
    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class CallFile:
    """A recorded call, checked."""

    path: Path
    persona: str
    seed: int
    replies: tuple[ExpectedReply, ...]
    outcome: Outcome | None


def read_call(path: Path) -> CallFile:
    """Read and check a ``call.yaml``; raise `CallFileError` that names file and fault."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise CallFileError(f"{path} has more than {MAX_BYTES // 1024} KB: that is no call.yaml.")
        _, data = parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CallFileError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CallFileError(f"{path} is no text in UTF-8: save it as UTF-8 in your editor.") from error
    except YamlFaultsError as error:
        raise CallFileError("\n".join(f"{path}:{fault.line}: {fault.text}" for fault in error.faults)) from error
    if not isinstance(data, dict):
        raise CallFileError(f"{path} should hold persona, seed, replies and outcome; see docs/flow.md.")
    strange = set(map(str, data)) - CALL_KEYS
    if strange:
        raise CallFileError(
            f"{path}: {', '.join(sorted(strange))} is not known; known are {', '.join(sorted(CALL_KEYS))}."
        )
    replies = data.get("replies")
    if not isinstance(replies, list) or not replies:
        raise CallFileError(f"{path}: `replies` should be a list of at least one reply, each with `audio: FILE`.")
    seed = data.get("seed", 1)
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise CallFileError(f"{path}: seed is {seed!r}; it should be a whole number.")
    return CallFile(
        path=path,
        persona=_persona(path, data.get("persona", "thoughtful-owner")),
        seed=seed,
        replies=tuple(_reply(path, number, reply) for number, reply in enumerate(replies, 1)),
        outcome=_one_of(path, "outcome", Outcome, data.get("outcome")),
    )


def _persona(path: Path, name: Any) -> str:
    """Return the persona's name; a file beside the call is named by its path from there."""
    if not isinstance(name, str):
        raise CallFileError(f"{path}: persona is {name!r}; it should be a name.")
    return str(_inside(path, "persona", name)) if name.endswith((".yaml", ".yml")) else name


def _reply(path: Path, number: int, reply: Any) -> ExpectedReply:
    if not isinstance(reply, dict) or not isinstance(reply.get("audio"), str):
        raise CallFileError(f"{path}: reply {number} has no `audio: FILE`.")
    strange = set(map(str, reply)) - REPLY_KEYS
    if strange:
        known = ", ".join(sorted(REPLY_KEYS))
        raise CallFileError(f"{path}: reply {number}: {', '.join(sorted(strange))} is not known; known are {known}.")
    audio = _inside(path, f"reply {number}", reply["audio"])
    if not is_file(audio):
        raise CallFileError(f"{path}: reply {number} names {reply['audio'][:200]}, which is not there.")
    says = reply.get("says")
    if not isinstance(says, str | None):
        raise CallFileError(f"{path}: reply {number}: says is {says!r}; put the words in quotes.")
    verdict = _one_of(path, f"reply {number}: verdict", Verdict, reply.get("verdict"))
    return ExpectedReply(audio, says, verdict)


def _inside(path: Path, what: str, name: str) -> Path:
    """Return a file in the call's folder; a call that is passed on must not reach for others."""
    home = path.parent.resolve()
    try:
        found = (home / name).resolve()
    except (OSError, ValueError) as error:
        raise CallFileError(f"{path}: {what} names {name[:200]!r}, which is no file's name.") from error
    if not found.is_relative_to(home):
        raise CallFileError(f"{path}: {what} names {name}, which is outside the call's folder. Put the file beside it.")
    return found


def _one_of(path: Path, what: str, kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if value not in [str(known) for known in kind]:
        raise CallFileError(f"{path}: {what} is {value!r}; it can be {', '.join(str(known) for known in kind)}.")
    return kind(value)


def differences(call: CallFile, events: list[dict[str, Any]]) -> list[str]:
    """Return what the call expected and did not get, one sentence each; `events` are as in the record."""
    found = []
    ended = events[-1] if events and events[-1]["type"] == "call_ended" else None
    for number, reply in enumerate(call.replies, 1):
        mine = [event for event in events if event.get("turn") == number]
        heard = next((event["text"] for event in mine if event["type"] == "rep_spoke"), None)
        judged = next((event["verdict"] for event in mine if event["type"] == "judged"), None)
        if not mine:
            found.append(f"turn {number} ({reply.audio.name}) was never reached: the call had ended")
            continue
        got = judged or "nothing heard"
        if reply.says == "" and heard is not None:
            found.append(f"turn {number} ({reply.audio.name}): expected nothing, heard {heard!r}")
        if reply.verdict and got != reply.verdict and not (reply.verdict is Verdict.UNCLEAR and judged is None):
            found.append(_told(number, reply, heard, got, mine))
    outcome = ended["outcome"] if ended else "none"
    if call.outcome and outcome != call.outcome:
        found.append(f"outcome: expected {call.outcome}, got {outcome}")
    return found


def _told(number: int, reply: ExpectedReply, heard: str | None, got: str, mine: list[dict[str, Any]]) -> str:
    change = next((event for event in mine if event["type"] == "willingness_changed"), None)
    moved = f"{change['before']} → {change['after']} ({change['rule']})" if change else "unchanged"
    says = f"\n    says:        {reply.says}" if reply.says else ""
    return (
        f"turn {number} ({reply.audio.name}): expected {reply.verdict}, got {got}{says}"
        f"\n    heard:       {heard if heard is not None else '(nothing)'}\n    willingness: {moved}"
    )
