"""The bot as an agent of Slack's: what it does below the thread, and what can be asked where it is opened."""

import asyncio

import pytest

from bot.phrases import say
from bot.slack.manifest import ASSISTANT_VIEW, SCOPES, manifest
from bot.slack.prompting import Opened, read_opened
from bot.slack.read import Me
from bot.typed import typed
from engine.types import Addressed, Conversation, Message
from tests.slack.desk import TOWN, answered

ROOM, ALICE = "C0GENERAL", "U0ALICE"
ANSWER = answered("Keys are at reception. [1]", TOWN)
ME = Me("T0TEAM", "U0BOT", "B0BOT")


async def asked(desk, text="<@U0BOT> how do I get a key?"):
    await desk.fake.user_message(ROOM, ALICE, text)
    return await desk.message()


def status(desk, message) -> str:
    where = message.conversation
    return desk.fake.thread_status.get((where.room, where.thread), {}).get("status", "")


async def test_what_is_being_done_stands_below_the_thread_until_the_answer_does(desk):
    message = await asked(desk)
    await desk.channel.working(message, "searching 42 documents")
    assert status(desk, message) == "is searching 42 documents …"
    await desk.answer(message, ANSWER)

    assert status(desk, message) == ""


async def test_it_is_told_in_the_language_of_the_question(desk):
    message = await asked(desk, "<@U0BOT> 怎么拿钥匙？")
    await desk.channel.working(message, "正在检索 42 个文档")

    assert status(desk, message) == "正在检索 42 个文档 …"


async def test_where_nothing_will_be_said_it_is_taken_away(desk):
    message = await asked(desk)
    await desk.channel.working(message, "searching 42 documents")
    await desk.channel.working(message, "")

    assert status(desk, message) == ""


async def test_an_answer_waits_for_a_status_on_its_way_so_that_none_outlives_it(desk):
    message = await asked(desk)
    desk.fake.fail("assistant.threads.setStatus", delay=0.5)
    telling = asyncio.create_task(desk.channel.working(message, "searching 42 documents"))
    await desk.fake.wait_for(lambda: desk.calls("assistant.threads.setStatus"))
    telling.cancel()  # as the outbox does when there is something to show
    await desk.answer(message, ANSWER)

    assert status(desk, message) == ""
    assert [e["ok"] for e in desk.calls("assistant.threads.setStatus")] == [True]


@pytest.mark.parametrize("failure", [{"error": "missing_scope"}, {"status": 429, "retry_after": 30}, {"status": 500}])
async def test_where_slack_shows_no_status_the_answer_comes_all_the_same(desk, failure):
    desk.fake.fail("assistant.threads.setStatus", times=9, **failure)
    message = await asked(desk)
    for _ in range(2):
        await desk.channel.working(message, "searching 42 documents")
    await desk.answer(message, ANSWER)

    assert len(desk.thread(message)) == 1
    if "error" in failure:  # and is not asked each time
        assert len(desk.calls("assistant.threads.setStatus")) == 1


async def test_who_opens_the_conversation_sees_questions_to_begin_with(desk):
    long = "How do I " + "very " * 20 + "quickly get a key?"
    desk.prompted = ("How do I get a key?", long)
    await desk.fake.open_home(ALICE, tab="messages")
    [call] = await desk.fake.wait_for(lambda: desk.calls("assistant.threads.setSuggestedPrompts"))
    await desk.fake.wait_for(lambda: call["ok"] is not None)

    assert call["args"]["channel_id"] == "D0ALICE"
    assert "thread_ts" not in call["args"]
    assert [p["message"] for p in call["args"]["prompts"]] == ["How do I get a key?", long]
    assert all(len(p["title"]) <= 75 for p in call["args"]["prompts"])
    assert call["args"]["title"] == say("often_asked", "en")
    [(where, person, language)] = desk.opened
    assert (where.workspace, where.room, person, language) == ("T0TEAM", "D0ALICE", ALICE, "en")


async def test_in_the_older_assistant_view_they_belong_to_its_thread(desk):
    desk.prompted = ("How do I get a key?",)
    opened = await desk.fake.start_assistant_thread(ALICE)
    [call] = await desk.fake.wait_for(lambda: desk.calls("assistant.threads.setSuggestedPrompts"))

    assert call["args"]["thread_ts"] == opened["thread_ts"]
    await desk.fake.user_dm(ALICE, "How do I get a key?", thread_ts=opened["thread_ts"])
    message = await desk.message()
    await desk.answer(message, ANSWER)
    assert message.conversation.thread == opened["thread_ts"]
    assert len([m for m in desk.thread(message) if m["text"].startswith("Keys")]) == 1


async def test_where_slack_takes_no_suggestions_it_is_not_asked_each_time(desk):
    desk.prompted = ("How do I get a key?",)
    desk.fake.fail("assistant.threads.setSuggestedPrompts", error="missing_scope", times=9)
    await desk.fake.open_home(ALICE, tab="messages")
    await desk.fake.wait_for(lambda: any(c["error"] for c in desk.calls("assistant.threads.setSuggestedPrompts")))
    await desk.fake.open_home(ALICE, tab="messages")
    await desk.fake.user_dm(ALICE, "how do I get a key?")
    await desk.answer(await desk.message(), ANSWER)

    assert len(desk.calls("assistant.threads.setSuggestedPrompts")) == 1
    assert len(desk.opened) == 1


async def test_without_anything_to_suggest_what_the_manifest_names_stays(desk):
    await desk.fake.open_home(ALICE, tab="messages")
    await desk.fake.wait_for(lambda: desk.opened)
    await desk.fake.user_dm(ALICE, "how do I get a key?")
    await desk.message()

    assert desk.calls("assistant.threads.setSuggestedPrompts") == []


@pytest.mark.parametrize(
    ("event", "opened"),
    [
        ({"type": "app_home_opened", "tab": "messages", "user": "U1", "channel": "D1"}, Opened("U1", "D1")),
        ({"type": "app_home_opened", "tab": "home", "user": "U1", "channel": "D1"}, None),
        ({"type": "app_home_opened", "tab": "messages", "user": "", "channel": "D1"}, None),
        ({"type": "assistant_thread_started", "assistant_thread": {"user_id": "U1"}}, None),
        ({"type": "message", "user": "U1", "channel": "D1"}, None),
    ],
)
def test_an_event_says_who_opened_what(event, opened):
    assert read_opened({"team_id": "T0TEAM", "event": event}, ME) == opened
    assert read_opened({"team_id": "T0OTHER", "event": event}, ME) is None


def test_the_manifest_makes_the_app_an_agent_and_the_older_view_says_the_same():
    """At most 300 characters and four prompts (slackapi/manifest-schema)."""
    features = manifest()["features"]
    view = features["agent_view"]

    assert 0 < len(view["agent_description"]) <= 300
    assert 0 < len(view["suggested_prompts"]) <= 4
    assert all(set(prompt) == {"title", "message"} for prompt in view["suggested_prompts"])
    assert "assistant_view" not in features
    assert features["app_home"]["messages_tab_enabled"]
    assert not features["app_home"]["messages_tab_read_only_enabled"]
    assert {
        "assistant_description": view["agent_description"],
        "suggested_prompts": view["suggested_prompts"],
    } == ASSISTANT_VIEW
    assert "app_home_opened" in manifest()["settings"]["event_subscriptions"]["bot_events"]
    assert "assistant:write" in SCOPES
    for prompt in view["suggested_prompts"]:
        said = Message("1", Conversation("slack", "T", "D"), "U", prompt["message"], Addressed.DIRECT)
        assert typed(said).name == "help"
