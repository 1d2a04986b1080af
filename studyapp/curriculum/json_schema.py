"""What `shapes` asks for as JSON Schema, for the editors that complete and check YAML while it is typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

from studyapp.curriculum.shapes import CARD, DRAFT, MODULE
from studyapp.curriculum.spec import ListOf, Number, OneOf, Record, Spec, Text, Truth, Values

What = Literal["module", "cards"]
KINDS: tuple[What, ...] = get_args(What)
FILES: Mapping[What, str] = {"module": "module.schema.json", "cards": "cards.schema.json"}
"""Names that the schemas have beside a module file."""
DIALECT = "http://json-schema.org/draft-07/schema#"
"""The one that the language server for YAML knows best."""


def json_schema(what: What) -> dict[str, Any]:
    """The schema of a module file or of a file with cards."""
    head = {"$schema": DIALECT, "title": f"studyapp {what}"}
    if what == "module":
        return head | _schema(MODULE)
    draft = {"properties": {"draft": {"const": True}}, "required": ["draft"]}
    return head | {
        "type": ["array", "null"],
        "items": {
            "if": draft,
            "then": {"$ref": "#/definitions/draft"},
            "else": {"$ref": "#/definitions/card"},
        },
        "definitions": {"card": _schema(CARD), "draft": _schema(DRAFT)},
    }


def _schema(spec: Spec) -> dict[str, Any]:
    match spec:
        case Text():
            return {
                "type": "string",
                "maxLength": spec.longest,
                "pattern": f"^({spec.pattern})$" if spec.pattern else r"\S",
                **({"description": f"like {spec.like}"} if spec.like else {}),
            }
        case OneOf():
            return {"enum": list(spec.choices)}
        case Number():
            bounds = {"minimum": spec.low, "maximum": spec.high}
            finite = {name: bound for name, bound in bounds.items() if abs(bound) != float("inf")}
            return {"type": "integer" if spec.whole else "number", **finite}
        case Truth():
            return {"type": "boolean"}
        case Values():
            return {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}}
        case ListOf():
            return {"type": "array", "items": _schema(spec.item), "minItems": spec.least, "maxItems": spec.most}
        case Record():
            keys = {**spec.required, **spec.optional}
            return {
                "type": "object",
                "properties": {key: _described(key, _schema(value)) for key, value in keys.items()},
                "required": list(spec.required),
                "additionalProperties": False,
            }


def _described(key: str, schema: dict[str, Any]) -> dict[str, Any]:
    """With a word on what the key is for, which editors show beside it."""
    return {"description": "; ".join([WORDS[key], *filter(None, [schema.get("description")])]), **_without(schema)}


def _without(schema: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key != "description"}


WORDS = {
    "answer": "Markdown; short enough to be said in a minute",
    "arxiv": "the paper's number, in quotes",
    "audit": "what the learner should be able to say of themselves, each with the cards that prove it",
    "bridge": "what comes next",
    "card": "a card's id",
    "cards": "ids of cards",
    "chapter": "anchor of a heading: Chapter 6 The whole picture is chapter-6-the-whole-picture",
    "days": "how many study days the recall must have",
    "difficulty": "green easy, yellow medium, red hard",
    "difficulty_marks": "the course's own marks, each with its cards",
    "document": "one of the module's documents",
    "documents": "Markdown files in the module folder",
    "draft": "true: the card is listed but not asked, and may lack its answer",
    "explainer": "anchor of the explainer's heading where the card is explained",
    "feeds_into": "modules that build on this one",
    "file": "name of a file in the module folder",
    "follow_ups": "what an interviewer asks next, with a model answer",
    "formulas": "each as readable Unicode and as TeX",
    "gaps": "parts of the text that a quiz may blank out",
    "gate": "what must be done to pass the module",
    "id": "never changes: the history hangs on it",
    "key_points": "3 to 6: what a good answer says",
    "kind": "what sort of card it is",
    "lab": "name of the lab that shows the card's claim",
    "lab_params": "parameters that the lab begins with",
    "mark": "green easy, yellow medium, red hard",
    "mental_models": "pictures to think with, each with its card",
    "module": "id of another module",
    "needs": "ids of cards to know first; those of another module only if it is among the prerequisites",
    "numeric": "questions whose answer is a number",
    "prerequisites": "modules that this one builds on",
    "prompt": "one idea, one question, which does not give the answer away",
    "revisit": "where to read again when the statement does not hold",
    "role": "what the document is for",
    "rule": "how the program knows that it is done",
    "sheet": "the lines of the course sheet that the card serves",
    "sources": "where the answer can be looked up",
    "steps": "a procedure in its right order",
    "summary": "the module in a sentence or two",
    "tex": "the formula as TeX",
    "text": "the words that are shown",
    "title": "a short name",
    "tolerance": "how far an answer may be off",
    "topic": "id of one of the module's topics",
    "topics": "parts of the module, in the order of study",
    "unit": "of the value",
    "url": "https://...",
    "value": "the right number",
    "week": "of the course",
    "weight": "share of a quiz, relative to the other topics",
    "when_missed": "numbers of the key points whose absence makes this the next question",
    "where": "section, table or equation",
    "why": "of a wrong answer what is wrong with it, of a number how it comes about, such as 4 = 2 · 2",
    "within": "study days within which they must lie",
    "wrong_answers": "tempting ones, each with why it is wrong",
}
"""By key; a test holds it to the keys that there are."""
