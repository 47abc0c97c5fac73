"""Commands that are typed as messages: `kb add` with files, and others that a slash command is too short for."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from bot.channel import Channel, Command, Reception
from bot.phrases import say
from engine.errors import Refused
from engine.language import written_in
from engine.types import Addressed, Message, Reply

#: The verbs below ``kb``; a message that begins otherwise is a question.
VERBS: Final = ("add", "list", "show", "remove", "sync", "search", "entries", "entry", "cancel")
_KB: Final = re.compile(
    rf"/?(?:frontdesk[ \t]+)?kb(?:[ \t]+(?P<verb>{'|'.join(VERBS)}))?(?![\w-])(?P<rest>.*)", re.IGNORECASE | re.DOTALL
)
_LEAVE: Final = re.compile(
    r"(?:please )?(?:leave|go away|be quiet|stop listening)(?: (?:this|the) (?:thread|conversation))?(?: please)?[.!]?"
    r"|[请請]?(?:[离離][开開]|退出|安[静靜]|[别別][说說][话話]了?)(?:[这這][个個]|[该該]|本)?(?:消息列|话题|討論串|讨论串|帖子|貼文)?(?:吧)?[。！]?",
    re.IGNORECASE,
)
_HELP: Final = ("help", "/help", "帮助", "幫助", "說明")
_FEEDBACK: Final = re.compile(r"/?(?:frontdesk[ \t]+)?feedback(?:[ \t]+(?P<page>\d{1,4}))?", re.IGNORECASE)

_TOPICS: Final = re.compile(r"/?(?:frontdesk[ \t]+)?topics(?:[ \t]+(?P<days>\d{1,3}))?", re.IGNORECASE)


def typed(message: Message) -> Command | None:
    """The command that this message is, when it is said to the bot alone or with its name; else None.

    ``kb`` without a verb, and nothing after it, asks for help.
    """
    if message.addressed not in (Addressed.DIRECT, Addressed.MENTION) or message.command:
        return None
    text = message.text.strip()
    found = _KB.fullmatch(text)
    if text.lower() in _HELP or (found and not found["verb"] and not found["rest"].strip()):
        name, rest = "help", ""
    elif _LEAVE.fullmatch(text) and message.addressed is Addressed.MENTION:
        name, rest = "leave", text
    elif listed := _FEEDBACK.fullmatch(text):
        name, rest = "feedback", listed["page"] or ""
    elif asked := _TOPICS.fullmatch(text):
        name, rest = "topics", asked["days"] or ""
    elif found and found["verb"]:
        name, rest = f"kb {found['verb'].lower()}", found["rest"].strip()
    else:
        return None
    return Command(name, rest, message.author, message.conversation, message.files, id=message.id)


async def carry_out(command: Command, channel: Channel, reception: Reception) -> Reply:
    """Do it, and tell its author alone; the conversation itself gets no reply.

    Raises ``Unavailable`` when it has to be tried again.
    """
    spoken, own = written_in(command.text), await channel.language(command.person)
    # A command without words says nothing about the language, and Chinese words not which Chinese.
    language = own if own and spoken in {"en", own.partition("-")[0]} else spoken
    command = replace(command, language=language)
    notice = await reception.command(command)
    if notice.text:
        try:
            await channel.whisper(command.conversation, notice, person=command.person)
        except Refused as e:
            words = say("nothing_private", command.language)
            return Reply.refuse(str(e), text=words, language=command.language)
    return Reply.ignore(f"a command: {command.name}")
