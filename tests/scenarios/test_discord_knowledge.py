"""The knowledge commands and the private offer on Discord."""

from __future__ import annotations

import asyncio
from typing import Any

from engine.store.turns import message_of, was_ignored
from tests.scenarios.guild import desk, direct, ended, until
from tests.stand_ins.fake_discord import PERM, FakeDiscord

Json = dict[str, Any]
CANTEEN = {"filename": "canteen.md", "content": "# Canteen\n\nThe canteen serves lunch from 11:45 to 13:30.\n"}
BUTTON, MENU = 2, 3  # types of components
BONUS = "# Bonus\n\nThe yearly bonus is 4711 francs and is paid in March.\n"


async def privately(fake: FakeDiscord, used: Json, person: str) -> Json:
    """The last thing that this person alone was shown for what they did."""

    def done() -> list[Json]:
        now = fake.outcome(used["token"])
        return [m for m in [now["original"], *now["followups"]] if m and not m.get("_loading")]

    shown = await until(done)
    assert all(m["_for"] == person for m in shown)
    return shown[-1]


def labels(message: Json) -> dict[str, str]:
    rows = [row["components"] for row in message["components"]]
    return {b["label"]: b["custom_id"] for row in rows for b in row if b["type"] == BUTTON}


def choices(message: Json) -> dict[str, tuple[str, list[str]]]:
    """What can be chosen in a menu, by its label: what a click on it needs."""
    menus = [m for row in message["components"] for m in row["components"] if m["type"] == MENU]
    return {o["label"]: (menu["custom_id"], [o["value"]]) for menu in menus for o in menu["options"]}


async def test_a_file_is_loaded_from_a_direct_message_and_by_the_command_and_narrowed(fake, tmp_path):
    board, view = fake.add_channel("board")["id"], str(PERM["view_channel"])
    fake.channels[board]["permission_overwrites"] = [
        {"id": fake.guild_id, "type": 0, "allow": "0", "deny": view},
        {"id": fake.bot, "type": 1, "allow": view, "deny": "0"},
    ]
    async with desk(fake, tmp_path) as app:
        await fake.user_dm(fake.alice, "kb add", files=[CANTEEN])
        [told] = await until(lambda: direct(fake, fake.alice, "Loaded"))
        assert "discord/canteen.md" in told["content"]
        assert "Everybody in the workspace" in told["content"]

        await fake.user_dm(fake.bob, "When does the canteen serve lunch?")
        await until(lambda: direct(fake, fake.bob, "11:45"))
        used = await fake.click(fake._dm(fake.alice)["id"], told["id"], fake.alice, *choices(told)["Only me"])
        assert "Only you may be told" in (await privately(fake, used, fake.alice))["content"]
        assert [d.grant for d in await app.knowledge.documents(fake.guild_id)] == [f"user:{fake.alice}"]
        [again] = direct(fake, fake.alice, "Only you may be told")
        assert again["id"] == told["id"]

        # By the command, from a channel that not everybody sees; and somebody who may not.
        file = (await fake.user_message(fake.general, fake.alice, "here", files=[{**CANTEEN, "filename": "b.md"}]))[
            "attachments"
        ][0]
        options = [{"type": 11, "name": "file", "value": file["id"]}]
        data = {"id": "1", "name": "kb", "type": 1, "options": [{"type": 1, "name": "add", "options": options}],
                "resolved": {"attachments": {file["id"]: fake._public(file)}}}  # fmt: skip
        used = await fake._run(*fake._interaction(2, board, fake.alice, data))
        assert "b.md" in (await privately(fake, used, fake.alice))["content"]
        [private] = await until(lambda: direct(fake, fake.alice, f"room {board}/b.md"))
        await until(
            lambda: "Only those who are in the room" in fake.message(private["channel_id"], private["id"])["content"]
        )
        used = await fake._run(*fake._interaction(2, fake.general, fake.bob, data))
        assert "Only an admin" in (await privately(fake, used, fake.bob))["content"]
        assert len(await app.knowledge.documents(fake.guild_id)) == 2
        # Attachments need no token: none was sent along.
        assert not [e for e in fake.transcript if "attachments" in str(e.get("path")) and fake.token in str(e)]


async def test_lists_turn_their_pages_in_place_and_entries_are_written_by_command(fake, tmp_path):
    (tmp_path / "rooms").mkdir()
    for n in range(12):
        (tmp_path / "rooms" / f"room{n:02}.md").write_text(f"# Room {n}\n\nRoom {n} has {n + 40} chairs.\n")
    async with desk(fake, tmp_path) as app:
        async for _ in app.knowledge.add(["rooms"], workspace=fake.guild_id, folder=tmp_path):
            pass
        fake.users[fake.alice]["_locale"] = "zh-CN"
        used = await fake.slash_command(fake.general, fake.alice, "kb list")
        first = await privately(fake, used, fake.alice)
        assert "第 1 至 10 个文档，共 12 个" in first["content"]
        fake.users[fake.alice]["_locale"] = "en-US"
        await fake.click(fake.general, first["id"], fake.alice, labels(first)["下一页"])
        await until(lambda: "Documents 11 to 12 of 12" in fake.message(fake.general, first["id"])["content"])
        assert list(labels(fake.message(fake.general, first["id"]))) == ["Previous"]

        used = await fake.slash_command(fake.general, fake.alice, "kb list", {"search": "room03"})
        assert "Documents 1 to 1 of 1" in (await privately(fake, used, fake.alice))["content"]
        used = await fake.slash_command(fake.general, fake.alice, "kb remove", {"document": "rooms"})
        asked = await privately(fake, used, fake.alice)
        used = await fake.click(fake.general, asked["id"], fake.alice, labels(asked)["Take out 12"])
        assert "12 documents" in (await privately(fake, used, fake.alice))["content"]

        entry = {"question": "Where may I park?", "answer": "Behind gate 7.", "also": "bicycle rack | cars"}
        used = await fake.slash_command(fake.general, fake.alice, "kb entry", entry)
        kept = (await privately(fake, used, fake.alice))["content"]
        assert "Kept" in kept
        assert "2 other questions" in kept
        await fake.user_dm(fake.bob, "Where is a bicycle rack?")
        await until(lambda: direct(fake, fake.bob, "gate 7"))


async def test_what_only_the_asker_may_see_is_offered_in_a_direct_message_and_answered_there(fake, tmp_path):
    (tmp_path / "board").mkdir()
    (tmp_path / "board" / "bonus.md").write_text(BONUS)
    async with desk(fake, tmp_path) as app:
        grant = f"user:{fake.bob}"
        async for _ in app.knowledge.add(["board"], workspace=fake.guild_id, folder=tmp_path, grant=grant):
            pass
        asked = await fake.user_message(fake.general, fake.bob, f"<@{fake.bot}> When is the yearly bonus paid?")
        [offer] = await until(lambda: direct(fake, fake.bob, "only you may see"))
        assert "> When is the yearly bonus paid?" in offer["content"]
        assert "4711" not in offer["content"]
        assert labels(offer)
        used = await fake.click(fake._dm(fake.bob)["id"], offer["id"], fake.bob, labels(offer)["Show me"])
        assert "direct messages" in (await privately(fake, used, fake.bob))["content"]
        [answer] = await until(lambda: direct(fake, fake.bob, "4711"))
        assert "March" in answer["content"]
        public = [m for c in fake.channels if c != fake._dm(fake.bob)["id"] for m in fake.messages(c, from_bot=True)]
        assert public
        assert "4711" not in str([(m["content"], m.get("embeds")) for m in public])  # ids may hold any digits
        assert all(asked["id"] in m["content"] for m in direct(fake, fake.bob, "You asked"))

        # Somebody else gets no offer for the same question.
        await fake.user_message(fake.general, fake.alice, f"<@{fake.bot}> When is the yearly bonus paid?")
        while (await app.inbox.open_events()).total or app.only_you._tasks:
            await asyncio.sleep(0.05)
        assert direct(fake, fake.alice) == []


async def test_documents_are_suggested_to_admins_alone(fake, tmp_path):
    (tmp_path / "rooms").mkdir()
    for name in ("Travel costs", "Travel insurance", "Holidays and travel"):
        (tmp_path / "rooms" / f"{name.split()[-1].lower()}.md").write_text(f"# {name}\n\nAll about {name.lower()}.\n")
    async with desk(fake, tmp_path) as app:
        async for _ in app.knowledge.add(["rooms"], workspace=fake.guild_id, folder=tmp_path):
            pass

        async def offered(person: str, command: str, typed: str) -> list[str]:
            option = "source" if command == "kb sync" else "document"
            used = await fake.autocomplete(fake.general, person, command, option, {option: typed})
            return [choice["name"].partition(" · ")[0] for choice in used["choices"]]

        assert await offered(fake.alice, "kb show", "travel") == [
            "Travel costs", "Travel insurance", "Holidays and travel"]  # fmt: skip
        assert await offered(fake.alice, "kb remove", "TRAVEL insur") == ["Travel insurance"]
        assert await offered(fake.alice, "kb show", "nothing of the kind") == []
        assert await offered(fake.alice, "kb sync", "roo") == ["rooms"]
        assert await offered(fake.bob, "kb show", "") == []  # he is no admin
        assert await offered(fake.bob, "kb sync", "") == []

        used = await fake.autocomplete(fake.general, fake.alice, "kb show", "document", {"document": "insurance"})
        chosen = used["choices"][0]["value"]
        used = await fake.slash_command(fake.general, fake.alice, "kb show", {"document": chosen})
        assert "insurance.md" in (await privately(fake, used, fake.alice))["content"]


async def test_forms_write_entries_say_why_and_ask(fake, tmp_path):
    async with desk(fake, tmp_path) as app:
        # An admin makes an entry of what somebody said; others may not.
        said = await fake.user_message(fake.general, fake.bob, "You may park behind gate 7.")
        used = await fake.context_menu(fake.general, fake.bob, "Add to knowledge base", message=said["id"])
        assert "Only an admin" in (await privately(fake, used, fake.bob))["content"]
        used = await fake.context_menu(fake.general, fake.alice, "Add to knowledge base", message=said["id"])
        written = {"question": "Where may I park?", "expires": "some day"}
        used = await fake.submit_modal(used["token"], written)
        refused = (await privately(fake, used, fake.alice))["content"]
        assert "2027-12-31" in refused  # how a day is written
        assert "> Where may I park?" in refused
        used = await fake.context_menu(fake.general, fake.alice, "Add to knowledge base", message=said["id"])
        used = await fake.submit_modal(used["token"], written | {"expires": ""})
        assert "Kept" in (await privately(fake, used, fake.alice))["content"]

        # Somebody asks in a form, and reads the answer alone.
        used = await fake.slash_command(fake.general, fake.bob, "ask")
        used = await fake.submit_modal(used["token"], {"question": "Where may\nI park?"})
        assert "direct messages" in (await privately(fake, used, fake.bob))["content"]
        [answer] = await until(lambda: [m for m in direct(fake, fake.bob, "gate 7") if m["components"]])
        await ended(app)

        # They say why it did not help.
        room = fake._dm(fake.bob)["id"]
        used = await fake.click(room, answer["id"], fake.bob, labels(answer)["Not helpful"])
        thanks = await privately(fake, used, fake.bob)
        used = await fake.click(room, thanks["id"], fake.bob, labels(thanks)["Say why"])
        used = await fake.submit_modal(used["token"], {"why": "It is gate 8."})
        assert "admins" in (await privately(fake, used, fake.bob))["content"]


async def test_a_message_that_was_said_to_others_is_answered_when_somebody_wants_it(fake, tmp_path):
    (tmp_path / "canteen.md").write_text(CANTEEN["content"])
    async with desk(fake, tmp_path) as app:
        async for _ in app.knowledge.add(["canteen.md"], workspace=fake.guild_id, folder=tmp_path):
            pass
        said = await fake.user_message(fake.general, fake.alice, f"<@{fake.bob}> when does the canteen serve lunch?")
        used = await fake.context_menu(fake.general, fake.bob, "Answer this", message=said["id"])
        assert "below that message" in (await privately(fake, used, fake.bob))["content"]
        await until(lambda: any("11:45" in m["content"] for m in fake.messages(said["id"], from_bot=True)))
        used = await fake.context_menu(fake.general, fake.alice, "Answer this", message=said["id"])
        await privately(fake, used, fake.alice)
        await ended(app)
        assert len([m for m in fake.messages(said["id"], from_bot=True) if "11:45" in m["content"]]) == 1


async def test_what_was_nothing_for_the_bot_is_answered_when_somebody_wants_it(fake, tmp_path):
    (tmp_path / "canteen.md").write_text(CANTEEN["content"])
    async with desk(fake, tmp_path) as app:
        async for _ in app.knowledge.add(["canteen.md"], workspace=fake.guild_id, folder=tmp_path):
            pass
        asked = await fake.user_message(fake.general, fake.alice, f"<@{fake.bot}> When does the canteen serve lunch?")
        await until(lambda: any("11:45" in m["content"] for m in fake.messages(asked["id"], from_bot=True)))
        said = await fake.user_message(
            asked["id"], fake.alice, f"<@{fake.bob}> the canteen serves lunch, see you there"
        )
        async with asyncio.timeout(90):
            while not await app.database.read(lambda c: was_ignored(c, f"discord:{said['id']}")):
                await asyncio.sleep(0.02)
        used = await fake.context_menu(asked["id"], fake.alice, "Answer this", message=said["id"])
        assert "below that message" in (await privately(fake, used, fake.alice))["content"]

        def answers() -> list[Json]:
            own = fake.messages(asked["id"], from_bot=True)
            return [m for m in own if (m.get("message_reference") or {}).get("message_id") == said["id"]]

        await until(answers)
        await ended(app)

        # Deleted, nothing of it stays.
        await fake.user_delete(asked["id"], said["id"])
        async with asyncio.timeout(90):
            while (await app.database.read(lambda c: message_of(c, 3))).text:
                await asyncio.sleep(0.02)


async def test_a_private_answer_is_shared_below_the_public_one_in_the_thread_of_the_question(fake, tmp_path):
    (tmp_path / "board").mkdir()
    (tmp_path / "board" / "bonus.md").write_text(BONUS)
    mine = fake._dm(fake.bob)["id"]
    async with desk(fake, tmp_path) as app:
        async for _ in app.knowledge.add(["board"], workspace=fake.guild_id, folder=tmp_path, grant=f"user:{fake.bob}"):
            pass
        asked = await fake.user_message(fake.general, fake.bob, f"<@{fake.bot}> When is the yearly bonus paid?")
        [offer] = await until(lambda: direct(fake, fake.bob, "only you may see"))
        await fake.click(mine, offer["id"], fake.bob, labels(offer)["Show me"])
        [private] = await until(lambda: direct(fake, fake.bob, "4711"))
        used = await fake.click(mine, private["id"], fake.bob, labels(private)["Share where I asked"])
        again = await privately(fake, used, fake.bob)
        assert "#general" in again["content"]
        assert "not everybody there may be allowed to see: 1" in again["content"]
        public = fake.messages(asked["id"], from_bot=True)
        assert "4711" not in str([m["content"] for m in public])

    async with desk(fake, tmp_path):
        used = await fake.click(mine, again["id"], fake.bob, labels(again)["Yes, share it"])
        assert "in a moment" in (await privately(fake, used, fake.bob))["content"]
        there = await until(lambda: [m for m in fake.messages(asked["id"], from_bot=True) if "4711" in m["content"]])
        assert "Shared by @" in there[0]["content"]
        assert there[0]["message_reference"]["message_id"] == public[-1]["id"]
        used = await fake.click(mine, again["id"], fake.bob, labels(again)["Yes, share it"])
        assert "shared this answer already" in (await privately(fake, used, fake.bob))["content"]
        assert len([m for m in fake.messages(asked["id"], from_bot=True) if "4711" in m["content"]]) == 1
