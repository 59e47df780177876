"""A call over a real socket: the protocol, the pace, the interruption, the drop, and what must not get through."""

import asyncio
import contextlib
import dataclasses
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import websockets
from serving import SPEECH, ToneVoice, quick, solo, wait_for

from voicecoach.dance import persona as personas
from voicecoach.events import Clip, Position, ProspectSpoke, ReplyWentOn
from voicecoach.keep.privacy import Privacy, write_privacy
from voicecoach.keep.record import read_record
from voicecoach.testing import FixedTranscriber, SpellingJudge
from voicecoach.web.calls import Running, _tell
from voicecoach.web.client import Rep, sound_of
from voicecoach.web.line import Line
from voicecoach.web.shared import Shared

FRAME = bytes(640)
START = {"type": "start", "sample_rate": 16000}


def url(host: str, more: str = "persona=thoughtful-owner&seed=7") -> str:
    return f"ws://{host}/ws/call?{more}"


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with solo(tmp_path_factory.mktemp("solo")) as host:
        yield host


@pytest.fixture(scope="module")
def reply() -> bytes:
    return sound_of(SPEECH / "austen_0880.wav")


async def until(socket: Any, kind: str, within_s: float = 15.0) -> dict[str, Any]:
    """Return the next JSON message of a type."""
    async with asyncio.timeout(within_s):
        async for message in socket:
            if isinstance(message, str) and json.loads(message)["type"] == kind:
                return json.loads(message)
    raise AssertionError(f"the socket closed ({socket.close_code}, {socket.close_reason}) before {kind}")


async def floor(socket: Any, who: str) -> None:
    """Wait until somebody has the floor."""
    while (await until(socket, "floor"))["who"] != who:
        pass


async def opened(host: str, start: dict[str, Any] | None = None, **more: Any) -> Any:
    socket = await websockets.connect(url(host), **more)
    await socket.send(json.dumps(start or START))
    return socket


def test_a_whole_call(tmp_path: Path, reply: bytes) -> None:
    write_privacy(tmp_path, Privacy(keep_sound=True))
    with solo(tmp_path) as host:
        seen = asyncio.run(Rep([reply] * 2, waits_s=0.1).call(url(host)))
        record = read_record(next((tmp_path / "calls").iterdir()))

    assert not seen.error
    told = [m for m in seen.messages if m["type"] in {e["type"] for e in record.events}]
    assert [m["type"] for m in told] == [e["type"] for e in record.events]
    assert record.whole
    assert seen.of("call_ended")[0]["outcome"] == "left_open"
    assert [m["role"] for m in seen.of("transcript")] == ["agent", "user", "agent", "user", "agent"]
    assert len(seen.delays_s) == 2
    assert {path.name for path in record.folder.glob("*.flac")} == {
        *(f"{turn:02}-prospect.flac" for turn in range(3)),
        *(f"{turn:02}-rep.flac" for turn in (1, 2)),
    }


def test_the_answer_is_voiced_before_the_reply_is_taken(tmp_path: Path, reply: bytes) -> None:
    """As at the desk: in the rep's pause the answer is chosen and voiced, so that only playing remains."""
    voiced: dict[str, float] = {}

    class Slow(ToneVoice):
        def render(self, text: str, position: Position) -> Clip | None:
            if text not in voiced:  # an engine keeps its clips
                time.sleep(0.3)
                voiced[text] = time.monotonic()
            return super().render(text, position)

    voice = Slow(0.3)
    # "guilt" chooses a line of its own, which no verdict alone foretells.
    parts = Shared([FixedTranscriber("pressure guilt")], SpellingJudge(), lambda _: voice)
    with solo(tmp_path, parts) as host:
        seen = asyncio.run(Rep([reply] * 2, waits_s=0.1).call(url(host)))
    taken = [told["received"] for told in seen.of("rep_spoke")]
    answers = [told["text"] for told in seen.of("prospect_spoke")][1:]
    assert len(answers) == len(taken) == 2
    assert all(voiced[text] < at for text, at in zip(answers, taken, strict=True))


def test_the_voice_comes_no_faster_than_it_is_spoken(tmp_path: Path) -> None:
    async def listen(host: str) -> list[tuple[float, int]]:
        socket = await opened(host)
        await until(socket, "floor")
        came = []
        async for message in socket:
            if isinstance(message, str):
                break
            came.append((time.monotonic(), len(message)))
        await socket.close()
        return came

    with solo(tmp_path, quick(line_s=1.5)) as host:
        came = asyncio.run(listen(host))
    ahead, sent = [], 0.0
    for at, size in came:
        sent += size / 32_000
        ahead.append(sent - (at - came[0][0]))
    assert sent == pytest.approx(1.5)
    # The lead is 200 ms; a busy machine delays what the client sees, and the server never makes up for more than that.
    assert max(ahead) < 0.5


def test_another_rate_goes_both_ways(tmp_path: Path, reply: bytes) -> None:
    import numpy as np
    import soxr

    faster = soxr.resample(np.frombuffer(reply, "<i2"), 16_000, 48_000).astype("<i2").tobytes()

    async def call(host: str) -> tuple[int, dict[str, Any]]:
        socket = await opened(host, {"type": "start", "sample_rate": 48000})
        await until(socket, "floor")
        size = 0
        while isinstance(message := await socket.recv(), bytes):
            size += len(message)
        for at in range(0, len(faster), 9600):
            await socket.send(faster[at : at + 9600])
        await socket.send(json.dumps({"type": "end_turn"}))
        spoke = await until(socket, "rep_spoke")
        await socket.close()
        return size, spoke

    with solo(tmp_path) as host:
        size, spoke = asyncio.run(call(host))
    assert size == pytest.approx(0.3 * 48_000 * 2, rel=0.02)
    assert spoke["end_s"] - spoke["start_s"] == pytest.approx(len(reply) / 32_000, abs=0.6)


async def talk_over(host: str, sound: bytes, seconds: float) -> tuple[float | None, float]:
    """Talk over the first line; return when it was cleared after the voice began, and sound that came after that."""
    socket = await opened(host)
    await until(socket, "floor")
    began = time.monotonic()
    cleared, late = None, 0.0

    async def speak() -> None:
        due = time.monotonic()
        for at in range(0, round(seconds * 32_000), 640):
            await socket.send(sound[at : at + 640].ljust(640, b"\0"))
            due += 0.02
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    speaking = asyncio.create_task(speak())
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            async for message in socket:
                if isinstance(message, bytes):
                    late += len(message) / 32_000 if cleared is not None else 0.0
                elif json.loads(message)["type"] == "clear":
                    cleared = time.monotonic() - began
    speaking.cancel()
    await socket.close()
    return cleared, late


def test_a_voice_stops_the_prospect_and_a_cough_does_not(tmp_path: Path, reply: bytes) -> None:
    import soundfile

    cough, _ = soundfile.read(SPEECH.parent / "calls" / "cough_and_keyboard" / "01.flac", dtype="int16")
    with solo(tmp_path, quick(line_s=6.0)) as host:
        cleared, late = asyncio.run(talk_over(host, reply, 2.0))
        never, _ = asyncio.run(talk_over(host, cough.astype("<i2").tobytes(), 2.5))
    assert cleared is not None
    assert late == 0.0
    assert never is None


async def goes_on(host: str, sound: bytes) -> list[dict[str, Any]]:
    """Say half a reply, and the rest as the answer begins; return what was told until all of it has moved them."""
    socket = await opened(host)
    await floor(socket, "rep")
    queue, told = [sound[: len(sound) // 2]], list[dict[str, Any]]()

    async def speak() -> None:
        due = time.monotonic()
        while True:
            said = queue.pop(0) if queue else bytes(640)
            for at in range(0, len(said), 640):
                await socket.send(said[at : at + 640].ljust(640, b"\0"))
                due += 0.02
                await asyncio.sleep(max(0.0, due - time.monotonic()))

    speaking = asyncio.create_task(speak())
    async with asyncio.timeout(30):
        async for message in socket:
            if isinstance(message, bytes):
                continue
            told.append(json.loads(message))
            kinds = [one["type"] for one in told]
            if told[-1] == {"type": "floor", "who": "prospect"} and "reply_went_on" not in kinds:
                queue.append(sound[len(sound) // 2 :])
            if kinds.count("willingness_changed") == 2:
                break
    speaking.cancel()
    await socket.close()
    return told


def test_a_reply_that_goes_on_as_the_answer_begins_is_one_reply(tmp_path: Path, reply: bytes) -> None:
    with solo(tmp_path, quick(line_s=4.0)) as host:
        told = asyncio.run(goes_on(host, reply))
        wait_for(lambda: read_record(next((tmp_path / "calls").iterdir())).whole)
        kept = read_record(next((tmp_path / "calls").iterdir())).events

    went_on = next(one for one in told if one["type"] == "reply_went_on")
    half, whole = (one for one in told if one["type"] == "rep_spoke")
    assert half["end_s"] - half["start_s"] < len(reply) / 32_000 * 0.6
    assert whole["end_s"] - whole["start_s"] > len(reply) / 32_000 * 0.9
    assert half["turn"] == whole["turn"] == went_on["turn"] == 1
    assert [one["type"] for one in kept].count("judged") == 1
    first, second = (one for one in told if one["type"] == "willingness_changed")
    assert first["before"] == second["before"] == went_on["willingness"]


def test_where_the_prospect_stands_is_hidden_from_the_rep_alone() -> None:
    spoke = ProspectSpoke(
        at_s=0.0, turn=1, text="Hm.", position=Position.TOGETHER, cue="opens", duration_s=1.0, captioned=True, audio=""
    )
    went_on = ReplyWentOn(at_s=1.0, turn=1, heard_s=0.1, heard="Hm.", willingness=0.5, position=Position.STEPPED_BACK)

    async def told() -> tuple[str, list[Any]]:
        line = Line(asyncio.get_running_loop())
        call = Running("one", "rep", personas.find("thoughtful-owner"), 1, line, hides=True)
        _tell(call, dataclasses.replace(spoke, turn=0))
        _tell(call, spoke)
        position = call.position
        _tell(call, went_on)
        queue = line.attach(16_000, 0)
        return position, [queue.get_nowait() for _ in range(queue.qsize())]

    position, messages = asyncio.run(told())
    assert position == "together"
    assert [one["position"] for one in messages if one["type"] == "prospect_spoke"] == ["", ""]
    assert [(one["position"], one["willingness"]) for one in messages if one["type"] == "reply_went_on"] == [("", "")]


@pytest.mark.parametrize("name", ["austen_0870.wav", "austen_0880.wav", "austen_0890.wav", "jfk.flac"])
def test_200_ms_of_a_voice_are_enough(name: str) -> None:
    """Counted in sound, so that a busy machine changes nothing; benchmarks/served_calls.py has the clock."""
    import numpy as np

    from voicecoach.web.speaker import TalkOver

    sound = sound_of(SPEECH / name)
    loud = np.abs(np.frombuffer(sound, "<i2").astype(float))
    energy = np.sqrt(np.convolve(loud**2, np.ones(320) / 320, "same"))
    begins = int(np.argmax(energy > 0.3 * energy.max()))
    talk_over = TalkOver()
    needed = next(at for at in range(0, len(sound), 640) if talk_over.feed([sound[at : at + 640].ljust(640, b"\0")]))
    assert needed / 32_000 + 0.02 - begins / 16_000 <= 0.22  # a frame more: where a voice begins is known to 20 ms


def test_a_dropped_connection_comes_back_to_the_same_call(host: str, reply: bytes) -> None:
    async def drop() -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        socket = await opened(host)
        first = await until(socket, "call")
        await until(socket, "prospect_spoke")
        socket.transport.abort()
        socket = await opened(host, {**START, "resume": first["resume"], "seen": 1})
        again = await until(socket, "call_started")
        await floor(socket, "rep")
        for at in range(0, len(reply), 640):
            await socket.send(reply[at : at + 640])
        await socket.send(json.dumps({"type": "end_turn"}))
        spoke = await until(socket, "rep_spoke")
        await socket.close()
        return first, again, spoke

    first, again, spoke = asyncio.run(drop())
    assert first["call"]
    assert again["persona"] == "thoughtful-owner"
    assert spoke["turn"] == 1


@pytest.mark.parametrize("held", [True, False])
def test_who_holds_the_button_may_think_as_long_as_they_like(host: str, reply: bytes, held: bool) -> None:
    twice = reply + bytes(32_000 * 4) + reply

    async def call() -> dict[str, Any]:
        socket = await opened(host)
        await floor(socket, "rep")
        if held:
            await socket.send(json.dumps({"type": "begin_turn"}))
        for at in range(0, len(twice), 640):
            await socket.send(twice[at : at + 640])
            await asyncio.sleep(0.005)
        await socket.send(json.dumps({"type": "end_turn"}))
        spoke = await until(socket, "rep_spoke")
        await socket.close()
        return spoke

    spoke = asyncio.run(call())
    length_s = len(twice if held else reply) / 32_000
    assert spoke["end_s"] - spoke["start_s"] == pytest.approx(length_s, abs=0.6)


def test_a_typed_reply_is_a_reply(host: str) -> None:
    async def call() -> list[dict[str, Any]]:
        socket = await opened(host)
        await until(socket, "floor")
        await socket.send(json.dumps({"type": "say", "text": "pressure urgency  <b>now</b>"}))
        told = [await until(socket, kind) for kind in ("rep_spoke", "judged", "willingness_changed")]
        await socket.send(json.dumps({"type": "hang_up"}))
        return [*told, await until(socket, "call_ended")]

    spoke, judged, changed, ended = asyncio.run(call())
    assert spoke["text"] == "pressure urgency <b>now</b>"
    assert judged["verdict"] == "pressure"
    assert changed["because"] == "urgency"
    assert ended["outcome"] == "lost"


def test_the_last_line_is_said_again_and_nothing_moves(host: str) -> None:
    async def call() -> tuple[int, list[str]]:
        socket = await opened(host)
        await floor(socket, "rep")
        await socket.send(json.dumps({"type": "again"}))
        await socket.send(FRAME * 5)
        assert (await until(socket, "floor"))["who"] == "prospect"
        size, kinds = 0, []
        while isinstance(message := await socket.recv(), bytes):
            size += len(message)
        kinds.append(json.loads(message)["type"])
        await socket.close()
        return size, kinds

    size, kinds = asyncio.run(call())
    assert size == pytest.approx(0.3 * 32_000)
    assert kinds == ["floor"]


def test_nothing_is_left_when_the_tab_closes(tmp_path: Path) -> None:
    async def call(host: str) -> None:
        socket = await opened(host)
        await until(socket, "prospect_spoke")
        await socket.close()

    with solo(tmp_path) as host:
        asyncio.run(call(host))
        folder = next((tmp_path / "calls").iterdir())
        wait_for(lambda: read_record(folder).whole)
        assert read_record(folder).events[-1]["ended_by"] == "rep"


def test_past_the_limit_a_call_waits_and_starts_when_a_place_is_free(tmp_path: Path) -> None:
    async def two(host: str) -> tuple[dict[str, Any], dict[str, Any]]:
        one = await opened(host)
        await until(one, "prospect_spoke")
        other = await opened(host)
        told = await until(other, "wait")
        await one.send(json.dumps({"type": "hang_up"}))
        spoke = await until(other, "prospect_spoke")
        await other.close()
        return told, spoke

    with solo(tmp_path, calls=1) as host:
        told, spoke = asyncio.run(two(host))
    assert told["place"] == 1
    assert spoke["turn"] == 0


BAD_STARTS = {
    "no JSON": "{",
    "no object": "[1]",
    "nested without end": "[" * 4000,
    "another type": json.dumps({"type": "hello"}),
    "no rate": json.dumps({"type": "start"}),
    "a rate of words": json.dumps({"type": "start", "sample_rate": "16000"}),
    "an impossible rate": json.dumps({"type": "start", "sample_rate": 1}),
    "a call that is over": json.dumps({**START, "resume": "guessed"}),
    "binary first": FRAME,
}


@pytest.mark.parametrize("message", BAD_STARTS.values(), ids=BAD_STARTS.keys())
def test_a_bad_start_is_refused(host: str, message: str | bytes) -> None:
    async def call() -> int:
        async with websockets.connect(url(host)) as socket:
            await socket.send(message)
            await socket.wait_closed()
            return socket.close_code

    assert asyncio.run(call()) == 1008


BAD_MESSAGES = {
    "half a sample": b"\0" * 641,
    "an oversized message": b"\0" * 70_000,
    "unknown": json.dumps({"type": "dance"}),
    "no type": json.dumps({}),
    "an empty reply": json.dumps({"type": "say", "text": " "}),
    "an endless reply": json.dumps({"type": "say", "text": "x" * 3000}),
    "no JSON": "\0",
}


@pytest.mark.parametrize("message", BAD_MESSAGES.values(), ids=BAD_MESSAGES.keys())
def test_a_malformed_message_ends_the_connection_and_says_why(host: str, message: str | bytes) -> None:
    async def call() -> tuple[int, str]:
        socket = await opened(host)
        await until(socket, "call")
        await socket.send(message)
        await socket.wait_closed()
        return socket.close_code, socket.close_reason

    code, why = asyncio.run(call())
    assert code == 1008
    assert why


def test_sound_faster_than_any_mouth_is_refused(host: str) -> None:
    async def call() -> tuple[int, str]:
        socket = await opened(host)
        with contextlib.suppress(websockets.ConnectionClosed):
            for _ in range(40):
                await socket.send(bytes(32_000))
        await socket.wait_closed()
        return socket.close_code, socket.close_reason

    assert asyncio.run(call()) == (1008, "sound comes faster than anybody speaks")


@pytest.mark.parametrize("name", ["../../etc/passwd", "x.yaml", "/etc/x.yaml", "", "nobody"])
def test_a_persona_is_one_of_those_that_are_here(host: str, name: str) -> None:
    async def call() -> int:
        async with websockets.connect(f"ws://{host}/ws/call?persona={name}") as socket:
            await socket.send(json.dumps(START))
            await socket.wait_closed()
            return socket.close_code

    assert asyncio.run(call()) == 1008


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_a_page_from_elsewhere_cannot_open_the_socket(host: str, headers: dict[str, str]) -> None:
    async def call() -> None:
        await websockets.connect(url(host), additional_headers=headers)

    with pytest.raises(websockets.InvalidStatus) as refused:
        asyncio.run(call())
    assert refused.value.response.status_code == 403


def test_a_name_that_is_not_this_servers_is_refused(host: str) -> None:
    import httpx

    assert httpx.get(f"http://{host}/", headers={"Host": "evil.example"}).status_code == 403
    assert httpx.get(f"http://{host}/").status_code == 200
