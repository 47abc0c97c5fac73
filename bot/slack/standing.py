"""Whether a question still stands where it was asked, and how it reads now."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import structlog

from bot.slack.api import Api, SlackRefused
from bot.slack.read import Me, plain
from engine.types import Message

#: Seconds that a rate limit or a lost connection is waited out; then the question waits, and others are answered.
_PATIENCE_S: Final = 10.0
_log = structlog.get_logger()


def said_at(message: Message) -> float:
    """``Channel.said_at``: Slack sends the first words again, where their edit may have come before them."""
    return float(message.handle or math.inf)


async def reads_now(api: Api, me: Me, message: Message, name_of: Callable[[str], str]) -> str | None:
    """``Channel.reads_now``.

    ``conversations.replies`` finds any message by its ts, also one in a thread or one that nobody has replied to
    (docs.slack.dev, "conversations.replies").  A deleted one is not found; with replies below, a tombstone stands
    in its place.  What we have posted ourselves for whoever asked (`/frontdesk ask`) stays as it is.
    """
    room, ts = message.conversation.room, message.handle
    if not ts or message.id != f"{me.team}:{room}:{ts}":
        return message.text  # it was asked in a form, or stands in another room than its answer
    try:
        said = await api.call(
            "conversations.replies", patience_s=_PATIENCE_S, channel=room, ts=ts, oldest=ts, latest=ts,
            inclusive=True, limit=15,
        )  # fmt: skip
    except SlackRefused as e:
        if e.error == "thread_not_found":
            return None
        _log.info("slack does not show a question", why=str(e))  # whether it can be answered, posting will tell
        return message.text
    row = next((r for r in said.get("messages") or () if r.get("ts") == ts), None)
    if row is None or row.get("subtype") == "tombstone":
        return None
    if row.get("bot_id") or row.get("user") == me.user or not row.get("edited"):
        return message.text
    return plain(str(row.get("text") or ""), me, name_of)
