"""Results as lines of text, for the shell. What another process said was cleaned when it was read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from labs.kit.spec import Lab, said
from studyapp.charts.terminal import Axis, Curve, Row, as_text, chart
from studyapp.core.text import visible
from studyapp.lab_runner.events import Check, Series
from studyapp.lab_runner.results import Compared, Results, interval, metric_words, number, summary

WIDEST = 100
TABLE_COLUMNS = 7


def drawn(series: Series, width: int, height: int) -> list[Row]:
    """The series as a chart of text."""
    curves = [Curve(line.label, line.values, line.low, line.high) for line in series.lines]
    x, y = Axis(series.x_label, series.log_x), Axis(series.y_label, series.log_y)
    return chart(x, series.x, y, curves, width, height)


def table(series: Series) -> str:
    """The series in figures, for a reader that cannot see a chart: at most TABLE_COLUMNS values of each curve."""
    last = len(series.x) - 1
    shown = sorted({round(k * last / (TABLE_COLUMNS - 1)) for k in range(TABLE_COLUMNS)}) if last >= 0 else []
    rows = [(series.x_label, series.x), *((line.label, line.values) for line in series.lines)]
    width = min(36, max(len(label) for label, _ in rows))
    body = [f"  {label[:width]:<{width}}" + "".join(f"{number(v[k]):>10}" for k in shown) for label, v in rows]
    return "\n".join([f"  {series.y_label}", *body])


def settings_words(results: Results) -> str:
    """`schedule=linear steps=1000 … seed 0 · cpu, 2 threads · torch 2.13.0`."""
    begun = results.started
    if begun is None:
        return ""
    parts = [
        params_words(begun.params),
        f"seed {begun.seed}",
        begun.device,
        f"torch {begun.versions.get('torch', '?')}",
    ]
    parts += ["quick"] * results.quick + [visible(results.model or "")]
    return " · ".join(part for part in parts if part)


def params_words(params: Mapping[str, Any]) -> str:
    """`schedule=linear steps=1000`."""
    return " ".join(f"{name}={value_words(value)}" for name, value in params.items())


def value_words(value: Any) -> str:
    """A knob's value as the lab reads it."""
    return visible(said(value))


def comparison(found: list[Compared]) -> Iterator[str]:
    """Metric by metric: name, measured, reference, verdict; then unit and interval."""
    width = min(46, max((len(one.metric.name) for one in found), default=0))
    yield f"  {'':<{width}} {'measured':>10} {'reference':>10}"
    for one in found:
        metric = one.metric
        name = metric.name if len(metric.name) <= width else metric.name[: width - 1] + "…"
        more = ", ".join(part for part in (metric.unit, interval(metric)) if part)
        numbers = f"{number(metric.value):>10} {number(one.reference):>10}"
        yield f"  {name:<{width}} {numbers}  {one.words}{f'  ({more})' * bool(more)}"


def check_line(check: Check) -> str:
    verdict = "holds" if check.ok else "FAILS"
    numbers = f"expected {number(check.expected)}, measured {number(check.measured)}"
    return f"  {verdict}  {check.name}: {numbers}, tolerance {number(check.tolerance)}"


def report(lab: Lab, results: Results, found: list[Compared] | None, charts_width: int | None) -> Iterator[str]:
    """The whole run in blocks of lines.

    Args:
        found: the metrics beside the reference's; None for the reference itself.
        charts_width: None for tables in the place of charts.
    """
    yield f"{lab.title} · {lab.name}\n{lab.question}\n{settings_words(results)}"
    if found is not None and results.metrics:
        yield "\n".join([f"Beside the reference: {summary(found)}", *comparison(found)])
    elif results.metrics:
        lines = ("  " + metric_words(metric) for metric in results.metrics)
        yield "\n".join(["Measured:", *lines])
    if results.checks:
        yield "\n".join(["Checks against known values:", *map(check_line, results.checks)])
    for series in results.series:
        body = table(series) if charts_width is None else as_text(drawn(series, min(charts_width, WIDEST), 10))
        yield f"{series.title}\n{body}"
    for pictures in results.pictures:
        yield f"{pictures.title}: {len(pictures.tiles)} pictures in {results.folder / pictures.id}"
    if results.notes:
        yield "\n".join(results.notes)
