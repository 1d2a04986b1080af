"""A quiz line by line."""

from __future__ import annotations

import time
from typing import TextIO

from studyapp.core.quiz import GAP, Kind, Question, read_number
from studyapp.core.quiz_words import right_words, verdict, why_not
from studyapp.core.text import plural, spoken, visible
from studyapp.plain.lines import LETTERS, Elsewhere, Lines, Quit
from studyapp.services.quiz import Answer, Quiz


class PlainQuiz(Lines):
    """One quiz over two text streams."""

    HELP = "Commands at any question: u take back the last answer, q end and keep what was answered, ? this help."

    def __init__(self, quiz: Quiz, source: TextIO, target: TextIO) -> None:
        super().__init__(source, target)
        self._quiz = quiz

    def run(self) -> None:
        quiz = self._quiz
        limit = f" You have {quiz.minutes:g} minutes for the answers." if quiz.minutes is not None else ""
        self.say(f"Quiz {quiz.seed}: {len(quiz.paper)} questions.{limit} {self.HELP}")
        try:
            while (question := quiz.current) is not None:
                try:
                    self._ask(question)
                except Elsewhere:
                    continue
        except Quit:
            self.say("\nStopped. What was answered is saved.")
        quiz.finish()
        self._sum_up()

    def command(self, said: str) -> None:
        if said == "u":
            self.say("Taken back." if self._quiz.undo() else "There is nothing to take back.")
            raise Elsewhere

    def _ask(self, question: Question) -> None:
        quiz = self._quiz
        topic = quiz.course.topic_title(question.topic)
        self.say(f"\nQuestion {len(quiz.answers) + 1} of {len(quiz.paper)}. {visible(topic)}.")
        self.say(visible(question.prompt))
        if question.given:
            label = "Formula" if question.kind is Kind.GAP else "Claim"
            self.say(f"{label}: {visible(question.given.replace(GAP, '____'))}")
        for number, row in enumerate(question.rows, start=1):
            self.say(f"  {number}: {visible(row)}")
        for letter, option in zip(LETTERS, question.options, strict=False):
            self.say(f"  {letter}: {visible(option)}")
        begun, left = time.monotonic(), quiz.left
        try:
            letters, typed = self._answer(question)
            confidence = self.number("How sure, 1 guess to 4 certain (Enter: not said): ", 1, 4)
        except Elsewhere:
            quiz.spent += time.monotonic() - begun
            raise
        elapsed = time.monotonic() - begun
        if left is not None and elapsed > left:
            quiz.spent += elapsed
            self.say("The time is over; this answer came too late.")
        else:
            self._tell(quiz.answer(letters, typed, confidence=confidence, elapsed_ms=round(elapsed * 1000)))

    def _answer(self, question: Question) -> tuple[list[int], str]:
        if question.kind is Kind.NUMBER and question.number is not None:
            unit = f" (unit: {visible(question.number.unit)})" if question.number.unit else ""
            while True:
                typed = self.ask(f"{question.kind.task[:-1]}{unit}: ")
                if read_number(typed, question.number.unit) is not None:
                    return [], typed
                self.say("A number is asked for, like 0.068, 6.8e-2, 1/3 or 50 %.")
        count = len(question.right)
        allowed = LETTERS[: len(question.options)]
        while True:
            said = self.ask(f"{question.kind.task} ").replace(" ", "").replace(",", "").lower()
            repeated = question.kind is Kind.ORDER and len({*said}) != len(said)
            if len(said) == count and all(letter in allowed for letter in said) and not repeated:
                return [allowed.index(letter) for letter in said], ""
            what = "One letter" if count == 1 else f"{count} letters, one after the other,"
            self.say(f"{what} of {allowed} {'is' if count == 1 else 'are'} asked for.")

    def _tell(self, answer: Answer) -> None:
        question = answer.question
        self.say(verdict(question, answer.marked))
        if not answer.marked.right:
            self.say("The right answer:")
        for words in right_words(question):
            self.say(f"  {visible(words)}")
        why = why_not(question, answer.letters)
        if why:
            label = "Why it is a trap" if question.kind is Kind.TRAP else "Why yours is wrong"
            self.say(f"{label}: {visible(why)}")
        if question.explanation:
            self.say(f"Explanation: {spoken(question.explanation)}")

    def _sum_up(self) -> None:
        quiz = self._quiz
        self.say(f"\nScore: {quiz.score.words}.")
        if quiz.left == 0 and (missing := len(quiz.paper) - quiz.score.answered):
            self.say(f"{plural(missing, 'question')} not reached in time.")
        for topic, score in quiz.by_topic().items():
            if score.answered:
                self.say(f"  {visible(quiz.course.topic_title(topic))}: {score.right} of {score.answered}")
        missed = quiz.missed_cards()
        if missed:
            prompts = {card.id: card.prompt for card in quiz.course.cards}
            self.say("These come again today:")
            for card_id in missed:
                self.say(f"  {visible(prompts.get(card_id, card_id))}")
        self.say(f"The same quiz again: {quiz.command}")
