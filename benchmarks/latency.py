"""From the rep's last sample to the prospect's first, paced in real time: ours beside the naive way and Pipecat.

The replies: the twelve of ../shared/latency where that folder is (or those of LATENCY_REPLIES, a folder like it), and
replies in four other voices with thinking pauses of 0.3 to 2.5 s, which are spoken anew. Pipecat is measured where
PIPECAT_PYTHON names the Python of an environment that has it and PIPECAT_BENCH the script that measures it (it needs
PIPER_VOICE). LATENCY_SHOW=1 shows each reply.

A frame of 20 ms is heard when its last sample would have been; the delay ends with the first sample over -40 dB of the
answer's clip, as it is handed to the loudspeaker. The loudspeaker's own delay is the same for all and not in it.
"""

import itertools
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import jiwer
import numpy as np
import soundfile

from benchmarks.spoken import Reply, as_pcm, plain, replies_with_pauses
from training.pauses import FOR_MEASURING
from voicecoach import wiring
from voicecoach.ahead import Ahead
from voicecoach.dance import persona as personas
from voicecoach.dance.prospect import Prospect
from voicecoach.deliver.voice import EngineProcess, Pyttsx3Voice
from voicecoach.errors import MissingError
from voicecoach.events import FRAME_S, AudioFrame, Clip, Played, TurnEnded
from voicecoach.hear.live_ear import LiveEar
from voicecoach.hear.speech import SpeechDetector
from voicecoach.hear.turns import TurnDetector
from voicecoach.hear.weights import find
from voicecoach.keep.record import NoRecord
from voicecoach.loop import Call, Parts
from voicecoach.ports import Judge, Transcriber
from voicecoach.testing import ScriptedSource

GIVEN = Path(os.environ.get("LATENCY_REPLIES", Path(__file__).parents[2] / "shared" / "latency"))
OTHERS = 32
SILENCE_S = 0.8
"""What ends a turn for the naive."""
ANSWER = "I hear you. But to be honest, the price still feels high to us. What would you do in my place?"
LOUD = 327


@dataclass
class Row:
    """What became of one reply."""

    says: str
    pauses: int
    """Of half a second or more."""
    answers_s: list[float] = field(default_factory=list)
    """When an answer's first sound came, against the reply's last sample: below 0 is a cut-off."""
    texts: list[str] = field(default_factory=list)
    cpu_s: float = 0.0
    ended_s: list[float] = field(default_factory=list)
    """When the turn was taken for over, on the same clock."""

    @property
    def delay_s(self) -> float | None:
        """From the last sample of the reply to the first of the answer."""
        return next((at_s for at_s in self.answers_s if at_s >= 0), None)

    @property
    def cut_off(self) -> bool:
        """Whether an answer came before the end."""
        return any(at_s < 0 for at_s in self.answers_s)


class Paced:
    """A microphone that hears one reply: a frame comes when its last sample is spoken."""

    label = "paced"

    def __init__(self, reply: Reply) -> None:
        self._frames = iter(list(ScriptedSource(as_pcm(reply.sound)).frames()))
        self._sent = 0
        self._began_s: float | None = None
        self.over = False

    @property
    def at_s(self) -> float:
        """Seconds since the first sample."""
        return time.perf_counter() - (self._began_s or time.perf_counter())

    def frames(self) -> Iterator[AudioFrame]:
        """Go on where reading stopped; what was missed meanwhile is there at once."""
        if self._began_s is None:
            self._began_s = time.perf_counter()
        for frame in self._frames:
            self._sent += 1
            time.sleep(max(0.0, self._sent * FRAME_S - self.at_s))
            yield frame
        self.over = True

    def close(self) -> None:
        """Nothing to let go."""


def given_replies() -> list[Reply]:
    """Read a folder of replies."""
    if not (GIVEN / "replies.json").is_file():
        return []
    found = []
    for one in json.loads((GIVEN / "replies.json").read_text()):
        sound, rate = soundfile.read(GIVEN / one["audio"], dtype="float32")
        assert rate == 16_000
        pauses = tuple((start, length) for start, length in one["pauses"])
        found.append(Reply(one["says"], "given", sound, one["speech_start_s"], one["speech_end_s"], pauses))
    return found


def lead_s(clip: Clip) -> float:
    """Return how long a clip is silent before its first sound."""
    loud = np.flatnonzero(np.abs(np.frombuffer(clip.pcm, "<i2").astype(int)) > LOUD)
    return float(loud[0]) / clip.sample_rate_hz if len(loud) else 0.0


class Stopwatch:
    """A loudspeaker that notes when it is given a clip, and plays it in no time."""

    def __init__(self, source: Paced, reply: Reply, row: Row) -> None:
        self._source, self._reply, self._row = source, reply, row
        self.opened = False

    def play(self, clip: Clip) -> Played:
        """Note it; the opening line is no answer."""
        if self.opened:
            self._row.answers_s.append(self._source.at_s + lead_s(clip) - self._reply.end_s)
        self.opened = True
        return Played(heard_s=clip.duration_s)


def ours(reply: Reply, words: Transcriber, judge: Judge, ear_of: Callable[..., LiveEar] = LiveEar) -> Row:
    """Play one reply through ear, judge, dance and voice."""
    row = Row(reply.says, sum(length >= 0.5 for _, length in reply.pauses))
    source = Paced(reply)
    ear = ear_of(itertools.takewhile(lambda one: not one.over, itertools.repeat(source)), words)
    prospect = Prospect(personas.find("thoughtful-owner"), 1)
    with tempfile.TemporaryDirectory() as folder:
        voice = Pyttsx3Voice(wiring.voice_settings(prospect.persona), cache=Path(folder))
        ahead = Ahead(prospect, judge, voice)
        ear.on_guess = ahead.prepare
        speaker = Stopwatch(source, reply, row)

        def tell(event: object) -> None:
            if type(event).__name__ == "RepSpoke":
                row.ended_s.append(source.at_s - reply.end_s)
                row.texts.append(getattr(event, "text", ""))

        parts = Parts(
            ear=ear, judge=ahead.judge, voice=ahead.voice, speaker=speaker, recorder=NoRecord(), model=words.label
        )
        began = time.process_time()
        Call(prospect, 1, parts, tell).play()
        row.cpu_s = time.process_time() - began
        ear.close()
        ahead.close()
        voice.close()
    return row


def naive(reply: Reply, model: object, engine: EngineProcess) -> Row:
    """Silence ends the turn, then the words are recognized, then an answer is voiced."""
    row = Row(reply.says, sum(length >= 0.5 for _, length in reply.pauses))
    source = Paced(reply)
    detector = TurnDetector(SpeechDetector().feed, SILENCE_S)
    began = time.process_time()

    def answer(turn: TurnEnded) -> None:
        row.ended_s.append(source.at_s - reply.end_s)
        sound = np.frombuffer(turn.pcm, "<i2").astype(np.float32) / 32768
        row.texts.append("".join(segment.text for segment in model.transcribe(sound)[0]))  # type: ignore[attr-defined]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "answer.wav"
            engine.render(ANSWER, wiring.voice_settings(personas.find("thoughtful-owner")), path)
            while not path.exists() or path.stat().st_size < 10_000:  # pyttsx3 returns before the file is there
                time.sleep(0.002)
            pcm, rate = soundfile.read(path, dtype="int16")
        clip = Clip(pcm=pcm.astype("<i2").tobytes(), sample_rate_hz=rate)
        row.answers_s.append(source.at_s + lead_s(clip) - reply.end_s)

    for frame in source.frames():
        for event in detector.feed(frame):
            if isinstance(event, TurnEnded):
                answer(event)
    row.cpu_s = time.process_time() - began
    return row


def pipecat(folder: Path) -> str:
    """Run Pipecat where it is and return its row."""
    python, script = os.environ.get("PIPECAT_PYTHON"), os.environ.get("PIPECAT_BENCH")
    if not python or not script:
        return "left out: PIPECAT_PYTHON and PIPECAT_BENCH name no environment with it"
    command = [python, script, "--replies", str(folder), "--runs", "1", "--model", str(find("tiny.en").folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    both = json.loads(done.stdout)["both_runs"]
    delay = both["latency_ms"]
    return (
        f"{delay['median'] / 1000:7.2f}{delay['p90'] / 1000:8.2f}   cut off {both['cut_off']:2} of {both['replies']}"
        f"   word errors {both['word_errors']}"
    )


def line(rows: Sequence[Row]) -> str:
    """Return median, 90th percentile, cut-offs, word errors and processor time."""
    delays = [row.delay_s for row in rows if row.delay_s is not None]
    missing = len(rows) - len(delays)
    errors = jiwer.wer([plain(row.says) for row in rows], [plain(" ".join(row.texts)) for row in rows])
    return (
        f"{np.median(delays):7.2f}{np.percentile(delays, 90):8.2f}   cut off {sum(row.cut_off for row in rows):2} of "
        f"{len(rows)}   word errors {100 * errors:4.1f} %   CPU {np.mean([row.cpu_s for row in rows]):.1f} s a reply"
        + (f"   {missing} unanswered" if missing else "")
    )


def write_folder(replies: Sequence[Reply], folder: Path) -> None:
    """Write replies as another program's benchmark reads them."""
    listed = []
    for number, reply in enumerate(replies):
        soundfile.write(folder / f"{number}.flac", reply.sound, 16_000)
        listed.append(
            {
                "id": str(number),
                "audio": f"{number}.flac",
                "says": reply.says,
                "speech_start_s": reply.start_s,
                "speech_end_s": reply.end_s,
                "pauses": reply.pauses,
            }
        )
    (folder / "replies.json").write_text(json.dumps(listed))


def measure(name: str, replies: Sequence[Reply], show: bool) -> None:
    """Print a table for one set of replies."""
    paused = sum(any(length >= 0.5 for _, length in reply.pauses) for reply in replies)
    print(f"\n{name}: {len(replies)} replies, {paused} with a pause of half a second or more")
    print(f"{'':<34}{'median':>7}{'90 %':>8}")
    judge = wiring.make_judge()
    for model in ("tiny.en", "base"):
        try:
            words = wiring.transcriber(model)
        except MissingError as error:
            print(f"{model:<34} left out: {str(error).splitlines()[0]}")
            continue
        ours(replies[0], words, judge)  # warms up what is loaded lazily
        rows = [ours(reply, words, judge) for reply in replies]
        print(f"{'voicecoach, ' + model:<34}{line(rows)}", flush=True)
        for reply, row in zip(replies, rows, strict=True) if show else ():
            print(
                f"    {row.delay_s if row.delay_s is not None else float('nan'):6.2f}"
                f" {[round(at, 2) for at in row.ended_s]} {'CUT' if row.cut_off else '   '}"
                f" {row.texts} pauses {[(round(a, 1), round(b, 1)) for a, b in reply.pauses]}"
            )
    usual = _usual("base")
    engine = EngineProcess()
    naive(replies[0], usual, engine)
    print(
        f"{'0.8 s, defaults base, pyttsx3':<34}{line([naive(reply, usual, engine) for reply in replies])}", flush=True
    )
    engine.close()
    with tempfile.TemporaryDirectory() as folder:
        write_folder(replies, Path(folder))
        print(f"{'Pipecat':<34}{pipecat(Path(folder))}", flush=True)


def _usual(name: str) -> object:
    from faster_whisper import WhisperModel

    return WhisperModel(str(find(name).folder), device="cpu", compute_type="int8", cpu_threads=2)


def main() -> None:
    """Measure both sets; ``LATENCY_SHOW=1`` shows each reply."""
    show = bool(os.environ.get("LATENCY_SHOW"))
    print(f"load of this machine over the last minute, before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    given = given_replies()
    if given:
        measure(GIVEN.name, given, show)
    measure("other voices", list(replies_with_pauses(OTHERS, "latency-1", "held_out", FOR_MEASURING)), show)
    print(f"\nload after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
