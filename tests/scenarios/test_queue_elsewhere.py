"""The model has more to do than it can, on Discord and on the web page: what somebody who waits there sees."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.app import App
from engine.config import load
from tests.encoders import packaged
from tests.scenarios.shop import DOCUMENTS
from tests.stand_ins import judges
from tests.stand_ins.fake_discord import FakeDiscord
from tests.stand_ins.fake_model import FakeModel
from tests.web.desk import Visitor, until

VPN, PRINTERS, LEAVE = (
    "How long are VPN certificates valid?",
    "Which rolls do the label printers use?",
    "年假申请要提前多久提交?",
)
DELETED = "Are the rolls of the label printers 62 mm wide?"
#: How long it takes is told once three answers have been timed; how long they took, no test knows.
NEXT, SECOND, THIRD = r"Next in line, about \d+ (s|min)\.", r"正在排队，第 2 位，大约还要 \d+ (秒|分钟)。", (
    r"Third in line, about \d+ (s|min)\.")  # fmt: skip


@dataclass
class Busy:
    """A desk in Discord and on a page, with a model that writes one answer at a time."""

    app: App
    model: FakeModel
    discord: FakeDiscord
    page: str

    async def until(self, check: Callable[[], Any]) -> Any:
        async with asyncio.timeout(60):
            while not (value := check()):
                await asyncio.sleep(0.02)
        return value

    def hang(self) -> None:
        """The next answer about the VPN does not end."""
        self.model.rule("VPN", "hang", after=0, times=1, passages=True)

    async def quiet(self) -> None:
        async with asyncio.timeout(60):
            while (await self.app.inbox.open_events()).total:
                await asyncio.sleep(0.02)

    def never_asked_about(self, words: str) -> bool:
        return not [r for r in self.model.requests if words in r.last_user]

    # In Discord.

    async def ask(self, text: str, person: str) -> str:
        """Ask in the room; returns the id of the question, which is the thread's too."""
        room = self.discord.general
        return str((await self.discord.user_message(room, person, f"<@{self.discord.bot}> {text}"))["id"])

    async def shown(self, thread: str, words: str) -> dict[str, Any]:
        """The one message of ours in a thread, once it has these words."""

        def found() -> dict[str, Any] | None:
            said = self.discord.messages(thread, from_bot=True)
            return next((m for m in said if len(said) == 1 and re.search(words, m["content"])), None)

        try:
            message: dict[str, Any] = await self.until(found)
        except TimeoutError:
            raise AssertionError((words, [m["_revisions"] for m in self.discord.messages(thread)])) from None
        return message


@pytest.fixture
async def busy(pointed: None, tmp_path: Path) -> AsyncIterator[Busy]:
    async with FakeDiscord() as discord, FakeModel() as model:
        for name, text in DOCUMENTS.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
            model.know([text])
        file = tmp_path / "frontdesk.toml"
        file.write_text(
            f'workspace = "acme"\n[data]\npath = "{tmp_path / "var"}"\n'
            f'[model]\nuse = "vllm"\nurl = "{model.url}/v1"\nat_once = 1\nfirst_token_s = 100\ntotal_s = 200\n'
            f'[[channels]]\nuse = "bot.discord:Discord"\nworkspace = "acme"\ntoken = "$TOKEN"\n'
            f'api_url = "{discord.api_url}"\ngateway_url = "{discord.gateway_url}"\n'
            '[[channels]]\nuse = "bot.web:Web"\nlisten = "127.0.0.1:0"\n'
        )
        loaded = load(file, {"TOKEN": discord.token})
        async with App(loaded, serving=True, embedder=packaged()).opened() as app:
            async for _ in app.knowledge.add(list(DOCUMENTS), workspace="acme", folder=tmp_path):
                pass
            connected = [asyncio.Event() for _ in app.channels]
            running = [
                asyncio.create_task(channel.run(app.reception, up.set))
                for channel, up in zip(app.channels, connected, strict=True)
            ]
            try:
                async with asyncio.timeout(60):
                    await asyncio.gather(*(up.wait() for up in connected))
                page: Any = app.channels[1]
                desk = Busy(app, model, discord, f"http://127.0.0.1:{page.port}")
                yield desk
                await desk.quiet()
            finally:
                for task in running:
                    task.cancel()
                await asyncio.gather(*running, return_exceptions=True)
        assert not discord.violations
        assert not judges.discord_safety(discord.transcript, ())


async def test_in_discord_the_place_stands_where_the_answer_will_and_who_deletes_is_forgotten(busy: Busy) -> None:
    discord = busy.discord
    for _ in range(3):
        await busy.shown(await busy.ask(PRINTERS, discord.alice), "Heather")
        await busy.quiet()
    busy.hang()
    first = await busy.ask(VPN, discord.alice)
    await busy.until(busy.model.running)

    threads = []
    for text in (PRINTERS, LEAVE, DELETED):
        threads.append(await busy.ask(text, discord.bob))
        await busy.until(lambda: busy.app.writer.gate and busy.app.writer.gate.waiting == len(threads))
    told = [await busy.shown(thread, words) for thread, words in zip(threads, (NEXT, SECOND, THIRD), strict=True)]
    for message, words in zip(told, (NEXT, SECOND, THIRD), strict=True):
        assert re.fullmatch(rf"\*{words}\*", message["content"]), message["content"]
    assert not any(m["components"] for m in told)

    await discord.user_delete(discord.general, threads[2])
    await busy.until(lambda: busy.app.writer.gate and busy.app.writer.gate.waiting == 2)
    await busy.until(lambda: not discord.messages(threads[2], from_bot=True))
    await discord.user_delete(discord.general, first)
    answers = [await busy.shown(threads[0], "Heather"), await busy.shown(threads[1], "海棠")]
    await busy.quiet()

    assert [m["id"] for m in answers] == [m["id"] for m in told[:2]], "the answer takes the place's place"
    assert not any("line" in m["content"] or "排队" in m["content"] for m in answers)
    assert all(m["components"] for m in answers)
    assert discord.messages(threads[2], from_bot=True) == []
    assert busy.never_asked_about("62 mm wide")
    assert not busy.model.seen("in line") and not busy.model.seen("排队")


async def test_on_the_page_the_place_stands_where_the_answer_will_and_who_deletes_is_forgotten(busy: Busy) -> None:
    talks = [f"{n}2345678-talk" for n in range(7)]
    async with contextlib.AsyncExitStack() as stack:

        async def visitor() -> Visitor:
            session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
            await stack.enter_async_context(session)
            await session.get(busy.page + "/")
            return Visitor(busy.page, session)

        alice, bob = await visitor(), await visitor()
        for talk in talks[:3]:
            assert await alice.ask(talk, f"q-{talk}", PRINTERS) == 202
            await busy.quiet()
        busy.hang()
        await alice.ask(talks[3], f"q-{talks[3]}", VPN)
        await busy.until(busy.model.running)

        events = []
        for n, (talk, text) in enumerate(zip(talks[4:], (PRINTERS, LEAVE, DELETED), strict=True), 1):
            await bob.ask(talk, f"q-{talk}", text)
            events.append(await stack.enter_async_context(bob.following(talk)))
            await busy.until(lambda n=n: busy.app.writer.gate and busy.app.writer.gate.waiting == n)
        for stream, words in zip(events, (NEXT, SECOND, THIRD), strict=True):
            told = await until(stream, waits=True)
            assert re.fullmatch(rf"<p><em>{words}</em></p>", told["html"]), told
            assert (told["state"], told["outcome"], told["sources"]) == ("writing", None, [])

        assert (await bob.delete(f"/api/conversations/{talks[6]}"))[1] == {"deleted": 1}
        await until(events[2], event="gone")
        await busy.until(lambda: busy.app.writer.gate and busy.app.writer.gate.waiting == 2)
        await alice.delete(f"/api/conversations/{talks[3]}")
        for stream, words in zip(events, ("Heather", "海棠"), strict=False):
            done = await until(stream, state="done")
            assert words in done["html"] and "line" not in done["html"] and "排队" not in done["html"]
            assert not done["waits"]
        await busy.quiet()
        assert (await bob.get(f"/api/conversations/{talks[6]}"))[0] == 404
    assert busy.never_asked_about("62 mm wide")
