"""The knowledge commands in chat: for admins alone, checked at the platform each time, answered to them alone."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import orjson
import structlog

from bot.channel import Button, Channel, Command, Notice, Press
from bot.documents_shown import day, filters_of, fits, grant_in_words, line_of, plain, quoted, status_of
from bot.following import Following, audience_in_words, code, in_words
from bot.markup import clean
from bot.phrases import reason_in_words, say
from engine.errors import FrontdeskError, LoadFailed, NotFound, Refused
from engine.knowledge import Document, Wanted, wanted_of
from engine.language import written_in
from engine.store.counts import passages_by_document
from engine.types import WORKSPACE, Audience, File

if TYPE_CHECKING:
    from engine.knowledge import Knowledge
    from engine.store.database import Database

_PAGE: Final = 10
_FOUND: Final = 5
_MOST_FILES: Final = 10
_VALUE_CHARS: Final = 86  # of a button: what Discord leaves of 100 beside the action
_ONCE: Final = uuid.UUID("5b4e3a52-9a7e-4d52-9f0a-6d1c1c1f9c58")  # what ids of loads are made from
_KINDS: Final = ("page", "sitemap", "crawl")
_log = structlog.get_logger()


class KnowledgeDesk:
    """Does what admins ask for; everybody else is told who is one."""

    def __init__(
        self, database: Database, knowledge: Knowledge, channels: Mapping[str, Channel], following: Following
    ) -> None:
        self._database = database
        self._knowledge = knowledge
        self._channels = channels
        self._following = following

    async def refusal(self, channel: str, person: str, workspace: str, language: str) -> str:
        """Why this person may not do that; empty when they may.  Asked at the platform, now."""
        here = self._channels.get(channel)
        if here is not None and await here.is_admin(person, workspace):
            return ""
        names = await here.who_is_admin() if here is not None else ()
        return say("admins_only", language, admins=", ".join(names) or say("nobody_known", language))

    async def command(self, command: Command) -> Notice:
        """A command that begins with ``kb``."""
        where = command.conversation
        language = command.language or written_in(command.text)
        if refusal := await self.refusal(where.channel, command.person, where.workspace, language):
            return Notice(refusal)
        text = command.text.strip()
        match command.name:
            case "kb add":
                return await self._add(command, language)
            case "kb list":
                status, word = filters_of(text)
                return await self._page(where.workspace, 1, status, word, language)
            case "kb show":
                return await self._show(where.workspace, text, language)
            case "kb remove":
                return await self._remove(command, text, language)
            case "kb sync":
                return await self._sync(command, text, language)
            case "kb search":
                return await self._search(command, text, language)
            case "kb cancel":
                return await self._cancel(command, text, language)
        return Notice(say("unknown", language, name=command.name) + "\n\n" + say("help", language, plugins=""))

    async def pressed(self, press: Press) -> Notice:
        """A button whose action begins with ``kb.``."""
        language = press.language or "en"
        match press.action:
            case "kb.cancel" | "kb.grant":
                return await self._pressed_load(press, language)
            case "kb.remove":
                return await self._confirmed(press, language)
            case "kb.list":
                workspace, page, status, word = press.value.split("|", 3)
                if refusal := await self.refusal(press.conversation.channel, press.person, workspace, language):
                    return Notice(refusal)
                return await self._page(workspace, int(page), status, word, language)
        return Notice(say("load_gone", language))

    # Loading

    async def _add(self, command: Command, language: str) -> Notice:
        where = command.conversation
        grant = await self._channels[where.channel].default_grant(where, command.person)
        try:
            wanted = _wanted(command, grant)
        except LoadFailed as e:
            return Notice(f"{reason_in_words(str(e), language)}\n\n{say('no_paths', language)}")
        if not wanted:
            return Notice(say("what_to_add", language))
        by_grant: dict[str, list[Wanted]] = {}
        for one in wanted:
            by_grant.setdefault(await self._grant_of(one, where.workspace, grant), []).append(one)
        notices = []
        for granted, several in by_grant.items():
            load = await self._knowledge.loads.start(
                several,
                workspace=where.workspace,
                grant=granted,
                actor=_actor(command),
                conversation=where.key,
                id_=uuid.uuid5(_ONCE, f"{where.channel}:{command.id}:{granted}").hex if command.id else "",
                language=language,
            )
            notices.append(await self._begin(command, load, [one.source for one in several], language))
        return Notice("\n\n".join(notice.text for notice in notices if notice.text))

    async def _grant_of(self, wanted: Wanted, workspace: str, default: str) -> str:
        """What is there already keeps its audience when it is loaded again; but a private room's is always its own."""
        if default != WORKSPACE:
            return default
        known = {document.grant for document in await self._knowledge.named(workspace, wanted.source)}
        return known.pop() if len(known) == 1 else default

    async def _begin(self, command: Command, load: str, what: Sequence[str], language: str) -> Notice:
        """Show a load that has been kept, and follow it."""
        try:
            shown = await self._following.begin(load, language)
        except Refused as e:
            _log.info("a load cannot be shown", load=load, why=str(e))
            return Notice(say("started_unseen", language, what=in_words(what, language)))
        if shown.partition("/")[0] == command.conversation.room:
            return Notice()  # it stands right there
        return Notice(say("started", language, what=in_words(what, language)))

    async def _sync(self, command: Command, text: str, language: str) -> Notice:
        where, actor = command.conversation, _actor(command)
        try:
            load = await self._knowledge.loads.sync(
                where.workspace, [text] if text else [], actor=actor, conversation=where.key, language=language
            )
        except (NotFound, LoadFailed) as e:
            return Notice(reason_in_words(str(e), language))
        return await self._begin(command, load, [text] if text else [], language)

    async def _cancel(self, command: Command, text: str, language: str) -> Notice:
        actor = _actor(command)
        loads = self._knowledge.loads
        mine = [
            load
            for load in await loads.open()
            if load.workspace == command.conversation.workspace
            and (load.id == text or (not text and load.actor == actor))
        ]
        done = [await loads.cancel(load.id, actor=actor) for load in mine]
        return Notice(say("cancelling" if any(done) else "nothing_running", language))

    async def _pressed_load(self, press: Press, language: str) -> Notice:
        """Cancel a load, or give what it brought to another audience."""
        id_, _, grant = press.value.partition(" ")
        channel = press.conversation.channel
        try:
            load = await self._knowledge.loads.state(id_)
        except NotFound:
            return Notice(say("load_gone", language))
        if refusal := await self.refusal(channel, press.person, load.workspace, language):
            return Notice(refusal)
        actor = f"{channel}:{press.person}"
        if press.action == "kb.cancel":
            done = await self._knowledge.loads.cancel(id_, actor=actor)
            return Notice(say("cancelling" if done else "not_running", language))
        if not re.fullmatch(rf"{WORKSPACE}|(?:room|user):[\w.-]+", grant):
            return Notice(say("load_gone", language))
        count = await self._knowledge.loads.narrow(id_, grant, actor=actor)
        try:
            await self._following.refresh(id_, language)
        except FrontdeskError as e:  # what counts is done
            _log.info("a load could not be shown just now", load=id_, why=str(e))
        return Notice(say("regranted", language, count=count) + " " + audience_in_words(grant, language))

    # Looking

    async def _page(self, workspace: str, page: int, status: str, word: str, language: str) -> Notice:
        """One page of the documents, with buttons for those before and after."""
        everything = await self._knowledge.documents(workspace)
        if not everything:
            return Notice(say("none_loaded", language))
        documents = [d for d in everything if fits(d, status, word)]
        if not documents:
            return Notice(say("none_match", language))
        pages = (len(documents) + _PAGE - 1) // _PAGE
        page = min(max(page, 1), pages)
        shown = documents[(page - 1) * _PAGE : page * _PAGE]
        counts = await self._database.read(lambda c: passages_by_document(c, workspace))
        first = (page - 1) * _PAGE + 1
        lines = [line_of(d, counts.get(d.id, 0), language) for d in shown]
        heading = say("listed", language, first=first, last=first + len(shown) - 1, count=len(documents))
        buttons = tuple(
            Button(say(label, language), "kb.list", f"{workspace}|{to}|{status}|{word}", in_place=True)
            for label, to in (("previous", page - 1), ("next", page + 1))
            if 1 <= to <= pages
        )
        return Notice(heading + "\n\n" + "\n".join(lines), buttons)

    async def _show(self, workspace: str, name: str, language: str) -> Notice:
        if not name:
            return Notice(say("what_to_show", language))
        try:
            document = await self._knowledge.document(workspace, name)
        except NotFound:
            return Notice(say("no_document", language, name=f"`{code(name)}`"))
        count = len(await self._knowledge.passages_of(document.id))
        values = {
            "source": f"`{code(document.source)}`",
            "id": f"`{document.id}`",
            "grant": grant_in_words(document.grant, language),
            "status": status_of(document, language),
            "passages": count,
            "version": document.version,
            "loaded": day(document.loaded),
            "dated": day(document.dated),
            "checked": day(document.checked),
            "encoding": document.encoding,
            "owner": document.owner,
            "expires": day(document.expires - 1 if document.expires else 0.0),
        }
        lines = [f"- {say(f'shown_{key}', language, value=value)}" for key, value in values.items() if value]
        button = taking_out(say("remove", language), workspace, document.id, [document])
        return Notice(f"**{plain(document.title or document.source)}**\n\n" + "\n".join(lines), (button,))

    async def _search(self, command: Command, text: str, language: str) -> Notice:
        if not text:
            return Notice(say("what_to_search", language))
        where = command.conversation
        audience = await self._channels[where.channel].alone(command.person, where.workspace)
        audience = audience or Audience.of(where.workspace, WORKSPACE, f"user:{command.person}")
        found = await self._knowledge.search(text, audience, limit=_FOUND)
        passages = [
            f"{n}. **{plain(p.title)}** {plain(p.section)} ({p.score:.2f})\n\n" + quoted(p.text)
            for n, p in enumerate(found.passages, 1)
        ]
        return Notice("\n\n".join(passages) or say("found_nothing", language))

    # Taking out

    async def _remove(self, command: Command, name: str, language: str) -> Notice:
        if not name:
            return Notice(say("what_to_remove", language))
        workspace = command.conversation.workspace
        documents = await self._knowledge.named(workspace, name)
        if not documents:
            return Notice(say("no_document", language, name=f"`{code(name)}`"))
        if len(documents) == 1:
            return await self._removed(workspace, name, _actor(command), language)
        listed = [f"- `{code(d.source)}`" for d in documents[:_PAGE]]
        if len(documents) > len(listed):
            listed.append(f"- … + {len(documents) - len(listed)}")
        asked = say("remove_many", language, count=len(documents), what=f"`{code(name)}`")
        label = say("remove_really", language, count=len(documents))
        button = taking_out(label, workspace, name, documents)
        text = asked + "\n\n" + "\n".join(listed)
        if len(button.value) > _VALUE_CHARS:
            return Notice(f"{text}\n\n{say('remove_singly', language)}")
        return Notice(text, (button,))

    async def _removed(self, workspace: str, name: str, actor: str, language: str, called: str = "") -> Notice:
        try:
            gone = await self._knowledge.remove(workspace, name, actor=actor)
        except NotFound:
            return Notice(say("no_document", language, name=f"`{code(name)}`"))
        what = f"`{code(gone[0].source if len(gone) == 1 else called or name)}`"
        return Notice(say("removed" if len(gone) == 1 else "removed_many", language, count=len(gone), what=what))

    async def _confirmed(self, press: Press, language: str) -> Notice:
        """Take out what was shown, if it is still the same."""
        try:
            workspace, id_, asked = press.value.rsplit("|", 2)
        except ValueError:  # of an older version
            return Notice(say("remove_changed", language))
        if refusal := await self.refusal(press.conversation.channel, press.person, workspace, language):
            return Notice(refusal)
        if _print(await self._knowledge.named(workspace, id_)) != asked:
            return Notice(say("remove_changed", language))
        called = {s.id: s.source for s in await self._knowledge.sources(workspace)}.get(id_, "")
        return await self._removed(workspace, id_, f"{press.conversation.channel}:{press.person}", language, called)


def taking_out(label: str, workspace: str, name: str, documents: Sequence[Document]) -> Button:
    """The button that takes these documents out.

    It says itself what it is about (so it works after a restart too): the document's or source's id, and a print of
    the documents that were shown, so that no others go.
    """
    by_source = next((d.origin for d in documents if len(documents) > 1 and d.origin), "")
    id_ = by_source or (documents[0].id if len(documents) == 1 else name)
    return Button(label, "kb.remove", f"{workspace}|{id_}|{_print(documents)}")


def _print(documents: Sequence[Document]) -> str:
    """Tells sets of documents."""
    return hashlib.sha256("\n".join(sorted(d.id for d in documents)).encode()).hexdigest()[:16]


def _actor(command: Command) -> str:
    return f"{command.conversation.channel}:{command.person}"


def _wanted(command: Command, grant: str) -> list[Wanted]:
    """What there is to load: files that were sent along, else an address.  Raises ``LoadFailed``."""
    channel = command.conversation.channel
    if command.files:
        # Rooms keep their names apart: a file of one must not replace another's of the same name.
        folder = channel if grant == WORKSPACE else f"{channel}/{grant.replace(':', ' ')}"
        return [
            Wanted("upload", f"{folder}/{_file_name(f)}", f"{channel}:{orjson.dumps(f).decode()}")
            for f in command.files[:_MOST_FILES]
        ]
    words = command.text.split()
    kind = words.pop(0).lower() if words and words[0].lower() in _KINDS else ""
    wanted = [wanted_of(word.strip("<>"), folder=None, crawl=kind == "crawl") for word in words]
    return [replace(one, kind=kind) if kind else one for one in wanted]


def _file_name(file: File) -> str:
    """A name that is one, whatever was sent."""
    name = clean(file.name).replace("\\", "/").rpartition("/")[2].strip()
    return name[:150] or "file"
