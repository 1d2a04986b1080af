"""`studyapp quiz|interview|revise|calibration`: the scored modes from the shell.

With `--json` the first three ask line by line on standard error and print the result at the end; what was not answered
is in it too, so that an empty input gives the questions alone.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from studyapp.commands.base import Commands, on_data, say, show
from studyapp.core.text import date_words, one_line, plural, visible
from studyapp.errors import StudyError

if TYPE_CHECKING:
    from studyapp.bootstrap import Program
    from studyapp.services.calibration import Surprise
    from studyapp.services.interview import Interview
    from studyapp.services.quiz import Quiz


def add(commands: Commands) -> None:
    parser = commands.add("quiz", quiz, "a scored quiz over the module", as_json=True)
    parser.add_argument("--count", type=int, metavar="N", help="questions; 10 by default")
    _drawing(parser)
    parser.add_argument("--minutes", type=float, metavar="M", help="time for the whole quiz; none by default")
    parser = commands.add("interview", interview, "a mock interview with a scorecard", as_json=True)
    parser.add_argument("--count", type=int, metavar="N", help="questions; 5 by default")
    _drawing(parser)
    parser.add_argument("--minutes", type=float, metavar="M", help="time for one question; 3 by default")
    parser.add_argument("--export", metavar="FILE", help="write the scorecard as Markdown at the end")
    parser.add_argument("--last", action="store_true", help="ask nothing: show or export the last scorecard")
    parser = commands.add("revise", revise, "the closed-book revision that the gate asks for", as_json=True)
    _plain(parser)
    commands.add("calibration", on_data(calibration), "how sure you were against what came out", as_json=True)


def _drawing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--topic", metavar="T", help="of one topic only, by its id or title")
    parser.add_argument("--seed", type=int, metavar="N", help="draw the same questions again")
    _plain(parser)


def _plain(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--plain", action="store_true", help="line by line, for screen readers and pipes")


def _prompts(options: argparse.Namespace) -> TextIO:
    """Where a line mode writes: standard output belongs to the JSON when that is asked for."""
    return sys.stderr if options.json else sys.stdout


def _given(options: argparse.Namespace, *names: str) -> dict[str, Any]:
    """The options that were named, as arguments; the others keep their defaults."""
    return {name: getattr(options, name) for name in names if getattr(options, name) is not None}


# -- quiz


def quiz(options: argparse.Namespace) -> int:
    if options.plain or options.json:
        return on_data(_plain_quiz, session=True)(options)
    code: int = options.in_app(
        options, "quiz", lambda program: (_new_quiz(options, program),), instead="`studyapp quiz --plain`"
    )
    return code


def _new_quiz(options: argparse.Namespace, program: Program) -> Quiz:
    from studyapp.services.quiz import start_quiz

    named = _given(options, "count", "topic", "seed", "minutes")
    return start_quiz(program.recall, program.library, **named)


def _plain_quiz(options: argparse.Namespace, program: Program) -> int:
    from studyapp.plain.quiz import PlainQuiz

    made = _new_quiz(options, program)
    PlainQuiz(made, sys.stdin, _prompts(options)).run()
    if options.json:
        show(_quiz_values(made))
    return 0


def _quiz_values(quiz: Quiz) -> dict[str, Any]:
    score = quiz.score
    questions = []
    for number, question in enumerate(quiz.paper):
        values = {**asdict(question), "kind": question.kind.value, "answer": None}
        if number < len(quiz.answers):
            answer = quiz.answers[number]
            values["answer"] = {
                "letters": list(answer.letters),
                "typed": answer.typed,
                "right": answer.marked.right,
                "confidence": answer.confidence,
                "seconds": answer.seconds,
                "reviews": list(answer.reviews),
            }
        questions.append(values)
    return {
        "seed": quiz.seed,
        "module": quiz.course.id,
        "topic": quiz.topic,
        "minutes": quiz.minutes,
        "asked": score.asked,
        "answered": score.answered,
        "right": score.right,
        "share": score.share,
        "low": score.interval[0],
        "high": score.interval[1],
        "topics": {topic: [part.right, part.answered] for topic, part in quiz.by_topic().items()},
        "drill": quiz.missed_cards(),
        "questions": questions,
    }


# -- interview


def interview(options: argparse.Namespace) -> int:
    target = Path(options.export) if options.export else None
    if target is not None:
        from studyapp.services.interview import check_target

        check_target(target)
    if options.last:
        return on_data(_last_interview)(options)
    if options.plain or options.json:
        return on_data(_plain_interview, session=True)(options)
    code: int = options.in_app(
        options,
        "interview",
        lambda program: (_new_interview(options, program), target),
        instead="`studyapp interview --plain`",
    )
    return code


def _new_interview(options: argparse.Namespace, program: Program) -> Interview:
    from studyapp.services.interview import start_interview

    named = _given(options, "count", "topic", "seed", "minutes")
    return start_interview(program.recall, program.library, **named)


def _plain_interview(options: argparse.Namespace, program: Program) -> int:
    from studyapp.plain.interview import PlainInterview
    from studyapp.services.interview import export

    made = _new_interview(options, program)
    PlainInterview(made, sys.stdin, _prompts(options)).run()
    card = made.scorecard()
    if options.export:
        export(card, made.course.title, Path(options.export))
        say(f"The scorecard is in {options.export}.")
    if options.json:
        show({"module": card.module, "at": card.at.isoformat(), "seed": made.seed, **card.to_data()})
    return 0


def _last_interview(options: argparse.Namespace, program: Program) -> int:
    from studyapp.core.interview import markdown
    from studyapp.services.interview import export, past_interviews

    past = past_interviews(program.recall)
    if not past:
        raise StudyError("There is no interview to show yet; `studyapp interview` holds one.")
    card = past[0]
    titles = {module.id: str(module.body.get("title", module.id)) for module in program.library.modules()}
    title = titles.get(card.module, card.module)
    if options.export:
        export(card, title, Path(options.export))
        say(f"The scorecard is in {options.export}.")
    if options.json:
        show({"module": card.module, "at": card.at.isoformat(), **card.to_data()})
    elif not options.export:
        print(markdown(card, title), end="")
    return 0


# -- revision


def revise(options: argparse.Namespace) -> int:
    if options.plain or options.json:
        return on_data(_plain_revision, session=True)(options)
    code: int = options.in_app(options, "revision", instead="`studyapp revise --plain`")
    return code


def _plain_revision(options: argparse.Namespace, program: Program) -> int:
    from studyapp.plain.revision import PlainRevision
    from studyapp.services.revision import open_revision, signed_revisions

    revision = open_revision(program.recall, program.library)
    lines = PlainRevision(revision, sys.stdin, _prompts(options))
    lines.run()
    if options.json:
        done = lines.signed or next(iter(signed_revisions(program.recall, revision.course.id)), None)
        left = list(revision.progress.open)
        show(
            {
                "module": revision.course.id,
                "questions": len(revision.cards),
                "answered": len(revision.cards) - len(left) if lines.signed is None else len(revision.cards),
                "open": left if lines.signed is None else [],
                "signed": {"id": done.id, "at": done.at.isoformat(), **done.data} if done else None,
            }
        )
    return 0


# -- calibration


def calibration(options: argparse.Namespace, program: Program) -> int:
    from studyapp.charts.calibration import level_words, reliability_chart, topic_words
    from studyapp.charts.terminal import as_text
    from studyapp.services.calibration import SHOWN, described
    from studyapp.services.calibration import calibration as computed

    found = computed(program.recall, program.library)
    if options.json:
        show(described(found))
        return 0
    if not found.total.answers:
        print("You have not said yet how sure you are. Press 1 to 4 before an answer is shown; it is compared here.")
        return 0
    width = min(100, shutil.get_terminal_size().columns)
    if found.surprises:
        rows = [_surprise(one, width) for one in found.standing[:SHOWN]]
        print("\n".join(["Sure but wrong", *rows, *([f"  {found.rest_words}"] if found.rest_words else []), ""]))
    print(as_text(reliability_chart(found.total, width, 10)))
    print("\n".join(["", *level_words(found.total)]))
    print("\nBy topic, the worst Brier score first (0 is perfect, 0.25 is always saying unsure)")
    for topic in found.topics:
        print(f"  {visible(topic.title)}, {plural(topic.found.answers, 'answer')}\n    {topic_words(topic.found)}")
    return 0


def _surprise(one: Surprise, width: int) -> str:
    from studyapp.core.calibration import CONFIDENCE_NAMES

    sure, times = CONFIDENCE_NAMES[one.found.confidence - 1], f", {one.found.times} times" * (one.found.times > 1)
    words = f"  {one.found.card_id} ({sure}, {date_words(one.found.day)}{times}): "
    return words + one_line(one.prompt, max(20, width - len(words)))
