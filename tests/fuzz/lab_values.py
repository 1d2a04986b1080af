"""What a lab may say: events that are true, spoilt, or of no known kind; run.json likewise; pictures of every kind."""

from __future__ import annotations

import json
import struct
import zlib
from functools import cache
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

from tests.fuzz.module_values import spots
from tests.fuzz.texts import any_hostile, any_text, spoilt

REFERENCE = Path(__file__).parents[2] / "labs" / "reference"
KINDS = ("started", "progress", "metric", "series", "pictures", "check", "note", "failed", "finished", "unknown", "")
NUMBERS: tuple[Any, ...] = (
    *(0, 1, -1, 2, 10, 100, 0.5, -0.0, 1e-320, 5e-324, 1e-300, 1e300, -1e300, 1.7e308, -1.7e308, 2**53, 2**64),
    *(10**400, -(10**400), 10**4000, float("nan"), float("inf"), float("-inf"), True, None, "1", "NaN", [], {}),
)
FILES = (
    *("a.png", "p/0.png", "../out.png", "/etc/passwd", "a/../../out.png", "link.png", "loop.png", "pipe.png", "folder"),
    *(
        "",
        ".",
        "~",
        "a\0b",
        "x" * 5000,
        "\ud800.png",
        "con",
        "C:\\x",
        "//x",
        "./a.png",
        "p//0.png",
        "empty.png",
        "é.png",
    ),
)


def any_number(rng: Random) -> Any:
    return rng.choice(NUMBERS) if rng.random() < 0.4 else rng.uniform(-10, 10) * 10.0 ** rng.randint(-30, 30)


def any_json(rng: Random, deep: int = 0) -> Any:
    """A value of any kind that JSON can say, and that Python's reader takes beyond it."""
    roll = rng.randrange(7 if deep < 3 else 5)
    if roll < 2:
        return any_number(rng)
    if roll < 4:
        return rng.choice((any_text(rng), any_hostile(rng), rng.choice(FILES)))
    if roll == 4:
        return rng.choice((None, True, False, [], {}, "", 0))
    if roll == 5:
        return [any_json(rng, deep + 1) for _ in range(rng.randint(0, 4))]
    return {any_text(rng, 6): any_json(rng, deep + 1) for _ in range(rng.randint(0, 4))}


def _numbers(rng: Random, length: int) -> list[Any]:
    if rng.random() < 0.5:
        return [rng.uniform(-1, 1) * 10.0 ** rng.choice((0, 0, 3, -9, 300, -300)) for _ in range(length)]
    return [any_number(rng) if rng.random() < 0.3 else rng.random() for _ in range(length)]


def true_event(kind: str, rng: Random) -> dict[str, Any]:
    """An event with all its fields; their values are anything of the right type."""

    def text() -> str:
        return rng.choice((any_hostile(rng), any_text(rng), "words"))

    match kind:
        case "started":
            params = {text(): rng.choice((1, 2.5, "linear", [1, 2], text(), any_json(rng))) for _ in range(3)}
            versions = {"torch": text(), text(): text()}
            return {"lab": text(), "params": params, "seed": any_number(rng), "device": text(), "versions": versions}
        case "progress":
            return {"done": any_number(rng), "total": any_number(rng), "text": text()}
        case "metric":
            fields = {"name": text(), "value": any_number(rng), "unit": text()}
            return fields | ({"low": any_number(rng), "high": any_number(rng)} if rng.random() < 0.5 else {})
        case "series":
            length = rng.choice((0, 1, 2, 5, 200))
            lines = []
            for _ in range(rng.choice((0, 1, 3, 12))):
                lines.append({"label": text(), "values": _numbers(rng, length)})
                if rng.random() < 0.3:
                    lines[-1] |= {"low": _numbers(rng, length), "high": _numbers(rng, length)}
            x = {"label": text(), "values": _numbers(rng, length), "log": rng.random() < 0.5}
            y = {"label": text(), "log": rng.random() < 0.5}
            return {"id": text(), "title": text(), "x": x, "y": y, "lines": lines}
        case "pictures":
            tiles = [{"caption": text(), "file": rng.choice(FILES)} for _ in range(rng.choice((0, 1, 5)))]
            return {"id": text(), "title": text(), "columns": any_number(rng), "tiles": tiles}
        case "check":
            names = ("expected", "measured", "tolerance")
            return {"name": text(), **{name: any_number(rng) for name in names}, "ok": rng.random() < 0.5}
        case "note":
            return {"text": text()}
        case "failed":
            return {"message": text(), "hint": text()}
        case "finished":
            return {"seconds": any_number(rng)}
    return {"text": any_json(rng)}


def other_fields(values: dict[str, Any], rng: Random) -> dict[str, Any]:
    """The values after some were replaced, taken out or put elsewhere."""
    for _ in range(rng.choice((1, 1, 2))):
        places = spots(values)
        if not places:
            break
        container, key = rng.choice(places)
        if rng.random() < 0.25:
            del container[key]
        else:
            container[key] = any_json(rng)
    return values


def any_line(rng: Random) -> bytes:
    """One line of a lab's output."""
    roll = rng.random()
    if roll < 0.03:
        return rng.choice(
            (b"{" * 5000, b"[" * 100_000, b'{"event":' * 3000, b'{"event": "note", "text": "' + b"x" * 100_000 + b'"}')
        )
    if roll < 0.08:
        return rng.randbytes(rng.randint(0, 60)).replace(b"\n", b"")
    if roll < 0.12:
        return json.dumps(any_json(rng)).encode()
    kind = rng.choice(KINDS)
    values = {"event": kind, **true_event(kind, rng)}
    if rng.random() < 0.4:
        values = other_fields(values, rng)
    line = json.dumps(values, ensure_ascii=rng.random() < 0.5).encode(errors="surrogatepass")
    return spoilt(line, rng).replace(b"\n", b"") if rng.random() < 0.2 else line


@cache
def records() -> tuple[str, ...]:
    return tuple(file.read_text("utf-8") for file in sorted(REFERENCE.glob("*/*.json")))


def any_record(rng: Random) -> bytes:
    """A run.json: a real one with other values, or spoilt, or made."""
    if rng.random() < 0.25:
        kinds = {"metrics": "metric", "checks": "check", "series": "series", "pictures": "pictures"}
        values = {
            **true_event("started", rng),
            "seconds": any_number(rng),
            "quick": any_json(rng),
            "model": any_json(rng),
        }
        values |= {name: [true_event(kind, rng) for _ in range(rng.randint(0, 3))] for name, kind in kinds.items()}
        values |= {"notes": [any_hostile(rng)], "date": any_json(rng)}
    else:
        values = other_fields(json.loads(rng.choice(records())), rng)
    data = json.dumps(values).encode()
    return spoilt(data, rng) if rng.random() < 0.3 else data


# -- pictures


def png(width: int, height: int, data: bytes | None = None, extra: bytes = b"") -> bytes:
    """A PNG that says that it has so many pixels; its data is small, whatever it says."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x80\x40\x20" * width) * height, 9) if data is None else data
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@cache
def good_pictures() -> tuple[bytes, ...]:
    from PIL import Image

    image = Image.new("RGB", (8, 6), "orange")
    found = []
    for form, options in (("PNG", {}), ("JPEG", {}), ("JPEG", {"progressive": True}), ("GIF", {}), ("BMP", {})):
        data = BytesIO()
        image.save(data, form, **options)
        found.append(data.getvalue())
    for mode in ("L", "LA", "P", "1", "RGBA", "I;16"):
        data = BytesIO()
        Image.new(mode, (5, 5)).save(data, "PNG")
        found.append(data.getvalue())
    return tuple(found)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


BOMBS = {
    "wide": lambda: png(4_000_000, 1),
    "high": lambda: png(1, 4_000_000),
    "said to be large": lambda: png(30_000, 30_000, b""),
    "said to be beyond all": lambda: png(2**31 - 1, 2**31 - 1, b""),
    "no size": lambda: png(0, 0, b""),
    "unpacks to very much": lambda: png(8, 8, zlib.compress(bytes(50_000_000), 9)),
    "text that unpacks": lambda: png(8, 8, extra=_chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(80_000_000), 9))),
    "a profile that unpacks": lambda: png(8, 8, extra=_chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(80_000_000), 9))),
}


def any_picture(rng: Random) -> bytes:
    roll = rng.random()
    if roll < 0.02:
        return rng.choice(list(BOMBS.values()))()
    if roll < 0.1:
        return png(rng.randint(0, 300), rng.randint(0, 300))
    return spoilt(rng.choice(good_pictures()), rng)
