"""`studyapp content check`: authoring from the shell."""

from __future__ import annotations

import argparse
from pathlib import Path

from studyapp.commands.base import Commands, show
from studyapp.core.text import visible
from studyapp.errors import StudyError


def add(commands: Commands) -> None:
    actions = commands.group("content", content_check, "check a course module", folder=None)
    check = actions.add("check", content_check, "all errors of a module, with file and line", as_json=True)
    check.add_argument("folder", nargs="?", metavar="DIR", help="a module, or a folder of modules")


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
