"""Measures speed against floors taken in the same run, prints a table and keeps the figures as JSON.

A floor is the least that the same job costs without this program: a bare Textual app, a bare Python,
bare sqlite3. The peer is Anki's engine on an equal collection. Floor or peer and figure are taken in turn,
so their ratio means something on a busy machine; milliseconds alone do not. Where `over` stands, the figure
misses its target.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from bench import bulk, cards, data, exchange, growth, large, learners, screen, shell
from bench.figures import Figure, as_json, table

RESULTS = Path(__file__).parent / "results"
BENCHES: dict[str, Callable[[bool], list[Figure]]] = {
    "start": screen.start,
    "keys": screen.keys,
    "due": shell.measure,
    "commit": data.commit,
    "growth": growth.growth,
    "large": large.measure,
    "replay": bulk.replay,
    "exchange": exchange.measure,
    "content": bulk.content,
    "cards": cards.measure,
    "learners": learners.measure,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Speed, as ratios to floors.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(BENCHES)}; all by default")
    parser.add_argument("--quick", action="store_true", help="few repeats: shows that it works, not how fast")
    parser.add_argument("--out", type=Path, default=RESULTS, metavar="DIR", help="folder for the JSON file")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in BENCHES]
    if unknown:
        parser.error(f"there is no bench {unknown[0]!r}; there are: {', '.join(BENCHES)}")
    figures: list[Figure] = []
    for name in options.names or BENCHES:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        figures += BENCHES[name](options.quick)
    print(table(figures))
    print(f"\n{growth.curve_table(figures)}")
    grown = [asdict(curve) | {"verdict": curve.verdict} for curve in growth.curves(figures)]
    kept = as_json(figures) | {"growth": grown}
    options.out.mkdir(parents=True, exist_ok=True)
    file = options.out / f"{datetime.now():%Y-%m-%d_%H-%M-%S}.json"
    file.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    print(f"\nkept in {file}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
