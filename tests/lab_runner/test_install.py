"""The libraries of the labs: what is missing, installing them, cancelling that."""

from __future__ import annotations

import pytest

from studyapp.errors import StudyError
from studyapp.lab_runner import install, shelf
from studyapp.lab_runner.events import Failed, Finished, Progress
from studyapp.lab_runner.install import Installation
from tests.lab_runner.scripts import gone, script


async def installed(code: str) -> list[Progress | Finished | Failed]:
    return [event async for event in Installation(script(code)).events()]


async def test_what_the_installer_says_is_shown_as_it_comes() -> None:
    events = await installed("print('Collecting torch'); print('\\x1b[1mInstalling\\x1b[0m collected packages')")
    words = [event.text for event in events if isinstance(event, Progress)]
    assert words[0] == "Collecting torch"
    assert "Installing" in words[1]
    assert words[1].isprintable()
    assert isinstance(events[-1], Finished)


async def test_a_failed_installation_names_the_reason_and_the_command() -> None:
    (*_, ended) = await installed(
        "print('ERROR: No matching distribution found for torch>=2.6', file=sys.stderr); print('[notice]'); sys.exit(1)"
    )
    assert isinstance(ended, Failed)
    assert "No matching distribution found for torch" in ended.message
    assert "pip install 'studyapp[labs]'" in ended.hint


async def test_an_installation_can_be_cancelled() -> None:
    installation = Installation(script("print(os.getpid(), flush=True); time.sleep(600)"))
    stream = installation.events()
    said = await anext(stream)
    assert isinstance(said, Progress)
    await installation.cancel()
    ended = await anext(stream)
    assert isinstance(ended, Failed)
    assert "cancelled" in ended.message
    assert gone(int(said.text))


def test_the_command_installs_what_the_extra_asks_for() -> None:
    command = install.install_command()
    assert any(word.startswith("torch") for word in command)
    assert any(word.startswith("diffusers") for word in command)
    assert not any("textual" in word or "extra" in word for word in command)


def test_without_any_installer_the_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(StudyError, match="no pip"):
        install.install_command()


def test_missing_libraries_are_found_without_importing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "NEEDED", ("json", "no_such_library"))
    assert shelf.missing_libraries() == ["no_such_library"]
    assert "no_such_library, which is not installed: pip install" in install.missing_words(["no_such_library"])
