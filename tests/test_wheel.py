"""The built wheel carries all it needs: it is installed in an empty place and plays a call there."""

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
MAX_MB = 45 + 5


def test_the_wheel_plays_a_call_in_an_empty_place(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path / "dist"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    assert wheel.stat().st_size < MAX_MB * 1_000_000
    place = tmp_path / "place"
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(place)
    # The dependencies of this environment, and our package from the wheel alone: the checkout is out of sight.
    code = (
        "import sys, site\n"
        f"sys.path.insert(0, {str(place)!r}); sys.path.append({sysconfig.get_paths()['purelib']!r})\n"
        "import voicecoach; assert voicecoach.__file__.startswith(sys.path[0]), voicecoach.__file__\n"
        "from voicecoach.cli.main import main\n"
        "sys.exit(main(['practice', '--recorded', '--captions']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        cwd=tmp_path,
        env={"HOME": str(tmp_path), "PATH": os.environ["PATH"], "VOICECOACH_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "agreed" in done.stdout.lower()
    assert (tmp_path / "practice.wav").stat().st_size > 100_000
