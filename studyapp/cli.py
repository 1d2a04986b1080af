"""The command line. Results go to standard output, messages to standard error."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from contextlib import closing
from importlib import import_module

from studyapp import __version__
from studyapp.commands.base import Command, Commands, Parser, ScreenArguments, common_options, on_data, say
from studyapp.core.text import one_line
from studyapp.errors import StudyError

GROUPS = {
    "recall": ("due", "grade", "undo", "redo"),
    "scored": ("quiz", "interview", "revise", "calibration"),
    "cards": ("card",),
    "read": ("read",),
    "labs": ("lab",),
    "standing": ("audit", "gate", "plan"),
    "progress": ("stats", "report", "simulate"),
    "content": ("content",),
    "exchange": ("export", "import", "merge"),
    "cohort": ("cohort",),
    "care": ("settings",),
    "safety": ("backup", "doctor"),
    "serve": ("serve",),
}
"""Modules of `studyapp.commands` and what each adds, in the order of the help."""
OWN = ("review", "browse", "completion")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code: 0 done, 1 failed, 2 wrong usage, 3 damaged or newer data."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without UTF-8 shows ? and goes on
    os.umask(0o077)  # what is written, here and by labs, is the learner's alone
    words = list(sys.argv[1:] if arguments is None else arguments)
    options = build_parser(needed_groups(words)).parse_args(words)
    run: Command = options.run
    try:
        code = run(options)
        sys.stdout.flush()
        return code
    except StudyError as error:
        if options.debug:
            raise
        say(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        print(file=sys.stderr)  # the shell's next line begins at its left
        return 130
    except BrokenPipeError:  # the reader of a pipe went away; nothing more to say to it
        _drop_output()
        return 0
    except OSError as error:
        if options.debug:
            raise
        reason = (error.strerror or str(error)).lower()
        if error.filename is not None:
            say(f"{one_line(str(error.filename), 200)} cannot be read or written ({reason}).")
        else:
            _drop_output()
            say(f"The result could not be written ({reason}). Your answers are safe.")
        return 1
    except Exception as error:
        if options.debug:
            raise
        say(
            f"studyapp met an error of its own ({type(error).__name__}: {error}). "
            "Your answers are safe; run it again with --debug to see where."
        )
        return 1


def _drop_output() -> None:
    """What is still to be written goes nowhere, or Python would try again at its exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def needed_groups(words: Sequence[str]) -> Sequence[str]:
    """The groups that can understand these words: one for a known command, none for the app alone, else all.

    Importing them all would be a third of the time that `studyapp due` takes.
    """
    if not words:
        return ()
    command = words[2] if words[0] == "--content" and len(words) > 2 else words[0]
    if command in OWN[:2]:
        return ()
    return next(([group] for group, names in GROUPS.items() if command in names), tuple(GROUPS))


def build_parser(groups: Sequence[str] = tuple(GROUPS)) -> argparse.ArgumentParser:
    """The command line of these groups; all of it is what help and shell completion are made from."""
    parser = Parser(
        prog="studyapp",
        description="Spaced repetition and hands-on labs for a course module. Without a command: the terminal app.",
        parents=[common_options(None)],
    )
    parser.add_argument("--version", action="version", version=f"studyapp {__version__}")
    parser.set_defaults(run=open_app, start="today", in_app=in_app)
    commands = Commands(parser)
    review = commands.add("review", open_app, "today's recall")
    review.set_defaults(start="review")
    review.add_argument("--plain", action="store_true", help="line by line, for screen readers and pipes")
    commands.add("browse", open_app, "all cards in the terminal app").set_defaults(start="browse")
    for group in groups:
        import_module(f"studyapp.commands.{group}").add(commands)
    completion = commands.add("completion", completion_script, "print a script that completes commands in your shell")
    completion.add_argument("shell", choices=("bash", "zsh", "tcsh"))
    return parser


def open_app(options: argparse.Namespace) -> int:
    if getattr(options, "plain", False):
        from studyapp.plain.review import review

        return on_data(lambda _, program: review(program.recall, sys.stdin, sys.stdout), session=True)(options)
    return in_app(options, options.start, instead="`studyapp review --plain` or `studyapp due`")


def in_app(
    options: argparse.Namespace,
    start: str,
    arguments: ScreenArguments = lambda program: (),
    *,
    instead: str,
) -> int:
    """Opens the terminal app on a screen.

    Args:
        arguments: what the screen is made with, once the learner's data is open.
        instead: what to use in a pipe.

    Raises:
        StudyError: there is no terminal.
    """
    served = "web_driver" in os.environ.get("TEXTUAL_DRIVER", "")  # by `studyapp serve`
    if not served and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise StudyError(f"The app needs a terminal; in a pipe use {instead}.")
    from studyapp.bootstrap import open_program

    with closing(open_program(options.content)) as program:
        made = arguments(program)
        from studyapp.tui.app import StudyApp

        app = StudyApp(program, start=start, debug=options.debug, arguments=made)
        gc.freeze()  # what lives since the start is not looked through again at every key
        gc.set_threshold(20_000, 20, 20)
        app.run()
        if failure := program.backup_after(session=True):
            say(failure)
        return app.return_code or 0


def completion_script(options: argparse.Namespace) -> int:
    import shtab

    print(shtab.complete(build_parser(), options.shell))
    return 0


if __name__ == "__main__":
    sys.exit(main())
