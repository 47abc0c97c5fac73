"""Commands in Discord's own ways: suggestions while they are typed, the menu of a message, languages, presence."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import bot.phrases
from bot.channel import Entry, Form, Suggestion
from bot.discord.spoken import ADD_THIS, ANSWER_THIS, COMMANDS, ON_MESSAGES, claimed
from engine.types import Addressed, Conversation
from tests.discord_channel.conftest import Side, answered, connected
from tests.discord_channel.test_controls import privately
from tests.stand_ins.fake_discord import DEFAULT_PERMS, PERM, FakeDiscord

Json = dict[str, Any]


# -- suggestions -------------------------------------------------------------------------


async def test_documents_are_suggested_while_a_command_is_typed(side: Side) -> None:
    side.notes.suggestions = (Suggestion("Travel costs · travel.md", "d1"), Suggestion("Handbook", "d2"))
    offered = await side.fake.autocomplete(side.fake.general, side.fake.bob, "kb show", "document", {"document": "tra"})
    assert offered["choices"] == [
        {"name": "Travel costs · travel.md", "value": "d1"},
        {"name": "Handbook", "value": "d2"},
    ]
    (typed,) = side.notes.typing
    assert (typed.name, typed.text, typed.person) == ("kb show", "tra", side.fake.bob)
    assert typed.conversation == Conversation("discord", side.fake.guild_id, side.fake.general)
    assert side.notes.commands == []


async def test_suggestions_of_any_size_are_ones_that_discord_takes(side: Side) -> None:
    long = tuple(Suggestion("长" * 300, f"d{n}") for n in range(40))
    side.notes.suggestions = (Suggestion("unusable", "x" * 101), Suggestion("", "d"), *long)
    offered = await side.fake.autocomplete(side.fake.general, side.fake.bob, "kb remove", "document", {"document": ""})
    assert len(offered["choices"]) == 25
    assert [c["value"] for c in offered["choices"][:2]] == ["d", "d0"]


async def test_no_suggestions_are_an_answer_too(side: Side) -> None:
    offered = await side.fake.autocomplete(side.fake.general, side.fake.bob, "kb sync", "source", {"source": "x"})
    assert offered["choices"] == []


# -- the menu of a message ---------------------------------------------------------------


async def test_answer_this_takes_the_message_as_a_question_of_its_author(side: Side) -> None:
    fake = side.fake
    said = await fake.user_message(fake.general, fake.alice, f"<@{fake.bob}> how long are certificates valid?")
    used = await fake.context_menu(fake.general, fake.bob, ANSWER_THIS, message=said["id"])
    assert await privately(side, used, fake.bob) == "I answer below that message."
    (question,) = side.notes.messages
    assert (question.id, question.author, question.addressed) == (said["id"], fake.alice, Addressed.COMMAND)
    assert (question.command, question.text) == ("ask", "@Bob how long are certificates valid?")
    assert not question.mentions_others  # whomever it was said to: it is to be answered
    assert question.conversation == Conversation("discord", fake.guild_id, fake.general, said["id"])
    await side.answer(question, reply=answered("For 90 days."))
    assert side.shown(said["id"]) == ["For 90 days."]
    await fake.context_menu(fake.general, fake.alice, ANSWER_THIS, message=said["id"])
    await side.quiet()
    assert len(side.notes.messages) == 1  # answered once, however often it is chosen


async def test_answer_this_works_in_threads(side: Side) -> None:
    fake = side.fake
    thread = (await fake.user_thread(fake.general, fake.snowflake(), fake.alice, "certificates"))["id"]
    said = await fake.user_message(thread, fake.alice, "How long?")
    await side.quiet()
    side.notes.messages.clear()
    await privately(side, await fake.context_menu(thread, fake.bob, ANSWER_THIS, message=said["id"]), fake.bob)
    (question,) = side.notes.messages
    assert question.conversation == Conversation("discord", fake.guild_id, fake.general, thread)
    await side.answer(question, reply=answered("For 90 days."))
    assert fake.messages(thread, from_bot=True)[-1]["message_reference"]["message_id"] == said["id"]


async def test_answer_this_answers_no_program_and_nothing_without_words(side: Side) -> None:
    fake = side.fake
    robot = fake.add_user("robot", bot=True)["id"]
    fake.add_member(robot)
    for said in (
        await fake.user_message(fake.general, robot, "Build 7 has failed?"),
        await fake.user_message(fake.general, fake.alice, f"<@{fake.bot}>"),
    ):
        side.notes.messages.clear()
        used = await fake.context_menu(fake.general, fake.bob, ANSWER_THIS, message=said["id"])
        assert "nothing in that message" in await privately(side, used, fake.bob)
        assert [m for m in side.notes.messages if m.addressed is Addressed.COMMAND] == []


async def test_answer_this_says_where_the_bot_may_not_write(pointed: None) -> None:
    async with FakeDiscord(bot_permissions=DEFAULT_PERMS & ~PERM["send_messages"]) as fake, connected(fake) as side:
        said = await fake.user_message(fake.general, fake.alice, "How long?")
        used = await fake.context_menu(fake.general, fake.bob, ANSWER_THIS, message=said["id"])
        assert "Send Messages" in await privately(side, used, fake.bob)
        assert side.notes.messages == []


async def test_add_to_knowledge_base_opens_the_form_with_the_message(side: Side) -> None:
    fake = side.fake
    given: list[str] = []

    async def form(press: Any) -> Form:
        given.append(press.filled["text"])
        return Form("Add", "kb.entered", "workspace", (Entry("answer", "Answer", press.filled["text"], lines=True),))

    side.notes.form = form
    said = await fake.user_message(fake.general, fake.alice, f"<@{fake.bob}> parking is free\nat the gate")
    used = await fake.context_menu(fake.general, fake.alice, ADD_THIS, message=said["id"])
    assert given == ["@Bob parking is free\nat the gate"]
    assert used["modal"]["components"][0]["component"]["value"] == given[0]
    await privately(side, await fake.submit_modal(used["token"], {"answer": "Parking is free."}), fake.alice)
    (press,) = side.notes.presses
    assert (press.action, press.value, press.filled) == ("kb.entered", "workspace", {"answer": "Parking is free."})


async def test_who_may_not_add_is_told_why(side: Side) -> None:
    side.notes.says = "Only an admin may do that."
    said = await side.fake.user_message(side.fake.general, side.fake.alice, "parking is free")
    used = await side.fake.context_menu(side.fake.general, side.fake.bob, ADD_THIS, message=said["id"])
    assert await privately(side, used, side.fake.bob) == "Only an admin may do that."
    assert side.notes.presses[0].action == "kb.keep"


# -- languages ---------------------------------------------------------------------------

#: What a plugin might claim.
POEM = {"poem": "Write a poem"}


def shown(commands: Any) -> list[Json]:
    """Everything of commands that people read: commands, options, choices."""
    found = []
    for made in commands:
        found += [made, *shown(made.get("options", ())), *shown(made.get("choices", ()))]
    return found


def test_the_command_of_a_plugin_is_told_in_its_own_words_where_we_have_none() -> None:
    (made,) = claimed(POEM)
    assert (made["name"], made["description"]) == ("poem", "Write a poem")
    assert [o["name"] for o in made["options"]] == ["request", "file"]


def test_all_that_is_shown_of_the_commands_is_told_in_chinese_too() -> None:
    every = shown([*COMMANDS, *claimed(POEM), *ON_MESSAGES])
    for made in every:
        if made["name"] == "poem":  # its own words are English
            continue
        texts = made.get("description_localizations") or made["name_localizations"]
        assert set(texts) == {"zh-CN", "zh-TW"}, made["name"]
        assert all(re.search("[\u4e00-\u9fff]", text) for text in texts.values()), texts
        assert all(len(text) <= 100 for text in texts.values())
    traditional = "".join(text for made in every for key in made if key.endswith("_localizations")
                          for text in [made[key]["zh-TW"]])  # fmt: skip
    assert re.findall("[这么个从给们问题载档网页类态来负责员删视听说谁压缩读实处]", traditional) == []


def test_no_text_of_the_commands_is_left_over() -> None:
    every, said = shown([*COMMANDS, *claimed(POEM), *ON_MESSAGES]), texts("en")
    every = [made for made in every if made["name"] != "poem"]
    used = {made[key].removesuffix(" (admins)") for made in every for key in ("name", "description") if key in made}
    assert {name for name, text in said.items() if text not in used} == {"for_admins"}


def test_the_english_names_of_what_is_filled_in_are_those_that_we_are_told_it_by() -> None:
    named = {name: text for name, text in texts("en").items() if name.startswith("name_")}
    assert named == {f"name_{text}": text for text in named.values()}


def texts(language: str) -> dict[str, str]:
    written = (Path(bot.phrases.__file__).parent / "discord" / f"{language}.ftl").read_text(encoding="utf-8")
    return dict(re.findall(r"^(\w+) = (.+)$", written, re.MULTILINE))


def test_what_is_typed_is_the_same_in_every_language() -> None:
    commands = [c for made in COMMANDS for c in (made, *made.get("options", ())) if c["type"] in (1, 2)]
    assert [c["name"] for c in commands if c.get("name_localizations") and c["type"] == 1] == []


async def test_languages_are_told_and_not_told_again(side: Side) -> None:
    kept = {(c["type"], c["name"]): c for c in side.fake.commands[""].values()}
    assert kept[3, ANSWER_THIS]["name_localizations"] == {"zh-CN": "回答这条消息", "zh-TW": "回答這則訊息"}
    assert kept[1, "ask"]["options"][0]["name_localizations"] == {"zh-CN": "问题", "zh-TW": "問題"}
    async with connected(side.fake):
        pass
    assert len(side.calls("PUT", "/commands")) == 1
    kept[1, "ask"]["options"][0]["name_localizations"]["zh-TW"] = "難題"
    async with connected(side.fake):
        pass
    assert len(side.calls("PUT", "/commands")) == 2


async def test_a_person_is_answered_in_the_language_of_their_discord(side: Side) -> None:
    fake = side.fake
    said_below = {"zh-CN": "我会在那条消息下方回答。", "zh-TW": "我會在那則訊息下方回答。"}
    for locale, language in {"zh-CN": "zh", "zh-TW": "zh-TW"}.items():
        mei = fake.add_user(f"mei-{locale.lower()}", locale=locale)["id"]
        fake.add_member(mei)
        said = await fake.user_message(fake.general, fake.alice, "How long?")
        used = await fake.context_menu(fake.general, mei, ANSWER_THIS, message=said["id"])
        assert await privately(side, used, mei) == said_below[locale]
        await privately(side, await fake.slash_command(fake.general, mei, "help"), mei)
        assert side.notes.commands[-1].language == language


async def test_the_bot_says_how_it_is_asked(side: Side) -> None:
    (session,) = [e for e in side.fake.transcript if e["kind"] == "gateway" and e["what"] == "identify"]
    assert "Ask me: /ask" in str(session["presence"])
