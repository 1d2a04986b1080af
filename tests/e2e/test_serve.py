"""The app in a browser, over real sockets: it opens for who holds the token, and for nobody else."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Iterator
from http.cookies import SimpleCookie

import aiohttp
import pytest

from tests.e2e.program import PROGRAM, refusal


@pytest.fixture
def address(own_home: object) -> Iterator[str]:
    """What `studyapp serve` prints."""
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen([PROGRAM, "serve"], stdout=subprocess.PIPE, text=True, env=environment) as server:
        assert server.stdout is not None
        yield next(line.strip() for line in server.stdout if "token=" in line)
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=20)
    assert server.returncode == 0


async def test_only_the_token_opens_it(address: str) -> None:
    page, _, token = address.partition("/?token=")
    assert page.startswith("http://127.0.0.1:")
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as browser:

        async def ask(path: str, **headers: str) -> aiohttp.ClientResponse:
            return await browser.get(page + path, headers=headers, allow_redirects=False)

        first = await ask(f"/?token={token}")
        cookie = SimpleCookie(first.headers["Set-Cookie"])
        ((name, morsel),) = cookie.items()
        key = f"{name}={morsel.value}"
        assert (first.status, first.headers["Location"]) == (303, "/")
        assert (morsel["httponly"], morsel["samesite"]) == (True, "Strict")
        shown = await ask("/", Cookie=key)
        assert shown.status == 200
        assert "default-src 'self'" in shown.headers["Content-Security-Policy"]
        for path in ("/", "/ws", "/static/js/textual.js", "/?token=", f"/?token={token}x", "/download/x"):
            assert (await ask(path)).status == 403, path
            assert (await ask(path, Cookie=f"{name}=guessed")).status == 403, path
        for header in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}):
            assert (await ask("/", Cookie=key, **header)).status == 403, header
            assert (await ask(f"/?token={token}", **header)).status == 403, header
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await browser.ws_connect(f"{page}/ws", headers={"Cookie": key, "Origin": "https://evil.example"})
        async with browser.ws_connect(f"{page}/ws?width=80&height=24", headers={"Cookie": key, "Origin": page}) as app:
            painted = ""
            async with asyncio.timeout(60):
                while "Welcome" not in painted:
                    message = await app.receive()
                    assert message.type in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT), message
                    painted += message.data if isinstance(message.data, str) else message.data.decode()


def test_a_port_that_is_taken(address: str) -> None:
    port = address.split(":")[2].partition("/")[0]
    assert "choose another with --port" in refusal("serve", "--port", port, code=1)
    assert "choose another with --port" in refusal("serve", "--port", "99999", code=1)
