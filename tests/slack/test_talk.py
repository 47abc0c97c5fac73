"""People and the bot talk in Slack: what is asked is kept once, and answered once in its thread."""

import asyncio
import itertools

import pytest

from engine.types import Addressed, Reply
from tests.slack.desk import TOWN, answered, buttons, shown, working

ROOM, ALICE, BOB = "C0GENERAL", "U0ALICE", "U0BOB"
ASKED = "<@U0BOT> how do I get a key?"
ANSWER = answered("Keys are at reception. [1]", TOWN)


async def test_a_mention_is_answered_in_its_thread_with_sources_and_buttons(desk):
    sent = await desk.fake.user_message(ROOM, ALICE, ASKED)
    message = await desk.message()
    await desk.answer(message, ANSWER)

    [reply] = desk.thread(message)
    assert reply["thread_ts"] == sent["ts"]
    assert "Keys are at reception." in shown(reply)
    assert "Keys › Office › Keys" in shown(reply)
    assert {"fd_helpful", "fd_not_helpful", "fd_person"} == set(buttons(reply))
    assert reply["metadata"]["event_payload"] == {"key": message.key, "part": 0}
    assert len(desk.calls("chat.postMessage")) == 1
    assert desk.calls("chat.update") == []


async def test_the_two_events_of_a_mention_are_kept_as_one_message(desk):
    await desk.fake.user_message(ROOM, ALICE, ASKED)
    await desk.fake.wait_for(lambda: len(desk.heard) == 2)

    assert len(desk.kept) == 1


async def test_a_source_without_an_address_is_named_without_a_link(desk):
    await desk.fake.user_dm(ALICE, "how do I get a key?")
    message = await desk.message()
    local = type(TOWN)(1, "keys.md", "", "", "doc-2")
    await desk.answer(message, answered("Keys are at reception. [1]", local))

    [reply] = desk.thread(message)
    assert "keys.md" in shown(reply)
    assert '"link"' not in str(reply["blocks"]).replace("'", '"')


async def test_the_buttons_speak_the_language_of_the_answer(desk):
    await desk.fake.user_dm(ALICE, "怎么拿钥匙？")
    message = await desk.message()
    await desk.answer(message, answered("钥匙在前台。[1]", TOWN, language="zh"))

    [reply] = desk.thread(message)
    assert buttons(reply)["fd_person"] == "转人工"


async def test_who_was_handed_to_a_person_is_offered_no_buttons(desk):
    await desk.fake.user_dm(ALICE, "which wine?")
    message = await desk.message()
    await desk.answer(message, Reply.hand_off("nothing answers this", text="A colleague will look at this."))

    [reply] = desk.thread(message)
    assert buttons(reply) == {}
    assert reply["text"] == "A colleague will look at this."


async def test_a_direct_message_is_answered_in_a_thread_and_followed_up_there(desk):
    sent = await desk.fake.user_dm(ALICE, "how do I get a key?")
    first = await desk.message()
    await desk.answer(first, ANSWER)
    await desk.fake.user_dm(ALICE, "and on weekends?", thread_ts=sent["ts"])
    second = await desk.message(2)

    assert first.addressed is second.addressed is Addressed.DIRECT
    assert first.conversation == second.conversation
    await desk.answer(second, answered("The same. [1]", TOWN))
    assert len(desk.thread(first)) == 2


async def test_its_own_answers_and_other_bots_are_not_heard(desk):
    message = await _asked(desk)
    await desk.answer(message, ANSWER)
    await desk.fake.user_message(ROOM, ALICE, "and now?", thread_ts=message.conversation.thread)
    await desk.message(2)

    assert {m.author for m in desk.heard} == {ALICE}


async def test_messages_are_kept_in_the_order_in_which_they_were_said(desk):
    message = await _asked(desk)
    for n in range(20):
        await desk.fake.user_message(ROOM, BOB, f"part {n}", thread_ts=message.conversation.thread)
    await desk.message(21)

    assert [m.text for m in desk.kept.values()][1:] == [f"part {n}" for n in range(20)]


@pytest.mark.tolerates("event not acknowledged in time")
async def test_what_could_not_be_kept_is_not_acknowledged_and_comes_again(desk):
    """A full disk: Slack delivers the message once more, and then it is kept."""
    desk.broken = 1
    await desk.fake.user_dm(ALICE, "how do I get a key?")
    await desk.message()

    assert len(desk.heard) == 2
    acks = [e for e in desk.fake.transcript if e["kind"] == "ack"]
    assert len(acks) == 1


@pytest.mark.tolerates("event not acknowledged in time")
async def test_a_retry_is_never_dropped_for_being_one(desk):
    """For what was said while nobody was connected, the retry is the only delivery."""
    desk.fake.ignore_acks(1)
    await desk.fake.user_dm(ALICE, "how do I get a key?")
    await desk.fake.wait_for(lambda: len(desk.heard) == 2)

    assert len(desk.kept) == 1


async def test_an_edited_question_and_a_deleted_one_are_told(desk):
    message = await _asked(desk)
    await desk.fake.user_edit(ROOM, message.handle, "<@U0BOT> how do I get two keys?")
    await desk.fake.wait_for(lambda: desk.edits)
    await desk.fake.user_delete(ROOM, message.handle)
    await desk.fake.wait_for(lambda: desk.deletions)

    assert desk.edits == [(message.id, "how do I get two keys?")]
    assert desk.deletions == [message.id]
    assert len(desk.kept) == 1


async def test_growing_shows_states_and_ends_with_the_whole(desk):
    message = await _asked(desk)
    async with desk.answering(message) as growing:
        for n in range(4):
            growing.add(f"Sentence {n} of the answer. [1] ")
            await asyncio.sleep(1.3)
        growing.finish(answered(growing.text, TOWN))

    [reply] = desk.thread(message)
    states = [r["text"] for r in desk.fake.revisions(ROOM, reply["ts"])]
    assert len(states) >= 3
    assert all(later.startswith(sooner.rstrip()) for sooner, later in itertools.pairwise(states))
    assert states[0] == "Sentence 0 of the answer. [1]"
    assert "fd_helpful" in buttons(reply)


async def test_no_state_of_a_growing_answer_shows_half_a_link(desk):
    message = await _asked(desk)
    async with desk.answering(message) as growing:
        for piece in ("Look at the page ![x](https://exf", "il.example.net/?d=secret) and <!chan", "nel>. Done."):
            growing.add(piece)
            await asyncio.sleep(1.4)
        growing.finish(answered(growing.text))

    [reply] = desk.thread(message)
    for state in desk.fake.revisions(ROOM, reply["ts"]):
        assert "exf" not in state["text"].replace("exfil[.]example[.]net", "")
        assert "<!" not in state["text"]


async def test_an_answer_that_begins_anew_replaces_what_was_shown(desk):
    message = await _asked(desk)
    async with desk.answering(message) as growing:
        growing.add("The keys are in the garden, says the model. ")
        await asyncio.sleep(1.2)
        growing.restart()
        growing.finish(Reply.hand_off("the model failed", text="A colleague will look at this."))

    [reply] = desk.thread(message)
    assert reply["text"] == "A colleague will look at this."
    assert "garden" not in shown(reply)


async def test_silence_takes_back_what_was_shown(desk):
    message = await _asked(desk)
    async with desk.answering(message) as growing:
        growing.add("Keys are at reception. ")
        await asyncio.sleep(1.2)
        growing.finish(Reply.ignore("the question was deleted"))

    assert desk.thread(message) == []


async def test_what_is_ignored_costs_no_call_to_slack(desk):
    message = await _asked(desk)
    before = len(desk.fake.transcript)
    await desk.answer(message, Reply.ignore("it is meant for somebody else"))

    assert [e for e in desk.fake.transcript[before:] if e["kind"] == "api"] == []


async def test_a_very_long_answer_goes_on_in_further_messages_and_loses_nothing(desk):
    message = await _asked(desk)
    sentences = [f"Fact number {n} is written down in the handbook of the house. [1]" for n in range(400)]
    await desk.answer(message, answered(" ".join(sentences), TOWN))

    said = desk.thread(message)
    assert len(said) > 2
    text = " ".join(shown(m) for m in said).replace("\n", " ")
    assert all(f"Fact number {n} is" in text for n in range(400))
    assert [bool(buttons(m)) for m in said] == [False] * (len(said) - 1) + [True]
    assert [m["metadata"]["event_payload"]["part"] for m in said] == list(range(len(said)))
    assert len({m["text"] for m in said}) == len(said)


async def test_what_a_model_or_a_document_says_pings_and_links_nobody(desk):
    message = await _asked(desk)
    evil = type(TOWN)(1, "<!channel> https://evil.example.net", "<@U0BOB>", "https://docs.example.com/ok", "doc")
    text = "<!channel> <@U0BOB> @here [x](https://evil.example.net/) ![i](https://evil.example.net/i.png) `<!here>` [1]"
    await desk.answer(message, answered(text, evil))

    [reply] = desk.thread(message)
    assert _urls(reply["blocks"]) <= {"https://docs.example.com/ok"}
    assert '"user"' not in str(reply["blocks"]).replace("'", '"')
    assert "https://evil" not in reply["text"]


async def test_withdrawing_deletes_everything_that_was_posted(desk):
    message = await _asked(desk)
    await desk.answer(message, answered("A long text. " * 900, TOWN))
    assert len(desk.thread(message)) > 1
    forgotten = desk.placed[message.key].pop()
    await desk.channel.withdraw(desk.post(message))

    assert desk.thread(message) == []
    assert desk.fake.message(ROOM, forgotten) is None


async def test_a_room_and_a_person_can_be_told_and_links_to_slack_stay_links(desk):
    link = await desk.channel.link(await _asked(desk))
    await desk.channel.tell("C0GENERAL", f"Somebody needs a colleague: {link} (not https://evil.example.net/x)")
    await desk.channel.tell(BOB, "The same.")

    told = desk.fake.messages(ROOM, from_bot=True)[-1]
    assert _urls(told["blocks"]) == {link}
    assert link.startswith("https://test.slack.com/archives/C0GENERAL/p")
    assert [m["text"] for m in desk.fake.messages(desk.fake._dm(BOB)["id"])] == ["The same."]


async def test_a_lost_socket_is_replaced_and_nothing_is_missed(desk):
    for n, abrupt in enumerate((False, True, False), 1):
        await desk.fake.disconnect(abrupt=abrupt, grace=0.2)
        await desk.fake.wait_for(lambda: any(not s.closing for s in desk.fake._sockets), 15)
        await desk.fake.user_dm(ALICE, f"question {n}")
        await desk.message(n)

    assert [m.text for m in desk.kept.values()] == ["question 1", "question 2", "question 3"]


async def test_a_refused_socket_is_tried_again_with_a_new_address(desk):
    desk.fake.refuse_sockets(2)
    await desk.fake.disconnect(abrupt=True)
    await desk.fake.wait_for(lambda: any(not s.closing for s in desk.fake._sockets), 15)
    await desk.fake.user_dm(ALICE, "still there?")

    assert (await desk.message()).text == "still there?"


async def test_what_is_being_kept_when_it_stops_is_kept_and_acknowledged(fake):
    async with working(fake) as desk:
        desk.slow_s = 0.5
        await fake.user_dm(ALICE, "one last thing")
        await fake.wait_for(lambda: desk.heard)

    assert len(desk.kept) == 1
    assert len([e for e in fake.transcript if e["kind"] == "ack"]) == 1


async def _asked(desk):
    await desk.fake.user_message(ROOM, ALICE, ASKED)
    message = await desk.message()
    await desk.fake.wait_for(lambda: len(desk.heard) == 2)
    return message


def _urls(node) -> set[str]:
    if isinstance(node, list):
        return set().union(*map(_urls, node), set())
    if not isinstance(node, dict):
        return set()
    own = {node["url"]} if "url" in node else set()
    return own.union(*map(_urls, node.values()), set())
