"""One file a screen, imported when it is first shown."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from studyapp.tui.screens.base import StudyScreen

_CLASSES = {
    "welcome": "WelcomeScreen",
    "today": "TodayScreen",
    "review": "ReviewScreen",
    "summary": "SummaryScreen",
    "browse": "BrowseScreen",
    "card": "CardScreen",
    "settings": "SettingsScreen",
    "lab": "LabScreen",
    "labs": "LabsScreen",
    "reader": "ReaderScreen",
    "contents": "ContentsScreen",
    "quiz": "QuizScreen",
    "interview": "InterviewScreen",
    "revision": "RevisionScreen",
    "calibration": "CalibrationScreen",
    "statistics": "StatisticsScreen",
    "audit": "AuditScreen",
    "statement": "StatementScreen",
    "explain": "ExplainScreen",
    "gate": "GateScreen",
    "gate_item": "GateItemScreen",
    "certificate": "CertificateScreen",
}


def make_screen(name: str, *arguments: Any) -> StudyScreen:
    """A fresh screen by its file's name."""
    module = import_module(f"{__name__}.{name}")
    screen: StudyScreen = getattr(module, _CLASSES[name])(*arguments)
    return screen
