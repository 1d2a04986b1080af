"""Every lab of the catalogue at 80x24: its form and its reference can be read whole and reached by keys."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

import labs
from studyapp.bootstrap import Program
from studyapp.lab_runner import shelf
from studyapp.lab_runner.results import compared, number
from studyapp.tui import lab_views
from studyapp.tui.widgets.lab_page import EDGES, LabPage
from tests.tui.labs import open_lab
from tests.tui.screens import NARROW, key_words, press, running, shown


@pytest.mark.parametrize("name", labs.NAMES)
async def test_the_form_shows_every_choice_whole_and_keys_reach_every_knob(lab_program: Program, name: str) -> None:
    async with running(lab_program, size=NARROW) as pilot:
        screen = await open_lab(pilot, name=name)
        faces = [shown(pilot)]
        if "space more" in key_words(pilot):
            await press(pilot, "space")
            faces.append(shown(pilot))
        asked = [" ".join(face.split()) for face in faces]
        assert any(screen.lab.question in face for face in asked)
        assert any(screen.lab.prediction.prompt in face for face in asked)
        for letter, choice in zip("abcdefg", screen.lab.prediction.choices, strict=False):
            assert any(f" {letter} {choice.label}" in face for face in faces), "whole, and on one line"
        for field in screen.form.fields():
            await press(pilot, "down")
            rows = [line for line in shown(pilot).splitlines() if line.startswith(f"   {field.name} ")]
            assert len(rows) == 1, "the row of the choice is in sight"
            value = f"‹ {field.value} ›" if field.choices else field.value or "-"
            assert rows[0][17:].startswith((value, value[:21] + "…")), "values stand below each other"
            allowed = field.allowed or " or ".join(field.choices)
            assert f"{field.name}: {field.words} enter changes it: {allowed}" in " ".join(shown(pilot).split())
        await press(pilot, "home")
        assert "▸ Run" in shown(pilot)


@pytest.mark.parametrize("name", labs.NAMES)
def test_no_metric_is_cut_off_beside_its_reference(name: str) -> None:
    lab, reference = shelf.find_lab(name), shelf.reference(name)
    assert reference is not None
    table = lab_views.metric_table(compared(lab, reference, reference), NARROW[0] - EDGES)
    assert table.plain.count("=") > 1
    assert max(len(line) for line in table.plain.splitlines()) <= NARROW[0] - EDGES
    assert [metric.name for metric in reference.metrics if metric.name not in table.plain] == []


@pytest.mark.parametrize("name", labs.NAMES)
async def test_the_reference_is_read_to_its_end_with_space(lab_program: Program, name: str) -> None:
    reference = shelf.reference(name)
    assert reference is not None
    async with running(lab_program, size=NARROW) as pilot:
        screen = await open_lab(pilot, name=name)
        await press(pilot, "v")
        lines = await read_through(pilot, screen.page)
    assert [line for line in lines if "…" in line] == [], "nothing is cut off"
    words = " ".join(" ".join(lines).split())
    for metric in reference.metrics:
        assert metric.name in words
        assert number(metric.value) in words
    said = [*reference.notes, *(one.name for one in reference.checks)]
    titles = [*(one.title for one in reference.pictures), *(one.title for one in reference.series)]
    assert [text for text in (*said, *titles) if text not in words] == []


async def read_through(pilot: Pilot[None], page: LabPage) -> list[str]:
    """The lines of a page, as they come by while space leafs through it."""
    lines: dict[int, str] = {}
    while True:
        region = page.scrollable_content_region
        for row, line in enumerate(shown(pilot).splitlines()[region.y : region.bottom]):
            lines[round(page.scroll_y) + row] = line[region.x : region.right].rstrip()
        if page.scroll_y >= page.max_scroll_y:
            break
        at = page.scroll_y
        await press(pilot, "space")
        assert page.scroll_y > at
    assert sorted(lines) == list(range(len(lines))), "no line was skipped"
    return [lines[place] for place in sorted(lines)]
