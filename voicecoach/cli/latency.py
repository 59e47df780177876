"""``voicecoach doctor --latency``: how long a rep waits for the answer on this machine, by stage."""

import contextlib
import statistics
import time
from typing import Final

from voicecoach.cli.practice import demo
from voicecoach.errors import NoDeviceError
from voicecoach.events import Position, Side

STAGES: Final = ("words", "verdict", "voice")


def measure_latency(model: str = "tiny.en") -> int:
    """Time each stage over the replies of the recorded call, and what the devices add; return the exit code."""
    from voicecoach import wiring
    from voicecoach.callfile import read_call
    from voicecoach.dance import persona as personas
    from voicecoach.hear.sources.file import FileSource

    call = read_call(demo())
    words, judge = wiring.transcriber(model), wiring.make_judge()
    voice = wiring.make_voice(personas.find(call.persona), captions=False)
    took_s: dict[str, list[float]] = {stage: [] for stage in STAGES}
    try:
        for number, reply in enumerate(call.replies):
            with contextlib.closing(FileSource(reply.audio)) as source:
                pcm = b"".join(frame.pcm for frame in source.frames())
            marks = [time.perf_counter()]
            heard = " ".join(word.text for word in words.transcribe(pcm)[0])
            marks.append(time.perf_counter())
            judge.judge(Side.AWAY, "I would think it over.", heard)
            marks.append(time.perf_counter())
            # A line that nobody has said before: nothing of it is in the cache.
            voice.render(f"Well, number {number} of {time.time_ns()}: {heard}", Position.TOGETHER)
            marks.append(time.perf_counter())
            for stage, began_s, ended_s in zip(STAGES, marks, marks[1:], strict=False):
                took_s[stage].append(ended_s - began_s)
    finally:
        wiring.close_voice(voice)
    print(f"{len(call.replies)} replies of the recorded call, {model}; milliseconds\n")
    print(f"{'stage':<12}{'median':>8}{'slowest':>9}")
    for stage in STAGES:
        warm = took_s[stage][1:]  # the first one of each wakes it up
        print(f"{stage:<12}{1000 * statistics.median(warm):>8.0f}{1000 * max(warm):>9.0f}")
    _devices()
    print("\nThey are worked out in the rep's pauses; what is done by the turn's end costs nobody any time.")
    print("What each turn of a call really took is in its record: turn_timed.")
    return 0


def _devices() -> None:
    from voicecoach.cli.live import quiet_libraries
    from voicecoach.live import LiveDesk, Seat
    from voicecoach.settings import remembered

    chosen = remembered()
    with quiet_libraries():
        try:
            with contextlib.closing(LiveDesk(Seat(input=chosen.input, output=chosen.output))) as desk:
                heard_s, said_s = desk.held_s()
        except NoDeviceError as error:
            print(f"devices     not measured: {str(error).splitlines()[0]}")
            return
    print(f"{'microphone':<12}{1000 * heard_s:>8.0f}\n{'loudspeaker':<12}{1000 * said_s:>8.0f}")
