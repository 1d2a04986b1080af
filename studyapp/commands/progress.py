"""`studyapp stats|report|simulate`: the learner's figures, as text, as images, as a page."""

from __future__ import annotations

import argparse
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING

from studyapp.commands.base import Commands, on_data, say, show
from studyapp.core.text import visible
from studyapp.errors import UsageError

if TYPE_CHECKING:
    from studyapp.bootstrap import Program
    from studyapp.charts.pictures import Section

WIDEST = 100
LONGEST_DAYS, LARGEST_SEED = 3650, 1_000_000


def add(commands: Commands) -> None:
    parser = commands.add("stats", on_data(stats), "your figures: days, due, retention, topics, labs", as_json=True)
    parser.add_argument("--png", metavar="FILE", help="draw them into this file as well")
    parser.add_argument("--schedulers", action="store_true", help="also score your own history under both schedulers")
    page = commands.add("report", on_data(report), "your figures, audit and gate as one page for a browser")
    page.add_argument("--html", metavar="FILE", required=True, help="the page; what is there is replaced")
    parser = commands.add("simulate", on_data(simulate), "a simulated learner under both schedulers", as_json=True)
    parser.add_argument("--days", type=int, default=365, metavar="N", help="how long; a year by default")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="another seed is other learners")


def stats(options: argparse.Namespace, program: Program) -> int:
    from studyapp.charts.sections import sections
    from studyapp.services.statistics import described, gather

    if options.png is not None:
        from studyapp.charts.images import check_installed

        check_installed()
    figures = gather(program.recall, program.library.modules())
    shown, values = sections(figures), described(figures)
    if options.schedulers:
        from studyapp.charts.schedulers import comparison_section
        from studyapp.services.schedulers import compare, comparison_values

        found = compare(program.recall)
        shown.append(comparison_section(found, figures.scheduler))
        values["schedulers"] = comparison_values(found)
    if options.png is not None:
        from studyapp.charts.images import png

        write(Path(options.png), png([picture for section in shown for picture in section.pictures]))
        say(f"Drawn into {options.png}.")
    if options.json:
        show(values)
    elif options.png is None:
        print(as_text(shown))
    return 0


def report(options: argparse.Namespace, program: Program) -> int:
    from studyapp.charts.images import check_installed
    from studyapp.report.content import gather_report
    from studyapp.report.page import page

    check_installed()
    write(Path(options.html), page(gather_report(program.recall, program.library)).encode())
    say(f"Written to {options.html}; open it in any browser.")
    return 0


def simulate(options: argparse.Namespace, program: Program) -> int:
    from studyapp.charts.schedulers import simulation_section
    from studyapp.services.simulation import described, run_simulation

    if not 1 <= options.days <= LONGEST_DAYS:
        raise UsageError(f"--days takes a whole number from 1 to {LONGEST_DAYS}, not {options.days}.")
    if not 0 <= options.seed <= LARGEST_SEED:
        raise UsageError(f"--seed takes a whole number from 0 to {LARGEST_SEED}, not {options.seed}.")
    found = run_simulation(program.recall, options.days, options.seed)
    if options.json:
        show(described(found))
    else:
        print(as_text([simulation_section(found)]))
    return 0


def as_text(shown: list[Section]) -> str:
    """All sections for a terminal of any width, or for a pipe."""
    from studyapp.charts.bars import drawn
    from studyapp.charts.terminal import as_text as rows_as_text

    width = min(WIDEST, get_terminal_size().columns)
    blocks = []
    for section in shown:
        head = [section.title, "─" * len(section.title), *(_wrapped(words, width) for words in section.words)]
        blocks.append("\n".join(head))
        blocks += [rows_as_text(drawn(picture, width)) for picture in section.pictures]
    return visible("\n\n".join(blocks))


def _wrapped(words: str, width: int) -> str:
    from textwrap import fill

    return fill(words, width)


def write(file: Path, data: bytes) -> None:
    """Writes a file whole or not at all.

    Raises:
        UsageError: no name of a file.
        StudyError: it cannot be written.
    """
    from studyapp.exchange.files import whole

    if not file.name:
        raise UsageError(f"{str(file)!r} is not the name of a file.")
    with whole(file, replace=True) as target:
        target.write(data)
