"""Modules as values: small true ones, the same with a value of another kind anywhere, and ones made from the shapes."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import yaml

from studyapp.curriculum.shapes import ANCHOR, CARD, CARD_ID, DRAFT, FILE, MODULE, SOURCE, WORD
from studyapp.curriculum.spec import ListOf, Number, OneOf, Record, Spec, Text, Truth, Values
from studyapp.paths import lab_names
from tests.fuzz.texts import any_hostile, any_text

REAL = Path(__file__).parents[2] / "content" / "module_14_diffusion"
CHAPTER = "chapter-1-first-things"
DOCUMENT = "# Title\n\n## Chapter 1 First things\n\nWords.\n"
Files = dict[str, bytes]
"""Path inside the module's folder to what stands in it."""


@cache
def real_cards() -> dict[str, str]:
    """The real cards as they are written, by id."""
    texts = [file.read_text("utf-8") for file in sorted((REAL / "cards").glob("*.yaml"))]
    parts = (part for text in texts for part in re.split(r"(?m)^(?=- id: )", text) if part.startswith("- id: "))
    return {part.split()[2]: part for part in parts}


@cache
def real_outline() -> dict[str, Any]:
    outline: dict[str, Any] = yaml.safe_load((REAL / "module.yaml").read_text("utf-8"))
    return outline


class _NoAliases(yaml.CSafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def dumped(value: Any) -> str:
    text: str = yaml.dump(value, Dumper=_NoAliases, allow_unicode=True, sort_keys=False)
    return text


def small_module(rng: Random) -> tuple[dict[str, Any], str]:
    """The real module with one or two of its cards, which are whole: its outline, and the cards as they are written."""
    ids = rng.sample(list(real_cards()), rng.choice((1, 1, 1, 2)))
    topics = [topic for topic in real_outline()["topics"] if any(f".{topic['id']}." in card for card in ids)]
    outline = {**real_outline(), "topics": topics, "mental_models": [{"title": "a", "text": "b", "card": ids[0]}]}
    outline["audit"] = [{**one, "cards": ids} for one in outline["audit"]]
    outline["audit"] = [{key: one[key] for key in ("id", "text", "cards")} for one in outline["audit"]]
    outline["difficulty_marks"] = [{**one, "cards": ids} for one in outline["difficulty_marks"]]
    cards = "\n".join(real_cards()[card] for card in ids)
    cards = re.sub(r"(?m)^  needs: .*(\n    .*)*\n", "", cards)
    return outline, cards


def files_of(outline: str | bytes, cards: str | bytes, text: str | bytes) -> Files:
    """A module folder with that in its files."""
    whole = [part.encode(errors="surrogatepass") if isinstance(part, str) else part for part in (outline, cards, text)]
    names = ("02_explainer.md", "04_daily_recall.md", "05_hands_on_lab.md", "06_revision.md")
    return {"module.yaml": whole[0], "cards/one.yaml": whole[1], **dict.fromkeys(names, whole[2])}


def explainer_for(cards: str) -> str:
    """A document with the headings that the cards name."""
    anchors = dict.fromkeys(re.findall(r"explainer: (\S+)", cards))
    return DOCUMENT + "".join(f"\n## {anchor}\n\nWords.\n" for anchor in anchors)


# -- a value of another kind

RAW = (
    *("!!python/object/apply:os.system ['touch /tmp/owned']", "!!python/name:os.system", "!!python/object:x.Y {}"),
    *(
        "!!binary aGVsbG8=",
        "!!binary '@'",
        "!!set {a, b}",
        "!!omap [a: 1]",
        "!!timestamp x",
        "!!float nope",
        "!!int 0x",
    ),
    *("!<tag:yaml.org,2002:str> 3", "!local 3", "! 3", "!!str", "!!null ''", "!!bool maybe", "!!map []", "!!seq {}"),
    *("*a", "&a [*a]", "&a {b: *a}", "{<<: {a: 1}, b: 2}", "{<<: *a}", "{a: 1, a: 2}", "{[1]: 2}", "{{}: {}}", "{? a}"),
    *("[&a x, *a, *a, *a]", "[&a [x, x], &b [*a, *a, *a], &c [*b, *b, *b]]", "{1: 2}", "{null: 1}", "{true: 1}"),
    *(
        "{.nan: 1}",
        "{2026-01-01: 1}",
        "{1.5: 1}",
        "{~: ~}",
        '{"": 1}',
        '{"a\\0b": 1}',
        '{"a\\nb": 1}',
        '{"\\x1b[2J": 1}',
    ),
    *(
        ".nan",
        ".inf",
        "-.inf",
        "1e400",
        "-1e15",
        "1e15",
        "1000000000000001",
        "0.1e-400",
        "0x" + "f" * 40,
        "0b" + "1" * 99,
    ),
    *("1:59:59", "1" + ":59" * 500, "1" + ":59" * 5000 + ".5", "9" * 5000, "1_000_000", "0o17", "017", "-0", "+.5e+3"),
    *("2026-11-24", "2026-11-24T09:00:00Z", "0001-01-01", "9999-99-99", "12:30:45", "yes", "No", "~", "on", "'", '"'),
    *(
        "[" * 1000 + "]" * 1000,
        "[" * 13 + "]" * 13,
        "{a: " * 1000 + "}" * 1000,
        "[" * 5000,
        '"\\ud800"',
        '"\\U00110000"',
    ),
    *('"\\0\\a\\e[31m\\N\\_\\L\\P"', '"' + "x" * 100_000 + '"', "[" + "a, " * 3000 + "]", "[" + "{}, " * 3000 + "]"),
    *("|", ">-", "|9", "|\n  text", "- a", "? a\n: b", "a: b", "@", "`", "%", "# nothing", "---", "..."),
)
"""YAML as it may be written in the place of a value."""


def any_value(rng: Random, deep: int = 0) -> Any:
    """A value of any kind that YAML can write."""
    kinds: list[Callable[[], Any]] = [
        lambda: None,
        lambda: rng.random() < 0.5,
        lambda: rng.choice((0, 1, -1, 10**15, -(10**15), 10**15 + 1, 10**400, 2**63)),
        lambda: rng.choice((0.0, -0.0, 1e-320, 1e15, 1.5, -1e308)),
        lambda: any_text(rng),
        lambda: any_hostile(rng).encode(errors="replace").decode(),  # the C writer takes no half of a pair
        lambda: "x" * rng.choice((81, 201, 301, 2001, 4001, 50_000)),
        lambda: list[Any](),
        lambda: dict[Any, Any](),
    ]
    if deep < 3:
        kinds.append(lambda: [any_value(rng, deep + 1) for _ in range(rng.randint(1, 3))])
        kinds.append(lambda: {any_text(rng, 8): any_value(rng, deep + 1) for _ in range(rng.randint(1, 3))})
    return rng.choice(kinds)()


def spots(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) within a tree of mappings and lists."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else []
    return [spot for key in keys for spot in [(value, key), *spots(value[key])]]


def with_other_values(values: Any, rng: Random) -> tuple[Any, dict[str, str]]:
    """The values after some were replaced, renamed, taken out or doubled; what only YAML can say, for `written`."""
    raw: dict[str, str] = {}
    for _ in range(rng.choice((1, 1, 2, 4))):
        container, key = rng.choice(spots(values))
        if not (key in container if isinstance(container, dict) else key < len(container)):
            continue
        match rng.randrange(8):
            case 0 | 1 | 2:
                container[key] = any_value(rng)
            case 3 | 4 | 5:
                word = f"RAW{len(raw)}RAW"
                raw[word] = rng.choice(RAW)
                container[key] = word
            case 6:
                del container[key]
            case _ if isinstance(container, dict):
                container[any_text(rng, 8)] = container[key]
            case _:
                container += [container[key]] * rng.choice((1, 1, 1, 10, 10, 400))
        if not spots(values):
            break
    return values, raw


def hashable_keys(value: Any) -> Any:
    """Mappings have keys that Python can hold and YAML can write."""
    if isinstance(value, dict):
        return {
            key if isinstance(key, str | int | float | bool) or key is None else str(key): hashable_keys(item)
            for key, item in value.items()
        }
    return [hashable_keys(item) for item in value] if isinstance(value, list) else value


def written(value: Any, raw: dict[str, str]) -> str:
    text = dumped(hashable_keys(value))
    for word, yaml_words in raw.items():
        text = text.replace(word, yaml_words)
    return text


# -- made from the shapes

_LIKE: dict[Text, Callable[[Random], str]] = {
    WORD: lambda rng: "fog",
    CARD_ID: lambda rng: rng.choice(("t1.fog.one", "t1.fog.two", "t1.fog.one", "t0.fog.one", "t1.fog.three")),
    FILE: lambda rng: rng.choice(("02_explainer.md", "04_daily_recall.md", "02_explainer.md", "none.md", "cards")),
    ANCHOR: lambda rng: rng.choice((CHAPTER, CHAPTER, CHAPTER, "nowhere", any_text(rng, 9))),
}
_SPEAKABLE = "".join(letter for letter in "".join((*map(str, range(10)), "[/]@click={}<>&\"'`*_#|\\$é日👍\u0301 \n\t")))


def made(spec: Spec, rng: Random) -> Any:
    """A value of the shape; now and then one that is not."""
    if rng.random() < 0.004:
        return any_value(rng)
    match spec:
        case Text():
            return _made_text(spec, rng)
        case OneOf():
            return rng.choice(spec.choices)
        case Number():
            low, high = max(spec.low, -1000.0), min(spec.high, 1000.0)
            return rng.randint(int(low), int(high)) if spec.whole else round(rng.uniform(low, high), rng.randint(0, 9))
        case Truth():
            return rng.random() < 0.1
        case Values():
            return {rng.choice(("scale", "steps", any_text(rng, 6))): rng.choice((1, 7.5, "a", any_text(rng), True))}
        case ListOf():
            most = min(spec.most, spec.least + 2)
            return [made(spec.item, rng) for _ in range(rng.randint(spec.least, most))]
        case Record():
            chosen = [key for key in spec.optional if rng.random() < 0.6]
            keys = [*spec.required, *chosen]
            if rng.random() < 0.3:
                rng.shuffle(keys)
            return {key: made(spec.required.get(key) or spec.optional[key], rng) for key in keys}


def _made_text(spec: Text, rng: Random) -> str:
    if spec in _LIKE:
        return _LIKE[spec](rng)
    if spec is SOURCE.optional["arxiv"]:
        return rng.choice(("2006.11239", "2112.10752", "2207.12598"))
    if spec is SOURCE.optional["url"]:
        return "https://example.org/" + rng.choice(("", "a?b=[c]#d", "é", "%s"))
    if spec.pattern == "[a-z0-9]+":
        return "t1"
    if spec.pattern:
        return rng.choice(sorted(lab_names()))
    letters = rng.choices(_SPEAKABLE, k=rng.randint(1, min(spec.longest, 60)))
    return "".join(letters).strip() or "x"


def made_module(rng: Random) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A module and its cards, made from what the program says that they may contain."""
    outline = made(MODULE, rng)
    cards = [made(DRAFT if rng.random() < 0.1 else CARD, rng) for _ in range(rng.randint(1, 3))]
    if rng.random() < 0.85:  # ids by chance would nearly always clash
        cards = [card for card in cards if isinstance(card, dict)]
        for card, name in zip(cards, ("one", "two", "three"), strict=False):
            card.update(id=f"t1.fog.{name}", needs=["t1.fog.one"] if name == "two" else [], explainer=CHAPTER)
            card["formulas"] = [{"text": "x", "tex": "{x}"}]
            card["follow_ups"] = [{"prompt": "x", "answer": "y"}]
        if isinstance(outline, dict):
            only = {"card": "t1.fog.one", "document": "02_explainer.md", "chapter": CHAPTER, "file": "02_explainer.md"}
            for container, key in spots(outline):
                if key in only:
                    container[key] = only[key]
                elif key == "cards":
                    container[key] = ["t1.fog.one"]
            for key in ("topics", "audit", "gate"):
                outline[key] = outline[key][:1] if isinstance(outline.get(key), list) else outline.get(key, [])
            outline["documents"] = [{"file": "02_explainer.md", "title": "Words", "role": "explainer"}]
            outline.pop("prerequisites", None)
    return outline, cards
