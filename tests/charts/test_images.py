"""The same pictures by matplotlib: they open, they are safe in a page, and nothing in them is taken for a formula."""

from __future__ import annotations

import importlib.util
from datetime import date
from io import BytesIO
from xml.etree import ElementTree

import pytest
from PIL import Image

from studyapp.charts import images
from studyapp.charts.pictures import Bar, Bars, Columns, Heat, Lines, Picture, Stacks
from studyapp.charts.terminal import Axis, Curve
from studyapp.errors import StudyError

BAD = "</text><script>alert(1)</script> $x^{$ \\frac & 日本 [/]"
TODAY = date(2026, 11, 23)
PICTURES: list[Picture] = [
    Columns(BAD, BAD, BAD, (BAD, "b"), (1.0, 2.0)),
    Bars(BAD, BAD, (Bar(BAD, 50.0, 20.0, 80.0, BAD), Bar("none", None, 0, 100, "nothing yet"))),
    Stacks(BAD, BAD, (BAD, "b", "c"), ((BAD, (1, 2, 3)), ("empty", (0, 0, 0)))),
    Heat(BAD, BAD, {TODAY: 3}, TODAY),
    Heat("empty", "answers", {}, TODAY),
    Lines(BAD, Axis(BAD), (1.0, 2.0, 3.0), Axis(BAD), (Curve(BAD, (1, None, 2), (0, None, 1), (2, None, 3)),)),
]


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: type(picture).__name__)
def test_an_svg_is_sound_and_holds_foreign_text_as_text(picture: Picture) -> None:
    text = images.svg(picture, "p1")
    root = ElementTree.fromstring(text.replace("xlink:href", "href"))
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert not tags & {"script", "foreignObject", "style", "a", "image"}
    assert root.attrib["aria-hidden"] == "true"
    ids = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    assert len(ids) == len(set(ids))
    assert all(name.startswith("p1-") for name in ids)
    assert "currentColor" in text
    assert images.INK_OF_PAGE not in text
    if picture.title == BAD:
        words = "".join(element.text or "" for element in root.iter())
        assert "<script>alert(1)</script> $x^{$ \\frac & 日本" in words


def test_the_same_figures_give_the_same_svg() -> None:
    assert images.svg(PICTURES[1], "p") == images.svg(PICTURES[1], "p")


def test_all_pictures_lie_below_each_other_in_one_png() -> None:
    one, two = (Image.open(BytesIO(images.png(some))) for some in (PICTURES[:1], PICTURES))
    assert (one.format, one.width) == ("PNG", two.width)
    assert two.height > 3 * one.height
    assert Image.open(BytesIO(images.png([]))).format == "PNG"


def test_without_matplotlib_a_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "find_spec", lambda name: None)
    with pytest.raises(
        StudyError, match=r"Images need matplotlib, which is not installed: pip install 'studyapp\[labs\]'"
    ):
        images.png([])
    assert importlib.util.find_spec("matplotlib") is not None
