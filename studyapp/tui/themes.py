"""Three themes of our own: dark, light, and one whose colours every eye tells apart."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from textual.theme import Theme

from studyapp.errors import StudyError
from studyapp.services.preferences import change_setting
from studyapp.services.recall import Recall

if TYPE_CHECKING:
    from textual.app import App

DEFAULT = "studyapp-dark"

THEMES = (
    Theme(
        name="studyapp-dark",
        primary="#7fb2ff",
        secondary="#b9a6f2",
        accent="#e8c170",
        warning="#e8b36a",
        error="#ff8b82",
        success="#84cf9b",
        foreground="#dde2ea",
        background="#14171c",
        surface="#1b1f26",
        panel="#252a33",
    ),
    Theme(
        name="studyapp-light",
        primary="#1f4f9e",
        secondary="#5c3d99",
        accent="#7a4b00",
        warning="#7d4a00",
        error="#a3231b",
        success="#1b6636",
        foreground="#23262b",
        background="#fbfaf6",
        surface="#f2f0e9",
        panel="#e6e3d9",
        dark=False,
    ),
    # Blue, orange and near-white differ for protan, deutan and tritan eyes alike, and in lightness too.
    Theme(
        name="studyapp-blue-orange",
        primary="#62b6f7",
        secondary="#c5dcf2",
        accent="#ffb000",
        warning="#fff1c9",
        error="#ff8c1a",
        success="#4aa3ff",
        foreground="#ececec",
        background="#101216",
        surface="#181b21",
        panel="#232830",
    ),
)


def put_on(app: App[None], name: str) -> None:
    """Registers our themes and wears the one of that name; an unknown name falls back."""
    for theme in THEMES:
        app.register_theme(theme)
    app.theme = name if name in app.available_themes else DEFAULT


def remember(recall: Recall, name: str) -> None:
    """Keeps the choice for the next start."""
    if name != recall.settings.theme:
        with suppress(StudyError):  # a colour is not worth a message when the disk is full
            change_setting(recall, "theme", name)
