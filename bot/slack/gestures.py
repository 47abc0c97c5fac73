"""What people do in Slack beside talking: shortcuts, forms, reactions, and opening the app's Home tab."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson
import structlog

from bot.channel import Command, Form, Notice, Press, Reception
from bot.phrases import reason_in_words, say
from bot.slack import forms
from bot.slack.api import Api, SlackRefused
from bot.slack.audience import Directory
from bot.slack.files import files_of
from bot.slack.notices import Notices
from bot.slack.posting import EVENT_TYPE
from bot.slack.read import ACTIONS, Me, plain
from engine.errors import FrontdeskError, Refused, Unavailable
from engine.types import Addressed, Conversation, File, Message

Json = dict[str, Any]
log = structlog.get_logger()

#: Ids of the shortcuts in the manifest: ask from anywhere; of a message: answer it, make an entry of it, correct it.
ASK, ANSWER, KEEP, CORRECT = "fd_ask", "fd_answer", "fd_keep", "fd_correct"
#: Slack shows an error after three seconds without an acknowledgement, and opens no form after three.
_ACK_S: Final = 2.3
_OPEN_S: Final = 2.5
_LANGUAGE_S: Final = 1.0
#: Blocks that a Home tab takes, and characters of what is said below a field.
_BLOCKS: Final = 100
_WRONG_CHARS: Final = 300


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A shortcut that was used; with a message, where that stands, who said it (empty: a program) and its words.

    ``url`` takes an answer for this person alone, also where the bot is not; ``trigger`` opens a form once.
    """

    name: str
    person: str
    trigger: str
    url: str = ""
    room: str = ""
    ts: str = ""
    thread: str = ""
    author: str = ""
    text: str = ""
    files: tuple[File, ...] = ()
    answer: str = ""  # the key of ours whose buttons stand below it


def read_shortcut(body: Mapping[str, Any], me: Me, *, name_of: Callable[[str], str] = lambda _: "") -> Shortcut | None:
    """What was used; None in a workspace that is not ours."""
    team = body.get("context_team_id") or (body.get("team") or {}).get("id")
    person = (body.get("user") or {}).get("id")
    if not person or (team and team != me.team):
        return None
    used = Shortcut(str(body.get("callback_id")), str(person), str(body.get("trigger_id") or ""))
    if body.get("type") != "message_action":
        return used
    message, room = body.get("message") or {}, (body.get("channel") or {}).get("id")
    ts = str(message.get("ts") or body.get("message_ts") or "")
    if not room or not ts:
        return None
    program = message.get("bot_id") or message.get("subtype") == "bot_message"
    return replace(
        used,
        url=str(body.get("response_url") or ""),
        room=str(room),
        ts=ts,
        thread=str(message.get("thread_ts") or ts),
        author="" if program else str(message.get("user") or ""),
        text="" if message.get("user") == me.user else plain(str(message.get("text") or ""), me, name_of),
        files=files_of(message),
        answer=_in_buttons(message) if message.get("user") == me.user else "",
    )


class Gestures:
    """Listeners beside those of ``Events``.

    ``reactions`` says what an emoji means, ``beside`` goes on with something after the acknowledgement.
    """

    def __init__(
        self,
        api: Api,
        me: Me,
        directory: Directory,
        notices: Notices,
        reception: Reception,
        *,
        workspace: str,
        reactions: Mapping[str, str],
        beside: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._api = api
        self._me = me
        self._directory = directory
        self._notices = notices
        self._reception = reception
        self._workspace = workspace or me.team
        self._own = workspace
        self._reactions = reactions
        self._beside = beside

    async def language(self, person: str) -> str:
        """The language of this person's Slack; empty where it does not say in time."""
        try:
            async with asyncio.timeout(_LANGUAGE_S):
                return await self._directory.language(person)
        except (FrontdeskError, TimeoutError):
            return ""

    # -- forms ----------------------------------------------------------------------------

    async def begin(self, press: Press, trigger: str, tell: Callable[[Notice], Awaitable[None]]) -> None:
        """Act on a press: open the form that it needs, or do it and ``tell`` the outcome."""
        try:
            form = await self._reception.form(press)
            said = Notice() if form else await self._reception.pressed(press)
            if form and not await self._open(form, trigger, press):
                said = Notice(say("form_late", press.language))
        except FrontdeskError as e:
            log.warning("slack button failed", action=press.action, why=str(e))
            said = Notice(say("sorry", press.language))
        except Exception:
            await tell(Notice(say("sorry", press.language)))
            raise
        if said.text:
            await tell(said)

    async def _open(self, form: Form, trigger: str, press: Press) -> bool:
        shown = forms.view(form, press.conversation, press.language)
        try:
            await self._api.call("views.open", patience_s=_OPEN_S, trigger_id=trigger, view=_json(shown))
        except SlackRefused as e:
            if "trigger" not in e.error:
                raise
            log.info("slack opened no form", why=e.error)
            return False
        except Unavailable as e:
            log.info("slack opened no form", why=str(e))
            return False
        return True

    async def submitted(self, ack: Any, body: Json) -> None:
        """A form was sent: what it brings is kept before it closes; where it cannot be taken, it stays and says why."""
        press = forms.read_submission(body, self._me, workspace=self._own)
        if press is None:
            await ack()
            return
        press = replace(press, language=await self.language(press.person))
        kept = asyncio.create_task(self._reception.pressed(press))
        try:
            async with asyncio.timeout(_ACK_S - _LANGUAGE_S):
                said = await asyncio.shield(kept)
        except TimeoutError:
            self._beside(self._late(kept, press))
        except FrontdeskError as e:
            log.info("slack form was not taken", action=press.action, why=str(e))
            told = isinstance(e, Refused)
            wrong = reason_in_words(str(e), press.language) if told else say("sorry", press.language)
            await ack(response_action="errors", errors={forms.first_field(body): wrong[:_WRONG_CHARS]})
            return
        else:
            if said.text:
                self._beside(self._tell(press, said))
        await ack()

    async def _late(self, kept: asyncio.Task[Notice], press: Press) -> None:
        """It takes longer than the form stays open; what cannot be kept is given back."""
        try:
            said = await kept
        except FrontdeskError as e:
            log.warning("slack form was not kept", action=press.action, why=str(e))
            why = reason_in_words(str(e), press.language) if isinstance(e, Refused) else ""
            await self._tell(press, _given_back(press, why))
        except Exception:
            await self._tell(press, _given_back(press, ""))
            raise
        else:
            if said.text:
                await self._tell(press, said)

    async def _tell(self, press: Press, notice: Notice) -> None:
        """Say something to this person alone: where they pressed, or in the direct messages where we are not in."""
        try:
            await self._notices.whisper(press.conversation, notice, press.person)
        except SlackRefused as e:
            log.info("slack did not whisper", why=str(e))
            await self._notices.whisper(self._nowhere(), notice, press.person)

    def _nowhere(self) -> Conversation:
        return Conversation("slack", self._workspace, "", "")

    # -- shortcuts ------------------------------------------------------------------------

    async def used(self, ack: Any, body: Json) -> None:
        """A shortcut: a question that it asks is kept before it is acknowledged."""
        shortcut = read_shortcut(body, self._me, name_of=self._directory.known_name)
        if shortcut is None:
            await ack()
        elif shortcut.name == ANSWER:
            await self._answer(ack, shortcut)
        else:
            self._beside(self._form_of(shortcut))
            await ack()

    async def _form_of(self, shortcut: Shortcut) -> None:
        language = await self.language(shortcut.person)
        if shortcut.name == ASK:
            press = Press("ask.form", "", shortcut.person, self._nowhere(), language)
        elif shortcut.name == CORRECT:
            key = shortcut.answer or next(iter(await self._answer_at(shortcut.room, shortcut.ts) or ()), "")
            where = Conversation("slack", self._workspace, shortcut.room, shortcut.thread)
            press = Press("correct.this", key, shortcut.person, where, language)
        else:
            where = Conversation("slack", self._workspace, shortcut.room, shortcut.thread)
            press = Press("kb.keep", "", shortcut.person, where, language, {"text": shortcut.text})

        async def tell(notice: Notice) -> None:
            await self._answered(shortcut, notice)

        await self.begin(press, shortcut.trigger, tell)

    async def _answered(self, shortcut: Shortcut, notice: Notice) -> None:
        if shortcut.url:
            await self._notices.respond(shortcut.url, notice)
        else:
            await self._notices.whisper(self._nowhere(), notice, shortcut.person)

    async def _answer(self, ack: Any, shortcut: Shortcut) -> None:
        language = await self.language(shortcut.person)
        asked = asyncio.create_task(self._ask(shortcut, language))
        try:
            async with asyncio.timeout(_ACK_S - _LANGUAGE_S):
                said = await asyncio.shield(asked)
        except TimeoutError:
            self._beside(self._asked_late(asked, shortcut, language))
        else:
            self._beside(self._answered(shortcut, said))
        await ack()

    async def _asked_late(self, asked: asyncio.Task[Notice], shortcut: Shortcut, language: str) -> None:
        try:
            said = await asked
        except FrontdeskError as e:
            log.warning("slack question by shortcut was not kept", why=str(e))
            said = Notice(say("sorry", language))
        await self._answered(shortcut, said)

    async def _ask(self, shortcut: Shortcut, language: str) -> Notice:
        """Keep the message as a question: below it where we are, else of whoever wants it answered, aside."""
        if not shortcut.text.strip():
            return Notice(say("no_words_there", language))
        if not await self._directory.is_in(shortcut.room):
            return await self._reception.pressed(
                Press("ask.this", shortcut.text, shortcut.person, self._nowhere(), language, files=shortcut.files)
            )
        direct = shortcut.room.startswith("D")
        await self._reception.accept(
            Message(
                id=f"{self._me.team}:{shortcut.room}:{shortcut.ts}",  # as if it had named us: it is answered once
                conversation=Conversation("slack", self._workspace, shortcut.room, shortcut.thread),
                author=shortcut.author or shortcut.person,
                text=shortcut.text,
                addressed=Addressed.DIRECT if direct else Addressed.COMMAND,
                command="" if direct else "ask",
                files=shortcut.files,
                handle=shortcut.ts,
            )
        )
        return Notice(say("answer_below", language))

    # -- reactions and the Home tab -------------------------------------------------------

    async def event(self, body: Json) -> bool:
        """Take an event that is one of these; False: it is another's."""
        event = body.get("event") or {}
        kind = event.get("type")
        if (body.get("context_team_id") or body.get("team_id") or self._me.team) != self._me.team:
            return False
        if kind in ("reaction_added", "reaction_removed"):
            await self._reacted(event)
            return True
        if kind == "app_home_opened" and event.get("tab") == "home" and event.get("user"):
            self._beside(self._show_home(str(event["user"])))
            return True
        return False

    async def _reacted(self, event: Json) -> None:
        """An emoji on an answer of ours, where it means something: like the button, and kept when this returns."""
        item, person = event.get("item") or {}, str(event.get("user") or "")
        action = self._reactions.get(str(event.get("reaction")).partition("::")[0])  # whatever the skin
        ours = item.get("type") == "message" and event.get("item_user") == self._me.user
        if not action or not ours or person in ("", self._me.user):
            return
        room, ts = str(item.get("channel")), str(item.get("ts"))
        found = await self._answer_at(room, ts)
        if found is None:
            return
        key, thread = found
        press = Press(action, key, person, Conversation("slack", self._workspace, room, thread))
        if event.get("type") == "reaction_removed":
            await self._reception.pressed(replace(press, action="feedback.take_back", filled={"said": action}))
            return
        said = await self._reception.pressed(press)
        if said.buttons:  # there is more to say than thanks
            self._beside(self._tell(press, said))

    async def _answer_at(self, room: str, ts: str) -> tuple[str, str] | None:
        """The key of the answer that this message of ours belongs to, and its thread."""
        try:
            said = await self._api.call(
                "conversations.replies", patience_s=_ACK_S / 2, channel=room, ts=ts, oldest=ts, latest=ts,
                inclusive=True, limit=15, include_all_metadata=True,
            )  # fmt: skip
        except SlackRefused as e:
            log.info("slack does not show what was reacted to", why=str(e))
            return None
        row = next((m for m in said.get("messages") or [] if m.get("ts") == ts), None)
        if row is None or row.get("user") != self._me.user:
            return None
        metadata = row.get("metadata") or {}
        key = str((metadata.get("event_payload") or {}).get("key") or "") if _is_reply(metadata) else _in_buttons(row)
        return (key, str(row.get("thread_ts") or ts)) if key else None

    async def _show_home(self, person: str) -> None:
        language = await self.language(person)
        page = await self._reception.command(Command("home", "", person, self._nowhere(), language=language))
        blocks = [block for part in self._notices.parts(page) for block in part.blocks][:_BLOCKS]
        await self._api.call(
            "views.publish", patience_s=30.0, user_id=person, view=_json({"type": "home", "blocks": blocks})
        )


def _given_back(press: Press, why: str) -> Notice:
    """What somebody wrote, where it could not be kept."""
    written = "\n\n".join(f"```\n{text}\n```" for text in press.filled.values() if text)
    wrong = why or say("sorry", press.language)
    return Notice(f"{wrong}\n\n{say('you_wrote', press.language)}\n\n{written}")


def _json(view: Json) -> str:
    return orjson.dumps(view).decode()


def _is_reply(metadata: Mapping[str, Any]) -> bool:
    return metadata.get("event_type") == EVENT_TYPE


def _in_buttons(row: Mapping[str, Any]) -> str:
    """The key as the buttons below an answer hold it."""
    rows = (block.get("elements") or [] for block in row.get("blocks") or [] if block.get("type") == "actions")
    return next((str(e.get("value")) for row in rows for e in row if e.get("action_id") in ACTIONS), "")
