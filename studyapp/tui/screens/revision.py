"""The revision: closed book, how sure before each answer is shown, signed at the end; it goes on after a restart."""

from __future__ import annotations

from dataclasses import replace

from textual.binding import Binding
from textual.content import Content

from studyapp.core.course import Card
from studyapp.core.grading import proposed_grade
from studyapp.core.interview import clock
from studyapp.core.sm2 import GRADE_NAMES, PASSING_GRADE
from studyapp.errors import StudyError
from studyapp.services.revision import Revision, Signed, draft_key, open_revision
from studyapp.tui import views
from studyapp.tui.screens.asking import SCROLL_KEYS, AskingScreen, letter_keys, sure_keys
from studyapp.tui.screens.base import ALOUD_KEY
from studyapp.tui.text import KEY, MUTED, STRONG, count, ends, hanging, joined, lines, plain
from studyapp.tui.widgets.page import Part

BRIER = "The Brier score is how far what you said was from what came out: 0 is perfect, 0.25 is always unsure."
CLOSED = "Closed book: answers, labs and documents stay away until you have answered."


class RevisionScreen(AskingScreen):
    TOPIC = "revision"
    CLOSED_BOOK = True
    BINDINGS = [
        Binding("enter,space", "begin", "begin", key_display="enter"),
        Binding("space", "reveal", "reveal", tooltip="show the answer; how sure you are comes first"),
        *letter_keys("tick", "tick what you said"),
        *sure_keys(),
        *(
            Binding(str(n), f"grade({n})", "grade", show=n == 0, tooltip="the grade, after the answer")
            for n in range(6)
        ),
        Binding("space", "scroll(1)", "more", tooltip="page down"),
        Binding("enter", "accept", "accept the proposed grade", show=False),
        Binding("t", "type", "type", tooltip="type the answer; esc leaves the box"),
        Binding("enter", "type", "type", show=False, tooltip="type the answer; esc leaves the box"),
        ALOUD_KEY,
        Binding("enter,t", "sign", "sign", key_display="enter", tooltip="sign the finished revision with your name"),
        Binding("enter", "done", "done"),
        Binding("u", "undo", "undo", tooltip="take back the last answer"),
        *SCROLL_KEYS,
    ]

    def __init__(self) -> None:
        super().__init__()
        self.revision: Revision | None = None
        self.opened = False
        """The first page is past: a revision that was begun goes on at once."""
        self.revealed = False
        self.ticked: set[int] = set()
        self.signed: Signed | None = None
        self._trouble = ""
        self._taken_ms = 0
        self._draft = ""

    def on_mount(self) -> None:
        try:
            self.revision = open_revision(self.recall, self.study.program.library)
        except StudyError as error:
            self._trouble = str(error)
        else:
            first = self.revision.current
            self.opened = bool(self.revision.progress.answers) or first is None or bool(self._kept(first))
        self._next()

    def boxes_ready(self) -> None:
        self.empty_boxes(self._draft)
        if self._draft and self.box is not None:
            self.box.display = True
        self.draw()

    @property
    def card(self) -> Card | None:
        """The question that is open; None before the first, at the end, and without a revision."""
        open_now = self.revision is not None and self.opened and self.signed is None
        return self.revision.current if self.revision is not None and open_now else None

    def _kept(self, card: Card) -> str:
        """What was typed for this question before."""
        return self.recall.draft(draft_key(card.id))

    def _next(self) -> None:
        self.revealed, self.confidence, self.ticked, self.aloud = False, None, set(), None
        self.started = self.study.ticks()
        card = self.card
        self._draft = self._kept(card) if card is not None else ""
        self.boxes_ready()
        self.draw(top=True)

    # -- drawing

    def heads(self) -> tuple[Content, Content]:
        revision, card = self.revision, self.card
        if revision is None or card is None:
            return Content.styled("Revision", STRONG), plain(revision.course.title if revision else "")
        place = Content.styled(f"Revision {revision.position}/{len(revision.cards)}", STRONG)
        return joined([place, views.aloud_mark(self.aloud)]), plain(
            f"{revision.course.topic_title(card.topic)} · {card.kind.words}"
        )

    def page(self) -> list[Part]:
        revision, card = self.revision, self.card
        if revision is None:
            return [plain(self._trouble)]
        if not self.opened:
            return [*self._first_page(revision)]
        if self.signed is not None:
            return [*self._done(self.signed)]
        if card is None:
            return [*self._to_sign(revision)]
        if self.revealed:
            return [*self._answer(card)]
        typing = self.box is not None and self.box.display
        hint = (
            "Your answer stands below." if typing else "Say it aloud, or press t and type. Then say how sure you are."
        )
        parts = [plain(card.prompt, STRONG), Content.styled(hint, MUTED)]
        if revision.position == 1 or not self.said:
            parts.append(Content.styled(CLOSED, MUTED))
        return [*parts]

    def _first_page(self, revision: Revision) -> list[Content]:
        questions = len(revision.cards)
        minutes = self.recall.minutes(questions, 0)
        all_of_it = count(questions, "self-check or trap", "self-checks and traps")
        words = (
            f"All {all_of_it} of the module, about {minutes} min. Say how sure you are before each answer is shown,"
            " then grade yourself as a stranger would."
        )
        rest = "esc leaves and keeps what you answered; the next time it goes on there. At the end you sign your name."
        begin = joined([Content.styled("▸ ", KEY), "Begin the revision.  ", Content.styled("enter", KEY)])
        head = Content.styled("The revision that the gate asks for", STRONG)
        return [head, plain(words), plain(CLOSED), plain(rest), begin]

    def _answer(self, card: Card) -> list[Content]:
        from studyapp.tui.markdown import rendered

        parts = [plain(card.prompt, STRONG)]
        if self.typed.strip():
            parts.append(lines([Content.styled("You wrote", MUTED), plain(self.typed)]))
        return [
            *parts,
            views.key_points(card, self.ticked, self.width),
            *([views.formulas(card)] if card.formulas else []),
            rendered(card.answer, self.width),
            views.background(replace(card, lab="", explainer=""), self.width),  # the other questions' answers are there
        ]

    def _to_sign(self, revision: Revision) -> list[Content]:
        reviews = revision.progress.reviews
        missed = [card for card, review in zip(revision.cards, reviews, strict=True) if review.grade < PASSING_GRADE]
        rows = [hanging(Content("  · "), plain(card.prompt), self.width) for card in missed]
        again = lines([views.heading("Comes again today"), *rows]) if rows else Content("Nothing was missed.")
        sign = joined(
            [Content.styled("▸ ", KEY), "Sign with your name, if it is true.  ", Content.styled("enter", KEY)]
        )
        head = Content.styled("Every question is answered.", STRONG)
        return [head, plain(revision.statement()), Content.styled(BRIER, MUTED), sign, again]

    def _done(self, signed: Signed) -> list[Content]:
        data = signed.data
        figures = f"{data['passed']} of {data['questions']} passed, Brier score {data['brier']:.2f}"
        return [
            Content.styled("✓ The revision is complete and signed.", "bold $success"),
            lines([plain(f"{figures}."), plain(f"Signed by {data['signed']}")]),
            Content.styled("The gate counts it.", MUTED),
        ]

    def foot(self, width: int) -> list[Content]:
        card = self.card
        if card is None:
            return [self.said]
        if self.revealed:
            names = [f"{grade} {name}" for grade, name in enumerate(GRADE_NAMES)]
            proposed = self.proposed
            shown = [
                Content.styled(f"{name}◂" if grade == proposed else name, "bold reverse" if grade == proposed else "")
                for grade, name in enumerate(names if width >= 60 else map(str, range(6)))
            ]
            hint = "enter takes ◂" if proposed is not None else "Tick what you said"
            return [joined(shown, "  "), Content.styled(f"{hint}, or grade it as a stranger would", MUTED)]
        return [self.said, ends(self.sure_line, Content(clock(int(self.seconds))), width)]

    @property
    def proposed(self) -> int | None:
        """The grade that the ticks propose; none before the first tick."""
        card = self.card
        return proposed_grade(len(self.ticked), len(card.key_points)) if card is not None and self.ticked else None

    # -- keys

    @property
    def undoable(self) -> bool:
        return self.revision is not None and bool(self.revision.progress.reviews)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        card = self.card
        asked = card is not None and not self.revealed
        match action, parameters:
            case "begin", _:
                return self.revision is not None and not self.opened
            case "reveal" | "type", _:
                return asked
            case "scroll", (1,):
                return not asked
            case "accept", _:
                return card is not None and self.revealed
            case "aloud", _:
                return card is not None
            case "letter", (int(n),):
                return card is not None and self.revealed and n < len(card.key_points)
            case "sure", _:
                return asked
            case "grade", _:
                return card is not None and self.revealed
            case "sign", _:
                return self.revision is not None and self.opened and card is None and self.signed is None
            case "done", _:
                return self.signed is not None
            case "undo", _:
                return self.revision is not None and self.opened and self.signed is None
        return True

    def action_type(self) -> None:
        self.open_box(self.box)

    def action_sign(self) -> None:
        self.said = Content.styled("Type your name; enter signs, esc leaves it unsigned.", MUTED)
        self.open_box(self.line)
        self.draw(top=True)

    def tick(self) -> None:
        self.keep()
        super().tick()

    def action_leave_box(self) -> None:
        self.keep()
        super().action_leave_box()

    def action_entered(self) -> None:
        """Enter in the box for the name."""
        name = self.line.text.strip() if self.line is not None else ""
        if self.revision is not None and name:
            self.signed = self.revision.sign(name)
            self.said = Content("")
            self.empty_boxes()
            self.draw(top=True)
        else:
            super().action_entered()

    def action_begin(self) -> None:
        self.opened = True
        self._next()

    def action_reveal(self) -> None:
        if self.card is None or self.revealed:
            return
        self.action_leave_box()
        if self.confidence is None:
            self.study.tell("Say first how sure you are: 1 guess, 2 unsure, 3 fairly, 4 certain.")
            return
        self._taken_ms = round(1000 * self.seconds)
        if self.box is not None:
            self.box.display = False
        self.revealed = True
        self.draw(top=True)

    def action_letter(self, n: int) -> None:
        self.ticked ^= {n}
        self.draw()

    def action_accept(self) -> None:
        if self.proposed is None:
            self.study.tell("Tick what you said with a, b, c …, or press a grade from 0 to 5.")
        else:
            self.action_grade(self.proposed)

    def action_grade(self, grade: int) -> None:
        assert self.revision is not None
        self.revision.answer(
            grade,
            confidence=self.confidence,
            said=self.ticked,
            typed=self.typed,
            aloud=self.aloud,
            elapsed_ms=self._taken_ms,
        )
        again = " · comes again today" if grade < PASSING_GRADE else ""
        self.said = Content.styled(f"Last: {grade} {GRADE_NAMES[grade]}{again} · u takes it back", MUTED)
        self._next()

    def action_undo(self) -> None:
        assert self.revision is not None
        self.keep()
        if self.revision.undo():
            self.said = Content.styled("Took back the last answer.", MUTED)
            self._next()
        else:
            self.study.tell("There is nothing to take back in this revision.")

    # -- leaving

    def action_done(self) -> None:
        self.action_back()

    def keep(self) -> None:
        """Saves what is being typed."""
        card = self.card
        if card is not None and not self.revealed and self.typed != self._draft:
            with self.told():
                self.recall.save_draft(draft_key(card.id), self.typed)
                self._draft = self.typed

    def action_back(self) -> None:
        self.keep()
        if self.revision is not None and self.card is not None and self.revision.progress.answers:
            left = len(self.revision.progress.open)
            self.study.tell(f"Kept: {len(self.revision.cards) - left} of {len(self.revision.cards)} answered.")
        self.study.go_back()
