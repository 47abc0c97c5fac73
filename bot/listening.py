"""Where an HTTP listener of ours stands: reads ``listen`` settings, opens the port, says who can reach it."""

from __future__ import annotations

import ipaddress

from aiohttp import web

from engine.errors import SettingsError


def address(listen: str, setting: str) -> tuple[str, int]:
    """Host and port of ``127.0.0.1:8080``, ``[::1]:8080`` or ``:8080`` (every address of the machine: host ``""``).

    Raises ``SettingsError`` that names ``setting`` when it is none of these.
    """
    host, colon, port = listen.strip().rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    number = int(port) if port.isascii() and port.isdigit() else -1
    if not colon or not 0 <= number <= 65535 or (":" in host and not bracketed):
        raise SettingsError(f'setting {setting}: "{listen}" is no address: write "127.0.0.1:8080" (host:port)')
    return host.strip("[]"), number


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach that host: 127.0.0.0/8, ::1 and the name localhost."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def serve(app: web.Application, listen: str, setting: str) -> web.AppRunner:
    """Serve ``app`` until the runner's ``cleanup``; its ``addresses`` say where.

    Raises ``SettingsError`` that names ``setting`` when the address is taken or is not ours.
    """
    host, port = address(listen, setting)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=5.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, host or None, port).start()
    except OSError as e:
        await runner.cleanup()
        raise SettingsError(
            f'setting {setting}: "{listen}" cannot be listened on ({e.strerror or e}): '
            "is something else running there? Stop it, or write another port"
        ) from None
    return runner
