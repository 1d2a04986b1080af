"""Showing a folder in the desktop's own file manager."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.app import App


def opener() -> str | None:
    """The desktop's command for opening a folder; None without a desktop, or when it would open on a far one."""
    if os.environ.get("SSH_CONNECTION"):
        return None
    if sys.platform == "darwin":
        return shutil.which("open")
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return shutil.which("xdg-open")
    return None


def open_folder(app: App[None], folder: Path) -> str:
    """Opens the folder where there is a desktop; copies its path anyway. Returns what to tell the learner."""
    app.copy_to_clipboard(str(folder))
    command = opener()
    if command is None or app.is_headless or app.is_web:
        return f"The pictures are in {folder} (copied)."
    # The shell lets go of it at once, so that neither program waits for the other.
    subprocess.run(["sh", "-c", '"$0" "$1" >/dev/null 2>&1 </dev/null &', command, str(folder)], check=False)
    return f"Opened {folder} (copied)."
