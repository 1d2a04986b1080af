"""`studyapp settings|doctor`: the program itself from the shell."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from studyapp.commands.base import Commands, on_data, say, show
from studyapp.core.text import visible

if TYPE_CHECKING:
    from studyapp.bootstrap import Program


def add(commands: Commands) -> None:
    settings = commands.add("settings", on_data(show_settings), "show the settings, or change one", as_json=True)
    settings.add_argument("name", nargs="?", help="the setting to change")
    settings.add_argument("value", nargs="?", help="its new value")
    doctor = commands.add("doctor", on_data(examine), "prove that the schedule follows from the log", as_json=True)
    doctor.add_argument("--repair", action="store_true", help="rebuild the schedule from the log")


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
