"""Everything a channel sends goes through here: Markdown -> a small frozen tree -> what one platform shows.

    parse ──> Document ──> slack_blocks, slack_text, slack_stream, discord_messages, html, terminal, plain, markdown

Nothing becomes a mention, a link or an image that our own code did not build.
"""

from bot.markup.characters import clean
from bot.markup.for_discord import discord_messages
from bot.markup.for_files import markdown
from bot.markup.for_markdown import markdown_messages
from bot.markup.for_reading import html, plain, terminal
from bot.markup.for_slack import slack_blocks, slack_stream, slack_text
from bot.markup.reading import parse
from bot.markup.settling import settled
from bot.markup.tree import (
    Block,
    Code,
    Document,
    Emphasis,
    Fence,
    Heading,
    Inline,
    LineBreak,
    Link,
    List,
    Marker,
    Paragraph,
    Person,
    Quote,
    Rule,
    Strike,
    Strong,
    Table,
    Text,
)

__all__ = [
    "Block",
    "Code",
    "Document",
    "Emphasis",
    "Fence",
    "Heading",
    "Inline",
    "LineBreak",
    "Link",
    "List",
    "Marker",
    "Paragraph",
    "Person",
    "Quote",
    "Rule",
    "Strike",
    "Strong",
    "Table",
    "Text",
    "clean",
    "discord_messages",
    "html",
    "markdown",
    "markdown_messages",
    "parse",
    "plain",
    "settled",
    "slack_blocks",
    "slack_stream",
    "slack_text",
    "terminal",
]
