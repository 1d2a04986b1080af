"""Runs one lab: command line, output folder, event stream, and a plain sentence for whatever goes wrong.

Exit codes: 0 done, 1 the run failed, 2 wrong usage, 130 and 143 cancelled by SIGINT and SIGTERM.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from labs.kit import machine
from labs.kit.context import Context
from labs.kit.events import Event, Events, encode
from labs.kit.machine import LabError
from labs.kit.report import Report
from labs.kit.spec import KnobError, Lab, sizes_for

Experiment = Callable[[Context], None]
INSTALL = "Install the labs extra: pip install 'studyapp[labs]'."


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One sentence on standard error, exit code 2."""
        print(f"{message[:1].upper()}{message[1:].rstrip('.')}; --help lists what there is.", file=sys.stderr)
        raise SystemExit(2)


def _parser(lab: Lab) -> argparse.ArgumentParser:
    knobs = "\n".join(f"  {knob.line()}" for knob in lab.knobs)
    parser = _Parser(
        prog=f"python -m labs.{lab.name}",
        description=f"{lab.title}. {lab.question}",
        epilog=f"knobs:\n{knobs}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="set a knob; may be repeated")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="0 to 1000000, default 0")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto")
    if lab.takes_model:
        parser.add_argument("--model", metavar="PATH_OR_ID", help="another Stable Diffusion pipeline, safetensors only")
    parser.add_argument("--quick", action="store_true", help=f"a smaller run of about {lab.seconds_quick:g} s")
    parser.add_argument("--predict", metavar="ANSWER", help=lab.prediction.prompt)
    parser.add_argument("--out", type=Path, metavar="DIR", help="where run.json and the pictures go")
    parser.add_argument("--events", action="store_true", help="JSON lines on standard output instead of a report")
    return parser


def _settings(pairs: Sequence[str]) -> dict[str, str]:
    settings = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign:
            raise KnobError(f"--set {pair[:40]} is not of the form key=value.")
        settings[name.strip()] = value
    return settings


def _folder(lab: Lab, wanted: Path | None) -> Path:
    """Makes the output folder: `wanted`, or a new one under ./lab_output, which keeps itself out of git."""
    if wanted is not None:
        wanted.mkdir(parents=True, exist_ok=True)
        return wanted
    top = Path("lab_output")
    folder = top / lab.name / datetime.now().strftime("%Y%m%d-%H%M%S")
    folder.mkdir(parents=True, exist_ok=True)
    (top / ".gitignore").write_text("*\n")
    return folder


def _event_sink() -> Callable[[Event], None]:
    """Lines to the real standard output; whatever else a library prints goes to standard error instead."""
    stream = os.dup(1)
    os.dup2(2, 1)

    def send(event: Event) -> None:
        line = encode(event)
        while line:
            line = line[os.write(stream, line) :]

    return send


def _end_on_signals(events: Events) -> None:
    """SIGINT and SIGTERM end the process at once, with a `failed` event: nothing a lab does needs unwinding."""

    def end(number: int, frame: FrameType | None) -> None:
        with suppress(OSError):
            events.send("failed", message="The run was cancelled.", hint="Start it again at any time.")
        os._exit(128 + number)

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)


def _ask(lab: Lab, unmarkable: str = "") -> str | None:
    """The prediction, asked at a terminal until it is a possible one; None without one or without an answer."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return None
    if unmarkable:
        print(f"No prediction is asked for: {unmarkable}.")
        return None
    print(lab.prediction.prompt)
    for number, choice in enumerate(lab.prediction.choices, start=1):
        print(f"  {number} {choice.label}")
    while True:
        try:
            answer = input("Your prediction (enter to skip): ").strip()
            if answer:
                lab.prediction.right(answer, 0.0)
            return answer or None
        except EOFError:
            return None
        except KnobError as error:
            print(error)


def _verdict(lab: Lab, answer: str, events: Events) -> str:
    """Marks the prediction by the measured metric."""
    if reason := lab.unmarkable(events.of("started")[0]["params"]):
        return f"Your prediction cannot be marked: {reason}."
    for metric in events.of("metric"):
        if metric["name"] == lab.prediction.metric:
            word = "right" if lab.prediction.right(answer, metric["value"]) else "not what was measured"
            return f"Your prediction, {answer}, is {word}: {metric['name']} = {metric['value']:.4g} {metric['unit']}"
    return "Your prediction could not be marked: this run did not measure it."


def write_run(context: Context, lab: Lab, seconds: float) -> None:
    """Writes run.json: settings, provenance and all results, in one object."""
    events = context.events
    started = events.of("started")[0]
    record = started | {
        "quick": context.quick,
        "model": context.model,
        "date": datetime.now(UTC).date().isoformat(),
        "seconds": round(seconds, 2),
        "metrics": events.of("metric"),
        "checks": events.of("check"),
        "series": events.of("series"),
        "pictures": events.of("pictures"),
        "notes": [note["text"] for note in events.of("note")],
    }
    partial = context.out / "run.json.part"
    partial.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    partial.replace(context.out / "run.json")


def _perform(lab: Lab, experiment: Experiment, events: Events, options: Any, settings: Mapping[str, str]) -> None:
    """The run itself, from `started` to `finished`. Raises LabError, or whatever the experiment raises."""
    begun = time.monotonic()
    if absent := machine.missing():
        raise LabError(
            f"This lab needs {', '.join(absent)}, which {'is' if len(absent) == 1 else 'are'} not installed.",
            INSTALL,
        )
    model: str | None = getattr(options, "model", None)
    machine.quiet(network=model is not None and not Path(model).expanduser().exists())
    device = machine.choose_device(options.device)
    if model is None:
        machine.one_thread()
    machine.exact_float32()
    machine.seed_all(options.seed)
    sizes = sizes_for(options.quick, device, model)
    params = lab.parameters(settings, sizes)
    events.send(
        "started",
        lab=lab.name,
        params=params,
        seed=options.seed,
        device=machine.device_name(device),
        versions=machine.versions(),
    )
    if sizes == "gpu" and (note := lab.sizes_note(settings)):
        events.send("note", text=note)
    context = Context(params, options.seed, device, options.quick, model, options.out, events)
    experiment(context)
    peak = machine.memory_peak(device)
    if peak is not None:
        context.metric("memory peak", peak, "GiB")
    seconds = time.monotonic() - begun
    write_run(context, lab, seconds)
    events.send("finished", seconds=seconds)


def _explained(error: Exception, debug: bool) -> LabError:
    """The sentence for an error; re-raises it if `debug`."""
    if debug:
        raise error
    if isinstance(error, LabError):
        return error
    if isinstance(error, ImportError):
        return LabError(f"A library could not be loaded: {error}.", INSTALL)
    if machine.out_of_memory(error):
        hint = "Use --quick, ask for fewer pictures, close other programs, or run with --device cpu."
        return LabError("The memory was not enough for this run.", hint)
    if isinstance(error, OSError):
        where, reason = error.filename or "A file", (error.strerror or str(error)).lower()
        return LabError(f"{where} could not be read or written ({reason}).", "Look at its disk, then run it again.")
    first = (str(error).splitlines() or [""])[0][:200]
    return LabError(f"The run failed: {type(error).__name__}: {first}.", "LABS_DEBUG=1 shows where.")


def main(lab: Lab, experiment: Experiment, arguments: Sequence[str] | None = None) -> int:
    """Runs `lab` as a program and returns its exit code."""
    options = _parser(lab).parse_args(arguments)
    try:
        settings = _settings(options.set)
        params = lab.parameters(settings)
        if not 0 <= options.seed <= 1_000_000:
            raise KnobError(f"--seed {options.seed} is not possible: it takes a whole number from 0 to 1000000.")
        if options.predict is not None:
            lab.prediction.right(options.predict, 0.0)
        elif not options.events:
            options.predict = _ask(lab, lab.unmarkable(params))
        options.out = _folder(lab, options.out)
    except KnobError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"The output folder cannot be made ({error}); name another one with --out.", file=sys.stderr)
        return 2
    sink = _event_sink() if options.events else Report(sys.stdout, lab.title, lab.question, str(options.out))
    events = Events([sink])
    _end_on_signals(events)
    try:
        try:
            _perform(lab, experiment, events, options, settings)
        except BrokenPipeError:
            raise
        except Exception as error:
            failure = _explained(error, debug=bool(os.environ.get("LABS_DEBUG")))
            if options.events:
                events.send("failed", message=failure.message, hint=failure.hint)
            print(f"{failure.message} {failure.hint}", file=sys.stderr)
            return 1
        if options.predict is not None and not options.events:
            print(_verdict(lab, options.predict, events))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    return 0
