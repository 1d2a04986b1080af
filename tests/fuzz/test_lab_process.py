"""Real programs in the place of a lab that do their worst: one sentence, no process left, little memory."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from random import Random

import pytest

from studyapp.lab_runner.child import MOST_WAITING, Child
from studyapp.lab_runner.events import Failed, Finished, Pictures, Progress, Series
from studyapp.lab_runner.process import MOST_BYTES, MOST_FIGURES, LabProcess
from studyapp.tui.widgets.picture import decoded, file_of
from tests.faults.counts import count, peak_megabytes, size
from tests.fuzz.lab_values import any_line
from tests.lab_runner.scripts import all_events, failure, gone, run, script, written

ROOM = 200
"""Megabytes beyond what the process has before; as a whole it must stay below 500."""


@pytest.mark.parametrize("seed", range(size(3, 60)))
async def test_a_stream_of_anything_ends_in_one_word(tmp_path: Path, seed: int) -> None:
    rng = Random(f"stream {seed}")
    lines = [any_line(rng) for _ in range(300)]
    stream = tmp_path / "stream"
    stream.write_bytes(b"\n".join(lines)[: -rng.randint(1, 200)])
    with count("lab-streams").timed(seed) as outcome:
        code = f"sys.stdout.buffer.write(open({str(stream)!r}, 'rb').read()); sys.stdout.flush(); os._exit({seed % 3})"
        events = await run(code)
        assert isinstance(events[-1], Failed | Finished)
        assert not any(isinstance(event, Failed | Finished) for event in events[:-1])
        outcome.append(type(events[-1]).__name__.lower())


FLOODS = {
    "one line of 100 MB": "sys.stdout.write('x' * 100_000_000)",
    "an event of 100 MB": 'print(\'{"event": "note", "text": "\' + \'x\' * 100_000_000 + \'"}\')',
    "a million events": "\n".join(
        ("for n in range(1_000_000):", '    sys.stdout.write(\'{"event":"note","text":"a"}\\n\')')
    ),
    "progress for ever": "\n".join(("while True:", "    say('progress', done=1, total=2, text='x' * 900)")),
    "large series": "\n".join(
        (
            "values = ','.join(['1'] * 19_000)",
            "lines = ','.join('{\"label\":\"a\",\"values\":[' + values + ']}' for _ in range(40))",
            'head = \'{"event":"series","id":"a","title":"b","y":{"label":"","log":false},\'',
            "for n in range(100):",
            '    print(head + \'"x":{"label":"","log":false,"values":[\' + values + \']},"lines":[\' + lines + \']}\')',
        )
    ),
    "many series": "\n".join(
        (
            "for n in range(1000):",
            "    say('series', id=str(n), title='', x={'label': '', 'values': [], 'log': False},"
            " y={'label': '', 'log': False}, lines=[])",
        )
    ),
    "both outputs": "\n".join(
        ("while True:", "    sys.stdout.write('a\\n' * 1000)", "    sys.stderr.write('\\x1b[2J\\n' * 1000)")
    ),
}


@pytest.mark.parametrize("name", FLOODS)
async def test_a_flood_is_stopped_within_bounds(name: str) -> None:
    before = peak_megabytes()
    with count("lab-floods").timed(name) as outcome:
        ended = await failure(f"start()\n{FLOODS[name]}", silence=60.0)
        assert "It was stopped" in ended.hint
        outcome.append("stopped")
    assert peak_megabytes() - before < ROOM


async def test_figures_beyond_number_are_not_kept() -> None:
    events = await run(f"start()\n{FLOODS['many series']}")
    assert sum(isinstance(event, Series) for event in events) <= MOST_FIGURES


async def test_a_child_waits_for_a_slow_reader() -> None:
    """Else all that it prints would stand in memory until it is read."""
    child = await Child.start(script("while True: sys.stdout.write('x' * 100_000)"), {})
    try:
        await asyncio.sleep(1.0)
        waiting = child._pieces.qsize()
        await asyncio.sleep(0.5)
        assert child._pieces.qsize() == waiting
        assert child._waiting < 2 * MOST_WAITING
        async for _, _data in child.pieces(10.0):  # and goes on when the reader does
            waiting -= 1
            if waiting < -10:
                break
    finally:
        await child.stop()


async def test_a_whole_run_may_be_as_long_as_is_allowed_and_read_slowly() -> None:
    progress = "for n in range(300): say('progress', done=n, total=300, text='x' * 20_000)"
    code = f"start()\n{progress}\nsay('finished', seconds=1)"
    events = await run(code)
    assert isinstance(events[-1], Finished)
    assert sum(isinstance(event, Progress) for event in events) == 300
    assert MOST_WAITING < 300 * 20_000 < MOST_BYTES


async def test_a_child_that_ignores_everything_and_its_own_children_are_gone(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    code = f"""
signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.signal(signal.SIGHUP, signal.SIG_IGN)
start()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        open({str(file)!r}, 'w').write(str(os.getpid()))
        time.sleep(600)
    os._exit(0)
say('finished', seconds=1)
time.sleep(600)
"""
    events = await run(code)
    assert isinstance(events[-1], Finished)
    assert gone(written(file))


async def test_a_child_is_told_no_password_and_its_files_are_the_learners_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUDYAPP_DB", "postgresql://me:secret@host/db")
    before = os.umask(0)
    try:
        code = (
            f"open({str(tmp_path / 'made')!r}, 'w'); os.mkdir({str(tmp_path / 'folder')!r});"
            "say('note', text=str([n for n in os.environ if n.startswith('STUDYAPP_') and n != 'STUDYAPP_CHILD']))"
        )
        events = await run(code)
    finally:
        os.umask(before)
    assert getattr(events[0], "text", "") == "[]"
    assert (tmp_path / "made").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "folder").stat().st_mode & 0o777 == 0o700


async def test_a_picture_stays_inside_the_runs_folder(tmp_path: Path) -> None:
    """By name, by link, by a folder that is a link; a pipe is not waited for."""
    from PIL import Image

    out, run_folder = tmp_path / "secret.png", tmp_path / "run"
    run_folder.mkdir()
    Image.new("RGB", (8, 8), "red").save(out)
    Image.new("RGB", (8, 8), "red").save(run_folder / "good.png")
    (run_folder / "link.png").symlink_to(out)
    (run_folder / "folder").symlink_to(tmp_path)
    (run_folder / "loop.png").symlink_to(run_folder / "loop.png")
    os.mkfifo(run_folder / "pipe.png")
    names = ("good.png", "link.png", "folder/secret.png", "loop.png", "pipe.png", "x" * 900, "a\0b", ".")
    tiles = json.dumps([{"caption": name[:9], "file": name} for name in names])
    events = await all_events(LabProcess(script(f"say('pictures', id='p', title='t', columns=2, tiles={tiles})")))
    pictures = events[0]
    assert isinstance(pictures, Pictures)
    found = [decoded(file_of(tile, run_folder)) is not None for tile in pictures.tiles]
    assert found == [True, False, False, False, False, False, False, False]
    for name in ("../secret.png", str(out), "a/../../secret.png"):
        tile = json.dumps([{"caption": "", "file": name}])
        events = await run(f"say('pictures', id='p', title='t', columns=2, tiles={tile})")
        assert not any(isinstance(event, Pictures) for event in events)
