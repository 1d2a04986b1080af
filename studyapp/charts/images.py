"""The same pictures by matplotlib: one PNG of all, or an SVG each for a page. matplotlib is imported here alone,
when an image is asked for."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import singledispatch
from importlib.util import find_spec
from io import BytesIO, StringIO
from typing import Any

from studyapp.charts.bars import WEEKS
from studyapp.charts.pictures import Bars, Columns, Heat, Lines, Picture, Stacks
from studyapp.errors import StudyError

# Distinguishable with any colour vision (Okabe and Ito), and readable on white as on black.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00")
HATCHES = ("", "//", "..")
MARKERS = ("o", "s", "^", "D", "v")
INK = "#222222"
INK_OF_PAGE = "#010203"
"""Stands for the page's own colour of text until the SVG is written."""
WIDTH, PAGE_WIDTH = 7.2, 4.8
"""Inches, of an image and of a picture in a page: the smaller is read on a phone, where it is not made smaller."""
FONT, PAGE_FONT = 10.0, 8.5
"""Points."""


def check_installed() -> None:
    """
    Raises:
        StudyError: matplotlib is not there.
    """
    if find_spec("matplotlib") is None:
        raise StudyError("Images need matplotlib, which is not installed: pip install 'studyapp[labs]'")


def png(pictures: Sequence[Picture]) -> bytes:
    """All pictures below each other, as a PNG of about 1000 pixels width.

    Raises:
        StudyError: matplotlib is not there.
    """
    with _pyplot(INK, FONT) as pyplot:
        heights = [_height(picture) for picture in pictures]
        figure, axes = pyplot.subplots(
            max(1, len(pictures)),
            1,
            figsize=(WIDTH, max(2.0, sum(heights))),
            squeeze=False,
            layout="constrained",
            gridspec_kw={"height_ratios": heights or [1]},
        )
        for place, picture in zip(axes.flat, pictures, strict=False):
            pad = 26 if isinstance(picture, Stacks) else 8  # the legend stands between
            place.set_title(picture.title, loc="left", fontweight="bold", pad=pad)
            _draw(picture, place)
        if not pictures:
            axes[0][0].axis("off")
            axes[0][0].set_title("Nothing to draw yet.", loc="left")
        image: bytes = _saved(figure, pyplot, BytesIO(), format="png", dpi=140, facecolor="white")
    return image


def svg(picture: Picture, name: str) -> str:
    """One picture as an SVG element for an HTML page: text is text, in the page's own colour; bars are in its `--bar`.

    Args:
        name: a word that makes the ids in it differ from those of the other pictures on the page.

    Raises:
        StudyError: matplotlib is not there.
    """
    with _pyplot(INK_OF_PAGE, PAGE_FONT) as pyplot:
        figure, axes = pyplot.subplots(figsize=(PAGE_WIDTH, 0.9 * _height(picture)), layout="constrained")
        _draw(picture, axes)
        text = _saved(figure, pyplot, StringIO(), format="svg", transparent=True, metadata={"Date": None})
    return _for_page(text, name)


def _for_page(document: str, name: str) -> str:
    element = document[document.index("<svg") :].strip()
    element = re.sub(r"<(metadata|style)\b.*?</\1>", "", element, flags=re.DOTALL)
    element = re.sub(
        r"^<svg [^>]*?(viewBox=\"[^\"]*\")[^>]*>", r'<svg \1 aria-hidden="true" focusable="false">', element
    )
    element = element.replace(INK_OF_PAGE, "currentColor").replace(COLOURS[0].lower(), "var(--bar)")
    element = re.sub(r'\bid="', f'id="{name}-', element)
    return re.sub(r'(url\(#|href="#)', rf"\g<1>{name}-", element)


@contextmanager
def _pyplot(ink: str, font: float) -> Iterator[Any]:
    """matplotlib without a screen, whose text is plain text whatever stands in it."""
    check_installed()
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    settings: Any = dict.fromkeys(("text.color", "axes.labelcolor", "axes.edgecolor"), ink)
    settings |= {"xtick.color": ink, "ytick.color": ink, "axes.facecolor": "none", "legend.frameon": False}
    settings |= {"axes.spines.top": False, "axes.spines.right": False, "font.size": font}
    settings |= {"svg.fonttype": "none", "svg.hashsalt": "studyapp", "text.parse_math": False}
    settings |= {"hatch.linewidth": 0.6, "font.family": "sans-serif"}
    with matplotlib.rc_context(settings), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a letter that the font lacks is a box, and no reason to say so
        yield pyplot


def _saved(figure: Any, pyplot: Any, target: Any, **how: Any) -> Any:
    try:
        figure.savefig(target, **how)
    finally:
        pyplot.close(figure)
    return target.getvalue()


def _height(picture: Picture) -> float:
    """Inches."""
    match picture:
        case Bars(bars=rows) | Stacks(rows=rows):
            return 0.9 + 0.28 * len(rows) + 0.3 * isinstance(picture, Stacks)
        case Heat():
            return 1.9
    return 2.4


@singledispatch
def _draw(picture: Picture, axes: Any) -> None:
    raise TypeError(picture)


@_draw.register
def _(picture: Columns, axes: Any) -> None:
    places = range(len(picture.values))
    axes.bar(places, picture.values, color=COLOURS[0])
    every = -(-len(places) // 6)
    axes.set_xticks(places[::every], picture.labels[::every])
    axes.set_xlabel(picture.x)
    axes.set_ylabel(picture.y)
    axes.set_ylim(0, max([1.0, *picture.values]) * 1.05)
    axes.grid(axis="y", alpha=0.3)


@_draw.register
def _(picture: Bars, axes: Any) -> None:
    for place, bar in enumerate(picture.bars):
        if bar.value is not None:
            away = [[bar.value - bar.low], [bar.high - bar.value]]
            axes.barh(place, bar.value, color=COLOURS[0], xerr=away, ecolor=axes.xaxis.label.get_color(), capsize=3)
        beside = {"xycoords": ("axes fraction", "data"), "xytext": (8, 0), "textcoords": "offset points"}
        axes.annotate(bar.words, (1, place), va="center", fontsize="small", **beside)
    _rows(axes, [bar.label for bar in picture.bars])
    axes.set_xlim(0, picture.top)
    axes.set_xlabel(picture.x)


@_draw.register
def _(picture: Stacks, axes: Any) -> None:
    starts = [0] * len(picture.rows)
    for number, part in enumerate(picture.parts):
        counts = [row[1][number] for row in picture.rows]
        colour, hatch = COLOURS[number % len(COLOURS)], HATCHES[number % len(HATCHES)]
        axes.barh(range(len(counts)), counts, left=starts, color=colour, hatch=hatch, edgecolor="white", label=part)
        starts = [start + count for start, count in zip(starts, counts, strict=True)]
    _rows(axes, [label for label, _ in picture.rows])
    axes.set_xlim(0, max([1, *starts]) * 1.02)
    axes.set_xlabel(picture.x)
    axes.legend(ncols=len(picture.parts), loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0)


def _rows(axes: Any, labels: Sequence[str]) -> None:
    axes.set_yticks(range(len(labels)), labels)
    axes.invert_yaxis()
    axes.grid(axis="x", alpha=0.3)
    axes.set_axisbelow(True)


@_draw.register
def _(picture: Heat, axes: Any) -> None:
    first = picture.monday(WEEKS)
    days = [first + timedelta(days=n) for n in range(7 * WEEKS) if first + timedelta(days=n) <= picture.last]
    bounds = picture.bounds()
    side = 0.6 * axes.figure.get_figwidth() * 72 / WEEKS
    for level in range(len(bounds) + 1):
        cells = [(n // 7, n % 7) for n, day in enumerate(days) if picture.level(day) == level]
        share = level / max(1, len(bounds))
        end = f"–{bounds[level] - 1}" if 0 < level < len(bounds) else "+"
        label = "none" if level == 0 else f"{bounds[level - 1]}{end}"
        axes.scatter(
            [week for week, _ in cells],
            [weekday for _, weekday in cells],
            marker="s",
            s=side * side,
            color=COLOURS[0],
            alpha=0.15 + 0.85 * share,
            linewidths=0,
            label=label,
        )
    months = [(n // 7, f"{day:%b}") for n, day in enumerate(days) if day.day == 1]
    axes.set_xticks([week for week, _ in months], [name for _, name in months])
    axes.set_yticks(range(7), [f"{first + timedelta(days=n):%a}" for n in range(7)], fontsize="small")
    axes.invert_yaxis()
    axes.set_xlim(-1, WEEKS)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.legend(
        title=picture.unit,
        ncols=5,
        loc="upper left",
        bbox_to_anchor=(0, -0.14),
        fontsize="small",
        title_fontsize="small",
    )


@_draw.register
def _(picture: Lines, axes: Any) -> None:
    for number, curve in enumerate(picture.curves):
        colour, marker = COLOURS[number % len(COLOURS)], MARKERS[number % len(MARKERS)]
        known = [place for place, value in enumerate(curve.values) if value is not None]
        xs = [picture.xs[place] for place in known]
        every = max(1, len(xs) // 12)
        axes.plot(xs, [curve.values[n] for n in known], color=colour, marker=marker, markevery=every, label=curve.label)
        if curve.low and curve.high:
            ends = [[end[place] for place in known] for end in (curve.low, curve.high)]
            axes.fill_between(xs, *ends, color=colour, alpha=0.2, linewidth=0)
    axes.set_xlabel(picture.x.label)
    axes.set_ylabel(picture.y.label)
    axes.grid(alpha=0.3)
    axes.legend()
