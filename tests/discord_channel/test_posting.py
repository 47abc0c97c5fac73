"""How answers appear: where, how they grow, and that a crash makes no second one."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest

from bot.channel import Post
from engine.errors import Refused, Unavailable
from engine.growing import Growing
from engine.types import Outcome, Reply, Source
from tests.discord_channel.conftest import Side, answered, connected
from tests.stand_ins import judges
from tests.stand_ins.fake_discord import BUCKETS, DEFAULT_PERMS, PERM, FakeDiscord

HANDBOOK = Source(1, "Certificates", "Validity", "https://docs.example.com/certificates", "d1")
FILE = Source(2, "servers.md", "", "", "d2")


async def test_the_answer_stands_in_a_thread_that_is_named_after_the_question(side: Side) -> None:
    question = await side.asked("How long are certificates valid?")
    await side.answer(question, reply=answered("For 90 days."))
    assert side.shown(question.id) == ["For 90 days."]
    assert side.shown(side.fake.general) == []
    assert side.fake.channels[question.id]["name"] == "How long are certificates valid?"
    assert side.placed == [f"{question.id}/{side.fake.messages(question.id)[0]['id']}"]


async def test_a_long_question_gives_a_short_name(side: Side) -> None:
    question = await side.asked("word " * 100)
    await side.answer(question, reply=answered("Yes."))
    name = side.fake.channels[question.id]["name"]
    assert len(name) <= 100
    assert name.endswith("word…")


async def test_sources_are_links_or_names_and_buttons_stand_below(side: Side) -> None:
    question = await side.asked("How long are certificates valid?")
    await side.answer(question, reply=answered("For 90 days [1], on servers too [2].", HANDBOOK, FILE))
    (message,) = side.fake.messages(question.id, from_bot=True)
    assert "[Certificates › Validity](<https://docs.example.com/certificates>)" in message["content"]
    assert "servers" in message["content"]
    buttons = message["components"][0]["components"]
    assert [b["label"] for b in buttons] == ["Helpful", "Not helpful", "Ask a person"]
    assert [b["custom_id"] for b in buttons] == ["fd:helpful:7", "fd:not_helpful:7", "fd:person:7"]


async def test_buttons_speak_the_language_of_the_answer_and_a_hand_over_has_none(side: Side) -> None:
    chinese = await side.asked("证书有效期多长？")
    await side.answer(chinese, reply=answered("90 天。[1]", HANDBOOK, language="zh"))
    other = await side.asked("What is the meaning of life?")
    await side.answer(other, reply=Reply.hand_off("nothing found", text="A person will look at this."), key="8")
    (first,), (second,) = (side.fake.messages(q.id, from_bot=True) for q in (chinese, other))
    assert [b["label"] for b in first["components"][0]["components"]] == ["有帮助", "没有帮助", "转人工"]
    assert "来源" in first["content"]
    assert (second["content"], second["components"]) == ("A person will look at this.", [])


async def test_an_answer_grows_in_one_message(side: Side) -> None:
    question = await side.asked("How long?")
    await side.answer(question, "For 90 days. [1]", " Then they end. [1]", reply=answered("For 90 days. [1]", HANDBOOK))
    (message,) = side.fake.messages(question.id, from_bot=True)
    states = [r["content"] for r in side.fake.revisions(question.id, message["id"])]
    assert states[0].startswith("For 90 days.")
    assert states[0].endswith("…")
    assert all("https://" not in s for s in states[:-1])
    assert states[-1].endswith("(<https://docs.example.com/certificates>)")
    assert len(side.placed) == 1


async def test_every_body_mentions_nobody_and_lets_nothing_unfold(side: Side) -> None:
    question = await side.asked("How long?")
    text = f"@everyone <@{side.fake.bob}> see https://evil.example.net/?d=1 and <@&{side.fake.bot_role}>"
    await side.answer(question, text, " More.", reply=answered(text + " More."))
    await side.channel.tell(side.fake.general, text)
    sent = [e["body"] for e in side.fake.transcript if e["kind"] == "rest" and isinstance(e["body"], dict)]
    bodies = [b for b in sent if "content" in b]
    assert len(bodies) >= 3
    assert {b["flags"] for b in bodies} == {4}
    assert all(b["allowed_mentions"] == {"parse": [], "replied_user": False} for b in bodies)
    assert not [m for m in side.fake.messages(from_bot=True) if m["_pings"] or m["mention_everyone"]]


async def test_a_second_answer_in_the_thread_is_a_reply_to_its_question(side: Side) -> None:
    question = await side.asked("How long?")
    await side.answer(question, reply=answered("For 90 days."))
    follow_up = await side.asked("And for servers?", room=question.id, mention=False)
    await side.answer(follow_up, reply=answered("A year."), key="8")
    last = side.fake.messages(question.id, from_bot=True)[-1]
    assert last["message_reference"]["message_id"] == follow_up.id


async def test_a_long_answer_becomes_several_messages_and_only_the_last_has_buttons(side: Side) -> None:
    question = await side.asked("Tell me everything")
    text = "\n\n".join(f"Paragraph {n} has a few words of its own, and then some more of them." for n in range(60))
    await side.answer(question, text[:2500], text[2500:], reply=answered(text))
    messages = side.fake.messages(question.id, from_bot=True)
    assert len(messages) == len(side.placed) >= 3
    assert [bool(m["components"]) for m in messages] == [False] * (len(messages) - 1) + [True]
    assert "\n\n".join(m["content"] for m in messages) == text


async def test_what_the_writer_takes_back_disappears(side: Side) -> None:
    question = await side.asked("How long?")
    growing = Growing()
    shown = asyncio.create_task(side.channel.stream(Post("7", question), growing, side.note))
    growing.add("For ninety-one days. " * 150)
    await side.until(lambda: len(side.placed) == 2)
    growing.restart()
    growing.add("I am not sure.")
    growing.finish(Reply.hand_off("not sure", text="A person will look at this."))
    await shown
    assert side.shown(question.id) == ["A person will look at this."]


async def test_where_nothing_is_to_be_said_nothing_is_shown(side: Side) -> None:
    question = await side.asked("thanks!")
    await side.answer(question, reply=Reply.ignore("thanks"))
    assert side.shown(question.id) == side.shown(side.fake.general) == []
    assert question.id not in side.fake.channels


async def test_without_the_permission_for_threads_the_answer_stands_beside_the_question(pointed: None) -> None:
    async with FakeDiscord(bot_permissions=DEFAULT_PERMS & ~PERM["create_threads"]) as fake, connected(fake) as side:
        question = await side.asked("How long?")
        await side.answer(question, "For 90 days.", " Then they end.")
        (message,) = fake.messages(fake.general, from_bot=True)
        assert message["content"] == "For 90 days. Then they end."
        assert message["message_reference"]["message_id"] == question.id


async def test_without_the_permission_for_history_the_answer_is_no_reply(pointed: None) -> None:
    async with FakeDiscord(bot_permissions=DEFAULT_PERMS & ~PERM["read_history"]) as fake, connected(fake) as side:
        sent = await fake.user_thread(fake.general, fake.snowflake(), fake.alice, "certificates")
        question = await side.asked("How long?", room=sent["id"])
        await side.answer(question, reply=answered("For 90 days."), again=True)
        assert side.shown(sent["id"]) == ["For 90 days."]


async def test_where_threads_are_used_up_the_answer_comes_at_once_beside_the_question(side: Side) -> None:
    """Discord lets a bot start so many threads in ten minutes; nobody waits for that."""
    count = BUCKETS["thread.create"][0] + 1
    questions = [await side.asked(f"Question {n}?") for n in range(count)]
    began = time.monotonic()
    await asyncio.gather(*(side.answer(q, reply=answered(f"Answer {n}.")) for n, q in enumerate(questions)))
    assert time.monotonic() - began < 30
    assert len(side.shown(side.fake.general)) == 1
    assert sum(len(side.shown(q.id)) for q in questions if q.id in side.fake.channels) == count - 1


async def test_a_thread_that_somebody_was_quicker_to_start_is_used(side: Side) -> None:
    question = await side.asked("How long?")
    await side.fake.user_thread(side.fake.general, question.id, side.fake.bob, "certificates")
    await side.answer(question, reply=answered("For 90 days."))
    assert side.shown(question.id) == ["For 90 days."]


async def test_after_a_crash_what_was_recorded_is_used_again(side: Side) -> None:
    question = await side.asked("How long?")
    await side.answer(question, "For 90 ", reply=answered("For 90 "))
    await side.answer(question, "For 90 days.", reply=answered("For 90 days."), placed=tuple(side.placed), again=True)
    assert side.shown(question.id) == ["For 90 days."]


@pytest.mark.parametrize("where", ["new thread", "thread", "direct", "beside"])
async def test_after_a_crash_what_was_not_recorded_is_found_again(side: Side, where: str) -> None:
    """Between Discord's success and our record: without the nonce, since Discord forgets it after minutes."""
    fake = side.fake
    if where == "direct":
        question = await side.kept((await fake.user_dm(fake.alice, "How long?"))["id"])
    elif where == "thread":
        thread = await fake.user_thread(fake.general, fake.snowflake(), fake.alice, "certificates")
        question = await side.asked("How long?", room=thread["id"])
    else:
        question = await side.asked("How long?")
    if where == "beside":
        fake.fail("POST", "/channels/*/threads", status=403, code=50013)
    long = "A sentence of some length, and then one more of them. " * 60
    await side.answer(question, reply=answered(long))
    room = side.placed[0].partition("/")[0]
    before = [m["id"] for m in fake.messages(room, from_bot=True)]
    assert len(before) == 2
    for message in fake.messages(room, from_bot=True):
        message.pop("nonce")
    await side.answer(question, reply=answered("For 90 days. " + long), again=True)
    assert [m["id"] for m in fake.messages(room, from_bot=True)] == before
    assert side.shown(room)[0].startswith("For 90 days.")
    assert side.placed[2:] == side.placed[:2]


async def test_the_answer_to_another_question_in_the_thread_is_left_alone(side: Side) -> None:
    question = await side.asked("How long?")
    await side.answer(question, reply=answered("For 90 days."))
    second = await side.asked("And then?", room=question.id, mention=False)
    third = await side.asked("And then??", room=question.id, mention=False)
    await side.answer(second, reply=answered("They end."), key="8")
    await side.answer(third, reply=answered("Nothing."), key="9", again=True)
    await side.answer(second, reply=answered("They really end."), key="8", again=True)
    assert side.shown(question.id) == ["For 90 days.", "They really end.", "Nothing."]


async def test_a_lost_response_makes_no_second_message(side: Side) -> None:
    question = await side.asked("How long?")
    side.fake.fail("POST", "/channels/*/messages", status=502, after=True)
    await side.answer(question, reply=answered("For 90 days."))
    assert side.shown(question.id) == ["For 90 days."]


async def test_a_nonce_that_discord_still_knows_leads_to_the_old_message_with_the_new_text(side: Side) -> None:
    question = await side.asked("How long?")
    await side.answer(question, "For 90", reply=answered("For 90"))
    await side.answer(question, reply=answered("For 90 days."))
    assert side.shown(question.id) == ["For 90 days."]


async def test_a_message_that_somebody_deleted_meanwhile_is_posted_again(side: Side) -> None:
    question = await side.asked("How long?")
    growing = Growing()
    shown = asyncio.create_task(side.channel.stream(Post("7", question), growing, side.note))
    growing.add("For 90 days.")
    await side.until(lambda: side.placed)
    await side.fake.user_delete(question.id, side.placed[0].partition("/")[2])
    growing.finish(answered("For 90 days. Then they end."))
    await shown
    assert side.shown(question.id) == ["For 90 days. Then they end."]


async def test_withdrawing_takes_everything_back_also_what_was_not_recorded(side: Side) -> None:
    question = await side.asked("How long?")
    await side.answer(question, reply=answered("word " * 800))
    assert len(side.placed) >= 2
    await side.channel.withdraw(Post("7", question, tuple(side.placed[:1]), again=True))
    assert side.shown(question.id) == []
    await side.channel.withdraw(Post("7", question, tuple(side.placed)))


async def test_withdrawing_what_was_never_shown_starts_no_thread(side: Side) -> None:
    question = await side.asked("How long?")
    await side.channel.withdraw(Post("7", question, again=True))
    assert question.id not in side.fake.channels


@pytest.mark.parametrize(("status", "code", "words"), [
    (403, 50013, "may not do this here"), (403, 50001, "cannot see this channel"), (404, 10003, "gone")])  # fmt: skip
async def test_what_discord_will_never_take_is_refused_in_words(side: Side, status: int, code: int, words: str) -> None:
    thread = await side.fake.user_thread(side.fake.general, side.fake.snowflake(), side.fake.alice, "x")
    question = await side.asked("How long?", room=thread["id"])
    side.fake.fail("POST", "/channels/*/messages", times=9, status=status, code=code)
    with pytest.raises(Refused, match=words):
        await side.answer(question, reply=answered("For 90 days."))


async def test_when_discord_is_down_the_answer_waits_for_another_try(side: Side) -> None:
    question = await side.asked("How long?")
    side.fake.fail("POST", "/channels/*/messages", times=9, status=503)
    with pytest.raises(Unavailable):
        await side.answer(question, reply=answered("For 90 days."))
    side.fake._faults.clear()
    await side.answer(question, reply=answered("For 90 days."), again=True)
    assert side.shown(question.id) == ["For 90 days."]


async def test_a_deleted_question_is_not_answered(side: Side) -> None:
    question = await side.asked("How long?")
    await side.fake.user_delete(side.fake.general, question.id)
    with pytest.raises(Refused, match="gone"):
        await side.answer(question, reply=answered("For 90 days."))


async def test_a_growing_answer_survives_a_failed_edit(side: Side) -> None:
    question = await side.asked("How long?")
    growing = Growing()
    shown = asyncio.create_task(side.channel.stream(Post("7", question), growing, side.note))
    growing.add("For 90 days.")
    await side.until(lambda: side.placed)
    side.fake.fail("PATCH", "/channels/*/messages/*", status=503)
    growing.add(" Then they end.")
    await side.until(lambda: [e for e in side.fake.transcript if e["kind"] == "fault"])
    growing.finish(answered("For 90 days. Then they end."))
    await shown
    assert side.shown(question.id) == ["For 90 days. Then they end."]


async def test_many_answers_at_once_in_one_channel_keep_to_the_limits(side: Side) -> None:
    """They share the channel's budget: nothing is refused, and each final text appears."""
    sent = [await side.fake.user_dm(side.fake.alice, f"Question {n}?") for n in range(4)]
    questions = [await side.kept(s["id"]) for s in sent]

    async def grow(n: int) -> None:
        growing = Growing()
        shown = asyncio.create_task(side.channel.stream(Post(str(n), questions[n]), growing, side.note))
        for word in range(30):
            growing.add(f"word{word} ")
            await asyncio.sleep(0.1)
        growing.finish(answered(f"Final {n}."))
        await shown

    await asyncio.gather(*map(grow, range(4)))
    assert sorted(side.shown(sent[0]["channel"])) == [f"Final {n}." for n in range(4)]
    assert not [e for e in side.fake.transcript if e["kind"] == "rest" and e["status"] == 429]


async def test_no_state_of_a_growing_answer_shows_half_a_link_or_a_mention(side: Side) -> None:
    question = await side.asked("How long?")
    attack = " ".join([*judges.LINKS.values(), *judges.MENTIONS.values()])
    growing = Growing()
    shown = asyncio.create_task(side.channel.stream(Post("7", question), growing, side.note))
    for start in range(0, len(attack), 200):
        growing.add(attack[start : start + 200])
        await asyncio.sleep(0.15)
    growing.finish(answered(attack))
    await shown
    assert not judges.discord_safety(side.fake.transcript, ())


async def test_a_hand_over_is_told_in_a_room_or_to_a_person(side: Side) -> None:
    question = await side.asked("How long?")
    link = await side.channel.link(question)
    assert link == f"https://discord.com/channels/{side.fake.guild_id}/{side.fake.general}/{question.id}"
    await side.channel.tell(side.fake.general, f"Please look: {link}")
    await side.channel.tell(side.fake.bob, f"Please look: {link}")
    assert side.shown(side.fake.general) == [f"Please look: <{link}>"]
    assert side.shown(side.fake._dm(side.fake.bob)["id"]) == [f"Please look: <{link}>"]
    with pytest.raises(Refused, match="Developer Mode"):
        await side.channel.tell("#help", "Hello")


async def test_the_link_of_a_question_in_a_thread_leads_there_and_a_direct_message_has_none(side: Side) -> None:
    question = await side.asked("How long?")
    await side.answer(question, reply=answered("For 90 days."))
    follow_up = await side.asked("And then?", room=question.id, mention=False)
    assert (await side.channel.link(follow_up)).endswith(f"/{question.id}/{follow_up.id}")
    direct = await side.kept((await side.fake.user_dm(side.fake.alice, "Hi"))["id"])
    assert await side.channel.link(direct) == ""


async def test_before_the_login_nothing_can_be_posted(fake: FakeDiscord) -> None:
    async with connected(fake) as side:
        question = await side.asked("How long?")
        await side.channel.close()
        side.channel._connection._logged_in.set()  # as a post that was under way sees it
        with pytest.raises(Unavailable):
            await side.answer(replace(question), reply=Reply(Outcome.ANSWERED, "For 90 days."))
