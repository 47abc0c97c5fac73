"""LangBot as it is, but on loopback alone; runs in an environment of its own, in the folder that holds its data.

Up to 4.10 its page listens on every address whatever the settings say, which no bench should do on somebody's machine:
here it is handed 127.0.0.1, and any other listening address is an error.
"""

from __future__ import annotations

import socket
from typing import Any

from langbot.__main__ import main
from langbot.pkg.api.http.controller.main import HTTPController

_serve = HTTPController._run_task
_bind = socket.socket.bind


async def _on_loopback(controller: HTTPController, host: str, port: int, shutdown_trigger: Any) -> None:
    del host
    await _serve(controller, "127.0.0.1", port, shutdown_trigger)


def _only_loopback(listening: socket.socket, address: Any) -> None:
    if listening.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1"):
        raise PermissionError(f"the bench listens on loopback alone, not on {address[0]!r}")
    _bind(listening, address)


if __name__ == "__main__":
    HTTPController._run_task = _on_loopback
    socket.socket.bind = _only_loopback
    main()
