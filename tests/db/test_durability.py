"""An answer that was acknowledged is on disk: after a kill, and beside a second program that writes too."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from studyapp.bootstrap import Program
from studyapp.services.doctor import examine

Open = Callable[[], Program]
A = "t1.fog.c0"

ANSWERING = """
import sys
from studyapp.bootstrap import open_program
recall = open_program().recall
for number in range(10_000):
    print(recall.grade("t1.fog.c0", number % 6, answer="x" * 200).review.id, flush=True)
"""

TWO_HUNDRED = """
import sys
from studyapp.bootstrap import open_program
recall = open_program().recall
cards = sorted(recall.store.card_ids("me"))
for number in range(200):
    if number % 20 == 0:
        sys.stdin.readline()
    print(recall.grade(cards[number % len(cards)], (number * 7 + int(sys.argv[1])) % 6).review.id, flush=True)
    if number % 10 == 9:
        recall.flag(cards[0], number % 2)
"""


def started(script: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def test_what_was_acknowledged_survives_a_kill(module: Path, open_again: Open) -> None:
    rng, acknowledged = random.Random(3), set[str]()
    for _ in range(20):
        with started(ANSWERING) as process:
            assert process.stdout is not None
            for _ in range(rng.randint(1, 12)):
                acknowledged.add(process.stdout.readline().strip())
            process.kill()
            rest = process.stdout.read().splitlines()
            acknowledged |= {line for line in rest if len(line) == 36}
        assert process.returncode == -9
    program = open_again()
    kept = {review.id for review in program.store.reviews_of("me", A)}
    assert len(acknowledged) >= 20
    assert acknowledged <= kept
    assert len(kept - acknowledged) <= 20  # at most one a time was on disk and not yet told
    assert all(finding.ok for finding in examine(program.recall))


def test_two_programs_on_one_file_lose_nothing(module: Path, open_again: Open) -> None:
    program = open_again()
    processes = [started(TWO_HUNDRED, str(number)) for number in range(2)]
    written: list[str] = []
    for _ in range(10):  # in step, so that neither is done before the other begins
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        for process in processes:
            assert process.stdout is not None
            written += [process.stdout.readline().strip() for _ in range(20)]
    for process in processes:
        process.communicate()
    assert [process.returncode for process in processes] == [0, 0]
    kept = [review.id for review in program.store.latest_reviews("me", 10**6)]
    assert len(written) == 400
    assert sorted(written) == sorted(kept)
    assert all(finding.ok for finding in examine(program.recall))


def test_programs_that_start_for_the_first_time_at_once_make_one_home(module: Path, open_again: Open) -> None:
    script = "from studyapp.bootstrap import open_program; print(open_program().recall.grade('t1.fog.c0', 4).review.id)"
    processes = [started(script) for _ in range(4)]
    ids = {process.communicate()[0].strip() for process in processes}
    assert [process.returncode for process in processes] == [0] * 4
    assert {review.id for review in open_again().store.reviews_of("me", A)} == ids
