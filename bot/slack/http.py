"""HTTP mode: events, commands and actions arrive at /slack/events, and nothing gets past a wrong signature."""

from __future__ import annotations

import hashlib
import hmac
import re
import time
import urllib.parse
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import structlog
from aiohttp import web
from multidict import CIMultiDictProxy

log = structlog.get_logger()

PATH = "/slack/events"
#: Slack's own bodies are far smaller.
_MOST_BYTES = 1_000_000
#: Seconds that a request may be old, or its clock ahead of ours (docs.slack.dev, "Verifying requests").
_OLD_S = 300
_TIMESTAMP = re.compile(r"\d{10}", re.ASCII)
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}", re.ASCII)

#: Takes the payload of a request that Slack signed; returns status and JSON of the response.
Deliver = Callable[[Any], Awaitable[tuple[int, str]]]


def is_signed(body: bytes, headers: CIMultiDictProxy[str], secret: str, *, now: float) -> bool:
    """Whether Slack signed exactly these bytes within the last five minutes (``now``: seconds since 1970).

    Each header must be there once and look as Slack writes it, before anything is computed from it.
    """
    stamps = headers.getall("X-Slack-Request-Timestamp", [])
    signatures = headers.getall("X-Slack-Signature", [])
    if len(stamps) != 1 or len(signatures) != 1 or not secret:
        return False
    stamp, signature = stamps[0], signatures[0]
    if not _TIMESTAMP.fullmatch(stamp) or not _SIGNATURE.fullmatch(signature) or abs(now - int(stamp)) > _OLD_S:
        return False
    right = hmac.new(secret.encode(), b"v0:%s:%s" % (stamp.encode(), body), hashlib.sha256).hexdigest()
    return hmac.compare_digest(f"v0={right}", signature)


def application(secret: str, deliver: Deliver) -> web.Application:
    """The listener; what is not signed gets 401 and reaches no handler."""

    async def take(request: web.Request) -> web.Response:
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return web.Response(status=400, text="too large")
        if not is_signed(body, request.headers, secret, now=time.time()):
            log.warning("slack request without a right signature", remote=request.remote)
            return web.Response(status=401, text="wrong signature")
        status, said = await deliver(_payload(body, request.content_type))
        return web.Response(status=status, text=said, content_type="application/json" if said else "text/plain")

    app = web.Application(client_max_size=_MOST_BYTES)
    app.router.add_post(PATH, take)
    return app


def _payload(body: bytes, content_type: str) -> Any:
    """JSON; or a form, whose field ``payload`` holds JSON where there is one.  None for anything else."""
    try:
        if content_type == "application/json":
            return orjson.loads(body)
        form = dict(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True))
        return orjson.loads(form["payload"]) if "payload" in form else form
    except ValueError:
        return None
