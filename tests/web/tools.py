"""Programs of others that tests run against, fetched by name once and checked by content: kept in ``.tools/``."""

import base64
import contextlib
import fcntl
import hashlib
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

TOOLS = Path(__file__).parents[2] / ".tools"


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    TOOLS.mkdir(exist_ok=True)
    with (TOOLS / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def npm_package(name: str, version: str, integrity: str) -> Path:
    """Return the folder of one npm package, without its dependencies; `integrity` is npm's own, sha512 in base64."""
    place = TOOLS / f"{name}-{version}"
    with _alone():
        if not place.exists():
            told = subprocess.run(
                ["npm", "pack", "--silent", "--ignore-scripts", f"{name}@{version}"],
                cwd=TOOLS,
                capture_output=True,
                text=True,
                timeout=300,
                check=False,
            )
            assert told.returncode == 0, f"npm pack {name}@{version} (Debian: apt-get install npm): {told.stderr}"
            packed = TOOLS / f"{name}-{version}.tgz"
            found = "sha512-" + base64.b64encode(hashlib.sha512(packed.read_bytes()).digest()).decode()
            assert found == integrity, f"{packed.name} is not what was pinned"
            fresh = place.with_suffix(".part")
            with tarfile.open(packed) as archive:
                archive.extractall(fresh)  # noqa: S202 (its content was pinned above)
            (fresh / "package").rename(place)
            fresh.rmdir()
            packed.unlink()
    return place


def python_tools() -> Path:
    """Return a Python of its own that holds ``tests/web/tools.txt``: a learning record store, an XML Schema checker."""
    wanted = Path(__file__).with_name("tools.txt")
    mark = hashlib.sha256(wanted.read_bytes()).hexdigest()[:12]
    place = TOOLS / f"python-{mark}"
    with _alone():
        if not (place / ".ready").exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", "--without-pip", place], check=True, timeout=300)
            pip = [sys.executable, "-m", "pip", "--python", place / "bin" / "python", "install", "-q"]
            told = subprocess.run(
                [*pip, "--require-hashes", "--no-deps", "-r", wanted],
                capture_output=True,
                text=True,
                timeout=900,
                check=False,
            )
            assert told.returncode == 0, f"pip could not install {wanted}: {told.stderr[-2000:]}"
            (place / ".ready").touch()
    return place / "bin" / "python"
