"""A sheet to a module: every line of it and none invented, in any form; nothing dropped; bad input changes nothing."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studyapp.core.course import Card, Difficulty, Module
from studyapp.exchange.import_sheet import Imported, import_sheet
from studyapp.exchange.sheet import SectionKind, read_sheet
from tests.exchange.sheets import (
    MARKDOWN,
    PAGE,
    PRECISE,
    WITHOUT_COLOURS,
    files_of,
    lines_of_the_module,
    lines_of_the_sheet,
    module_of,
)

HEADINGS = {line for line in PAGE.replace("¶", "").splitlines() if line in re.findall(r"(?m)^(.*)¶$", PAGE)}
SAID_BY_THE_STRUCTURE = {
    "Before moving to Module 15, make sure all four are true:",
    "If any box is shaky, revisit 02_explainer.md Chapter 6 before moving on.",
}
"""The gate item and each statement's chapter to revisit."""


def imported(folder: Path, text: str, name: str = "module_14_sheet.txt") -> tuple[Imported, Path]:
    """The report, and the folder that was made."""
    file, made = folder / name, folder / "made"
    file.write_bytes(text.encode())
    return import_sheet(file, made), made


def module_from(folder: Path, text: str) -> Module:
    return module_of(imported(folder, text)[1])


# -- the course's sheet


@pytest.mark.parametrize("form", PRECISE)
def test_every_line_of_the_sheet_comes_in_and_none_is_invented(tmp_path: Path, form: str) -> None:
    module = module_from(tmp_path, PRECISE[form])
    said = Counter(lines_of_the_sheet())
    titles = {"01. Week 14 — Diffusion Models", *(re.sub(r"^[^\w]+", "", title) for title in HEADINGS)}
    assert len(titles) == 11
    held = Counter(lines_of_the_module(module))
    assert set(said - held) == titles | SAID_BY_THE_STRUCTURE
    assert not held - said


@pytest.mark.parametrize("form", PRECISE)
def test_all_forms_of_the_sheet_make_the_same_module(tmp_path: Path, form: str) -> None:
    (tmp_path / "page").mkdir()
    (tmp_path / "other").mkdir()
    page, other = (
        files_of(imported(tmp_path / name, text)[1]) for name, text in (("page", PAGE), ("other", PRECISE[form]))
    )
    del page["sheet.md"], other["sheet.md"]
    assert page == other


def test_the_copy_of_the_sheet_says_everything_and_makes_the_same_module(tmp_path: Path) -> None:
    _, made = imported(tmp_path, PAGE)
    copy = (made / "sheet.md").read_text()
    bare = [re.sub(r"^ *([#-]+ )?(\[ \] )?([^\w\s\"]+ )?", "", line) for line in copy.splitlines() if line]
    assert bare == lines_of_the_sheet()
    again = tmp_path / "again"
    import_sheet(made / "sheet.md", again)
    assert files_of(again) == files_of(made)


def test_what_each_section_becomes(tmp_path: Path) -> None:
    report, made = imported(tmp_path, PAGE)
    module = module_of(made)
    assert report == Imported("m14", 39, 39, 4, 5, (), tuple(topic.title for topic in module.topics[:5]), 0)
    assert (module.id, module.title, module.week) == ("m14", "Diffusion Models", 14)
    kinds = Counter(card.kind.value for card in module.cards)
    assert kinds == {"concept": 15, "mental_model": 6, "trap": 6, "interview": 5, "self_check": 7}
    assert all(card.draft and card.prompt == card.sheet[-1] for card in module.cards)
    assert [topic.title for topic in module.topics] == [
        *("Forward diffusion", "Reverse diffusion", "Conditioning", "Latent diffusion", "Modern speedups"),
        "Diffusion Models",
    ]
    first = next(card for card in module.cards if card.id == "m14.forward-diffusion.gaussian-noise-over-t-steps")
    assert first.sheet == ("Forward diffusion", "Add Gaussian noise over T steps")
    (dial,) = (model for model in module.mental_models if model.title == "Guidance scale")
    assert dial.text == "the prompt-obedience dial that can be turned too far"
    assert [(one.module, one.title) for one in module.prerequisites] == [("m13", "Module 13")]
    assert [(one.module, one.title) for one in module.feeds_into] == [("m15", "Module 15")]
    assert module.bridge is not None
    assert module.bridge.module == "33_capstone_project"
    assert [(item.id, item.rule, item.document) for item in module.gate] == [
        ("explainer", "chapters_read", "02_explainer.md"),
        ("daily-recall", "recall_days", "04_daily_recall.md"),
        ("hands-on-lab", "lab_shipped", "05_hands_on_lab.md"),
        ("audit", "audit_complete", ""),
        ("revision", "revision_done", "06_revision.md"),
    ]
    assert {(one.revisit.document, one.revisit.chapter) for one in module.audit if one.revisit} == {
        ("02_explainer.md", "chapter-6")
    }
    assert all(statement.revisit and statement.cards for statement in module.audit)


def test_difficulty_marks_find_their_cards(tmp_path: Path) -> None:
    module = module_from(tmp_path, PAGE)
    assert [mark.mark.value for mark in module.difficulty_marks] == ["green", *["yellow"] * 3, *["red"] * 2]
    cards = {card.id: card for card in module.cards}
    for mark in module.difficulty_marks:
        assert mark.cards
        assert {cards[card_id].difficulty for card_id in mark.cards} == {mark.mark}
    green = {card.prompt for card in module.cards if card.difficulty is Difficulty.GREEN}
    assert len(green) == 4
    assert "Use a fixed noise schedule" in green, "a detail of the topic that is marked"
    red = {card.prompt for card in module.cards if card.difficulty is Difficulty.RED}
    assert len(red) == 6
    assert all(re.search("classifier-free guidance|ControlNet", prompt) for prompt in red)


def test_without_colours_a_difficulty_is_medium_and_that_is_told(tmp_path: Path) -> None:
    report, made = imported(tmp_path, WITHOUT_COLOURS)
    assert (report.unmarked, report.unknown) == (6, ())
    module = module_of(made)
    assert {mark.mark for mark in module.difficulty_marks} == {Difficulty.YELLOW}
    assert module.difficulty_marks[0].text == "forward diffusion intuition"


def test_a_line_keeps_its_id_when_others_come_and_go(tmp_path: Path) -> None:
    def ids(name: str, text: str) -> dict[str, str]:
        (tmp_path / name).mkdir()
        return {card.prompt: card.id for card in module_from(tmp_path / name, text).cards}

    before = ids("before", MARKDOWN)
    changed = MARKDOWN.replace("- Assuming more", "- A new trap about the VAE decoder and noise.\n- Assuming more")
    changed = changed.replace("1. What does a DDPM actually learn during training?\n", "")
    after = ids("after", changed)
    both = before.keys() & after.keys()
    assert len(both) == 38
    assert {prompt: before[prompt] for prompt in both} == {prompt: after[prompt] for prompt in both}


# -- what a sheet may hold besides


def with_section(body: str, title: str = "Common traps") -> str:
    return f"# Module 7: Trees\n\n## {title}\n\n{body}\n"


def only_card(folder: Path, body: str, title: str = "Common traps") -> Card:
    (card,) = module_from(folder, with_section(body, title)).cards
    return card


def test_unknown_sections_are_kept_and_reported(tmp_path: Path) -> None:
    extra = "📚 Reading list¶\n- Ho et al. 2020\n- a second one\nRead them in this order.\n"
    report, made = imported(tmp_path, PAGE.replace("Completion gate¶", f"{extra}Completion gate¶"))
    assert report.unknown == ("📚 Reading list",)
    assert (report.cards, report.gate) == (39, 5)
    assert (
        "## 📚 Reading list\n\n- Ho et al. 2020\n- a second one\n\nRead them in this order.\n"
        in (made / "sheet.md").read_text()
    )


def test_unknown_sections_are_seen_without_pilcrows(tmp_path: Path) -> None:
    text = PAGE.replace("¶", "").replace("Completion gate", "Reading list\n- Ho et al. 2020\nCompletion gate")
    report, _ = imported(tmp_path, text)
    assert (report.unknown, report.cards, report.gate) == (("Reading list",), 39, 5)


def test_markdown_that_is_not_understood_is_kept_word_for_word(tmp_path: Path) -> None:
    code = "## Code\n\n```python\n# not a heading\n- not an item\n}\n```\n\n| a | b |\n|---|---|\n"
    report, made = imported(tmp_path, with_section("- one trap here") + code)
    assert (report.unknown, report.cards) == (("Code",), 1)
    assert (made / "sheet.md").read_text().endswith(code)


@pytest.mark.parametrize(
    ("title", "line", "told"),
    [
        ("Common traps", "Mind these.", "Common traps: Mind these."),
        ("Completion gate", "- [ ] Coffee drunk", "Completion gate: Coffee drunk"),
        ("Completion gate", "- [ ] 09_party.md attended", "Completion gate: 09_party.md attended"),
        ("Completion gate", "- [ ] " + "x" * 200 + "_explainer.md read", None),
        ("Completion gate", "- [ ] 02_erklärung_explainer.md gelesen", None),
        ("Foundation-gap audit", "Breathe.", "Foundation-gap audit: Breathe."),
        ("Foundation-gap audit", "If shaky, revisit Chapter 6.", None),
        ("Prerequisites", "Have fun.", "Prerequisites: Have fun."),
        ("Difficulty markers", "- 🔴 splits\n  - of nodes", "Difficulty markers: of nodes"),
        ("Self-check", "- " + "long " * 70, "Self-check: " + ("long " * 70).strip()),
        ("Bridge forward", "on " * 400, ("on " * 400).strip()),
    ],
)
def test_a_line_without_a_place_is_reported(tmp_path: Path, title: str, line: str, told: str | None) -> None:
    text = with_section("- a trap") + f"\n## {title}\n\n{line}\n\n## Key concepts\n- see 02_explainer.md\n"
    report, made = imported(tmp_path, text)
    assert report.unknown == ((told,) if told else ())
    assert line in (made / "sheet.md").read_text()


def test_paragraphs_under_the_title_are_the_summary(tmp_path: Path) -> None:
    text = with_section("- a trap").replace("Trees\n", "Trees\n\nHow trees\ngrow.\n\nAnd fall.\n")
    assert module_from(tmp_path, text).summary == "How trees grow. And fall."


def test_lines_below_a_question_are_the_beginning_of_its_answer(tmp_path: Path) -> None:
    card = only_card(tmp_path, "- Why prune?\n  - less variance\n    - at some bias\n", "Interview phrasing")
    assert (card.prompt, card.answer, card.draft) == ("Why prune?", "- less variance\n- at some bias", True)
    assert card.sheet == ("Why prune?", "less variance", "at some bias")


def test_headings_below_a_section_are_topics_too(tmp_path: Path) -> None:
    body = "### Splits\n- Measure impurity\n- Choose the best\n\n### Pruning\n- Cut weak leaves\n"
    module = module_from(tmp_path, with_section(body, "Key concepts"))
    assert [topic.title for topic in module.topics] == ["Splits", "Pruning"]
    assert Counter(card.topic for card in module.cards) == {"splits": 2, "pruning": 1}


def test_concepts_without_topics_belong_to_the_module(tmp_path: Path) -> None:
    module = module_from(tmp_path, with_section("- Measure impurity\n- Choose the best split", "Key concepts"))
    assert [(topic.id, topic.title) for topic in module.topics] == [("trees", "Trees")]


def test_connections_name_every_module(tmp_path: Path) -> None:
    body = "- **Builds on**\n  - Module 5 and Module 6 on entropy\n  - Linear algebra\n- Feeds into: forests\n"
    module = module_from(tmp_path, with_section("- a trap") + f"\n## Prerequisites & connections\n\n{body}")
    assert [(one.module, one.title, one.text) for one in module.prerequisites] == [
        ("m5", "Module 5", "Module 5 and Module 6 on entropy"),
        ("m6", "Module 6", "Module 5 and Module 6 on entropy"),
        ("linear-algebra", "", "Linear algebra"),
    ]
    assert [one.module for one in module.feeds_into] == ["forests"]


def test_a_statement_may_have_a_chapter_of_its_own(tmp_path: Path) -> None:
    audit = "\n## Audit\n\n- [ ] I can split (else revisit Chapter 2)\n- [ ] I can prune\n\nRevisit chapter 4.\n"
    gate = "\n## Completion gate\n\n- [ ] 02_explainer.md read\n"
    module = module_from(tmp_path, with_section("- a trap of splits") + audit + gate)
    assert [one.revisit and one.revisit.chapter for one in module.audit] == ["chapter-2", "chapter-4"]


@pytest.mark.parametrize(
    ("title", "file", "identity"),
    [
        ("01. Week 14 — Diffusion Models", "x.txt", ("m14", "Diffusion Models", 14)),
        ("Module 7: Trees", "x.txt", ("m7", "Trees", 7)),
        ("Week 3", "x.txt", ("m3", "Week 3", 3)),
        ("Trees", "module_09_trees.txt", ("m9", "Trees", 9)),
        ("4. Trees", "x.txt", ("m4", "Trees", 4)),
        ("Bäume & Wälder", "x.txt", ("baumewalder", "Bäume & Wälder", 0)),
        ("", "week-5.txt", ("m5", "week 5", 5)),
    ],
)
def test_the_title_tells_id_and_week(tmp_path: Path, title: str, file: str, identity: tuple[str, str, int]) -> None:
    text = f"# {title}\n" * bool(title) + "## Common traps\n- a trap\n"
    module = module_of(imported(tmp_path, text, file)[1])
    assert (module.id, module.title, module.week) == identity


def test_ids_are_readable_and_never_shared(tmp_path: Path) -> None:
    body = "- Use the **same** split!\n- Use same split?\n- 分割を選ぶ\n- ???"
    module = module_from(tmp_path, with_section(body))
    first, second, third = (card.id for card in module.cards)
    assert (first, second) == ("m7.trap.same-split", "m7.trap.same-split-2")
    assert re.fullmatch(r"m7\.trap\.line-[0-9a-f]{8}", third)


# -- anything at all

TITLES = ["Key concepts", "Mental models", "Common traps", "Prerequisites", "Interview", "Difficulty markers"]
TITLES += ["Audit", "Self-check", "Completion gate", "Bridge forward", "Elsewhere", "Notes & more"]
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=60)
LINES = st.one_of(
    WORDS,
    st.builds("{}{} {}".format, st.sampled_from(["", "  ", "    "]), st.sampled_from(["-", "*", "1.", "- [ ]"]), WORDS),
    st.builds("Builds on: {}".format, WORDS),
    st.builds("revisit 02_explainer.md Chapter {}".format, st.integers(0, 200)),
)
SHEETS = st.lists(
    st.tuples(st.sampled_from(["# ", "## ", "### "]), st.sampled_from(TITLES), st.lists(LINES, max_size=6)), max_size=6
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sections=SHEETS, page=st.booleans())
def test_whatever_a_sheet_holds_the_module_passes_the_check_and_nothing_is_dropped(
    tmp_path_factory: pytest.TempPathFactory, sections: list[tuple[str, str, list[str]]], page: bool
) -> None:
    """write_module itself refuses a module that would not pass: no sheet may make one."""
    folder = tmp_path_factory.mktemp("any")
    heading = "{1}¶" if page else "{0}{1}"
    text = "\n".join(line for mark, title, lines in sections for line in (heading.format(mark, title), *lines))
    text = f"{text}\n{heading.format('## ', 'Traps')}\n- a trap\n"
    report, made = imported(folder, text)
    module = module_of(made)
    assert report.cards == len(module.cards) > 0
    held = {*lines_of_the_module(module), *report.unknown, module.summary}
    for section in read_sheet(text).sections:
        for line in section.lines() if section.kind else ():
            said = line.removeprefix("Builds on:").strip()
            understood = not said or (section.kind is SectionKind.AUDIT and re.search(r":$|revisit .* \d", line))
            assert understood or any(said in one for one in held), (section.title, line)
