"""The same app in a browser: on this computer alone, and only for who holds the token.

textual-serve starts one app for every page that connects, and asks nobody who he is: any page open in the same
browser could drive it. Here each request needs the token, the right host and, to connect, the right origin.
"""

from __future__ import annotations

import secrets
import shlex
import socket
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from aiohttp import web
from textual_serve.server import Server

from studyapp.errors import StudyError

HOST = "127.0.0.1"
RULES = "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
"""Content-Security-Policy: the page loads nothing from elsewhere."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def free_port(wanted: int) -> int:
    """The wanted port of this computer, or any free one for 0.

    Raises:
        StudyError: it is taken.
    """
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((HOST, wanted))
        except (OSError, OverflowError) as error:
            raise StudyError(f"Port {wanted} cannot be used ({error}); choose another with --port.") from error
        return int(trial.getsockname()[1])


class OwnServer(Server):
    """Serves the app to the holder of `token`."""

    def __init__(self, arguments: Sequence[str], port: int) -> None:
        super().__init__(shlex.join([sys.executable, "-m", "studyapp.cli", *arguments]), HOST, port, "studyapp")
        self.token = secrets.token_urlsafe(24)
        self._cookie = f"studyapp-{port}"  # cookies do not know ports; another one may be served too
        self._hosts = {f"{name}:{port}" for name in (HOST, "localhost")}

    @property
    def address(self) -> str:
        """What to open in the browser; it holds the token."""
        return f"{self.public_url}/?token={self.token}"

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._guarded(request, handler)

        app.middlewares.append(guard)
        return app

    async def _guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        if request.host not in self._hosts or (origin and origin.partition("://")[2] not in self._hosts):
            raise web.HTTPForbidden(text="This page is served to this computer alone.")
        if self._is_token(request.query.get("token")):  # out of the address line, into a cookie
            welcome = web.HTTPSeeOther("/")
            welcome.set_cookie(self._cookie, self.token, httponly=True, samesite="Strict")
            raise welcome
        if not self._is_token(request.cookies.get(self._cookie)):
            raise web.HTTPForbidden(text="Open the address that studyapp serve printed; it holds the key.")
        response = await handler(request)
        if not response.prepared:
            response.headers["Content-Security-Policy"] = f"{RULES}; connect-src ws://{request.host}"
            response.headers["Referrer-Policy"] = "no-referrer"
        return response

    def _is_token(self, given: str | None) -> bool:
        return given is not None and secrets.compare_digest(given.encode(), self.token.encode())

    async def on_startup(self, app: web.Application) -> None:
        """Nothing yet: the address is told once it answers."""

    def serve(self, debug: bool = False) -> None:
        """Serves until ctrl+c. Nothing is logged: addresses hold the token."""
        web.run_app(self._make_app(), host=HOST, port=self.port, print=self._tell, access_log=None)

    def _tell(self, *_: object) -> None:
        print(f"Open in your browser, on this computer:\n\n    {self.address}\n\nctrl+c ends it.", flush=True)

    async def handle_index(self, request: web.Request) -> Any:
        self.public_url = f"http://{request.host}"  # the page connects to the name it was opened by
        return await super().handle_index(request)
