"""Admins load documents in chat: what they see, who else may, and what becomes of it."""

from __future__ import annotations

from itertools import pairwise

import sqlalchemy as sa

from engine.store.tables import audit, documents
from tests.scenarios.office import ADMIN, ALICE, BOB, PRIVATE, ROOM, Office, Website, buttons, choices, office, shown

CANTEEN = {"canteen.md": "# Canteen\n\nThe canteen serves lunch from 11:45 to 13:30.\n"}
LUNCH = "When does the canteen serve lunch?"


async def rows(desk: Office, query: sa.Select) -> list:
    return await desk.app.database.read(lambda c: c.execute(query).all())


async def test_a_file_sent_with_kb_add_is_answered_from(tmp_path):
    async with office(tmp_path) as desk, desk.desk():
        thread = await desk.send("kb add", files=CANTEEN)
        told = await desk.told(thread, "Loaded")

        assert "slack/canteen.md" in shown(told)
        assert "1 searchable" in shown(told)
        assert "Everybody in the workspace may be told this." in shown(told)
        assert list(choices(told)) == ["Whole workspace", "Only me"]
        assert buttons(told) == {}
        assert len(desk.said(thread)) == 1
        assert "11:45" in await desk.answer(LUNCH, user=BOB)


async def test_somebody_who_is_no_admin_is_told_who_is_and_nothing_is_loaded(tmp_path):
    async with office(tmp_path) as desk, desk.desk():
        thread = await desk.send("kb add", user=BOB, files=CANTEEN)
        refused = await desk.told(thread, "Only an admin", BOB)
        assert "the admins of this Slack workspace" in shown(refused)
        before = len(desk.slack.ephemerals)
        sent = await desk.slack.user_message(ROOM, BOB, f"<@{desk.slack.bot_user_id}> kb list")
        whispered = await desk.whispered(before)
        assert (whispered["user"], whispered["thread_ts"]) == (BOB, sent["ts"])
        assert "Only an admin" in shown(whispered)
        for verb in ("add", "list", "show x", "remove x", "sync", "search x", "entry Q: a A: b", "cancel"):
            assert "Only an admin" in shown(await desk.command(f"kb {verb}", user=BOB))

        assert desk.slack.messages(ROOM, from_bot=True) == []
        assert await rows(desk, sa.select(documents.c.source)) == []
        assert not [e for e in desk.slack.transcript if e.get("method") == "GET file"]


async def test_the_right_of_an_admin_ends_at_once_for_commands_and_buttons(tmp_path):
    async with office(tmp_path) as desk, desk.desk():
        thread = await desk.send("kb add", files=CANTEEN)
        told = await desk.told(thread, "Loaded")
        asked = await desk.command("kb show slack/canteen.md")
        desk.slack.users[ADMIN]["is_admin"] = False

        assert "Only an admin" in shown(await desk.command("kb list"))
        for use, message, label, room in (
            (desk.choose, told, "Only me", desk.direct()),
            (desk.press, asked, "Take it out", ROOM),
        ):
            before = len(desk.slack.ephemerals) + len(desk.slack.messages(desk.direct(), from_bot=True))
            await use(message, label, room=room)
            await desk.until(
                lambda before=before: (
                    len(desk.slack.ephemerals) + len(desk.slack.messages(desk.direct(), from_bot=True)) > before
                )
            )
        assert await rows(desk, sa.select(documents.c.source, documents.c.grant)) == [("slack/canteen.md", "workspace")]


async def test_what_comes_from_a_private_room_stays_there_until_it_is_widened(tmp_path):
    async with office(tmp_path) as desk, desk.desk():
        file = desk.slack._file("budget.md", b"# Budget\n\nThe party costs 4711 francs.\n", ADMIN)
        sent = await desk.slack.user_message(PRIVATE, ADMIN, f"<@{desk.slack.bot_user_id}> kb add", files=[file])
        told = await desk.until(
            lambda: next((m for m in desk.slack.messages(desk.direct(), from_bot=True) if "Loaded" in shown(m)), None)
        )
        note = await desk.whispered(0)

        assert note["thread_ts"] == sent["ts"]
        assert "budget.md" in shown(note)
        assert "Only those who are in the room" in shown(told)
        assert list(choices(told)) == ["Whole workspace", "Only that room", "Only me"]
        assert desk.slack.messages(PRIVATE, from_bot=True) == []
        assert "4711" in await desk.answer("What does the party cost?", user=ALICE)
        assert "4711" not in await desk.answer("What does the party cost?", user=BOB)

        await desk.choose(told, "Whole workspace", room=desk.direct())
        await desk.until(lambda: "Everybody in the workspace" in shown(desk.slack.message(desk.direct(), told["ts"])))
        assert "4711" in await desk.answer("What does the party cost?", user=BOB)


async def test_an_audience_is_narrowed_with_a_menu_and_that_is_kept_in_the_audit(tmp_path):
    async with office(tmp_path) as desk, desk.desk():
        told = await desk.told(await desk.send("kb add", files=CANTEEN), "Loaded")
        await desk.choose(told, "Only me", room=desk.direct())
        await desk.until(lambda: "Only you may be told" in shown(desk.slack.message(desk.direct(), told["ts"])))

        assert await rows(desk, sa.select(documents.c.grant)) == [(f"user:{ADMIN}",)]
        assert "11:45" not in await desk.answer(LUNCH, user=BOB)
        assert "11:45" in await desk.answer(LUNCH, user=ADMIN)
        actors = await rows(desk, sa.select(audit.c.actor).where(audit.c.workspace != "").distinct())
        assert actors == [(f"slack:{ADMIN}",)]
        # The same file, sent again, is not told to more people than it was.
        again = await desk.told(await desk.send("kb add", files=CANTEEN), "Loaded")
        assert "Only you may be told" in shown(again)


async def test_a_long_load_shows_how_it_goes_in_one_message_and_can_be_cancelled(tmp_path):
    async with Website(pages=6, slow=3).open() as site, office(tmp_path) as desk:
        desk.hosts = [site.host]
        async with desk.desk():
            thread = await desk.send(f"kb add sitemap {site.url}/sitemap.xml")
            told = await desk.told(thread, "6 found")
            assert "Cancel" in buttons(told).values()
            await desk.press(told, "Cancel", room=desk.direct())
            ended = await desk.told(thread, "Cancelled")

            assert ended["ts"] == told["ts"]
            assert "What was loaded by then stays" in shown(ended)
            assert "Cancel" not in buttons(ended).values()
            times = [e["t"] for e in desk.slack.transcript if e["kind"] == "api" and e["method"] == "chat.update"]
            assert all(after - before > 2.5 for before, after in pairwise(times))
            assert "nothing" in shown(await desk.command("kb cancel"))


async def test_a_load_goes_on_after_a_restart_in_the_same_message(tmp_path):
    async with Website(pages=6, slow=3).open() as site, office(tmp_path) as desk:
        desk.hosts = [site.host]
        async with desk.desk():
            thread = await desk.send(f"kb add sitemap {site.url}/sitemap.xml")
            before = await desk.told(thread, "6 found")
        site.gate.set()
        async with desk.desk():
            await desk.until(lambda: "6 searchable" in shown(desk.slack.message(desk.direct(), before["ts"])))
            after = await desk.told(thread, "Loaded")

        assert after["ts"] == before["ts"]
        assert len(desk.said(thread)) == 1
        edits = len(desk.slack.revisions(desk.direct(), before["ts"]))
        async with desk.desk() as app:  # what has ended is not told again
            assert await app.knowledge.loads.open() == []
        assert len(desk.slack.revisions(desk.direct(), before["ts"])) == edits


async def test_what_fails_is_told_with_its_reason_and_what_to_do(tmp_path):
    async with office(tmp_path) as desk, desk.desk():
        hostile = "<!channel> @everyone `x` [free](https://evil.example) <@U0BOB>.md"
        files = {**CANTEEN, "empty.md": "", "photo.jpg": "\x00\x01\x02 no picture", hostile: ""}
        told = shown(await desk.told(await desk.send("kb add", files=files), "Loaded"))

        assert "1 searchable" in told
        assert "3 failed" in told
        assert "slack/empty.md:" in told
        assert "slack/photo.jpg:" in told
        assert "send them again" in told
        listed = shown(await desk.command("kb list failed"))
        assert "photo.jpg" in listed
        assert "canteen" not in listed

        desk.slack.users[BOB] |= {"is_admin": True, "locale": "zh-CN"}
        told = shown(await desk.told(await desk.send("kb add", user=BOB, files={"空.md": ""}), "失败 1", user=BOB))
        assert "空.md: 文件是空的" in told
        assert "失败：文件是空的" in shown(await desk.command("kb list failed", user=BOB))


async def test_from_chat_no_path_of_the_server_is_loaded(tmp_path):
    (tmp_path / "secret.md").write_text("# Secret\n\nThe word is Amaryllis.\n")
    async with office(tmp_path) as desk, desk.desk():
        for path in (str(tmp_path / "secret.md"), f"file://{tmp_path}/secret.md", "secret.md"):
            assert "web addresses only" in shown(await desk.command(f"kb add {path}"))
        assert await rows(desk, sa.select(documents.c.source)) == []


async def test_the_same_message_delivered_again_loads_once(tmp_path):
    async with office(tmp_path) as desk, desk.desk():
        thread = await desk.send("kb add", files=CANTEEN)
        await desk.told(thread, "Loaded")
        payload = next(
            e["payload"] for e in desk.slack.transcript
            if e.get("delivery") == "events_api" and e["payload"]["event"].get("ts") == thread
        )  # fmt: skip
        await desk.slack._deliver("events_api", payload, 1, "timeout")
        assert "Documents 1 to 1 of 1" in shown(await desk.command("kb list"))
        assert len(desk.said(thread)) == 1
