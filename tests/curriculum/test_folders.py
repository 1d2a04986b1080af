"""Which folders are modules, when they changed, and how several stand side by side."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from studyapp.core.plan import PER_MODULE
from studyapp.curriculum.folders import fingerprint, module_folders
from studyapp.curriculum.loader import Reading, read_module
from studyapp.curriculum.shelf import read_shelf
from studyapp.errors import StudyError
from tests.conftest import card_values, small_module, write_module


def test_a_root_is_a_module_or_holds_modules_and_need_not_exist(content: Path, module: Path) -> None:
    (content / "notes").mkdir()
    (content / "readme.txt").write_text("x")
    second = write_module(content / "a_first_by_name", {"fog": []}, "t2")
    assert module_folders([content]) == [second, module]
    assert module_folders([module, content / "nowhere", content / "readme.txt"]) == [module]


def test_the_fingerprint_changes_with_every_file_that_counts(module: Path) -> None:
    seen = {fingerprint(module)}
    for file in ("module.yaml", "02_explainer.md", "cards/fog.yaml"):
        path = module / file
        path.write_text(path.read_text() + "\n")
        seen.add(fingerprint(module))
    os.utime(module / "cards" / "fog.yaml", ns=(1, 1))
    seen.add(fingerprint(module))
    (module / "cards" / "zoo.yaml").write_text("")
    seen.add(fingerprint(module))
    (module / "cards" / "zoo.yaml").unlink()
    assert len(seen) == 6
    assert fingerprint(module) in seen


def test_what_editors_leave_behind_is_not_content(module: Path) -> None:
    """A lock (a link that leads nowhere), a swap file, the resource fork of another system."""
    before = fingerprint(module)
    (module / "cards" / ".#fog.yaml").symlink_to("learner@machine.4711")
    (module / "cards" / "._fog.yaml").write_bytes(b"\x00\x05\x16\x07")
    (module / "cards" / "fog.yaml~").write_text("- broken: [")
    assert fingerprint(module) == before
    assert read_shelf([module], ()).problems == ()


def test_a_link_that_leads_nowhere_is_told(module: Path) -> None:
    (module / "cards" / "lost.yaml").symlink_to("nowhere.yaml")
    assert "lost.yaml cannot be read" in fingerprint(module)
    (problem,) = read_shelf([module], ()).problems
    assert problem.endswith("lost.yaml:1: the file cannot be read (no such file or directory)")


def test_modules_stand_one_after_the_other(content: Path, module: Path) -> None:
    other = write_module(content / "module_2", {"fog": [card_values("t2.fog.one"), card_values("t2.fog.two")]}, "t2")
    loaded = read_shelf([content], ())
    assert [m.listing.id for m in loaded.modules] == ["t1", "t2"]
    assert [placed.position for placed in loaded.modules[1].cards] == [PER_MODULE, PER_MODULE + 1]
    assert loaded.modules[1].cards[0].place == f"{other / 'cards' / 'fog.yaml'}:1"


def test_two_modules_never_share_an_id(content: Path, module: Path) -> None:
    copy = write_module(content / "module_2", small_module())
    loaded = read_shelf([content], ())
    assert [m.listing.folder for m in loaded.modules] == [str(module)]
    assert [module.folder for module in loaded.broken] == [str(copy)]
    assert loaded.problems == (f"{copy / 'module.yaml'}:1: id: t1 is the id of {module}; take another",)


def test_a_broken_module_keeps_its_id(content: Path, module: Path) -> None:
    (module / "cards" / "fog.yaml").write_text("- id: [\n")
    copy = write_module(content / "module_2", small_module())
    loaded = read_shelf([content], ())
    assert loaded.modules == ()
    assert f"{copy / 'module.yaml'}:1: id: t1 is the id of {module}; take another" in loaded.problems


def test_a_card_stays_in_its_module(content: Path, module: Path) -> None:
    """So no two modules can have a card of the same id."""
    write_module(content / "module_2", {"fog": [card_values("t1.fog.c0")]}, "t2")
    loaded = read_shelf([content], ())
    assert [m.listing.id for m in loaded.modules] == ["t1"]
    (problem,) = loaded.problems
    assert problem.endswith("fog.yaml:1: t1.fog.c0.id: should begin with the module's id, t2.")


NEEDS_ANOTHER = card_values("t2.fog.one", needs=["t1.fog.gone"])
BUILDS_ON_T1 = [{"module": "t1", "text": "What it says."}]


def test_a_need_in_another_module_is_looked_up_there(content: Path, module: Path) -> None:
    other = write_module(content / "module_2", {"fog": [NEEDS_ANOTHER]}, "t2", prerequisites=BUILDS_ON_T1)
    loaded = read_shelf([content], ())
    assert loaded.problems == (
        f"{other / 'cards' / 'fog.yaml'}:26: t2.fog.one.needs: there is no card t1.fog.gone;"
        " correct the id or write the card",
    )
    assert read_shelf([other], ()).problems == (), "alone it cannot be told"
    (module / "cards" / "fog.yaml").write_text("- id: [\n")
    assert [Path(m.folder) for m in read_shelf([content], ()).broken] == [module], "nor while the other is broken"


def test_modules_that_build_on_each_other_are_told(content: Path) -> None:
    for one, other in (("t1", "t2"), ("t2", "t3"), ("t3", "t1"), ("t4", "t1")):
        cards = {"fog": [card_values(f"{one}.fog.one")]}
        write_module(content / one, cards, one, prerequisites=[{"module": other, "text": "x"}])
    loaded = read_shelf([content], ())
    assert [m.folder for m in loaded.broken] == [str(content / "t1")]
    (problem,) = loaded.problems
    assert "module.yaml:11: prerequisites: the modules build on each other in a circle: t" in problem
    assert sorted(m.listing.id for m in loaded.modules) == ["t2", "t3", "t4"]


def test_a_module_that_builds_on_itself_is_told(content: Path) -> None:
    write_module(content / "m", {"fog": [card_values("t1.fog.one")]}, prerequisites=BUILDS_ON_T1)
    (problem,) = read_shelf([content], ()).problems
    assert "the modules build on each other in a circle: t1 > t1; remove one of the prerequisites" in problem


def test_a_broken_module_hides_no_other(content: Path, module: Path) -> None:
    write_module(content / "module_2", {"fog": [card_values("t2.fog.one", prompt=7)]}, "t2")
    loaded = read_shelf([content], ())
    assert [m.listing.id for m in loaded.modules] == ["t1"]
    assert len(loaded.problems) == 1


def test_a_file_saved_while_the_module_is_read_is_read_again_next_time(
    module: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def and_saves(folder: Path, labs: frozenset[str]) -> Reading:
        reading = read_module(folder, labs)
        (folder / "cards" / "fog.yaml").write_text("[]")
        return reading

    monkeypatch.setattr("studyapp.curriculum.shelf.read_module", and_saves)
    loaded = read_shelf([module], frozenset())
    assert loaded.modules[0].listing.fingerprint != fingerprint(module)


def test_drafts_do_not_count_as_cards_to_be_asked(content: Path) -> None:
    write_module(content / "m", {"fog": [card_values("t1.fog.one"), card_values("t1.fog.two", draft=True)]})
    (one,) = read_shelf([content], ()).modules
    assert (one.listing.size, len(one.cards)) == (1, 2)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_told(content: Path) -> None:
    content.chmod(0)
    try:
        with pytest.raises(StudyError, match=r"cannot be read \(permission denied\)"):
            module_folders([content])
    finally:
        content.chmod(0o700)
