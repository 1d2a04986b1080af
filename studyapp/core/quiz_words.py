"""A question and its verdict in words, for every face of the program."""

from __future__ import annotations

from collections.abc import Sequence

from studyapp.core.quiz import Kind, Marked, Question

LETTERS = "abcdef"


def number_text(value: float) -> str:
    return f"{value:.10g}"


def right_words(question: Question) -> list[str]:
    """The right answer, one line each part."""
    match question.kind:
        case Kind.NUMBER if question.number is not None:
            asked = question.number
            unit = f" {asked.unit}" if asked.unit else ""
            slack = f", within {number_text(asked.tolerance)}" if asked.tolerance else ""
            return [f"{number_text(asked.value)}{unit}{slack}"]
        case Kind.ORDER:
            return [f"{place}. {question.options[n]}" for place, n in enumerate(question.right, start=1)]
        case Kind.MATCH:
            pairs = zip(question.rows, question.right, strict=True)
            return [f"{row}: {question.options[n]}" for row, n in pairs]
    return [question.options[n] for n in question.right]


def why_not(question: Question, letters: Sequence[int]) -> str:
    """Why the chosen option is wrong, or why a claim is a trap; empty where nothing is known or all is right."""
    if question.kind is Kind.TRAP:
        return question.reasons[0]
    if question.kind.ordered or not letters or letters[0] >= len(question.reasons):
        return ""
    return question.reasons[letters[0]]


def verdict(question: Question, result: Marked) -> str:
    if result.right:
        return "Right."
    if question.kind is Kind.MATCH:
        return f"{sum(result.parts)} of {len(result.parts)} pairs right."
    return "Not right."
