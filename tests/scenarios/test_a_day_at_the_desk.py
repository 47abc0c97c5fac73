"""People talk to the desk, and to each other: the whole product between stand-ins, in one process."""

import pytest

from engine.store.turns import history
from engine.types import Conversation
from tests.scenarios.office import shown
from tests.scenarios.shop import ALICE, BOB, ROOM, opened
from tests.stand_ins import judges


@pytest.fixture
async def shop(tmp_path):
    async with opened(tmp_path) as shop:
        yield shop
        await shop.quiet()
        transcript = shop.slack.transcript
        assert judges.slack_safety(transcript, (ALICE, BOB)) + judges.slack_refusals(transcript) == []


async def test_a_question_is_answered_in_its_thread_with_the_source(shop):
    answer = await shop.answer(await shop.ask("How long are VPN certificates valid?"), "Bluebell")
    assert "90 days" in answer["text"]
    assert "VPN certificates" in str(answer["blocks"]).replace("VPN certificates are", "")


async def test_a_chinese_question_is_answered_in_chinese(shop):
    assert "海棠" in (await shop.answer(await shop.ask("年假申请要提前多久提交?"), "海棠"))["text"]


async def test_a_redelivered_question_is_answered_once(shop):
    thread = await shop.ask("How long are VPN certificates valid?")
    events = [e["payload"] for e in shop.slack.transcript if e["kind"] == "event"]
    for payload in events:
        await shop.slack._deliver("events_api", payload, 1, "timeout")
    await shop.answer(thread, "Bluebell")
    for payload in events:
        await shop.slack._deliver("events_api", payload, 2, "timeout")
    await shop.quiet()
    assert len(shop.said(thread)) == 1


async def test_a_follow_up_needs_no_mention_and_knows_what_was_said(shop):
    thread = await shop.ask("How long are VPN certificates valid?")
    await shop.answer(thread, "Bluebell")
    await shop.ask("And where are they renewed?", user=BOB, thread=thread, mention=False)
    await shop.answer(thread, "Bluebell", number=2)
    prompt = shop.model.requests[-1].body["messages"]
    assert [m["role"] for m in prompt] == ["system", "user", "assistant", "user"]
    assert "How long are VPN certificates valid?" in prompt[1]["content"]


async def test_a_second_turn_begins_with_what_was_read_and_written_before(shop):
    """So that the model server's prefix cache finds it (DESIGN rule 6)."""
    written = "VPN certificates are valid for 90 days [1]. They are renewed in the Bluebell portal [1]."
    shop.model.rule("VPN", "script", text=written)
    thread = await shop.ask("How long are VPN certificates valid?")
    await shop.answer(thread, "Bluebell")
    first = shop.model.requests[-1].body["messages"]
    shop.model.rules.clear()
    await shop.ask("Which rolls do the label printers use?", thread=thread, mention=False)
    await shop.answer(thread, "Heather", number=2)
    second = shop.model.requests[-1].body["messages"]
    assert second[: len(first)] == first
    assert second[len(first)] == {"role": "assistant", "content": written}


async def test_who_names_the_desk_in_a_thread_of_others_may_ask_about_what_they_said(shop):
    thread = await shop.ask("How long are VPN certificates valid?", user=BOB, mention=False)
    await shop.ask("No idea, sorry.", thread=thread, mention=False)
    await shop.ask("can you help here?", thread=thread)
    assert "90 days" in (await shop.answer(thread, "Bluebell"))["text"]
    prompt = shop.model.requests[-1].body["messages"]
    assert prompt[-1]["content"].endswith(
        "Question: can you help here?\n\nSaid before in this thread:\n"
        "> How long are VPN certificates valid?\n> No idea, sorry."
    )


async def test_the_desk_stays_in_a_thread_until_it_is_told_to_leave_and_comes_back_when_it_is_named(shop):
    thread = await shop.ask("How long are VPN certificates valid?")
    await shop.answer(thread, "Bluebell")
    await shop.ask("leave this thread please", user=BOB, thread=thread)
    await shop.until(lambda: shop.slack.ephemerals)
    await shop.quiet()
    await shop.ask("Which rolls do the label printers use?", thread=thread, mention=False)
    await shop.quiet()
    assert len(shop.said(thread)) == 1
    await shop.ask("Which rolls do the label printers use?", thread=thread)
    await shop.answer(thread, "Heather", number=2)
    await shop.ask("And how long are VPN certificates valid?", thread=thread, mention=False)
    await shop.answer(thread, "Bluebell", number=3)


async def test_where_a_person_takes_over_the_desk_keeps_quiet_until_it_is_named(shop):
    thread = await shop.ask("Which wine goes with grilled octopus on Saturn?")
    await shop.answer(thread)  # hands over
    await shop.ask("How did you like the last one?", user=BOB, thread=thread, mention=False)
    await shop.ask("Which rolls do the label printers use?", thread=thread, mention=False)
    await shop.quiet()
    assert len(shop.said(thread)) == 1
    await shop.ask("Which rolls do the label printers use?", thread=thread)
    await shop.answer(thread, "Heather", number=2)
    await shop.ask("And how long are VPN certificates valid?", user=BOB, thread=thread, mention=False)
    await shop.answer(thread, "Bluebell", number=3)


async def test_who_was_handed_over_may_go_on_until_somebody_comes(shop):
    thread = await shop.ask("Which wine goes with grilled octopus on Saturn?")
    await shop.answer(thread)
    await shop.ask("Which rolls do the label printers use?", thread=thread, mention=False)
    await shop.answer(thread, "Heather", number=2)


async def test_words_for_somebody_else_are_left_alone(shop):
    thread = await shop.ask("How long are VPN certificates valid?")
    await shop.answer(thread, "Bluebell")
    await shop.ask(f"thanks, <@{BOB}>", thread=thread, mention=False)
    await shop.ask("lunch?", mention=False)
    await shop.quiet()
    assert len(shop.slack.messages(ROOM, from_bot=True)) == 1


async def test_what_nobody_wrote_down_goes_to_a_person_who_is_told_with_a_link(shop):
    thread = await shop.ask("Which wine goes with grilled octopus on Saturn?")
    assert "person" in (await shop.answer(thread))["text"]
    [notice] = await shop.until(lambda: shop.slack.messages("C0OTHER", from_bot=True))
    assert "grilled octopus" in str(notice)
    assert f"/archives/{ROOM}/" in str(notice)


async def test_a_model_that_is_down_leaves_nobody_without_word(tmp_path):
    async with opened(tmp_path, model_is_up=False) as shop:
        answer = await shop.answer(await shop.ask("How long are VPN certificates valid?"), "Bluebell")
        assert "cannot write" in answer["text"]
        assert "127.0.0.1" not in str(answer)


async def test_what_the_model_invents_is_not_said(shop):
    shop.model.rule("VPN", "script", text="VPN certificates are valid for 365 days [1]. Ask <@U0BOB> for cheese.")
    answer = await shop.answer(await shop.ask("How long are VPN certificates valid?"))
    seen = answer["text"] + shown(answer)  # not its time: 1795365000 was on 22 November 2026
    assert "365" not in seen and "cheese" not in seen
    assert "90 days" in answer["text"], "the passage is quoted instead"


async def test_a_question_that_was_deleted_is_not_answered(shop):
    shop.model.rule("VPN", "hang", after=3)
    thread = await shop.ask("How long are VPN certificates valid?")
    await shop.until(shop.model.running)
    await shop.slack.user_delete(ROOM, thread)
    await shop.quiet()
    assert shop.said(thread) == []


async def test_a_question_that_was_edited_is_answered_as_it_stands(shop):
    shop.model.rule("VPN", "hang", after=0)
    thread = await shop.ask("How long are VPN certificates valid?")
    await shop.until(shop.model.running)
    await shop.slack.user_edit(ROOM, thread, f"<@{shop.slack.bot_user_id}> Which rolls do the label printers use?")
    await shop.answer(thread, "Heather")
    assert len(shop.said(thread)) == 1


async def test_a_document_that_was_removed_is_forgotten_by_the_conversation_too(shop):
    thread = await shop.ask("How long are VPN certificates valid?")
    await shop.answer(thread, "Bluebell")
    await shop.app.knowledge.remove(shop.slack.team_id, "vpn.md")
    since = len(shop.model.requests)
    await shop.ask("And where are they renewed?", thread=thread, mention=False)
    await shop.answer(thread, number=2)
    assert not shop.model.seen("Bluebell", since)


async def test_a_narrower_room_ends_an_answer_that_is_under_way(shop):
    """Who reads along is looked up again before the answer is sent."""
    shop.slack.add_user("U0GUEST", "guest", guest="multi")
    shop.model.rule("VPN", "slow", tps=8, passages=True, times=1)
    thread = await shop.ask("How long are VPN certificates valid?")
    await shop.until(shop.model.running)
    shop.slack.channels[ROOM]["members"].append("U0GUEST")
    await shop.quiet()
    assert "Bluebell" not in str(shop.said(thread))


async def test_why_and_forget_me(shop):
    thread = await shop.ask("How long are VPN certificates valid?")
    await shop.answer(thread, "Bluebell")

    async def command(text: str) -> str:
        before = len(shop.slack.ephemerals)
        await shop.slack.slash_command(ROOM, ALICE, "/frontdesk", text)
        return str(await shop.until(lambda: shop.slack.ephemerals[before:]))

    assert "VPN certificates" in await command("why")
    assert "1 of your questions" in await command("forget-me")
    assert "not answered anything" in await command("why")
    disk = b"".join(p.read_bytes() for p in (shop.folder / "var").rglob("frontdesk.db*") if p.is_file())
    assert b"How long are VPN certificates valid" not in disk


async def test_characters_that_nobody_sees_reach_neither_the_model_nor_the_database(shop):
    await shop.answer(await shop.ask("How long are \u202eVPN\u200b certificates\x07 valid?"), "Bluebell")
    assert shop.model.seen("How long are VPN certificates valid?")


async def test_a_question_of_a_hundred_thousand_characters_is_refused_with_a_word(shop):
    thread = await shop.ask("how " * 9_000 + "?")
    assert "characters" in (await shop.answer(thread))["text"]
    assert not shop.model.requests


async def test_failures_of_the_model_are_counted(shop):
    shop.model.rule(".", "status", status=500, times=2)
    await shop.answer(await shop.ask("How long are VPN certificates valid?"), "Bluebell")
    await shop.until(lambda: b"frontdesk_model_failures_total 2.0" in shop.app.metrics.text())  # a moment later


async def test_what_the_model_server_need_not_read_again_is_counted(shop):
    thread = await shop.ask("How long are VPN certificates valid?")
    await shop.answer(thread, "Bluebell")
    await shop.answer(await shop.ask("Which rolls do the label printers use?", thread=thread), "Heather", number=2)
    key = Conversation("slack", shop.slack.team_id, ROOM, thread).key
    first, second = [turn.receipt for turn in await shop.app.database.read(lambda c: history(c, key, limit=9))]
    assert first.cached_share < second.cached_share
    cached = float(first.tokens["cached"] + second.tokens["cached"])
    counted = f'frontdesk_cached_tokens_total{{plugin="faq"}} {cached}'
    await shop.until(lambda: counted in shop.app.metrics.text().decode())  # a moment after the answer is visible
