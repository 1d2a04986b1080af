"""What the program is asked for: command lines, variables of the environment, values of settings."""

from __future__ import annotations

import io
import os
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from studyapp import cli
from studyapp.cli import build_parser, main
from studyapp.errors import UsageError
from studyapp.lab_runner import shelf
from studyapp.settings import READERS, Settings, changed, load, stored_value
from tests.conftest import small_module, write_module
from tests.fuzz.test_commands import LINES, leaves
from tests.fuzz.texts import any_hostile, any_text

WORDS: tuple[str, ...] = (
    *("t1.fog.c0", "t1.fog.c1", "4", "0", "-1", "99999999999999999999", "1e9", "nan", "inf", "٣", "½", "0x10", "1_0"),
    *("-", "--", "", " ", "--json", "--debug", "--help", "--version", "--plain", "--seed", "--count", "--days", "--at"),
    *("--topic", "--content", "--module", "--html", "--png", "--out", "--override", "--evidence", "--preview", "--set"),
    *("2026-11-24", "2026-11-24T09:00", "0001-01-01", "9999-12-31T23:59:59Z", "2026-02-30", "24:00", "+99:99", "now"),
    *(
        "/",
        "/proc/self/mem",
        ".",
        "..",
        "~",
        "~nobody/x",
        "x/y/z",
    ),
    *("fog", "s0", "recall", "module.yaml", "02_explainer.md", "02_explainer.md#chapter-1", "#1", "forward_noising"),
    *(
        "zone",
        "target_date",
        "theme",
        "new_per_day",
        "Europe/Berlin",
        "../../etc/passwd",
        "auto",
        "none",
        "fsrs",
        "yes",
    ),
    *("log.jsonl", "cards.apkg", "x.sqlite", "sqlite:///x", "postgresql://a:b@127.0.0.1:1/c", "a=b", "=", "steps=9"),
)
OF_THE_SYSTEM = ("/dev/null", "/dev/full", "/dev/stdin", "/etc/shadow")
WORDS += OF_THE_SYSTEM if os.geteuid() else ()
"""Root is kept from writing over them by the program alone, which may be what is wrong."""
SLOW = {"serve", "simulate", "browse"}
"""They serve, or count for seconds whatever the rest of the line says."""


def sayable(text: str) -> str:
    """The text as a process can be given it: a half of a surrogate pair stands for a byte that is no UTF-8."""
    return re.sub("[\0\ud800-\udc7f\udd00-\udfff]", "", text)


def any_word(rng: Random) -> str:
    roll = rng.random()
    if roll < 0.6:
        return rng.choice(WORDS)
    return sayable(any_hostile(rng)) if roll < 0.8 else any_text(rng, 20)


@cache
def commands() -> tuple[str, ...]:
    found = sorted(set(leaves(build_parser())) - SLOW)
    return tuple(name for name in found if not name.startswith("lab run"))


@contextmanager
def at_home(room: Path, rng: Random) -> Iterator[None]:
    """A small module, a home of its own that lives for some tries, and a folder to write to."""
    shelf.missing_libraries = lambda: ["torch"]  # no lab is run
    base = room / "requests"
    if not base.exists() or rng.random() < 0.02:
        os.chdir(room)
        shutil.rmtree(base, ignore_errors=True)
        (base / "here").mkdir(parents=True)
        write_module(base / "content" / "module_1", small_module(1))
    kept = {name: value for name, value in os.environ.items() if name.startswith("STUDYAPP_")}
    for name in kept:
        del os.environ[name]
    os.environ |= {"STUDYAPP_HOME": str(base / "home"), "STUDYAPP_CONTENT": str(base / "content")}
    os.chdir(base / "here")
    try:
        yield
    finally:
        os.chdir(room)
        for name in [name for name in os.environ if name.startswith("STUDYAPP_")]:
            del os.environ[name]
        os.environ |= kept


def asked(words: Sequence[str], *, writes: bool = False) -> int:
    """The exit code of a command that reads nothing. What it says is one sentence or a result, never a traceback.

    Args:
        writes: it may write to where nothing can be written; else no sentence should speak of that.
    """
    out, err, before = io.StringIO(), io.StringIO(), sys.stdin
    sys.stdin = io.StringIO("")
    cli._drop_output = lambda: None  # the output is no file here
    try:
        with redirect_stdout(out), redirect_stderr(err):
            code = main(words)
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 0
    finally:
        sys.stdin = before
    for text in (out.getvalue(), err.getvalue()):
        assert "error of its own" not in text, text
        assert "Traceback" not in text, text
        assert writes or "could not be written" not in text, text
        assert text.replace("\n", "").replace("\t", "").isprintable(), text[:500]
    assert code in (0, 1, 2, 3), code
    assert code == 0 or err.getvalue().strip(), "it says why not"
    return code


def arguments(rng: Random, room: Path) -> str:
    """A command line of any words, most of them after a true command."""
    name = rng.choice(commands())
    words = name.split()
    if rng.random() < 0.5:
        words += LINES.get(name, [])
    for _ in range(rng.choice((0, 1, 1, 2, 4))):
        words.insert(rng.randint(len(name.split()) - (rng.random() < 0.1), len(words)), any_word(rng))
    if any(word in SLOW or word == "--debug" for word in words) or words[:2] == ["lab", "run"]:
        return "not asked"  # with --debug a traceback is what is asked for
    with at_home(room, rng):
        return f"exit {asked(words, writes=True)}"


VARIABLES: dict[str, tuple[str, ...]] = {
    "STUDYAPP_HOME": ("/dev/null", "/proc", "", "~", "~nobody", "x" * 5000, "\0", "here", "/", "a\nb", "\x1b[2J", "日"),
    "STUDYAPP_CONTENT": ("/dev/null", "", "/", ".", "~x", "x" * 5000, "\0", "/proc/self", "\udcff"),
    "STUDYAPP_DB": (
        *(
            "sqlite:///",
            "sqlite://",
            "sqlite:///:memory:",
            "sqlite:////dev/null",
            "sqlite:////dev/full",
            "sqlite:///\0",
        ),
        *("postgresql://", "postgresql://u:p@127.0.0.1:1/d", "mysql://x", "x://", "://", "nonsense", "sqlite:///a?b#c"),
        *("sqlite:////proc/x", "postgresql://u:p@[::1/d", "postgresql://127.0.0.1:99999999/d", "sqlite+aiosqlite:///x"),
    ),
    "STUDYAPP_LEARNER": ("", " ", "me", "x" * 100, "\x1b[2J", "a\nb", "' OR 1=1", "\udcff"),
    "STUDYAPP_NOW": (
        *("", "now", "2026-11-24", "0001-01-01", "9999-12-31", "1971-01-01", "2999-12-31T23:59:59", "\udcff"),
        *(
            "2026-11-24T09:00+23:59",
            "2026-11-24T09:00-23:59",
            "20261124",
            "2026-W48-2",
            "2026-11-24T24:00",
            "-1",
            "1e9",
        ),
    ),
    "TZ": ("", "x", "Europe/Berlin", "UTC+25", ":/etc/passwd", "x" * 500, "<x>99"),
    "NO_COLOR": ("", "1"),
    "COLUMNS": ("0", "-1", "x", "99999", "1"),
    "EDITOR": ("'", "", "sh -c"),
}


def environment(rng: Random, room: Path) -> str:
    """Any value of any variable that the program reads."""
    words = rng.choice((["due"], ["card", "list"], ["grade", "t1.fog.c0", "4"], ["doctor"], ["plan"], ["stats"]))
    before = dict(os.environ)
    with at_home(room, rng):
        for name in rng.sample(sorted(VARIABLES), rng.choice((1, 1, 2))):
            value = rng.choice((*VARIABLES[name], *VARIABLES[name], sayable(any_hostile(rng)), any_text(rng)))
            try:
                os.environ[name] = value
            except ValueError:  # a NUL: no process can be given it
                continue
        try:
            return f"exit {asked(words)}"
        finally:
            for name in VARIABLES:
                os.environ.pop(name, None)
            os.environ |= {name: before[name] for name in VARIABLES if name in before}


VALUES = ("0", "1", "-1", "00", "4", "23", "24", "٣", "½", "²", "1e3", "nan", "9" * 400, "None", "True", "yes", "off")
ZONES = (
    "system",
    "UTC",
    "Europe",
    "Europe/Berlin",
    "../x",
    "/etc/passwd",
    "posixrules",
    "Etc/GMT+12",
    "a" * 5000,
    "\0",
)
DATES = (
    "none",
    "2026-12-10",
    "2099-12-31",
    "2000-01-01",
    "0001-01-01",
    "9999-12-31",
    "20261210",
    "2026-W50-4",
    "2026-02-30",
    "2026-12-1",
)


def setting(rng: Random, room: Path) -> str:
    """Any value of any setting: refused in a sentence, or kept as it reads back; the program works with it."""
    name = rng.choice((*READERS, "zone", "target_date", any_text(rng, 8)))
    value = rng.choice((*VALUES, *ZONES, *DATES, any_hostile(rng), any_text(rng), *map(str, range(3))))
    try:
        found = changed(Settings(), name, value)
    except UsageError:
        return "refused"
    kept: dict[str, Any] = {name: stored_value(found, name)}
    assert load(kept) == found
    assert found.calendar is not None
    if rng.random() < 0.2:
        with at_home(room, rng):
            assert asked(["settings", name, value]) == 0
            for words in (["due"], ["plan"], ["grade", "t1.fog.c0", "4"], ["stats"], ["settings", "--json"]):
                assert asked(words) == 0, (name, value, words)
    return "kept"


TARGETS: dict[str, Any] = {"arguments": arguments, "environment": environment, "settings": setting}
