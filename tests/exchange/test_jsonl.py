"""The log as JSON lines: the same bytes back, and every wrong line told with its number."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from studyapp.bootstrap import Program
from studyapp.cli import main
from studyapp.errors import DataError
from studyapp.exchange import jsonl
from studyapp.exchange.jsonl import LogFile, lines
from studyapp.services.merge import Incoming, merge
from studyapp.services.preferences import change_setting
from studyapp.services.standing import standing
from studyapp.services.statistics import gather
from tests.conftest import FrozenClock

A, B = "t1.fog.c0", "t1.fog.c1"


@pytest.fixture
def studied(program: Program, clock: FrozenClock) -> Program:
    """A few days of everything that a log may hold."""
    recall = program.recall
    change_setting(recall, "failure_ease", "update")
    for grade in (4, 2, 5):
        recall.grade(A, grade, answer="ε ~ N(0, I)\u2028 and \t more", key_points=(0, 2), confidence=3, aloud=True)
        recall.grade(B, grade, elapsed_ms=1234)
        recall.undo()
        clock.forward(days=3, microseconds=7)
    recall.redo()
    recall.flag(A, 1)
    recall.note(A, "look again\n")
    recall.suspend(B)
    recall.finish_session({"complete": True, "seconds": 0.1})
    recall.save_draft(A, "half an answer")
    return program


def exported(program: Program) -> bytes:
    with program.store.whole_log(program.recall.learner) as log:
        return b"".join(lines(log))


def imported(program: Program, data: bytes) -> None:
    file = LogFile(io.BytesIO(data), "f.jsonl", program.recall.learner)
    merge(program.recall, Incoming(file.records(), "f.jsonl", 0, lambda: file.settings, lambda: file.drafts))


def test_what_is_written_is_ordered_and_can_be_read_by_anything(studied: Program) -> None:
    found = [json.loads(line) for line in exported(studied).split(b"\n")[:-1]]
    assert found[0] == {"format": "studyapp-log", "version": 1, "reviews": 6, "events": 8}
    assert [list(values) for values in found] == [sorted(values) for values in found]
    ids = [values["id"] for values in found if "id" in values]
    assert ids == sorted(ids)
    assert [values["record"] for values in found[1:3]] == ["setting", "draft"]
    first = next(values for values in found if values.get("record") == "review")
    assert (first["reviewed_at"], first["study_day"]) == ("2026-11-23T09:00:00.000000Z", "2026-11-23")


def test_a_log_comes_back_byte_for_byte_with_all_that_follows_from_it(
    studied: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_again: Callable[[], Program]
) -> None:
    data = exported(studied)
    monkeypatch.setenv("STUDYAPP_HOME", str(tmp_path / "elsewhere"))
    other = open_again()
    imported(other, data)
    assert exported(other) == data
    assert [card.state for card in other.store.listing("me")] == [card.state for card in studied.store.listing("me")]
    assert other.recall.settings == studied.recall.settings
    assert gather(other.recall, other.library.modules()) == gather(studied.recall, studied.library.modules())
    assert standing(other.recall, other.library) == standing(studied.recall, studied.library)
    imported(other, data)
    assert exported(other) == data


GOOD = {
    "record": "review",
    "id": "01234567-89ab-7def-8123-456789abcdef",
    "card_id": A,
    "reviewed_at": "2026-11-23T10:00:00+01:00",
    "study_day": "2026-11-23",
    "grade": 4,
}
HEAD = {"format": "studyapp-log", "version": 1, "reviews": 1, "events": 0}


def written(*values: object) -> bytes:
    return b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in values)


def test_a_line_of_another_program_needs_only_what_cannot_be_guessed(program: Program) -> None:
    imported(program, b"\xef\xbb\xbf" + written(HEAD, b"", GOOD))
    (review,) = program.store.reviews_of("me", A)
    assert (review.reviewed_at.isoformat(), review.mode, review.confidence) == (
        "2026-11-23T09:00:00+00:00",
        "recall",
        None,
    )


BAD = [
    (b"", "f.jsonl is not a log of studyapp"),
    (b"\x89PNG\r\n", "f.jsonl is not a log of studyapp"),
    (written({"a": 1}), "f.jsonl is not a log of studyapp"),
    (written(HEAD | {"version": 2}), "f.jsonl:1: this is version 2 of the format; update studyapp"),
    (written(HEAD | {"reviews": "many"}), "f.jsonl:1: reviews and events should be how many follow"),
    (written(HEAD), "f.jsonl:1: the first line promises 1 reviews and 0 other records, here are 0 and 0"),
    (written(HEAD, GOOD)[:-9], "f.jsonl:2: this is no JSON; the line was cut or changed"),
    (written(HEAD, b"[" * 100_000), "f.jsonl:2: this is no JSON"),
    (written(HEAD, b"\xff\xfe"), "f.jsonl:2: the text is not UTF-8"),
    (written(HEAD, [GOOD]), "f.jsonl:2: this should be an object"),
    (written(HEAD, b"", GOOD | {"grade": 7}), "f.jsonl:3: grade should be a whole number from 0 to 5, not 7"),
    (written(HEAD, GOOD | {"mode": "dream"}), "f.jsonl:2: mode should be one of .* not 'dream'"),
    (written(HEAD, GOOD | {"record": "dream"}), "f.jsonl:2: record 'dream' is not known here; if a newer studyapp"),
    (written(HEAD, GOOD | {"mood": 1}), "f.jsonl:2: 'mood' is no field known here; if a newer studyapp"),
    (written(HEAD, {k: v for k, v in GOOD.items() if k != "grade"}), "f.jsonl:2: grade is missing"),
    (written(HEAD, GOOD | {"reviewed_at": "2026-11-23T09:00"}), "f.jsonl:2: reviewed_at should be a time"),
    (written(HEAD, GOOD | {"reviewed_at": 5}), "f.jsonl:2: reviewed_at should be a time"),
    (written(HEAD, GOOD | {"study_day": "yesterday"}), "f.jsonl:2: study_day should be a date"),
    (written(HEAD, GOOD | {"id": [1]}), "f.jsonl:2: id should be a UUIDv7"),
    (written(HEAD, GOOD | {"id": "1"}), "f.jsonl:2: id should be a UUIDv7"),
    (written(HEAD, GOOD | {"answer": "\ud800"}), "f.jsonl:2: answer should be text"),
    (written(HEAD | {"reviews": 2}, GOOD, GOOD | {"grade": 1}), "f.jsonl:3: the record .* with another content"),
    (written(HEAD, {"record": "setting", "name": 1, "value": "x"}), "f.jsonl:2: a name of 1 to 200 letters"),
    (written(HEAD, GOOD).replace(b": 4", b": NaN"), "f.jsonl:2: this is no JSON"),
]


@pytest.mark.parametrize(("data", "words"), BAD, ids=[words for _, words in BAD])
def test_one_wrong_line_and_nothing_is_changed(program: Program, data: bytes, words: str) -> None:
    before = exported(program)
    with pytest.raises(DataError, match=words):
        imported(program, data)
    assert exported(program) == before


class Endless(io.RawIOBase):
    """A line without end, as a device or a bomb would give it."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        memoryview(buffer)[:] = b"a" * len(memoryview(buffer))  # type: ignore[arg-type]
        return len(memoryview(buffer))  # type: ignore[arg-type]


def test_a_line_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "LONGEST_LINE", 100_000)
    with pytest.raises(DataError, match="is not a log of studyapp"):
        LogFile(io.BufferedReader(Endless()), "f.jsonl", "me")
    file = LogFile(io.BufferedReader(Joined(written(HEAD))), "f.jsonl", "me")
    with pytest.raises(DataError, match=r"f.jsonl:2: the line is longer than"):
        list(file.records())


class Joined(Endless):
    """A good beginning."""

    def __init__(self, start: bytes) -> None:
        self._start: Iterator[int] = iter(start)

    def readinto(self, buffer: object) -> int:
        start = bytes(self._start)
        if not start:
            return super().readinto(buffer)
        memoryview(buffer)[: len(start)] = start  # type: ignore[arg-type]
        return len(start)


def test_a_setting_of_a_newer_program_is_kept_for_it(program: Program) -> None:
    imported(program, written(HEAD, {"record": "setting", "name": "mood", "value": "calm"}, GOOD))
    assert program.store.settings("me")["mood"] == "calm"
    assert b'"name":"mood"' in exported(program)


def test_the_file_is_whole_private_and_never_replaced_unasked(
    studied: Program, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    data = exported(studied)
    studied.close()
    file = tmp_path / "log.jsonl"
    assert main(["export", "jsonl", str(file)]) == 0
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (data, 0o600)
    assert capfd.readouterr() == ("", f"{file}: 6 reviews and 8 events\n")
    assert main(["export", "jsonl", str(file)]) == 1
    assert "exists already; name another file, or add --force" in capfd.readouterr().err
    assert main(["export", "jsonl", str(file), "--force", "--json"]) == 0
    assert json.loads(capfd.readouterr().out) == {"file": str(file), "reviews": 6, "events": 8}
    assert main(["export", "jsonl", str(tmp_path / "no" / "log.jsonl")]) == 1
    assert main(["export", "jsonl", str(tmp_path)]) == 1
    capfd.readouterr()
    assert main(["export", "jsonl", "-"]) == 0
    assert capfd.readouterr().out.encode() == data
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
