"""`studyapp read`: the documents of the modules."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from studyapp.commands.base import Commands, on_data, show
from studyapp.core.text import visible

if TYPE_CHECKING:
    from studyapp.bootstrap import Program
    from studyapp.services.reading import Place


def add(commands: Commands) -> None:
    reader = commands.add("read", read, "read a document, or list what there is to read", as_json=True)
    reader.add_argument(
        "place",
        metavar="DOC[#CHAPTER]",
        nargs="?",
        default="",
        help="a document's file or title; the chapter's number or the anchor of a heading",
    )
    reader.add_argument("--plain", action="store_true", help=_PLAIN)


_PLAIN = "as plain text, for screen readers and pipes; on a terminal Enter then says that a chapter was read"


def read(options: argparse.Namespace) -> int:
    """On a terminal the reader; else the text, or without a name the list of what there is."""
    if options.json:
        return on_data(print_json)(options)
    on_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    if options.plain or not on_terminal:
        if not options.place:
            return on_data(print_list)(options)
        return on_data(read_text if on_terminal else print_text)(options)
    opened: int = options.in_app(
        options, "reader", lambda program: _named(options, program), instead="`studyapp read --plain`"
    )
    return opened


def _named(options: argparse.Namespace, program: Program) -> list[Place]:
    from studyapp.services.reading import find

    return [find(program.library, options.place)] if options.place else []


def print_text(options: argparse.Namespace, program: Program) -> int:
    from studyapp.core.prose import as_plain

    place = _named(options, program)[0]
    chapters = program.library.chapters(place.module, place.file)
    wanted = [chapter for chapter in chapters if not place.anchor or chapter.has(place.anchor)]
    print("\n".join(as_plain(chapter.text) for chapter in wanted), end="")
    return 0


def read_text(options: argparse.Namespace, program: Program) -> int:
    from studyapp.plain.reader import PlainReader
    from studyapp.services.book import Book
    from studyapp.services.reading import documents

    place = _named(options, program)[0]
    document = next(d for d in documents(program.library) if (d.module, d.file) == (place.module, place.file))
    book = Book.open(program.recall, program.library, document)
    wanted = [n for n, chapter in enumerate(book.chapters) if not place.anchor or chapter.has(place.anchor)]
    PlainReader(book, sys.stdin, sys.stdout).run(wanted)
    return 0


def print_list(options: argparse.Namespace, program: Program) -> int:
    for document in _listed(options, program):
        print(f"{document['document']} · {visible(document['title'])} · {document['read']} of {document['total']} read")
        for number, chapter in enumerate(document["chapters"], start=1):
            day = f"read {chapter['read_on']}" if chapter["read_on"] else "not read"
            changed = ", changed since" * chapter["changed"]
            print(f"  {number} {visible(chapter['title'])} · {chapter['words']} words · {day}{changed}")
    return 0


def print_json(options: argparse.Namespace, program: Program) -> int:
    show(_listed(options, program))
    return 0


def _listed(options: argparse.Namespace, program: Program) -> list[dict[str, Any]]:
    """The documents with their chapters; the one that was named, or all."""
    from studyapp.services import reading

    named = _named(options, program)
    values = []
    for document in reading.documents(program.library):
        if named and (named[0].module, named[0].file) != (document.module, document.file):
            continue
        chapters = reading.chapters(program.recall, program.library, document.module, document.file)
        values.append(
            {
                "module": document.module,
                "document": document.file,
                "title": document.title,
                "role": document.role,
                "read": sum(chapter.read_on is not None for chapter in chapters),
                "total": len(chapters),
                "chapters": [
                    {
                        "anchor": chapter.anchor,
                        "title": chapter.title,
                        "words": chapter.words,
                        "read_on": chapter.read_on.isoformat() if chapter.read_on else None,
                        "changed": chapter.changed,
                    }
                    for chapter in chapters
                ],
            }
        )
    return values
