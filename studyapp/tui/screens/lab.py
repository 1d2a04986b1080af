"""A lab: say first what will come out, set the knobs, run it, look at it beside the reference."""

from __future__ import annotations

from pathlib import Path

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from studyapp.core.course import Card
from studyapp.errors import StudyError
from studyapp.lab_runner import shelf
from studyapp.lab_runner.events import NO_EVENT
from studyapp.lab_runner.results import Results, from_record, number, read_results
from studyapp.lab_runner.run import Run
from studyapp.services import lab_log
from studyapp.services.lab_log import LabRun
from studyapp.tui import lab_views
from studyapp.tui.full_size import open_pictures
from studyapp.tui.lab_form import Field, Form
from studyapp.tui.screens import make_screen
from studyapp.tui.screens.base import StudyScreen
from studyapp.tui.screens.lab_keys import KEYS, Mode, available
from studyapp.tui.text import KEY, MUTED, STRONG, count, hanging, joined, lines, plain, short
from studyapp.tui.widgets.choice_list import ChoiceList
from studyapp.tui.widgets.lab_page import LabPage

LOOK_EVERY = 0.2
"""Seconds between two looks at a run that goes on; however much it says, the screen is drawn no more often."""
NAME_WIDTH, VALUE_WIDTH = 13, 22


class LabScreen(StudyScreen):
    """Args:
    name: the lab's.
    card: the card that leads here; the run is logged with it, and its `lab_params` are set.
    """

    TOPIC = "lab"
    CSS_PATH = ["../styles/lists.tcss", "../styles/lab.tcss"]
    BINDINGS = KEYS

    def __init__(self, lab: str, card: Card | None = None) -> None:
        super().__init__()
        self.lab = shelf.find_lab(lab)
        self.card = card
        self.form = Form(self.lab, shelf.settings_of(self.lab, card.lab_params if card else {}))
        self.prediction = ""
        self.mode: Mode = "ask"
        self.run: Run | None = None
        """The run that is shown."""
        self.runs: list[LabRun] = []
        self.cards: list[tuple[str, str]] = []
        """Id and prompt of the cards that this lab belongs to."""
        self._fields: list[Field] = []
        self._left: Mode = "ask"
        """The face that the list of cards was opened from."""
        self._asked_without = False
        self._editing = ""
        self._going_on = False
        """Whether the run that is shown had not ended when it was drawn last."""

    def parts(self) -> ComposeResult:
        with VerticalScroll(id="ask", can_focus=False):
            yield Static(id="asked")
        yield ChoiceList()
        yield Static(id="explain")
        yield Input(id="value", compact=True)
        yield LabPage(id="body")

    async def on_mount(self) -> None:
        with self.told():
            self.cards = [(card.id, card.prompt) for card in lab_log.cards_of(self.recall, self.lab.name)]
        desk = self.study.desk
        if desk.run is not None and desk.run.lab.name == self.lab.name and (desk.busy or desk.unseen):
            await self._watch(desk.run)
        else:
            self._go("ask")
        self.set_interval(LOOK_EVERY, self._look)
        self.watch(self.query_one("#ask"), "show_vertical_scrollbar", self.refresh_bindings, init=False)

    @property
    def page(self) -> LabPage:
        return self.query_one(LabPage)

    @property
    def options(self) -> ChoiceList:
        return self.query_one(ChoiceList)

    # -- the four faces

    def _go(self, mode: Mode) -> None:
        """Shows the form, a run or a reference, the own runs, or the lab's cards."""
        self.mode = mode
        for other in ("ask", "result", "history", "cards"):
            self.set_class(other == mode, f"-{other}")
        if mode == "result":
            self.set_focus(None)
        else:
            self.options.focus()
        if mode == "ask":
            self._fill()
        elif mode == "history":
            self._fill_history()
        elif mode == "cards":
            self._fill_cards()
        self._draw_title()
        self.refresh_bindings()

    def _draw_title(self) -> None:
        what = {"history": "your runs", "result": "reference"}.get(self.mode, "")
        if self.mode == "result" and self.run is not None:
            what = "running" if self.run.ended is None else "your run"
        self.title_line(plain(self.lab.title, STRONG), plain(what or count(len(self.cards), "card"), MUTED))

    def _draw_ask(self) -> None:
        width = max(20, min(110, self.app.size.width - 4))
        blocks = [
            lab_views.question(self.lab, width),
            lab_views.prediction_form(self.lab, self.prediction, width, self.form.unmarkable),
        ]
        if missing := shelf.missing_libraries():
            words = self.study.desk.install_words if self.study.desk.installation else ""
            blocks.append(lab_views.missing_block(missing, words, width))
        self.query_one("#asked", Static).update(Content("\n\n").join(blocks))

    def _fill(self) -> None:
        """The question; then the form: run, one row for each setting, then the lab's cards."""
        self._draw_ask()
        self._fields = self.form.fields()
        run = joined([Content.styled("▸ Run", "bold $success"), Content.styled(f"   {self.form.duration}", MUTED)])
        rows = [Option(run), *(Option(self._row(field)) for field in self._fields)]
        if self.cards:
            rows.append(Option(Content.styled("Cards of this lab", "bold $secondary"), disabled=True))
            rows += [Option(short(f"  {prompt}", 300)) for _, prompt in self.cards]
        self._refill(rows)

    def _row(self, field: Field) -> Content:
        value = field.value or "-"
        shown = f"‹ {value} ›" if field.choices else value
        name = plain(f"  {field.name:<{NAME_WIDTH}} ")
        return joined(
            [name, short(shown, VALUE_WIDTH, KEY).truncate(VALUE_WIDTH, pad=True), " ", plain(field.words, MUTED)]
        )

    def _refill(self, rows: list[Option]) -> None:
        kept = self.options.highlighted or 0
        self.options.clear_options()
        self.options.add_options(rows)
        self.options.highlighted = min(kept, len(rows) - 1) if rows else None

    def _fill_history(self) -> None:
        self.runs = lab_log.history(self.recall, self.lab.name)
        width = self.app.size.width - 4
        self._refill([Option(lab_views.history_row(self.lab, run, width)) for run in self.runs])
        words = "enter shows a run" if self.runs else "No run yet. esc, then r runs the lab."
        self.query_one("#explain", Static).update(Content.styled(words, MUTED))

    def _fill_cards(self) -> None:
        width = max(20, self.app.size.width - 6)
        self._refill([Option(lines([*plain(prompt).wrap(width), ""])) for _, prompt in self.cards])
        self.query_one("#explain", Static).update(Content.styled("enter opens a card, esc comes back here", MUTED))

    def _explain(self, error: str = "") -> None:
        """What the field under the cursor may be; below it what was wrong with a value."""
        if self.mode != "ask":
            return
        width, field = self.app.size.width - 4, self._field
        at_run = self.options.highlighted == 0
        words = ["enter or r runs it; say first what you expect" if at_run else "enter opens the card"]
        if field is not None:  # its row above may be too narrow for the words
            words = [f"{field.name}: {field.words}", f"enter changes it: {field.allowed or ' or '.join(field.choices)}"]
        rows = [hanging(Content(""), plain(line, MUTED), width) for line in words]
        if error:
            rows = [hanging(Content.styled("✗ ", "bold $error"), plain(error, "bold $error"), width)]
        self.query_one("#explain", Static).update(lines(rows))

    @property
    def _field(self) -> Field | None:
        place = self.options.highlighted
        return self._fields[place - 1] if place and place <= len(self._fields) else None

    # -- events

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        self._explain()

    async def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        with self.told():
            await self._choose()

    def on_resize(self, event: events.Resize) -> None:
        if self.mode == "result":
            self.call_after_refresh(self.page.grow)
        elif self.is_mounted:
            self._go(self.mode)

    async def on_screen_resume(self) -> None:
        if self.mode == "ask":
            self._draw_ask()

    async def _look(self) -> None:
        """Takes up what a run, or an installation, has said since the last time."""
        if not self.is_current:
            return
        if self.mode == "ask" and (self.study.desk.installation or shelf.missing_libraries()):
            self._draw_ask()
            self.refresh_bindings()
        run = self.run
        if self.mode != "result" or run is None or run is not self.page.run:
            return
        if run.ended is None:
            await self.page.grow()
        elif self.study.desk.unseen or self._going_on:
            self._going_on = False
            self.study.desk.unseen = False
            await self.page.grow()
            self._draw_title()
            self.refresh_bindings()

    async def _watch(self, run: Run) -> None:
        self.run, self._going_on = run, run.ended is None
        self.study.desk.unseen = False
        self._go("result")
        await self.page.show_run(run, [prompt for _, prompt in self.cards])

    # -- actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return available(self, action, parameters)

    def action_predict(self, place: int) -> None:
        said = str(place + 1)
        self.prediction = "" if self.prediction == said else said
        self._draw_ask()

    def action_predict_number(self) -> None:
        self._edit("prediction", self.prediction)

    async def _choose(self) -> None:
        """Enter: runs, changes the setting under the cursor, opens the card or the run there."""
        place = self.options.highlighted
        if place is None:
            return
        if self.mode == "history":
            await self._show_logged(self.runs[place])
        elif self.mode == "cards":
            self._open_card(place)
        elif place == 0:
            await self.action_run()
        elif self._field is not None:
            self.action_turn(1)
        else:
            self._open_card(place - len(self._fields) - 2)

    def _open_card(self, place: int) -> None:
        card_id, _ = self.cards[place]
        self.app.push_screen(make_screen("card", card_id))

    def action_turn(self, by: int) -> None:
        """The next choice; a field that is written out opens."""
        field = self._field
        if field is None:
            return
        if field.choices:
            self.form.turn(field, by)
            self._fill()
        else:
            self._edit(field.name, field.value)

    def action_quick(self) -> None:
        self.form.set("quick", "no" if self.form.quick else "yes")
        self._fill()

    async def action_run(self) -> None:
        if not (self.prediction or self._asked_without or self.form.unmarkable):
            self._asked_without = True
            self._explain("Say first what you expect; it is what makes the result stick. Once more runs it without.")
            return
        home = self.study.program.paths.home
        self.form.command(home)  # what it refuses is refused before there is a folder
        self.study.desk.ready()
        folder = shelf.new_folder(home, self.lab.name, self.recall.clock().astimezone())
        run = Run(self.lab, self.form.command(folder), self.prediction, self.card.id if self.card else None)
        self.study.desk.start(run)
        await self._watch(run)

    async def action_cancel(self) -> None:
        await self.study.desk.cancel()

    async def action_reference(self) -> None:
        """The committed run; only its numbers where the learner's own is shown already."""
        results = shelf.reference(self.lab.name)
        if results is None:
            raise StudyError(f"{self.lab.title} has no reference yet; your own run is the first.")
        await self._show(results, None, "")

    async def action_history(self) -> None:
        self.options.highlighted = 0
        self._go("history")

    def action_cards(self) -> None:
        self._left = self.mode
        self.options.highlighted = 0
        self._go("cards")

    def action_new(self) -> None:
        self.run = None
        self.prediction, self._asked_without = "", False
        self._go("ask")

    def action_install(self) -> None:
        self.study.desk.install()
        self._draw_ask()

    def action_open(self) -> None:
        results = self.page.results
        if results is not None:
            self.study.tell(open_pictures(self.study, self.lab.name, results))

    def key_words(self, binding: Binding) -> str:
        if binding.action == "scroll(1)":
            return "more" if self.mode == "ask" and self.query_one("#ask").show_vertical_scrollbar else ""
        return super().key_words(binding)

    def action_scroll(self, pages: int) -> None:
        """Through the page, or through a question that is too long for the screen and then back to its beginning."""
        if self.mode == "result":
            self.action_line(pages * max(1, self.page.size.height - 2))
        else:
            ask = self.query_one("#ask")
            by = ask.size.height - 1 if ask.scroll_y < ask.max_scroll_y else -ask.max_scroll_y
            ask.scroll_relative(y=by, animate=False)

    def action_line(self, by: int) -> None:
        self.page.scroll_relative(y=by, animate=False)

    def action_back(self) -> None:
        """Out of the box, out of a list, then to where the learner came from; a run goes on."""
        if self.query_one("#value").has_class("-open"):
            self._close_box()
        elif self.mode == "cards":
            self._go(self._left)
        elif self.mode == "history":
            self._go("result" if self.page.results is not None and self.run is not None else "ask")
        else:
            self.study.go_back()

    async def _show(self, results: Results, reference: Results | None, prediction: str) -> None:
        self.run = None
        self._go("result")
        await self.page.show_results(self.lab, results, reference, prediction, [prompt for _, prompt in self.cards])

    async def _show_logged(self, logged: LabRun) -> None:
        """An own run as its folder has it; without the folder, what the log keeps."""
        folder = Path(str(logged.data.get("folder") or "."))
        results = read_results(folder / "run.json")
        if results is None:
            try:
                results = from_record(logged.data, folder)
            except NO_EVENT:
                raise StudyError("This run cannot be read; it may be from another version.") from None
            self.study.tell(f"Its folder is gone, so there are only its numbers: {folder}")
        await self._show(
            results, shelf.reference(self.lab.name, results.quick), str(logged.data.get("prediction") or "")
        )
        self._draw_title()

    # -- the box

    def _edit(self, name: str, value: str) -> None:
        self._editing = name
        box = self.query_one("#value", Input)
        box.value = value
        box.add_class("-open")
        box.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Takes the value, or says beside it what is allowed and keeps the box open."""
        try:
            if self._editing == "prediction":
                shelf.check_prediction(self.lab, event.value)
                self.prediction = number(float(event.value))
            else:
                self.form.set(self._editing, event.value)
        except StudyError as error:
            self._explain(str(error))
            return
        self._close_box()
        self._fill()

    def _close_box(self) -> None:
        self.query_one("#value").remove_class("-open")
        self.options.focus()
        self._explain()
