"""A module folder with one thing wrong: the file, line and key, and the sentence, for every check there is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from studyapp.curriculum.loader import read_module
from tests.conftest import card_values, small_module, write_module

LABS = frozenset({"forward_noising", "cfg_sweep"})
Told = tuple[str, int, str, str]


def told(folder: Path) -> list[Told]:
    """(file, line, key, sentence) of everything that is wrong."""
    reading = read_module(folder, LABS)
    assert (reading.module is None) == bool(reading.problems)
    assert reading.problems == sorted(reading.problems)
    return [(Path(p.file).name, p.line, p.key, p.text) for p in reading.problems]


def told_of_card(folder: Path, **changes: Any) -> list[tuple[str, str]]:
    """(key, sentence) for one card with these values; a value of `...` leaves the key out."""
    values = {key: value for key, value in card_values("t1.fog.one", **changes).items() if value is not ...}
    return [(key, text) for _, _, key, text in told(write_module(folder, {"fog": [values]}))]


def test_a_whole_module_is_read(module: Path) -> None:
    reading = read_module(module, LABS)
    assert reading.problems == []
    assert reading.module is not None
    assert [card.id for card in reading.module.cards[:2]] == ["t1.fog.c0", "t1.fog.c1"]
    assert reading.module.heading == "Test module · week 1"
    place = reading.places["t1.fog.c1"]
    assert place.file.read_text().splitlines()[place.line("id") - 1] == "- id: t1.fog.c1"
    assert str(place) == f"{place.file}:{place.line('id')}"


POINTS = ["one", "two", "three"]
FORMULA = {"text": "a + b", "tex": "a + b"}
FOLLOW_UP = {"prompt": "And?", "answer": "So."}
NUMERIC = {"prompt": "How much?", "value": 1, "tolerance": 0, "why": "1 = 3 − 2"}
BARE = {"prompt": "How much?", "value": 1, "tolerance": 0}

CARDS: list[tuple[dict[str, Any], str, str]] = [
    ({"id": ...}, "1.id", "is missing; add it"),
    ({"id": 7}, "1.id", "should be text, not a number; put it in quotes"),
    ({"id": "T1.Fog"}, "1.id", "'T1.Fog' should look like m14.forward.closed-form"),
    ({"id": "t1.fog"}, "1.id", "'t1.fog' should look like m14.forward.closed-form"),
    ({"id": "t1.fog.one\n"}, "1.id", r"'t1.fog.one\n' should look like m14.forward.closed-form"),
    ({"id": "t1.fog." + "x" * 200}, "1.id", "has 207 characters; at most 200"),
    ({"kind": "riddle"}, "1.kind", "'riddle' is not allowed; use one of: concept, mental_model, trap, interview,"),
    ({"kind": ["concept"]}, "1.kind", "['concept'] is not allowed; use one of: concept"),
    ({"kind": "x" * 99}, "1.kind", "xxx... is not allowed"),
    ({"topic": "elsewhere"}, "t1.fog.one.topic", "elsewhere is not a topic of t1"),
    ({"topic": "Fog"}, "1.topic", "'Fog' should look like lower-case-words"),
    ({"difficulty": "blue"}, "1.difficulty", "'blue' is not allowed; use one of: green, yellow, red"),
    ({"prompt": ...}, "1.prompt", "is missing; add it"),
    ({"prompt": "  \n"}, "1.prompt", "is empty; write it or remove the key"),
    ({"prompt": "x" * 401}, "1.prompt", "has 401 characters; at most 400"),
    ({"prompt": "a\x1b[31mb"}, "1.prompt", "contains the control character U+001B; remove it"),
    ({"prompt": "a\u202eb"}, "1.prompt", "contains the control character U+202E; remove it"),
    ({"prompt": ["a"]}, "1.prompt", "should be text, not a list; put it in quotes"),
    ({"prompt": {"a": 1}}, "1.prompt", "should be text, not a mapping; put it in quotes"),
    ({"prompt": None}, "1.prompt", "should be text, not nothing; put it in quotes"),
    ({"prompt": True}, "1.prompt", "should be text, not true or false; put it in quotes"),
    ({"answer": ...}, "1.answer", "is missing; add it"),
    ({"key_points": POINTS[:2]}, "1.key_points", "has 2 entries; 3 to 6 are asked for"),
    ({"key_points": POINTS * 3}, "1.key_points", "has 9 entries; 3 to 6 are asked for"),
    ({"key_points": "one two three"}, "1.key_points", "should be a list, not text; begin each line with '- '"),
    ({"key_points": [*POINTS[:2], 3]}, "1.key_points.3", "should be text, not a number; put it in quotes"),
    ({"key_points": [*POINTS[:2], "x" * 201]}, "1.key_points.3", "has 201 characters; at most 200"),
    ({"sources": []}, "1.sources", "has 0 entries; 1 to 10000 are asked for"),
    ({"sources": [{"arxiv": "2006.11239"}]}, "1.sources.1.title", "is missing; add it"),
    ({"sources": [{"title": "x", "arxiv": 2006.11239}]}, "1.sources.1.arxiv", "should be text, not a number"),
    ({"sources": [{"title": "x", "arxiv": "abs/1"}]}, "1.sources.1.arxiv", "should look like 2006.11239, in"),
    ({"sources": [{"title": "x", "url": "javascript:x"}]}, "1.sources.1.url", "should look like https://..."),
    ({"sources": [{"title": "x", "page": "3"}]}, "1.sources.1.page", "not a key that is known here; use one of:"),
    ({"colour": "red"}, "1.colour", "is not a key that is known here; use one of: id, kind, topic"),
    ({"formulas": [{"text": "a"}]}, "1.formulas.1.tex", "is missing; add it"),
    ({"formulas": [FORMULA | {"tex": r"\frac{a}{b"}]}, "1.formulas.1.tex", r"a { is not closed in '\\frac{a}{b'"),
    ({"formulas": [FORMULA | {"gaps": ["c"]}]}, "1.formulas.1.gaps", "'c' does not stand in the formula's text"),
    ({"wrong_answers": [{"answer": "a", "why": "b"}]}, "1.wrong_answers", "has 1 entries; 2 to 4 are asked for"),
    ({"follow_ups": [FOLLOW_UP | {"when_missed": [4]}]}, "1.follow_ups.1.when_missed", "there is no key point 4"),
    ({"follow_ups": [FOLLOW_UP | {"when_missed": [0]}]}, "1.follow_ups.1.when_missed.1", "0 should be from 1 to 6"),
    ({"follow_ups": [FOLLOW_UP | {"when_missed": [1.5]}]}, "1.follow_ups.1.when_missed.1", "should be a whole num"),
    ({"numeric": [NUMERIC | {"value": "many"}]}, "1.numeric.1.value", "should be a number, not text"),
    ({"numeric": [NUMERIC | {"value": True}]}, "1.numeric.1.value", "should be a number, not true or false"),
    ({"numeric": [NUMERIC | {"tolerance": -1}]}, "1.numeric.1.tolerance", "-1 should be from 0 to inf"),
    ({"numeric": [NUMERIC | {"why": " "}]}, "1.numeric.1.why", "is empty; write it or remove the key"),
    (
        {"answer": "It is 11 or 1.5.", "numeric": [BARE]},
        "1.numeric.1.why",
        "1 does not stand in the card's answer; add",
    ),
    ({"steps": ["one", "two"]}, "1.steps", "has 2 entries; 3 to 10000 are asked for"),
    ({"lab": "no_such"}, "t1.fog.one.lab", "there is no lab no_such; there are: cfg_sweep, forward_noising"),
    ({"lab": "../labs/x"}, "1.lab", "'../labs/x' should look like forward_noising"),
    ({"lab_params": [1]}, "1.lab_params", "should be a mapping of names to values, not a list"),
    ({"lab_params": {"scales": [1, 2]}}, "1.lab_params.scales", "should be a name with text, a number, or true"),
    ({"lab_params": {7: "x"}}, "1.lab_params.7", "should be a name with text, a number, or true or false"),
    ({"explainer": "chapter-9"}, "t1.fog.one.explainer", "no explainer of the module has a heading chapter-9"),
    ({"needs": ["t1.fog.nowhere"]}, "t1.fog.one.needs", "there is no card t1.fog.nowhere; correct the id or write"),
    ({"needs": ["t1.fog.one"]}, "t1.fog.one.needs", "need each other in a circle: t1.fog.one > t1.fog.one"),
    ({"needs": "t1.fog.one"}, "1.needs", "should be a list, not text; begin each line with '- '"),
    ({"draft": "yes"}, "1.draft", "should be true or false, not text"),
    ({"id": "t2.fog.one"}, "t2.fog.one.id", "should begin with the module's id, t1."),
]


@pytest.mark.parametrize(("changes", "key", "sentence"), CARDS, ids=lambda value: str(value)[:40])
def test_each_thing_that_can_be_wrong_with_a_card(
    content: Path, changes: dict[str, Any], key: str, sentence: str
) -> None:
    problems = told_of_card(content / "m", **changes)
    assert [one for one, _ in problems] == [key]
    assert sentence in problems[0][1]


@pytest.mark.parametrize(
    "changes",
    [
        {"answer": "It is 1, say the DPM-2 people.", "numeric": [BARE, BARE | {"value": 2}]},
        {"answer": "It is −1,000.5 at least.", "numeric": [BARE | {"value": -1000, "tolerance": 1}]},
        {"answer": "As above.", "numeric": [BARE], "draft": True},
    ],
)
def test_a_number_that_stands_in_the_answer_needs_no_line_of_its_own(content: Path, changes: dict[str, Any]) -> None:
    assert told_of_card(content / "m", **changes) == []


OUTLINE: list[tuple[dict[str, Any], str, str]] = [
    ({"id": "Module 1"}, "id", "'Module 1' should look like m14"),
    ({"title": None}, "title", "should be text, not nothing; put it in quotes"),
    ({"week": "14"}, "week", "should be a whole number, not text"),
    ({"week": -1}, "week", "-1 should be from 0 to 999"),
    ({"topics": []}, "topics", "has 0 entries; 1 to 10000 are asked for"),
    ({"topics": [{"id": "fog", "title": "F"}] * 2}, "topics.2", "fog stands twice; keep one"),
    ({"topics": [{"id": "fog", "title": "F", "weight": 5000}]}, "topics.1.weight", "5000 should be from 0 to 1000"),
    ({"mental_models": [{"title": "a", "text": "b", "card": "t1.x.y"}]}, "mental_models.1.card", "there is no card"),
    ({"difficulty_marks": [{"mark": "red", "text": "a", "cards": ["t1.x.y"]}]}, "difficulty_marks.1.cards", "no card"),
    ({"difficulty_marks": [{"mark": "pink", "text": "a"}]}, "difficulty_marks.1.mark", "'pink' is not allowed"),
    ({"audit": [{"id": "a", "text": "b", "cards": ["t1.x.y"]}]}, "audit.1.cards", "there is no card t1.x.y"),
    ({"audit": [{"id": "a", "text": "b", "cards": []}]}, "audit.1.cards", "has 0 entries; 1 to 10000 are asked for"),
    ({"audit": [{"id": "a", "text": "b", "cards": ["t1.fog.one"]}] * 2}, "audit.2", "a stands twice; keep one"),
    (
        {"audit": [{"id": "a", "text": "b", "cards": ["t1.fog.one"], "revisit": {"document": "x.md", "chapter": "c"}}]},
        "audit.1.revisit",
        "x.md is not among the documents",
    ),
    (
        {
            "audit": [
                {
                    "id": "a",
                    "text": "b",
                    "cards": ["t1.fog.one"],
                    "revisit": {"document": "02_explainer.md", "chapter": "nowhere"},
                }
            ]
        },
        "audit.1.revisit",
        "02_explainer.md has no heading nowhere",
    ),
    ({"gate": [{"id": "a", "text": "b", "rule": "magic"}]}, "gate.1.rule", "'magic' is not allowed; use one of"),
    (
        {"gate": [{"id": "a", "text": "b", "rule": "revision_done", "document": "x.md"}]},
        "gate.1.document",
        "x.md is not among the documents",
    ),
    ({"gate": [{"id": "a", "text": "b", "rule": "recall_days", "days": 0}]}, "gate.1.days", "0 should be from 1 to"),
    ({"gate": [{"id": "a", "text": "b", "rule": "recall_days"}] * 2}, "gate.2", "a stands twice; keep one"),
    ({"bridge": "m15"}, "bridge", "should be a mapping of keys to values, not text"),
    ({"prerequisites": [{"module": "m13"}]}, "prerequisites.1.text", "is missing; add it"),
    (
        {"documents": [{"file": "../../etc/passwd", "title": "x", "role": "explainer"}]},
        "documents.1.file",
        "'../../etc/passwd' should look like a plain file name such as 02_explainer.md",
    ),
    (
        {"documents": [{"file": "gone.md", "title": "x", "role": "explainer"}]},
        "documents.1.file",
        "gone.md: the file cannot be read (no such file or directory)",
    ),
    (
        {"documents": [{"file": "02_explainer.md", "title": "x", "role": "explainer"}] * 2},
        "documents.2",
        "02_explainer.md stands twice; keep one",
    ),
    ({"author": "me"}, "author", "is not a key that is known here; use one of: id, title, week, topics"),
]


@pytest.mark.parametrize(("changes", "key", "sentence"), OUTLINE, ids=lambda value: str(value)[:40])
def test_each_thing_that_can_be_wrong_with_the_module_file(
    content: Path, changes: dict[str, Any], key: str, sentence: str
) -> None:
    folder = write_module(content / "m", {"fog": [card_values("t1.fog.one")]}, module_id="t1")
    outline = yaml.safe_load((folder / "module.yaml").read_text()) | changes
    (folder / "module.yaml").write_text(yaml.dump(outline, Dumper=NoAliases))
    problems = told(folder)
    assert [(file, one) for file, _, one, _ in problems] == [("module.yaml", key)]
    assert sentence in problems[0][3]


class NoAliases(yaml.SafeDumper):
    """Writes a value that stands twice twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


@pytest.mark.parametrize("text", ["- a\n", "just text\n", "", "7\n"])
def test_a_module_file_that_is_no_mapping(module: Path, text: str) -> None:
    (module / "module.yaml").write_text(text)
    assert [(file, line) for file, line, _, _ in told(module)] == [("module.yaml", 1)]
    assert "should be a mapping of keys to values" in told(module)[0][3]


def test_cards_that_are_no_list(module: Path) -> None:
    (module / "cards" / "fog.yaml").write_text("id: t1.fog.one\nkind: concept\n")
    assert told(module) == [("fog.yaml", 1, "", "should be a list of cards; begin each card with '- id:'")]
    (module / "cards" / "fog.yaml").write_text("- just text\n- 7\n-\n")
    assert [(line, key) for _, line, key, _ in told(module)] == [(1, "1"), (2, "2"), (3, "3")]


def test_an_empty_cards_file_and_no_cards_at_all_are_allowed(content: Path) -> None:
    folder = write_module(content / "m", {"fog": []})
    (folder / "cards" / "fog.yaml").write_text("# to be written\n")
    assert told(folder) == []


def test_ids_are_taken_once_over_all_files(module: Path) -> None:
    copy = module / "cards" / "zoo.yaml"
    copy.write_text(yaml.safe_dump([card_values("t1.rails.c9"), card_values("t1.fog.c1")], sort_keys=False))
    line = next(n for n, text in enumerate(copy.read_text().splitlines(), 1) if "t1.fog.c1" in text)
    first = (module / "cards" / "fog.yaml").read_text().splitlines().index("- id: t1.fog.c1") + 1
    text = f"t1.fog.c1 is taken by fog.yaml:{first}; give this card another id"
    assert told(module) == [("zoo.yaml", line, "2.id", text)]


def test_everything_wrong_is_told_at_once_with_its_line(module: Path) -> None:
    """A slip in the form of one card hides no dangling link of another, and makes no false alarm of links to it."""
    cards = small_module()
    cards["fog"][0]["prompt"] = 5
    cards["fog"][1]["needs"] = ["t1.fog.c0"]
    cards["rails"][2]["needs"] = ["t1.rails.typo"]
    cards["sketch"][3]["lab"] = "typo"
    write_module(module, cards)
    found = {(file, key): line for file, line, key, _ in told(module)}
    keys = {"fog.yaml": "1.prompt", "rails.yaml": "t1.rails.c2.needs", "sketch.yaml": "t1.sketch.c3.lab"}
    assert list(found) == list(keys.items())
    for (file, key), line in found.items():
        assert key.rpartition(".")[2] in (module / "cards" / file).read_text().splitlines()[line - 1]


def test_an_unreadable_file_makes_no_link_into_it_look_wrong(module: Path) -> None:
    cards = small_module()
    cards["fog"][0]["needs"] = ["t1.rails.c1"]
    write_module(module, cards)
    (module / "cards" / "rails.yaml").write_text("- id: [\n")
    assert [(file, line) for file, line, _, _ in told(module)] == [("rails.yaml", 2)]


def test_a_missing_explainer_is_told_once_not_for_every_card(module: Path) -> None:
    (module / "02_explainer.md").unlink()
    text = "02_explainer.md: the file cannot be read (no such file or directory)"
    assert [(file, text) for file, _, _, text in told(module)] == [("module.yaml", text)]


def test_cards_that_need_each_other_in_a_circle(module: Path) -> None:
    cards = small_module()
    for number in range(3):
        cards["fog"][number]["needs"] = [f"t1.fog.c{(number + 1) % 3}"]
    problems = told(write_module(module, cards))
    assert len(problems) == 1
    assert problems[0][3].startswith("the cards need each other in a circle: t1.fog.c")


def test_a_draft_may_lack_its_answer_but_not_its_question(content: Path) -> None:
    lean = {"answer": ..., "key_points": ..., "sources": ..., "draft": True}
    assert told_of_card(content / "m", **lean) == []
    assert told_of_card(content / "m", **lean, prompt=...) == [("1.prompt", "is missing; add it")]
    assert ("1.answer", "is missing; add it") in told_of_card(content / "m", **lean | {"draft": False})


def test_spaces_of_every_width_are_text(content: Path) -> None:
    assert told_of_card(content / "m", prompt="10\u00a0days, 0.5\u2009%") == []


def test_hostile_text_passes_unchanged_as_text(content: Path) -> None:
    hostile = "[/] [@click=app.quit]x[/] $(reboot) {0} %s <b> `x` \\ ' \" -- ;"
    folder = write_module(content / "m", {"fog": [card_values("t1.fog.one", prompt=hostile, key_points=[hostile] * 3)]})
    module = read_module(folder, LABS).module
    assert module is not None
    assert module.cards[0].prompt == module.cards[0].key_points[2] == hostile
