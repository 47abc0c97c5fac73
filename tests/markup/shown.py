"""What people and judges see of a document, for the tests of the markup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from bot.markup import Document, discord_messages, slack_blocks, slack_text
from tests.stand_ins import judges

Json = dict[str, Any]
MANUAL = "https://docs.example.com/vpn"
SOURCES = {1: MANUAL, 2: ""}
ATTACKS = {**judges.MENTIONS, **judges.LINKS}

#: Other work on the same machine must not fail a test.
unhurried = settings(deadline=None)
#: Text as an arbitrary model might write it: pieces of markup, attacks, scripts, invisible characters, code.
PIECES = [
    *ATTACKS.values(),
    MANUAL,
    f"[manual]({MANUAL})",
    f"<{MANUAL}>",
    "[1]",
    "[2]",
    "[7]",
    "**",
    "*",
    "_",
    "~~",
    "`",
    "``",
    "```",
    "```sh\n",
    "\n```\n",
    "~~~\n",
    "\n",
    "\n\n",
    "# ",
    "- ",
    "  - ",
    "1. ",
    "> ",
    "| a | b |\n|---|---|\n",
    "---\n",
    "\\",
    "<",
    ">",
    "!",
    "[",
    "](",
    ")",
    "https://",
    "http:",
    "//",
    ":",
    "www.",
    "@",
    "@everyone",
    "&lt;",
    "&#x3c;",
    "<br>",
    "中文句子。",
    "日本語",
    "한국어",
    "👩‍👩‍👧",
    "🇩🇪",
    "e\u0301",
    "\u200b",
    "\u202e",
    "\U000e0041",
    "\x1b[31m",
    "\u2028",
    "word ",
    "snake_case ",
    "9:30 ",
    "exfil.",
    "example.net",
    "javascript:alert(1)",
    "mailto:a@exfil.example.net",
    "discord.gg/abc",
    "<@123>",
    "<t:1>",
    "</a:1>",
]
markup = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8)), max_size=25).map("".join)


def slack_entries(doc: Document) -> list[Json]:
    """The document as the calls that a channel makes, in the form that the judges read."""
    text = slack_text(doc)
    flags = {"unfurl_links": False, "unfurl_media": False}
    return [
        {"kind": "api", "method": "chat.postMessage", "t": 0, "args": {"text": text, "blocks": blocks, **flags}}
        for blocks in slack_blocks(doc) or [[]]
    ]


def discord_entries(doc: Document) -> list[Json]:
    """The same for Discord; links must not unfold even where the flag against it is forgotten."""
    return [
        {
            "kind": "rest",
            "verb": "POST",
            "path": "/channels/1/messages",
            "t": 0,
            "body": {"content": content, "allowed_mentions": {"parse": []}},
        }
        for content in discord_messages(doc)
    ]


def complaints(doc: Document) -> list[str]:
    """What the judges say, and what they leave to ``allowed_mentions``: raw mentions in Discord's text."""
    found = judges.slack_safety(slack_entries(doc))
    entries = discord_entries(doc)
    found += judges.discord_safety(entries)
    for entry in entries:
        content = judges._CODE.sub(" ", entry["body"]["content"])
        found += [f"raw mention {m} in {content!r}" for m in judges._DISCORD_MENTION.findall(content)]
    return [c for c in found if "token is shown" not in c and "traceback" not in c]


def slack_visible(node: Any) -> Iterator[str]:
    """Every text that blocks show."""
    if isinstance(node, list):
        for child in node:
            yield from slack_visible(child)
    elif isinstance(node, dict):
        if isinstance(node.get("text"), str):
            yield node["text"]
        yield from slack_visible(node.get("elements", []))


def letters(text: str) -> str:
    """Letters and digits alone: what no escaping, bullet or line break may add or lose."""
    return re.sub(r"[\W_ˋ]+", "", text)
