"""An answer is streamed where Slack streams: one message from its first word to its last state, by the budget left."""

import asyncio
from itertools import accumulate, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channel import Notice
from bot.markup import parse, settled, slack_stream
from bot.slack.pace import Pace
from bot.slack.streaming import Stream, Streams
from engine.growing import Growing
from engine.types import Reply
from tests.markup.shown import ATTACKS, markup, unhurried
from tests.slack.desk import TOWN, answered, buttons, shown, working
from tests.stand_ins import judges

ROOM, ALICE = "C0GENERAL", "U0ALICE"
ANSWER = answered("Keys are at reception. Ask for Ann. [1]", TOWN)


async def asked(desk, text="<@U0BOT> how do I get a key?", *, room=ROOM, dm=False):
    before = len(desk.kept)
    sent = await (desk.fake.user_dm(ALICE, text) if dm else desk.fake.user_message(room, ALICE, text))
    await desk.fake.wait_for(lambda: len(desk.kept) > before)
    return next(m for m in desk.kept.values() if m.handle == sent["ts"])


async def until_shown(desk, message, words):
    """The message in the thread that says so, while it grows."""
    return await desk.fake.wait_for(lambda: next((m for m in desk.thread(message) if words in m["text"]), None))


async def streamed(desk, message, reply=ANSWER, **how):
    """An answer that is shown in at least two states before its last."""
    first, rest = reply.text.split(". ", 1)
    async with desk.answering(message, **how) as growing:
        growing.add(f"{first}. ")
        await until_shown(desk, message, first)
        growing.add(rest)
        await until_shown(desk, message, rest[:8])
        growing.finish(reply)


def counted(desk) -> dict[str, int]:
    methods = ("startStream", "appendStream", "stopStream", "postMessage", "update", "delete")
    return {name: n for name in methods if (n := len(desk.calls(f"chat.{name}")))}


async def test_an_answer_is_one_message_from_its_first_word_to_its_buttons(desk):
    message = await asked(desk)
    await streamed(desk, message)

    [reply] = desk.thread(message)
    assert counted(desk) == {"startStream": 1, "appendStream": 1, "stopStream": 1, "update": 1}
    assert desk.placed[message.key] == [reply["ts"]]
    assert reply["metadata"]["event_payload"] == {"key": message.key, "part": 0}
    assert "Keys › Office › Keys" in shown(reply)
    assert "fd_helpful" in buttons(reply)
    assert "streaming" not in reply
    [begun] = desk.calls("chat.startStream")
    assert begun["args"]["recipient_user_id"] == ALICE
    assert begun["args"]["recipient_team_id"] == "T0TEAM"
    assert begun["args"]["thread_ts"] == message.conversation.thread
    [last] = desk.calls("chat.update")
    assert last["args"]["unfurl_links"] is False
    assert last["args"]["unfurl_media"] is False


async def test_a_direct_message_needs_no_recipient(desk):
    message = await asked(desk, "how do I get a key?", dm=True)
    await streamed(desk, message)

    [begun] = desk.calls("chat.startStream")
    assert "recipient_user_id" not in begun["args"]
    assert len(desk.thread(message)) == 1


async def test_what_is_streamed_links_nowhere_and_names_nobody(desk):
    """Slack reads it as Markdown and unfolds what it links: `complaints` looks at each piece."""
    message = await asked(desk)
    async with desk.answering(message) as growing:
        growing.add("Look at [the page](https://docs.example.com/keys), <!channel>, and \\[x\\](tel:1) &lt;!here&gt;. ")
        await until_shown(desk, message, "the page")
        growing.add("Then `rm -rf <dir>` and www.example.net. ")
        await until_shown(desk, message, "Then")
        growing.finish(answered("Done."))

    assert counted(desk)["startStream"] == 1


@pytest.mark.parametrize(("error", "times"), [("feature_not_enabled", 1), ("recipient_team_mismatch", 2)])
async def test_where_slack_has_no_streams_edits_show_how_it_grows_and_it_is_not_asked_each_time(desk, error, times):
    """But where it is only about this person or room, the next may have one."""
    desk.fake.fail("chat.startStream", error=error, times=9)
    for _ in range(2):
        await streamed(desk, await asked(desk))

    assert counted(desk)["startStream"] == times
    assert counted(desk)["postMessage"] == 2
    assert counted(desk)["update"] >= 4


async def test_where_slack_takes_no_more_streams_edits_show_how_it_grows(desk):
    desk.fake.fail("chat.startStream", status=429, retry_after=60)
    message = await asked(desk)
    await streamed(desk, message)

    [reply] = desk.thread(message)
    assert counted(desk)["postMessage"] == 1
    assert "fd_helpful" in buttons(reply)


@pytest.mark.parametrize("failure", [{"status": 429, "retry_after": 60}, {"status": 500, "after": True}])
async def test_a_piece_that_slack_does_not_take_or_confirm_is_shown_by_an_edit(desk, failure):
    message = await asked(desk)
    desk.fake.fail("chat.appendStream", **failure)
    await streamed(desk, message)

    [reply] = desk.thread(message)
    assert shown(reply).count("Ask for Ann") == 1
    assert counted(desk)["stopStream"] == 1


async def test_without_budget_for_streams_and_edits_there_is_one_final_post(desk):
    message = await asked(desk)
    _, _, poster = await desk.channel._open()
    while poster.pace.may_stream():
        poster.pace.stream_began()
    while poster.pace.may_grow():
        await poster.pace.edit()
    async with desk.answering(message) as growing:
        growing.add("Keys are at reception. ")
        await desk.fake.wait_for(lambda: poster.pace._growing)  # from then on a state may be shown, and none was
        assert desk.thread(message) == []
        growing.finish(ANSWER)

    assert counted(desk) == {"postMessage": 1}


async def crashed(desk, message) -> str:
    """Begin to stream an answer and vanish in the middle of it; returns the ts of what stands there."""
    growing = Growing()

    async def placed(ts: str) -> None:
        desk.placed[message.key].append(ts)

    trying = asyncio.create_task(desk.channel.stream(desk.post(message), growing, placed))
    growing.add("Keys are at the moon. ")
    begun = await until_shown(desk, message, "moon")
    await desk.fake.wait_for(lambda: desk.placed[message.key])
    trying.cancel()
    await asyncio.gather(trying, return_exceptions=True)
    assert desk.fake.message(message.conversation.room, begun["ts"])["streaming"]
    return begun["ts"]


@pytest.mark.tolerates("streaming_state_conflict")
@pytest.mark.parametrize("written_down", [True, False])
async def test_a_crash_in_the_middle_of_a_stream_leads_to_one_answer(desk, written_down):
    """Whatever the first try has shown, also when nobody wrote down where it stands."""
    message = await asked(desk)
    ts = await crashed(desk, message)
    if not written_down:
        desk.placed[message.key].clear()
    await desk.answer(message, ANSWER, again=True)

    [reply] = desk.thread(message)
    assert reply["ts"] == ts
    assert desk.placed[message.key] == [ts]
    assert "moon" not in shown(reply)
    assert "streaming" not in reply
    assert reply["metadata"]["event_payload"]["key"] == message.key


@pytest.mark.tolerates("cant_delete_message")
@pytest.mark.parametrize("written_down", [True, False])
async def test_withdrawing_takes_back_a_stream_that_was_left_open(desk, written_down):
    message = await asked(desk)
    await crashed(desk, message)
    if not written_down:
        desk.placed[message.key].clear()
    await desk.channel.withdraw(desk.post(message, again=True))

    assert desk.thread(message) == []


async def test_what_the_desk_said_to_somebody_there_is_not_taken_for_a_stream(desk):
    message = await asked(desk, "how do I get a key?", dm=True)
    await desk.channel.whisper(message.conversation, Notice("Noted."), person=ALICE)
    await desk.answer(message, ANSWER, again=True)

    assert [m["text"].split("\n")[0] for m in desk.thread(message)] == [
        "Noted.",
        "Keys are at reception. Ask for Ann. [1]",
    ]


@pytest.mark.tolerates("streaming_state_conflict", "message_not_in_streaming_state")
@pytest.mark.parametrize("method", ["chat.startStream", "chat.stopStream"])
async def test_a_stream_whose_confirmation_is_lost_is_found_and_not_repeated(desk, method):
    message = await asked(desk)
    desk.fake.fail(method, after=True, drop=True)
    await streamed(desk, message)

    [reply] = desk.thread(message)
    assert desk.placed[message.key] == [reply["ts"]]
    assert shown(reply).count("Ask for Ann") == 1
    assert "streaming" not in reply
    assert counted(desk).get("postMessage", 0) == 0


async def test_a_stream_that_begins_anew_is_replaced(desk):
    message = await asked(desk)
    async with desk.answering(message) as growing:
        growing.add("The keys are in the garden. ")
        await until_shown(desk, message, "garden")
        growing.restart()
        growing.add("A colleague will ")
        await until_shown(desk, message, "colleague")
        growing.finish(Reply.hand_off("the model failed", text="A colleague will look at this."))

    [reply] = desk.thread(message)
    assert reply["text"] == "A colleague will look at this."
    assert counted(desk)["stopStream"] == 1


async def test_silence_takes_back_what_was_streamed(desk):
    message = await asked(desk)
    async with desk.answering(message) as growing:
        growing.add("Keys are at reception. ")
        await until_shown(desk, message, "Keys")
        growing.finish(Reply.ignore("the question was deleted"))

    assert desk.thread(message) == []


async def test_a_long_answer_begins_as_a_stream_and_goes_on_in_further_messages(desk):
    message = await asked(desk)
    sentences = [f"Fact number {n} is written down in the handbook of the house. [1] " for n in range(400)]
    async with desk.answering(message) as growing:
        growing.add("".join(sentences[:20]))
        await until_shown(desk, message, "number 19")
        growing.add("".join(sentences[20:]))
        growing.finish(answered(growing.text, TOWN))

    said = desk.thread(message)
    text = " ".join(shown(m) for m in said).replace("\n", " ")
    assert all(text.count(f"Fact number {n} is") == 1 for n in range(400))
    assert [m["metadata"]["event_payload"]["part"] for m in said] == list(range(len(said)))


async def test_a_stream_that_is_silent_is_ended_before_slack_does(desk):
    """Slack ends it after about half a minute, and shows it as broken off."""
    message = await asked(desk)
    streams = Streams(desk.channel._client, Pace(), "T0TEAM", silent_s=0.2)
    mark = {"event_type": "frontdesk_reply", "event_payload": {"key": message.key, "part": 0}}
    stream = Stream(streams, message, mark)
    await stream.begin("Keys are at reception.", lambda: None)
    await desk.fake.wait_for(lambda: desk.calls("chat.stopStream"))

    assert not await stream.grow("Keys are at reception. Ask for Ann.")
    assert streams.pace.may_stream()


async def test_a_burst_streams_what_the_budget_allows_and_asks_for_no_more(fake):
    """Twenty streams a minute may begin, and twenty may end: nothing is refused for its rate."""
    async with working(fake) as desk:
        rooms = [fake.add_channel(f"C{n:04d}MANY", f"many-{n}", members=[ALICE, "U0BOT"])["id"] for n in range(26)]
        messages = [await asked(desk, room=room) for room in rooms]
        await asyncio.gather(*(streamed_once(desk, message) for message in messages))

        refused = [e for e in fake.transcript if e["kind"] == "api" and e["error"] == "ratelimited"]
        assert refused == []
        assert counted(desk)["startStream"] == counted(desk)["stopStream"] == 18
        assert all("Sources" in shown(desk.thread(m)[0]) and len(desk.thread(m)) == 1 for m in messages)


async def streamed_once(desk, message):
    async with desk.answering(message) as growing:
        growing.add("Keys are at reception. ")
        await until_shown(desk, message, "Keys")
        growing.finish(ANSWER)


@given(markup, st.lists(st.integers(0, 400), max_size=4))
@settings(unhurried, max_examples=60)
def test_nothing_streamed_can_become_a_link_or_a_name(text, cuts):
    for cut in (*cuts, len(text)):
        assert dead(slack_stream(parse(settled(text[:cut]))))


@pytest.mark.parametrize("text", ATTACKS.values(), ids=ATTACKS)
def test_no_attack_is_alive_in_a_stream(text):
    assert dead(slack_stream(parse(text)))


def dead(text: str) -> bool:
    """Whether nobody, Slack's Markdown or a judge, finds anything in it that does something."""
    body = {"kind": "api", "method": "chat.appendStream", "t": 0, "args": {"markdown_text": text}}
    marks = ("<", "](", "]:", "http://", "https://", "mailto:")
    return judges.slack_safety([body]) == [] and not any(mark in text for mark in marks)


def test_what_a_growing_text_adds_stands_at_the_end():
    text = (
        "Two ways:\n\n- by *car*, see [the map](https://x.example)\n- on foot\n\n"
        "Then:\n\n```sh\nopen --door\n```\n\nThat is **all**. [1]\n\n1. First\n2. Second\n"
    )
    lines = list(accumulate(text.splitlines(keepends=True)))
    states = [slack_stream(parse(settled(said))) for said in lines]
    assert all(later.startswith(sooner) for sooner, later in pairwise(states))
    assert "- by car, see the map\n- on foot\n\nThen:\n\n```\nopen --door\n```\n\nThat is all. [1]" in states[-1]
