"""The event stream as a page to read in a terminal."""

from __future__ import annotations

import sys
from typing import Any, TextIO

from labs.kit.events import Event

POINTS = 9
"""Columns of a curve's table: first, last and the ones evenly between."""


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def metric_line(event: Event) -> str:
    """'name  value unit  [low, high]'."""
    interval = f"  [{_number(event['low'])}, {_number(event['high'])}]" if "low" in event else ""
    return f"  {event['name']:<44} {_number(event['value']):>10} {event['unit']}{interval}"


def series_table(event: Event) -> str:
    """A table of at most POINTS values of each line."""
    x = event["x"]["values"]
    last = len(x) - 1
    shown = sorted({round(k * last / (POINTS - 1)) for k in range(POINTS)})
    rows: list[tuple[str, list[Any]]] = [(event["x"]["label"], x)]
    rows += [(line["label"], line["values"]) for line in event["lines"]]
    width = min(32, max(len(label) for label, _ in rows))
    body = [f"  {label[:width]:<{width}} " + "".join(f"{_number(v[k]):>10}" for k in shown) for label, v in rows]
    return "\n".join([f"\n{event['title']}  ({event['y']['label']})", *body])


class Report:
    """A sink for events that prints them; progress goes to standard error, and only to a terminal."""

    def __init__(self, out: TextIO, title: str, question: str, folder: str) -> None:
        self._out, self._title, self._question, self._folder = out, title, question, folder
        self._progress = sys.stderr.isatty()

    def __call__(self, event: Event) -> None:
        if event["event"] == "progress":
            if self._progress:
                sys.stderr.write(f"\r\x1b[K{event['done']}/{event['total']} {event['text'][:60]}")
                sys.stderr.flush()
            return
        if self._progress:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
        print(self._text(event), file=self._out, flush=True)

    def _text(self, event: Event) -> str:
        match event["event"]:
            case "started":
                params = " ".join(f"{name}={value}" for name, value in event["params"].items())
                head = f"{self._title}\n{self._question}\n\n{params}\nseed {event['seed']}, {event['device']}"
                return f"{head}, torch {event['versions'].get('torch', '?')}\n"
            case "metric":
                return metric_line(event)
            case "series":
                return series_table(event) + "\n"
            case "pictures":
                return f"\n{event['title']}: {len(event['tiles'])} pictures in {self._folder}/{event['id']}.png\n"
            case "check":
                verdict = "ok   " if event["ok"] else "FAILS"
                numbers = f"expected {_number(event['expected'])}, measured {_number(event['measured'])}"
                return f"  check {verdict} {event['name']}: {numbers}, tolerance {_number(event['tolerance'])}"
            case "note":
                return f"  {event['text']}"
            case "failed":
                return f"\n{event['message']} {event['hint']}"
            case _:
                return f"\nDone in {event['seconds']:.1f} s. Curves, pictures and run.json: {self._folder}"
