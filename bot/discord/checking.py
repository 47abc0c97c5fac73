"""Tries what the settings name at Discord, for `frontdesk doctor`."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import aiohttp
import discord

from bot.channel import Finding
from bot.discord.connection import CLOSED, INTENT_ADVICE, LOGIN_ADVICE
from bot.discord.gateway import Gateway, log_in, point
from bot.discord.rest import Rest
from engine.errors import FrontdeskError, Refused, Unavailable

if TYPE_CHECKING:
    from discord.http import HTTPClient

    from bot.discord import Discord

_CONNECT_S = 20.0


async def check(settings: Discord) -> list[Finding]:
    """Log in, open a gateway session with the intents that `run` uses, look at servers, permissions and ids.

    A session is really opened, because Discord says in no other place whether an intent will be granted.
    """
    point(settings.api_url, settings.gateway_url)
    try:
        client, gateway = await log_in(settings.token.get_secret_value())
    except discord.LoginFailure:
        return [Finding("Discord token", works=False, advice=LOGIN_ADVICE)]
    except FrontdeskError as e:
        advice = f"{e}: check [[channels]] api_url and the network"
        return [Finding("Discord API", works=False, advice=advice)]
    point(settings.api_url, settings.gateway_url or gateway)
    try:
        return [finding async for finding in _tried(settings, client)]
    finally:
        await client.close()


async def _tried(settings: Discord, client: Gateway) -> AsyncIterator[Finding]:
    yield Finding(f"Discord token (it belongs to {client.user})", works=True)

    async def http() -> HTTPClient:
        return client.http

    rest = Rest(http)
    problem = await _session(client)
    yield Finding("Discord gateway, with Message Content Intent", works=not problem, advice=problem)
    if problem:
        return
    from bot.discord import invite_link

    invite = invite_link(str(client.application_id))
    if not client.guilds:
        yield Finding("Discord servers", works=False, advice=f"the bot is in no server: open {invite}")
    for guild in client.guilds:
        missing = _missing(guild)
        yield Finding(
            f"Discord server {guild.name}",
            works=not missing,
            advice=f"the bot lacks {', '.join(missing)}: open {invite} again" if missing else "",
        )
    named = [("handoff", settings.handoff), ("digest", settings.digest)]
    for name, number in [one for one in named if one[1]]:
        try:
            if client.get_channel(int(number)) is None:
                await rest.name_of(int(number))
            yield Finding(f"Discord {name}", works=True)
        except (Refused, Unavailable):
            advice = f"[[channels]] {name}: {number} is no channel that the bot sees, and no person"
            yield Finding(f"Discord {name}", works=False, advice=advice)
    for number in settings.forums:
        if not isinstance(client.get_channel(int(number)), discord.ForumChannel):
            advice = f"[[channels]] forums: {number} is no forum that the bot sees"
            yield Finding("Discord forums", works=False, advice=advice)


async def _session(client: Gateway) -> str:
    """Open a gateway session; what to do when that fails, else nothing."""
    ready = asyncio.Event()
    client.first_ready = ready.set
    waiting = asyncio.create_task(ready.wait())
    listening: asyncio.Task[None] | None = None
    try:
        listening = asyncio.create_task(client.connect(reconnect=False))
        await asyncio.wait(
            {listening, waiting}, timeout=_CONNECT_S * (client.shard_count or 1), return_when=asyncio.FIRST_COMPLETED
        )
        if listening.done():
            await listening
        return "" if ready.is_set() else "the gateway sent nothing: check [[channels]] gateway_url and the network"
    except discord.PrivilegedIntentsRequired:
        return INTENT_ADVICE
    except discord.ConnectionClosed as e:
        return CLOSED.get(e.code, f"Discord closed the connection (code {e.code})")
    except (discord.DiscordException, FrontdeskError, aiohttp.ClientError, OSError, TimeoutError) as e:
        return f"the gateway cannot be reached ({type(e).__name__}): check [[channels]] gateway_url and the network"
    finally:
        for task in (waiting, listening):
            if task:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, Exception):
                    await task


def _missing(guild: discord.Guild) -> list[str]:
    """The permissions that the bot needs and does not have in the whole server."""
    may = guild.me.guild_permissions
    needed = {
        "View Channels": may.view_channel,
        "Send Messages": may.send_messages,
        "Create Public Threads": may.create_public_threads,
        "Send Messages in Threads": may.send_messages_in_threads,
        "Read Message History": may.read_message_history,
    }
    return [name for name, granted in needed.items() if not granted]
