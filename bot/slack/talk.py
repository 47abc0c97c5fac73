"""What people have said in a thread before they name us there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.slack.api import Api, SlackRefused
from bot.slack.read import Me, plain
from engine.types import Addressed, Message

#: Messages of a thread that are asked for at once, and how often: its first ones.
_MOST = 100
_PAGES = 5


async def talk(api: Api, me: Me, message: Message, name_of: Callable[[str], str]) -> tuple[str, ...]:
    """``Channel.talk``: the words of people, oldest first; nothing for a message that begins its thread."""
    where = message.conversation
    if message.addressed not in (Addressed.MENTION, Addressed.THREAD) or where.thread == message.handle:
        return ()
    found: list[dict[str, Any]] = []
    cursor = ""
    try:
        for _ in range(_PAGES):
            more: dict[str, Any] = {"cursor": cursor} if cursor else {}
            said = await api.call(
                "conversations.replies",
                patience_s=10.0,
                channel=where.room,
                ts=where.thread,
                latest=message.handle,
                limit=_MOST,
                **more,
            )
            found += said.get("messages") or ()
            cursor = (said.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                break
    except SlackRefused:
        return ()
    rows = (r for r in found if not r.get("bot_id") and r.get("user") not in (None, me.user))
    before = (r for r in rows if float(r["ts"]) < float(message.handle))
    return tuple(plain(r.get("text") or "", me, name_of) for r in before)


async def said_after(api: Api, me: Me, message: Message, person: str, name_of: Callable[[str], str]) -> tuple[str, ...]:
    """``Channel.said_after``: the last hundred of the thread are looked at."""
    where = message.conversation
    if not where.thread:
        return ()
    try:
        said = await api.call(
            "conversations.replies",
            patience_s=2.0,
            channel=where.room,
            ts=where.thread,
            oldest=message.handle or where.thread,
            limit=_MOST,
        )
    except SlackRefused:
        return ()
    rows = (r for r in said.get("messages") or () if r.get("user") == person and not r.get("bot_id"))
    after = (r for r in rows if float(r["ts"]) > float(message.handle or where.thread))
    return tuple(plain(r.get("text") or "", me, name_of) for r in after)
