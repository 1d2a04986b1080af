"""`studyapp content import-sheet`: a course sheet in a file to a module folder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studyapp.core.text import visible
from studyapp.curriculum.files import NotRead, read_text
from studyapp.errors import StudyError
from studyapp.exchange.module_folder import write_module, yaml_text
from studyapp.exchange.sheet import Item, SectionKind, Sheet, read_sheet
from studyapp.exchange.sheet_module import ModuleDraft, draft_module

LARGEST_SHEET = 200_000
"""Characters; a sheet is a page or two."""
MOST_LINES = 2_000
SHEET_FILE = "sheet.md"
"""The sheet as it was understood; importing it again gives the same module."""
TO_BE_WRITTEN = "This document is still to be written."


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import made of a sheet."""

    module: str
    cards: int
    drafts: int
    """Cards that still lack their answer; they are listed, not asked."""
    audit: int
    gate: int
    unknown: tuple[str, ...]
    """Titles of unknown sections, and `section: line` of lines that no part of a module holds; they stand
    in the module's copy of the sheet."""
    guessed_topics: tuple[str, ...] = ()
    """Titles that were told from their details by shape alone."""
    unmarked: int = 0
    """Difficulty lines without a mark; they stand as yellow."""


def import_sheet(file: Path, folder: Path) -> Imported:
    """Writes the module that a sheet describes.

    Raises:
        StudyError: the file is no sheet or cannot be read, or the folder exists or cannot be written;
            nothing was written.
    """
    text = _text_of(file)
    sheet = read_sheet(text)
    draft = draft_module(sheet, file.stem)
    if not draft.cards:
        raise StudyError(
            f"{file} has no line that could become a card; a sheet has sections such as Key concepts,"
            " Common traps or Self-check questions, with a list below each."
        )
    write_module(folder, _files(draft, text if sheet.markdown else as_markdown(sheet)))
    outline = draft.outline
    return Imported(
        module=outline["id"],
        cards=len(draft.cards),
        drafts=sum(card["draft"] for card in draft.cards),
        audit=len(outline.get("audit", ())),
        gate=len(outline.get("gate", ())),
        unknown=tuple(draft.unknown),
        guessed_topics=_topic_titles(sheet) if sheet.topics_guessed else (),
        unmarked=draft.unmarked,
    )


def _text_of(file: Path) -> str:
    try:
        path = file.resolve(strict=True)
        if not path.is_file():
            raise StudyError(f"{file} is not a file with text; name the file with the sheet's text.")
        text = read_text(path.parent, path.name)
    except (OSError, RuntimeError) as error:  # a link that leads to itself is the latter
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise StudyError(f"{file} cannot be read ({reason}); name the file with the sheet's text.") from error
    except NotRead as error:
        raise StudyError(f"{file}:{error.line}: {error.problem}.") from error
    if "\0" in text:
        raise StudyError(f"{file} is not a text file; save the sheet's text as a file in UTF-8.")
    if len(text) > LARGEST_SHEET:
        raise StudyError(
            f"{file} has {len(text)} characters; a sheet has at most {LARGEST_SHEET}. Is it the right file?"
        )
    if not text.strip():
        raise StudyError(f"{file} is empty; save the sheet's text in it.")
    lines = text.splitlines()
    if len(lines) > MOST_LINES:
        raise StudyError(f"{file} has {len(lines)} lines; a sheet has at most {MOST_LINES}. Is it the right file?")
    return visible("\n".join(lines)) + "\n"


def _topic_titles(sheet: Sheet) -> tuple[str, ...]:
    return tuple(item.text for section in sheet.of(SectionKind.CONCEPTS) for item in section.items if item.children)


# -- the files


def _files(draft: ModuleDraft, sheet: str) -> dict[str, str]:
    files = {"module.yaml": yaml_text(draft.outline, "module.schema.json"), SHEET_FILE: sheet}
    for topic in draft.outline["topics"]:
        cards: list[dict[str, Any]] = [card for card in draft.cards if card["topic"] == topic["id"]]
        files[f"cards/{topic['id']}.yaml"] = yaml_text(cards, "../cards.schema.json")
    for document in draft.outline.get("documents", ()):
        chapters = "".join(f"\n## Chapter {n}\n" for n in range(1, draft.chapters[document["file"]] + 1))
        files[document["file"]] = f"# {document['title']}\n\n{TO_BE_WRITTEN}\n{chapters}"
    return files


def as_markdown(sheet: Sheet) -> str:
    """The sheet with the headings and the nesting that were read from it."""
    blocks = [f"# {literal(sheet.title)}"] if sheet.title else []
    blocks += [literal(line) for line in sheet.opening]
    for section in sheet.sections:
        blocks += [f"## {literal(section.title)}"] if section.title else []
        box = "[ ] " if section.kind in (SectionKind.AUDIT, SectionKind.GATE) else ""
        listed: list[str] = []
        for part in section.parts:
            if part.listed:
                listed += _listed(part, box)
            else:
                blocks += ["\n".join(listed), literal(part.text)]
                listed = []
        blocks.append("\n".join(listed))
    return "\n\n".join(block for block in blocks if block) + "\n"


def _listed(item: Item, box: str, depth: int = 0) -> list[str]:
    below = [line for child in item.children for line in _listed(child, "", depth + 1)]
    return [f"{'  ' * depth}- {box}{literal(item.text)}", *below]


def literal(text: str) -> str:
    """The text with a backslash where Markdown would read emphasis, code, a tag or an entity; `x_t` is none."""
    return re.sub(r"[\\*`<]|&(?=#?\w+;)", r"\\\g<0>", text)
