"""Below a draft in Slack: it is exported, its versions are shown, and it is posted by a click of whoever may."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import sqlalchemy as sa

from bot.app import App
from bot.draft_posts import DraftPosts
from engine.claim import Claim
from engine.store.audit import Audit
from engine.store.tables import turns
from engine.types import Reply
from tests.scenarios.office import ADMIN, ALICE, BOB, PRIVATE, ROOM, Office, buttons, choices, office, shown

Json = dict[str, Any]
NEWS = "C0NEWS"
PLUGIN = '[[plugins]]\nuse = "tests.scenarios.press_office:Drafting"'
LUNCH = "# Canteen\n\nThe canteen serves lunch from 11:45 to 13:30.\n"
SECRET = "# Bonus\n\nThe yearly bonus is 4711 francs and is paid in March.\n"


@contextlib.asynccontextmanager
async def newsroom(folder) -> AsyncIterator[Office]:
    """The office with a page for everybody, one for the board, and a room #news where Alice and Bob are."""
    async with office(folder) as desk:
        desk.settings = PLUGIN
        desk.slack.add_channel(NEWS, "news", members=[ALICE, BOB, desk.slack.bot_user_id])
        yield desk


async def load(desk: Office, name: str, text: str, grant: str = "workspace") -> None:
    assert desk.app
    (desk.folder / f"{name}.md").write_text(text)
    given = {"workspace": "T0TEAM", "folder": desk.folder, "actor": "test", "grant": grant}
    async for _ in desk.app.knowledge.add([f"{name}.md"], **given):
        pass


async def draft(desk: Office, words: str, user: str = ALICE) -> tuple[str, Json]:
    """Somebody has the desk draft something, in a direct message: the thread, and the draft."""
    thread = await desk.send(f"draft: {words}", user=user)
    return thread, await desk.told(thread, words[:20], user)


async def changed(desk: Office, thread: str, words: str) -> Json:
    """Alice says what is to be different: the newest draft."""
    before = len(desk.said(thread, ALICE))
    await desk.slack.user_message(desk.direct(ALICE), ALICE, words, thread_ts=thread)
    await desk.until(lambda: len(desk.said(thread, ALICE)) > before and "News" in shown(desk.said(thread, ALICE)[-1]))
    await ended(desk)
    return desk.said(thread, ALICE)[-1]


async def told(desk: Office, words: str, user: str = ALICE) -> Json:
    """The last thing that somebody was told directly with these words."""

    def found() -> list[Json]:
        return [m for m in desk.slack.messages(desk.direct(user), from_bot=True) if words in shown(m)]

    await desk.until(found)
    return found()[-1]


async def room_chosen(desk: Office, message: Json, room: str, user: str = ALICE) -> None:
    await desk.press(message, "Post…", user=user)
    await desk.until(lambda: desk.slack.open_view(user))
    assert (await desk.slack.submit_view(user, {"room": room}))["ok"]


async def ended(desk: Office) -> None:
    assert desk.app
    async with asyncio.timeout(90):
        while (await desk.app.inbox.open_events()).total:
            await asyncio.sleep(0.05)


def posted(desk: Office) -> list[Json]:
    return list(desk.slack.messages(NEWS, from_bot=True))


async def rows(app: App) -> list[tuple[str, str, str]]:
    found = await Audit(app.database).rows()
    return [(r.actor, r.action, r.subject) for r in found if r.action.startswith("draft")]


async def test_a_draft_is_posted_once_after_a_second_question_and_taken_back(tmp_path):
    async with newsroom(tmp_path) as desk, desk.desk() as app:
        await load(desk, "canteen", LUNCH)
        _, message = await draft(desk, "When does the canteen serve lunch?")
        assert {"Export", "Post…"} <= set(buttons(message).values())
        assert "Versions" not in buttons(message).values()
        await room_chosen(desk, message, "#News")
        asked = await told(desk, "Post version 1 to #news?")
        assert "posted by you" in shown(asked)
        assert posted(desk) == []

        await asyncio.gather(*(desk.press(asked, "Yes, post it", user=ALICE) for _ in range(2)))
        there = (await desk.until(lambda: posted(desk)))[0]
        assert "Posted by @alice" in shown(there)
        assert "11:45" in shown(there)
        assert "Draft by the bot" not in shown(there)
        assert (there.get("thread_ts"), buttons(there)) == (None, {})
        await desk.press(asked, "Yes, post it", user=ALICE)
        again = await told(desk, "was posted to #news already")
        await ended(desk)
        assert len(posted(desk)) == 1
        assert await rows(app) == [(f"slack:{ALICE}", "draft posted", NEWS)]
        for row in await Audit(app.database).rows():
            assert "11:45" not in row.details

        await desk.press(again, "Take it back", user=ALICE)
        await desk.until(lambda: not posted(desk))
        await ended(desk)
        await desk.press(again, "Take it back", user=ALICE)
        await told(desk, "nothing to take back any more")
        await ended(desk)
        assert [action for _, action, _ in await rows(app)] == ["draft posted", "draft taken back"]

        # What was taken back can be posted again, once.
        await desk.press(asked, "Yes, post it", user=ALICE)
        await desk.until(lambda: posted(desk))
        await ended(desk)
        assert len(posted(desk)) == 1


async def test_what_was_posted_when_the_desk_fell_over_is_found_and_not_posted_again(tmp_path, monkeypatch):
    async with newsroom(tmp_path) as desk:
        async with desk.desk():
            await load(desk, "canteen", LUNCH)
            _, message = await draft(desk, "When does the canteen serve lunch?")
            await ended(desk)
            await room_chosen(desk, message, "news")
            asked = await told(desk, "Post version 1 to #news?")

            async def never(*_: object) -> None:
                await asyncio.Event().wait()

            with monkeypatch.context() as falling:
                falling.setattr(Claim, "placed_at", never)  # it is visible, and that is not written down
                await desk.press(asked, "Yes, post it", user=ALICE)
                await desk.until(lambda: posted(desk))
        async with desk.desk() as app:
            await ended(desk)
            assert len(posted(desk)) == 1
            await desk.press(asked, "Yes, post it", user=ALICE)  # the buttons work after the start
            again = await told(desk, "was posted to #news already")
            assert len(posted(desk)) == 1
            assert len(await rows(app)) == 1
            await desk.press(again, "Take it back", user=ALICE)
            await desk.until(lambda: not posted(desk))


async def test_it_is_posted_only_where_its_poster_may_write_and_everybody_may_read_what_it_is_made_from(tmp_path):
    async with newsroom(tmp_path) as desk, desk.desk() as app:
        await load(desk, "bonus", SECRET, f"room:{PRIVATE}")
        _, message = await draft(desk, "When is the yearly bonus paid?")
        assert "4711" in shown(message)

        await room_chosen(desk, message, "elsewhere")
        assert "#news" in shown(await told(desk, "“elsewhere” is no such room"))
        desk.slack.add_channel("C0OTHER", "other", members=[BOB, desk.slack.bot_user_id])
        await room_chosen(desk, message, "other")
        await told(desk, "“other” is no such room")
        desk.slack.add_channel("C0ALONE", "alone", members=[ALICE])
        await room_chosen(desk, message, "alone")  # the bot is not there
        await told(desk, "“alone” is no such room")

        await room_chosen(desk, message, "news")
        assert "“Bonus”" in shown(await told(desk, "Not everybody in #news may read"))
        await room_chosen(desk, message, "board")
        asked = await told(desk, "Post version 1 to #board?")

        # Everything is looked up again at the click.
        desk.slack.channels[PRIVATE]["members"].remove(ALICE)
        await desk.press(asked, "Yes, post it", user=ALICE)
        await told(desk, "“C0BOARD” is no such room")
        desk.slack.channels[PRIVATE]["members"].append(ALICE)
        more = sa.func.replace(turns.c.passages, "]", ',"gone.1.0"]')
        await app.database.write(lambda c: c.execute(sa.update(turns).values(passages=more)))
        await desk.press(asked, "Yes, post it", user=ALICE)
        await told(desk, "have changed")
        await ended(desk)
        assert posted(desk) == []
        assert await rows(app) == []
        assert "4711" not in str([shown(m) for m in desk.slack.messages(PRIVATE, from_bot=True)])


async def test_what_a_tool_found_for_some_is_posted_only_to_them(tmp_path):
    """Of its result nothing is kept but who may be told it."""
    async with newsroom(tmp_path) as desk, desk.desk() as app:
        await load(desk, "canteen", LUNCH)
        _, message = await draft(desk, "When does the canteen serve lunch?")
        await ended(desk)
        more = sa.func.replace(turns.c.passages, "]", f',"tool:1:room:{PRIVATE}"]')
        await app.database.write(lambda c: c.execute(sa.update(turns).values(passages=more)))
        await room_chosen(desk, message, "news")
        assert "what a tool found" in shown(await told(desk, "Not everybody in #news may read"))
        await room_chosen(desk, message, "board")
        await desk.press(await told(desk, "Post version 1 to #board?"), "Yes, post it", user=ALICE)
        there = await desk.until(lambda: [m for m in desk.slack.messages(PRIVATE, from_bot=True) if m["ts"]])
        assert "11:45" in shown(there[-1])
        await ended(desk)
        assert posted(desk) == []


async def test_with_a_guest_in_the_room_only_what_anybody_may_read_is_posted_also_when_they_come_last(
    tmp_path, monkeypatch
):
    async with newsroom(tmp_path) as desk, desk.desk():
        await load(desk, "canteen", LUNCH)
        desk.slack.add_user("U0GUEST", "guest", guest="multi")
        _, message = await draft(desk, "When does the canteen serve lunch?")
        desk.slack.channels[NEWS]["members"].append("U0GUEST")
        await room_chosen(desk, message, "news")
        await told(desk, "Not everybody in #news may read")
        desk.slack.channels[NEWS]["members"].remove("U0GUEST")
        await room_chosen(desk, message, "news")
        asked = await told(desk, "Post version 1 to #news?")

        real = DraftPosts.reply

        async def then_they_come(self: DraftPosts, claim: Claim) -> Reply:
            reply = await real(self, claim)
            desk.slack.channels[NEWS]["members"].append("U0GUEST")
            return reply

        # They come after the click, right before it becomes visible: the poster is told.
        monkeypatch.setattr(DraftPosts, "reply", then_they_come)
        await desk.press(asked, "Yes, post it", user=ALICE)
        assert "Not everybody in #news" in shown(await told(desk, "I have not posted that draft"))
        await ended(desk)
        assert posted(desk) == []


async def test_versions_are_shown_with_what_changed_and_one_goes_back_to_an_earlier_one(tmp_path):
    async with newsroom(tmp_path) as desk, desk.desk():
        await load(desk, "canteen", LUNCH)
        thread, _ = await draft(desk, "When does the canteen serve lunch?")
        await ended(desk)
        second = await changed(desk, thread, "Say that lunch is good")
        assert "Versions" in buttons(second).values()
        await desk.press(second, "Versions", user=ALICE)
        listed = await told(desk, "Version 2")
        assert "+Say that lunch is good" in shown(listed)
        assert "-When does the canteen serve lunch?" in shown(listed)
        [label] = choices(listed)
        assert label.startswith("1: ")
        before = len(desk.said(thread, ALICE))
        for _ in range(2):
            await desk.choose(listed, label, user=ALICE)
        await told(desk, "I go back to version 1")
        await desk.until(lambda: any("Draft" in shown(m) for m in desk.said(thread, ALICE)[before:]))
        await ended(desk)
        drafts = [m for m in desk.said(thread, ALICE) if "Export" in buttons(m).values()]
        assert len(drafts) == 3
        assert "When does the canteen serve lunch?" in shown(drafts[-1])
        assert "Say that lunch is good" not in shown(drafts[-1])
        await room_chosen(desk, drafts[-1], "news")
        await told(desk, "Post version 3 to #news?")


async def test_a_draft_is_exported_with_the_links_of_its_sources_and_its_asker_alone(tmp_path):
    async with newsroom(tmp_path) as desk, desk.desk():
        await load(
            desk, "canteen", LUNCH + "\nMore at https://evil.example/steal?d=1 and [here](https://evil.example).\n"
        )
        words = "Lunch in the canteen, see https://acme.example/menu and &lt;script&gt;alert(1)&lt;/script&gt;"
        _, message = await draft(desk, words)
        for label, wanted in (
            ("Markdown", "# News"),
            ("Plain text", "acme.example/menu"),
            ("HTML", "&lt;script&gt;alert(1)"),
        ):
            await desk.press(message, "Export", user=ALICE)
            asked = await told(desk, "As what?")
            await desk.press(asked, label, user=ALICE)
            given = shown(await told(desk, wanted))
            assert "https://acme.example/menu" in given
            assert "https://evil.example" not in given
            assert "<script>" not in given or label != "HTML"


async def test_in_a_room_only_its_asker_and_admins_use_a_drafts_buttons_and_nobody_after_it_is_forgotten(tmp_path):
    async with newsroom(tmp_path) as desk, desk.desk():
        await load(desk, "canteen", LUNCH)
        words = f"<@{desk.slack.bot_user_id}> draft: When does the canteen serve lunch?"
        ts = (await desk.slack.user_message(ROOM, ALICE, words))["ts"]
        message = (await desk.until(lambda: desk.slack.messages(ROOM, thread_ts=ts, from_bot=True)))[0]
        await ended(desk)
        for person, words in ((BOB, "Only whoever asked"), (ADMIN, "As what?"), (ALICE, "As what?")):
            before = len(desk.slack.ephemerals)
            message = desk.slack.messages(ROOM, thread_ts=ts, from_bot=True)[0]
            await desk.press(message, "Export", user=person)
            assert words in shown(await desk.whispered(before))
        before = len(desk.slack.ephemerals)
        await desk.press(message, "Post…", user=BOB)
        assert "Only whoever asked" in shown(await desk.whispered(before))
        await desk.command("forget-me", user=ALICE)
        before = len(desk.slack.ephemerals)
        await desk.press(message, "Export", user=ALICE)
        assert "no longer have" in shown(await desk.whispered(before))
