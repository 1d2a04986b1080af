"""Files that are damaged, foreign, held, full or not there: one sentence, the right exit code, nothing changed."""

from __future__ import annotations

import os
import random
import resource
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from traceback import format_exception

import pytest

from studyapp.bootstrap import Program, open_program
from studyapp.cli import main
from studyapp.errors import StudyError, UsageError
from studyapp.services.doctor import examine

Open = Callable[[], Program]
A = "t1.fog.c0"


@pytest.fixture
def file(program: Program) -> Path:
    """A learner's file with some answers, closed."""
    for card_id in program.recall.today().order:
        program.recall.grade(card_id, 2)
    program.close()
    return program.paths.database


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Runs a command in this process: exit code, and what it said; nothing may stand on standard output."""

    def run(*arguments: str) -> tuple[int, str]:
        code = main(arguments)
        out, err = capsys.readouterr()
        assert out == ""
        assert "Traceback" not in err
        assert err.count("\n") == 1, "one sentence"
        return code, err.strip()

    return run


COMMANDS = [
    ("due",),
    ("grade", A, "4"),
    ("undo",),
    ("card", "list"),
    ("settings",),
    ("backup", "now"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda data: b"These are my notes on diffusion.\n" * 99, "is not a studyapp database; it was left untouched."),
        (lambda data: bytes([data[0] ^ 1]) + data[1:], "is not a studyapp database; it was left untouched."),
        (lambda data: random.Random(1).randbytes(len(data)), "is not a studyapp database; it was left untouched."),
        (lambda data: data[: 4096 + 1000], "is damaged; it was left untouched. Run studyapp doctor --repair,"),
        (lambda data: data[:100], "is damaged; it was left untouched."),
        (lambda data: data[:100] + bytes(4000) + data[4100:], "is damaged; it was left untouched."),
    ],
    ids=["text", "header", "noise", "cut off", "stump", "zeroed page"],
)
def test_a_damaged_file_is_left_alone(
    file: Path,
    told: Callable[..., tuple[int, str]],
    damage: Callable[[bytes], bytes],
    sentence: str,
    command: list[str],
) -> None:
    file.write_bytes(damage(file.read_bytes()))
    before = file.read_bytes()
    code, text = told(*command)
    assert code == 3
    assert text.startswith(f"{file} {sentence}")
    assert file.read_bytes() == before


def test_damage_anywhere_in_the_file_ends_in_a_sentence(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whole pages overwritten: the answer is right, or a sentence tells what is wrong."""
    good, rng = file.read_bytes(), random.Random(7)
    codes = set()
    for page in range(1, len(good) // 4096):
        data = bytearray(good)
        data[page * 4096 : page * 4096 + 200] = rng.randbytes(200)
        file.write_bytes(data)
        for suffix in ("-wal", "-shm"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)
        for command in (["due"], ["grade", A, "4"], ["doctor"]):
            codes.add(main(command))
            out, err = capsys.readouterr()
            assert "Traceback" not in err
            assert "error of its own" not in err, err
            assert out or err
    assert 3 in codes


def test_a_database_of_another_program_is_left_alone(
    own_home: Path, module: Path, told: Callable[..., tuple[int, str]]
) -> None:
    own_home.mkdir()
    file = own_home / "studyapp.sqlite"
    with closing(sqlite3.connect(file)) as other, other:
        other.execute("CREATE TABLE bookmarks (url TEXT)")
    before = file.read_bytes()
    code, text = told("grade", A, "4")
    assert (code, text) == (
        3,
        f"{file} belongs to another program; it was left untouched. Move it away, or set STUDYAPP_HOME elsewhere.",
    )
    assert file.read_bytes() == before


@pytest.mark.local_file
def test_an_empty_file_beside_backups_is_not_begun_anew(
    file: Path, told: Callable[..., tuple[int, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["backup", "now"]) == 0
    capsys.readouterr()
    file.write_bytes(b"")
    code, text = told("due")
    assert (code, text) == (
        3,
        f"{file} is empty, though there are backups of it; it was left untouched."
        " Run studyapp backup restore, or remove the file to begin anew.",
    )
    assert file.read_bytes() == b""
    assert main(["backup", "restore"]) == 0
    assert main(["due"]) == 0


def test_a_folder_in_place_of_the_file(own_home: Path, module: Path, told: Callable[..., tuple[int, str]]) -> None:
    (own_home / "studyapp.sqlite").mkdir(parents=True)
    code, text = told("due")
    assert (code, "studyapp.sqlite cannot be opened" in text) == (1, True)


def test_a_home_that_cannot_be_made(
    tmp_path: Path, module: Path, monkeypatch: pytest.MonkeyPatch, told: Callable[..., tuple[int, str]]
) -> None:
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("STUDYAPP_HOME", str(tmp_path / "file" / "home"))
    code, text = told("due")
    assert (code, "cannot be opened (not a directory). Check the folder, or set STUDYAPP_HOME." in text) == (1, True)
    monkeypatch.setenv("STUDYAPP_HOME", str(tmp_path / "file"))
    assert told("due")[0] == 1
    monkeypatch.setenv("STUDYAPP_HOME", "/proc/nowhere")  # read-only for everyone
    assert told("due")[0] == 1
    assert (tmp_path / "file").read_text() == "x"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_home_that_may_not_be_written(file: Path, told: Callable[..., tuple[int, str]]) -> None:
    file.chmod(0o400)
    file.parent.chmod(0o500)
    try:
        code, text = told("grade", A, "4")
        assert (code, "cannot be" in text) == (1, True)
    finally:
        file.parent.chmod(0o700)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("nonsense", "it is no address of a database"),
        ("postgresql://me:secret@host:port/db", "it is no address of a database"),
        ("postgresql+psycopg2://me:secret@host/db", "studyapp knows SQLite and PostgreSQL by psycopg"),
        ("postgresql+nodriver://me:secret@host/db", "studyapp knows SQLite and PostgreSQL by psycopg"),
        ("mysql://me:secret@host/db", "studyapp knows SQLite and PostgreSQL by psycopg"),
        ("postgresql://me:sec@ret@host/db", "an @ in a name or password is written %40"),
        ("postgresql://me:secret@host", "it names no database"),
        ("sqlite://", "a database in memory would be lost at once"),
        ("sqlite:///:memory:", "a database in memory would be lost at once"),
    ],
)
def test_an_address_that_is_none(
    module: Path, monkeypatch: pytest.MonkeyPatch, told: Callable[..., tuple[int, str]], url: str, sentence: str
) -> None:
    monkeypatch.setenv("STUDYAPP_DB", url)
    monkeypatch.setenv("STUDYAPP_LEARNER", "ada")
    code, text = told("due")
    assert code == 2
    assert text.startswith(f"STUDYAPP_DB cannot be used ({sentence}); write postgresql://NAME@HOST/DATABASE or ")
    assert "sec" not in text
    with pytest.raises(UsageError) as raised:
        main(["--debug", "due"])
    assert "sec" not in "".join(format_exception(raised.value))


def test_text_that_cannot_be_stored_is_refused(program: Program) -> None:
    with pytest.raises(UsageError, match="a character that cannot be stored"):
        program.recall.save_draft(A, "\ud800")
    with pytest.raises(UsageError, match="a character that cannot be stored"):
        program.recall.card("\udcff")
    program.recall.save_draft(A, "fine")
    assert program.recall.draft(A) == "fine"


# -- held by another program


@contextmanager
def held(file: Path) -> Iterator[None]:
    """Another process, in the middle of writing."""
    script = (
        "import sqlite3, sys\n"
        "connection = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "connection.execute('BEGIN EXCLUSIVE'); print('held', flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        yield
        assert other.stdin is not None
        other.stdin.close()
        other.wait()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits a tenth of a second for a lock instead of five."""
    monkeypatch.setattr("db.local.BUSY_SECONDS", 0.1)
    monkeypatch.setattr("db.engine.BUSY_SECONDS", 0.1)


@pytest.mark.usefixtures("impatient")
def test_a_file_that_is_held_can_be_read_but_not_written(
    file: Path, told: Callable[..., tuple[int, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    with held(file):
        assert (main(["card", "show", A]), main(["due"]), main(["doctor"])) == (0, 0, 0)
        capsys.readouterr()
        code, text = told("grade", A, "4")
    assert (code, text) == (1, f"Another program holds {file}; nothing was changed. Close it, then try again.")


@pytest.mark.usefixtures("impatient")
def test_an_answer_that_cannot_be_saved_is_told_and_can_be_given_again(file: Path, open_again: Open) -> None:
    recall = open_again().recall
    recall.save_draft(A, "typed")
    before = recall.state(A)
    with held(file):
        for _ in range(2):
            with pytest.raises(StudyError, match=r"Another program holds .*; nothing was changed"):
                recall.grade(A, 4)
        assert (recall.state(A), recall.draft(A)) == (before, "typed")
    assert recall.grade(A, 4).after.reviews == before.reviews + 1
    assert all(finding.ok for finding in examine(recall))


def test_a_lock_that_is_soon_free_is_waited_for(file: Path, open_again: Open) -> None:
    recall = open_again().recall
    with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN EXCLUSIVE")
        threading.Timer(0.3, other.execute, ["COMMIT"]).start()
        assert recall.grade(A, 4).after.reviews == 2


# -- a full disk


def test_a_full_disk_loses_no_answer_and_says_so(file: Path, open_again: Open) -> None:
    """A limit on the size of files stands for the disk; in a process of its own, for it cannot be taken back."""
    script = (
        "import resource, signal, sys\n"
        "from studyapp.bootstrap import open_program\n"
        "from studyapp.errors import StudyError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "recall = open_program().recall\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        "saved = 0\n"
        "try:\n"
        "    while True: recall.grade('t1.fog.c0', 4, answer='x' * 3000); saved += 1\n"
        "except StudyError as error: print(saved, error)\n"
    )
    before = len(open_again().store.reviews_of("me", A))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    saved, _, sentence = done.stdout.strip().partition(" ")
    assert int(saved) > 3
    assert "the last change was not saved" in sentence
    program = open_again()
    assert len(program.store.reviews_of("me", A)) == before + int(saved)
    assert all(finding.ok for finding in examine(program.recall))


def test_a_database_that_may_grow_no_more_says_that_the_disk_is_full(file: Path, open_again: Open) -> None:
    program = open_again()
    recall = program.recall
    with program.store.transaction() as tx:
        tx._run("PRAGMA max_page_count = 1", {})  # SQLite keeps the pages that there are
    before = recall.state(A)
    with pytest.raises(StudyError, match=r"The disk with .* is full; the last change was not saved. Free some space"):
        recall.grade(A, 4, answer="x" * 900_000)
    assert recall.state(A) == before


def test_a_first_start_on_a_full_disk_can_be_tried_again(own_home: Path, module: Path) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    script = (
        "import sys, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "from studyapp.cli import main\nsys.exit(main(['due']))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, preexec_fn=limit, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done.stderr
    assert "not saved" in done.stderr
    program = open_program()
    assert program.recall.today().new == 2
    program.close()
