"""Imports run one way: events, errors ← ports ← the six folders (never sideways) ← loop ← cli, web."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "voicecoach"
ROOMS = ("dance", "deliver", "hear", "judge", "keep", "report")
BASE = {
    "voicecoach",
    "voicecoach.events",
    "voicecoach.errors",
    "voicecoach.ports",
    "voicecoach.places",
    "voicecoach.devices",
    "voicecoach.yamlfile",
}
OWNERS = {
    "sounddevice": {"devices.py"},
    "pyttsx3": {"deliver/engine_process.py"},
    "faster_whisper": {"hear/words.py"},
}


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_imports_only_what_lies_below_it(path: Path) -> None:
    place = path.relative_to(ROOT)
    ours = {name for name in imported(path) if name.split(".")[0] == "voicecoach"}
    if place.name == "__init__.py" and len(place.parts) == 1:
        allowed: set[str] = set()
    elif str(place) in ("events.py", "errors.py"):
        allowed = set()
    elif str(place) == "ports.py":
        allowed = {"voicecoach.events"}
    elif place.parts[0] in ROOMS or str(place) == "places.py":
        allowed = {name for name in ours if name in BASE or name.startswith(f"voicecoach.{place.parts[0]}")}
    else:
        allowed = {name for name in ours if name != "voicecoach.testing" or place.name == "testing.py"}
    assert ours <= allowed


@pytest.mark.parametrize(("library", "owners"), OWNERS.items())
def test_a_heavy_library_is_imported_where_it_is_owned_and_only_when_used(library: str, owners: set[str]) -> None:
    for path in ROOT.rglob("*.py"):
        if library in {name.split(".")[0] for name in imported(path)}:
            assert str(path.relative_to(ROOT)) in owners
            top = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.Import | ast.ImportFrom)]
            assert library not in {getattr(node, "module", None) for node in top}


def test_help_loads_no_heavy_library() -> None:
    heavy = ["faster_whisper", "ctranslate2", "onnxruntime", "numpy", "sounddevice", "soundfile", "pyttsx3", "yaml"]
    code = (
        "import sys\nfrom voicecoach.cli.main import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        f"print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert "practice" in done.stdout
