"""The words of a module as they are now: a document's, and a hash of all that a learner is shown."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from studyapp.errors import StudyError

if TYPE_CHECKING:
    from studyapp.services.library import Library
    from studyapp.services.recall import Recall


def document_text(library: Library, module_id: str, document: str) -> str | None:
    """A document's whole text; None when it is not there."""
    try:
        return "\n".join(chapter.text for chapter in library.chapters(module_id, document))
    except StudyError:
        return None


def lab_links(text: str) -> tuple[str, ...]:
    """The labs that a document sends the reader to, in its order.

    Those in the points of a list are a choice where its text names others.
    """
    return tuple(dict.fromkeys(_LAB_LINK.findall(_POINT.sub("", text)) or _LAB_LINK.findall(text)))


_POINT = re.compile(r"(?m)^[-*+] .*(?:\n[ \t]+\S.*)*")
_LAB_LINK = re.compile(r"\(lab:([a-z][a-z0-9_]*)\)")


def content_hash(recall: Recall, library: Library, module_id: str) -> str:
    """Of everything a learner of the module is shown; changes with its words, not with spaces or an update."""
    listing = next(module for module in library.modules() if module.id == module_id)
    cards = [card.id for card in recall.store.listing(recall.learner) if card.module == module_id and not card.retired]
    parts: list[Any] = [listing.body]
    parts += [recall.card(card_id).to_dict() for card_id in sorted(cards)]
    for document in listing.body.get("documents") or ():
        text = document_text(library, module_id, document["file"])
        parts.append(" ".join(text.split()) if text is not None else None)
    written = json.dumps([_without_empty(part) for part in parts], sort_keys=True, ensure_ascii=False)
    return sha256(written.encode()).hexdigest()[:12]


def _without_empty(value: Any) -> Any:
    """Values without those that are empty: a field that a later version of the program adds changes nothing."""
    if isinstance(value, Mapping):
        kept = {key: part for key, part in value.items() if part or (part == 0 and part is not False)}
        return {key: _without_empty(part) for key, part in kept.items()}
    return [_without_empty(part) for part in value] if isinstance(value, list | tuple) else value
