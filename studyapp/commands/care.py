"""`studyapp settings`: how the program behaves, from the shell."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from studyapp.commands.base import Commands, on_data, say, show
from studyapp.core.text import plural, visible
from studyapp.errors import UsageError

if TYPE_CHECKING:
    from studyapp.bootstrap import Program
    from studyapp.services.recall import Recall


def add(commands: Commands) -> None:
    settings = commands.add("settings", on_data(show_settings), "show the settings, or change one", as_json=True)
    settings.add_argument("name", nargs="?", help="the setting to change")
    settings.add_argument("value", nargs="?", help="its new value")
    settings.add_argument("--preview", action="store_true", help="only tell which cards it would move")


def show_settings(options: argparse.Namespace, program: Program) -> int:
    from studyapp.settings import CHOSEN, READERS, stored_value, unknown_setting

    recall, names = program.recall, list(CHOSEN)
    if options.preview:
        return _preview(options, program)
    if options.name is not None:
        if options.name not in READERS:
            raise unknown_setting(options.name)
        if options.value is not None:
            _change(recall, options.name, options.value)
        names = [options.name]
    values = {name: stored_value(recall.settings, name) for name in names}
    if options.json:
        show(values)
    for name, value in {} if options.json else values.items():
        print(f"{name:<18} {value}")
    return 0


def _change(recall: Recall, name: str, value: str) -> None:
    """Changes a setting, and tells what that moved and how to go back."""
    from studyapp.services.preferences import change_setting
    from studyapp.services.schedulers import preview
    from studyapp.settings import SCHEDULER_SETTINGS, stored_value

    before = stored_value(recall.settings, name)
    expected = preview(recall, name, value) if name in SCHEDULER_SETTINGS else None
    moved = change_setting(recall, name, value)
    if moved and expected:
        words = expected.words if expected.moved else plural(moved, "card") + " moved"
        say(f"{words[0].upper()}{words[1:]}. To go back: studyapp settings {name} {before}")


def _preview(options: argparse.Namespace, program: Program) -> int:
    from studyapp.services.schedulers import preview, preview_values

    if options.value is None:
        raise UsageError("--preview needs a setting and the value that it would have.")
    found = preview(program.recall, options.name, options.value)
    if options.json:
        show(preview_values(found))
    else:
        print(f"With {options.name} {visible(options.value)}: {found.words}.")
    return 0
