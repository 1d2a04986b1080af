"""`studyapp backup|doctor`: the learner's data kept safe, from the shell. Both work when the data are damaged."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import closing
from shlex import quote
from typing import TYPE_CHECKING, Any

from studyapp.commands.base import Commands, blaming, say, show
from studyapp.core.text import plural, visible
from studyapp.errors import DataError

if TYPE_CHECKING:
    from datetime import datetime

    from studyapp.services.backups import Backup, Backups
    from studyapp.services.doctor import Finding
    from studyapp.services.safety import DataFile, Salvage


def add(commands: Commands) -> None:
    backup = commands.group("backup", list_all, "copies of your data: make one, list them, go back to one")
    backup.add("now", make, "make a backup; it stays until you delete it", as_json=True)
    backup.add("list", list_all, "all backups, newest first", as_json=True)
    restore_command = backup.add("restore", restore, "go back to a backup; what is now is kept as one", as_json=True)
    restore_command.add_argument(
        "name", metavar="NAME", nargs="?", help="its name, the beginning of it, or a file; the newest by default"
    )
    doctor = commands.add("doctor", examine, "prove that your data are sound and safe", as_json=True)
    doctor.add_argument("--repair", action="store_true", help="mend what can be mended; nothing is deleted")


# -- backups


def _backups(options: argparse.Namespace) -> Backups:
    from studyapp.bootstrap import find_backups
    from studyapp.clock import make_clock
    from studyapp.paths import find_paths

    return find_backups(find_paths(options.content), make_clock())


def make(options: argparse.Namespace) -> int:
    backups = _backups(options)
    made = backups.make()
    if options.json:
        show(_values(made, backups.reviews_in(made)))
    else:
        print(f"{made.name}  {_size(made.size)}")
    return 0


def list_all(options: argparse.Namespace) -> int:
    backups = _backups(options)
    found = [(backup, backups.reviews_in(backup)) for backup in backups.all()]
    if options.json:
        show([_values(backup, reviews) for backup, reviews in found])
    elif not found:
        say("There is no backup yet; one is made after each session, or by studyapp backup now.")
    for backup, reviews in () if options.json else found:
        count = "damaged" if reviews is None else plural(reviews, "review")
        print(f"{_local(backup.made_at)}  {_size(backup.size):>9}  {count:>14}  {visible(backup.name)}")
    return 0


def restore(options: argparse.Namespace) -> int:
    done = _backups(options).restore(options.name)
    undo = f"studyapp backup restore {quote(done.before)}" if done.before else None
    if options.json:
        values = {"restored": done.name, "reviews": done.reviews, "before": done.before}
        show(values | {"aside": done.aside, "undo": undo})
        return 0
    print(f"Restored {done.name}: {plural(done.reviews, 'review')}.")
    if undo:
        print(f"To go back: {undo}")
    if done.aside:
        print(f"The file that could not be read is kept as {done.aside}")
    return 0


def _values(backup: Backup, reviews: int | None) -> dict[str, Any]:
    return {
        "name": backup.name,
        "at": backup.made_at.isoformat(),
        "label": backup.label,
        "size": backup.size,
        "reviews": reviews,
    }


def _local(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"


def _size(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


# -- the doctor

DAMAGE = {"database", "log"}
"""Checks that fail where something was lost or altered; what others find follows from the log or lies beside it."""


def examine(options: argparse.Namespace) -> int:
    from studyapp.bootstrap import find_file
    from studyapp.clock import make_clock
    from studyapp.paths import find_paths
    from studyapp.services.safety import of_damage, of_surroundings

    file, now = find_file(find_paths(options.content)), make_clock()()
    damage = file.damage() if file else ()
    if not damage:
        try:
            findings, moved = _findings(options, file)
        except DataError as error:
            if file is None or error.__cause__ is None:  # it is no such file, and the error says what to do
                raise
            damage = (str(error.__cause__),)  # seen only by who goes through all of it
        else:
            damaged = any(finding.check in DAMAGE and not finding.ok for finding in findings)
            if not (file and options.repair and damaged):
                return _tell(options, findings, moved)
    assert file is not None
    if not options.repair:
        around = file.surroundings()
        told = ("disk", "files", "backups") if around.backups else ("disk", "files")
        beside = [finding for finding in of_surroundings(around, now, newest=None) if finding.check in told]
        return _tell(options, [of_damage(damage, file.look()), *beside])
    salvage = file.mend(now)
    findings, moved = _findings(options, file, mended=True)
    return _tell(options, findings, moved, salvage)


def _findings(options: argparse.Namespace, file: DataFile | None, *, mended: bool = False) -> tuple[list[Finding], int]:
    """Everything that is found, after a repair if that is asked for, and how many cards it moved."""
    from studyapp.bootstrap import open_program
    from studyapp.services import doctor, safety

    moved = 0
    with closing(open_program(options.content)) as program, blaming(program):
        recall = program.recall
        audit = recall.store.audit_log(recall.learner)
        if options.repair and not audit.unsound:
            program.library.refresh(anew=True)
            moved = doctor.repair(recall, file.learners() if file and mended else ())
        if file and options.repair:
            file.hide(file.surroundings().exposed)
        findings = doctor.examine(recall, audit)
        if file:
            findings += safety.of_surroundings(file.surroundings(), recall.clock(), audit.newest)
        findings.append(safety.of_modules(program.library.problems, program.library.altered()))
    return findings, moved


def _tell(
    options: argparse.Namespace, findings: Sequence[Finding], moved: int = 0, salvage: Salvage | None = None
) -> int:
    from studyapp.services.safety import saved_values, saved_words

    wrong = {finding.check for finding in findings if not finding.ok}
    code = DataError.exit_code if wrong & DAMAGE else 1 if wrong else 0
    if options.json:
        checks = [{"check": f.check, "ok": f.ok, "verdict": str(f.verdict), "text": f.text} for f in findings]
        saved = saved_values(salvage) if salvage else None
        show({"ok": not wrong, "repaired": moved, "saved": saved, "checks": checks})
        return code
    for line in saved_words(salvage) if salvage else ():
        print(visible(line))
    if options.repair:
        print(f"rebuilt: {plural(moved, 'card')} moved")
    for finding in findings:
        print(f"{finding.verdict:<5} {finding.check}: {visible(finding.text)}")
    return code
