"""What Discord really sends, for a recording: by a gateway session beside the one of `run`, which loses nothing.

The library hands on what it has understood; here it is what stands on the wire.
"""

from __future__ import annotations

import asyncio
import random
from typing import Any

import aiohttp
import orjson

from bot.channel import Keep
from engine.errors import Refused, Unavailable

#: What ``gateway.Gateway`` asks for: GUILDS, GUILD_MESSAGES, DIRECT_MESSAGES, MESSAGE_CONTENT.
_INTENTS = 1 | 1 << 9 | 1 << 12 | 1 << 15
_DISPATCH, _HEARTBEAT, _IDENTIFY, _HELLO = 0, 1, 2, 10
_AGAIN_S = 5.0
#: Discord wants this form, and blocks others (discord.com/developers, "User Agent").
_WHO = "DiscordBot (https://discord.com, 1)"
_MOST_BYTES = 16 * 2**20


async def record(api_url: str, gateway_url: str, token: str, keep: Keep) -> None:
    """Until cancelled: who we are, where the gateway is, and every frame.

    Interactions are not answered here but by `run`.  Raises ``Refused`` when the token is wrong.
    """
    async with aiohttp.ClientSession(trust_env=True) as session:
        headers = {"Authorization": f"Bot {token.removeprefix('Bot ')}", "User-Agent": _WHO}
        for path in ("/users/@me", "/gateway/bot"):
            said = await _get(session, api_url.rstrip("/") + path, headers)
            keep("answer", f"GET {path}", "", said)
        address = (gateway_url or str(said["url"])).rstrip("/")
        while True:
            try:
                async with session.ws_connect(f"{address}/?v=10&encoding=json", max_msg_size=_MOST_BYTES) as ws:
                    await _listen(ws, headers["Authorization"].removeprefix("Bot "), keep)
                if ws.close_code in {4004, 4013, 4014}:
                    raise Refused(f"Discord closed the gateway ({ws.close_code}): `frontdesk doctor` says why")
            except (aiohttp.ClientError, OSError):
                pass  # it is tried again, as below
            await asyncio.sleep(_AGAIN_S)


async def _get(session: aiohttp.ClientSession, url: str, headers: dict[str, str]) -> dict[str, Any]:
    try:
        async with session.get(url, headers=headers) as r:
            if r.status == 401:
                raise Refused("Discord does not know the token")
            said = orjson.loads(await r.read())
    except (aiohttp.ClientError, TimeoutError, OSError, orjson.JSONDecodeError) as e:
        raise Unavailable(f"Discord does not answer ({type(e).__name__})") from None
    if r.status != 200 or not isinstance(said, dict):
        raise Unavailable(f"Discord answers {r.status}")
    return said


async def _listen(ws: aiohttp.ClientWebSocketResponse, token: str, keep: Keep) -> None:
    """One session to its end."""
    beating: asyncio.Task[None] | None = None
    last: list[int | None] = [None]
    try:
        async for message in ws:
            if message.type is not aiohttp.WSMsgType.TEXT:
                continue
            frame = orjson.loads(message.data)
            last[0] = frame.get("s") or last[0]
            if frame["op"] == _HELLO:
                beating = asyncio.create_task(_beat(ws, frame["d"]["heartbeat_interval"] / 1000, last))
                who = {"os": "linux", "browser": "frontdesk", "device": "frontdesk"}
                identify = {"token": token, "intents": _INTENTS, "properties": who}
                await ws.send_bytes(orjson.dumps({"op": _IDENTIFY, "d": identify}))
            elif frame["op"] == _HEARTBEAT:
                await ws.send_bytes(orjson.dumps({"op": _HEARTBEAT, "d": last[0]}))
            if frame["op"] in {_DISPATCH, _HELLO}:
                keep("event", str(frame.get("t") or "HELLO"), "", frame)
    finally:
        if beating:
            beating.cancel()


async def _beat(ws: aiohttp.ClientWebSocketResponse, every_s: float, last: list[int | None]) -> None:
    """Heartbeats, the first at any time within the interval (discord.com/developers, "Sending Heartbeats")."""
    await asyncio.sleep(every_s * random.random())  # noqa: S311 - spreads clients, hides nothing
    while True:
        await ws.send_bytes(orjson.dumps({"op": _HEARTBEAT, "d": last[0]}))
        await asyncio.sleep(every_s)
