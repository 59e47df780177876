"""pytest collects every ``call.yaml`` as a test of its own: ``pytest my_calls/``.

A call that does something else than it expects fails with the turn, what was heard, what was expected and the
willingness before and after. ``--voicecoach-model`` chooses the Whisper model.
"""

import functools
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from voicecoach.errors import CoachError


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option for the model."""
    group = parser.getgroup("voicecoach")
    group.addoption("--voicecoach-model", default="tiny.en", help="Whisper model for call.yaml tests")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect ``call.yaml`` files."""
    return CallYaml.from_parent(parent, path=file_path) if file_path.name == "call.yaml" else None


class CallYaml(pytest.File):
    """One recorded call's file."""

    def collect(self) -> Iterable[pytest.Item]:
        """Yield the one test that it holds."""
        yield CallItem.from_parent(self, name=self.path.parent.name)


class CallFailedError(Exception):
    """The call did something else than it expects; one sentence a difference."""


class CallItem(pytest.Item):
    """One recorded call, replayed."""

    def runtest(self) -> None:
        """Replay and compare."""
        from voicecoach.callfile import differences, read_call

        call = read_call(self.path)
        wrong = differences(call, replayed(self.path, self.config.getoption("--voicecoach-model")))
        if wrong:
            raise CallFailedError("\n".join(wrong))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str | Any:
        """Show the differences alone; a trace only for faults of the program."""
        if isinstance(excinfo.value, CallFailedError | CoachError):
            return f"{self.path}\n{excinfo.value}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Name the call in the report."""
        return self.path, None, f"call {self.name}"


@functools.cache
def _words(model: str) -> Any:
    from voicecoach import wiring

    return wiring.transcriber(model)


def replayed(path: Path, model: str = "tiny.en") -> list[dict[str, Any]]:
    """Replay one ``call.yaml`` and return its events as the record has them."""
    from voicecoach import wiring
    from voicecoach.callfile import read_call
    from voicecoach.dance import persona as personas
    from voicecoach.events import as_record
    from voicecoach.keep.record import NoRecord

    call = read_call(path)
    events: list[dict[str, Any]] = []
    files = [reply.audio for reply in call.replies]
    wiring.check_files(files)
    words = _words(model)
    wiring.play(
        personas.find(call.persona),
        call.seed,
        wiring.file_ear(files, words),
        words,
        NoRecord(),
        lambda event: events.append(json.loads(json.dumps(as_record(event)))),
    )
    return events
