"""The composition root: from settings to a desk that works; the only place that sees every part."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import structlog

from bot.archive import StoreArchive
from bot.attached import Attachments
from bot.bookmarks import StoreBookmarks
from bot.channel import Button, Channel
from bot.choices import Select
from bot.corrections import Corrections, is_correction
from bot.direct import Direct
from bot.doubts import Doubts
from bot.downloads import uploaded
from bot.draft_posts import DraftPosts, is_post
from bot.drafts import Drafts
from bot.duties import Parts, duties_of
from bot.erasing import Erasing
from bot.following import Following
from bot.handoffs import Handoffs
from bot.health import Metrics
from bot.home import Home
from bot.loop_guard import ENOUGH, is_enough
from bot.mcp.agents import Agents
from bot.mcp.channel import Mcp
from bot.meanings import Meanings
from bot.mining import Mining
from bot.only_you import OnlyYou
from bot.outbox import Outbox
from bot.parts import channels_of, claimed_by, plugins_of
from bot.prompts import Prompts
from bot.reception import Desk
from bot.reloading import Reloading
from bot.sharing import Sharing, is_share
from bot.slack.workspaces import SlackWorkspaces
from bot.solved import Solved
from bot.suggesting import Suggesting
from bot.thread_talk import said_before, said_in
from bot.topics import Topics
from bot.typed import carry_out, typed
from bot.unheard import Unheard
from bot.watch_audit import AuditWatch
from bot.web import Web
from bot.wishes import Wishes, is_call
from bot.writing import Writer, budget_of
from engine.assistant import Assistant
from engine.config import by_name
from engine.containing import Containing
from engine.errors import FrontdeskError, Unavailable
from engine.inbox import Inbox
from engine.knowledge import Knowledge
from engine.knowledge.aside import discard
from engine.knowledge.review import Review
from engine.language import written_in
from engine.phrases import phrase
from engine.setup import Setup
from engine.store.counts import searchable
from engine.store.database import Database
from engine.store.migrate import migrate
from engine.store.settings_seen import note_settings
from engine.tools.shed import Tools
from engine.types import Audience, Message, Reply

if TYPE_CHECKING:
    from engine.claim import Claim
    from engine.config import Loaded, Settings
    from engine.growing import Growing
    from engine.knowledge import Embedder
    from engine.model.contract import Model
    from engine.plugin import Plugin
    from engine.tools.contract import Offered

_COUNT_EVERY_S = 5.0
#: How old a look at who reads along may be when a question is answered, and when the answer is sent (DESIGN rule 3).
_ASKED_MAX_AGE_S = 60.0
_SENT_MAX_AGE_S = 1.0

_log = structlog.get_logger()


class App:
    """Every part, made from the settings and given to one another.

    ``serving``: this process runs all channels; without, only questions of the channel ``alone`` are answered here
    (``terminal``: the command line's, ``mcp``: those of an agent at the standard streams), and what waits for other
    channels is left to ``frontdesk run``.  Without ``answering`` there is the knowledge base alone (model and inbox
    stay off).  A test passes its own ``model``, ``channels`` or ``embedder``.
    """

    def __init__(
        self,
        loaded: Loaded,
        *,
        serving: bool = False,
        answering: bool = True,
        alone: str = "terminal",
        model: Model | None = None,
        channels: tuple[Channel, ...] | None = None,
        embedder: Embedder | None = None,
    ):
        self.settings = settings = loaded.settings
        self._answering = answering
        self._serving = serving
        self._loading: asyncio.Task[None] | None = None
        self.database = Database.at(
            settings.data.path,
            settings.database.url.get_secret_value(),
            audit_key=settings.audit.key.get_secret_value(),
        )
        self.knowledge = Knowledge(
            self.database,
            settings.data.path,
            embedder,
            settings=settings.knowledge,
            upload=lambda channel, file: uploaded(self._by_name, channel, file),
            lease_s=settings.desk.lease_s,
        )
        self.writer = Writer(settings.model, given=model, answering=answering)
        self.metrics = Metrics()
        self.reloading = Reloading(self, loaded)
        self.direct, self.mcp = Direct(), Mcp()
        self.mcp.use(self.database)
        self.agents = Agents(self)
        self.channels = (channels or channels_of(loaded)) if serving else ()
        self._attachments = Attachments(self.database, settings.attachments, sees=settings.model.sees)
        plugins = plugins_of(loaded)
        self.tools = Tools(settings.tools, plugins, self.database)
        contained = Containing(plugins, total_s=settings.model.wait_total_s, told=self.metrics.plugin)
        self.assistant = Assistant(
            self.database, self.knowledge, self.model, contained, budget_of(settings),
            gate=self.writer.gate, queue_s=settings.model.queue_s, tools=self.tools,
        )  # fmt: skip
        if self.writer.gate:
            self.metrics.follow(lambda: self.assistant.setup.gate)
        self._by_name: dict[str, Channel] = {c.name: c for c in (*self.channels, self.direct, self.mcp)}
        self.outbox = Outbox(self._by_name, recheck=self._may_still_read, below=self._below)
        self.inbox = Inbox(
            self.database,
            self._handle,
            lease_s=settings.desk.lease_s,
            concurrency=settings.desk.concurrency,
            give_up_s=settings.desk.give_up_s,
            only="" if serving else alone,
        )
        self.following = Following(self.knowledge.loads, self._by_name)
        self.only_you = OnlyYou(self.database, self.knowledge, self.inbox, self._by_name)
        self._sharing = Sharing(self.database, self.knowledge, self.inbox, self._by_name, on=settings.desk.share)
        self._meanings = Meanings(self.database, self.knowledge, self.inbox, self._by_name)
        self._corrections = Corrections(self.database, self.knowledge, self.inbox, self._by_name)
        self._posts = DraftPosts(self.database, self.knowledge, self.inbox, self._by_name)
        self._drafts = Drafts(self.database, self.inbox, self._by_name, self._posts)
        self._wishes = Wishes(self.database, self.tools, self.inbox, self._by_name)
        self._mining = Mining(self.database, self._by_name)
        self._solved = Solved(self.database, self.knowledge, self._mining, self._by_name)
        prompts = Prompts(self.database, self.knowledge, self._by_name)
        duties = duties_of(
            Parts(self.database, self.knowledge, self.inbox, self._by_name),
            following=self.following,
            only_you=self.only_you,
            sharing=self._sharing,
            meanings=self._meanings,
            solved=self._solved,
            drafts=self._drafts,
            corrections=self._corrections,
            mining=self._mining,
            wishes=self._wishes,
            home=Home(self.database, self._by_name, lambda: self.writer.about, prompts),
        )
        suggesting = Suggesting(self.knowledge, self._by_name)
        self.reception = Desk(
            self.database,
            self.inbox,
            duties,
            self.metrics,
            prompts=prompts,
            suggesting=suggesting,
            claimed=claimed_by(plugins),
            mining=self._mining,
        )
        self._unheard = Unheard(self.database, self._by_name, self.reception)
        self._asked: dict[str, Audience] = {}  # by Message.key: the audience that an answer under way is written for
        self._searchable = False
        self.review = Review(self.database)
        self._audit = AuditWatch(self.database, self.channels, settings.audit.tell)
        bookmarks = StoreBookmarks(self.database)
        for channel in self.channels:
            channel.use_bookmarks(bookmarks)
            if isinstance(channel, Web):
                channel.use(StoreArchive(self.database), lambda: self.writer.about)
            if isinstance(channel, SlackWorkspaces):
                channel.use(self.database, Erasing(self.database, self.knowledge, channel.name).workspace)

    def exchange(
        self, settings: Settings, plugins: Sequence[Plugin], writer: Writer, tools: Mapping[str, Offered]
    ) -> Setup:
        """Work by these settings from now on; returns what answers under way are still made with."""
        contained = Containing(plugins, total_s=settings.model.wait_total_s, told=self.metrics.plugin)
        self.settings, self.writer = settings, writer
        self.tools.adopt(tools)
        self._attachments.use(settings.attachments, sees=settings.model.sees)
        self._sharing.switch(on=settings.desk.share)
        self._audit.tell_to(settings.audit.tell)
        self.reception.claimed = claimed_by(plugins)
        return self.assistant.exchange(
            Setup(contained, writer.model, budget_of(settings), writer.gate, settings.model.queue_s)
        )

    @property
    def model(self) -> Model | None:
        """Who writes; None: passages are quoted."""
        return self.writer.model

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[App]:
        """Database migrated, index open, inbox at work; everything closed afterwards, also after an error."""
        listening: list[asyncio.Task[None]] = []
        try:
            for revision in await migrate(self.database):
                _log.info("database migrated", revision=revision)
            if self._serving:
                place = str(self.settings.data.path.absolute())
                await note_settings(self.database, place, by_name(self.settings))
            discard(self.settings.data.path)
            await self.knowledge.open(warm=self._answering)
            if self._answering:
                self.tools.start()
                ours = (self.direct, self.mcp)
                listening = [asyncio.create_task(c.run(self.reception, lambda: None)) for c in ours]
                await asyncio.sleep(0)  # they have the reception from now on
                await self.inbox.start()
            if self._serving:
                self._loading = asyncio.create_task(self.knowledge.loads.run(), name="loads")
                await self.following.resume()
            yield self
        finally:
            for task in listening:
                task.cancel()
            await self.finish(within_s=0.0)
            await self.knowledge.close()
            await self.database.close()

    async def finish(self, *, within_s: float) -> None:
        """Finish what is under way within the time, keep the rest, let go of channels and model."""
        if self._loading:
            self._loading.cancel()
            await asyncio.gather(self._loading, return_exceptions=True)
        await self.reloading.stop()
        self.writer.stop()
        await self.inbox.stop(within_s=within_s)
        await self._unheard.stop()
        await self.only_you.stop()
        await self.following.stop()
        await self._attachments.close()
        await self.tools.stop()
        for channel in self.channels:
            await channel.close()
        await self.writer.close()

    async def _handle(self, claim: Claim) -> None:
        """Bring a message to its end: what the inbox calls."""
        channel = claim.message.conversation.channel
        with structlog.contextvars.bound_contextvars(event_id=claim.event, channel=channel):
            ended: list[Reply] = []

            async def answer(claim: Claim, growing: Growing) -> Reply:
                reply = await self._answer(claim, growing)
                if growing.began:
                    since = asyncio.get_running_loop().time() - growing.began
                    self.metrics.first_text(channel, max(0.0, time.time() - claim.received - since))
                ended[:] = [reply]
                return reply

            try:
                await self._unheard.look(claim)
                await self.outbox.handle(claim, answer)
            finally:
                self._asked.pop(claim.message.key, None)
            if claim.ended and ended:
                reply = ended[0]
                self.metrics.ended(channel, reply.outcome, max(0.0, time.time() - claim.received))
                self.metrics.model_failed(reply.receipt.failures)
                if reply.receipt.plugin:
                    self.metrics.tokens(reply.receipt.plugin, reply.receipt.tokens)
                self.direct.settle(claim.message, reply)
                self.mcp.settle(claim.message, reply)
                self.only_you.answered(claim.event, claim.message, claim.audience, reply)
                _log.info("ended", outcome=str(reply.outcome), reason=reply.reason or None, ms=dict(reply.receipt.ms))

    def _below(self, claim: Claim, reply: Reply) -> Sequence[Button | Select]:
        """The buttons below a reply, besides those of every reply."""
        event, message = claim.event, claim.message
        if is_call(message):
            return ()
        if asking := self._wishes.below(reply):
            return asking
        shared, drafted = self._sharing.below(event, message, reply), self._drafts.below(event, message, reply)
        return (*self._meanings.below(event, reply), *shared, *drafted)

    def _clicked(self, message: Message) -> Sharing | DraftPosts | Wishes | Corrections | None:
        """Whose the message is that no person wrote: a click that is carried out."""
        kinds = (
            (is_share, self._sharing), (is_post, self._posts), (is_call, self._wishes),
            (is_correction, self._corrections),
        )  # fmt: skip
        return next((whose for is_theirs, whose in kinds if is_theirs(message)), None)

    async def _answer(self, claim: Claim, growing: Growing) -> Reply:
        if clicked := self._clicked(claim.message):
            return await clicked.reply(claim)
        if await is_enough(self.database, claim):
            return Reply.ignore(ENOUGH)
        language = written_in(claim.message.text)
        if claim.overdue:
            return Reply.hand_off(claim.reason, text=phrase("overdue", language), language=language)
        channel = self._by_name.get(claim.message.conversation.channel)
        if channel is None:
            return Reply.hand_off("its channel is not in the settings any more")
        if channel.takes_typed and not claim.message.program and (command := typed(claim.message)):
            return await carry_out(command, channel, self.reception)
        claim.audience = await channel.audience(claim.message, max_age_s=_ASKED_MAX_AGE_S)
        self._asked[claim.message.key] = claim.audience
        try:
            talk = await said_before(channel, claim.message) if claim.first else ()

            def reading() -> None:
                growing.work(phrase("reading_files", language))

            reply = await self.assistant.handle(
                claim.message, claim.audience, growing, first=claim.first, talk=talk,
                files=lambda: self._attachments.beside(claim, channel, reading, writes=self.model is not None),
                thread=lambda: said_in(channel, claim.message),
            )  # fmt: skip
            return await self._solved.related(claim.message, reply)
        except Unavailable:
            raise
        except FrontdeskError as e:
            _log.warning("could not be answered", reason=str(e))
            return Reply.hand_off(str(e), text=phrase("failed", language), language=language)

    async def _may_still_read(self, message: Message, reply: Reply | None) -> bool:
        """Whether everybody who can read the reply now may read what it is written from.

        While it is still being written, nobody may have come who could not read what was searched for it.
        """
        if clicked := self._clicked(message):
            return await clicked.still(message)
        channel = self._by_name.get(message.conversation.channel)
        asked = self._asked.get(message.key)
        if channel is None or asked is None or (reply and not reply.used):
            return True
        now = await channel.audience(message, max_age_s=_SENT_MAX_AGE_S)
        return all(now.may_read(p.grant) for p in reply.used) if reply else asked.grants <= now.grants

    async def tell_people(self) -> None:
        """Tell of hand-offs, contradictions, topics, the audit; look at what was deleted unheard; until cancelled."""
        base, channels = self.database, self.channels
        desks = Handoffs(base, channels), Doubts(base, self.review, channels)
        topics = Topics(base, self.knowledge, self._by_name)
        running = (self._audit.run(), self._unheard.run(), self._mining.run())
        await asyncio.gather(*(one.tell() for one in (*desks, topics)), *running)

    async def take_up_model(self) -> None:
        """Until there is a local model passages are quoted; as soon as it is fetched, it writes."""
        await self.writer.take_up(self.assistant)

    async def count(self) -> None:
        """Keep the gauges of the metrics up to date, until cancelled."""
        while True:
            try:
                waiting = await self.inbox.open_events()
                self.metrics.open_messages(waiting.total, waiting.oldest_s)
                self.metrics.passages((await self.database.read(searchable))[1])
            except Unavailable as e:
                _log.warning("the database does not answer", reason=str(e))
            await asyncio.sleep(_COUNT_EVERY_S)

    async def readiness(self) -> dict[str, bool]:
        """Which parts are ready: the database answers, the index is open and up to date."""
        try:
            await self.inbox.open_events()
        except FrontdeskError:
            return {"database": False, "knowledge": self._searchable}
        return {"database": True, "knowledge": self._searchable}

    async def searchable(self) -> None:
        """Wait until searching is as quick as it gets."""
        await self.knowledge.ready()
        self._searchable = True
