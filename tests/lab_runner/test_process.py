"""Whatever a lab does, it ends in one plain sentence and leaves no process behind."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from studyapp.lab_runner.child import Child
from studyapp.lab_runner.events import Failed, Finished, Metric, Note, Progress, Started
from studyapp.lab_runner.process import CANCELLED, Command, LabProcess
from tests.lab_runner.scripts import all_events, failure, gone, run, script, written

SLEEP_ON = "time.sleep(600)"


async def test_the_events_of_a_good_run_come_in_order() -> None:
    events = await run(
        "start(); say('progress', done=1, total=2, text='half')\n"
        "say('metric', name='m', value=0.5, unit='R^2', low=0.4, high=0.6); say('note', text='n'); "
        "say('finished', seconds=1.5)"
    )
    assert [type(event) for event in events] == [Started, Progress, Metric, Note, Finished]
    assert events[2] == Metric("m", 0.5, "R^2", 0.4, 0.6)


async def test_events_come_while_the_lab_still_runs() -> None:
    process = LabProcess(script(f"start(); {SLEEP_ON}"))
    stream = process.events()
    assert isinstance(await anext(stream), Started)
    await process.cancel()
    assert await anext(stream) == CANCELLED


async def test_a_failure_of_its_own_is_told_as_it_is() -> None:
    ended = await failure("start(); say('failed', message='The folder x is no pipeline.', hint='Name another.')")
    assert ended == Failed("The folder x is no pipeline.", "Name another.")


async def test_wrong_usage_is_told_in_the_labs_own_words() -> None:
    ended = await failure("sys.exit('steps=5 is not possible: steps takes a whole number from 10 to 4000.')")
    assert "steps=5 is not possible" in ended.message


async def test_a_killed_lab_says_that_it_was_killed(tmp_path: Path) -> None:
    process = LabProcess(script(f"start(); {SLEEP_ON}"))
    stream = process.events()
    await anext(stream)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    ended = await anext(stream)
    assert isinstance(ended, Failed)
    assert "killed from outside" in ended.message


async def test_a_crash_is_told_by_its_signal() -> None:
    ended = await failure("start(); os.kill(os.getpid(), signal.SIGSEGV)")
    assert "SIGSEGV" in ended.message


async def test_an_exit_without_a_result_is_told() -> None:
    assert "without a result (exit code 0)" in (await failure("start()")).message
    assert "exit code 7" in (await failure("start(); os._exit(7)")).message


async def test_a_traceback_becomes_its_last_line() -> None:
    ended = await failure("start(); raise ValueError('a b c')")
    assert ended.message == "ValueError: a b c."


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
async def test_a_flood_of_output_is_stopped(stream: str) -> None:
    ended = await failure(f"start()\nwhile True: sys.{stream}.write('spam spam spam\\n' * 5000)")
    assert "far more than a run can need" in ended.message


async def test_a_flood_of_events_is_stopped() -> None:
    ended = await failure("start()\nwhile True: say('note', text='again')")
    assert "far more than a run can need" in ended.message


async def test_much_progress_is_no_flood() -> None:
    events = await run(
        "start()\nfor n in range(8000): say('progress', done=n, total=8000, text='t')\nsay('finished', seconds=1)"
    )
    assert isinstance(events[-1], Finished)


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
async def test_a_line_of_ten_megabytes_is_stopped(stream: str) -> None:
    ended = await failure(f"start(); sys.{stream}.write('x' * 10_000_000); sys.{stream}.flush(); {SLEEP_ON}")
    assert "line too long" in ended.message


async def test_a_line_of_ten_megabytes_with_an_end_is_no_event() -> None:
    ended = await failure("start(); print(json.dumps({'event': 'note', 'text': 'x' * 10_000_000}), flush=True)")
    assert "line too long" in ended.message or "without a result" in ended.message


async def test_a_lab_that_hangs_silently_is_stopped(tmp_path: Path) -> None:
    begun = time.monotonic()
    code = f"start(); open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); {SLEEP_ON}"
    ended = await failure(code, silence=1.0)
    assert "said nothing for 1 seconds" in ended.message
    assert time.monotonic() - begun < 60
    assert gone(written(tmp_path / "pid"))


async def test_a_lab_that_does_not_want_to_end_is_ended(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    code = (
        f"signal.signal(signal.SIGTERM, signal.SIG_IGN); open({str(file)!r}, 'w').write(str(os.getpid())); {SLEEP_ON}"
    )
    ended = await failure(code, silence=1.0)
    assert "said nothing" in ended.message
    assert gone(written(file))


async def test_a_lab_that_closes_its_output_and_stays_is_ended() -> None:
    ended = await failure(f"start(); os.close(1); os.close(2); {SLEEP_ON}")
    assert "did not end" in ended.message


GRANDCHILD = """
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session={own_session})
open({file!r}, "w").write(str(child.pid))
start()
"""


@pytest.mark.parametrize("own_session", [False, True], ids=["same group", "group of its own"])
@pytest.mark.parametrize("ending", ["say('finished', seconds=1)", "os._exit(3)", "os.kill(os.getpid(), 9)"])
async def test_no_grandchild_is_left(tmp_path: Path, own_session: bool, ending: str) -> None:
    file = tmp_path / "pid"
    events = await run(GRANDCHILD.format(file=str(file), own_session=own_session) + ending)
    assert isinstance(events[-1], Finished | Failed)
    assert gone(written(file))


async def test_cancelling_ends_the_whole_family(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    process = LabProcess(script(GRANDCHILD.format(file=str(file), own_session=False) + SLEEP_ON))
    stream = process.events()
    await anext(stream)
    assert process.pid is not None
    await process.cancel()
    assert await anext(stream) == CANCELLED
    assert gone(process.pid)
    assert gone(written(file))


async def test_cancelling_before_it_has_started_counts_as_well() -> None:
    process = LabProcess(script(f"start(); {SLEEP_ON}"))
    await process.cancel()
    assert await all_events(process) == [CANCELLED]
    assert process.pid is not None
    assert gone(process.pid)


async def test_a_cancelled_task_leaves_no_process(tmp_path: Path) -> None:
    process = LabProcess(script(f"start(); {SLEEP_ON}"))
    following = asyncio.create_task(all_events(process))
    while process.pid is None:
        await asyncio.sleep(0.01)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    assert following.cancelled()
    assert gone(process.pid)


def test_a_loop_that_ends_while_a_child_is_stopped_leaves_nothing_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else its transport is found when the loop is closed already, in whatever is done then."""
    late: list[str] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda found: late.append(repr(found.exc_value)))

    async def being_stopped() -> int:
        child = await Child.start(script(f"signal.signal(signal.SIGTERM, signal.SIG_IGN); start(); {SLEEP_ON}"), {})
        await anext(child.pieces(20.0))
        stopping = asyncio.create_task(child.stop())
        await asyncio.sleep(0.05)
        assert not stopping.done()
        return child.pid

    assert gone(asyncio.run(being_stopped()))
    gc.collect()
    assert late == []


async def test_binary_garbage_and_half_lines_are_no_events() -> None:
    events = await run(
        "start(); out = sys.stdout.buffer\n"
        'out.write(b\'\\x00\\xff\\x1b[31m\\x80 garbage\\n{"event": "note"\\n[1, 2\\n"\\n\'); out.flush()\n'
        'out.write(b\'{"event": "no\'); out.flush(); time.sleep(0.2); out.write(b\'te", "text": "whole"}\\n\')\n'
        "out.flush(); say('finished', seconds=1)"
    )
    assert events[1:] == [Note("whole"), Finished(1.0)]


async def test_garbage_at_the_end_is_told_without_control_codes() -> None:
    ended = await failure("sys.stderr.buffer.write(b'\\x1b[31mbad \\xff\\x07 end'); sys.exit(1)")
    assert "bad" in ended.message
    assert "end" in ended.message


async def test_a_program_that_is_not_there_is_told() -> None:
    (ended,) = await all_events(LabProcess(["/no/such/program"]))
    assert isinstance(ended, Failed)
    assert "could not be started" in ended.message


async def test_a_lab_can_read_nothing() -> None:
    events = await run("start(); say('note', text=repr(sys.stdin.read())); say('finished', seconds=0)")
    assert Note("''") in events


async def test_a_real_lab_refuses_an_unknown_knob(tmp_path: Path) -> None:
    command = Command("forward_noising", tmp_path, {"nope": "1"})
    (ended,) = await all_events(LabProcess(command.arguments()))
    assert isinstance(ended, Failed)
    assert "no knob called nope" in ended.message


async def test_a_real_lab_runs_wherever_the_program_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "random.py").write_text("raise SystemExit('the wrong random')")
    monkeypatch.chdir(tmp_path)
    command = Command("forward_noising", tmp_path / "out", {"walks": "50", "steps": "20"}, quick=True)
    events = await all_events(LabProcess(command.arguments()))
    assert isinstance(events[-1], Finished), events[-1]
    assert (tmp_path / "out" / "run.json").is_file()
