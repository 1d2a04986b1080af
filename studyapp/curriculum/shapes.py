"""What a cards file and a module file contain."""

from __future__ import annotations

from studyapp.core.course import CardKind, Difficulty
from studyapp.curriculum.spec import ListOf, Number, OneOf, Record, Text, Truth, Values

WORD = Text(80, r"[a-z0-9][a-z0-9_-]*", "lower-case-words")
CARD_ID = Text(200, r"[a-z0-9]+(\.[a-z0-9][a-z0-9-]*){2,}", "m14.forward.closed-form")
FILE = Text(120, r"[A-Za-z0-9][A-Za-z0-9_.-]*", "a plain file name such as 02_explainer.md")
ANCHOR = Text(200, r"[^\s/\\#]+", "the anchor of a heading, chapter-1-forward-diffusion")
LINE = Text(300)
DIFFICULTY = OneOf(tuple(level.value for level in Difficulty))

FORMULA = Record({"text": Text(600), "tex": Text(1200)}, {"gaps": ListOf(Text(200))})
WRONG_ANSWER = Record({"answer": Text(600), "why": Text(600)})
FOLLOW_UP = Record({"prompt": LINE, "answer": Text(2000)}, {"when_missed": ListOf(Number(1, 6, whole=True))})
NUMERIC = Record({"prompt": LINE, "value": Number(), "tolerance": Number(0)}, {"unit": Text(40), "why": LINE})
SOURCE = Record(
    {"title": LINE},
    {"arxiv": Text(20, r"\d{4}\.\d{4,5}", "2006.11239, in quotes"), "url": Text(400, r"https?://\S+", "https://..."),
     "where": LINE},
)  # fmt: skip

CARD = Record(
    {
        "id": CARD_ID,
        "kind": OneOf(tuple(kind.value for kind in CardKind)),
        "topic": WORD,
        "difficulty": DIFFICULTY,
        "prompt": Text(400),
        "answer": Text(4000),
        "key_points": ListOf(Text(200), 3, 6),
        "sources": ListOf(SOURCE, 1),
    },
    {
        "sheet": ListOf(LINE),
        "formulas": ListOf(FORMULA),
        "wrong_answers": ListOf(WRONG_ANSWER, 2, 4),
        "follow_ups": ListOf(FOLLOW_UP),
        "numeric": ListOf(NUMERIC),
        "steps": ListOf(LINE, 3),
        "lab": Text(64, r"[a-z][a-z0-9_]*", "forward_noising"),
        "lab_params": Values(),
        "explainer": ANCHOR,
        "needs": ListOf(CARD_ID),
        "draft": Truth(),
    },
)
DRAFT = Record(
    {key: CARD.required[key] for key in ("id", "kind", "topic", "difficulty", "prompt")},
    {"answer": CARD.required["answer"], "key_points": ListOf(Text(200)), "sources": ListOf(SOURCE), **CARD.optional},
)
"""A card that is listed but not asked: it may still lack its answer."""

CONNECTION = Record({"module": WORD, "text": Text(1000)}, {"title": LINE})
MODULE = Record(
    {
        "id": Text(40, r"[a-z0-9]+", "m14"),
        "title": LINE,
        "week": Number(0, 999, whole=True),
        "topics": ListOf(Record({"id": WORD, "title": LINE}, {"weight": Number(0, 1000)}), 1),
    },
    {
        "summary": Text(1000),
        "mental_models": ListOf(Record({"title": LINE, "text": LINE, "card": CARD_ID})),
        "prerequisites": ListOf(CONNECTION),
        "feeds_into": ListOf(CONNECTION),
        "documents": ListOf(
            Record(
                {
                    "file": FILE,
                    "title": LINE,
                    "role": OneOf(("explainer", "daily_recall", "hands_on_lab", "revision")),
                }
            )
        ),
        "audit": ListOf(
            Record(
                {"id": WORD, "text": LINE, "cards": ListOf(CARD_ID, 1)},
                {"revisit": Record({"document": FILE, "chapter": ANCHOR})},
            )
        ),
        "gate": ListOf(
            Record(
                {
                    "id": WORD,
                    "text": LINE,
                    "rule": OneOf(("chapters_read", "recall_days", "lab_shipped", "audit_complete", "revision_done")),
                },
                {"document": FILE, "days": Number(1, 366, whole=True), "within": Number(1, 366, whole=True)},
            )
        ),
        "difficulty_marks": ListOf(Record({"mark": DIFFICULTY, "text": LINE}, {"cards": ListOf(CARD_ID)})),
        "bridge": CONNECTION,
    },
)
