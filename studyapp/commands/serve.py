"""`studyapp serve`: the app in a browser."""

from __future__ import annotations

import argparse

from studyapp.commands.base import Commands, opened
from studyapp.errors import StudyError


def add(commands: Commands) -> None:
    parser = commands.add("serve", serve, "the same app in your browser, on this computer alone")
    parser.add_argument("--port", type=int, default=0, metavar="N", help="any free port by default")


def serve(options: argparse.Namespace) -> int:
    try:
        from studyapp.web import OwnServer, free_port
    except ImportError as error:
        raise StudyError("The browser needs one more package: pip install 'studyapp[serve]'") from error
    opened(options).close()  # damaged data is told here, not on a dark page
    content = ["--content", options.content] if options.content else []
    OwnServer(content, free_port(options.port)).serve()
    return 0
