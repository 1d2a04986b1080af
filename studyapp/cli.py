"""The command line. Results go to standard output, messages to standard error."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from studyapp import __version__
from studyapp.bootstrap import Program, open_program
from studyapp.clock import read_instant
from studyapp.core.text import one_line, spoken, visible
from studyapp.errors import StudyError
from studyapp.lab_commands import add_lab, lab_list

Command = Callable[[argparse.Namespace], int]
ProgramCommand = Callable[[argparse.Namespace, Program], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code: 0 done, 1 failed, 2 wrong usage, 3 damaged or newer data."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without UTF-8 shows ? and goes on
    options = build_parser().parse_args(arguments)
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
        return 130
    except BrokenPipeError:  # the reader of a pipe went away; nothing more to say to it
        _drop_output()
        return 0
    except OSError as error:
        if options.debug:
            raise
        _drop_output()
        say(f"The result could not be written ({(error.strerror or str(error)).lower()}). Your answers are safe.")
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


def build_parser() -> argparse.ArgumentParser:
    """The whole command line; also what shell completion is made from."""
    common = _common_options(argparse.SUPPRESS)
    as_json = argparse.ArgumentParser(add_help=False)
    as_json.add_argument("--json", action="store_true", help="print JSON for a program to read")

    parser = argparse.ArgumentParser(
        prog="studyapp",
        description="Spaced repetition and hands-on labs for a course module. Without a command: the terminal app.",
        parents=[_common_options(None)],
    )
    parser.add_argument("--version", action="version", version=f"studyapp {__version__}")
    parser.set_defaults(run=open_app, start="today")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    def command(name: str, run: Command, help: str, *parents: argparse.ArgumentParser) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=help, description=help, parents=[common, *parents])
        made.set_defaults(run=run)
        return made

    command("due", on_data(due), "what is due now, in one line", as_json)
    review = command("review", open_app, "today's recall")
    review.set_defaults(start="review")
    review.add_argument("--plain", action="store_true", help="line by line, for screen readers and pipes")
    browse = command("browse", open_app, "all cards in the terminal app")
    browse.set_defaults(start="browse")
    _add_grade(command("grade", on_data(grade), "record one answer", as_json))
    command("undo", on_data(undo), "take back the last answer", as_json)
    command("redo", on_data(redo), "do again what was undone", as_json)
    _add_card(command("card", on_data(card_list), "look at cards, suspend them, resume them"), [common, as_json])
    _add_content(command("content", content_check, "check a course module"), [common, as_json])
    add_lab(command("lab", lab_list, "the labs: list them, run one, look at your runs"), [common, as_json])
    settings = command("settings", on_data(show_settings), "show the settings, or change one", as_json)
    settings.add_argument("name", nargs="?", help="the setting to change")
    settings.add_argument("value", nargs="?", help="its new value")
    doctor = command("doctor", on_data(examine), "prove that the schedule follows from the log", as_json)
    doctor.add_argument("--repair", action="store_true", help="rebuild the schedule from the log")
    completion = command("completion", completion_script, "print a script that completes commands in your shell")
    completion.add_argument("shell", choices=("bash", "zsh", "tcsh"))
    return parser


def _common_options(default: str | None) -> argparse.ArgumentParser:
    """Options that stand before or after a command; after it they leave alone what stood before."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--content", metavar="DIR", help="use the modules in this folder", default=default)
    common.add_argument("--debug", action="store_true", help="show the traceback of an error", default=default)
    return common


def _add_grade(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("card", metavar="CARD", help="the card's id")
    parser.add_argument(
        "grade", metavar="GRADE", type=int, help="0 blackout, 1 wrong, 2 almost, 3 hard, 4 good, 5 perfect"
    )
    parser.add_argument("--at", metavar="ISO", help="when it was answered; now by default")
    parser.add_argument(
        "--confidence", type=int, metavar="1-4", help="how sure before the answer: 1 guess to 4 certain"
    )


def _add_card(parser: argparse.ArgumentParser, parents: list[argparse.ArgumentParser]) -> None:
    parser.set_defaults(json=False, words=[])
    actions = parser.add_subparsers(title="actions", metavar="ACTION")
    for name, run, help in (
        ("list", card_list, "all cards"),
        ("search", card_list, "the cards in which all words occur"),
        ("show", card_show, "one card with its history"),
        ("suspend", card_suspend, "ask a card no more"),
        ("resume", card_resume, "ask a suspended card again"),
    ):
        action = actions.add_parser(name, help=help, description=help, parents=parents)
        action.set_defaults(run=on_data(run))
        if name == "search":
            action.add_argument("words", nargs="+")
        elif name != "list":
            action.add_argument("card", metavar="CARD", help="the card's id")


def _add_content(parser: argparse.ArgumentParser, parents: list[argparse.ArgumentParser]) -> None:
    parser.set_defaults(json=False, folder=None)
    actions = parser.add_subparsers(title="actions", metavar="ACTION")
    check = actions.add_parser("check", help="all errors of a module, with file and line", parents=parents)
    check.set_defaults(run=content_check)
    check.add_argument("folder", nargs="?", metavar="DIR", help="a module, or a folder of modules")


# -- commands


def say(text: str) -> None:
    print(visible(text), file=sys.stderr)


def show(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def opened(options: argparse.Namespace) -> Program:
    """The learner's data; problems with the content are told."""
    program = open_program(options.content)
    problems = program.library.problems
    if problems:
        say(f"{problems[0]}\n{_more(len(problems))}The last good copy is in use; studyapp content check tells all.")
    return program


def on_data(run: ProgramCommand) -> Command:
    """A command on the learner's data, which is opened before and closed after."""

    def command(options: argparse.Namespace) -> int:
        with closing(opened(options)) as program:
            return run(options, program)

    return command


def _more(problems: int) -> str:
    return f"and {problems - 1} more problems. " if problems > 1 else ""


def open_app(options: argparse.Namespace) -> int:
    if getattr(options, "plain", False):
        from studyapp.plain import review

        return on_data(lambda _, program: review(program.recall, sys.stdin, sys.stdout))(options)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise StudyError("The app needs a terminal; in a pipe use `studyapp review --plain` or `studyapp due`.")
    program = open_program(options.content)
    from studyapp.tui.app import StudyApp

    try:
        app = StudyApp(program, start=options.start, debug=options.debug)
        app.run()
        return app.return_code or 0
    finally:
        program.close()


def due(options: argparse.Namespace, program: Program) -> int:
    recall = program.recall
    today = recall.today()
    if options.json:
        counts = {"due": today.due, "new": today.new, "drill": today.drill, "minutes": today.minutes}
        show(counts | {"cards": list(today.order)})
    elif not today.order and not recall.store.modules():
        raise StudyError("There are no cards yet; `studyapp content check` tells why.")
    elif not today.order:
        print("Nothing is due; well done." if today.answered else "Nothing is due.")
    else:
        parts = [f"{today.due} due", f"{today.new} new"] + [f"{today.drill} to drill"] * bool(today.drill)
        print(f"{', '.join(parts)} · about {today.minutes} min")
    return 0


def grade(options: argparse.Namespace, program: Program) -> int:
    from studyapp.services.browse import schedule_values

    recall = program.recall
    at = read_instant(options.at, "--at") if options.at else None
    answered = recall.grade(options.card, options.grade, at=at, confidence=options.confidence)
    if options.json:
        review = answered.review
        fields = {"id": review.id, "card": review.card_id, "grade": review.grade, "mode": review.mode.value}
        fields |= {"at": review.reviewed_at.isoformat(), "scheduled": answered.scheduled}
        show(fields | schedule_values(answered.after))
    elif answered.scheduled:
        print(f"{options.card}: grade {options.grade}, next on {answered.after.due}")
    else:
        print(f"{options.card}: grade {options.grade}, logged as {answered.review.mode}; its schedule stays as it is")
    return 0


def undo(options: argparse.Namespace, program: Program) -> int:
    return _taken(options, program.recall.undo(reviews_only=True), "undo", "undone")


def redo(options: argparse.Namespace, program: Program) -> int:
    return _taken(options, program.recall.redo(), "redo", "redone")


def _taken(options: argparse.Namespace, change: Any, verb: str, done: str) -> int:
    if change is None:
        raise StudyError(f"There is nothing to {verb}.")
    if options.json:
        show({done: {"id": change.record_id, "what": change.what, "card": change.card_id, "grade": change.grade}})
    else:
        grade = "" if change.grade is None else f", grade {change.grade}"
        print(f"{done}: {change.what} of {change.card_id}{grade}")
    return 0


def card_list(options: argparse.Namespace, program: Program) -> int:
    from studyapp.services.browse import described, matching, state_word

    recall = program.recall
    cards = matching(recall.store.listing(recall.learner), " ".join(options.words), recall)
    if options.json:
        show([described(card, recall) for card in cards])
    for card in [] if options.json else cards:
        words = f"{state_word(card, recall):<9} {card.difficulty:<6} {card.kind.replace('_', ' '):<12}"
        print(f"{card.id:<38} {words} {one_line(card.prompt, 80)}")
    return 0


def card_show(options: argparse.Namespace, program: Program) -> int:
    from studyapp.services.browse import shown

    recall = program.recall
    values = shown(options.card, recall)
    if options.json:
        show(values)
        return 0
    schedule = values["schedule"]
    print(f"{values['id']} · {values['kind'].replace('_', ' ')} · {values['topic']} · {values['difficulty']}\n")
    print(f"{visible(values['prompt'])}\n\n{spoken(values['answer'])}\n")
    print("\n".join(f"- {visible(point)}" for point in values["key_points"]))
    due_on = schedule["due"] or "once it is introduced"
    print(f"\n{schedule['state']}, due {due_on}, interval {schedule['interval_days']} days")
    for review in values["reviews"]:
        print(f"  {review['at'][:16]}  grade {review['grade']}  {review['mode']}{'  undone' * review['voided']}")
    return 0


def card_suspend(options: argparse.Namespace, program: Program) -> int:
    return _changed(options, program.recall.suspend(options.card).suspended)


def card_resume(options: argparse.Namespace, program: Program) -> int:
    return _changed(options, program.recall.resume(options.card).suspended)


def _changed(options: argparse.Namespace, suspended: bool) -> int:
    if options.json:
        show({"id": options.card, "suspended": suspended})
    else:
        print(f"{options.card} is {'suspended' if suspended else 'asked again'}")
    return 0


def content_check(options: argparse.Namespace) -> int:
    from studyapp.curriculum.folders import module_folders
    from studyapp.curriculum.shelf import read_shelf
    from studyapp.paths import find_paths, lab_names

    roots = (Path(options.folder).absolute(),) if options.folder else find_paths(options.content).content
    if not module_folders(roots):
        raise StudyError(f"There is no module in {roots[0]}: no folder there has a module.yaml.")
    loaded = read_shelf(roots, lab_names())
    modules = [{"id": content.listing.id, "cards": len(content.cards)} for content in loaded.modules]
    if options.json:
        show({"ok": not loaded.problems, "modules": modules, "problems": list(loaded.problems)})
    else:
        for problem in loaded.problems:
            print(visible(problem))
        for module in modules:
            print(f"{module['id']}: {module['cards']} cards, nothing wrong")
    return 1 if loaded.problems else 0


def show_settings(options: argparse.Namespace, program: Program) -> int:
    from studyapp.services.preferences import change_setting
    from studyapp.settings import READERS, stored_value, unknown_setting

    recall, moved = program.recall, 0
    names = list(READERS)
    if options.name is not None:
        if options.value is not None:
            moved = change_setting(recall, options.name, options.value)
        elif options.name not in READERS:
            raise unknown_setting(options.name)
        names = [options.name]
    values = {name: stored_value(recall.settings, name) for name in names}
    if moved:
        say(f"{moved} card{'s' * (moved > 1)} moved.")
    if options.json:
        show(values)
    for name, value in {} if options.json else values.items():
        print(f"{name:<18} {value}")
    return 0


def examine(options: argparse.Namespace, program: Program) -> int:
    from studyapp.services import doctor

    recall = program.recall
    moved = doctor.repair(recall) if options.repair else 0
    findings = doctor.examine(recall)
    sound = all(finding.ok for finding in findings)
    if options.json:
        checks = [{"check": f.check, "ok": f.ok, "text": f.text} for f in findings]
        show({"ok": sound, "repaired": moved, "checks": checks})
    else:
        if options.repair:
            print(f"rebuilt: {moved} cards moved")
        for finding in findings:
            print(f"{'ok   ' if finding.ok else 'WRONG'} {finding.check}: {visible(finding.text)}")
    return 0 if sound else 1


def completion_script(options: argparse.Namespace) -> int:
    import shtab

    print(shtab.complete(build_parser(), options.shell))
    return 0


if __name__ == "__main__":
    sys.exit(main())
