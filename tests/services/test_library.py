"""The stored copy of the content: when files are read, and what stays when they are broken or gone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from studyapp.bootstrap import Program
from studyapp.core.schedule import CardState
from studyapp.curriculum import loader
from studyapp.curriculum.located import Located, read_yaml
from studyapp.services.browse import state_word
from studyapp.services.doctor import examine
from studyapp.services.reading import find
from tests.conftest import FrozenClock, card_values, small_module, write_module

Open = Callable[[], Program]
A = "t1.fog.c0"


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the YAML files that were parsed."""
    names: list[str] = []

    def counted(folder: Path, name: str) -> Located:
        names.append(f"{folder.name}/{name}")
        return read_yaml(folder, name)

    monkeypatch.setattr(loader, "read_yaml", counted)
    return names


def words(program: Program) -> dict[str, str]:
    recall = program.recall
    return {card.id: state_word(card, recall) for card in recall.store.listing(recall.learner)}


def test_unchanged_files_are_not_parsed_again(module: Path, open_again: Open, parsed: list[str]) -> None:
    first = open_again()
    assert len(parsed) == 4
    parsed.clear()
    assert words(open_again()) == words(first)
    assert open_again().library.problems == []
    assert parsed == []


def test_a_changed_card_is_read_and_keeps_its_history(module: Path, open_again: Open, parsed: list[str]) -> None:
    recall = open_again().recall
    recall.grade(A, 5)
    before = recall.state(A)
    cards = small_module()
    cards["fog"][0]["prompt"] = "Without the typo?"
    write_module(module, cards)
    parsed.clear()
    again = open_again().recall
    assert parsed
    assert (again.card(A).prompt, again.state(A)) == ("Without the typo?", before)


def test_a_deleted_card_keeps_its_history_and_comes_back_with_it(module: Path, open_again: Open) -> None:
    recall = open_again().recall
    recall.grade(A, 1)
    before = recall.state(A)
    cards = small_module()
    removed = cards["fog"].pop(0)
    write_module(module, cards)
    again = open_again()
    assert words(again)[A] == "retired"
    assert A not in again.recall.today().order
    assert again.recall.today().drill == 0
    assert (again.recall.state(A), len(again.store.reviews_of("me", A))) == (before, 1)
    assert again.recall.card(A).prompt == removed["prompt"]
    assert all(finding.ok for finding in examine(again.recall))
    cards["fog"].insert(0, removed)
    write_module(module, cards)
    back = open_again()
    assert (back.recall.state(A), back.recall.today().drill) == (before, 1)


def test_a_new_card_joins(module: Path, open_again: Open) -> None:
    open_again()
    cards = small_module()
    cards["zoo"] = [card_values("t1.zoo.first", difficulty="green")]
    write_module(module, cards)
    again = open_again()
    assert words(again)["t1.zoo.first"] == "new"
    assert again.recall.state("t1.zoo.first") == CardState("t1.zoo.first")


def test_drafts_are_listed_but_not_asked_until_they_are_written(content: Path, open_again: Open) -> None:
    lean = {key: value for key, value in card_values("t1.fog.lean").items() if key in ("id", "kind", "topic")}
    lean |= {"difficulty": "green", "prompt": "To be written?", "draft": True}
    write_module(content / "m", {"fog": [lean]})
    program = open_again()
    assert (words(program), program.recall.today().order) == ({"t1.fog.lean": "draft"}, ())
    write_module(content / "m", {"fog": [card_values("t1.fog.lean")]})
    program = open_again()
    assert (words(program), program.recall.today().order) == ({"t1.fog.lean": "new"}, ("t1.fog.lean",))


def test_a_broken_module_keeps_its_last_good_copy_while_another_is_updated(
    content: Path, module: Path, open_again: Open, parsed: list[str]
) -> None:
    other = write_module(content / "module_2", {"fog": [card_values("t2.fog.one")]}, "t2")
    open_again().recall.grade(A, 4)
    (module / "cards" / "fog.yaml").write_text("- id: [broken\n")
    write_module(other, {"fog": [card_values("t2.fog.one", prompt="Newer?"), card_values("t2.fog.two")]}, "t2")
    again = open_again()
    assert len(again.library.problems) == 1
    assert "fog.yaml:2: this is not YAML" in again.library.problems[0]
    assert set(words(again).values()) == {"new", "waiting"}
    assert len(words(again)) == 14
    assert again.recall.card("t2.fog.one").prompt == "Newer?"
    assert again.recall.card(A).prompt == "What is c0 in fog?"
    parsed.clear()
    assert open_again().library.problems == again.library.problems  # told until it is mended
    assert parsed == [], "but not read again until it changes"
    (module / "cards" / "fog.yaml").write_text("- id: [still broken\n")
    assert "still broken" not in str(open_again().library.problems)
    assert parsed
    write_module(module, small_module())
    parsed.clear()
    assert open_again().library.problems == []
    assert parsed
    parsed.clear()
    assert open_again().library.problems == []
    assert parsed == []


def test_a_module_that_was_never_whole_is_not_read_at_every_start(
    module: Path, open_again: Open, parsed: list[str]
) -> None:
    (module / "module.yaml").write_text("id: 7\n")
    first = open_again()
    assert first.library.problems
    assert list(first.library.modules()) == []
    parsed.clear()
    assert open_again().library.problems == first.library.problems
    assert parsed == []
    (module / "module.yaml").unlink()
    assert open_again().library.problems == []


def test_a_module_that_is_gone_is_asked_no_more_and_comes_back(content: Path, module: Path, open_again: Open) -> None:
    recall = open_again().recall
    recall.grade(A, 4)
    before = recall.state(A)
    module.rename(content.parent / "away")
    gone = open_again()
    assert set(words(gone).values()) == {"retired"}
    assert gone.recall.today().order == ()
    (content.parent / "away").rename(content / "elsewhere")
    back = open_again()
    assert (back.recall.state(A), words(back)[A]) == (before, "waiting")
    assert [listing.folder for listing in back.library.modules()] == [str(content / "elsewhere")]


def test_modules_are_met_one_after_the_other(content: Path, module: Path, open_again: Open, clock: FrozenClock) -> None:
    write_module(content / "module_2", {"fog": [card_values(f"t2.fog.c{n}") for n in range(21)]}, "t2")
    recall = open_again().recall
    assert recall.today().new == 2
    for card_id in [card.id for card in recall.store.listing("me") if card.module == "t1"]:
        recall.grade(card_id, 5)
    assert recall.today().new == 0
    clock.forward(days=1)
    assert recall.today().new == 3  # twenty-one over seven days


def test_a_learner_s_own_modules_stand_beside_the_others(module: Path, own_home: Path, open_again: Open) -> None:
    write_module(own_home / "content" / "mine", {"fog": [card_values("t9.fog.one")]}, "t9")
    assert [listing.id for listing in open_again().library.modules()] == ["t1", "t9"]


def test_the_current_module_is_the_one_that_new_cards_come_from(content: Path, module: Path, open_again: Open) -> None:
    write_module(content / "module_2", {"fog": [card_values("t2.fog.one")]}, "t2")
    program = open_again()

    def current() -> str:
        found = program.library.current_module()
        assert found is not None
        return found.id

    assert current() == "t1"
    first, *others = [card.id for card in program.store.listing("me") if card.module == "t1"]
    for card_id in others:
        program.recall.grade(card_id, 4)
    assert current() == "t1"
    program.recall.suspend(first)
    assert current() == "t2", "what is put away keeps nobody in a module"
    program.recall.grade("t2.fog.one", 4)
    assert current() == "t2"


def test_modules_that_are_gone_are_not_shown(content: Path, module: Path, open_again: Open) -> None:
    open_again()
    module.rename(content.parent / "away")
    gone = open_again()
    assert (list(gone.library.modules()), gone.library.current_module()) == ([], None)
    write_module(content / "module_2", {"fog": [card_values("t2.fog.one")]}, "t2")
    assert [listing.id for listing in open_again().library.modules()] == ["t2"]


def prerequisite(module_id: str) -> list[dict[str, str]]:
    return [{"module": module_id, "text": f"What {module_id} says."}]


def test_a_module_comes_after_those_that_it_builds_on(content: Path, module: Path, open_again: Open) -> None:
    late = [card_values("t3.fog.one", needs=["t1.fog.c0", "t2.fog.one"], difficulty="green")]
    write_module(content / "a_late", {"fog": late}, "t3", prerequisites=prerequisite("t2"))
    write_module(content / "b_middle", {"fog": [card_values("t2.fog.one")]}, "t2", prerequisites=prerequisite("t1"))
    broken = open_again()
    assert broken.library.problems == [
        f"{content / 'a_late' / 'cards' / 'fog.yaml'}:26: t3.fog.one.needs: t1.fog.c0 is in another module;"
        " name t1 among the prerequisites of t3"
    ]
    both = [*prerequisite("t2"), *prerequisite("t1"), *prerequisite("t0")]
    write_module(content / "a_late", {"fog": late}, "t3", prerequisites=both)
    program = open_again()
    assert program.library.problems == []
    assert [listing.id for listing in program.library.modules()] == ["t1", "t2", "t3"]
    order = [card.id for card in program.store.listing("me")]
    assert order[-2:] == ["t2.fog.one", "t3.fog.one"]
    current = program.library.current_module()
    assert current is not None
    assert current.id == "t1"


def test_the_order_holds_while_a_module_s_cards_are_broken(content: Path, module: Path, open_again: Open) -> None:
    write_module(content / "a", {"fog": [card_values("t2.fog.one")]}, "t2", prerequisites=prerequisite("t1"))
    open_again()
    (module / "cards" / "fog.yaml").write_text("- id: [\n")
    again = open_again()
    assert len(again.library.problems) == 1
    assert [listing.id for listing in again.library.modules()] == ["t1", "t2"]
    assert [card.id for card in again.store.listing("me")][-1] == "t2.fog.one"


def test_what_is_due_counts_all_modules(content: Path, module: Path, open_again: Open, clock: FrozenClock) -> None:
    write_module(content / "module_2", {"fog": [card_values("t2.fog.one")]}, "t2")
    recall = open_again().recall
    recall.grade(A, 4)
    recall.grade("t2.fog.one", 4)
    clock.forward(days=1)
    today = recall.today()
    assert (today.due, today.new) == (2, 2)
    assert {A, "t2.fog.one"} < set(today.order)


def test_a_document_is_the_current_module_s_unless_one_is_named(content: Path, module: Path, open_again: Open) -> None:
    write_module(content / "a_module", {"fog": [card_values("t2.fog.one")]}, "t2", prerequisites=prerequisite("t1"))
    program = open_again()
    assert find(program.library, "02_explainer").module == "t1"
    assert find(program.library, "t2/explainer").module == "t2"
    for card in program.store.listing("me"):
        if card.module == "t1":
            program.recall.grade(card.id, 4)
    assert find(program.library, "02_explainer").module == "t2"
