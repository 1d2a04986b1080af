"""`studyapp export|import|merge`: the learner's log and cards out of the program and into it."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from studyapp.commands.base import Commands, on_data, say, show
from studyapp.commands.progress_line import ProgressLine
from studyapp.core.text import listed, plural, visible
from studyapp.errors import UsageError

if TYPE_CHECKING:
    from studyapp.bootstrap import Program
    from studyapp.exchange.card_module import Row
    from studyapp.services.merge import Incoming

FORMATS = "jsonl (the whole log), csv or apkg (Anki)"


def add(commands: Commands) -> None:
    out = commands.group("export", _which("export"), f"write a file: {FORMATS}")
    jsonl = out.add(
        "jsonl", on_data(export_jsonl), "the whole log and the settings, to be imported elsewhere", as_json=True
    )
    _file(jsonl, "a new file, or - for standard output")
    _force(jsonl)
    csv = out.add("csv", on_data(export_csv), "the reviews as a table for a spreadsheet, or the cards", as_json=True)
    _file(csv, "a new file, or - for standard output")
    csv.add_argument("--cards", action="store_true", help="the cards, in a table that studyapp import csv reads")
    _module(csv)
    _force(csv)
    apkg = out.add("apkg", on_data(export_apkg), "the cards as a package for Anki", as_json=True)
    _file(apkg, "a new file; the cards keep their identity in Anki from one export to the next")
    _module(apkg)
    _force(apkg)
    back = commands.group("import", _which("import"), f"read a file: {FORMATS}")
    jsonl = back.add("jsonl", on_data(import_jsonl), "add a log to yours; what is there already stays", as_json=True)
    _file(jsonl, "made by studyapp export jsonl, or - for standard input")
    csv = back.add("csv", on_data(import_csv), "make a module from a table of cards", as_json=True)
    _file(csv, "its first line names the columns: prompt, answer, topic, kind, difficulty, key_points, sources")
    _name(csv)
    apkg = back.add(
        "apkg", on_data(import_apkg), "make a module from an Anki package, without its history", as_json=True
    )
    _file(apkg, "exported from Anki with “Support older Anki versions” ticked")
    _name(apkg)
    other = commands.add("merge", on_data(merge_other), "add the log of another machine's database", as_json=True)
    other.add_argument("other", metavar="OTHER", help="its studyapp.sqlite, or a database's URL; it is only read")
    other.add_argument("--learner", metavar="NAME", help="whose log to take, where it is not under your name")


def _file(parser: argparse.ArgumentParser, help: str) -> None:
    parser.add_argument("file", metavar="FILE", help=help)


def _force(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--force", action="store_true", help="replace the file if there is one")


def _module(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--module", metavar="ID", help="only this module's cards; those of all modules by default")


def _name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", metavar="NAME", help="of the module's folder; made from the file's name by default")


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
    from studyapp.exchange.files import written
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
    return _written(options, reviews=log.reviews, events=log.events)


def export_csv(options: argparse.Namespace, program: Program) -> int:
    from studyapp.core.log import voided
    from studyapp.exchange.csv_table import write_cards, write_reviews
    from studyapp.exchange.files import written
    from studyapp.services.decks import decks

    recall = program.recall
    if options.module and not options.cards:
        raise UsageError("--module goes with --cards; a table of reviews has a column for the module.")
    if options.cards:
        found = [card for deck in decks(recall, options.module) for card in deck.cards]
        with written(options.file, replace=options.force) as file:
            write_cards(file, found)
        return _written(options, cards=len(found))
    about = {card.id: (card.module, card.topic, card.prompt) for card in recall.store.listing(recall.learner)}
    with (
        _progress() as line,
        recall.store.whole_log(recall.learner) as log,
        written(options.file, replace=options.force) as file,
    ):
        for number in write_reviews(file, log.all_reviews(), about, voided(log.all_events())):
            line.show("reviews", number, log.reviews)
    return _written(options, reviews=log.reviews)


def export_apkg(options: argparse.Namespace, program: Program) -> int:
    from studyapp.exchange.apkg_writer import write_package
    from studyapp.exchange.files import written
    from studyapp.services.decks import decks

    found = decks(program.recall, options.module)
    with written(options.file, replace=options.force) as file:
        count = write_package(file, found, program.recall.clock())
    return _written(options, cards=count, decks=len(found))


def _written(options: argparse.Namespace, **counts: int) -> int:
    """Tells what is in the file; the same to a program on standard output, unless the file went there."""
    from studyapp.exchange.files import STANDARD

    if options.json and options.file != STANDARD:
        show({"file": options.file, **counts})
    elif options.file != STANDARD:
        words = [plural(count, name.removesuffix("s")) for name, count in counts.items()]
        say(f"{options.file}: {listed(words)}")
    return 0


def import_jsonl(options: argparse.Namespace, program: Program) -> int:
    from studyapp.exchange.files import STANDARD, read
    from studyapp.exchange.jsonl import LogFile
    from studyapp.services.merge import Incoming

    place = "standard input" if options.file == STANDARD else options.file
    with read(options.file) as stream:
        log = LogFile(stream, place, program.recall.learner)
        total = log.reviews + log.events
        return _merge(options, program, Incoming(log.records(), place, total, lambda: log.settings, lambda: log.drafts))


def import_csv(options: argparse.Namespace, program: Program) -> int:
    from studyapp.exchange.csv_table import read_cards
    from studyapp.exchange.files import read

    with read(options.file) as stream:
        rows, unused = read_cards(stream, options.file)
    if unused:
        say(f"These columns have no place in a card: {', '.join(unused)}.")
    return _new_module(options, program, rows)


def import_apkg(options: argparse.Namespace, program: Program) -> int:
    from studyapp.exchange.apkg_reader import read_package
    from studyapp.exchange.files import read

    with read(options.file) as stream:
        rows = read_package(stream, options.file)
    code = _new_module(options, program, rows)
    say("How they were answered in Anki was left there: here they begin anew.")
    return code


def _new_module(options: argparse.Namespace, program: Program, rows: list[Row]) -> int:
    from studyapp.exchange.card_module import folder_name, make_module

    taken = {module.id for module in program.library.modules()}
    name = folder_name(options.name or Path(options.file).stem, taken, by_hand=options.name is not None)
    made = make_module(program.paths.home / "content" / name, rows)
    program.library.refresh()
    if options.json:
        names = ("module", "cards", "drafts", "topics", "left_out", "shortened")
        show({"folder": str(made.folder)} | {name: getattr(made, name) for name in names})
        return 0
    size = f"{plural(made.cards, 'card')} in {plural(made.topics, 'topic')}"
    print(visible(f"{made.folder}: the module {made.module} with {size}"))
    if made.drafts:
        say(
            f"{made.drafts} of them are drafts, which are listed and not asked: give each an answer, three key points"
            " and a source, and take its line `draft: true` away."
        )
    if made.left_out:
        say(f"{made.left_out} had no question and were left out.")
    if made.shortened:
        say(f"{len(made.shortened)} answers were too long and end with …, as that of {made.shortened[0]}.")
    return 0


def merge_other(options: argparse.Namespace, program: Program) -> int:
    from studyapp.bootstrap import open_other
    from studyapp.services.merge import Incoming

    with open_other(program, options.other, options.learner) as log:
        records, total = ((0, record) for record in log.records()), log.reviews + log.events
        return _merge(options, program, Incoming(records, log.place, total, log.settings, log.drafts, log.learner))


def _merge(options: argparse.Namespace, program: Program, incoming: Incoming) -> int:
    from studyapp.bootstrap import keep_copy
    from studyapp.services.merge import merge

    copy = keep_copy(program)
    with _progress() as line:
        merged = merge(program.recall, incoming, line.show)
    learner = incoming.learner or program.recall.learner
    if options.json:
        show(asdict(merged) | {"learner": learner, "backup": copy})
    else:
        whose = "" if learner == program.recall.learner else f" (the log of {learner}, now yours)"
        print(visible(f"{incoming.place}{whose}: {merged.words}"))
        if copy and merged.reviews + merged.events:
            say(f"To go back: studyapp backup restore {copy}")
    return 0
