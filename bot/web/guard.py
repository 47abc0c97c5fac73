"""Who may talk to the page's server: names, origins, the shared secret, visitors, and the headers of every answer."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import orjson
import structlog
from aiohttp import web

from bot.listening import is_loopback
from engine.errors import Unavailable

log = structlog.get_logger()

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

VISITOR = "frontdesk_visitor"
SESSION = "frontdesk_session"
#: The visitor's id of a request, as ``Message.author``; empty: it has none yet.
PERSON = web.RequestKey("person", str)
_NEW = web.RequestKey("new visitor's cookie", str)

_VISITOR_S = 400 * 24 * 3600  # the longest that browsers keep a cookie
_SESSION_S = 7 * 24 * 3600
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")  # 256 bits
_TRIES = 5  # wrong secrets from one address
_TRIES_S = 60.0
_ADDRESSES = 10_000

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def answer(data: Any, status: int = 200) -> web.Response:
    """A JSON answer that nobody keeps."""
    return web.Response(
        status=status,
        body=orjson.dumps(data),
        headers={"Content-Type": "application/json", "Cache-Control": "no-store"},
    )


def problem(status: int, error: str, message: str) -> web.Response:
    """An error for the page: ``error`` is a word it has its own sentence for, ``message`` one for everybody else."""
    return answer({"error": error, "message": message}, status)


@dataclass(slots=True)
class Guard:
    """Checks every request before it reaches a handler.

    ``names`` are the host names besides loopback's that the page is reached by; ``open_names`` is true where any name
    will do (not on loopback: there a foreign name means DNS rebinding).  ``behind_proxy``: X-Forwarded-Proto and
    X-Forwarded-For are a proxy's of ours and may be believed.
    """

    secret: str
    names: frozenset[str]
    open_names: bool
    behind_proxy: bool
    _wrong: OrderedDict[str, list[float]] = field(default_factory=OrderedDict)

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse what must not pass, and put every error into plain words."""
        token = request.cookies.get(VISITOR, "")
        request[PERSON] = person_of(token) if _TOKEN.fullmatch(token) else ""
        try:
            return self._refusal(request) or await handler(request)
        except Unavailable as e:
            log.warning("web request not taken", path=request.path, reason=str(e))
            return problem(503, "unavailable", "This cannot be taken right now. Nothing is lost: please send it again.")
        except web.HTTPRequestEntityTooLarge:
            return problem(413, "too_long", "This message is too long: please shorten it.")
        except web.HTTPException as e:
            return problem(e.status, "not_found" if e.status == 404 else "wrong", f"{e.reason}.")
        except Exception:
            log.exception("web request failed", path=request.path)
            return problem(500, "broken", "Something went wrong here. Please try again.")

    def _refusal(self, request: web.Request) -> web.Response | None:
        host = host_name(request.host)
        if not (self.open_names or is_loopback(host) or host in self.names):
            return problem(403, "wrong_host", "This name is not served here: the operator can add it to `hosts`.")
        if request.method not in ("GET", "HEAD"):
            if not self._same_origin(request):
                return problem(403, "wrong_origin", "This request comes from another site.")
            if request.content_type != "application/json":
                return problem(415, "not_json", "Content-Type must be application/json.")
        if request.path.startswith("/api/") and request.path != "/api/sign-in" and not self._signed_in(request):
            return problem(401, "sign_in", "Please sign in.")
        return None

    def _same_origin(self, request: web.Request) -> bool:
        """Browsers say where a POST comes from; other programs say nothing, and carry no foreign cookie."""
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            return False
        origin = request.headers.get("Origin")
        if origin is None:
            return True
        there = origin.lower().partition("://")[2]
        return bool(there) and (there == request.host.lower() or host_name(there) in self.names)

    # --- the shared secret

    def _signed_in(self, request: web.Request) -> bool:
        return not self.secret or self._is_session(request.cookies.get(SESSION, ""))

    def _is_session(self, token: str) -> bool:
        until, _, rest = token.partition(".")
        nonce, _, mac = rest.partition(".")
        good = hmac.compare_digest(self._mac(f"{until}.{nonce}"), mac.encode("utf-8", "replace"))
        return good and int(until) > time.time()

    def _mac(self, text: str) -> bytes:
        key = hashlib.sha256(b"frontdesk web session\0" + self.secret.encode()).digest()
        return hmac.new(key, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest().encode()

    def sign_in(self, request: web.Request, given: str) -> web.Response:
        """204 and a session for the right secret; 401 for a wrong one, and 429 after five of them within a minute."""
        where = self._address(request)
        now = time.monotonic()
        recent = [at for at in self._wrong.get(where, ()) if at > now - _TRIES_S]
        if len(recent) >= _TRIES:
            slow = problem(429, "too_often", "Too many wrong tries: please wait a minute.")
            slow.headers["Retry-After"] = str(int(recent[0] + _TRIES_S - now) + 1)
            return slow
        ours, theirs = (hashlib.sha256(s.encode("utf-8", "replace")).digest() for s in (self.secret, given))
        if not self.secret or not hmac.compare_digest(ours, theirs):
            self._wrong[where] = [*recent, now]
            self._wrong.move_to_end(where)
            while len(self._wrong) > _ADDRESSES:
                self._wrong.popitem(last=False)
            return problem(401, "wrong_secret", "That is not the secret of this page.")
        self._wrong.pop(where, None)
        claim = f"{int(time.time()) + _SESSION_S}.{secrets.token_urlsafe(32)}"
        response = web.Response(status=204)
        self._set(request, response, SESSION, f"{claim}.{self._mac(claim).decode()}", _SESSION_S)
        return response

    def sign_out(self, request: web.Request) -> web.Response:
        """Forget the session in this browser; a new ``secret`` in the settings ends all sessions everywhere."""
        response = web.Response(status=204)
        self._set(request, response, SESSION, "", 0)
        return response

    def _address(self, request: web.Request) -> str:
        """Whose tries are counted together: an IPv4 address, or the /64 network of an IPv6 one."""
        text = request.remote or ""
        if self.behind_proxy:  # the last one is what our proxy saw; those before it are hearsay
            text = request.headers.get("X-Forwarded-For", text).rpartition(",")[2].strip()
        try:
            ip = ipaddress.ip_address(text)
        except ValueError:
            return "unknown"
        return str(ip) if ip.version == 4 else str(ipaddress.ip_network((ip, 64), strict=False))

    # --- visitors

    def welcome(self, request: web.Request) -> str:
        """The visitor's id; one that has none yet is given a cookie, which alone opens its conversations."""
        if not request[PERSON]:
            request[_NEW] = secrets.token_urlsafe(32)
            request[PERSON] = person_of(request[_NEW])
        return request[PERSON]

    async def finish(self, request: web.Request, response: web.StreamResponse) -> None:
        """A signal for every response, errors and streams too: the headers, and a new visitor's cookie."""
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers["Server"] = "frontdesk"
        if _NEW in request:
            self._set(request, response, VISITOR, request[_NEW], _VISITOR_S)

    def _set(self, request: web.Request, response: web.StreamResponse, name: str, value: str, seconds: int) -> None:
        """Written as a header: a signal runs after aiohttp has written the cookies of a response."""
        secure = "; Secure" if self.behind_proxy and _protocol(request) == "https" else ""
        cookie = f"{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
        response.headers.add("Set-Cookie", cookie)


def person_of(token: str) -> str:
    """The id that stands in messages, logs and hand-offs: the cookie cannot be made from it."""
    return "web-" + hashlib.sha256(b"frontdesk visitor\0" + token.encode()).hexdigest()[:24]


def _protocol(request: web.Request) -> str:
    """What the visitor speaks with our proxy."""
    return request.headers.get("X-Forwarded-Proto", "").rpartition(",")[2].strip().lower()


def host_name(host: str) -> str:
    """``desk.example.org`` of ``desk.example.org:8080``, in lower case; empty where it is none."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""
