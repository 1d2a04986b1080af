"""What every command uses: how commands are declared, the learner's data, and the two streams."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from studyapp.core.text import visible

if TYPE_CHECKING:
    from studyapp.bootstrap import Program

Command = Callable[[argparse.Namespace], int]
ProgramCommand = Callable[[argparse.Namespace, "Program"], int]
ScreenArguments = Callable[["Program"], Sequence[Any]]
"""What a screen is made with, once the learner's data is open."""


class OpenApp(Protocol):
    """Opens the terminal app on a screen; every command finds it as `options.in_app`, for only `cli` knows the app."""

    def __call__(
        self, options: argparse.Namespace, start: str, arguments: ScreenArguments = ..., *, instead: str
    ) -> int: ...


class Parser(argparse.ArgumentParser):
    """A command line that answers a mistyped word with the nearest right one, not with the whole usage."""

    def _print_message(self, message: str, file: Any = None) -> None:
        super()._print_message(visible(message), file)  # the words that it repeats may come from anywhere

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        from difflib import get_close_matches  # only when it is needed: it takes time

        known = [str(choice) for choice in action.choices]
        near = get_close_matches(str(value), known, n=1)
        what = str(action.metavar or action.dest).lower()
        rest = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known)}."
        self.exit(2, f"There is no {what} {value!r}; {rest}\n")


class Commands:
    """A level of the command line to which commands are added."""

    def __init__(self, parser: argparse.ArgumentParser, title: str = "commands") -> None:
        self.parser = parser
        self._level = parser.add_subparsers(title=title, metavar=title[:-1].upper())

    def add(self, name: str, run: Command, help: str, *, as_json: bool = False) -> argparse.ArgumentParser:
        """One command; its options may stand before or after it."""
        parents = [common_options(argparse.SUPPRESS), *([json_option()] if as_json else [])]
        made = self._level.add_parser(name, help=help, description=help, parents=parents)
        made.set_defaults(run=run)
        return made

    def group(self, name: str, run: Command, help: str, **defaults: Any) -> Commands:
        """A command with actions of its own; alone it does `run`, with the given values of the actions' options."""
        made = self.add(name, run, help, as_json=True)
        made.set_defaults(**defaults)
        return Commands(made, "actions")


def common_options(default: str | None) -> argparse.ArgumentParser:
    """Options that stand before or after a command; after it they leave alone what stood before."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--content", metavar="DIR", help="use the modules in this folder", default=default)
    common.add_argument("--debug", action="store_true", help="show the traceback of an error", default=default)
    return common


def json_option() -> argparse.ArgumentParser:
    option = argparse.ArgumentParser(add_help=False)
    option.add_argument("--json", action="store_true", help="print JSON for a program to read")
    return option


def say(text: str) -> None:
    print(visible(text), file=sys.stderr)


def show(value: Any) -> None:
    """Prints JSON; what a terminal might obey is written as an escape, which a program reads back as it was."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    if not text.replace("\n", "").isprintable():
        text = "".join(one if one.isprintable() or one == "\n" else json.dumps(one)[1:-1] for one in text)
    print(text)


def opened(options: argparse.Namespace) -> Program:
    """The learner's data; problems with the content are told."""
    from studyapp.bootstrap import open_program

    program = open_program(options.content)
    problems = program.library.problems
    if problems:
        say(f"{problems[0]}\n{_more(len(problems))}The last good copy is in use; studyapp content check tells all.")
    for notice in program.library.notices:
        say(notice)
    return program


def on_data(run: ProgramCommand, *, session: bool = False) -> Command:
    """A command on the learner's data, which is opened before and closed after.

    Args:
        session: it is a sitting, after which a backup is made; other commands make one now and then.
    """

    def command(options: argparse.Namespace) -> int:
        with closing(opened(options)) as program:
            with blaming(program):
                code = run(options, program)
            if failure := program.backup_after(session=session):
                say(failure)
            return code

    return command


@contextmanager
def blaming(program: Program) -> Iterator[None]:
    """Whatever ends what is done with the data is told as their fault when it is theirs."""
    try:
        yield
    except Exception as error:
        from studyapp.services.blame import blame  # slow to import, and seldom needed

        blame(error, program.recall, program.library)
        raise


def _more(problems: int) -> str:
    return f"and {problems - 1} more problems. " if problems > 1 else ""
