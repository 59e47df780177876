"""A PostgreSQL server of the test's own, from Debian's package, in a temporary folder on a socket of its own."""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

MISSING = "PostgreSQL is missing: bash setup-system.sh tests, or sudo apt-get install postgresql"


def programs() -> Path:
    """Where Debian puts initdb and pg_ctl; the newest where there are several."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    assert found, MISSING
    return found[-1]


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """Start a server; yield the URL of an empty database. It runs as `postgres` where the tests run as root."""
    folder = Path(tempfile.mkdtemp(prefix="vcpg-", dir="/tmp"))
    user: str | None = None
    if os.getuid() == 0:
        user = "postgres"
        shutil.chown(folder, user)
    name = user or pwd.getpwuid(os.getuid()).pw_name

    def run(program: str, *arguments: str) -> None:
        done = subprocess.run(
            [programs() / program, *arguments], user=user, cwd=folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    data = folder / "data"
    try:
        run("initdb", "-D", str(data), "-A", "trust", "-U", name, "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        run("pg_ctl", "-D", str(data), "-l", str(folder / "log"), "-w", "-t", "60", "-o", options, "start")
        try:
            yield f"postgresql+psycopg://{name}@/postgres?host={folder}"
        finally:
            run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
