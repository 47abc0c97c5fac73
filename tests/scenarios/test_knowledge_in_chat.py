"""Looking, writing in, taking out and the offer that only the asker sees, in Slack."""

from __future__ import annotations

import asyncio

import sqlalchemy as sa

from engine.store.tables import documents, turns
from tests.scenarios.office import ADMIN, ALICE, BOB, PRIVATE, ROOM, Office, buttons, office, shown

ENTRY = (
    "kb entry\nQ: Where may I park my bicycle?\nAlso: bike rack\nA: In the yard, behind gate 7.\nExpires: 2099-12-31"
)


async def load(desk: Office, folder: str, files: dict[str, str], **where: str) -> None:
    """Load a folder as the command line does."""
    place = desk.folder / folder
    place.mkdir()
    for name, text in files.items():
        (place / name).write_text(text, encoding="utf-8")
    sources = desk.app.knowledge.add(
        [folder], workspace=desk.workspace or "T0TEAM", folder=desk.folder, actor="test", **where
    )
    async for _ in sources:
        pass


async def test_an_entry_is_typed_found_by_its_variants_and_taken_out(tmp_path):
    async with office(tmp_path) as desk, desk.desk():
        kept = shown(await desk.told(await desk.send(ENTRY), "Kept"))
        assert "Where may I park my bicycle?" in kept
        assert "Everybody in the workspace" in kept
        assert "until 2099-12-31" in kept
        assert "gate 7" in await desk.answer("Is there a bike rack?", user=BOB)

        missing = shown(await desk.told(await desk.send("kb entry\nQ: Where?"), "missing"))
        assert "A: Ask at the gate" in missing
        desk.slack.users[ADMIN]["locale"] = "zh-CN"
        chinese = await desk.told(await desk.send("kb entry\n问：食堂几点开门？\n答：十一点半。"), "已保存")
        assert "工作区的所有人" in shown(chinese)
        assert "管理员命令" in shown(await desk.told(await desk.send("kb"), "管理员命令"))


async def test_documents_are_listed_page_by_page_shown_searched_and_taken_out(tmp_path):
    async with office(tmp_path) as desk, desk.desk():
        await load(
            desk, "rooms", {f"room{n:02}.md": f"# Room {n}\n\nRoom {n} has {n + 40} chairs.\n" for n in range(12)}
        )
        first = await desk.command("kb list")
        assert "Documents 1 to 10 of 12" in shown(first)
        await desk.press(first, "Next", room=ROOM)

        def replaced() -> list[str]:
            calls = [e["args"] for e in desk.slack.transcript if e.get("method") == "response_url"]
            return [shown(c) for c in calls if c.get("replace_original")]

        await desk.until(replaced)
        assert "Documents 11 to 12 of 12" in replaced()[0]
        assert "rooms/room11.md" in replaced()[0]
        assert "Documents 1 to 1 of 1" in shown(await desk.command("kb list ROOM07"))
        one = await desk.command("kb show rooms/room07.md")
        assert "Status: searchable" in shown(one)
        assert "47 chairs" in shown(await desk.command("kb search chairs in Room 7"))

        asked = await desk.command("kb remove rooms")
        assert "12 documents" in shown(asked)
        before = len(desk.slack.ephemerals)
        await desk.press(asked, "Take out 12", room=ROOM)
        assert "Taken out: 12 documents" in shown(await desk.whispered(before))
        assert "Nothing is loaded" in shown(await desk.command("kb list"))
        assert "There is no document" in shown(await desk.command("kb remove rooms"))


async def test_what_was_asked_to_be_taken_out_is_confirmed_as_it_was_shown(tmp_path):
    async with office(tmp_path) as desk, desk.desk():
        await load(desk, "rooms", {"a.md": "# A\n\nA has 1 chair.\n", "b.md": "# B\n\nB has 2 chairs.\n"})
        asked = await desk.command("kb remove rooms")
        (tmp_path / "rooms" / "c.md").write_text("# C\n\nC has 3 chairs.\n")
        sent = desk.app.knowledge.add(["rooms"], workspace="T0TEAM", folder=tmp_path)
        async for _ in sent:
            pass
        before = len(desk.slack.ephemerals)
        await desk.press(asked, "Take out 2", room=ROOM)
        assert "has changed meanwhile" in shown(await desk.whispered(before))
        count = await desk.app.database.read(lambda c: c.scalar(sa.select(sa.func.count()).select_from(documents)))
        assert count == 3


SECRET = {"bonus.md": "# Bonus\n\nThe yearly bonus is 4711 francs and is paid in March.\n"}
BONUS = "When is the yearly bonus paid?"


async def test_more_that_only_the_asker_may_see_is_offered_to_them_alone_and_answered_aside(tmp_path):
    async with office(tmp_path) as desk, desk.desk() as app:
        await load(desk, "board", SECRET, grant=f"room:{PRIVATE}")
        for user in (BOB, ALICE):  # Bob is not in the private room
            sent = await desk.slack.user_message(ROOM, user, f"<@{desk.slack.bot_user_id}> {BONUS}")
            [public] = await desk.until(
                lambda sent=sent: desk.slack.messages(ROOM, thread_ts=sent["ts"], from_bot=True)
            )
            assert "4711" not in shown(public)
        offer = await desk.whispered(0)

        assert (offer["user"], offer["thread_ts"]) == (ALICE, sent["ts"])
        assert "only you may see" in shown(offer)
        assert "4711" not in shown(offer)
        assert "onus" not in shown(offer)
        await desk.press(offer, "Show me", user=ALICE, room=ROOM)
        private = desk.direct(ALICE)
        answer = await desk.until(
            lambda: next((m for m in desk.slack.messages(private, from_bot=True) if "4711" in shown(m)), None)
        )

        assert "March" in shown(answer)
        assert "bonus.md" in str(answer["blocks"]) or "Bonus" in str(answer["blocks"])
        assert [e["user"] for e in desk.slack.ephemerals] == [ALICE] * len(desk.slack.ephemerals)
        everything = str(
            [m for c in desk.slack.channels if c != private for m in desk.slack.messages(c, from_bot=True)]
        )
        assert "4711" not in everything
        while (await app.inbox.open_events()).total:
            await asyncio.sleep(0.05)
        kept = await app.database.read(lambda c: c.execute(sa.select(turns.c.conversation, turns.c.text)).all())
        assert [c for c, text in kept if "4711" in text] == [
            f'["slack","T0TEAM","{private}","{answer["thread_ts"]}"]'
        ]  # fmt: skip
        # Pressed again, it is not asked a second time; and it is nobody else's to press.
        posts = len(desk.slack.messages(private, from_bot=True))
        await desk.press(offer, "Show me", user=ALICE, room=ROOM)
        await desk.press(offer, "Show me", user=BOB, room=ROOM)
        refused = await desk.until(lambda: next((e for e in desk.slack.ephemerals if e["user"] == BOB), None))
        assert "person who asked" in shown(refused)
        assert len(desk.slack.messages(private, from_bot=True)) == posts
        assert desk.slack.messages(desk.direct(BOB), from_bot=True) == []


async def test_nothing_is_offered_where_everybody_may_be_told_or_the_asker_is_a_guest_or_may_no_longer(tmp_path):
    async with office(tmp_path) as desk, desk.desk():
        desk.slack.add_user("U0GUEST", "guest", guest="multi")
        desk.slack.channels[ROOM]["members"].append("U0GUEST")
        await load(desk, "all", {"vpn.md": "# VPN\n\nThe VPN certificate is valid for 90 days.\n"})
        await load(desk, "board", SECRET, grant=f"room:{PRIVATE}")
        # With a guest in the room nothing of the workspace is told there: a colleague may be told it alone.
        for user, question in (("U0GUEST", "How long is the VPN certificate valid?"), ("U0GUEST", BONUS), (BOB, BONUS)):
            sent = await desk.slack.user_message(ROOM, user, f"<@{desk.slack.bot_user_id}> {question}")
            await desk.until(lambda sent=sent: desk.slack.messages(ROOM, thread_ts=sent["ts"], from_bot=True))
        vpn = await desk.slack.user_message(
            ROOM, BOB, f"<@{desk.slack.bot_user_id}> How long is the VPN certificate valid?"
        )
        offer = await desk.whispered(0)
        assert (offer["user"], offer["thread_ts"]) == (BOB, vpn["ts"])

        # Who has left the room in the meantime is not told what was offered.
        sent = await desk.slack.user_message(ROOM, ALICE, f"<@{desk.slack.bot_user_id}> {BONUS}")
        offer = await desk.whispered(1)
        assert (offer["user"], offer["thread_ts"]) == (ALICE, sent["ts"])
        desk.slack.channels[PRIVATE]["members"].remove(ALICE)
        await desk.press(offer, "Show me", user=ALICE, room=ROOM)
        asked = await desk.until(lambda: desk.slack.messages(desk.direct(ALICE), from_bot=True))
        await desk.until(lambda: desk.said(asked[0]["ts"], ALICE))
        told = desk.slack.messages(desk.direct(ALICE), from_bot=True)
        assert "4711" not in "".join(message["text"] + shown(message) for message in told)


async def test_what_no_button_can_name_is_taken_out_singly(tmp_path):
    async with office(tmp_path) as desk:
        desk.workspace = "a workspace with a name that takes more room than a button has, " * 2
        async with desk.desk():
            await load(desk, "rooms", {"a.md": "# A\n\nA has 1 chair.\n", "b.md": "# B\n\nB has 2 chairs.\n"})
            asked = await desk.command("kb remove rooms")
            assert "2 documents" in shown(asked)
            assert "name one of them at a time" in shown(asked)
            assert not buttons(asked)
            assert "Taken out" in shown(await desk.command("kb remove rooms/a.md"))


async def test_a_confirmation_that_was_asked_for_before_a_restart_is_still_one(tmp_path):
    async with office(tmp_path) as desk:
        async with desk.desk():
            await load(desk, "rooms", {"a.md": "# A\n\nA has 1 chair.\n", "b.md": "# B\n\nB has 2 chairs.\n"})
            asked = await desk.command("kb remove rooms")
            one = await desk.command("kb show rooms/a.md")
        async with desk.desk():
            before = len(desk.slack.ephemerals)
            await desk.press(one, "Take it out", room=ROOM)
            assert "Taken out: rooms/a.md" in shown(await desk.whispered(before))
            await desk.press(asked, "Take out 2", room=ROOM)  # but by now it would take out something else
            assert "has changed meanwhile" in shown(await desk.whispered(before + 1))
            asked = await desk.command("kb remove rooms")
            assert "Taken out: rooms/b.md" in shown(asked)


async def test_why_and_forget_me_are_answered_in_chinese_too(tmp_path):
    async with office(tmp_path) as desk, desk.desk():
        await load(desk, "rooms", {"a.md": "# 食堂\n\n食堂十一点半开门。\n"})
        desk.slack.users[ALICE]["locale"] = "zh-CN"
        assert "还没有回答过" in shown(await desk.command("why", user=ALICE))
        sent = await desk.slack.user_message(ROOM, ALICE, f"<@{desk.slack.bot_user_id}> 食堂几点开门？")
        await desk.until(lambda: desk.slack.messages(ROOM, thread_ts=sent["ts"], from_bot=True))
        async with asyncio.timeout(30):
            while (await desk.app.inbox.open_events()).total:
                await asyncio.sleep(0.02)
        told = shown(await desk.command("why", user=ALICE))
        assert "这里的上一条回答是怎么得出的" in told and "检索的内容：食堂几点开门？" in told and "食堂: " in told
        assert "已在这里删除您的 1 个问题" in shown(await desk.command("forget-me", user=ALICE))
