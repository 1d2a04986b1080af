"""`studyapp export|import|merge`: the learner's log and cards out of the program and into it."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from studyapp.commands.base import Commands, on_data, say, show
from studyapp.commands.progress_line import ProgressLine
from studyapp.core.text import visible
from studyapp.errors import UsageError

if TYPE_CHECKING:
    from studyapp.bootstrap import Program
    from studyapp.services.merge import Incoming, Merged

FORMATS = "jsonl (the whole log), csv or apkg (Anki)"


def add(commands: Commands) -> None:
    out = commands.group("export", _which("export"), f"write a file: {FORMATS}")
    jsonl = out.add("jsonl", on_data(export_jsonl), "the whole log and the settings, to be imported elsewhere")
    _file(jsonl, "a new file, or - for standard output")
    _force(jsonl)
    apkg = out.add("apkg", on_data(export_apkg), "the cards as a package for Anki")
    _file(apkg, "a new file; the cards keep their identity in Anki from one export to the next")
    _module(apkg)
    _force(apkg)
    back = commands.group("import", _which("import"), f"read a file: {FORMATS}")
    jsonl = back.add("jsonl", on_data(import_jsonl), "add a log to yours; what is there already stays", as_json=True)
    _file(jsonl, "made by studyapp export jsonl, or - for standard input")
    other = commands.add("merge", on_data(merge_other), "add the log of another machine's database", as_json=True)
    other.add_argument("other", metavar="OTHER", help="its studyapp.sqlite, or a database's URL; it is only read")
    other.add_argument("--learner", metavar="NAME", help="whose log to take; yours by default, or the only one")


def _file(parser: argparse.ArgumentParser, help: str) -> None:
    parser.add_argument("file", metavar="FILE", help=help)


def _force(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--force", action="store_true", help="replace the file if there is one")


def _module(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--module", metavar="ID", help="only this module's cards; those of all modules by default")


def _which(verb: str) -> Callable[[argparse.Namespace], int]:
    def run(options: argparse.Namespace) -> int:
        raise UsageError(f"Say what to {verb}: {FORMATS}, as in studyapp {verb} jsonl FILE.")

    return run


@contextmanager
def _progress() -> Iterator[ProgressLine]:
    line = ProgressLine()
    try:
        yield line
    except KeyboardInterrupt:
        line.clear()
        say("Stopped; everything is as it was.")
        raise
    finally:
        line.clear()


def export_jsonl(options: argparse.Namespace, program: Program) -> int:
    from studyapp.exchange.files import STANDARD, written
    from studyapp.exchange.jsonl import lines

    recall = program.recall
    with (
        _progress() as line,
        recall.store.whole_log(recall.learner) as log,
        written(options.file, replace=options.force) as file,
    ):
        for number, text in enumerate(lines(log)):
            file.write(text)
            line.show("records", number, log.reviews + log.events)
    if options.file != STANDARD:
        say(f"{options.file}: {log.reviews} reviews and {log.events} other records")
    return 0


def export_apkg(options: argparse.Namespace, program: Program) -> int:
    from studyapp.exchange.apkg_writer import write_package
    from studyapp.exchange.files import written
    from studyapp.services.decks import decks

    found = decks(program.recall, options.module)
    with written(options.file, replace=options.force) as file:
        count = write_package(file, found, program.recall.clock())
    say(f"{options.file}: {count} cards in {len(found)} decks; what you answered here stays here")
    return 0


def import_jsonl(options: argparse.Namespace, program: Program) -> int:
    from studyapp.exchange.files import STANDARD, read
    from studyapp.exchange.jsonl import LogFile
    from studyapp.services.merge import Incoming

    place = "standard input" if options.file == STANDARD else options.file
    with read(options.file) as stream:
        log = LogFile(stream, place, program.recall.learner)
        incoming = Incoming(log.records(), place, lambda: log.settings, lambda: log.drafts)
        return _merge(options, program, incoming, log.reviews + log.events)


def merge_other(options: argparse.Namespace, program: Program) -> int:
    from studyapp.bootstrap import open_other
    from studyapp.services.merge import Incoming

    with open_other(program, options.other, options.learner) as log:
        incoming = Incoming(((0, record) for record in log.records()), log.place, log.settings, log.drafts)
        return _merge(options, program, incoming, log.reviews + log.events)


def _merge(options: argparse.Namespace, program: Program, incoming: Incoming, total: int) -> int:
    from studyapp.bootstrap import keep_copy
    from studyapp.services.merge import merge

    copy = keep_copy(program, "before-merge")
    with _progress() as line:
        merged = merge(
            program.recall,
            incoming,
            lambda what, done: line.show(what, done, total if what == "records" else None),
        )
    if options.json:
        show(_values(merged) | {"backup": str(copy) if copy else None})
    else:
        print(visible(f"{incoming.place}: {merged.words}"))
        if copy and merged.reviews + merged.events:
            say(f"A copy of your data as they were is in {copy}.")
    return 0


def _values(merged: Merged) -> dict[str, int]:
    return {
        "reviews": merged.reviews,
        "events": merged.events,
        "already": merged.already,
        "cards": merged.cards,
        "moved": merged.moved,
        "settings": merged.settings,
    }
