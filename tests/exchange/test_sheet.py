"""Reading a sheet: headings, lists, paragraphs, emphasis; and which lines of a flat list are topics."""

from __future__ import annotations

import pytest

from studyapp.exchange.import_sheet import as_markdown
from studyapp.exchange.sheet import Item, SectionKind, Sheet, nested_by_shape, read_sheet
from tests.exchange.sheets import PAGE

Outline = list[tuple[str, list[str]]]


def outline(sheet: Sheet) -> Outline:
    return [(section.title, list(section.lines())) for section in sheet.sections]


def nested(*lines: str, names: tuple[str, ...] = ()) -> dict[str, list[str]]:
    """The lines of a flat list that became topics, and what is below each; other lines have nothing below."""
    parts = nested_by_shape([Item(line) for line in lines], names)
    return {part.text: [child.text for child in part.children] for part in parts}


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("**bold** and *light*, __too__ and _so_", "bold and light, too and so"),
        ("x_t given x_0, 33_capstone_project", "x_t given x_0, 33_capstone_project"),
        ("2 * 3 * 4 and a*b", "2 * 3 * 4 and a*b"),
        ("`a*b*c` and ``x`y``", "a*b*c and x`y"),
        ("[text](http://x.y/z) and ![picture](a.png)", "text and picture"),
        (r"a\_b \*not\* 1\. \[x\]", "a_b *not* 1. [x]"),
        ("Q&amp;A &lt; 5 & more", "Q&A < 5 & more"),
        ("~~gone~~ here", "gone here"),
        ("$x_t = a_t * b_t$", "$x_t = a_t * b_t$"),
        ("**Label:** text", "Label: text"),
    ],
)
def test_emphasis_links_and_escapes_are_their_words(markdown: str, words: str) -> None:
    assert outline(read_sheet(f"# T\n## Traps\n- {markdown}\n")) == [("Traps", [words])]


@pytest.mark.parametrize("mark", ["-", "*", "+", "•", "◦", "1.", "12)", "- [ ]", "- [x]", "* []", "- ☐", "☐"])
def test_marks_of_lists(mark: str) -> None:
    lines = outline(read_sheet(f"# T\n## Traps\n{mark} one\n"))[0][1]
    assert lines == (["one"] if mark != "☐" else ["☐ one"])


def test_wrapped_lines_are_one() -> None:
    text = (
        "# T\n\nFirst\nparagraph.\n\nSecond.\n\n## Traps\n- an item\n  goes on\n\n  and stands apart\n\nProse\nwraps.\n"
    )
    sheet = read_sheet(text)
    assert sheet.opening == ["First paragraph.", "Second."]
    assert outline(sheet) == [("Traps", ["an item goes on", "and stands apart", "Prose wraps."])]


def test_nesting_by_spaces_and_tabs() -> None:
    sheet = read_sheet("# T\n## Key concepts\n- a\n\t- b\n\t\t- c\n- d\n    - e\n  - f\n")
    (section,) = sheet.sections
    assert [(item.text, list(item.below())) for item in section.items] == [("a", ["b", "c"]), ("d", ["e", "f"])]
    assert not sheet.topics_guessed


@pytest.mark.parametrize(
    "text",
    [
        "# T\n## Common traps\n- x\n## Else\n- y\n",
        "# T\n# Common traps\n- x\n# Else\n- y\n",
        "# T\n**Common traps**\n\n- x\n\n## Else\n- y\n",
        "T¶\nCommon traps¶\n- x\nElse¶\n- y\n",
        "T\nCommon traps\n- x\nElse\n- y\n",
        "### T ###\n#### Common traps ####\n- x\n#### Else {#else}\n- y\n",
    ],
    ids=["levels", "one level", "bold", "pilcrows", "bare", "closed"],
)
def test_headings(text: str) -> None:
    sheet = read_sheet(text)
    assert (sheet.title, outline(sheet)) == ("T", [("Common traps", ["x"]), ("Else", ["y"])])


def test_a_sentence_is_no_heading_on_a_page_without_pilcrows() -> None:
    text = "T\nAudit\nMake sure all are true:\n- x\nIf not, read again.\nBuilds on: y\n- z\nthe last line\n"
    assert outline(read_sheet(text)) == [
        ("Audit", ["Make sure all are true:", "x", "If not, read again.", "Builds on: y", "z", "the last line"])
    ]


def test_a_sheet_may_lack_a_title() -> None:
    assert read_sheet("Common traps\n- x\n").title == ""
    assert outline(read_sheet("- x\n## Traps\n- y\n")) == [("", ["x"]), ("Traps", ["y"])]


def test_titles_are_known_with_and_without_pictures() -> None:
    titles = ("🧠 Mental models", "MENTAL MODELS", "Mental  models:", "🔗 Prerequisites & connections", "Self‑check")
    kinds = [read_sheet(f"# T\n## {title}\n- x\n").sections[0].kind for title in titles]
    assert kinds == [SectionKind.MENTAL_MODELS] * 3 + [SectionKind.CONNECTIONS, SectionKind.SELF_CHECK]


# -- topics by shape


def test_a_short_phrase_before_longer_lines_is_a_topic() -> None:
    assert nested("Decision trees", "Split on the best feature", "Pruning", "Cuts what does not generalise well") == {
        "Decision trees": ["Split on the best feature"],
        "Pruning": ["Cuts what does not generalise well"],
    }


@pytest.mark.parametrize(
    "detail",
    [
        "Use dropout",
        "VAE compresses images",
        "Trees → forests",
        "Bias, variance",
        "Why it works",
        "A rather longer phrase",
        "Everything is known",
    ],
)
def test_what_says_something_is_a_detail(detail: str) -> None:
    assert nested("Big ideas", detail) == (
        {"Big ideas": [detail]} if detail != "Why it works" else {"Big ideas": [], detail: []}
    )


@pytest.mark.parametrize(
    "topic", ["Naive Bayes classifier", "U-Net/DiT backbones", "Pruning (post-hoc)", "Loss & risk"]
)
def test_names_and_plurals_are_no_verbs(topic: str) -> None:
    assert nested(topic, "Say what it does in words") == {topic: ["Say what it does in words"]}


def test_a_phrase_followed_by_a_phrase_or_by_nothing_is_no_topic() -> None:
    assert nested("Entropy", "Gini index", "Gain") == {"Entropy": [], "Gini index": [], "Gain": []}
    assert nested("Trees", "Grow them until leaves are pure", "Forests") == {
        "Trees": ["Grow them until leaves are pure", "Forests"]
    }


def test_lines_before_the_first_topic_stay_alone() -> None:
    assert nested("Read the whole chapter first", "Trees", "Grow them until pure") == {
        "Read the whole chapter first": [],
        "Trees": ["Grow them until pure"],
    }


def test_a_name_that_the_sheet_uses_elsewhere_is_a_topic_however_long() -> None:
    name = "The bias and variance trade-off"
    assert nested(name, "Simple models miss what is there") == {name: [], "Simple models miss what is there": []}
    assert nested(name, "Simple models miss what is there", names=(name.lower(),)) == {
        name: ["Simple models miss what is there"]
    }


def test_nesting_that_a_page_kept_is_not_guessed_again() -> None:
    sheet = read_sheet("T¶\nKey concepts¶\n- Use trees\n   - Entropy\n   - Say it in words\n")
    assert [(item.text, list(item.below())) for item in sheet.sections[0].items] == [
        ("Use trees", ["Entropy", "Say it in words"])
    ]
    assert not sheet.topics_guessed


def test_the_markdown_of_a_page_says_the_same() -> None:
    odd = PAGE.replace("Use a fixed", "Use *a* `fixed` <b> &amp; a\\b").replace("steps\n", "steps * 2 * 3\n", 1)
    page = read_sheet(odd)
    again = read_sheet(as_markdown(page))
    assert (again.title, outline(again)) == (page.title, outline(page))
    assert page.topics_guessed
    assert not again.topics_guessed
