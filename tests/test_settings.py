"""Settings, the clock and the places of things: what is allowed, and what is said about the rest."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from studyapp.clock import make_clock, new_id, read_instant
from studyapp.errors import UsageError
from studyapp.paths import find_paths
from studyapp.settings import OWN_THEMES, READERS, TEXTUAL_THEMES, Settings, changed, load, stored_value


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("rollover_hour", "24", "The setting rollover_hour takes a whole number from 0 to 23, not '24'."),
        ("rollover_hour", "-1", "The setting rollover_hour takes a whole number from 0 to 23, not '-1'."),
        ("rollover_hour", "four", "The setting rollover_hour takes a whole number from 0 to 23, not 'four'."),
        ("rollover_hour", "", "The setting rollover_hour takes a whole number from 0 to 23, not ''."),
        ("due_per_day", "0", "The setting due_per_day takes a whole number from 1 to 9999, not '0'."),
        ("new_per_day", "many", "The setting new_per_day takes auto, or a whole number from 0 to 999, not 'many'."),
        ("zone", "Mars/Base", "The setting zone takes system, or a name such as Europe/Berlin, not 'Mars/Base'."),
        (
            "zone",
            "../../etc/passwd",
            "The setting zone takes system, or a name such as Europe/Berlin, not '../../etc/passwd'.",
        ),
        ("zone", "Europe", "The setting zone takes system, or a name such as Europe/Berlin, not 'Europe'."),
        ("zone", "", "The setting zone takes system, or a name such as Europe/Berlin, not ''."),
        ("rounding", "down", "The setting rounding takes up or nearest, not 'down'."),
        (
            "theme",
            "mauve",
            f"The setting theme takes {', '.join([*OWN_THEMES, *TEXTUAL_THEMES[:-1]])} or tokyo-night, not 'mauve'.",
        ),
        ("aloud", "perhaps", "The setting aloud takes yes or no, not 'perhaps'."),
    ],
)
def test_a_value_that_is_not_allowed(name: str, value: str, sentence: str) -> None:
    with pytest.raises(UsageError) as refused:
        changed(Settings(), name, value)
    assert str(refused.value) == sentence


def test_an_endless_number_is_refused_like_any_other() -> None:
    with pytest.raises(UsageError, match="takes a whole number from 1 to 9999, not"):
        changed(Settings(), "due_per_day", "9" * 5000)


def test_an_unknown_setting_names_those_there_are() -> None:
    with pytest.raises(UsageError, match="There is no setting 'colour'; there are: rollover_hour, zone, new_per_day"):
        changed(Settings(), "colour", "red")


def test_every_setting_is_stored_and_read_back() -> None:
    values = {
        "rollover_hour": "0",
        "zone": "Europe/Berlin",
        "new_per_day": "7",
        "due_per_day": "9999",
        "scheduler": "fsrs",
        "desired_retention": "85",
        "target_date": "2026-12-10",
        "failure_ease": "update",
        "after_failure": "before_first",
        "interval_ease": "previous",
        "rounding": "nearest",
        "theme": "nord",
        "pictures": "blocks",
        "ask_confidence": "no",
        "aloud": "off",
        "welcomed": "TRUE",
    }
    assert set(values) == set(READERS)
    settings = load(values)
    assert all(stored_value(settings, name) != stored_value(Settings(), name) for name in READERS)
    assert load({name: stored_value(settings, name) for name in READERS}) == settings


def test_what_a_newer_program_or_a_slip_stored_falls_back_to_the_default() -> None:
    assert load({"zone": "Mars/Base", "theme": "gone", "unheard_of": "x", "rollover_hour": "5"}) == Settings(
        rollover_hour=5
    )


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-23T09:00:00+00:00", datetime(2026, 11, 23, 9, tzinfo=UTC)),
        ("2026-11-23T09:00+02:00", datetime(2026, 11, 23, 7, tzinfo=UTC)),
        (" 2026-11-23T09:00Z\n", datetime(2026, 11, 23, 9, tzinfo=UTC)),
        ("2026-11-23", datetime(2026, 11, 23, 12, tzinfo=UTC)),  # that study day, not the one before
    ],
)
def test_an_iso_time_is_read(text: str, instant: datetime) -> None:
    assert read_instant(text, "--at") == instant


@pytest.mark.parametrize(
    "text", ["", "now", "23.11.2026", "2026-13-45", "0001-01-01", "9999-12-31T23:59", "2026-11-23T99"]
)
def test_what_is_no_time_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError) as refused:
        read_instant(text, "--at")
    assert str(refused.value) == f"--at should be an ISO time such as 2026-11-23T09:00, not {text!r}."
    if text:
        monkeypatch.setenv("STUDYAPP_NOW", text)
        with pytest.raises(UsageError, match="STUDYAPP_NOW should be an ISO time"):
            make_clock()


def test_the_clock_is_frozen_or_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    assert abs((make_clock()() - datetime.now(UTC)).total_seconds()) < 60
    monkeypatch.setenv("STUDYAPP_NOW", "2026-11-23T09:00Z")
    clock = make_clock()
    assert clock() == clock() == datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert new_id() != new_id()


def test_places(own_home: Path, content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = find_paths()
    assert (paths.database, paths.content) == (own_home / "studyapp.sqlite", (content, own_home / "content"))
    monkeypatch.delenv("STUDYAPP_CONTENT")
    assert (find_paths().content[0] / "module_14_diffusion" / "module.yaml").is_file()
    assert find_paths(str(content)).content[0] == content
    with pytest.raises(UsageError, match=r"There is no folder .*nowhere; name one with a module in it"):
        find_paths(str(content / "nowhere"))


def test_a_database_elsewhere(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDYAPP_DB", f"sqlite:///{own_home}/x.db")
    assert (find_paths().database, find_paths().server) == (own_home / "x.db", "")
    monkeypatch.setenv("STUDYAPP_DB", "postgresql://me:secret@host/db")
    assert find_paths().server == "postgresql://me:secret@host/db"
