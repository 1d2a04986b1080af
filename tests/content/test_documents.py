"""The documents: every link leads somewhere, every question is a real card's, and generated parts follow the cards."""

from __future__ import annotations

import re

import pytest

import labs
from studyapp.core.course import Card, CardKind, Document
from studyapp.core.gate import checklist
from studyapp.curriculum.markdown import anchors, chapters
from studyapp.curriculum.week_plan import week_plan, week_plan_document, with_cards_words
from tests.content.film_strips import ASSETS, STRIPS, film_strip
from tests.content.module import FOLDER, card, cards, document, module, sentences, text_of

DOCUMENTS = [pytest.param(document, id=document.file) for document in module().documents]
_LINK = re.compile(r"(!?)\[((?:[^\]\\]|\\.)*)\]\(([^)]*)\)")
_QUESTION = re.compile(r"(?m)^(?:-|\d+\.) \[((?:[^\]\\]|\\.)+)\]\(card:([a-z0-9.-]+)\)(?: \*aloud\*)?$")


def links(text: str) -> list[tuple[bool, str, str]]:
    """(whether it is a picture, words, address) of every link."""
    return [(bool(mark), words, address) for mark, words, address in _LINK.findall(text)]


@pytest.mark.parametrize("one", DOCUMENTS)
def test_every_link_leads_somewhere(one: Document) -> None:
    known = {card.id for card in cards()}
    for picture, words, address in links(text_of(one)):
        kind, _, name = address.partition(":")
        if picture:
            assert address.startswith("assets/")
            assert (FOLDER / address).is_file(), address
            assert words, f"{address} needs a caption"
        elif kind == "card":
            assert name in known, address
        elif kind == "lab":
            assert name in labs.NAMES, address
        else:
            file, _, anchor = address.partition("#")
            assert anchor in anchors((FOLDER / file).read_text(encoding="utf-8")), address


@pytest.mark.parametrize("one", DOCUMENTS)
def test_a_question_stands_in_its_cards_words(one: Document) -> None:
    """When this fails: python -m studyapp.curriculum.week_plan content/module_14_diffusion"""
    assert text_of(one) == with_cards_words(text_of(one), module())


def test_questions_take_the_cards_words_and_other_links_keep_theirs() -> None:
    text = "- [old](card:m14.forward.snr)\n- See [it](card:m14.forward.snr).\n2. [gone](card:m14.no.such)\n"
    prompt = card("m14.forward.snr").prompt
    new = text.replace("[old]", f"[{prompt}]")
    assert with_cards_words(text, module()) == new


@pytest.mark.parametrize("one", DOCUMENTS)
def test_a_document_has_one_title_and_no_raw_html(one: Document) -> None:
    text = text_of(one)
    assert re.findall(r"(?m)^# .+$", text) == [text.splitlines()[0]]
    assert not re.search(r"</?[a-z]+>", text)
    assert max(map(len, sentences(re.sub(r"```.*?```", "", text, flags=re.DOTALL)))) <= 40


@pytest.mark.parametrize("one", DOCUMENTS)
def test_code_and_tables_fit_an_eighty_column_screen(one: Document) -> None:
    wide: list[str] = []
    for block in re.findall(r"(?ms)^```\w*\n(.*?)^```", text_of(one)):
        wide += [line for line in block.splitlines() if len(line) > 72 and "--evidence" not in line]
    for table in re.findall(r"(?m)(?:^\|.*\n)+", text_of(one)):
        columns = zip(*(line.strip("|").split("|") for line in table.splitlines()), strict=True)
        width = sum(max(map(len, column)) for column in columns)
        wide += [table] if width > 70 else []
    assert wide == []


def explainer_sections() -> list[tuple[str, str, str]]:
    """(chapter, heading, text) of every section of the explainer."""
    found = []
    for chapter in chapters(document("explainer"), "Explainer"):
        for part in re.split(r"(?m)^### ", chapter.text)[1:]:
            heading, _, text = part.partition("\n")
            found.append((chapter.anchor, heading, text))
    return found


def test_the_explainer_has_six_chapters_of_which_the_last_is_the_whole_picture() -> None:
    found = chapters(document("explainer"), "Explainer")
    assert len(found) >= 6
    assert found[5].anchor == "chapter-6-the-whole-picture"
    for one in found:
        assert 400 <= one.words <= 1800, f"{one.title}: {one.words} words"


def test_every_section_but_the_outlook_ends_in_questions() -> None:
    silent = [heading for _, heading, text in explainer_sections() if not _QUESTION.search(text)]
    assert silent == ["Where this leads"]
    for _, heading, text in explainer_sections():
        if heading not in silent:
            assert _QUESTION.fullmatch(text.rstrip().splitlines()[-1]), heading


@pytest.mark.parametrize("one", [pytest.param(card, id=card.id) for card in cards()])
def test_a_card_is_asked_in_the_chapter_it_names(one: Card) -> None:
    asked = {chapter for chapter, _, text in explainer_sections() if f"(card:{one.id})" in text}
    assert one.explainer in asked


def test_a_card_is_asked_once_in_the_explainer() -> None:
    asked = [card_id for _, card_id in _QUESTION.findall(document("explainer"))]
    assert sorted(asked) == sorted(card.id for card in cards())


def test_every_lab_is_opened_from_the_explainer() -> None:
    opened = {address for _, _, address in links(document("explainer"))}
    assert {f"lab:{name}" for name in labs.NAMES} <= opened


# -- the week's plan


def test_the_daily_recall_is_what_the_cards_say() -> None:
    """When this fails: python -m studyapp.curriculum.week_plan content/module_14_diffusion"""
    assert document("daily_recall") == week_plan_document(module())


def test_the_week_meets_every_card_once_after_what_it_needs() -> None:
    days = week_plan(module())
    met = [card.id for day in days for card in day.cards]
    assert len(days) == 7
    assert sorted(met) == sorted(card.id for card in cards())
    for number, card_id in enumerate(met):
        assert set(card(card_id).needs) <= set(met[:number])


def test_the_week_is_even_and_reads_every_chapter_in_order() -> None:
    days = week_plan(module())
    sizes = [len(day.cards) for day in days]
    assert max(sizes[:-1]) - min(sizes[:-1]) == 0
    assert 0 < sizes[-1] <= sizes[0]
    read = [chapter for day in days for chapter in day.chapters]
    assert read == [chapter.anchor for chapter in chapters(document("explainer"), "")]
    assert days[-1].chapters == ()


def test_the_week_tries_every_lab_once() -> None:
    tried = [lab for day in week_plan(module()) for lab in day.labs]
    assert sorted(tried) == sorted({card.lab for card in cards() if card.lab})


# -- revision and hands-on lab


def test_the_revision_asks_every_self_check_and_trap_once() -> None:
    asked = [card_id for _, card_id in _QUESTION.findall(document("revision"))]
    due = [card.id for card in cards() if card.kind in (CardKind.SELF_CHECK, CardKind.TRAP)]
    assert sorted(asked) == sorted(due)


def test_the_hands_on_lab_has_a_checklist_that_the_gate_reads() -> None:
    lines = checklist(document("hands_on_lab"), {})
    assert len(lines) >= 8
    assert document("hands_on_lab").count("\n- [ ] ") == len(lines)
    assert not any(line.ticked for line in lines)


def test_the_hands_on_lab_begins_with_our_labs() -> None:
    opened = [address.removeprefix("lab:") for _, _, address in links(document("hands_on_lab")) if "lab:" in address]
    assert opened[:3] == ["forward_noising", "cfg_sweep", "sampler_timing"]
    assert {*opened} == {*labs.NAMES}
    own = document("hands_on_lab").partition("### 4. One question")[2].partition("**Done when**")[0].split("\n- ")[1:]
    assert [question for question in own if "(card:" not in question or "(lab:" not in question] == []
    assert "first version shipped" in document("hands_on_lab")


# -- pictures


@pytest.mark.parametrize("name", STRIPS)
def test_a_film_strip_is_made_of_the_labs_own_tiles(name: str) -> None:
    """When this fails: python -m tests.content.film_strips"""
    from PIL import Image

    with Image.open(ASSETS / name) as strip:
        assert strip.convert("RGB").tobytes() == film_strip(name).tobytes()
    assert (ASSETS / name).stat().st_size < 150_000


def test_no_picture_lies_about_unused() -> None:
    shown = {
        address.removeprefix("assets/") for one in module().documents for p, _, address in links(text_of(one)) if p
    }
    assert shown == {file.name for file in ASSETS.iterdir()} == set(STRIPS)
