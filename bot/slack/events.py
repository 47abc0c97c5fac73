"""What arrives from Slack, through Bolt: a message is kept before it is acknowledged, a command answered privately."""

from __future__ import annotations

import asyncio
import logging
import re
from collections import OrderedDict
from collections.abc import Coroutine
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

import orjson
import structlog

from bot.channel import Command, Notice, Press, Reception
from bot.markup import Document, Paragraph, Person, Quote, Text, clean, parse
from bot.phrases import reason_in_words, say
from bot.slack.api import Api, SlackRefused
from bot.slack.audience import Directory
from bot.slack.forms import CALLBACK
from bot.slack.gestures import ANSWER, ASK, CORRECT, KEEP, Gestures
from bot.slack.notices import Notices
from bot.slack.posting import Part, body, parts_of
from bot.slack.prompting import Prompting, read_opened
from bot.slack.read import OURS, Deleted, Edited, Me, Said, read, read_command, read_press, takes_place
from engine.errors import FrontdeskError, Refused, Unavailable
from engine.language import written_in
from engine.types import Addressed, Conversation, Message

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp

Json = dict[str, Any]
log = structlog.get_logger()

#: Slack shows an error after three seconds without an acknowledgement.
_ACK_S = 2.3
#: Seconds that answers to commands get at the end.
_LAST_S = 3.0
#: Commands that may come a second time, and how long their question may be.
_TRIGGERS = 1_000
_ASKED_CHARS = 2_900


class Desk(Protocol):
    """What these listeners need of the channel."""

    workspace: str
    helpful_reactions: list[str]
    not_helpful_reactions: list[str]
    answer_bots: list[str]


class Events:
    """Listeners of one app."""

    def __init__(
        self, desk: Desk, api: Api, me: Me, directory: Directory, notices: Notices, reception: Reception
    ) -> None:
        self._desk = desk
        self._notices = notices
        self._api = api
        self._me = me
        self._directory = directory
        self._reception = reception
        self._asked: OrderedDict[str, asyncio.Task[Message]] = OrderedDict()
        self._later: set[asyncio.Task[None]] = set()
        self._gestures = Gestures(
            api, me, directory, notices, reception,
            workspace=desk.workspace, reactions=_reactions(desk), beside=self._beside,
        )  # fmt: skip
        self._prompting = Prompting(api, me, directory, reception, workspace=desk.workspace)
        self._app = self._bolt()

    async def close(self) -> None:
        """Let the answers to commands go out."""
        if self._later:
            await asyncio.wait(self._later, timeout=_LAST_S)
        for task in (rest := [*self._later, *(t for t in self._asked.values() if not t.done())]):
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    # -- in -------------------------------------------------------------------------------

    async def envelope(self, envelope: Json) -> Json | None:
        """One Socket Mode envelope: the acknowledgement's payload, or None where nothing was kept."""
        status, said = await self.deliver(envelope.get("payload"))
        return (orjson.loads(said) if said else {}) if status == 200 else None

    async def deliver(self, payload: Any) -> tuple[int, str]:
        """What Slack sent, to Bolt and the listeners: HTTP status and JSON to answer with."""
        from slack_bolt.request.async_request import AsyncBoltRequest

        if not isinstance(payload, dict) or not isinstance(payload.get("event", {}), dict):
            return 400, ""
        try:
            answer = await self._app.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=payload))
        except (AttributeError, KeyError, TypeError, ValueError) as e:  # Bolt reads fields before it looks at them
            log.warning("slack sent what nobody can read", why=type(e).__name__)
            return 400, ""
        return answer.status, answer.body or ""

    def _bolt(self) -> AsyncApp:
        """Bolt, which acknowledges what a listener has finished and nothing else."""
        from slack_bolt.async_app import AsyncApp
        from slack_bolt.authorization import AuthorizeResult

        me = AuthorizeResult(
            enterprise_id=None,
            team_id=self._me.team,
            bot_user_id=self._me.user,
            bot_id=self._me.bot,
            bot_token="-",  # noqa: S106 - Bolt calls nothing: the calls are ours (api.py)
        )

        async def authorize() -> AuthorizeResult:
            return me

        logger = logging.getLogger("frontdesk.slack.bolt")
        logger.setLevel(logging.ERROR)  # it warns of SLACK_BOT_TOKEN in the environment, where ours is meant to be
        app = AsyncApp(
            name="frontdesk",
            logger=logger,
            authorize=authorize,
            process_before_response=True,
            request_verification_enabled=False,  # http.py has done it
            ssl_check_enabled=False,
        )
        app.event(re.compile(""))(self.event)
        app.command("/frontdesk")(self._on_command)
        app.action(OURS)(self._on_action)
        app.shortcut(re.compile(f"{ASK}|{ANSWER}|{KEEP}|{CORRECT}"))(self._on_shortcut)
        app.view(CALLBACK)(self._on_form)
        app.error(self._failed)
        return app

    @staticmethod
    async def _failed(error: Exception) -> None:
        """A listener failed: Bolt acknowledges nothing, so that Slack delivers it again."""
        expected = isinstance(error, FrontdeskError | TimeoutError)
        log.warning("slack event was not kept", why=str(error) or type(error).__name__, exc_info=not expected)

    async def event(self, body: Json) -> None:
        """Anything that happened in a room: talk is handed on, and kept when this returns."""
        if await self._gestures.event(body):
            return
        if opened := read_opened(body, self._me):
            self._beside(self._prompting.prompt(opened))
            return
        name_of = self._directory.known_name
        desk = self._desk
        match read(body, self._me, workspace=desk.workspace, name_of=name_of, programs=desk.answer_bots):
            case Message() as message:
                await self._reception.accept(message)
            case Edited(identity, text):
                await self._reception.edited("slack", identity, text)
            case Deleted(identity):
                await self._reception.deleted("slack", identity)

    # -- /frontdesk -----------------------------------------------------------------------

    async def _on_command(self, ack: Any, body: Json) -> None:
        said = read_command(body)
        if body.get("team_id", self._me.team) != self._me.team:
            await _say(ack, say("other_workspace", "en"))
        elif said.name == "ask" or said.name in self._reception.claimed:
            await _say(ack, await self._ask(said))
        else:
            self._beside(self._answer(said))
            await ack()

    async def _ask(self, said: Said) -> str:
        """Post the question where all can see it, and keep it as the first of that thread; returns what to say."""
        if not said.text:
            example = "ask_example" if said.name == "ask" else "claimed_example"
            return say(example, await self._gestures.language(said.person), name=said.name)
        if (asked := self._asked.get(said.trigger)) is None:  # else it is delivered again
            asked = self._asked[said.trigger] = asyncio.create_task(self._post_question(said))
            while len(self._asked) > _TRIGGERS:
                self._asked.popitem(last=False)
        try:
            async with asyncio.timeout(_ACK_S):
                message = await asyncio.shield(asked)
                await self._reception.accept(message)
        except TimeoutError:
            self._beside(self._accept_late(asked, said))
            return ""
        except Refused as e:
            del self._asked[said.trigger]
            language = self._directory.known_language(said.person)
            return say("cannot_ask_here", language, reason=reason_in_words(str(e), language))
        except Unavailable:
            if asked.done() and asked.exception() is None:
                raise  # it stands there, but is not kept: no acknowledgement
            self._asked.pop(said.trigger, None)
            return say("slack_busy", self._directory.known_language(said.person))
        return ""

    async def _accept_late(self, asked: asyncio.Task[Message], said: Said) -> None:
        """Slack took the question too late for the acknowledgement; it is a question all the same."""
        try:
            await self._reception.accept(await asked)
        except FrontdeskError as e:
            log.warning("slack question by command was not kept", why=str(e))
            await self._respond(said, Notice(say("slack_busy", self._directory.known_language(said.person))))

    async def _post_question(self, said: Said) -> Message:
        words = clean(said.text)[:_ASKED_CHARS]
        language = written_in(words)
        name, asks = self._directory.known_name(said.person) or say("somebody", language), say("asks", language)
        question = Document((Quote((Paragraph((Text(words),)),)),))
        shown = parts_of(Document((Paragraph((Person(said.person), Text(asks))),)) + question)[0]
        text = parts_of(Document((Paragraph((Text(name + asks),)),)) + question)[0].text
        posted = await self._api.call(
            "chat.postMessage", repeat=False, patience_s=60.0, channel=said.room, **body(Part(shown.blocks, text))
        )
        ts, me = str(posted["ts"]), self._me
        conversation = Conversation("slack", self._desk.workspace or me.team, said.room, ts)
        identity = f"{me.team}:{said.room}:{ts}"
        return Message(identity, conversation, said.person, said.text, Addressed.COMMAND, command=said.name, handle=ts)

    async def _answer(self, said: Said) -> None:
        """Any other command: its answer is for that person alone."""
        language = await self._gestures.language(said.person)
        try:
            conversation = Conversation("slack", self._desk.workspace or self._me.team, said.room)
            command = Command(said.name, said.text, said.person, conversation, language=language, id=said.trigger)
            answer = await self._reception.command(command)
        except FrontdeskError as e:
            log.warning("slack command failed", command=said.name, why=str(e))
            answer = Notice(say("sorry", language))
        except Exception:
            await self._respond(said, Notice(say("sorry", language)))
            raise
        await self._respond(said, answer if answer.text else Notice(say("done", language), answer.buttons))

    async def _respond(self, said: Said, notice: Notice) -> None:
        """Answer where the command was used, for that person alone."""
        await self._notices.respond(said.response_url, notice)

    # -- buttons --------------------------------------------------------------------------

    async def _on_action(self, ack: Any, body: Json) -> None:
        """Below an answer, a press is kept before it is acknowledged; what a notice asks for may take its time."""
        press = read_press(body, self._me, workspace=self._desk.workspace)
        if press is None:
            await ack()
        elif "." in press.action:
            self._beside(self._pressed(press, body))
            await ack()
        else:
            language = self._directory.known_language(press.person)  # else the answer's
            async with asyncio.timeout(_ACK_S):
                said = await self._reception.pressed(replace(press, language=language))
            if said.text:
                self._beside(self._whisper(press, said))
            await ack()

    async def _pressed(self, press: Press, body: Json) -> None:
        """What a notice's button asks for: a form, or something that is done at once."""
        press = replace(press, language=await self._gestures.language(press.person))

        async def tell(said: Notice) -> None:
            if takes_place(body) and body.get("response_url"):
                await self._notices.respond(str(body["response_url"]), said, replace=True)
            else:
                await self._whisper(press, said)

        await self._gestures.begin(press, str(body.get("trigger_id") or ""), tell)

    async def _on_shortcut(self, ack: Any, body: Json) -> None:
        await self._gestures.used(ack, body)

    async def _on_form(self, ack: Any, body: Json) -> None:
        await self._gestures.submitted(ack, body)

    async def _whisper(self, press: Press, notice: Notice) -> None:
        """Tell somebody something below the answer, where only they see it."""
        try:
            await self._notices.whisper(press.conversation, notice, press.person)
        except SlackRefused as e:
            log.info("slack did not whisper", why=str(e))

    def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something after the acknowledgement; an error of ours is told."""
        task = asyncio.create_task(work)
        self._later.add(task)

        def ended(done: asyncio.Task[None]) -> None:
            self._later.discard(done)
            if not done.cancelled() and (why := done.exception()):
                log.error("slack answer to a command failed", why=type(why).__name__, exc_info=why)

        task.add_done_callback(ended)


def _reactions(desk: Desk) -> dict[str, str]:
    """What each emoji below an answer means."""
    meant = dict.fromkeys(desk.helpful_reactions, "helpful") | dict.fromkeys(desk.not_helpful_reactions, "not_helpful")
    return {name.strip(": ").partition("::")[0]: action for name, action in meant.items()}


async def _say(ack: Any, markdown: str) -> None:
    """Acknowledge, with words for that person alone where there are some."""
    if not markdown:
        await ack()
        return
    part = parts_of(parse(markdown))[0]
    await ack(text=part.text, blocks=part.blocks, response_type="ephemeral")
