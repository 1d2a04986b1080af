"""The page: whole in itself, safe whatever stands in it, and as a browser shows it on a phone and on paper."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from html import escape, unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from studyapp.bootstrap import Program
from studyapp.report.content import gather_report
from studyapp.report.page import page
from studyapp.services import standing as standings
from studyapp.services.module_text import content_hash
from tests.conftest import FrozenClock, card_values, small_module, write_module

BAD = "</style><script>alert(1)</script><img src=x onerror=alert(2)> & \"' $x$"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
VOID_TAGS = {"meta", "br", "link"}


class Checked(HTMLParser):
    """Reads a page strictly: every tag closed in its order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID_TAGS:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "title"):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


AUDIT = [{"id": "fog", "text": BAD, "cards": ["t1.fog.c0", "t1.fog.c1"]}]
GATE = [
    {"id": "recall", "text": BAD, "rule": "recall_days", "document": "02_explainer.md"},
    {"id": "audit", "text": "Audit complete", "rule": "audit_complete"},
]


@pytest.fixture
def studied(content: Path, open_again: Callable[[], Program], clock: FrozenClock) -> Program:
    """Two weeks of study of a module whose every text is hostile."""
    cards = small_module()
    cards["fog"] = [card_values(f"t1.fog.c{n}", prompt=BAD) for n in range(4)]
    topics = [{"id": topic, "title": f"{topic} {BAD}"} for topic in cards]
    write_module(content / "module_1", cards, title=BAD, topics=topics, audit=AUDIT, gate=GATE)
    program = open_again()
    assert program.library.problems == []
    for day in range(14):
        for number, card_id in enumerate(program.recall.today().order):
            program.recall.grade(card_id, (day + number) % 6, confidence=1 + number % 4, elapsed_ms=9000)
        clock.forward(days=1)
    now = standings.standing(program.recall, program.library)
    assert now is not None
    standings.tick(program.recall, now, "fog", True)
    now = standings.standing(program.recall, program.library)
    assert now is not None
    standings.sign(program.recall, program.library, now, "recall", "", BAD)
    return program


MADE: list[str] = []
"""The page, drawn once for all tests that only read it."""


@pytest.fixture
def written(request: pytest.FixtureRequest) -> str:
    if not MADE:
        studied: Program = request.getfixturevalue("studied")
        MADE.append(page(gather_report(studied.recall, studied.library)))
    return MADE[0]


def test_everything_is_there(written: str) -> None:
    text = Checked(written).text
    for words in (
        "Gate",
        "Foundation-gap audit",
        "ticked",
        "overridden on",
        "Calendar",
        "True retention by period",
        "Map of the module",
        "Calibration",
        "Schedulers",
        "from 100 recalls",
    ):
        assert words in text


def test_a_module_that_changed_after_a_signature_is_told(
    studied: Program, content: Path, open_again: Callable[[], Program]
) -> None:
    signed = content_hash(studied.recall, studied.library, "t1")
    assert f"content {signed}, as it is now" in page(gather_report(studied.recall, studied.library))
    file = content / "module_1" / "02_explainer.md"
    file.write_text(file.read_text("utf-8") + "\nMore words.\n", encoding="utf-8")
    program = open_again()
    assert f"content {signed}, changed since" in page(gather_report(program.recall, program.library))


def test_surprises_come_before_what_words_are_worth_and_topics_have_their_range(written: str) -> None:
    text = Checked(written).text
    assert text.index("Sure but wrong ✗ certain, ") < text.rindex("Calibration")
    assert re.search(r"by topic, right answers, %\. fog .*: \d+ % \(\d+–\d+\), said \d+ %", unescape(written))


def test_foreign_text_is_text(written: str) -> None:
    found = Checked(written)
    assert written.count("<script") == 0
    assert not {tag for tag, _ in found.tags} & {"script", "img", "iframe", "object", "link", "form", "base"}
    assert not [name for _, attributes in found.tags for name in attributes if name.startswith("on")]
    assert "<script>alert(1)</script><img src=x onerror=alert(2)> & \"' $x$" in found.text


def test_nothing_is_fetched(written: str) -> None:
    found = Checked(written)
    links = [v for _, attributes in found.tags for k, v in attributes.items() if k in ("href", "src", "xlink:href")]
    assert links
    assert all(link is not None and link.startswith("#") for link in links)
    assert not re.search(r"url\((?!#)", written)
    assert "@import" not in written
    policy = next(a["content"] for t, a in found.tags if t == "meta" and a.get("http-equiv"))
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"


def test_it_can_be_read_without_seeing_it(written: str) -> None:
    found = Checked(written)
    ids = [attributes["id"] for _, attributes in found.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    pictures = [attributes for _, attributes in found.tags if attributes.get("role") == "img"]
    assert len(pictures) > 8
    assert all(len(attributes["aria-label"] or "") > 20 for attributes in pictures)
    tags = [tag for tag, _ in found.tags]
    assert tags.count("figure") == tags.count("figcaption") == tags.count("table") == len(pictures)
    assert [tag for tag in tags if re.fullmatch("h[1-6]", tag)][:4] == ["h1", "h2", "h3", "h3"]
    named = {attributes.get("aria-labelledby") for tag, attributes in found.tags if tag == "section"}
    assert named <= set(ids)
    assert dict(found.tags)["html"]["lang"] == "en"


def test_a_doubt_is_told_in_words(written: str) -> None:
    assert re.search(r'<small class="doubt">⚠ [^<]*evidence', written)


def test_an_empty_home_gives_a_page_too(open_again: Callable[[], Program]) -> None:
    program = open_again()
    text = Checked(page(gather_report(program.recall, program.library))).text
    assert "Nothing was answered yet" in text
    assert "There are no cards yet." in text


def test_a_module_that_nobody_began(program: Program) -> None:
    report = gather_report(program.recall, program.library)
    assert report.standings == ()
    assert "0 cards done, 0 shaky, 12 untouched." in Checked(page(report)).text
    assert Checked(page(replace(report, sections=()))).text.startswith("Test module")


# -- as a browser sees it

browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here; apt-get install chromium, or any Chrome")
PROBE = """<script>addEventListener("load", () => { const page = PAGE; document.title = JSON.stringify({
  wide: page.documentElement.scrollWidth, view: page.documentElement.clientWidth,
  paper: getComputedStyle(page.body).backgroundColor, ink: getComputedStyle(page.body).color,
  small: Math.min(...[...page.querySelectorAll("svg text")].map(text => text.getBoundingClientRect().height)),
}) })</script>"""
ALONE, FRAMED = "document", "document.querySelector('iframe').contentDocument"


def chromium(file: Path, *arguments: str) -> str:
    assert CHROMIUM is not None
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={file.parent / 'profile'}"]
    command += ["--disable-dev-shm-usage", "--no-first-run", *arguments, file.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def without_policy(written: str) -> str:
    """The page as it is, but that a probe may run in it."""
    return re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", written)


def probed(tmp_path: Path, text: str, page_is: str, *arguments: str) -> dict[str, Any]:
    """What a browser measures of a page."""
    file = tmp_path / "probe.html"
    file.write_text(text.replace("</body>", f"{PROBE.replace('PAGE', page_is)}</body>"), encoding="utf-8")
    title = re.search(r"<title>(.*?)</title>", chromium(file, "--dump-dom", *arguments), re.DOTALL)
    assert title is not None
    measured: dict[str, Any] = json.loads(unescape(title[1]))
    return measured


@browser
@pytest.mark.parametrize("width", [500, 1200])
def test_no_width_needs_sideways_scrolling(tmp_path: Path, written: str, width: int) -> None:
    measured = probed(tmp_path, without_policy(written), ALONE, f"--window-size={width},900")
    assert measured["wide"] == measured["view"] >= width - 20, "the scroll bar takes a few"
    assert measured["small"] >= 8


@browser
def test_it_fits_a_phone(tmp_path: Path, written: str) -> None:
    """In a frame of 360 pixels: no window of a headless Chromium is as narrow as a phone."""
    frame = f'<iframe width="360" height="800" style="border: 0" srcdoc="{escape(without_policy(written))}"></iframe>'
    measured = probed(tmp_path, f"<!doctype html><html><head><title></title></head><body>{frame}</body></html>", FRAMED)
    assert measured["wide"] == measured["view"] >= 340
    assert measured["small"] >= 8, "the smallest text in a picture, in pixels"


@browser
def test_dark_eyes_get_a_dark_page(tmp_path: Path, written: str) -> None:
    text = without_policy(written)
    light = probed(tmp_path, text, ALONE)
    dark = probed(tmp_path, text, ALONE, "--blink-settings=preferredColorScheme=0")
    assert (light["paper"], dark["paper"]) == ("rgb(255, 255, 255)", "rgb(20, 23, 26)")
    assert light["ink"] != dark["ink"]


@browser
def test_it_prints(tmp_path: Path, written: str) -> None:
    file, paper = tmp_path / "page.html", tmp_path / "page.pdf"
    file.write_text(written, encoding="utf-8")
    chromium(file, f"--print-to-pdf={paper}", "--no-pdf-header-footer")
    data = paper.read_bytes()
    assert data.startswith(b"%PDF")
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", data)) <= 20


@browser
def test_the_page_itself_runs_no_script(tmp_path: Path, written: str) -> None:
    file = tmp_path / "page.html"
    file.write_text(written.replace("</body>", "<script>document.title = 'ran'</script></body>"), encoding="utf-8")
    assert "<title>ran" not in chromium(file, "--dump-dom"), "its policy forbids scripts, whoever puts one in"
