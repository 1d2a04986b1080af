"""`studyapp lab list|show|run|history`: the labs from the shell."""

from __future__ import annotations

import argparse
import shutil
import sys
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from studyapp.commands.base import Command, Commands, on_data, say, show
from studyapp.core.text import visible
from studyapp.errors import StudyError, UsageError

if TYPE_CHECKING:
    from labs.kit.spec import Lab
    from studyapp.bootstrap import Program
    from studyapp.lab_runner.run import Run


def add(commands: Commands) -> None:
    actions = commands.group("lab", on_data(lab_list), "the labs: list them, run one, look at your runs")

    def action(name: str, run: Command, help: str) -> argparse.ArgumentParser:
        return actions.add(name, run, help, as_json=True)

    action("list", on_data(lab_list), "all labs")
    shown = action("show", on_data(lab_show), "one lab: its question, knobs, cards and reference")
    shown.add_argument("name", metavar="NAME", help="the lab's name")
    history = action("history", on_data(lab_history), "your own runs")
    history.add_argument("name", metavar="NAME", nargs="?", help="of one lab only")
    run = action("run", on_data(lab_run), "run a lab and compare it with its reference")
    run.add_argument("name", metavar="NAME", help="the lab's name")
    run.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="set a knob; may be repeated")
    run.add_argument("--seed", type=int, default=0, metavar="N", help="0 to 1000000, default 0")
    run.add_argument("--device", default="auto", metavar="DEVICE", help="auto, cpu, cuda or mps")
    run.add_argument("--model", default="", metavar="PATH_OR_ID", help="another Stable Diffusion pipeline")
    run.add_argument("--quick", action="store_true", help="a smaller run of a few seconds")
    run.add_argument("--predict", default="", metavar="ANSWER", help="your prediction: a choice's number, or a number")
    run.add_argument("--card", default="", metavar="CARD", help="the card that sent you here; kept with the run")


def lab_list(options: argparse.Namespace, program: Program) -> int:
    from studyapp.lab_runner import shelf
    from studyapp.services import lab_log

    recall = program.recall
    values: list[dict[str, Any]] = []
    for lab in shelf.lab_list():
        runs, cards = lab_log.history(recall, lab.name), lab_log.cards_of(recall, lab.name)
        values.append(
            {
                "name": lab.name,
                "title": lab.title,
                "question": lab.question,
                "seconds_cpu": lab.seconds_cpu,
                "seconds_quick": lab.seconds_quick,
                "cards": [card.id for card in cards],
                "runs": len(runs),
                "last": runs[0].outcome if runs else None,
            }
        )
    if options.json:
        show(values)
    for value in [] if options.json else values:
        last = f"{_count(value['runs'], 'run')}, last: {value['last']}" if value["runs"] else "not run yet"
        times = f"{value['seconds_cpu']:g} s, {value['seconds_quick']:g} s with --quick"
        print(f"{value['name']:<21} {value['title']} · {times} · {_count(len(value['cards']), 'card')} · {last}")
        print(f"{'':<21} {value['question']}")
    return 0


def lab_show(options: argparse.Namespace, program: Program) -> int:
    from studyapp.lab_runner import shelf
    from studyapp.lab_runner.report import report
    from studyapp.services import lab_log

    lab = shelf.find_lab(options.name)
    cards = lab_log.cards_of(program.recall, lab.name)
    reference = shelf.reference(lab.name)
    if options.json:
        known = reference.record() if reference else None
        show(asdict(lab) | {"cards": [card.id for card in cards], "reference": known})
        return 0
    print(f"{lab.title} · {lab.name}\n{lab.question}\n\n{lab.prediction.prompt}")
    for number, choice in enumerate(lab.prediction.choices, start=1):
        print(f"  {number} {choice.label}")
    print("\nKnobs:")
    for knob in lab.knobs:
        print(f"  {knob.line()}")
    print("\nCards:", *(f"{card.id}  {visible(card.prompt)}" for card in cards), sep="\n  ")
    if reference is None:
        print("\nThere is no reference yet.")
    else:
        print(f"\nReference, made {reference.date}\n")
        print("\n\n".join(report(lab, reference, None, _charts_width())))
    return 0


def lab_history(options: argparse.Namespace, program: Program) -> int:
    from studyapp.lab_runner import shelf
    from studyapp.services import lab_log

    if options.name:
        shelf.find_lab(options.name)
    runs = lab_log.history(program.recall, options.name)
    if options.json:
        heads = [{"id": run.id, "at": run.at.isoformat(), "lab": run.lab, "outcome": run.outcome} for run in runs]
        show([head | dict(run.data) for head, run in zip(heads, runs, strict=True)])
        return 0
    if not runs:
        print("No lab was run yet; `studyapp lab list` shows what there is.")
    for run in runs:
        data = run.data
        quick = " quick" if data.get("quick") else ""
        print(
            f"{run.at:%Y-%m-%d %H:%M}  {run.lab:<21} {data.get('seconds') or 0:6.1f} s{quick}  {run.outcome}, "
            f"prediction {run.prediction}  {visible(str(data.get('folder', '')))}"
        )
    return 0


def lab_run(options: argparse.Namespace, program: Program) -> int:
    import asyncio

    from studyapp.lab_runner import shelf
    from studyapp.lab_runner.events import Failed
    from studyapp.lab_runner.install import missing_words
    from studyapp.lab_runner.process import Command as LabCommand
    from studyapp.lab_runner.run import Run
    from studyapp.services import lab_log

    lab = shelf.find_lab(options.name)
    if options.card:
        program.recall.card(options.card)
    command = LabCommand(
        lab.name,
        out=program.paths.home,  # until the run is sure to start and gets a folder of its own
        settings=_settings(options.set),
        seed=options.seed,
        device=options.device,
        model=options.model,
        quick=options.quick,
    )
    shelf.check_settings(lab, command)
    prediction = options.predict or _ask(lab, lab.unmarkable(lab.parameters(command.settings)))
    if prediction:
        shelf.check_prediction(lab, prediction)
    if missing := shelf.missing_libraries():
        raise StudyError(missing_words(missing))
    folder = shelf.new_folder(program.paths.home, lab.name, program.recall.clock().astimezone())
    run = Run(lab, replace(command, out=folder), prediction, options.card or None)
    asyncio.run(_follow(run))
    if isinstance(run.ended, Failed):
        say(f"{run.ended.message} {run.ended.hint}")
        return 130 if run.cancelled else 1
    try:
        lab_log.record_run(program.recall, lab.name, run.card_id, run.record())
    finally:  # what was measured is shown also when it cannot be kept
        if options.json:
            show(run.record())
        else:
            _print_run(run)
    return 0


async def _follow(run: Run) -> None:
    """Runs it to its end; a signal to this program cancels the lab, so that none is left behind."""
    import asyncio
    import signal

    from studyapp.lab_runner.events import Progress

    loop = asyncio.get_running_loop()
    line = _ProgressLine()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, lambda: loop.create_task(run.cancel()))
    ticking = asyncio.create_task(_tick(line, run))
    try:
        async for event in run.follow():
            if isinstance(event, Progress) and not line.moves:
                line.show(run)
    finally:
        ticking.cancel()
        line.clear()


async def _tick(line: _ProgressLine, run: Run) -> None:
    import asyncio

    while True:
        line.show(run)
        await asyncio.sleep(0.2)


class _ProgressLine:
    """Progress on standard error: one line that changes on a terminal, a line for every new step elsewhere."""

    def __init__(self) -> None:
        self.moves = sys.stderr.isatty()
        self._said = ""

    def show(self, run: Run) -> None:
        progress = run.progress
        if self.moves:
            full = round(20 * progress.share)
            bar = "█" * full + "░" * (20 - full)
            sys.stderr.write(
                f"\r\x1b[K{bar} {100 * progress.share:3.0f} %  {run.left_words}  {progress.text}"[: _width() + 4]
            )
        elif progress.text != self._said:
            self._said = progress.text
            sys.stderr.write(f"{100 * progress.share:3.0f} %  {progress.text}\n")
        sys.stderr.flush()

    def clear(self) -> None:
        if self.moves:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def _print_run(run: Run) -> None:
    from studyapp.lab_runner.report import report
    from studyapp.lab_runner.results import marked, summary

    found = run.compared()
    print("\n\n".join(report(run.lab, run.results, found, _charts_width())))
    print(f"\nBeside the reference: {summary(found)}.")
    if run.prediction:
        print(marked(run.lab, run.prediction, run.results)[1])
    print(f"Took {run.results.seconds or 0:.1f} s. Full-size pictures and run.json: {run.command.out}")


def _settings(pairs: list[str]) -> dict[str, str]:
    settings = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign:
            raise UsageError(f"--set {pair[:40]} is not of the form key=value.")
        settings[name.strip()] = value
    return settings


def _ask(lab: Lab, unmarkable: str) -> str:
    """The prediction, asked on a terminal; empty without one or without an answer."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return ""
    if unmarkable:
        say(f"No prediction is asked for: {unmarkable}.")
        return ""
    lines = [f"  {number} {choice.label}" for number, choice in enumerate(lab.prediction.choices, start=1)]
    sys.stderr.write("\n".join(["Predict first. " + lab.prediction.prompt, *lines, "Your prediction (enter: none): "]))
    sys.stderr.flush()
    return sys.stdin.readline().strip()


def _count(number: int, one: str) -> str:
    return f"{number} {one}{'s' * (number != 1)}"


def _charts_width() -> int | None:
    """Charts only for eyes: a pipe gets tables."""
    return _width() - 2 if sys.stdout.isatty() else None


def _width() -> int:
    return shutil.get_terminal_size().columns
