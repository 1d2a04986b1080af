"""Files that the learner asks for: written whole or not at all, and never over another."""

from __future__ import annotations

import os
from pathlib import Path


def write_new(file: Path, text: str) -> None:
    """Writes a file that is not there yet.

    Raises:
        OSError: there is one, or it cannot be written; then nothing is left of it.
    """
    with file.open("xb") as target:
        try:
            target.write(text.encode())
            target.flush()
            os.fsync(target.fileno())
        except OSError:
            file.unlink()
            raise
