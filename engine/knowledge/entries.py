"""Questions with their answers, typed by an admin: each is a document with a passage for each of its languages."""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from engine.errors import LoadFailed, NotFound
from engine.knowledge.load import Page
from engine.knowledge.loading import Loader, checked_grant
from engine.knowledge.markdown import Section
from engine.knowledge.values import Entry, KeptEntry, Wording
from engine.ladder import same_question
from engine.store.database import Database
from engine.store.documents import Document
from engine.store.entries import ENTRY, EntryPassage, entry_passages
from engine.types import Audience

_LONGEST_QUESTION, _LONGEST_ANSWER, _MOST_VARIANTS = 1_000, 20_000, 50
CHANGED: Final = "somebody has changed this entry meanwhile: open it again"
#: Why an entry of a file has no new version.
UNCHANGED: Final = "unchanged"
#: 2027-12-31, 2027/12/31, 2027.12.31, 2027年12月31日.
_DAY: Final = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号號]?")


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as a line of a file has it.

    ``id`` is the source of the one that is meant (empty: the one that asks the same), ``audience`` a grant (empty: as
    it is, or as the load says); ``expires`` is the end of its last day.
    """

    line: int
    entry: Entry
    id: str = ""
    audience: str = ""


class Entries:
    """The entries of all workspaces.

    A question is asked by one entry of its workspace: who keeps it again replaces that one.  An entry that is edited
    stays the same document, whatever becomes of its question.
    """

    def __init__(self, database: Database, loader: Loader, caught_up: Callable[[str], Awaitable[object]]):
        self._database = database
        self._loader = loader
        self._caught_up = caught_up
        self._one_by_one = asyncio.Lock()  # what there is decides which one is written

    async def of(self, workspace: str) -> list[KeptEntry]:
        """All of them, by their question."""
        rows = await self._database.read(lambda c: entry_passages(c, workspace))
        return sorted(_kept(rows), key=lambda kept: kept.entry.question.casefold())

    async def find(self, workspace: str, said: str, reader: Audience | None = None) -> KeptEntry | None:
        """The entry that somebody means by its id, its source, or its question in either language.

        With a ``reader``: one that they may be told.

        Where no question is exactly that, one other way to ask it will do, if only one entry has it.
        """
        said = " ".join(said.split())
        entries = [kept for kept in await self.of(workspace) if reader is None or reader.may_read(kept.grant)]
        asked = _folded(said)
        for kept in entries:
            if said in (kept.id, kept.source) or asked in _questions(kept.entry):
                return kept
        alike = [
            kept
            for kept in entries
            if any(same_question(said, way) for one in kept.entry.wordings for way in (one.question, *one.variants))
        ]
        return alike[0] if len(alike) == 1 else None

    async def put(
        self, entry: Entry, *, workspace: str, grant: str, actor: str, which: str = "", version: int = 0,
        reader: Audience | None = None,
    ) -> Document:  # fmt: skip
        """Keep an entry: as a new version of the one with this id (``which``), else of the one that asks the same.

        What is there already, exactly so, is left as it is.  Raises ``LoadFailed`` for what cannot be kept, or where
        it has not this ``version`` any more (0: whichever), ``NotFound`` when the one that is meant is gone, and
        ``SettingsError`` when ``grant`` names no audience.

        ``reader``: who keeps it (None: the operator); what they may not be told is neither replaced nor in their way.
        """
        checked_grant(grant)
        page_of(entry)
        async with self._one_by_one:
            known = _Known(await self.of(workspace), reader, grant)
            old = known.meant(entry, which)
            if old and version and old.version != version:
                raise LoadFailed(CHANGED)
            kept, _ = await self._put(known, old, entry, workspace, grant, actor)
        await self._caught_up(workspace)
        await self._database.wipe()
        return kept

    async def load(
        self, rows: Sequence[Row], *, workspace: str, grant: str, actor: str, reader: Audience | None = None
    ) -> AsyncIterator[tuple[Row, Document | None, str]]:
        """Keep the entries of a file; yields what each became: its document, and why there is none or no new version.

        Those without an audience keep the one that they have, new ones get ``grant``.  One without an id is the entry
        that asks the same; what is not in the file stays.  ``reader``: as in ``put``.
        """
        checked_grant(grant)
        async with self._one_by_one:
            known = _Known(await self.of(workspace), reader, grant)
            try:
                for row in rows:
                    try:
                        meant = known.by_source.get(row.id)
                        old = known.meant(row.entry, meant.id if meant else "")
                        entry = row.entry
                        if old and last_day(old.entry.expires) == last_day(entry.expires):  # a file has days alone
                            entry = replace(entry, expires=old.entry.expires)
                        elif 0 < entry.expires <= time.time():
                            raise LoadFailed(
                                f"{last_day(entry.expires)} is over already: nobody would ever get this answer"
                            )
                        audience = row.audience or (old.grant if old else grant)
                        document, new = await self._put(known, old, entry, workspace, audience, actor)
                    except LoadFailed as e:
                        yield row, None, str(e)
                    else:
                        yield row, document, "" if new else UNCHANGED
            finally:
                await self._caught_up(workspace)
                await self._database.wipe()

    async def _put(
        self, known: _Known, old: KeptEntry | None, entry: Entry, workspace: str, grant: str, actor: str
    ) -> tuple[Document, bool]:
        """The document, and whether it is a new version."""
        entry, page = tidy(entry), page_of(entry)
        if old and old.grant == grant and old.entry == entry:
            return _document(old.id, old.source, workspace, page, entry, grant, old.version), False
        document = _document("", old.source if old else known.free(entry), workspace, page, entry, grant, 0)
        kept = await self._loader.enter(document, page, actor=actor, action="kb entry")
        known.keep(KeptEntry(kept.id, kept.source, kept.version, kept.grant, entry))
        return kept, True


class _Known:
    """The entries of a workspace, by all that one can be meant by."""

    def __init__(self, entries: Sequence[KeptEntry], reader: Audience | None, grant: str) -> None:
        self._sources = {kept.source for kept in entries}
        self.by_id: dict[str, KeptEntry] = {}
        self.by_source: dict[str, KeptEntry] = {}
        self._by_question: dict[str, str] = {}
        for kept in entries:
            # what is for the readers of this place is theirs to replace who write here
            if reader is None or kept.grant == grant or reader.may_read(kept.grant):
                self.keep(kept)

    def keep(self, kept: KeptEntry) -> None:
        """It is there now, as it is."""
        if old := self.by_id.get(kept.id):
            for question in _questions(old.entry):
                self._by_question.pop(question, None)
        self.by_id[kept.id] = self.by_source[kept.source] = kept
        self._sources.add(kept.source)
        self._by_question.update(dict.fromkeys(_questions(kept.entry), kept.id))

    def meant(self, entry: Entry, which: str) -> KeptEntry | None:
        """The entry that is to be replaced; raises where another one asks the same already."""
        alike = {id_ for question in _questions(entry) if (id_ := self._by_question.get(question))}
        if not which:
            if len(alike) > 1:
                raise LoadFailed("its two questions are asked by two entries: edit one of them, and remove the other")
            return self.by_id[alike.pop()] if alike else None
        if which not in self.by_id:
            raise NotFound("this entry is not there any more")
        if alike - {which}:
            raise LoadFailed("another entry asks the same: edit that one")
        return self.by_id[which]

    def free(self, entry: Entry) -> str:
        """A source that no entry has: one whose question was changed keeps that of its first."""
        n, source = 0, source_of(entry)
        while source in self._sources:
            n += 1
            source = source_of(entry, f"\n{n}")
        return source


def end_of_day(said: str) -> float:
    """The end of the day that somebody wrote, in seconds since 1970 (UTC); raises ``ValueError`` where it is none."""
    found = _DAY.fullmatch(said.strip())
    if not found:
        raise ValueError(f"{said[:40]!r} is no day")
    try:
        return (datetime(*map(int, found.groups()), tzinfo=UTC) + timedelta(days=1)).timestamp()  # type: ignore[arg-type, misc]  # three numbers
    except OverflowError as e:
        raise ValueError(f"{said[:40]!r} is too late a day") from e


def last_day(expires: float) -> date | None:
    """The last day on which an entry with this expiry is used, in UTC; None: there is none."""
    return datetime.fromtimestamp(expires - 1, UTC).date() if expires else None


def source_of(entry: Entry, more: str = "") -> str:
    """What the entry is called: the same for the same question, and nothing of the question can be read from it."""
    question = _folded(entry.question)
    return f"{ENTRY}{hashlib.sha256((question + more).encode()).hexdigest()[:12]}"


def page_of(entry: Entry) -> Page:
    """The entry as a page; raises ``LoadFailed`` when something is missing or too long."""
    entry = tidy(entry)
    for one in entry.wordings:
        if not one.question or not one.answer:
            raise LoadFailed("an entry needs a question and an answer")
        if len(one.question) > _LONGEST_QUESTION or len(one.answer) > _LONGEST_ANSWER:
            raise LoadFailed(f"a question has {_LONGEST_QUESTION} characters at most, an answer {_LONGEST_ANSWER}: "
                             "load longer texts as a document")  # fmt: skip
        if len(one.variants) > _MOST_VARIANTS or any(len(way) > _LONGEST_QUESTION for way in one.variants):
            raise LoadFailed(f"an entry has {_MOST_VARIANTS} variants at most, of {_LONGEST_QUESTION} characters each")
    sections = (
        Section(one.question, f"{one.question}\n{one.answer}", entry=True, variants=one.variants)
        for one in entry.wordings
    )
    return Page(entry.question, "", tuple(sections))


def _document(id_: str, source: str, workspace: str, page: Page, entry: Entry, grant: str, version: int) -> Document:
    return Document(id_, workspace, source, "", page.title, grant, "", version, "searchable" if version else "", "",
                    0.0, owner=entry.owner, expires=entry.expires)  # fmt: skip


def _kept(rows: Iterable[EntryPassage]) -> list[KeptEntry]:
    """The entries that these passages are of."""
    found: dict[str, KeptEntry] = {}
    for row in rows:
        said = Wording(row.heading, row.text.partition("\n")[2].strip(), tuple(row.variants.splitlines()))
        if row.document not in found:
            entry = Entry(said.question, said.answer, said.variants, row.owner, row.expires)
            found[row.document] = KeptEntry(row.document, row.source, row.version, row.grant, entry)
        else:
            first = found[row.document]
            found[row.document] = replace(first, entry=replace(first.entry, second=said))
    return list(found.values())


def tidy(entry: Entry) -> Entry:
    """The entry as it is kept."""
    first, *others = (
        Wording(
            question := " ".join(one.question.split()),
            one.answer.strip(),
            tuple(dict.fromkeys(way for v in one.variants if (way := " ".join(v.split())) and way != question)),
        )
        for one in entry.wordings
    )
    second = others[0] if others else None
    return replace(entry, question=first.question, answer=first.answer, variants=first.variants, second=second)


def _questions(entry: Entry) -> set[str]:
    return {_folded(one.question) for one in entry.wordings}


def _folded(question: str) -> str:
    return " ".join(question.split()).casefold()
