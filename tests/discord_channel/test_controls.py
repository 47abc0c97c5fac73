"""Slash commands and buttons."""

from __future__ import annotations

import asyncio
from typing import Any

from engine.types import Addressed, Conversation
from tests.discord_channel.conftest import Side, answered, connected
from tests.stand_ins.fake_discord import DEFAULT_PERMS, PERM, FakeDiscord

Json = dict[str, Any]


async def privately(side: Side, result: Json, person: str) -> str:
    """What this person alone was shown, once it is there."""

    def done() -> list[Json]:
        now = side.fake.outcome(result["token"])
        return [m for m in [now["original"], *now["followups"]] if m and not m.get("_loading")]

    shown: list[Json] = await side.until(done)
    assert all(m["_for"] == person for m in shown)
    return "\n".join(m["content"] for m in shown)


async def test_the_commands_are_known_and_are_not_told_again_without_a_change(side: Side) -> None:
    names = {c["name"] for c in side.fake.commands[""].values()}
    assert names == {"ask", "why", "help", "forget-me", "feedback", "topics", "kb", "Answer this",
                     "Add to knowledge base",
                     "Correct this"}  # fmt: skip
    async with connected(side.fake):
        pass
    assert len(side.calls("PUT", "/commands")) == 1
    side.fake.commands[""].popitem()
    async with connected(side.fake):
        pass
    assert len(side.calls("PUT", "/commands")) == 2


async def test_ask_shows_the_question_and_is_answered_in_a_thread_on_it(side: Side) -> None:
    used = await side.fake.slash_command(side.fake.general, side.fake.bob, "ask", {"question": "How **long**?"})
    assert used["ms"] < 3000
    await side.until(lambda: side.notes.messages)
    (question,) = side.notes.messages
    response = side.fake.outcome(used["token"])["original"]
    assert question.addressed is Addressed.COMMAND
    assert (question.command, question.text, question.author) == ("ask", "How **long**?", side.fake.bob)
    assert question.conversation == Conversation("discord", side.fake.guild_id, side.fake.general, response["id"])
    await side.until(lambda: not side.fake.outcome(used["token"])["original"].get("_loading"))
    assert side.fake.message(side.fake.general, response["id"])["content"] == "**Bob**:\n\n> How **long**?"
    await side.answer(question, "For 90 ", "days.")
    assert side.shown(response["id"]) == ["For 90 days."]
    follow_up = await side.asked("And then?", room=response["id"], mention=False)
    assert follow_up.conversation == question.conversation


async def test_ask_in_a_thread_or_directly_is_answered_right_there(side: Side) -> None:
    fake = side.fake
    thread = (await fake.user_thread(fake.general, fake.snowflake(), fake.alice, "certificates"))["id"]
    for room, conversation in (
        (thread, Conversation("discord", fake.guild_id, fake.general, thread)),
        (fake._dm(fake.alice)["id"], Conversation("discord", fake.guild_id, fake._dm(fake.alice)["id"])),
    ):
        side.notes.messages.clear()
        used = await fake.slash_command(room, fake.alice, "ask", {"question": "How long?"})
        await side.until(lambda: side.notes.messages)
        assert side.notes.messages[0].conversation == conversation
        await side.answer(side.notes.messages[0], reply=answered("For 90 days."), key=room)
        last = fake.messages(room, from_bot=True)[-1]
        assert last["content"] == "For 90 days."
        assert last["message_reference"]["message_id"] == fake.outcome(used["token"])["original"]["id"]


async def test_a_question_that_could_not_be_kept_says_so_in_its_place(side: Side) -> None:
    side.notes.down = True
    used = await side.fake.slash_command(side.fake.general, side.fake.bob, "ask", {"question": "How long?"})
    await side.until(lambda: not side.fake.outcome(used["token"])["original"].get("_loading"))
    assert "ask again" in side.fake.outcome(used["token"])["original"]["content"]


async def test_what_is_typed_into_ask_stays_harmless(side: Side) -> None:
    bad = f"@everyone <@{side.fake.bob}> https://exfil.example.net/?d=1 ![x](https://exfil.example.net/i.png)"
    used = await side.fake.slash_command(side.fake.general, side.fake.alice, "ask", {"question": bad})
    await side.until(lambda: not side.fake.outcome(used["token"])["original"].get("_loading"))
    assert side.fake.outcome(used["token"])["original"]["_pings"] == []
    await side.until(lambda: side.notes.messages)
    assert side.notes.messages[0].text == bad


async def test_where_the_bot_may_not_write_ask_says_so_privately(pointed: None) -> None:
    async with FakeDiscord(bot_permissions=DEFAULT_PERMS & ~PERM["send_messages"]) as fake, connected(fake) as side:
        used = await fake.slash_command(fake.general, fake.bob, "ask", {"question": "How long?"})
        assert "Send Messages" in await privately(side, used, fake.bob)
        assert side.notes.messages == []


async def test_other_commands_are_answered_to_the_person_alone(side: Side) -> None:
    side.notes.says = "- Handbook\n- <@1> and https://exfil.example.net/"
    used = await side.fake.slash_command(side.fake.general, side.fake.bob, "kb search", {"query": "leave days"})
    shown = await privately(side, used, side.fake.bob)
    assert shown.startswith("- Handbook")
    (command,) = side.notes.commands
    assert (command.name, command.text, command.person) == ("kb search", "leave days", side.fake.bob)
    assert command.conversation == Conversation("discord", side.fake.guild_id, side.fake.general)
    for name in ("why", "help", "forget-me", "kb list"):
        await privately(side, await side.fake.slash_command(side.fake.general, side.fake.bob, name), side.fake.bob)
    assert [c.name for c in side.notes.commands[1:]] == ["why", "help", "forget-me", "kb list"]


async def test_a_long_private_answer_is_split(side: Side) -> None:
    side.notes.says = "\n".join(f"- document number {n} of the many documents" for n in range(120))
    used = await side.fake.slash_command(side.fake.general, side.fake.bob, "kb list")
    await side.until(lambda: "number 119" in str(side.fake.outcome(used["token"])))
    shown = await privately(side, used, side.fake.bob)
    assert [n for n in range(120) if f"number {n} " not in shown] == []


async def test_an_admin_is_whom_the_settings_or_the_servers_rights_name(fake: FakeDiscord) -> None:
    carol = fake.add_user("carol")["id"]
    fake.add_member(carol)
    async with connected(fake, admins=[fake.bob]) as side:

        async def is_admin(person: str) -> bool:
            return await side.channel.is_admin(person, fake.guild_id)

        assert await is_admin(fake.bob)  # the settings name him
        assert await is_admin(fake.alice)  # she owns the server
        assert not await is_admin(carol)
        assert not await side.channel.is_admin(fake.bob, "another server")
        assert await side.channel.who_is_admin() == ("Bob", "everybody with the permission “Manage Server”")
        for rights in (1 << 5, 1 << 3):  # Manage Server, Administrator
            fake.members[carol]["roles"] = [await role(side, rights)]
            assert await is_admin(carol)
            fake.members[carol]["roles"] = []  # and at once no longer
            assert not await is_admin(carol)


async def role(side: Side, rights: int) -> str:
    """A new role of the server with these rights."""
    number = side.fake.snowflake()
    made = {"id": number, "name": "keeper", "color": 0, "colors": {"primary_color": 0}, "hoist": False, "flags": 0,
            "mentionable": False, "managed": False, "permissions": str(rights), "position": 2}  # fmt: skip
    side.fake._emit("GUILD_ROLE_CREATE", {"guild_id": side.fake.guild_id, "role": made}, 1)
    await side.until(lambda: side.channel._connection.client.get_guild(int(side.fake.guild_id)).get_role(int(number)))
    return number


async def test_something_that_goes_wrong_is_said_without_its_insides(side: Side) -> None:
    side.notes.fails = ValueError("secret detail")
    used = await side.fake.slash_command(side.fake.general, side.fake.bob, "help")
    shown = await privately(side, used, side.fake.bob)
    assert "went wrong" in shown
    assert "secret" not in shown


async def test_buttons_reach_the_desk_and_thank_in_private(side: Side) -> None:
    question = await side.asked("How long?")
    await side.answer(question, reply=answered("For 90 days."), key="4711")
    message = side.placed[0].partition("/")[2]
    for action in ("helpful", "not_helpful", "person"):
        used = await side.fake.click(question.id, message, side.fake.bob, f"fd:{action}:4711")
        assert await privately(side, used, side.fake.bob) == "Done."
    assert [(p.action, p.value, p.person) for p in side.notes.presses] == [
        (action, "4711", side.fake.bob) for action in ("helpful", "not_helpful", "person")]  # fmt: skip
    assert {p.conversation for p in side.notes.presses} == {question.conversation}


async def test_buttons_work_after_a_restart(fake: FakeDiscord) -> None:
    async with connected(fake) as side:
        question = await side.asked("How long?")
        await side.answer(question, reply=answered("For 90 days."))
        message = side.placed[0].partition("/")[2]
    async with connected(fake) as side:
        await privately(side, await fake.click(question.id, message, fake.alice, "fd:person:7"), fake.alice)
        assert side.notes.presses[0].action == "person"
        assert side.notes.presses[0].conversation == question.conversation


async def test_a_late_acknowledgement_is_no_second_question(side: Side) -> None:
    """What Discord no longer waits for was told to the person as failed, so it is not answered either."""
    options = [{"type": 3, "name": "question", "value": "How long?"}]
    data = {"id": "1", "name": "ask", "type": 1, "options": options}
    state, payload = side.fake._interaction(2, side.fake.general, side.fake.bob, data)
    state["created"] -= 60
    side.fake._emit("INTERACTION_CREATE", payload)
    await side.until(lambda: [e for e in side.fake.transcript if e["kind"] == "rest" and e["code"] == 10062])
    await asyncio.sleep(0)
    await side.quiet()
    assert side.notes.messages == []
