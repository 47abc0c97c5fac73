"""A document for chat platforms that show CommonMark and make every @name a mention (Mattermost and the like)."""

from __future__ import annotations

import re

from bot.markup.for_discord import discord_messages
from bot.markup.tree import Document

#: What was built for Discord, and what means more elsewhere: brackets (reference links), ampersands (entities), names.
_PARTS = re.compile(
    r"(?P<code>```.*?```|``.*?``|`[^`]*`)|(?P<image>!?)(?P<label>\[(?:\[\d+\]|[^\[\]]*)\])(?P<to>\(<[^>]*>\))|(?P<bare><https?://[^>]*>)"
    r"|(?P<special>[\[&])|(?P<name>@(?=\S))",
    re.DOTALL,
)
_NAME = re.compile(r"@(?=\S)")
#: A word joiner: it has no width, and no name begins with it.
_APART = "@\u2060"


def markdown_messages(doc: Document, *, limit: int) -> list[str]:
    """The texts of one message after the other, at most ``limit`` characters each before what is escaped here.

    Code and our own links stay as they are for Discord; outside code a name is kept apart from its @.
    """
    return [_PARTS.sub(_part, text) for text in discord_messages(doc, limit=limit)]


def _part(found: re.Match[str]) -> str:
    if found["label"]:
        before = "\\!" if found["image"] else ""  # a sentence that ends before its source's number is no picture
        return before + _NAME.sub(_APART, found["label"]) + found["to"]
    if found["special"]:
        return "\\" + found["special"]
    return _APART if found["name"] else found[0]
