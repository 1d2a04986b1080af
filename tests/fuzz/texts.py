"""Text and bytes that would trouble a careless program, and ways to spoil what is good."""

from __future__ import annotations

from random import Random

HOSTILE = {
    "closing tag": "[/",
    "unbalanced markup": "x[/b]y [red]hid[/] list[int] a[i] [[[",
    "action link": "[@click=app.quit]press[/] [@click=app.exit()]x[/]",
    "links": '[link="file:///etc/passwd"]x[/link] [a](javascript:alert(1)) <a href="javascript:x">y</a>',
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)></title></style>\"'><svg onload=alert(1)>&lt;",
    "escape codes": "a\x1b[31mred\x1b[2J\x1b[?1049l\x1bc\x9b2J\x1b(0b",
    "clipboard": "\x1b]52;c;cm0gLXJmIH4=\x07 \x9d52;c;cm0=\x9c",
    "terminal link": "\x1b]8;;file:///etc/passwd\x1b\\here\x1b]8;;\x1b\\",
    "title": "\x1b]0;owned\x07\x1b]2;owned\x1b\\\x1bP$q\x1b\\\x1b_Ga=T;AAAA\x1b\\\x1b^x\x1b\\",
    "control codes": "\x00\x01\x02\x05\x07\x08\x0b\x0c\x0e\x0f\x7f\x80\x85\x90\x98\x9e\x9f",
    "line ends": "a\rb\r\nc\vd\fe\x85f\u2028g\u2029h\n\n\ti",
    "bidi": "\u202egnp.exe\u202c \u2066x\u2069 \u200f\u200e\u061c \u202a\u202b\u202d",
    "zero width": "z\u200bw\u200cn\u200dj\u2060\ufeff\u00ad\u034f\u180e\u115f\u3164x",
    "combining": "Z\u0351\u0358\u0330" + "a" + "\u0300\u0316\u0489" * 200,
    "emoji": "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🇩🇪 ☺️ ✊🏿 1️⃣ \U000e0041\U000e007f",
    "wide": "日本語テキスト 한국어 ｗｉｄｅ שלום مرحبا ﷽ 𒐫",
    "surrogates": "\ud800 \udfff \udc80\udcff",
    "not characters": "\ufffe\uffff\U0010ffff\ue000\U000f0000",
    "formats": "%s %n {x} {0.__class__} ${HOME} $(id) `id` ; id | id && id $foreground %(x)s",
    "paths": "../../../etc/passwd /etc/passwd C:\\x ~/.ssh ~root file:///etc/passwd \\\\host\\x",
    "markdown": "**unclosed `code [x][ ![p](../../x.png) > > > | a | $\\frac{$ ``` ~~~ # ## - 1. ***",
    "long": "word " * 2000 + "x" * 5000,
    "empty": "",
    "blank": " \t\u00a0\u3000 ",
    "sql": "'; DROP TABLE reviews; -- \" OR 1=1",
    "numbers": "1e999 -0 NaN Infinity 0x1F 1_000 ٣٤ ½ ² 10",
}
"""By what they try."""


def any_hostile(rng: Random) -> str:
    return rng.choice(list(HOSTILE.values()))


LETTERS = "ab Z09-_.:#/\\\n\t'\"[]{}*&!|>%@`,?~$<é日\u0301\u202e\u200b😀"


def any_text(rng: Random, longest: int = 40) -> str:
    return "".join(rng.choices(LETTERS, k=rng.randint(0, longest)))


SIGNS = (
    *(b"\x00", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\xc3\x28", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\x1b[2J"),
    *(b"\r", b"\r\n", b"\n", b"\t", b"\x0b", b"\x0c", b"\x85", b"\xc2\x85", b"\xe2\x80\xa8", b"\xc2\x9b", b"\x7f"),
    *(b"- ", b": ", b"? ", b"#", b"---\n", b"...\n", b"%YAML 9.9\n", b"%TAG ! x\n", b"*a", b"&a ", b"<<: *a\n"),
    *(b"!!python/object:os.system ", b"!!set ", b"!!binary ", b"!x ", b"|\n", b">-9\n", b"'", b'"', b'"\\ud800"'),
    *(
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b"@",
        b"`",
        b"[[[[[[[[[[[[[[[[[[[[[[",
        b"{a: {a: {a: ",
        b"- - - - - - - - - - - - - ",
    ),
    *(b"1:59" * 40, b"9" * 500, b"0x" + b"f" * 500, b".nan", b".inf", b"~", b"yes", b"2026-11-24", b"1e999"),
)


def spoilt(data: bytes, rng: Random) -> bytes:
    """The bytes after some accidents: flipped, taken out, put in, moved, cut off, doubled."""
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        at, length = rng.randint(0, len(data)), rng.choice((0, 1, 1, 2, 7, 40, 300))
        to = rng.randint(0, len(data))
        match rng.randrange(9):
            case 0 if data:
                at = min(at, len(data) - 1)
                data = data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]
            case 1:
                data = data[:at] + data[at + length :]
            case 2 | 3:
                data = data[:at] + rng.choice(SIGNS) + data[at:]
            case 4:
                data = data[:to] + data[at : at + length] + data[to:]
            case 5 if rng.random() < 0.3:
                data = data[:at]
            case 6:
                data = data[:at] + rng.randbytes(length) + data[at + length :]
            case 7 if rng.random() < 0.1:
                data = data[:at] + rng.choice(SIGNS) * rng.choice((100, 10_000)) + data[at:]
            case 8:
                data = data[:at] + rng.choice(SIGNS) + data[at + length :]
    return data
