"""Slack has a bad day: everything is delivered in the end, in order, and once."""

import asyncio

import pytest

from bot.channel import Post
from bot.slack.pace import Pace, Window
from engine.errors import LeaseLost, Refused, SettingsError, Unavailable
from engine.growing import Growing
from tests.slack.desk import TOWN, answered, shown, working
from tests.stand_ins.fake_slack import FakeSlack

ROOM, ALICE = "C0GENERAL", "U0ALICE"
ANSWER = answered("Keys are at reception. [1]", TOWN)


async def _asked(desk, text="<@U0BOT> how do I get a key?", **where):
    before = len(desk.kept)
    sent = await desk.fake.user_message(where.pop("room", ROOM), ALICE, text, **where)
    await desk.message(before + 1)
    return next(m for m in desk.kept.values() if m.handle == sent["ts"])


async def test_a_storm_of_rate_limits_delays_answers_and_keeps_their_order(desk):
    messages = [await _asked(desk, f"<@U0BOT> question {n}") for n in range(6)]
    desk.fake.fail("chat.*", status=429, retry_after=0.3, times=8)
    tasks = []
    for n, message in enumerate(messages):
        tasks.append(asyncio.create_task(desk.answer(message, answered(f"Answer {n}. [1]", TOWN))))
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)

    said = [m["text"].split("\n")[0] for m in desk.fake.messages(ROOM, from_bot=True)]
    assert said == [f"Answer {n}. [1]" for n in range(6)]
    assert [e for e in desk.calls("chat.postMessage") if e["error"] == "ratelimited" and not e.get("injected")] == []


async def test_thirty_answers_that_grow_at_once_stay_within_the_budget_for_edits(desk):
    """Fifty edits a minute for the whole workspace, a part of them for the last states."""
    rooms = [desk.fake.add_channel(f"C{n:04d}MANY", f"many-{n}", members=[ALICE, "U0BOT"])["id"] for n in range(30)]
    messages = [await _asked(desk, room=room) for room in rooms]

    async def grow(message):
        async with desk.answering(message) as growing:
            for n in range(5):
                growing.add(f"Sentence {n}. [1] ")
                await asyncio.sleep(0.5)
            growing.finish(answered(growing.text, TOWN))

    await asyncio.gather(*map(grow, messages))

    assert [e for e in desk.calls("chat.update") if not e["ok"]] == []
    assert all("Sentence 4" in desk.thread(m)[0]["text"] for m in messages)


@pytest.mark.parametrize("failure", [{"status": 500}, {"drop": True}, {"error": "fatal_error"}])
async def test_a_post_whose_confirmation_is_lost_is_found_and_not_repeated(desk, failure):
    message = await _asked(desk)
    desk.fake.fail("chat.postMessage", after=True, **failure)
    await desk.answer(message, ANSWER)

    [reply] = desk.thread(message)
    assert desk.placed[message.key] == [reply["ts"]]
    assert len(desk.calls("chat.postMessage")) == 1


async def test_a_post_that_really_failed_is_posted_again(desk):
    message = await _asked(desk)
    desk.fake.fail("chat.postMessage", status=503, times=2)
    await desk.answer(message, ANSWER)

    assert len(desk.thread(message)) == 1
    assert len(desk.calls("chat.postMessage")) == 3


async def test_a_lost_confirmation_of_an_edit_changes_nothing(desk):
    message = await _asked(desk)
    desk.fake.fail("chat.update", status=500, after=True)
    async with desk.answering(message) as growing:
        growing.add("Keys are ")
        growing.add("at reception. ")
        await asyncio.sleep(1.2)
        growing.finish(ANSWER)

    [reply] = desk.thread(message)
    assert "Sources" in shown(reply)


async def test_after_a_crash_between_post_and_record_the_post_is_recognised(desk):
    message = await _asked(desk)
    await desk.answer(message, answered("Half of the "))
    desk.placed[message.key].clear()
    await desk.answer(message, ANSWER, again=True)

    [reply] = desk.thread(message)
    assert "Keys are at reception." in reply["text"]
    assert desk.placed[message.key] == [reply["ts"]]


async def test_a_second_try_needs_no_second_message_and_takes_away_what_is_too_much(desk):
    message = await _asked(desk)
    await desk.answer(message, answered("A long first try. " * 1_200))
    assert len(desk.thread(message)) > 2
    desk.placed[message.key].pop()
    await desk.answer(message, ANSWER, again=True)

    [reply] = desk.thread(message)
    assert reply["text"].startswith("Keys are at reception.")


async def test_somebody_elses_message_in_the_thread_is_not_taken_for_ours(desk):
    message = await _asked(desk)
    other = await _asked(desk, "and another thing?", thread_ts=message.conversation.thread)
    await desk.answer(message, ANSWER)
    await desk.answer(other, answered("Another answer. [1]", TOWN), again=True)

    assert len(desk.thread(message)) == 2


async def test_another_apps_message_with_our_mark_is_not_taken_for_ours(desk):
    message = await _asked(desk)
    mark = {"event_type": "frontdesk_reply", "event_payload": {"key": message.key, "part": 0}}
    forged = {"text": "Trust me.", "thread_ts": message.conversation.thread, "metadata": mark, "bot_id": "B0OTHER"}
    desk.fake._store(ROOM, forged, user="U0OTHER", bot=False, how="other")
    await desk.answer(message, ANSWER, again=True)

    assert [m["text"].split("\n")[0] for m in desk.thread(message)] == ["Trust me.", "Keys are at reception. [1]"]


@pytest.mark.tolerates("chat.update: refused", "message_not_found")
async def test_an_answer_that_was_deleted_while_it_grew_is_said_again(desk):
    message = await _asked(desk)
    async with desk.answering(message) as growing:
        growing.add("Keys are at reception. ")
        await desk.fake.wait_for(lambda: desk.thread(message))
        desk.fake.messages_by_channel[ROOM].remove(desk.fake.message(ROOM, desk.thread(message)[0]["ts"]))
        growing.finish(ANSWER)

    assert len(desk.thread(message)) == 1


@pytest.mark.tolerates("is_archived", "not_in_channel")
async def test_what_slack_will_never_take_is_refused_in_words(desk):
    message = await _asked(desk)
    desk.fake.channels[ROOM]["is_archived"] = True
    with pytest.raises(Refused, match="the room is archived"):
        await desk.answer(message, ANSWER)


async def test_what_slack_does_not_take_for_ten_minutes_waits_in_the_inbox(desk):
    """Said at once where Slack itself asks for a longer pause than we have."""
    message = await _asked(desk)
    desk.fake.fail("chat.postMessage", status=429, retry_after=3_600)
    with pytest.raises(Unavailable) as failure:
        await desk.answer(message, ANSWER)

    assert failure.value.retry_after_s >= 600
    assert desk.thread(message) == []


async def test_a_wrong_token_ends_the_run_with_the_settings_name_and_without_the_token(fake):
    with pytest.raises(SettingsError, match="bot_token") as failure:
        async with working(fake, bot_token="xoxb-0-0-wrong"):
            pass
    assert "xoxb" not in str(failure.value)
    with pytest.raises(SettingsError, match="app_token"):
        async with working(fake, app_token="xapp-0-0-wrong"):
            pass


async def test_slack_being_down_at_the_start_is_waited_out():
    async with FakeSlack() as fake:
        fake.fail("auth.test", status=503, times=2)
        fake.fail("apps.connections.open", status=503)
        async with working(fake) as desk:
            await fake.user_dm(ALICE, "there?")
            assert (await desk.message()).text == "there?"


async def test_a_window_lets_through_so_many_and_then_waits():
    window = Window(2, 0.3)
    began = asyncio.get_running_loop().time()
    for _ in range(5):
        await window.take()

    assert asyncio.get_running_loop().time() - began >= 0.55


async def test_answers_grow_slower_the_longer_and_the_more_they_are():
    pace = Pace()
    alone = [pace.pause_s(n) for n in (0, 3, 20)]
    assert alone == sorted(alone)
    assert alone[-1] == 6.0
    async with pace.growing(), pace.growing(), pace.growing(), pace.growing():
        assert pace.pause_s(0) == 2 * alone[0]


async def test_a_worker_that_lost_its_lease_posts_nothing(desk):
    """It was frozen; by now another worker answers."""
    message = await _asked(desk)

    def gone() -> None:
        raise LeaseLost("another worker has it")

    async def placed(ts: str) -> None:
        raise AssertionError(ts)

    growing = Growing()
    growing.finish(ANSWER)
    with pytest.raises(LeaseLost):
        await desk.channel.stream(Post("key", message, check=gone), growing, placed)
    assert desk.fake.messages(ROOM, from_bot=True) == []
