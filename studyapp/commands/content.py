"""`studyapp content check|new|import-sheet|schema|publish`: authoring from the shell."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from studyapp.commands.base import Commands, on_data, say, show
from studyapp.core.text import listed, visible
from studyapp.errors import StudyError

if TYPE_CHECKING:
    from studyapp.bootstrap import Program
    from studyapp.exchange.import_sheet import Imported

SCHEMAS = ("module", "cards")


def add(commands: Commands) -> None:
    actions = commands.group("content", content_check, "check and write course modules", folder=None)
    check = actions.add("check", content_check, "all errors of a module, with file and line", as_json=True)
    check.add_argument("folder", nargs="?", metavar="DIR", help="a module, or a folder of modules")
    new = actions.add("new", content_new, "begin a module: a folder with everything in its place")
    new.add_argument("folder", metavar="DIR", help="such as module_15_capstone; must not exist yet")
    sheet = actions.add("import-sheet", content_import_sheet, "make a module from a course sheet", as_json=True)
    sheet.add_argument("file", metavar="FILE", help="Markdown, or text copied from the sheet's web page")
    sheet.add_argument("--out", metavar="DIR", required=True, help="the module's folder; must not exist yet")
    schema = actions.add("schema", content_schema, "print the JSON Schema of a file, for your editor")
    schema.add_argument(
        "what", nargs="?", choices=SCHEMAS, default="cards", metavar="module|cards", help="cards by default"
    )
    publish = actions.add("publish", on_data(content_publish), "make your files what everybody on the server studies")
    publish.add_argument("modules", nargs="*", metavar="MODULE", help="all by default")


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
            print(f"{module['id']}: {module['cards']} card{'s' * (module['cards'] != 1)}, nothing wrong")
    return 1 if loaded.problems else 0


def content_new(options: argparse.Namespace) -> int:
    from studyapp.exchange.skeleton import new_module

    module = new_module(Path(options.folder))
    print(
        visible(f"{options.folder}: the module {module.id} with one card. Begin with module.yaml and cards/first.yaml.")
    )
    return 0


def content_publish(options: argparse.Namespace, program: Program) -> int:
    if not program.paths.server:
        raise StudyError("There is nothing to publish: without a server (STUDYAPP_DB) your files are what you study.")
    published = program.library.publish(options.modules)
    if not published:
        raise StudyError("There is no module to publish; `studyapp content check` tells why.")
    print(f"{listed(published)}: your files are what everybody on the server studies, at their next start.")
    return 0


def content_schema(options: argparse.Namespace) -> int:
    from studyapp.curriculum.json_schema import json_schema

    show(json_schema(options.what))
    return 0


def content_import_sheet(options: argparse.Namespace) -> int:
    from studyapp.exchange.import_sheet import import_sheet

    imported = import_sheet(Path(options.file), Path(options.out))
    if options.json:
        names = ("module", "cards", "drafts", "audit", "gate")
        show({name: getattr(imported, name) for name in names} | {"unknown": list(imported.unknown)})
    else:
        _tell(imported, options.out)
    return 0


def _tell(imported: Imported, folder: str) -> None:
    """What was made, and what the author should look at."""
    from studyapp.exchange.import_sheet import SHEET_FILE

    print(
        visible(
            f"{folder}: the module {imported.module} with {imported.cards} cards, {imported.drafts} of them drafts"
            f" that lack an answer, {imported.audit} audit statements and {imported.gate} gate items."
        )
    )
    for line in imported.unknown:
        print(visible(f"  no place in a module, kept in {SHEET_FILE}: {line}"))
    if imported.guessed_topics:
        say(f"The list of concepts was flat; these lines were taken as topics: {', '.join(imported.guessed_topics)}.")
    if imported.unmarked:
        say(f"{imported.unmarked} difficulty lines have no mark; they stand as yellow (medium).")
