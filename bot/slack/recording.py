"""What Slack really sends, for a recording: answers of its Web API that change nothing, and events as they come."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp
import orjson

from bot.channel import Keep
from bot.slack.api import Api
from bot.slack.read import Me, read
from engine.errors import FrontdeskError

Json = Mapping[str, Any]

_SECONDS = 10.0
_PING_S = 10.0


async def record(api: Api, keep: Keep, *, app_token: str) -> None:
    """Until cancelled; without Socket Mode only the answers, since events then go to the address in the manifest.

    No event is acknowledged: Slack sends it again, at once and after one and five minutes, to `frontdesk run`; a
    button that somebody presses meanwhile may fail for them.
    """
    said = await api.call("auth.test", patience_s=_SECONDS)
    me = Me(said["team_id"], said["user_id"], said.get("bot_id", ""), said.get("url", ""))
    keep("answer", "auth.test", "", said)
    for method, given in (
        ("users.info", {"user": me.user}),
        ("users.conversations", {"types": "public_channel,private_channel,mpim", "limit": 5}),
        ("bots.info", {"bot": me.bot}),
    ):
        try:
            keep("answer", method, "", await api.call(method, patience_s=_SECONDS, **given))
        except FrontdeskError as e:
            keep("answer", method, "", {"ok": False, "error": getattr(e, "error", type(e).__name__)})
    await listen(api, keep, app_token=app_token, me=me)


async def listen(api: Api, keep: Keep, *, app_token: str, me: Me | None = None) -> None:
    """Every frame of Socket Mode, until cancelled; ``me``: our reader says how it takes them."""
    while app_token:
        opened = await api.call("apps.connections.open", token=app_token, patience_s=_SECONDS)
        try:
            async with api.session.ws_connect(opened["url"], heartbeat=_PING_S) as ws:
                async for frame in ws:
                    if frame.type is aiohttp.WSMsgType.TEXT:
                        _keep_frame(orjson.loads(frame.data), me, keep)
        except (aiohttp.ClientError, OSError):
            await asyncio.sleep(1.0)  # Slack closes sockets now and then


def _keep_frame(frame: Json, me: Me | None, keep: Keep) -> None:
    payload = frame.get("payload")
    taken = ""
    if me and payload and frame.get("type") == "events_api":
        taken = type(read(payload, me, workspace="")).__name__
    keep("event", str(frame.get("type")), taken, frame)
