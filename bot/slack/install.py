"""The pages on which somebody installs the app in their Slack workspace: /slack/install, and where Slack sends back."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Awaitable, Callable
from html import escape

import structlog
from aiohttp import web

from bot.phrases import first_of, say
from engine.errors import Refused, Unavailable

log = structlog.get_logger()

BEGIN, BACK = "/slack/install", "/slack/oauth_redirect"
COOKIE = "frontdesk_install"
#: Seconds that an installation may take (SECURITY 3e), and the shape of what we hand out.
LASTS_S = 600
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_MOST_CODE = 2_000
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

#: Keeps a state with the browser that took it along (hashes of both); gives the browser for a state, once.
Begin = Callable[[str, str], Awaitable[None]]
End = Callable[[str], Awaitable[str]]
#: Exchanges the code; returns the name of what was installed.  Raises ``Refused`` or ``Unavailable``.
Installed = Callable[[str], Awaitable[str]]


class Pages:
    """Sign-ins: each state is known to one browser, for ten minutes, and works once."""

    def __init__(self, *, authorize: Callable[[str], str], begin: Begin, end: End, installed: Installed) -> None:
        """``authorize``: the address at Slack for a state."""
        self._authorize = authorize
        self._begin = begin
        self._end = end
        self._installed = installed

    def add_to(self, app: web.Application, *, secure: bool) -> None:
        """Serve them; ``secure``: people reach them over HTTPS, so that the cookie may never go another way."""

        async def begin(request: web.Request) -> web.Response:
            state, browser = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
            try:
                await self._begin(_hash(state), _hash(browser))
            except Unavailable as e:
                log.warning("slack installation cannot begin", why=str(e))
                return _page(503, "install_unavailable", _language(request))
            away = web.Response(status=302, headers={**_HEADERS, "Location": self._authorize(state)})
            away.set_cookie(
                COOKIE, browser, max_age=LASTS_S, path="/slack", httponly=True, secure=secure, samesite="Lax"
            )
            return away

        app.router.add_get(BEGIN, begin)
        app.router.add_get(BACK, self._back)

    async def _back(self, request: web.Request) -> web.Response:
        language = _language(request)
        state, code = request.query.get("state", ""), request.query.get("code", "")
        browser = request.cookies.get(COOKIE, "")
        try:
            known = await self._end(_hash(state)) if _TOKEN.fullmatch(state) else ""
        except Unavailable:
            return _page(503, "install_unavailable", language)
        if not known or not hmac.compare_digest(known, _hash(browser)):
            log.warning("slack installation with a state that is not this browser's", known=bool(known))
            return _page(400, "install_again", language)
        if "error" in request.query or not 0 < len(code) <= _MOST_CODE:
            return _page(400, "install_declined", language)
        try:
            name = await self._installed(code)
        except Refused as e:
            log.warning("slack installation was refused", why=str(e))
            return _page(403, "install_refused", language)
        except Unavailable as e:
            log.warning("slack installation did not work", why=str(e))
            return _page(503, "install_unavailable", language)
        return _page(200, "install_done", language, place=name)


def _language(request: web.Request) -> str:
    return first_of(request.headers.get("Accept-Language", ""))


def _hash(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


def _page(status: int, phrase: str, language: str, **values: str) -> web.Response:
    """A page of one sentence; the cookie has done its work."""
    text = escape(say(phrase, language, **values))
    html = f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>Frontdesk</title><p>{text}</p></html>'
    page = web.Response(status=status, text=html, content_type="text/html", headers=_HEADERS)
    page.del_cookie(COOKIE, path="/slack")
    return page
