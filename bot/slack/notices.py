"""What the desk says to one person in Slack: notices that stay and change, whispers, and questions taken aside."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from bot import sheets
from bot.channel import Notice
from bot.markup import Document, Link, Paragraph, Quote, Text, clean, parse
from bot.phrases import say
from bot.slack.api import Api, Lost, SlackRefused
from bot.slack.elements import actions, elements
from bot.slack.posting import Part, Poster, body, parts_of
from bot.slack.read import Me
from engine.errors import Refused
from engine.types import Addressed, Conversation, Message

Json = dict[str, Any]

_ASKED_CHARS = 2_900
_GONE = ("message_not_found", "cant_update_message", "channel_not_found")
#: Marks them, so that no answer takes one for its own (`Poster.earlier`).
_MARK = {"event_type": "frontdesk_notice", "event_payload": {"kind": "notice"}}


def parts(notice: Notice, workspace_url: str = "") -> list[Part]:
    """The messages of a notice; its buttons stand below the last, and links to this workspace's messages are links."""
    links = _links(notice.text, workspace_url) if workspace_url else ()
    text = sheets.shown(notice.text, notice.file)  # a file of ours needs a scope that the app does not ask for
    shown = parse(text, links=links)
    return parts_of(shown, actions(elements(notice.buttons)))


def _links(text: str, workspace_url: str) -> list[str]:
    """The addresses of messages in this workspace (https://acme.slack.com/archives/…)."""
    messages = rf"{re.escape(workspace_url.rstrip('/'))}/archives/[\w/.?=&-]+"
    return list(dict.fromkeys(re.findall(messages, text, re.ASCII)))


class Notices:
    """Talks to one person at a time."""

    def __init__(self, api: Api, me: Me, poster: Poster) -> None:
        self._api = api
        self._me = me
        self._poster = poster

    async def show(self, where: Conversation, notice: Notice, person: str, shown: str) -> str:
        """``Channel.notice``: one message; its id is ``room/ts``."""
        part = self.parts(notice)[0]
        room, _, ts = shown.partition("/")
        if ts:
            await self._poster.pace.edit()
            try:
                await self._api.call("chat.update", patience_s=60.0, channel=room, ts=ts, **body(part))
            except SlackRefused as e:
                raise Refused(str(e)) from None
            return shown
        direct = _is_direct(where)
        room = where.room if direct else person
        async with self._poster.pace.post(room):
            said = await self._api.call(
                "chat.postMessage",
                repeat=False,
                patience_s=60.0,
                channel=room,
                thread_ts=(where.thread or None) if direct else None,
                metadata=_MARK,
                **body(part),
            )
        return f"{said['channel']}/{said['ts']}"

    async def whisper(self, where: Conversation, notice: Notice, person: str) -> None:
        """``Channel.whisper``: where only they see it; in direct messages (without a room: theirs) it simply stands."""
        direct = _is_direct(where) or not where.room
        for part in self.parts(notice):
            target = {"channel": where.room or person, "thread_ts": where.thread or None, **_whispered(part)}
            if direct:
                async with self._poster.pace.post(target["channel"]):
                    await self._api.call(
                        "chat.postMessage", repeat=False, patience_s=60.0, **target | body(part), metadata=_MARK
                    )
            else:
                await self._api.call("chat.postEphemeral", user=person, patience_s=60.0, **target)

    def parts(self, notice: Notice) -> list[Part]:
        """The messages of a notice, as they look here."""
        return parts(notice, self._me.url)

    async def respond(self, url: str, notice: Notice, *, replace: bool = False) -> None:
        """Answer where a command, a button or a shortcut was used, for that person alone."""
        for n, part in enumerate(self.parts(notice)[:5]):  # Slack takes no more
            kind = {"replace_original": replace and not n}
            await self._api.respond(url, {"response_type": "ephemeral", **kind, **body(part)})

    async def aside(self, message: Message, language: str, link: str) -> Message:
        """``Channel.aside``: the question stands in the direct messages, and its answer will in a thread on it."""
        opened = await self._api.call("conversations.open", patience_s=60.0, users=message.author)
        room = str((opened.get("channel") or {}).get("id"))
        asked = Text(say("you_asked", language))
        first = Paragraph((Link((asked,), link),)) if link else Paragraph((asked,))
        document = Document((first, Quote((Paragraph((Text(clean(message.text)[:_ASKED_CHARS]),)),))))
        async with self._poster.pace.post(room):
            try:
                said = await self._api.call(
                    "chat.postMessage", repeat=False, patience_s=60.0, channel=room, **body(parts_of(document)[0])
                )
            except Lost:
                raise Refused("Slack did not confirm it: please try again") from None
        conversation = Conversation("slack", message.conversation.workspace, room, str(said["ts"]))
        return replace(message, conversation=conversation, addressed=Addressed.DIRECT, handle=str(said["ts"]))


def _is_direct(where: Conversation) -> bool:
    """Slack's ids of direct messages begin so, those of rooms never."""
    return where.room.startswith("D")


def _whispered(part: Part) -> Json:
    return {"text": part.text, "blocks": part.blocks}
