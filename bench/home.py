"""A learner's home for measuring: temporary, on the real module, past the welcome."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAM = str(Path(sys.executable).with_name("studyapp"))


def without_own() -> dict[str, str]:
    """This environment without what the program itself reads."""
    return {name: value for name, value in os.environ.items() if not name.startswith("STUDYAPP_")}


@contextmanager
def learner_home() -> Iterator[dict[str, str]]:
    """The environment of a learner who has started once; all cards are new and may be met today."""
    with tempfile.TemporaryDirectory(prefix="studyapp-bench-") as folder:
        env = without_own() | {"STUDYAPP_HOME": folder}
        for arguments in (["due"], ["settings", "new_per_day", "999"], ["settings", "welcomed", "yes"]):
            subprocess.run([PROGRAM, *arguments], env=env, check=True, capture_output=True)
        yield env
