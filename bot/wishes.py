"""Calls of tools that wait for somebody's word: the buttons below the question, the click, and the call, made once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import structlog

from bot.channel import Button, Channel, Notice, Press
from bot.documents_shown import plain
from bot.phrases import reason_in_words, say
from engine.store.shared import kept_as
from engine.store.wishes import TOLD, State, Wish, is_late, move, wish_of
from engine.tools.contract import CallFailed
from engine.tools.gateway import Decision, Grant, Spent, Verdict, Wanted, decide, fingerprint
from engine.tools.looking import called, wish_id
from engine.types import TOOL, Addressed, Audience, Conversation, Message, Outcome, Passage, Receipt, Reply

if TYPE_CHECKING:
    from engine.claim import Claim
    from engine.inbox import Inbox
    from engine.store.database import Database
    from engine.tools.shed import Tools

#: What the id of a question ends with whose call was allowed or denied, before the wish's own id.
CALLED: Final = ":call:"
_COMMAND: Final = "call"
_SHOWN: Final = 1_500  # characters of a result
_log = structlog.get_logger()


def is_call(message: Message) -> bool:
    """Whether a message is no question, but a call that somebody has allowed or denied."""
    return message.command == _COMMAND and CALLED in message.id


class Wishes:
    """Shows the buttons, takes the click, makes the call.

    What was clicked is a message in the inbox, as a question is: so it is worked on once, in its turn, and after a
    crash too.  Who may is looked up at the click; that the call is the one that was shown, at the click and again
    before it is made.  A call whose end nobody saw is never made again.
    """

    def __init__(self, database: Database, tools: Tools, inbox: Inbox, channels: Mapping[str, Channel]) -> None:
        self._database = database
        self._tools = tools
        self._inbox = inbox
        self._channels = channels

    def below(self, reply: Reply) -> tuple[Button, ...]:
        """The buttons below a question for leave."""
        asked = next((str(call["wish"]) for call in reply.receipt.calls if call.get("wish")), "")
        if not asked or reply.outcome is not Outcome.ANSWERED:
            return ()
        allow, deny = say("call_allow", reply.language), say("call_deny", reply.language)
        return (Button(allow, "call.allow", asked), Button(deny, "call.deny", asked))

    async def pressed(self, press: Press) -> Notice:
        """A button was pressed: by whom, and may they?"""
        wish = await self._database.read(lambda c: wish_of(c, press.value))
        language = press.language or (wish.language if wish else "en")
        where = Conversation.from_key(wish.conversation) if wish else press.conversation
        if wish is None or where.channel != press.conversation.channel or _changed(wish):
            return Notice(say("call_gone", language))
        channel = self._channels[where.channel]
        admin = await channel.is_admin(press.person, wish.workspace)
        denies = press.action == "call.deny"
        if not admin and not (denies and press.person == wish.person):
            return Notice(say("call_not_you", language, who=", ".join(await channel.who_is_admin()) or "-"))
        if wish.state is not State.ASKED:
            return Notice(say("call_already", language))
        asked = await self._database.read(lambda c: kept_as(c, wish.asked))
        if asked is None or not asked.message.author:
            return Notice(say("call_gone", language))
        if await self._database.read(lambda c: is_late(self._database, c, wish)):
            return Notice(say("call_late", language))
        after, by = State.DENIED if denies else State.ALLOWED, f"{where.channel}:{press.person}"
        message = replace(
            self._channels[where.channel].below(asked.message, asked.placed),
            id=f"{asked.message.id}{CALLED}{wish.id}", addressed=Addressed.COMMAND, mentions_others=False,
            command=_COMMAND, files=(),
        )  # fmt: skip
        moved: list[bool] = []

        await self._inbox.accept(
            message, lambda c: moved.append(move(self._database, c, wish, State.ASKED, after, by=by))
        )
        if not any(moved):
            return Notice(say("call_already", language))
        return Notice(say("call_denied_now" if denies else "call_allowed_now", language))

    async def reply(self, claim: Claim) -> Reply:
        """What became of the call; here it is made, if it is to be and nobody has begun it."""
        wish = await self._wish(claim.message)
        if wish is None:
            return Reply.ignore("the call is not wanted any more")
        channel = self._channels[claim.message.conversation.channel]
        claim.audience = await channel.audience(claim.message, max_age_s=0.0)
        if wish.state is State.RUNNING:  # whoever made it is gone
            await self._move(wish, State.RUNNING, State.UNKNOWN)
        elif wish.state is State.ALLOWED:
            await self._make(wish, claim.message, claim.audience, late=claim.overdue)
        now = await self._wish(claim.message) or wish
        return await self._told(now, claim.message, claim.audience, channel)

    async def still(self, message: Message) -> bool:
        """Whether what came of it may be told there now."""
        wish = await self._wish(message)
        offered = await self._tools.named(wish.tool) if wish else None
        if wish is None or offered is None or wish.state is not State.DONE:
            return True
        now = await self._channels[message.conversation.channel].audience(message, max_age_s=0.0)
        return now.may_read(offered.tool.grant)

    async def _wish(self, message: Message) -> Wish | None:
        id_ = message.id.rpartition(CALLED)[2]
        return await self._database.read(lambda c: wish_of(c, id_))

    async def _make(self, wish: Wish, message: Message, audience: Audience, *, late: bool) -> None:
        """Make an allowed call, if the gateway lets it pass now as well."""
        offered = await self._tools.named(wish.tool)
        arguments = json.loads(wish.arguments)
        decision = Decision(Verdict.NO, "the tool is not there now, or not as it was when it was asked for")
        if offered and (offered.tool.can, offered.print) == (wish.can, wish.print) and not _changed(wish):
            grant = Grant(wish.person, message.conversation, fingerprint(wish.tool, arguments), clicked=True)
            asked_there = Conversation.from_key(wish.conversation) == message.conversation
            wanted = Wanted(
                wish.tool, offered.tool, arguments, wish.person, message.conversation, audience, wish.tainted
            )  # fmt: skip
            decision = decide(wanted, Spent(), grant if asked_there else None)
        if late or offered is None or decision.verdict is not Verdict.RUN:
            why = decision.why or "it was not made in time"
            await self._move(wish, State.ALLOWED, State.REFUSED, why)
            return
        if not await self._move(wish, State.ALLOWED, State.RUNNING):
            if (now := await self._wish(message)) and now.state is State.ALLOWED:  # it has expired
                await self._move(wish, State.ALLOWED, State.REFUSED, "it was not made in time")
            return
        try:
            said = await called(offered, arguments)
        except CallFailed as e:
            _log.warning("an allowed call failed", tool=wish.tool)
            await self._move(wish, State.RUNNING, State.FAILED, str(e))
        else:
            await self._move(wish, State.RUNNING, State.DONE, said)

    async def _move(self, wish: Wish, before: State, after: State, result: str = "") -> bool:
        return await self._database.write(
            lambda c: move(self._database, c, wish, before, after, by=wish.by or "run", result=result)
        )

    async def _told(self, wish: Wish, message: Message, audience: Audience, channel: Channel) -> Reply:
        """What is said in the conversation; words of a tool stand there as words of a tool."""
        language = wish.language
        by = wish.by.partition(":")[2]
        name = plain(await channel.called(message.conversation, by)) or say("somebody", language)
        text = say(f"call_{wish.state.value}", language, tool=f"`{wish.tool}`", name=f"@{name}")
        offered = await self._tools.named(wish.tool)
        used: tuple[Passage, ...] = ()
        if wish.state is State.REFUSED:
            text += f" {_sentence(reason_in_words(wish.result, language))}"
        elif wish.result and offered and audience.may_read(offered.tool.grant):
            grant = offered.tool.grant
            used = (Passage(f"{TOOL}1:{grant}", f"{TOOL}{wish.tool}", "", wish.tool, "", "", "", language, grant),)
            text += f"\n\n{_quoted(wish.result)}"
        call = {"tool": wish.tool, "can": wish.can, "grant": offered.tool.grant if offered else "",
                "arguments": wish.arguments, "outcome": wish.state.value}  # fmt: skip
        receipt = Receipt(calls=(call,))
        return Reply(Outcome.ANSWERED, text, language, reason=TOLD, receipt=receipt, used=used)


def _changed(wish: Wish) -> bool:
    """Whether it is not what was shown: its id is made of the question, the tool and the arguments."""
    try:
        return wish_id(wish.asked, wish.tool, json.loads(wish.arguments)) != wish.id
    except ValueError:
        return True


def _quoted(said: str) -> str:
    """A tool's words in a fence that nothing in them ends."""
    text = said[:_SHOWN] + (" …" if len(said) > _SHOWN else "")
    ticks = "````"
    while ticks in text:
        ticks += "`"
    return f"{ticks}text\n{text}\n{ticks}"


def _sentence(why: str) -> str:
    return f"{why[:1].upper()}{why[1:]}."
