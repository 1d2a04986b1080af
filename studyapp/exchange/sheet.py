"""A course sheet, as it stands in Markdown or was copied from its web page, to sections of items.

In Markdown `#` marks the headings and nesting says which items belong together. Text from the web
page has lost both: a heading ends in a pilcrow or is known by its name, and in the list of concepts
a topic stands on a line like its details. `nested_by_shape` tells which lines are the topics.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from studyapp.core.text import visible


class SectionKind(StrEnum):
    """What a section of a sheet is about; its title tells."""

    CONCEPTS = "concepts"
    MENTAL_MODELS = "mental models"
    TRAPS = "traps"
    CONNECTIONS = "connections"
    INTERVIEW = "interview"
    DIFFICULTY = "difficulty"
    AUDIT = "audit"
    SELF_CHECK = "self-check"
    GATE = "gate"
    BRIDGE = "bridge"


_TITLES = {
    SectionKind.CONCEPTS: "key concepts to master|key concepts|core concepts|concepts|key ideas",
    SectionKind.MENTAL_MODELS: "mental models|mental model",
    SectionKind.TRAPS: "common traps|traps|common mistakes|common pitfalls|pitfalls",
    SectionKind.CONNECTIONS: "prerequisites and connections|prerequisites connections|prerequisites|connections",
    SectionKind.INTERVIEW: "interview phrasing|interview questions|interview",
    SectionKind.DIFFICULTY: "difficulty markers|difficulty marks|difficulty",
    SectionKind.AUDIT: "foundation gap audit|gap audit|audit",
    SectionKind.SELF_CHECK: "self check questions|self check",
    SectionKind.GATE: "completion gate|gate",
    SectionKind.BRIDGE: "bridge forward|bridge|next module",
}
_KINDS = {title: kind for kind, titles in _TITLES.items() for title in titles.split("|")}


@dataclass(slots=True)
class Item:
    """A line of a list or a paragraph, and the lines below it that belong to it."""

    text: str
    children: list[Item] = field(default_factory=list)
    listed: bool = True

    def below(self) -> Iterator[str]:
        """The lines below it, however deep."""
        for child in self.children:
            yield child.text
            yield from child.below()


@dataclass(slots=True)
class Section:
    title: str
    parts: list[Item] = field(default_factory=list)

    @property
    def kind(self) -> SectionKind | None:
        return _KINDS.get(_name(self.title))

    @property
    def items(self) -> list[Item]:
        return [part for part in self.parts if part.listed]

    @property
    def prose(self) -> list[str]:
        """Paragraphs that stand in no list."""
        return [part.text for part in self.parts if not part.listed]

    def lines(self) -> Iterator[str]:
        """Everything below the title, in order."""
        for part in self.parts:
            yield part.text
            yield from part.below()


@dataclass(slots=True)
class Sheet:
    title: str
    """Empty when the sheet begins with a section."""
    sections: list[Section]
    opening: list[str]
    """Paragraphs between the title and the first section."""
    markdown: bool = False
    topics_guessed: bool = False
    """The list of concepts was flat, and its topics were told by their shape."""

    def of(self, kind: SectionKind) -> Iterator[Section]:
        return (section for section in self.sections if section.kind is kind)

    def lines(self) -> Iterator[str]:
        """Everything but the titles, in order."""
        yield from self.opening
        for section in self.sections:
            yield from section.lines()


_PILCROW = "¶"
_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_FENCE = re.compile(r"\s*(```|~~~)")
_BULLET = re.compile(r"(\s*)(?:[-*+•◦▪‣·]|\d{1,3}[.)])\s+(.*)")
_BOX = re.compile(r"(?:\[[ xX✓]?\]|[☐☑☒✅⬜])\s*")
_NO_END_OF_HEADING = (".", ":", "?", "!", ";", ",", "…")
_LONGEST_HEADING = 60
TAB = 4
LONGEST_MARKED = 5_000
"""Characters of a line in which emphasis and links are looked for; no sentence is longer."""


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    """Without marks of any kind."""
    level: int = 0
    """1 to 6 for a heading of Markdown, 1 for one of a web page; 0 for all else."""
    indent: int = -1
    """Columns before the mark of a list's line; -1 for all else."""


def read_sheet(text: str) -> Sheet:
    """The sections of a sheet. Nothing is left out but marks, emphasis and invisible characters."""
    raw = [visible(line).expandtabs(TAB).rstrip() for line in text.splitlines()]
    markdown = any(_HEADING.fullmatch(line) for line in raw)
    sheet = _sections(_markdown_lines(raw) if markdown else list(_page_lines(raw)))
    sheet.markdown = markdown
    if not markdown:
        names = {line.partition(":")[0] for line in sheet.lines() if ":" in line}
        for section in sheet.of(SectionKind.CONCEPTS):
            if not any(part.children for part in section.parts):
                section.parts = nested_by_shape(section.parts, names)
                sheet.topics_guessed |= any(part.children for part in section.parts)
    return sheet


def _name(title: str) -> str:
    """A title as it is looked up: `🔗 Prerequisites & connections¶` is `prerequisites and connections`."""
    return " ".join(re.findall(r"[a-z]+", title.casefold().replace("&", " and ")))


# -- lines


def _page_lines(raw: Sequence[str]) -> Iterator[_Line]:
    """The lines of a text copied from a web page."""
    full = [line for line in raw if re.search(r"\w", line)]
    marked = any(line.endswith(_PILCROW) for line in full)
    listed = any(_BULLET.fullmatch(line) for line in full[1:])
    for number, line in enumerate(full):
        text = line.strip().removesuffix(_PILCROW).strip()
        bullet = _BULLET.fullmatch(line)
        numbered = bullet is not None and bullet[0].lstrip()[0].isdigit()
        first = number == 0 and (bullet is None or numbered)
        follows = number + 1 < len(full)
        if first or line.endswith(_PILCROW) or (bullet is None and _name(text) in _KINDS):
            yield _Line(text, level=1)
        elif bullet is not None:
            yield _Line(_unboxed(bullet[2]), indent=len(bullet[1]))
        elif not marked and listed and follows and _looks_like_heading(text):
            yield _Line(text, level=1)
        else:
            yield _Line(text)


def _looks_like_heading(text: str) -> bool:
    """Whether a line of a page that lost its pilcrows is a heading: short, and no sentence."""
    return len(text) <= _LONGEST_HEADING and ": " not in text and not text.endswith(_NO_END_OF_HEADING)


def _markdown_lines(raw: Sequence[str]) -> list[_Line]:
    """The lines of Markdown: a wrapped paragraph or item is one line, emphasis and links are their words."""
    lines: list[_Line] = []
    fenced = goes_on = False  # whether text on the next line belongs to the last one
    for line in raw:
        heading, bullet = _HEADING.fullmatch(line), _BULLET.fullmatch(line)
        if _FENCE.match(line) or not re.search(r"\w", line):
            fenced ^= _FENCE.match(line) is not None
            goes_on = False
        elif fenced:
            lines.append(_Line(line))
        elif heading:
            title = re.sub(r"(?<!\s)\s*\{[#:.][^}]*\}$", "", heading[2].rstrip(" \t#"))
            lines.append(_Line(_words(title).rstrip(_PILCROW), level=len(heading[1])))
            goes_on = False
        elif bullet:
            lines.append(_Line(_unboxed(_words(bullet[2])), indent=len(bullet[1])))
            goes_on = True
        else:
            text = _words(line.strip())
            if goes_on and (line.startswith(" ") or lines[-1].indent < 0) and not _labelled(text):
                lines[-1] = replace(lines[-1], text=f"{lines[-1].text} {text}")
            else:
                title_in_bold = _name(text) in _KINDS
                lines.append(_Line(text, level=6 * title_in_bold))
                goes_on = not title_in_bold
    return lines


def _labelled(text: str) -> bool:
    """Whether a line opens a paragraph of its own: `Builds on: …`."""
    return re.match(r"[A-Z][\w ]{2,24}:", text) is not None


def _unboxed(text: str) -> str:
    return _BOX.sub("", text, count=1) if _BOX.match(text) else text


_INLINE = (
    (re.compile(r"!?\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<![\w*\\])\*(?=\S)([^*]+?)(?<=[^\s\\])\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<!\w)_(?=\S)(.+?)(?<=\S)_(?!\w)"), r"\1"),
    (re.compile(r"~~(.+?)~~"), r"\1"),
    (re.compile(r"\\([\\`*_{}\[\]()#+.!|<>~&-])"), r"\1"),
)


def _words(markdown: str) -> str:
    """A line of Markdown as a reader sees it; `x_t` stays, and so does what stands in backquotes."""
    if len(markdown) > LONGEST_MARKED:
        return markdown
    parts = re.split(r"(?<!\\)(`+)(.+?)\1", markdown)
    text, spans = "\0".join(parts[::3]), parts[2::3]
    text = re.sub(r"(?<!\\)&#?\w+;", lambda entity: html.unescape(entity[0]), text)
    for pattern, words in _INLINE:
        text = pattern.sub(words, text)
    for span in spans:
        text = text.replace("\0", span, 1)
    return visible(text).strip()


# -- sections


def _sections(lines: Sequence[_Line]) -> Sheet:
    """Lines in order to sections. A heading below a section's own level opens an item of it."""
    sheet = Sheet("", [], [])
    section: Section | None = None
    section_level = 0
    open_items: list[tuple[int, Item]] = []
    for line in lines:
        if not line.text.strip():  # it had nothing but marks or what cannot be seen
            continue
        if line.level:
            known = _name(line.text) in _KINDS
            if section is None and not known and not sheet.title and not sheet.opening:
                sheet.title = line.text
            elif section is None or known or line.level <= section_level:
                section, section_level = Section(line.text), line.level
                sheet.sections.append(section)
                open_items = []
            else:
                item = Item(line.text)
                section.parts.append(item)
                open_items = [(-1, item)]
        elif line.indent >= 0:
            if section is None:
                section, section_level = Section(""), 6
                sheet.sections.append(section)
            while open_items and open_items[-1][0] >= line.indent:
                open_items.pop()
            item = Item(line.text)
            (open_items[-1][1].children if open_items else section.parts).append(item)
            open_items.append((line.indent, item))
        elif section is None:
            sheet.opening.append(line.text)
        else:
            section.parts.append(Item(line.text, listed=False))
            open_items = [pair for pair in open_items if pair[0] < 0]
    return sheet


# -- topics of a flat list

_LONGEST_TOPIC = 3
"""Words; a detail says something about its topic and needs more."""
_VERB = re.compile(
    "add|apply|are|avoid|be|build|calculate|can|choose|combine|compare|compute|define|derive|describe|do|does|draw"
    "|estimate|evaluate|explain|find|fit|generate|give|has|have|identify|implement|interpret|is|keep|know|learn|make"
    "|measure|must|name|pick|predict|prove|read|recogni[sz]e|reduce|remember|run|sample|see|select|should|show|solve"
    "|state|tell|train|understand|use|visuali[sz]e|write",
    re.IGNORECASE,
)
_PHRASE = re.compile(r"[\w’'()&/-]+(?: [\w’'()&/-]+)*")


def nested_by_shape(parts: Sequence[Item], names: Collection[str]) -> list[Item]:
    """A list in which every topic stands on a line like its details, nested again.

    A topic is a short noun phrase: at most three words with no verb among them and no other marks than
    hyphens, slashes and brackets; or a phrase that the sheet names elsewhere before a colon. The line
    after it is a detail; a phrase that is followed by another phrase, or by nothing, is no topic.
    Lines before the first topic stay as they are. It is a guess, so the one who asks for it is told.

    Args:
        names: what stands before a colon elsewhere in the sheet.
    """
    known = {name.casefold() for name in names}
    phrases = [part.listed and (part.text.casefold() in known or _is_noun_phrase(part.text)) for part in parts]
    nested: list[Item] = []
    topic: Item | None = None
    for index, part in enumerate(parts):
        if phrases[index] and phrases[index + 1 : index + 2] == [False]:
            topic = Item(part.text)
            nested.append(topic)
        elif topic is None or not part.listed:
            nested.append(part)
        else:
            topic.children.append(part)
    return nested


def _is_noun_phrase(text: str) -> bool:
    words = text.split()
    if len(words) > _LONGEST_TOPIC or not _PHRASE.fullmatch(text):
        return False
    says = any(_VERB.fullmatch(word) for word in words)
    # Between two words `compresses` is a verb; at the end `speedups` is a plural, and `Bayes` is a name.
    acts = any(word.islower() and word.endswith("s") and not word.endswith(("ss", "us", "is")) for word in words[1:-1])
    return not says and not acts
