"""A course sheet to the files of a module, every line in its place and none invented.

What the sheet says is kept word for word: a card's prompt is its line, and so it is a draft until
somebody writes its answer. What the sheet leaves open is told by likeness of words: the topic of a
card, the difficulty marks that concern it, the cards that prove an audit statement.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from studyapp.core.course import CardKind, Difficulty
from studyapp.exchange.sheet import Item, Section, SectionKind, Sheet
from studyapp.exchange.wording import Vocabulary, slug, unique

LONGEST_LINE = 300
"""As the fields of a module allow."""
LONGEST_TEXT = 1000
LONGEST_ANSWER = 4000
MOST_CHAPTERS = 99
MOST_PROOFS = 5
"""Cards named as proof of one audit statement."""
CLOSE = 0.5
"""How much of a difficulty mark's words a card must have to get the mark."""
NEAR = 0.6
"""How near to the best proof of an audit statement another one must come."""

CARD_SECTIONS = {
    SectionKind.CONCEPTS: CardKind.CONCEPT,
    SectionKind.MENTAL_MODELS: CardKind.MENTAL_MODEL,
    SectionKind.TRAPS: CardKind.TRAP,
    SectionKind.INTERVIEW: CardKind.INTERVIEW,
    SectionKind.SELF_CHECK: CardKind.SELF_CHECK,
}
ROLES = {
    "explainer": ("Explainer", re.compile("explainer", re.IGNORECASE)),
    "daily_recall": ("Daily recall", re.compile("recall", re.IGNORECASE)),
    "hands_on_lab": ("Hands-on lab", re.compile(r"hands.on|\blabs?\b|_lab\b", re.IGNORECASE)),
    "revision": ("Revision", re.compile("revision", re.IGNORECASE)),
}
RULES = {
    "explainer": "chapters_read",
    "daily_recall": "recall_days",
    "hands_on_lab": "lab_shipped",
    "revision": "revision_done",
}
_DOCUMENT = re.compile(r"(?<![\w.-])[A-Za-z0-9][A-Za-z0-9_.-]{0,99}\.md\b")
_REVISIT = re.compile(r"\brevisit\b(?:.*?([A-Za-z0-9][\w.-]*\.md))?.*?\bchapter\s+(\d{1,2})\b", re.IGNORECASE)
_MODULE = re.compile(r"\b(?:week|module|lesson|unit)\s*(\d{1,3})\b", re.IGNORECASE)
_FOLDER = re.compile(r"\b\d{1,3}_[a-z][a-z0-9_-]*\b")
_LABEL = re.compile(
    r"(builds on|requires|depends on|prerequisites?|feeds into|leads to|prepares for)(?:\s*[:—–-]\s*|\s*$)(.*)",
    re.IGNORECASE,
)
_AFTER = ("feeds into", "leads to", "prepares for")
_MODEL = re.compile(r"(.{1,80}?)\s*[:—–]\s+[\"“„«']?(.+?)[\"”“»']?\.?")
_MARKS = {
    Difficulty.GREEN: re.compile(r"🟢|(?:green|easy)\s*[:—–-]\s", re.IGNORECASE),
    Difficulty.YELLOW: re.compile(r"🟡|(?:yellow|medium)\s*[:—–-]\s", re.IGNORECASE),
    Difficulty.RED: re.compile(r"🔴|(?:red|hard)\s*[:—–-]\s", re.IGNORECASE),
}


@dataclass(slots=True)
class ModuleDraft:
    """What a sheet gives: the values of the module file and of its cards."""

    outline: dict[str, Any]
    cards: list[dict[str, Any]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    """Titles of unknown sections, and `section: line` of lines that have no place in a module."""
    unmarked: int = 0
    """Difficulty lines without a mark; they stand as yellow."""
    chapters: dict[str, int] = field(default_factory=dict)
    """Documents, and how many chapters the sheet knows them to have."""


def draft_module(sheet: Sheet, file_name: str) -> ModuleDraft:
    """The module that a sheet describes.

    Args:
        file_name: without its ending; tells the number and the title where the sheet does not.
    """
    return _Drafting(sheet, file_name).draft


class _Drafting:
    """One sheet on its way to a module."""

    def __init__(self, sheet: Sheet, file_name: str) -> None:
        self._sheet = sheet
        self._words = Vocabulary(_card_lines(sheet))
        self._ids: set[str] = set()
        self._topics: dict[str, str] = {}
        self._topic_words: dict[str, str] = {}
        self._context: dict[str, str] = {}
        """Card to its line and its topic, as marks and audit statements look at it."""
        outline = _identity(sheet, file_name)
        self._general = slug(outline["title"])
        self.draft = ModuleDraft(outline)
        self._fill()

    def _fill(self) -> None:
        outline, sheet = self.draft.outline, self._sheet
        if sheet.opening:
            summary = " ".join(sheet.opening)
            if len(summary) <= LONGEST_TEXT:
                outline["summary"] = summary
            else:
                self._leave("", sheet.opening)
        outline["topics"] = []
        self._make_cards()
        outline["topics"] = [{"id": name, "title": title} for name, title in self._topics.items()]
        parts = {
            "mental_models": self._mental_models(),
            **self._connections(),
            "documents": self._documents(),
            "audit": list(self._audit()),
            "gate": list(self._gate()),
            "difficulty_marks": list(self._difficulty_marks()),
        }
        outline |= {key: value for key, value in parts.items() if value}
        outline |= self._bridge()
        for section in sheet.sections:
            if section.kind is None:
                self.draft.unknown.append(section.title or "what stands before the first section")
            elif section.kind in CARD_SECTIONS or section.kind in (SectionKind.DIFFICULTY, SectionKind.GATE):
                self._leave(section.title, section.prose)

    def _leave(self, title: str, lines: Iterable[str]) -> None:
        """Reports lines that no part of the module holds."""
        self.draft.unknown += [": ".join(part for part in (title, line) if part) for line in lines]

    def _fitting(self, section: Section, items: Iterable[Item], *, alone: bool = True) -> Iterator[Item]:
        """The items whose text a field can hold; the others, and with `alone` what stands below, are reported."""
        for item in items:
            if len(item.text) > LONGEST_LINE:
                self._leave(section.title, [item.text, *item.below()])
            else:
                if alone:
                    self._leave(section.title, item.below())
                yield item

    # -- cards

    def _make_cards(self) -> None:
        for section in self._sheet.of(SectionKind.CONCEPTS):
            for item in self._fitting(section, section.items, alone=False):
                if item.children:
                    self._topic_cards(section, item)
                else:
                    self._card(section, item, CardKind.CONCEPT, self._general_topic())
        for section in self._sheet.sections:
            kind = CARD_SECTIONS.get(section.kind) if section.kind else None
            if kind is not None and kind is not CardKind.CONCEPT:
                for item in self._fitting(section, section.items, alone=False):
                    self._card(section, item, kind, self._topic_of(item.text))

    def _topic_cards(self, section: Section, item: Item) -> None:
        topic = slug(item.text)
        self._topics.setdefault(topic, item.text)
        words = " ".join([item.text, *item.below()])
        self._topic_words[topic] = f"{self._topic_words.get(topic, '')} {words}"
        first = [item.text]
        for child in self._fitting(section, item.children, alone=False):
            self._card(section, child, CardKind.CONCEPT, topic, first)
            first = []

    def _general_topic(self) -> str:
        self._topics.setdefault(self._general, self.draft.outline["title"])
        return self._general

    def _topic_of(self, line: str) -> str:
        """The topic whose lines share the most telling words with this one."""
        shared = {topic: self._words.common(line, words) for topic, words in self._topic_words.items()}
        best = max(shared, key=lambda topic: shared[topic], default="")
        return best if best and shared[best] > 0 else self._general_topic()

    def _card(self, section: Section, item: Item, kind: CardKind, topic: str, above: Iterable[str] = ()) -> None:
        group = topic if kind is CardKind.CONCEPT else kind.value.replace("_", "-")
        card_id = unique(f"{self.draft.outline['id']}.{group}.{slug(item.text)}", self._ids)
        below = list(item.below())
        answer = "\n".join(f"- {line}" for line in below)
        if len(answer) > LONGEST_ANSWER or any(len(line) > LONGEST_LINE for line in below):
            self._leave(section.title, below)
            below, answer = [], ""
        card = {
            "id": card_id,
            "kind": kind.value,
            "topic": topic,
            "difficulty": Difficulty.YELLOW.value,
            "sheet": [*above, item.text, *below],
            "prompt": item.text,
            **({"answer": answer} if answer else {}),
            "draft": True,
        }
        self._context[card_id] = f"{item.text} {self._topics[topic] if kind is CardKind.CONCEPT else ''}"
        self.draft.cards.append(card)

    # -- the module's own parts

    def _mental_models(self) -> list[dict[str, str]]:
        found = []
        for card in self.draft.cards:
            model = _MODEL.fullmatch(card["prompt"]) if card["kind"] == CardKind.MENTAL_MODEL.value else None
            if model:
                found.append({"title": model[1], "text": model[2], "card": card["id"]})
        return found

    def _connections(self) -> dict[str, list[dict[str, str]]]:
        found: dict[str, list[dict[str, str]]] = {"prerequisites": [], "feeds_into": []}
        for section in self._sheet.of(SectionKind.CONNECTIONS):
            side = ""
            for line in section.lines():
                label = _LABEL.fullmatch(line)
                if label:
                    side = "feeds_into" if label[1].casefold() in _AFTER else "prerequisites"
                text = label[2] if label else line
                if side and len(text) <= LONGEST_TEXT:
                    found[side] += _connected(text) if text else []
                else:
                    self._leave(section.title, [line])
        return found

    def _documents(self) -> list[dict[str, str]]:
        names = {name for line in self._sheet.lines() for name in _DOCUMENT.findall(line)}
        found = []
        for name in sorted(names):
            role = _role(name)
            if role:
                found.append({"file": name, "title": ROLES[role][0], "role": role})
                self.draft.chapters[name] = int(role == "explainer")
        return found

    def _audit(self) -> Iterator[dict[str, Any]]:
        taken: set[str] = set()
        for section in self._sheet.of(SectionKind.AUDIT):
            for_all = None
            for line in section.prose:
                revisit = self._revisit(line)
                for_all = revisit or for_all
                if not revisit and not line.endswith(":"):
                    self._leave(section.title, [line])
            for item in self._fitting(section, section.items):
                revisit = self._revisit(item.text) or for_all
                yield {
                    "id": unique(slug(re.sub(r"^I can\b", "", item.text)), taken),
                    "text": item.text,
                    "cards": self._proofs(item.text),
                    **({"revisit": revisit} if revisit else {}),
                }

    def _revisit(self, line: str) -> dict[str, str] | None:
        """The chapter that a line sends back to; the explainer's where it names no document."""
        found = _REVISIT.search(line[:LONGEST_TEXT])
        if not found:
            return None
        explainers = [name for name in self.draft.chapters if _role(name) == "explainer"]
        document = found[1] if found[1] in self.draft.chapters else next(iter(explainers), "")
        number = int(found[2])
        if not document or not 1 <= number <= MOST_CHAPTERS:
            return None
        self.draft.chapters[document] = max(number, self.draft.chapters[document])
        return {"document": document, "chapter": f"chapter-{number}"}

    def _proofs(self, statement: str) -> list[str]:
        """The cards that share the most telling words with a statement; the first ones when none shares any."""
        shared = {card_id: self._words.common(statement, text) for card_id, text in self._context.items()}
        best = max(shared.values(), default=0.0)
        near = [card_id for card_id in shared if shared[card_id] >= NEAR * best > 0]
        near.sort(key=lambda card_id: -shared[card_id])
        return (near or list(shared))[:MOST_PROOFS]

    def _gate(self) -> Iterator[dict[str, Any]]:
        taken: set[str] = set()
        for section in self._sheet.of(SectionKind.GATE):
            for item in self._fitting(section, section.items):
                named = [name for name in _DOCUMENT.findall(item.text) if name in self.draft.chapters]
                role = _role(named[0] if named else item.text)
                if "audit" in item.text.casefold() and not named:
                    yield {"id": unique("audit", taken), "text": item.text, "rule": "audit_complete"}
                elif role:
                    document = {"document": named[0]} if named else {}
                    name = unique(role.replace("_", "-"), taken)
                    yield {"id": name, "text": item.text, "rule": RULES[role], **document}
                else:
                    self._leave(section.title, [item.text])

    def _difficulty_marks(self) -> Iterator[dict[str, Any]]:
        marks: list[dict[str, Any]] = []
        for section in self._sheet.of(SectionKind.DIFFICULTY):
            for item in self._fitting(section, section.items):
                level, text = _marked(item.text)
                self.draft.unmarked += level is None
                marks.append({"mark": (level or Difficulty.YELLOW).value, "text": text, "cards": []})
        for card in self.draft.cards:
            near = [(self._words.covered(mark["text"], self._context[card["id"]]), mark) for mark in marks]
            share, best = max(near, key=lambda pair: pair[0], default=(0.0, None))
            if best is not None and share >= CLOSE:
                card["difficulty"] = best["mark"]
                best["cards"].append(card["id"])
        for mark in marks:
            yield {key: value for key, value in mark.items() if value}

    def _bridge(self) -> dict[str, Any]:
        lines = [line for section in self._sheet.of(SectionKind.BRIDGE) for line in section.lines()]
        text = "\n".join(lines)
        if not text or len(text) > LONGEST_TEXT:
            self._leave("", lines)
            return {}
        return {"bridge": _connected(text)[0]}


def _card_lines(sheet: Sheet) -> Iterator[str]:
    """Every line that becomes a card, a concept's with its topic."""
    for section in sheet.sections:
        if section.kind in CARD_SECTIONS:
            for item in section.items:
                yield from (f"{item.text} {child.text}" for child in item.children) if item.children else [item.text]


def _identity(sheet: Sheet, file_name: str) -> dict[str, Any]:
    """Id, title and week, as the title says them: `01. Week 14 — Diffusion Models`."""
    number = _MODULE.search(sheet.title) or _MODULE.search(re.sub(r"[\W_]+", " ", file_name))
    week = int(number[1]) if number else int((re.match(r"(\d{1,3})[.)]\s", sheet.title) or [0, 0])[1])
    title = re.sub(r"^\d{1,3}[.)]\s*", "", sheet.title)
    title = re.sub(rf"^{_MODULE.pattern}\s*[—–:.·|-]*\s*", "", title, flags=re.IGNORECASE) or sheet.title
    title = (title or re.sub(r"[\W_]+", " ", file_name).strip() or "Module")[:LONGEST_LINE]
    name = f"m{week}" if week else slug(title).replace("-", "")[:40]
    return {"id": name, "title": title, "week": week}


def _role(text: str) -> str:
    """What a document or a gate item is for, by its words; empty when they do not say."""
    return next((role for role, (_, words) in ROLES.items() if words.search(text)), "")


def _connected(text: str) -> list[dict[str, str]]:
    """One connection for every module that a text names; its first words name one that has no number."""
    folder = _FOLDER.search(text)
    if folder:
        return [{"module": folder[0], "text": text}]
    numbers = dict.fromkeys(int(found[1]) for found in _MODULE.finditer(text))
    return [{"module": f"m{number}", "title": f"Module {number}", "text": text} for number in numbers] or [
        {"module": "-".join(slug(text).split("-")[:3]), "text": text}
    ]


def _marked(line: str) -> tuple[Difficulty | None, str]:
    """The difficulty that a line begins with, and the rest of it."""
    for level, mark in _MARKS.items():
        found = mark.match(line)
        if found:
            return level, line[found.end() :].strip()
    return None, line
