"""Untrusted YAML: what is read, and the line and sentence for everything that is not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studyapp.curriculum.files import LARGEST_FILE, NotRead, read_text
from studyapp.curriculum.located import DEEPEST, Located, read_yaml
from studyapp.curriculum.markdown import read_chapters
from studyapp.errors import StudyError

BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "module"
    made.mkdir()
    return made


def read(folder: Path, text: str | bytes) -> Located:
    (folder / "x.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_yaml(folder, "x.yaml")


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("a: b\nc: [1, 2\n", 3, "this is not YAML: did not find expected ',' or ']'"),
        ("a: b: c\n", 1, "this is not YAML: mapping values are not allowed in this context"),
        ("a:\n\t- x\n", 2, "this is not YAML: found character that cannot start any token; indent with spaces"),
        ("a: 'x\n", 2, "this is not YAML: found unexpected end of stream"),
        ("a: 1\nb: 2\na: 3\n", 3, "the key 'a' stands twice; keep one"),
        (BOMB, 2, "an alias (*name) stands here; write the value out"),
        ("a: &a [*a]\n", 1, "an alias (*name) stands here; write the value out"),
        ("a: 1\nb: &x 2\n*x : 3\n", 3, "a key must be a plain word"),
        ("a:\n  <<: {b: 1}\n", 2, "the tag tag:yaml.org,2002:merge is not allowed"),
        ("a: =\n", 1, "the tag tag:yaml.org,2002:value is not allowed"),
        ("? [a, b]\n: c\n", 1, "a key must be a plain word"),
        ("? {a: b}\n: c\n", 1, "a key must be a plain word"),
        ("a: 1\nb: !!python/object/apply:os.system ['true']\n", 2, "python/object/apply:os.system is not allowed"),
        ("a: !!python/object:os.stat_result {}\n", 1, "python/object:os.stat_result is not allowed"),
        ("a: !!python/name:os.system\n", 1, "python/name:os.system is not allowed"),
        ("a: !mine 5\n", 1, "the tag !mine is not allowed; write a plain value"),
        ("a: !!binary aGk=\n", 1, "the tag tag:yaml.org,2002:binary is not allowed"),
        ("a: !!set {x, y}\n", 1, "the tag tag:yaml.org,2002:set is not allowed"),
        ("a: !!int x\n", 1, "'x' has no value; put it in quotes if it is text"),
        ("a: !!bool maybe\n", 1, "'maybe' has no value; put it in quotes if it is text"),
        ("a: .inf\n", 1, "'.inf' is too large a number"),
        ("a: 1\nb: .nan\n", 2, "'.nan' is too large a number"),
        ("a: 1\nb: 0x" + "f" * 9000 + "\n", 2, "is too large a number; put it in quotes if it is text"),
        ("a: " + "9" * 5000 + "\n", 1, "has no value; put it in quotes if it is text"),
        ("a: 1\n---\nb: 2\n", 2, "a second document begins here; keep one to a file"),
        ("a: 1\nb: x\x07y\n", 2, "a control character stands here; remove it"),
        (b"a: 1\nb: \xff\n", 2, "the text is not UTF-8; save the file with that encoding"),
        ("a: ü\n".encode("latin-1"), 1, "the text is not UTF-8"),
        ("a: 1\n".encode("utf-16"), 1, "the text is not UTF-8"),
        ("[" * (DEEPEST + 2), 1, f"the values are nested deeper than {DEEPEST} levels; make them flatter"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_is_not_read_is_told_with_its_line(folder: Path, text: str | bytes, line: int, sentence: str) -> None:
    with pytest.raises(NotRead) as told:
        read(folder, text)
    assert (told.value.line, sentence in told.value.problem) == (line, True), told.value.problem


@pytest.mark.parametrize("opener", ["[", "{a: ", "- ", "[[{a: "])
def test_nesting_by_the_thousands_ends_in_a_sentence_not_in_a_crash(folder: Path, opener: str) -> None:
    """The parser's own tree builder would run out of stack and take the process down; hence a process."""
    (folder / "x.yaml").write_text(opener * 200_000)
    script = (
        "import sys; from pathlib import Path\n"
        "from studyapp.curriculum.files import NotRead\n"
        "from studyapp.curriculum.located import read_yaml\n"
        "try: read_yaml(Path(sys.argv[1]), 'x.yaml')\n"
        "except NotRead as error: print(error.problem)"
    )
    done = subprocess.run([sys.executable, "-c", script, str(folder)], capture_output=True, text=True, check=False)
    assert (done.returncode, "deeper than" in done.stdout) == (0, True), done.stderr


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("# only a remark\n", None),
        ("\ufeffa: 1\n", {"a": 1}),
        ("a: 1\r\nb:\r\n  - x\r\n", {"a": 1, "b": ["x"]}),
        ("a: 2026-11-23\n", {"a": "2026-11-23"}),
        ("a: 2026-13-45\n", {"a": "2026-13-45"}),
        ("a: !!str 5\n", {"a": "5"}),
        ("a: |\n  one\n  two\nb: >-\n  three\n  four\n", {"a": "one\ntwo\n", "b": "three four"}),
        ("a: &unused {b: [1, 2.5, true, ~]}\n", {"a": {"b": [1, 2.5, True, None]}}),
        ("a: 'x[i] *y* :)'\n", {"a": "x[i] *y* :)"}),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_plain_values_are_read(folder: Path, text: str, value: object) -> None:
    assert read(folder, text).value == value


def test_every_value_knows_its_line_and_what_is_missing_its_surroundings(folder: Path) -> None:
    located = read(folder, "- id: a\n  list:\n    - x\n    - y\n- id: b\n")
    assert [located.line(path) for path in ((0, "id"), (0, "list", 1), (1, "id"), (1, "missing", 3))] == [1, 4, 5, 5]
    assert located.line((7, "nowhere")) == 1


def test_a_file_that_is_too_large_is_not_even_read(folder: Path) -> None:
    with (folder / "x.yaml").open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    with pytest.raises(NotRead, match="larger than 4 MB; split it"):
        read_yaml(folder, "x.yaml")
    (folder / "x.md").write_text("x" * 1_000_001)
    with pytest.raises(StudyError, match="larger than 1 MB; split it"):
        read_chapters(folder, "x.md", "title")


def test_what_is_no_file_is_told_and_never_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "pipe.md")
    (folder / "folder.md").mkdir()
    (folder / "device.md").symlink_to("/dev/zero")
    for name, sentence in (("pipe.md", "not a file"), ("folder.md", "not a file"), ("device.md", "out of the module")):
        with pytest.raises(NotRead, match=sentence):
            read_text(folder, name)


def test_a_link_may_not_lead_out_of_the_module(folder: Path) -> None:
    (folder.parent / "secret.md").write_text("# Secret\n")
    (folder / "x.md").symlink_to(folder.parent / "secret.md")
    with pytest.raises(NotRead, match="leads out of the module"):
        read_text(folder, "x.md")
    (folder / "inside.md").write_text("here")
    (folder / "y.md").symlink_to("inside.md")
    assert read_text(folder, "y.md") == "here"


def test_a_missing_file_is_told(folder: Path) -> None:
    with pytest.raises(NotRead, match=r"cannot be read \(no such file or directory\)"):
        read_text(folder, "nowhere.md")


PIECES = st.sampled_from(
    [
        *"[]{}'\"~\\a\0é\t\n\ufeff\u2028",
        "- ",
        "id: ",
        ": ",
        "  ",
        "&a ",
        "*a",
        "!!",
        "!t ",
        "|\n",
        ">-\n",
        "? ",
        "---\n",
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=60) | st.binary(max_size=60))
@settings(max_examples=1000, deadline=None)
def test_any_text_is_read_or_refused(text: str | bytes) -> None:
    folder = Path(os.environ["STUDYAPP_HOME"])
    folder.mkdir(exist_ok=True)
    data = text if isinstance(text, bytes) else text.encode(errors="surrogatepass")
    try:
        line, sentence = read(folder, data).line(("nothing",)), "read"
    except NotRead as told:
        line, sentence = told.line, told.problem
    assert 1 <= line <= len(data) + 1
    assert sentence.isprintable()
