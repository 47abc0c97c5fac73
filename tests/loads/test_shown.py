"""How a load is shown in chat: in the language of whoever asked, after a restart too, with what was left out."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from bot.channel import Channel, Notice
from bot.following import Following, notice_of
from engine.knowledge import Load
from engine.store.loads import Wanted
from engine.types import Conversation
from tests.loads.conftest import Base

WHERE = Conversation("quiet", "acme", "D1", "").key


class Quiet(Channel):
    """A platform that does not say which language it speaks with people, as Discord."""

    name: ClassVar[str] = "quiet"
    _shown: asyncio.Queue[str]

    def model_post_init(self, _: object) -> None:
        self._shown = asyncio.Queue()

    async def run(self, reception, connected):
        raise NotImplementedError

    audience = stream = withdraw = tell = run  # type: ignore[assignment] # none of it is used

    async def notice(self, where: Conversation, notice: Notice, *, person: str, shown: str = "") -> str:
        await self._shown.put(notice.text)
        return "D1/1"


async def test_progress_goes_on_in_the_language_of_whoever_asked(base: Base) -> None:
    loads, quiet = base.knowledge.loads, Quiet()
    base.write("a.md", "# A\n\nThe code of A is CODE-A.\n")
    wanted = Wanted("path", "a.md", str(base.folder / "docs/a.md"))
    await loads.start(wanted, workspace="acme", grant="workspace", actor="quiet:U1", conversation=WHERE, language="zh")
    following = Following(loads, {"quiet": quiet})
    async with loads.working(), asyncio.timeout(60):
        await following.resume()
        said = await quiet._shown.get()
        while "已加载" not in said:
            assert "Load" not in said
            said = await quiet._shown.get()
    await following.stop()

    assert "CODE" not in said and "1" in said


def test_what_was_left_out_is_listed_and_not_without_end() -> None:
    notes = tuple(f"the crawl ended after {n} pages" for n in range(9))
    load = Load("1", "acme", "sync", "done", "", "workspace", "quiet:U1", WHERE, "", 0.0, 0.0, notes=notes)
    text = notice_of(load, "en").text
    assert "Not everything was looked at" in text and "ended after 4 pages" in text and "after 5 pages" not in text
    assert "Not everything" not in notice_of(Load(*[getattr(load, n) for n in Load.__slots__][:11]), "en").text


def test_what_a_load_waits_for_is_told_while_it_waits() -> None:
    plain = Load("1", "acme", "add", "working", "the disk is full", "workspace", "quiet:U1", WHERE, "", 0.0, 0.0)
    assert "It waits, and goes on by itself: the disk is full" in notice_of(plain, "en").text
    assert "正在等待" in notice_of(plain, "zh").text
